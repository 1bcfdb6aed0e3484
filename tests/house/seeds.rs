//! What stands for the names of the systems that people come from: every name is on the page, once, with a word on it.

use std::collections::BTreeSet;

use crate::read;

/// The sections of the page, as the list of names calls their systems.
const SYSTEMS: &[(&str, &str)] = &[
    ("aigc", "## AIGC"),
    ("code-atelier", "## Code Atelier Governance"),
    ("complianceguard", "## ComplianceGuard"),
    ("aegis", "## AEGIS"),
];

/// The names of a row's first cell.
fn names(row: &str) -> Vec<&str> {
    let cell = row.split('|').nth(1).unwrap_or_default();
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of a system's tables, without their heads.
fn rows(page: &str, heading: &str) -> Vec<String> {
    let (_, section) = page
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("the page has no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(str::to_owned).collect()
}

#[test]
fn every_public_name_of_the_systems_before_has_what_stands_for_it() {
    let list = read("tests/data/seeds/names.txt");
    let wanted: BTreeSet<_> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("a system and a name"))
        .collect();
    let page = read("docs/from-the-seeds.md");
    let all: Vec<_> = SYSTEMS
        .iter()
        .map(|(system, heading)| (*system, rows(&page, heading)))
        .collect();
    let mut found = BTreeSet::new();
    for (system, rows) in &all {
        for row in rows {
            let here = row.split('|').nth(2).unwrap_or_default().trim();
            assert!(!here.is_empty(), "nothing stands for {row}");
            for name in names(row) {
                assert!(found.insert((*system, name)), "{system} {name} twice");
            }
        }
    }
    assert_eq!(found, wanted);
    assert!(wanted.len() > 400, "{}", wanted.len());
}

/// What is not offered has its reason, or says what is there instead.
#[test]
fn what_is_not_offered_says_why() {
    let page = read("docs/from-the-seeds.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    for row in rows {
        let here = row.split('|').nth(2).unwrap_or_default().trim();
        let bare = ["*not offered*", "*not offered*:", "*not offered*."];
        assert!(!bare.contains(&here), "{row}");
    }
}
