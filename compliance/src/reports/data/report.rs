//! A report: what it says of a ledger, a range, a mapping and its clauses.

mod caveat;

use serde::{Deserialize, Serialize};

pub use self::caveat::{Caveat, CaveatCode};
use super::{
    ahead::RecordedAhead,
    answers::AnswerFacts,
    finding::{ClauseFinding, Summary},
    front_matter::FrontMatter,
    identifier,
    keys::Predecessor,
    lost::Lost,
    named::NamedRecord,
    series::Series,
    subject::{BodyCounts, View},
};
use crate::{
    canonical,
    frameworks::{Application, Review, Source, Span},
    projections::{folds::Folded, table::Cell},
};

/// What every report of this form begins with.
pub const REPORT_FORMAT: &str = "indelible-report/1-draft";

/// A report on a framework's clauses over a range of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`REPORT_FORMAT`].
    pub format: String,
    /// A name-based UUID (version 5) of all the rest but the front matter, what is lost, and what is ahead of its
    /// checkpoint.
    pub id: String,
    /// What its maker says of it; left out if nothing. No evidence shows it, and the id does not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front_matter: Option<FrontMatter>,
    /// What of its range has recorded times after that of the checkpoint; left out if nothing. The evidence at its size
    /// does not determine that, and the id does not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_ahead: Option<RecordedAhead>,
    /// Which records its maker knows to be lost; left out if none. No evidence shows it, and the id does not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
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
    /// The records that clauses, criteria and findings name, ascending.
    pub records: Vec<NamedRecord>,
    /// How many more of them are named than described.
    pub records_omitted: u64,
    /// What happened over time.
    pub series: Series,
    /// The folds that the values come from.
    pub projections: Vec<Folded>,
    /// Rows, where they were asked for.
    pub tables: Vec<TableRows>,
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
    /// The ledger that lost records and that this one succeeds, as genesis says; left out if it says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<Predecessor>,
}

/// Which records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeFacts {
    /// What was asked for.
    pub asked: AskedFacts,
    /// Only what was imported counts; left out where all that clients recorded does.
    #[serde(default, skip_serializing_if = "is_false")]
    pub imported_alone: bool,
    /// How the records that were looked at lie by the times that their producers gave; left out where nobody asked for a
    /// period by these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_event_time: Option<ByEventTimeFacts>,
    /// The sequence number of the first record that was looked at.
    pub from: u64,
    /// That of the record after the last.
    pub to: u64,
    /// How many records were folded.
    pub records: u64,
    /// When the first that was looked at was recorded, in RFC 3339; none if there is none.
    pub first_time: Option<String>,
    /// When the last was recorded.
    pub last_time: Option<String>,
    /// What bodies were read of.
    pub view: View,
    /// How far recorded times lie at most from those that producers gave their events; none if no event that can be
    /// read has a time of its own.
    pub clock_distance: Option<Span>,
}

/// How events lie by the times that their producers gave them; the ledger's own events have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByEventTimeFacts {
    /// How many lie in the period.
    pub within: u64,
    /// How many lie at another time.
    pub elsewhen: u64,
    /// Of how many nobody knows, since their bodies can't be read.
    pub closed: u64,
    /// Of how many nobody knows, since they say no time, or none of RFC 3339.
    pub without_time: u64,
    /// The earliest time in the period, in RFC 3339; none if there is none.
    pub earliest: Option<String>,
    /// The latest.
    pub latest: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
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
    /// Of some records, what happened in this time by the word of whoever sent it, half open; RFC 3339, and none where the
    /// period is open.
    EventPeriod {
        /// The records that were to be looked at; none for all that the checkpoint covers.
        records: Option<RecordsFacts>,
        /// From then on.
        from: Option<String>,
        /// Before then.
        to: Option<String>,
    },
}

/// Some records, half open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsFacts {
    /// The first.
    pub from: u64,
    /// The one after the last.
    pub to: u64,
}

/// The range as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFacts {
    /// Whether the records are unaltered.
    pub integrity: AnswerFacts,
    /// Whether keys were introduced and used by the rules of the format.
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
    /// How far the two clocks may be apart for a criterion on time to decide.
    pub clocks_within: Option<Span>,
    /// From when on duties apply.
    pub applies: Vec<Application>,
    /// The numbers of its clauses that the report was not asked about, in its order; left out where it is on all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
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
    /// The JSON is not canonical, so two readers could read it differently.
    #[error("the report is not canonical JSON (RFC 8785); it was changed after it was made")]
    NotCanonical,
    /// It is there, and white space stands around it.
    #[error(
        "white space, such as a line end, stands around the report, and its bytes must be those that were made: get the file \
         again, or take it off"
    )]
    Surrounded,
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

impl Report {
    /// The same without what its maker says: what the evidence determines, and what a signature and the ledger's own
    /// record of the report are about.
    #[must_use]
    pub fn without_front_matter(&self) -> Self {
        Self {
            front_matter: None,
            ..self.clone()
        }
    }

    /// The report as canonical JSON, RFC 8785, without a line end.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        canonical::to_bytes(self)
    }

    /// Reads what [`Self::to_json`] gave. That proves nothing of what it says: recompute it.
    pub fn from_json(json: &[u8]) -> Result<Self, ReadError> {
        let report: Self = serde_json::from_slice(json)?;
        if report.format != REPORT_FORMAT {
            return Err(ReadError::Format {
                found: report.format,
            });
        }
        let computed = report.computed_id()?;
        let canonical = report.to_json()?;
        if canonical != json {
            return Err(match canonical == json.trim_ascii() {
                true => ReadError::Surrounded,
                false => ReadError::NotCanonical,
            });
        }
        if computed != report.id {
            return Err(ReadError::Identifier {
                found: report.id,
                computed,
            });
        }
        Ok(report)
    }

    /// The id that its content gives.
    pub(crate) fn computed_id(&self) -> Result<String, serde_json::Error> {
        let lost = self.lost.as_ref().map(Lost::words);
        let ahead = self.recorded_ahead.as_ref().map(RecordedAhead::words);
        let mut headline = self.headline.as_str();
        for words in lost.into_iter().chain(ahead) {
            if let Some(rest) = headline.strip_prefix(&words) {
                headline = rest.trim_start();
            }
        }
        let nameless = Self {
            headline: headline.to_owned(),
            id: String::new(),
            front_matter: None,
            recorded_ahead: None,
            lost: None,
            ..self.clone()
        };
        identifier::of_value("report", &nameless)
    }
}
