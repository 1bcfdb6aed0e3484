//! `docs/events.md` names every fact that the daemon records in the store's own ledger.

use std::collections::BTreeSet;

use super::{read, sources_below};

/// What makes the value of a fact, behind the fact's name.
const MADE_BY: [&str; 4] = ["SystemFact::", "text(", "number(", "joined("];

/// The names of facts in a source: a text that is followed by what makes the value of one.
fn facts(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (end, _) in source.match_indices("\",") {
        let value = source[end + 2..].trim_start();
        let begin = source[..end].rfind('"');
        let is_fact = MADE_BY.iter().any(|made| value.starts_with(made));
        if let (true, Some(begin)) = (is_fact, begin) {
            found.insert(source[begin + 1..end].to_owned());
        }
    }
    found
}

#[test]
fn the_page_names_every_fact_of_the_store_s_own_ledger() {
    let page = read("docs/events.md");
    let (_, section) = page.split_once("\n## The store's own ledger\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let (mut known, mut missing) = (0, Vec::new());
    for path in sources_below("server/src") {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap();
        if !code.contains("SystemFact") {
            continue;
        }
        for name in facts(code) {
            known += 1;
            if !section.contains(&format!("`{name}`")) {
                missing.push(format!("{name} of {path}"));
            }
        }
    }
    assert!(known > 30, "{known}");
    assert_eq!(missing, Vec::<String>::new());
}
