//! The records that a report names: what each of them is, so that its number is not all that a reader has.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{answers::AnswerFacts, finding::ClauseFinding};

/// How many records a report describes at most: the first of those that it names.
pub const RECORDS_DESCRIBED_MAX: usize = 1_000;

/// A record that a report names. What its contents would say is none where they were not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedRecord {
    /// Its sequence number.
    pub sequence: u64,
    /// When it was recorded, in RFC 3339.
    pub recorded: String,
    /// The event's type, or the kind of a key event or of a decision of the daemon's gate.
    #[serde(rename = "type")]
    pub what: String,
    /// What could be read of the event's body; none for a record that has none.
    pub body: Option<BodyState>,
    /// The event's own time, as its producer wrote it.
    pub event_time: Option<String>,
    /// Who acted: the event's actor, or else the agent, the reviewer or the principal that its facts name.
    pub actor: Option<String>,
    /// What ties it to other events.
    pub correlation_id: Option<String>,
    /// What it came to: the first of the facts `outcome`, `result`, `status`, `state` and `intervention`.
    pub outcome: Option<String>,
}

/// What could be read of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyState {
    /// Read.
    Open,
    /// There, encrypted, and nothing opened it.
    Sealed,
    /// Recorded as erased.
    Erased,
    /// Left out of this evidence, or not read as it was asked for.
    Withheld,
    /// Kept elsewhere.
    Archived,
    /// Ought to be there, and is not.
    Missing,
    /// There, and not a body of the format.
    Unreadable,
}

/// The records that clauses and answers name, ascending.
pub(crate) fn named_by<'a>(
    clauses: &[ClauseFinding],
    answers: impl IntoIterator<Item = &'a AnswerFacts>,
) -> BTreeSet<u64> {
    let mut named = BTreeSet::new();
    for clause in clauses {
        named.extend(&clause.records);
        for criterion in &clause.criteria {
            named.extend(&criterion.records);
        }
    }
    for answer in answers {
        named.extend(
            answer
                .findings
                .iter()
                .filter_map(|finding| finding.sequence),
        );
    }
    named
}
