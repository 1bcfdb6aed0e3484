//! `docs/logs.md` has every line that the code can log, with its level and its fields, and every field is one that a line may
//! have.

use std::collections::BTreeSet;

use crate::{crates::folders, read, sources_below};

/// A line that the code can log: its level, its words, and the names of its fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    level: String,
    words: String,
    fields: BTreeSet<String>,
}

const MACROS: [(&str, &str); 4] = [
    ("error!(", "ERROR"),
    ("warn!(", "WARN"),
    ("info!(", "INFO"),
    ("debug!(", "DEBUG"),
];

/// The lines of all crates, but for tests.
fn logged() -> BTreeSet<Line> {
    let sources = folders().flat_map(|folder| sources_below(&folder));
    let sources = sources.filter(|path| !path.contains("/tests") && !path.ends_with("tests.rs"));
    sources
        .flat_map(|path| lines_of(&without_tests(&read(&path))))
        .collect()
}

/// A source up to the tests that it ends with.
fn without_tests(source: &str) -> String {
    let modules = source.match_indices("#[cfg(test)]").find(|(place, _)| {
        let after = source[*place..].lines().skip(1);
        let mut after = after.skip_while(|line| line.starts_with("#["));
        let first = after.next().unwrap_or_default();
        first.starts_with("mod ") && first.ends_with('{')
    });
    let end = modules.map_or(source.len(), |(place, _)| place);
    source[..end].to_owned()
}

fn lines_of(source: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for (word, level) in MACROS {
        for (place, _) in source.match_indices(word) {
            let is_other = source[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if !is_other {
                found.extend(line(level, &arguments(&source[place + word.len()..])));
            }
        }
    }
    found
}

/// The arguments of a macro, whose closing bracket ends them.
fn arguments(source: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut is_quoted, mut is_escaped) = (0, false, false);
    for letter in source.chars() {
        if is_quoted {
            is_quoted = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
            part.push(letter);
            continue;
        }
        match letter {
            '"' => is_quoted = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part.trim().to_owned());
    parts
}

fn line(level: &str, arguments: &[String]) -> Option<Line> {
    let place = arguments.iter().position(|part| part.starts_with('"'))?;
    let fields = arguments[..place].iter().map(|part| {
        let name = part.split('=').next().unwrap_or_default();
        name.trim().trim_start_matches(['%', '?']).to_owned()
    });
    Some(Line {
        level: level.to_owned(),
        words: words(&arguments[place]),
        fields: fields.collect(),
    })
}

/// A string as it is said: what a backslash at the end of a line takes away is away.
fn words(quoted: &str) -> String {
    let mut parts = quoted.trim_matches('"').split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start())
}

/// The rows of the page.
fn documented() -> BTreeSet<Line> {
    let page = read("docs/logs.md");
    let rows = page.lines().filter_map(|row| {
        let cells: Vec<_> = row.strip_prefix("| ")?.split(" | ").collect();
        let [level, words, fields, todo] = cells.as_slice() else {
            return None;
        };
        let words = words.strip_prefix('`')?.strip_suffix('`')?;
        assert!(todo.len() > 3, "{row}");
        let fields = fields.split(", ").filter(|name| !name.is_empty());
        Some(Line {
            level: (*level).to_owned(),
            words: words.to_owned(),
            fields: fields
                .map(|name| name.trim_matches('`').to_owned())
                .collect(),
        })
    });
    rows.collect()
}

#[test]
fn the_page_of_the_log_has_every_line_and_no_other() {
    let (logged, documented) = (logged(), documented());
    assert!(logged.len() > 120, "{}", logged.len());
    let missing: Vec<_> = logged.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/logs.md lacks {missing:#?}");
    let gone: Vec<_> = documented.difference(&logged).collect();
    assert!(gone.is_empty(), "nothing logs {gone:#?}");
}

#[test]
fn every_field_is_one_that_a_line_may_have() {
    let source = read("server/src/daemon/log/fields.rs");
    let (_, list) = source.split_once("const LISTED: &[&str] = &[").unwrap();
    let list = list.split("];").next().unwrap();
    let listed: BTreeSet<_> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let used: BTreeSet<_> = logged().into_iter().flat_map(|line| line.fields).collect();
    // One that no line has any more is not kept for whoever comes later.
    assert_eq!(listed, used);
}

#[test]
fn a_line_is_read_as_it_is_written() {
    let source = "if x { warn!(%error, size = f(1, \"a,b\"), \"not \\\n        now, {why}\"); }\n\
        eprint_error!(no, \"x\");\n#[cfg(test)]\nmod tests {\n debug!(\"y\");}";
    let lines = lines_of(&without_tests(source));
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line.level, "WARN");
    assert_eq!(line.words, "not now, {why}");
    let fields: Vec<_> = line.fields.iter().map(String::as_str).collect();
    assert_eq!(fields, ["error", "size"]);
}
