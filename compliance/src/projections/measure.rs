//! Single values that states give, each with the records that show it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pieces::{Absorb, Counted, Keyed};

pub use super::pieces::RECORDS_NAMED_MAX;

/// The measures of one or more folds, by name: `decisions.recorded`, `oversight.override_rate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measures(pub BTreeMap<String, Measure>);

/// Why something can't be computed of names that are too many.
pub const TOO_MANY: &str = "more names than a state keeps";

impl Measures {
    /// Puts a value, and the records that show it.
    pub fn put(&mut self, name: &str, value: Value, records: &[u64]) {
        let records = records[..records.len().min(RECORDS_NAMED_MAX)].to_vec();
        self.0.insert(name.to_owned(), Measure { value, records });
    }

    /// How many records.
    pub fn count(&mut self, name: &str, counted: &Counted) {
        self.put(name, Value::Count(counted.count()), counted.records());
    }

    /// A number; none if there are too many names to know it.
    pub fn number(&mut self, name: &str, number: Option<u64>) {
        let value = number.map_or_else(too_many, Value::Count);
        self.put(name, value, &[]);
    }

    /// How many records were gathered; none if there are too many names to know it.
    pub fn gathered(&mut self, name: &str, gathered: Option<Gathered>) {
        match gathered {
            Some(mut gathered) => {
                gathered.records.sort_unstable();
                self.put(name, Value::Count(gathered.count), &gathered.records);
            }
            None => self.put(name, too_many(), &[]),
        }
    }

    /// A part of a whole; of nothing there is no part, for the reason given.
    pub fn share(&mut self, name: &str, part: u64, whole: u64, records: &[u64], nothing: &str) {
        let value = if whole == 0 {
            Value::NotComputable(nothing.to_owned())
        } else {
            Value::Share { part, whole }
        };
        self.put(name, value, records);
    }

    /// A span of time; without one, the reason given.
    pub fn span(&mut self, name: &str, span: Option<u64>, records: &[u64], nothing: &str) {
        let value = span.map_or_else(
            || Value::NotComputable(nothing.to_owned()),
            Value::Nanoseconds,
        );
        self.put(name, value, records);
    }

    /// How many names there are of which this holds.
    pub fn names<V: Absorb>(&mut self, name: &str, map: &Keyed<V>, holds: impl Fn(&V) -> bool) {
        let number = map
            .all()
            .map(|all| all.filter(|(_, value)| holds(value)).count() as u64);
        self.number(name, number);
    }
}

/// There are too many names.
pub fn too_many() -> Value {
    Value::NotComputable(TOO_MANY.to_owned())
}

/// Records gathered in any order.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    count: u64,
    records: Vec<u64>,
}

impl Gathered {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// One more.
    pub fn see(&mut self, sequence: u64) {
        self.count += 1;
        self.records.push(sequence);
    }

    /// So many more, and the first of them.
    pub fn take_in(&mut self, counted: &Counted) {
        self.count += counted.count();
        self.records.extend_from_slice(counted.records());
    }
}

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
    /// A part of a whole. It is compared exactly, and shown in millionths of the whole, rounded down.
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
