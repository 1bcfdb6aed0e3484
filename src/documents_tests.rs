//! What the threat model points to is there: tests by their names, vectors, planted faults, and other files.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const THREAT_MODEL: &str = include_str!("../docs/threat-model.md");

/// Where the workspace's sources are.
const SOURCES: [&str; 16] = [
    "benches",
    "compliance",
    "access",
    "backup",
    "bucket",
    "evidence",
    "governance",
    "interchange",
    "verify",
    "keystore",
    "ledger",
    "meters",
    "server",
    "store",
    "src",
    "tests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The names of all functions that are tests.
fn tests() -> BTreeSet<String> {
    let mut found = Vec::new();
    for folder in SOURCES {
        files(&root().join(folder), &mut found);
    }
    found.retain(|path| path.extension().is_some_and(|end| end == "rs"));
    let mut names = BTreeSet::new();
    for path in found {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                let function = lines.find_map(|line| Some(line.split_once("fn ")?.1));
                let name = function.and_then(|function| function.split('(').next());
                names.extend(name.map(str::to_owned));
            }
        }
    }
    names
}

/// The words in backticks of the tables' last column, each with the text before it.
fn pointers() -> Vec<(&'static str, &'static str)> {
    let rows = THREAT_MODEL
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let mut pointers = Vec::new();
    for column in rows.filter_map(|row| row.rsplit(" | ").next()) {
        let parts: Vec<&str> = column.split('`').collect();
        pointers.extend(
            parts
                .chunks_exact(2)
                .map(|pair| (pair[0].trim_end(), pair[1])),
        );
    }
    pointers
}

#[test]
fn the_threat_model_names_tests_that_exist() {
    let tests = tests();
    let index = fs::read_to_string(root().join("tests/vectors/index.json")).unwrap();
    let mut named = 0;
    for (before, word) in pointers() {
        let exists = if before.ends_with("vector") {
            index.contains(&format!("\"{word}\""))
        } else if before.ends_with("planted") {
            root().join(format!("tests/planted/{word}.patch")).is_file()
        } else if word.contains('/') || word.contains(' ') {
            root().join(word).exists() || word.starts_with("make ")
        } else if word.contains('_') {
            named += 1;
            tests.contains(word)
        } else {
            true
        };
        assert!(
            exists,
            "the threat model points to {word}, and there is none"
        );
    }
    assert!(named > 50, "only {named} tests are named");
}
