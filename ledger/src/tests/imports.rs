//! What the engine's modules import of each other, read from their source: no circle, and only from below, so that each
//! module can be understood from those that it stands on. A re-export is an import like any other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Where the engine's sources are, and what a path to its root begins with.
pub(super) const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
const ROOT: &[&str] = &["crate"];

/// The layers, topmost first, each with the parts that it consists of. A part imports from itself and from the layers
/// below its own.
const LAYERS: &[&[&[&str]]] = &[
    &[&[""]],
    &[&["engine", "handle", "startup", "status"]],
    &[&["operations"]],
    &[&["core"]],
    &[&["check"], &["follow"]],
    &[&["read"], &["write"]],
    &[&["keys"]],
    &[&["state"]],
];

/// A module, as its path below the root: empty for the root itself.
type Module = Vec<String>;

/// What each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_module_imports_itself_by_way_of_others() {
    let imports = imports(&sources(Path::new(SOURCES)));
    let arrows: usize = imports.values().map(BTreeSet::len).sum();
    assert!(
        imports.len() > 50 && arrows > 250,
        "the sources are not read as they should be: {} modules, {arrows} imports",
        imports.len()
    );
    let circles = circles(imports);
    assert!(circles.is_empty(), "import circles: {circles:#?}");
}

#[test]
fn imports_come_from_below() {
    let mut upward = Vec::new();
    for (module, imported) in imports(&sources(Path::new(SOURCES))) {
        for imported in imported {
            let (from, to) = (place(&module), place(&imported));
            if from != to && from.0 >= to.0 {
                upward.push(format!(
                    "{} imports {}",
                    module.join("/"),
                    imported.join("/")
                ));
            }
        }
    }
    assert!(upward.is_empty(), "upward imports: {upward:#?}");
}

/// The layer of a module, and its part of that.
fn place(module: &Module) -> (usize, usize) {
    let name = module.first().map_or("", String::as_str);
    let part = |layer: &&[&[&str]]| layer.iter().position(|part| part.contains(&name));
    let found = (0..)
        .zip(LAYERS)
        .find_map(|(at, layer)| Some((at, part(layer)?)));
    found.unwrap_or_else(|| panic!("{name} has no place among the layers"))
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let sources = |upper: &str| {
        [
            ("", "mod a;\npub use a::{Tree, leaf::Leaf as Last};"),
            ("a", "mod leaf;\npub(crate) use leaf::Leaf;"),
            ("a/leaf", upper),
            ("b", "fn tree() -> super::a::Tree { todo!() }"),
        ]
        .map(|(path, source)| (module(path), source.to_owned()))
        .into()
    };
    let harmless = "use std::fmt;\n#[cfg(test)]\nmod tests {\n    use super::super::Leaf;\n}\n";
    assert!(circles(imports(&sources(harmless))).is_empty());
    let found = circles(imports(&sources("use crate::{Last,\n    b};")));
    let names: Vec<_> = found.keys().map(|module| module.join("/")).collect();
    assert_eq!(names, ["", "a", "a/leaf", "b"]);
}

/// What is left of the imports once every module is gone that imports none of the others.
fn circles(mut imports: Imports) -> Imports {
    loop {
        let done: BTreeSet<_> = imports
            .iter()
            .filter(|(_, imported)| imported.is_empty())
            .map(|(module, _)| module.clone())
            .collect();
        if done.is_empty() {
            return imports;
        }
        imports.retain(|module, _| !done.contains(module));
        for imported in imports.values_mut() {
            imported.retain(|module| !done.contains(module));
        }
    }
}

fn module(path: &str) -> Module {
    path.split('/')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The source of every module but those of tests.
pub(super) fn sources(root: &Path) -> BTreeMap<Module, String> {
    let (mut sources, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if name == "tests" || name.ends_with("_tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let place = path.with_extension("");
            let mut place = module(place.strip_prefix(root).unwrap().to_str().unwrap());
            if matches!(name, "mod" | "lib") {
                place.pop();
            }
            sources.insert(place, fs::read_to_string(path).unwrap());
        }
    }
    sources
}

fn imports(sources: &BTreeMap<Module, String>) -> Imports {
    let of = |(module, source): (&Module, &String)| {
        let imported = paths(source)
            .iter()
            .filter_map(|path| resolve(sources, module, path))
            .filter(|imported| imported != module)
            .collect();
        (module.clone(), imported)
    };
    sources.iter().map(of).collect()
}

/// The module that a path leads to, if it is one of the engine's.
fn resolve(sources: &BTreeMap<Module, String>, from: &Module, path: &str) -> Option<Module> {
    let mut names: Vec<_> = path.split("::").map(str::trim).collect();
    let mut place = from.clone();
    if names.first() == ROOT.first() {
        names = names.strip_prefix(ROOT)?.to_vec();
        place.clear();
    } else if !matches!(names.first(), Some(&"super" | &"self")) {
        // Otherwise it is another crate's.
        let child = [from.as_slice(), &[(*names.first()?).to_owned()]].concat();
        sources.get(&child)?;
    }
    for name in names {
        match name {
            "self" => {}
            "super" => drop(place.pop()),
            name => {
                place.push(name.to_owned());
                if !sources.contains_key(&place) {
                    place.pop();
                    break;
                }
            }
        }
    }
    Some(place)
}

/// Every path that a source imports, or names from the root or from the module above.
fn paths(source: &str) -> Vec<String> {
    let code = without_tests(source);
    let (mut paths, mut rest) = (Vec::new(), String::new());
    let mut statements = code.split_inclusive('\n');
    while let Some(line) = statements.next() {
        let Some(tree) = imported(line) else {
            rest.push_str(line);
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.push_str(statements.next().unwrap());
        }
        expand("", tree.split(';').next().unwrap(), &mut paths);
    }
    for start in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(start) {
            let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            if !rest[..at].ends_with(is_of_path) {
                let path = rest[at..].split(|c| !is_of_path(c)).next().unwrap();
                paths.push(path.trim_end_matches(':').to_owned());
            }
        }
    }
    paths
}

/// What stands behind `use`, where a line begins with it.
fn imported(line: &str) -> Option<&str> {
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
        let path = tree.split(" as ").next().unwrap().trim();
        if !path.is_empty() {
            paths.push(format!("{before}{path}"));
        }
        return;
    };
    let before = format!("{before}{}", start.trim());
    let (mut depth, mut begin) = (0, 0);
    let branches = &branches[..branches.rfind('}').unwrap()];
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
pub(super) fn without_tests(source: &str) -> String {
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
