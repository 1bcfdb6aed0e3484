//! What a report says of clauses and their criteria.

use serde::{Deserialize, Serialize};

use crate::frameworks::{Span, Threshold};

/// What the records show of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every criterion is met, by evidence that holds and is all there.
    Evidenced,
    /// Some is missing.
    PartlyEvidenced,
    /// No criterion is met.
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
    /// What it was compared with; none if it is shown and decides nothing.
    pub threshold: Option<Threshold>,
    /// What came of it.
    pub outcome: OutcomeFacts,
    /// Value and threshold in words.
    pub words: String,
    /// The first records that show the value, ascending.
    pub records: Vec<u64>,
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
    /// The threshold is met.
    Met,
    /// It is not.
    NotMet,
    /// It can't be said.
    NotComputable,
    /// Nothing was asked of the value.
    Shown,
}

impl OutcomeFacts {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::NotComputable => "not_computable",
            Self::Shown => "shown",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::NotComputable => "not computable",
            Self::Shown => "for information",
        }
    }
}
