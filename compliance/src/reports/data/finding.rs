//! What a report says of clauses and their criteria.

use serde::{Deserialize, Serialize};

use crate::frameworks::{Kind, Span, Threshold};

/// What the records show of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every criterion of a clause on record-keeping is met, by evidence that holds and is all there.
    Evidenced,
    /// Some is missing; or the clause is one on conduct, of which records show a part at most.
    PartlyEvidenced,
    /// No criterion is met; or what is recorded speaks against a clause on conduct.
    NotEvidenced,
    /// It can't be said from these records.
    NotAssessable,
}

impl State {
    /// All states, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::Evidenced,
        Self::PartlyEvidenced,
        Self::NotEvidenced,
        Self::NotAssessable,
    ];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evidenced => "evidenced",
            Self::PartlyEvidenced => "partly_evidenced",
            Self::NotEvidenced => "not_evidenced",
            Self::NotAssessable => "not_assessable",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Evidenced => "evidenced",
            Self::PartlyEvidenced => "partly evidenced",
            Self::NotEvidenced => "not evidenced",
            Self::NotAssessable => "not assessable",
        }
    }
}

/// How many clauses are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Evidenced.
    pub evidenced: u64,
    /// Partly evidenced.
    pub partly_evidenced: u64,
    /// Not evidenced.
    pub not_evidenced: u64,
    /// Not assessable.
    pub not_assessable: u64,
}

impl Summary {
    /// How many are in a state.
    pub fn of(&self, state: State) -> u64 {
        match state {
            State::Evidenced => self.evidenced,
            State::PartlyEvidenced => self.partly_evidenced,
            State::NotEvidenced => self.not_evidenced,
            State::NotAssessable => self.not_assessable,
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        State::ALL.iter().map(|state| self.of(*state)).sum()
    }
}

/// What is said of one clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseFinding {
    /// Its number.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What it asks for.
    pub asks: String,
    /// Whether it asks for records or for conduct; none if nothing in a ledger could show it.
    pub kind: Option<Kind>,
    /// What the records show.
    pub state: State,
    /// Why it is in this state.
    pub why: Vec<String>,
    /// What was measured.
    pub criteria: Vec<CriterionFinding>,
    /// The first records that show it, ascending.
    pub records: Vec<u64>,
    /// What the ledger can't know.
    pub unknown: Vec<String>,
}

/// What is said of one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriterionFinding {
    /// The measure.
    pub measure: String,
    /// What meeting the threshold shows.
    pub says: String,
    /// The value.
    pub value: ValueFacts,
    /// How many events that the value rests on can't be read or don't fit their type.
    pub unread: u64,
    /// How many more can be read and leave out what decides.
    pub unsaid: u64,
    /// What it was held over; none if it is shown and decides nothing.
    pub population: Option<PopulationFacts>,
    /// What it was compared with; none if it is shown and decides nothing.
    pub threshold: Option<ThresholdFacts>,
    /// What came of it.
    pub outcome: OutcomeFacts,
    /// Value and threshold in words.
    pub words: String,
    /// The first records that show the value, ascending.
    pub records: Vec<u64>,
    /// How what it counts is spread over the range, where it is asked for again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<SpreadFacts>,
    /// What the value is the sum of, where it is the sum of unlike things, and in how many places these are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<OfWhichFacts>,
}

/// How often and how evenly something was recorded, or must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadFacts {
    /// On how many days of the calendar, in UTC.
    pub days: u64,
    /// The longest time without it, from one record of it to the next, or to an end of the range.
    pub longest_pause: Span,
}

/// A measure beside a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfWhichFacts {
    /// The measure.
    pub measure: String,
    /// How many it counts.
    pub count: u64,
}

/// What a criterion was held over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationFacts {
    /// The measure that counts it.
    pub measure: String,
    /// How many there are; none if that can't be computed.
    pub count: Option<u64>,
}

/// What a value was compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdFacts {
    /// The bound, for the whole range.
    pub bound: Threshold,
    /// The time in which a count must be reached, on average; the bound is for as many as the range holds.
    pub every: Option<Span>,
    /// On how many days at least, and with which pause at most; left out where it is not asked for again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<SpreadFacts>,
    /// The source that sets it; none if it is the mapping's own.
    pub set_by: Option<String>,
}

/// A value as a report says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ValueFacts {
    /// How many.
    Count(u64),
    /// A part of a whole.
    Share {
        /// How many of them.
        part: u64,
        /// Out of how many.
        whole: u64,
        /// The part in millionths of the whole, rounded down.
        millionths: u64,
    },
    /// A number with places after the point, which may be more than one: a score, and no part of anything.
    Decimal {
        /// In millionths.
        millionths: u64,
    },
    /// A span of time.
    Span(Span),
    /// Whether something is so.
    Flag(bool),
    /// It can't be computed, and why.
    NotComputable(String),
}

/// What came of a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeFacts {
    /// The threshold is met, whatever can't be read says.
    Met,
    /// It is not.
    NotMet,
    /// There is nothing that it could be held against.
    Vacuous,
    /// It can't be said.
    Undecided,
    /// Nothing was asked of the value.
    Shown,
}

impl OutcomeFacts {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::Vacuous => "vacuous",
            Self::Undecided => "undecided",
            Self::Shown => "shown",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::Vacuous => "nothing to look at",
            Self::Undecided => "not decided",
            Self::Shown => "for information",
        }
    }
}
