//! A criterion held against what was found: over its population, with what nothing read, and by both clocks.

use super::{
    check_clause::is_timed,
    clocks::{Agreement, Clocks},
    framework::{Criterion, Held},
    hold::{Measured, Outcome},
    measured::basis_of,
    threshold::{Limit, Span, Threshold},
    unread::Unread,
};
use crate::projections::measure::{Measure, Measures, Value};

/// What was found in a range.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// What folds measured.
    pub measures: &'a Measures,
    /// What nothing read.
    pub unread: &'a Unread,
    /// The ledger's clock beside the producers' own.
    pub clocks: &'a Clocks,
    /// From the recorded time of the first record to that of the last, in nanoseconds.
    pub span: u64,
}

/// What came of a criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The measure's value.
    pub value: Value,
    /// How large the population is, as far as it was read; none if nothing was asked, or it can't be computed.
    pub population: Option<u64>,
    /// How many events that the measure rests on nothing read.
    pub unread: u64,
    /// The threshold, for the whole range; none if nothing was asked.
    pub threshold: Option<Threshold>,
    /// What came of it; none if nothing was asked.
    pub outcome: Option<Outcome>,
    /// What was recorded before the range may change it.
    pub carried: bool,
}

impl Criterion {
    /// Holds it against what was found. `within` is how far the two clocks may be apart.
    pub fn judge(&self, found: &Found<'_>, within: Option<Span>) -> Judged {
        let basis = basis_of(&self.measure);
        let measure = found.measures.0.get(&self.measure);
        let absent = Value::NotComputable("the projection did not give this measure".to_owned());
        let value = measure.map_or(absent, |measure: &Measure| measure.value.clone());
        let unread = found.unread.of(basis.reads);
        let held = self.held.as_ref();
        let threshold = held.map(|held| held.over(found.span));
        let population = held.map(|held| found.population(&held.of));
        let outcome = held.zip(threshold.as_ref()).map(|(held, threshold)| {
            let blocked = population.clone().and_then(Population::blocks);
            let timed = is_timed(basis, &held.threshold, held.every);
            let clocks = || {
                let within = within.filter(|_| timed)?;
                found.clocks_differ(&self.measure, within)
            };
            blocked.or_else(clocks).unwrap_or_else(|| {
                Measured::new(&value, basis.change, unread).hold_against(threshold)
            })
        });
        Judged {
            value,
            population: population.and_then(|population| population.count.ok()),
            unread,
            threshold,
            outcome,
            carried: held.is_some() && basis.carried,
        }
    }
}

/// What a criterion is held over.
#[derive(Clone, Debug)]
struct Population {
    /// How many there are, as far as they were read; or why that can't be said.
    count: Result<u64, String>,
    /// How many events that may be of them nothing read.
    unread: u64,
    /// Whether unread events may take from it.
    moves: bool,
}

impl Population {
    /// What keeps a criterion over it from being held against anything.
    fn blocks(self) -> Option<Outcome> {
        match (self.count, self.unread) {
            (Err(why), _) => Some(Outcome::Undecided(why)),
            (Ok(0), 0) => Some(Outcome::Vacuous),
            (Ok(0), unread) => Some(Outcome::Undecided(format!(
                "none of what it is about could be read, and {} may be of it",
                match unread {
                    1 => "1 event that can't be read".to_owned(),
                    _ => format!("{unread} events that can't be read"),
                }
            ))),
            (Ok(_), 1..) if self.moves => Some(Outcome::Undecided(
                "events that can't be read may take away what it is about".to_owned(),
            )),
            (Ok(_), _) => None,
        }
    }
}

impl Found<'_> {
    fn population(&self, name: &str) -> Population {
        let basis = basis_of(name);
        let count = match self.measures.0.get(name).map(|measure| &measure.value) {
            Some(Value::Count(count)) => Ok(*count),
            Some(Value::Share { whole, .. }) => Ok(*whole),
            Some(Value::NotComputable(why)) => Err(why.clone()),
            _ => Err("its population is not a count, so the mapping is wrong here".to_owned()),
        };
        Population {
            count,
            unread: self.unread.of(basis.reads),
            moves: basis.change == super::measured::Change::Moves,
        }
    }

    /// Why a criterion on time can't decide by these clocks.
    fn clocks_differ(&self, measure: &str, within: Span) -> Option<Outcome> {
        let reads = basis_of(measure).reads;
        let agreement = self
            .clocks
            .agree(reads, within.to_nanoseconds(), self.unread);
        let seconds = |span: u64| span / 1_000_000_000;
        match agreement {
            Agreement::Within(_) => None,
            Agreement::Apart(distance) => Some(Outcome::Undecided(format!(
                "the ledger's clock and the producers' own times are up to {} s apart, and the mapping allows {} s",
                seconds(distance),
                within.seconds
            ))),
            Agreement::Unread(unread) => Some(Outcome::Undecided(format!(
                "the times that producers gave {unread} of these events can't be read, and so not be held against the ledger's clock"
            ))),
        }
    }
}

impl Held {
    /// The threshold for a range of this length: a rate is asked for as often as it fits in.
    fn over(&self, span: u64) -> Threshold {
        match (&self.threshold, self.every) {
            (Threshold::AtLeast(Limit::Count(count)), Some(every)) => {
                let times = (span / every.to_nanoseconds().max(1)).max(1);
                Threshold::AtLeast(Limit::Count(count.saturating_mul(times)))
            }
            (threshold, _) => threshold.clone(),
        }
    }
}
