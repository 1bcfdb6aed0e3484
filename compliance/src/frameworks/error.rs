//! Why a mapping, or a question to one, is refused: where, what, and what is allowed instead.

use std::fmt;

use super::{
    file::{MAPPING_BYTES_MAX, MAPPING_FORMAT},
    measured::tell_when,
    threshold::ThresholdError,
};

/// A mapping file that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct MappingError {
    /// The file's name.
    pub file: String,
    /// The line, from 1, where that is known.
    pub line: Option<u64>,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

impl fmt::Display for MappingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.file, self.problem),
            None => write!(formatter, "{}: {}", self.file, self.problem),
        }
    }
}

/// What is wrong with a mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Too many bytes.
    #[error("the file has {found} bytes, at most {MAPPING_BYTES_MAX} are allowed")]
    TooLong {
        /// How many.
        found: usize,
    },
    /// Not YAML, or a key that is unknown, missing, doubled or of another type.
    #[error("{0}")]
    Form(String),
    /// Another form of mapping.
    #[error("the format is {found:?}; this program reads {MAPPING_FORMAT:?}")]
    Format {
        /// What it says.
        found: String,
    },
    /// A name with characters that names don't have.
    #[error("{what} {found:?} must begin with a letter and hold only a-z, 0-9 and '-'")]
    Name {
        /// What is named.
        what: &'static str,
        /// The name.
        found: String,
    },
    /// Not a calendar day.
    #[error("{found:?} is not a day such as 2026-11-21")]
    Date {
        /// What it says.
        found: String,
    },
    /// Something that must say something says nothing.
    #[error("{what} is empty")]
    Empty {
        /// What.
        what: &'static str,
    },
    /// A projection that this build does not have.
    #[error("there is no projection {found:?}; there are {}", allowed.join(", "))]
    ProjectionUnknown {
        /// The name.
        found: String,
        /// Those there are.
        allowed: Vec<String>,
    },
    /// A version of a projection that this build does not have.
    #[error(
        "there is no version {found} of projection {projection:?}; there are {}",
        listed(allowed)
    )]
    VersionUnknown {
        /// The projection.
        projection: String,
        /// The version.
        found: u32,
        /// Those there are.
        allowed: Vec<u32>,
    },
    /// A measure of a projection that the mapping does not list.
    #[error(
        "the measure {measure:?} belongs to a projection that `projections` does not list; it lists {}",
        allowed.join(", ")
    )]
    ProjectionNotListed {
        /// The measure.
        measure: String,
        /// The projections listed.
        allowed: Vec<String>,
    },
    /// A measure that its projection does not give.
    #[error("there is no measure {found:?}; that projection gives {}", allowed.join(", "))]
    MeasureUnknown {
        /// The measure.
        found: String,
        /// Those it gives.
        allowed: Vec<String>,
    },
    /// A projection that no criterion reads.
    #[error("the projection {found:?} is listed, but no criterion reads it")]
    ProjectionUnused {
        /// The projection.
        found: String,
    },
    /// Two clauses or sets of one name.
    #[error("{what} {found:?} occurs twice, first in line {first}")]
    Duplicate {
        /// What.
        what: &'static str,
        /// Its name.
        found: String,
        /// The line of the first.
        first: u64,
    },
    /// A set names a clause that the mapping does not have.
    #[error("the set names clause {found:?}, but the mapping has only {}", allowed.join(", "))]
    ClauseOfSetUnknown {
        /// The clause.
        found: String,
        /// Those there are.
        allowed: Vec<String>,
    },
    /// Neither or more than one of the ways to hold a measure against something.
    #[error(
        "a criterion has exactly one of `at_least`, `at_most`, `is` and `shown: true`; that of {measure:?} has {found}"
    )]
    Thresholds {
        /// The measure.
        measure: String,
        /// How many it has.
        found: usize,
    },
    /// A threshold that can't be read.
    #[error("the threshold {found:?} of {measure:?} {problem}")]
    Threshold {
        /// The measure.
        measure: String,
        /// What it says.
        found: String,
        /// What is wrong with it.
        problem: ThresholdError,
    },
    /// A clause that nothing decides, and that does not say why.
    #[error(
        "clause {clause:?} has no criterion that decides it; give it one, or say why in `not_assessable`"
    )]
    Undecided {
        /// The clause.
        clause: String,
    },
    /// A clause that can't be assessed, and is.
    #[error(
        "clause {clause:?} is `not_assessable`, so each of its criteria must have `shown: true`"
    )]
    DecidedAnyway {
        /// The clause.
        clause: String,
    },
    /// A clause that does not say what it asks for.
    #[error(
        "clause {clause:?} has no `kind`; it is `record-keeping` if it asks that something is recorded or kept, and `conduct` if it asks what people or systems do, or how well"
    )]
    KindMissing {
        /// The clause.
        clause: String,
    },
    /// A clause that can't be assessed, with what could be shown of it.
    #[error("clause {clause:?} is `not_assessable`, so it has neither `kind` nor `partly`")]
    KindOfNothing {
        /// The clause.
        clause: String,
    },
    /// A criterion over nothing in particular.
    #[error(
        "the criterion on {measure:?} has no `of`; name the measure that counts its population, so that it is not met where there is nothing to look at"
    )]
    PopulationMissing {
        /// The measure.
        measure: String,
    },
    /// A population in which the ledger's own records are.
    #[error(
        "{measure:?} counts the ledger's own records, too, so it is not a population; name a measure of what others recorded"
    )]
    PopulationOfAll {
        /// The measure.
        measure: String,
    },
    /// A criterion that decides nothing, with what only one that decides has.
    #[error("the criterion on {measure:?} is `shown`, so it has no `{key}`")]
    ShownWith {
        /// The measure.
        measure: String,
        /// The key.
        key: &'static str,
    },
    /// A criterion that is met whatever happened.
    #[error(
        "the criterion on {measure:?} can't fail: {why}; hold it against something else, or write `shown: true`"
    )]
    CanNotFail {
        /// The measure.
        measure: String,
        /// Why.
        why: &'static str,
    },
    /// A criterion that is never met.
    #[error(
        "the criterion on {measure:?} can't be met: it is its own population, and where that is 0 there is nothing to look at"
    )]
    CanNotHold {
        /// The measure.
        measure: String,
    },
    /// A criterion on what the ledger recorded itself.
    #[error(
        "{measure:?} counts what the ledger records of its own keys, readers and reports, which nobody else did; write `shown: true`"
    )]
    LedgersOwn {
        /// The measure.
        measure: String,
    },
    /// A criterion on a client's word.
    #[error("{measure:?} counts what any client may say of its own work; write `shown: true`")]
    OwnWord {
        /// The measure.
        measure: String,
    },
    /// A rate of what is not counted.
    #[error(
        "the criterion on {measure:?} has `every`, and that measure doesn't tell when what it counts was recorded; these do: {}",
        tell_when().join(", ")
    )]
    EveryUntold {
        /// The measure.
        measure: String,
    },
    /// A rate of something that is not counted.
    #[error(
        "the criterion on {measure:?} has `every`, which goes with `at_least` and a whole number alone"
    )]
    EveryOfWhat {
        /// The measure.
        measure: String,
    },
    /// A criterion on time in a mapping that does not say how far clocks may be apart.
    #[error(
        "the criterion on {measure:?} is on time, so the mapping must say by `clocks_within` how far the ledger's clock and the producers' own may be apart for it to decide"
    )]
    ClocksMissing {
        /// The measure.
        measure: String,
    },
    /// A clause of which no criterion shows what its title names.
    #[error(
        "no criterion of clause {clause:?} is marked `decisive: true`; mark those that show what the clause's title names, so that others don't make up for them"
    )]
    DecisiveMissing {
        /// The clause.
        clause: String,
    },
    /// A clause that is evidenced over a range of any length.
    #[error(
        "clause {clause:?} can be evidenced, so the mapping must say by `evidenced_over` how long a range must reach for that"
    )]
    LengthMissing {
        /// The clause.
        clause: String,
    },
    /// A clause that is evidenced by a single record.
    #[error(
        "clause {clause:?} can be evidenced, and no criterion asks for something again and again; give one `at_least` with `every`, or a share of days"
    )]
    RateMissing {
        /// The clause.
        clause: String,
    },
    /// A choice of one.
    #[error(
        "only one criterion has `either: {found}`; give the same to another of its clause, or leave it out"
    )]
    EitherAlone {
        /// The word.
        found: String,
    },
    /// What is asked for again and again, passed over where there is nothing of it.
    #[error(
        "the criterion on {measure:?} asks how often something is recorded, so it has no `where_any`"
    )]
    AnyOfTimes {
        /// The measure.
        measure: String,
    },
    /// A choice between upper bounds.
    #[error(
        "the criterion on {measure:?} has `either`, which goes with `at_least` alone: what there is too much of, nothing else makes up for"
    )]
    EitherOfWhat {
        /// The measure.
        measure: String,
    },
    /// A source that is not in `sources`.
    #[error("there is no source {found:?}; there are {}", allowed.join(", "))]
    SourceUnknown {
        /// The id.
        found: String,
        /// Those there are.
        allowed: Vec<String>,
    },
}

fn listed(versions: &[u32]) -> String {
    let versions: Vec<_> = versions.iter().map(u32::to_string).collect();
    versions.join(", ")
}

/// A clause was asked for that the mapping does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{framework} has no clause and no set {asked:?}; it has the sets {} and the clauses {}",
    sets.join(", "),
    clauses.join(", ")
)]
pub struct ClauseUnknown {
    /// What was asked for.
    pub asked: String,
    /// The mapping.
    pub framework: String,
    /// The sets it has.
    pub sets: Vec<String>,
    /// The clauses it has.
    pub clauses: Vec<String>,
}

/// A reader's message without the place, which is in front of it already.
pub(super) fn without_place(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = match text.rfind(" at line ") {
        Some(place) => &text[..place],
        None => &text,
    };
    // The line that a reader can give for what is not there is one of its neighbours'.
    if text.starts_with("missing field") {
        return format!("{text} in the entry that this line belongs to");
    }
    text.to_owned()
}
