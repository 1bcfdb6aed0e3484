//! Reports: data first, then forms.
//!
//! A report holds only what the evidence, the pinned key, the checkpoint and the mapping determine. It has no time of
//! its own making, no host, no version of a program; so the daemon and an auditor make the same bytes of it. It never
//! says that anybody complies: for each clause it says what the records show, and what a ledger can't know.

mod answers;
mod assess;
mod caveats;
pub mod csv;
pub mod difference;
pub mod dsse;
pub mod html;
mod identifier;
mod moments;
pub mod oscal;
mod page;
mod subject;
pub mod text;
pub mod verification;
mod words;

use serde::{Deserialize, Serialize};

pub use answers::{AnswerFacts, AnswerName, FindingFacts, RangeVerdict};
pub use assess::assess;
pub use subject::{Asked, BodyCounts, Outside, Subject, View};
pub use words::{shown_limit, shown_share};

use crate::canonical;
use crate::folds::Folded;
use crate::framework::{Application, Review, Source, Span, Threshold};
use crate::table::Cell;

/// What every report of this form begins with.
pub const REPORT_FORMAT: &str = "indelible-report/0-draft";

/// A report on a framework's clauses over a range of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`REPORT_FORMAT`].
    pub format: String,
    /// A name-based UUID (version 5) of all the rest.
    pub id: String,
    /// The first line of every form.
    pub headline: String,
    /// What a reader must know before anything else. Empty if all evidence is there and holds.
    pub caveats: Vec<Caveat>,
    /// The ledger, and on whose word.
    pub ledger: LedgerFacts,
    /// The records.
    pub range: RangeFacts,
    /// What was asked of exactly these records as evidence.
    pub evidence: EvidenceFacts,
    /// The mapping.
    pub framework: FrameworkFacts,
    /// How many clauses are in which state.
    pub summary: Summary,
    /// The clauses, in the order of the mapping.
    pub clauses: Vec<ClauseFinding>,
    /// The folds that the values come from.
    pub projections: Vec<Folded>,
    /// Rows, where they were asked for.
    pub tables: Vec<TableRows>,
}

/// Something that limits what a report can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caveat {
    /// For programs.
    pub code: CaveatCode,
    /// For people; one sentence.
    pub text: String,
}

/// The kinds of caveats, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaveatCode {
    /// The records are not what was written.
    IntegrityBroken,
    /// Keys were not used lawfully.
    CustodyBroken,
    /// Whether the records are what was written can't be said.
    IntegrityUnanswerable,
    /// Whether keys were used lawfully can't be said.
    CustodyUnanswerable,
    /// There are no records.
    Empty,
    /// What was asked for lies partly outside the evidence.
    Outside,
    /// Bodies can't be read.
    BodiesUnreadable,
    /// The mapping is an unreviewed draft.
    UnreviewedDraft,
}

impl CaveatCode {
    /// The code as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::IntegrityBroken => "integrity-broken",
            Self::CustodyBroken => "custody-broken",
            Self::IntegrityUnanswerable => "integrity-unanswerable",
            Self::CustodyUnanswerable => "custody-unanswerable",
            Self::Empty => "empty",
            Self::Outside => "outside",
            Self::BodiesUnreadable => "bodies-unreadable",
            Self::UnreviewedDraft => "unreviewed-draft",
        }
    }
}

/// Which ledger, at which checkpoint, on whose word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerFacts {
    /// The log's identity.
    pub origin: String,
    /// The pinned verifier key.
    pub verifier_key: String,
    /// The checkpoint's size in records.
    pub checkpoint_size: u64,
    /// The checkpoint's root, in base64 as the checkpoint writes it.
    pub checkpoint_root: String,
}

/// Which records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeFacts {
    /// What was asked for.
    pub asked: AskedFacts,
    /// The first record's sequence number.
    pub from: u64,
    /// That of the record after the last.
    pub to: u64,
    /// How many records were folded.
    pub records: u64,
    /// When the first was recorded, in RFC 3339; none if there is none.
    pub first_time: Option<String>,
    /// When the last was recorded.
    pub last_time: Option<String>,
    /// What bodies were read of.
    pub view: View,
}

/// What was asked for, as a report says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AskedFacts {
    /// All that the checkpoint covers.
    Whole {},
    /// These records, half open.
    Records {
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// What was recorded in this time, half open; RFC 3339, and none where the period is open.
    Period {
        /// From then on.
        from: Option<String>,
        /// Before then.
        to: Option<String>,
    },
}

/// The range as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFacts {
    /// Whether the records are unaltered.
    pub integrity: AnswerFacts,
    /// Whether keys were introduced and used lawfully.
    pub custody: AnswerFacts,
    /// What can be read of the events' bodies.
    pub bodies: BodyCounts,
}

/// The mapping that a report follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameworkFacts {
    /// Its id.
    pub id: String,
    /// The mapping's version.
    pub version: u32,
    /// The mapping's date.
    pub date: String,
    /// Its whole name.
    pub title: String,
    /// Its short name.
    pub short: String,
    /// Whether anybody held it against the text.
    pub review: Review,
    /// What a reader must know of it.
    pub about: Option<String>,
    /// SHA-256 of the mapping file, in hexadecimal.
    pub digest: String,
    /// Where it was read.
    pub sources: Vec<Source>,
    /// From when on duties apply.
    pub applies: Vec<Application>,
}

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

    /// As it stands in JSON.
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
    /// What it was held against; none if it is shown and decides nothing.
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
    /// As it stands in JSON.
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

/// A table of a fold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRows {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Why some bytes are no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not the JSON of a report.
    #[error("not the JSON of a report: {0}")]
    Json(#[from] serde_json::Error),
    /// Of another form.
    #[error("the report's format is {found:?}; this program reads {REPORT_FORMAT:?}")]
    Format {
        /// What it says.
        found: String,
    },
    /// The JSON is not canonical, so that not every reader need read the same.
    #[error("the report is not canonical JSON (RFC 8785); it was changed after it was made")]
    NotCanonical,
    /// Its name is not that of its content.
    #[error(
        "the report's id is {found}, but its content has {computed}; it was changed after it was made"
    )]
    Identifier {
        /// What it says.
        found: String,
        /// What its content gives.
        computed: String,
    },
}

/// Canonical JSON as bytes. It fails for numbers past 2^53-1 alone, and reports have none.
fn canonical_bytes(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    canonical::to_string(value).map(String::into_bytes)
}

impl Report {
    /// The report as canonical JSON, RFC 8785, without a line end.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        canonical_bytes(self)
    }

    /// Reads what [`Self::to_json`] gave. That proves nothing of what it says: recompute it.
    pub fn from_json(json: &[u8]) -> Result<Self, ReadError> {
        let report: Self = serde_json::from_slice(json)?;
        if report.format != REPORT_FORMAT {
            return Err(ReadError::Format {
                found: report.format,
            });
        }
        let computed = identifier::of_report(&report)?;
        if report.to_json()? != json {
            return Err(ReadError::NotCanonical);
        }
        if computed != report.id {
            return Err(ReadError::Identifier {
                found: report.id,
                computed,
            });
        }
        Ok(report)
    }
}
