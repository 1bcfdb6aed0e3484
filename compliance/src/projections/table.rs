//! Rows that states give: what a query pages through and a CSV file holds.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::projections::{
    measure::TOO_MANY,
    pieces::{Absorb, Counted, Keyed, SUM_MAX, parts},
};

/// A table of a fold. The same state gives the same rows in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// `decisions.by_model`.
    pub name: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// Its rows, sorted; each as long as there are columns. A table of more names than a state keeps has one row of
    /// one cell, which says so.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Why its rows can't be known, if it is so.
    pub fn not_computable(&self) -> Option<&'static str> {
        let is_too_many = |row: &Vec<Cell>| {
            row.len() < self.columns.len() && *row == [Cell::Text(TOO_MANY.to_owned())]
        };
        self.rows.iter().any(is_too_many).then_some(TOO_MANY)
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// What stands in it as text: a number in decimal, `true` or `false`, sequence numbers with a space between them.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Records(records) => {
                for (place, record) in records.iter().enumerate() {
                    let space = if place == 0 { "" } else { " " };
                    write!(f, "{space}{record}")?;
                }
                Ok(())
            }
        }
    }
}

/// A number; as text if it is beyond what every JSON reader holds exactly.
impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        if number > SUM_MAX {
            Self::Text(number.to_string())
        } else {
            Self::Number(number)
        }
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Text; what is empty is not known.
impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text.to_owned())
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::None, Into::into)
    }
}

/// The first records that show it.
impl From<&Counted> for Cell {
    fn from(counted: &Counted) -> Self {
        Self::Records(counted.records().to_vec())
    }
}

/// Rows of a map of names: the parts of the name, then what `cells` makes of the piece. With too many names there is
/// one row that says so.
pub(crate) fn rows_of<V: Absorb>(
    map: &Keyed<V>,
    cells: impl Fn(&V) -> Vec<Cell>,
) -> Vec<Vec<Cell>> {
    rows_of_named(map, |_, value| cells(value))
}

/// The same, where the cells depend on the name too.
pub(crate) fn rows_of_named<V: Absorb>(
    map: &Keyed<V>,
    cells: impl Fn(&str, &V) -> Vec<Cell>,
) -> Vec<Vec<Cell>> {
    let Some(all) = map.all() else {
        return vec![vec![Cell::Text(TOO_MANY.to_owned())]];
    };
    all.map(|(key, value)| {
        let mut row: Vec<Cell> = parts(key).map(Cell::from).collect();
        row.extend(cells(key, value));
        row
    })
    .collect()
}
