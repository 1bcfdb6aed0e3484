//! Single values that states give, each with the records that show it.

mod unread;

use std::collections::BTreeMap;

use serde::Serialize;

use super::pieces::{Absorb, Counted, Keyed, Recurring, Spread};
use crate::number::shown_number;

pub use self::unread::Unread;
pub use super::pieces::RECORDS_NAMED_MAX;

/// The measures of one or more folds, by name: `decisions.recorded`, `oversight.override_rate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measures(pub BTreeMap<String, Measure>);

/// Why something can't be computed of names that are too many.
pub const TOO_MANY: &str = "more names than a state keeps";

impl Measures {
    /// Puts a value, and the records that show it. What it is of and what could not be read are said by
    /// [`Measure::of_family`], or [`Measure::of`] and [`Measure::unread`], of what is returned.
    pub fn put(&mut self, name: &str, value: Value, records: &[u64]) -> &mut Measure {
        let measure = Measure::exact(value, records);
        let entry = self.0.entry(name.to_owned());
        entry.insert_entry(measure).into_mut()
    }

    /// How many records.
    pub fn count(&mut self, name: &str, counted: &Counted) -> &mut Measure {
        self.put(name, Value::Count(counted.count()), counted.records())
    }

    /// A number; none if there are too many names to know it.
    pub fn number(&mut self, name: &str, number: Option<u64>) -> &mut Measure {
        let value = number.map_or_else(too_many, Value::Count);
        self.put(name, value, &[])
    }

    /// How many records were gathered; none if there are too many names to know it.
    pub fn gathered(&mut self, name: &str, gathered: Option<Gathered>) -> &mut Measure {
        match gathered {
            Some(mut gathered) => {
                gathered.records.sort_unstable();
                self.put(name, Value::Count(gathered.count), &gathered.records)
            }
            None => self.put(name, too_many(), &[]),
        }
    }

    /// A part of a whole; of nothing there is no part, for the reason given. The whole is its population.
    pub fn share(
        &mut self,
        name: &str,
        part: u64,
        whole: u64,
        records: &[u64],
        nothing: &str,
    ) -> &mut Measure {
        let value = if whole == 0 {
            Value::NotComputable(nothing.to_owned())
        } else {
            Value::Share { part, whole }
        };
        self.put(name, value, records).of(whole)
    }

    /// A share that is not known where there are too many names.
    pub fn share_known(
        &mut self,
        name: &str,
        share: Option<(u64, u64)>,
        nothing: &str,
    ) -> &mut Measure {
        match share {
            Some((part, whole)) => self.share(name, part, whole, &[], nothing),
            None => self.put(name, too_many(), &[]),
        }
    }

    /// A span of time; without one, the reason given.
    pub fn span(
        &mut self,
        name: &str,
        span: Option<u64>,
        records: &[u64],
        nothing: &str,
    ) -> &mut Measure {
        let value = span.map_or_else(
            || Value::NotComputable(nothing.to_owned()),
            Value::Nanoseconds,
        );
        self.put(name, value, records)
    }

    /// What the measure of this name counts is spread so over the range.
    pub fn recurring(&mut self, name: &str, recurring: &Recurring) {
        if let Some(measure) = self.0.get_mut(name) {
            measure.recurs = Some(Recurs {
                known: recurring.known(),
                possible: recurring.possible(),
            });
        }
    }

    /// How many names there are of which this holds.
    pub fn names<V: Absorb>(
        &mut self,
        name: &str,
        map: &Keyed<V>,
        holds: impl Fn(&V) -> bool,
    ) -> &mut Measure {
        let number = map
            .all()
            .map(|all| all.filter(|(_, value)| holds(value)).count() as u64);
        self.number(name, number)
    }
}

impl Measures {
    /// How many names there are of which this holds, and of each the record that shows it.
    pub fn names_at<V: Absorb>(
        &mut self,
        name: &str,
        map: &Keyed<V>,
        holds: impl Fn(&V) -> bool,
        at: impl Fn(&V) -> Option<u64>,
    ) -> &mut Measure {
        let gathered = map.all().map(|all| {
            let mut gathered = Gathered::default();
            let mut holding = 0;
            for (_, value) in all.filter(|(_, value)| holds(value)) {
                holding += 1;
                if let Some(at) = at(value) {
                    gathered.see(at);
                }
            }
            gathered.count = holding;
            gathered
        });
        self.gathered(name, gathered)
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

    /// Those that are kept of their records.
    pub fn records(&self) -> Vec<u64> {
        self.records.clone()
    }

    /// One more.
    pub fn see(&mut self, sequence: u64) {
        self.count += 1;
        self.records.push(sequence);
    }

    /// So many more: the first ones of these.
    pub fn take_in_first(&mut self, counted: &Counted, count: u64) {
        let known = usize::try_from(count).unwrap_or(usize::MAX);
        self.count += count;
        self.records
            .extend(counted.records().iter().copied().take(known));
    }

    /// The first so many.
    pub fn first(mut self, count: u64) -> Self {
        self.records.sort_unstable();
        let known = usize::try_from(count).unwrap_or(usize::MAX);
        self.records.truncate(known);
        Self { count, ..self }
    }

    /// All of these, too.
    pub fn take_in_all(&mut self, others: &Self) {
        self.count += others.count;
        self.records.extend_from_slice(&others.records);
    }

    /// So many more, and the first of them.
    pub fn take_in(&mut self, counted: &Counted) {
        self.count += counted.count();
        self.records.extend_from_slice(counted.records());
    }
}

/// One value, what shows it, and how far it can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// What it is.
    pub value: Value,
    /// The sequence numbers of the first records that show it, ascending.
    pub records: Vec<u64>,
    /// Of a share of which `records` are the part, the first of the others, ascending: what shows that it is too small.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacking: Option<Vec<u64>>,
    /// Of how many it is taken, those that could not be read among them: without one it says nothing. None for what is
    /// a property of the range itself.
    pub population: Option<u64>,
    /// What it may be off by.
    pub unread: Unread,
    /// How what it counts is spread over the range; none of what does not tell that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurs: Option<Recurs>,
}

/// How what a measure counts is spread over the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Recurs {
    /// By the records that are known to count.
    pub known: Spread,
    /// By these and all that may count.
    pub possible: Spread,
}

impl Measure {
    /// A value of which nothing is unread.
    pub fn exact(value: Value, records: &[u64]) -> Self {
        Self {
            value,
            records: records[..records.len().min(RECORDS_NAMED_MAX)].to_vec(),
            lacking: None,
            population: None,
            unread: Unread::default(),
            recurs: None,
        }
    }

    /// The records that show it, in any order.
    pub fn shown_by(&mut self, mut records: Vec<u64>) -> &mut Self {
        records.sort_unstable();
        records.dedup();
        records.truncate(RECORDS_NAMED_MAX);
        self.records = records;
        self
    }

    /// Those that are not part of the share, in any order.
    pub fn lacking(&mut self, mut records: Vec<u64>) -> &mut Self {
        records.sort_unstable();
        records.dedup();
        records.truncate(RECORDS_NAMED_MAX);
        self.lacking = Some(records);
        self
    }

    /// Of how many it is taken, those that could not be read among them.
    pub fn of(&mut self, population: u64) -> &mut Self {
        self.population = Some(population);
        self
    }

    /// What it may be off by.
    pub fn unread(&mut self, unread: Unread) -> &mut Self {
        self.unread = unread;
        self
    }

    /// It is taken of so many records that could be read, and of so many more that could not and may each count once.
    pub fn of_family(&mut self, read: u64, unread: u64) -> &mut Self {
        self.of(read.saturating_add(unread))
            .unread(Unread::once(unread))
    }

    /// The greatest value that it can have, whatever the records say that could not be read: what an upper bound is
    /// held against.
    pub fn greatest(&self) -> Value {
        if let Some(why) = self.not_bounded(true) {
            return why;
        }
        let once = self.unread.once;
        match &self.value {
            Value::Count(count) => Value::Count(count.saturating_add(once)),
            Value::Share { part, whole } => Value::Share {
                part: part.saturating_add(once),
                whole: whole.saturating_add(once),
            },
            other => other.clone(),
        }
    }

    /// The least value that it can have, whatever the records say that could not be read: what a lower bound is held
    /// against, and what must be above an upper bound that is called broken.
    pub fn least(&self) -> Value {
        if let Some(why) = self.not_bounded(false) {
            return why;
        }
        let over = self.unread.over;
        match &self.value {
            Value::Count(count) => Value::Count(count.saturating_sub(over)),
            Value::Share { part, whole } => Value::Share {
                part: part.saturating_sub(over),
                whole: whole.saturating_add(self.unread.once),
            },
            other => other.clone(),
        }
    }

    /// Why there is no greatest or least value, if there is none.
    fn not_bounded(&self, above: bool) -> Option<Value> {
        let Unread {
            once,
            many,
            more,
            fewer,
            before,
            ..
        } = self.unread;
        let whole = matches!(self.value, Value::Nanoseconds(_) | Value::Flag(_));
        let any = many + if above { more } else { fewer };
        let each = if whole { once + any } else { any };
        let why = if each > 0 {
            format!(
                "records that can't be read, and that it depends on: {}",
                shown_number(each)
            )
        } else if above && before {
            "what stood open before the range is not known".to_owned()
        } else {
            return None;
        };
        Some(Value::NotComputable(why))
    }
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

#[cfg(test)]
mod tests;
