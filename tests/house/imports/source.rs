//! The paths that a source names: what it imports and re-exports, and what it names on the spot.

/// The paths of a source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Paths {
    /// What it imports, and what it names from the root of its crate or from the module above.
    pub(super) imported: Vec<String>,
    /// The first names of all other paths: those of its own modules count as imports.
    pub(super) first_names: Vec<String>,
}

/// Every path that a source names, but for those in comments and in its tests.
pub(super) fn paths(source: &str) -> Paths {
    let code = without_tests(source);
    let (mut imported, mut rest) = (Vec::new(), String::new());
    let mut lines = code.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let Some(tree) = import(line) else {
            rest.push_str(line);
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.push_str(lines.next().expect("an import has an end"));
        }
        let tree = tree.split(';').next().unwrap_or_default();
        expand("", tree, &mut imported);
    }
    let mut first_names = Vec::new();
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for path in rest.split(|c| !is_of_path(c)) {
        let path = path.trim_end_matches(':');
        match path.split_once("::") {
            Some(("crate" | "super", _)) => imported.push(path.to_owned()),
            Some((first, _)) if !first.is_empty() => first_names.push(first.to_owned()),
            _ => {}
        }
    }
    Paths {
        imported,
        first_names,
    }
}

/// What follows `use`, if a line begins with it.
fn import(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(public) if public.starts_with('(') => public.split_once(')')?.1,
        Some(public) => public,
        None => line,
    };
    line.trim_start().strip_prefix("use ")
}

/// Takes a tree of imports apart.
fn expand(before: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((start, branches)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        if !path.is_empty() {
            paths.push(format!("{before}{path}"));
        }
        return;
    };
    let before = format!("{before}{}", start.trim());
    let (mut depth, mut begin) = (0, 0);
    let branches = &branches[..branches.rfind('}').expect("braces have an end")];
    for (at, c) in branches.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&before, &branches[begin..at], paths);
                begin = at + 1;
            }
            _ => {}
        }
    }
    expand(&before, &branches[begin..], paths);
}

/// A source without its comments and without what is compiled for tests alone.
pub(crate) fn without_tests(source: &str) -> String {
    let mut code = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if line.trim() != "#[cfg(test)]" {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        let mut depth = 0;
        for line in lines.by_ref() {
            depth += line.matches('{').count();
            depth -= line.matches('}').count();
            if depth == 0 && line.ends_with([';', '}']) {
                break;
            }
        }
    }
    code
}
