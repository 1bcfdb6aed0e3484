//! Single values that states give, each with the records that show it.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many records a measure names at most: the first ones that show it.
pub const RECORDS_NAMED_MAX: usize = 16;

/// The measures of one or more folds, by name: `decisions.recorded`, `oversight.override_rate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measures(pub BTreeMap<String, Measure>);

/// One value, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// What it is.
    pub value: Value,
    /// The sequence numbers of the first records that show it, ascending.
    pub records: Vec<u64>,
}

/// What a measure says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// How many.
    Count(u64),
    /// A part of a whole. What is compared or shown is the part in millionths of the whole, rounded down.
    Share {
        /// How many of them.
        part: u64,
        /// Out of how many.
        whole: u64,
    },
    /// A span of time.
    Nanoseconds(u64),
    /// Whether something is so.
    Flag(bool),
    /// It can't be computed from these records, and why: nothing to divide by, too many names, bodies that can't be
    /// read.
    NotComputable(String),
}
