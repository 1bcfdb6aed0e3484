//! The table of docs/access.md: which call is which action, and which role may do it.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/access.md");

/// The roles, as the table's head names them.
pub(super) fn roles() -> Vec<&'static str> {
    let head = rows().next().unwrap();
    head[ROLES..].to_vec()
}

/// Where the columns of the roles begin.
const ROLES: usize = 3;

/// What an action is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Ledger,
    Store,
    Either,
    NoPlace,
}

/// A row: an action, its calls, and the roles that may do it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) action: &'static str,
    pub(super) about: About,
    pub(super) calls: Vec<&'static str>,
    may: BTreeSet<&'static str>,
}

impl Row {
    /// Whether one of these roles may do it.
    pub(super) fn may(&self, roles: &[&str]) -> bool {
        roles.iter().any(|role| self.may.contains(role))
    }
}

/// All rows of the table.
pub(super) fn table() -> Vec<Row> {
    let roles = roles();
    let row = |cells: Vec<&'static str>| Row {
        action: spans(cells[0])[0],
        about: match cells[1].split(',').next().unwrap() {
            "ledger" => About::Ledger,
            "store" => About::Store,
            "either" => About::Either,
            "no place" => About::NoPlace,
            other => panic!("{other:?} is not what an action is about"),
        },
        calls: spans(cells[2]),
        may: (roles.iter().zip(&cells[ROLES..]))
            .filter(|(_, mark)| **mark == "x")
            .map(|(role, _)| *role)
            .collect(),
    };
    // A line of dashes follows the head.
    rows().skip(2).map(row).collect()
}

/// The actions that can be done on a ledger of the store itself.
pub(super) fn on_ledgers_of_the_store() -> BTreeSet<&'static str> {
    let (_, own) = PAGE
        .split_once(
            "### The store's own ledger
",
        )
        .unwrap();
    let (_, own) = own.split_once("anything else on it than:").unwrap();
    spans(own.lines().next().unwrap()).into_iter().collect()
}

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = PAGE.lines();
    let lines = lines.skip_while(|line| !line.starts_with("| action | about | calls |"));
    let cells = |line: &'static str| {
        let cells = line.trim().trim_matches('|').split('|');
        cells.map(str::trim).collect()
    };
    lines.take_while(|line| line.starts_with('|')).map(cells)
}

/// What stands between backquotes.
fn spans(text: &'static str) -> Vec<&'static str> {
    text.split('`').skip(1).step_by(2).collect()
}
