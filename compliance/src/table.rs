//! Rows that states give: what a query pages through and a CSV file holds.

use serde::Serialize;

/// A table of a fold. The same state gives the same rows in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// `decisions.by_model`.
    pub name: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// Its rows, sorted; each as long as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing is known.
    None,
    /// A number.
    Number(u64),
    /// A truth value.
    Flag(bool),
    /// Text.
    Text(String),
    /// Sequence numbers, ascending.
    Records(Vec<u64>),
}
