//! What a check finds wrong with stored bytes, with a code for programs.

use std::fmt;

use indelible_evidence::verdict;
use indelible_store::{Cause, StoreError};

use crate::state::{error::ReadError, key_error::KeyringError, quarantine::INDEX_MISMATCH};

/// What kind of thing is wrong. The text of a code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingCode {
    /// The offline verifier can find this, too.
    Evidence(verdict::FindingCode),
    /// The store can't read its own files.
    StoreDamaged,
    /// A stored value is not of its form.
    RecordDamaged,
    /// A full tile is missing.
    TileMissing,
    /// An event is stored under another event's identity.
    IdentityMismatch,
    /// The stored index says something else than the records.
    IndexMismatch,
    /// The head does not match the records that it ends.
    HeadMismatch,
    /// Records that were acknowledged are missing.
    RecordsMissing,
    /// The stored history is not the one that was acknowledged.
    HistoryMismatch,
    /// The anchor can't say what was acknowledged.
    AnchorUnusable,
    /// A data key is not there, and no record says that it was erased.
    DataKeyMissing,
    /// A data key is not what was stored under its id, or is back although it was erased.
    DataKeyMisplaced,
    /// The data keys together are not those that were sealed.
    DataKeySealMismatch,
    /// A file of the archive is not what was archived. The ledger's own records may be sound.
    ArchiveDamaged,
    /// What is stored agrees with itself, and it is not what was acknowledged.
    Quarantined,
}

impl FindingCode {
    /// The code as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evidence(code) => code.as_str(),
            Self::StoreDamaged => "store-damaged",
            Self::RecordDamaged => "record-damaged",
            Self::TileMissing => "tile-missing",
            Self::IdentityMismatch => "identity-mismatch",
            Self::IndexMismatch => INDEX_MISMATCH,
            Self::HeadMismatch => "head-mismatch",
            Self::RecordsMissing => "records-missing",
            Self::HistoryMismatch => "history-mismatch",
            Self::AnchorUnusable => "anchor-unusable",
            Self::DataKeyMissing => "data-key-missing",
            Self::DataKeyMisplaced => "data-key-misplaced",
            Self::DataKeySealMismatch => "data-key-seal-mismatch",
            Self::ArchiveDamaged => "archive-damaged",
            Self::Quarantined => "quarantined",
        }
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl From<verdict::FindingCode> for FindingCode {
    fn from(code: verdict::FindingCode) -> Self {
        Self::Evidence(code)
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The record, if the finding is about one.
    pub sequence: Option<u64>,
    /// What kind of thing it is.
    pub code: FindingCode,
    /// What exactly, for people.
    pub detail: String,
    /// What stands behind it, if the operating system refused. It says nothing of the stored bytes then: what it is about
    /// can't be answered.
    pub cause: Option<Cause>,
    /// Records that it says are missing: the first, and the one after the last.
    pub(crate) missing: Option<(u64, u64)>,
}

impl Finding {
    /// A finding about the ledger as a whole.
    pub(crate) fn new(code: impl Into<FindingCode>, detail: impl Into<String>) -> Self {
        Self {
            sequence: None,
            code: code.into(),
            detail: detail.into(),
            cause: None,
            missing: None,
        }
    }

    /// Whether nothing is known to be wrong, since something was lacking that may be there again a moment later.
    pub(crate) fn is_shortage(&self) -> bool {
        self.cause.is_some_and(Cause::is_shortage)
    }

    /// A finding about one record.
    pub(crate) fn of_record(
        code: impl Into<FindingCode>,
        sequence: u64,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            sequence: Some(sequence),
            ..Self::new(code, detail)
        }
    }

    /// Acknowledged records that are not there, as `witness` shows.
    pub(crate) fn missing(from: u64, to: u64, witness: &str) -> Self {
        let last = to.saturating_sub(1);
        let detail = format!(
            "records {from} to {last} were acknowledged, as {witness} shows, and are missing"
        );
        Self {
            missing: Some((from, to)),
            ..Self::new(FindingCode::RecordsMissing, detail)
        }
    }

    /// Why a ledger is in quarantine, in words and with the code.
    pub(crate) fn reason(&self) -> String {
        format!("{self} [{}]", self.code)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence {
            Some(sequence) => write!(formatter, "record {sequence}: {}", self.detail),
            None => formatter.write_str(&self.detail),
        }
    }
}

impl From<verdict::Finding> for Finding {
    fn from(finding: verdict::Finding) -> Self {
        Self {
            sequence: finding.sequence,
            code: finding.code.into(),
            detail: finding.detail,
            cause: None,
            missing: None,
        }
    }
}

impl From<StoreError> for Finding {
    fn from(error: StoreError) -> Self {
        Self {
            cause: error.cause(),
            ..Self::new(FindingCode::StoreDamaged, error.to_string())
        }
    }
}

impl Finding {
    /// The finding that a data key is damaged; none if its error is about something else.
    pub(crate) fn of_data_key(error: &KeyringError) -> Option<Self> {
        let code = match error {
            KeyringError::Missing(_) => FindingCode::DataKeyMissing,
            KeyringError::Misplaced(_) => FindingCode::DataKeyMisplaced,
            _ => return None,
        };
        Some(Self::new(code, error.to_string()))
    }
}

impl From<ReadError> for Finding {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged { sequence, what } => {
                Self::of_record(FindingCode::RecordDamaged, sequence, what)
            }
            ReadError::Misindexed { sequence, what } => {
                Self::of_record(FindingCode::IndexMismatch, sequence, what)
            }
            error => Self {
                cause: error.cause(),
                ..Self::new(FindingCode::StoreDamaged, error.to_string())
            },
        }
    }
}
