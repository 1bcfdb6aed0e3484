//! The times that a verification tells: of the records, of their events, and of the checkpoint over them.

use indelible_evidence::verify::{FreshnessFacts, Recorded, Word};
use serde::{Deserialize, Serialize};

use crate::{canonical::INTEGER_MAX, reports::moments::rfc3339};

/// When records were recorded, by the operator's clock. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedTimes {
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
    /// The records that were recorded later than the checkpoint over them was signed, which can't be.
    pub after_checkpoint: Option<AfterCheckpoint>,
}

/// Records with a time after that of the checkpoint over them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterCheckpoint {
    /// How many.
    pub records: u64,
    /// The first of them.
    pub first: u64,
}

impl From<&Recorded> for RecordedTimes {
    fn from(recorded: &Recorded) -> Self {
        Self {
            first: rfc3339(recorded.first),
            last: rfc3339(recorded.last),
            after_checkpoint: recorded.after_checkpoint.map(|after| AfterCheckpoint {
                records: bounded(after.records),
                first: bounded(after.first),
            }),
        }
    }
}

/// The producers' own times: RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTimes {
    /// The earliest.
    pub earliest: String,
    /// The latest.
    pub latest: String,
    /// Of how many events a time could be read.
    pub events: u64,
    /// How many of these lie before 1970 or after 2554, and stand here as the nearest time that can be written; left out
    /// where none does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub beyond: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The producers' own times, while they are being gathered: nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimesSeen {
    /// The earliest.
    pub earliest: u64,
    /// The latest.
    pub latest: u64,
    /// How many there are.
    pub events: u64,
    /// How many of these lie before 1970 or after 2554, for which the nearest time stands that there is.
    pub beyond: u64,
}

impl TimesSeen {
    /// Takes in one more, or several.
    pub fn absorb(seen: &mut Option<Self>, more: Self) {
        *seen = Some(match *seen {
            None => more,
            Some(seen) => Self {
                earliest: seen.earliest.min(more.earliest),
                latest: seen.latest.max(more.latest),
                events: seen.events + more.events,
                beyond: seen.beyond + more.beyond,
            },
        });
    }
}

impl From<TimesSeen> for EventTimes {
    fn from(times: TimesSeen) -> Self {
        Self {
            earliest: rfc3339(times.earliest),
            latest: rfc3339(times.latest),
            events: bounded(times.events),
            beyond: bounded(times.beyond),
        }
    }
}

/// What is known of the checkpoint's age. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointTimes {
    /// The operator's own word.
    pub operator: Option<String>,
    /// The witnesses that cosigned and count.
    pub witnesses: Vec<WitnessTime>,
    /// The time that the answer is based on.
    pub decisive: Option<DecisiveTime>,
    /// How many seconds before the verification that was; negative if it is still to come.
    pub age_seconds: Option<i64>,
}

/// When a witness cosigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessTime {
    /// Its name in the policy.
    pub name: String,
    /// When.
    pub time: String,
}

/// When the checkpoint was signed, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisiveTime {
    /// When.
    pub time: String,
    /// `operator` or `witnesses`.
    pub word: String,
}

impl From<&FreshnessFacts> for CheckpointTimes {
    fn from(freshness: &FreshnessFacts) -> Self {
        let text = |seconds: u64| rfc3339(seconds.saturating_mul(1_000_000_000));
        let witnesses = freshness.witnesses.iter().map(|witness| WitnessTime {
            name: witness.name.clone(),
            time: text(witness.time),
        });
        let decisive = freshness.time.map(|(seconds, word)| DecisiveTime {
            time: text(seconds),
            word: match word {
                Word::Operator => "operator".to_owned(),
                Word::Witnesses => "witnesses".to_owned(),
            },
        });
        Self {
            operator: freshness.operator_time.map(text),
            witnesses: witnesses.collect(),
            decisive,
            age_seconds: freshness.age_seconds.map(clamped),
        }
    }
}

/// A number of either sign saturates in the same way.
fn clamped(number: i64) -> i64 {
    let greatest = i64::try_from(INTEGER_MAX).unwrap_or(i64::MAX);
    number.clamp(-greatest, greatest)
}

fn bounded(number: u64) -> u64 {
    number.min(INTEGER_MAX)
}
