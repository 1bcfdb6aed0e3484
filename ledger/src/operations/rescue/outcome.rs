//! What a rescue tells of a ledger.

use std::fmt;

use indelible_evidence::DataKeyId;

use crate::state::shelf::ShelfError;

/// A ledger of a store that is rescued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RescuedLedger {
    /// Its name.
    pub name: String,
    /// Its origin.
    pub origin: String,
    /// The key to verify it with, as the store says; what auditors pinned must be the same.
    pub verifier_key: String,
    /// Its records.
    pub size: u64,
    /// Whether it is the store's own.
    pub is_system: bool,
    /// Why it may be older than what was acknowledged; none if nothing that was looked at says so.
    pub shortfall: Option<Shortfall>,
}

/// A recipient of copies of data keys, as the configurations on record name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRecipient {
    /// It, as `age1…`.
    pub recipient: String,
    /// The first record of the store's own ledger that names it.
    pub first: u64,
    /// The last one.
    pub last: u64,
}

/// Why what is stored of a ledger may be older than what was acknowledged of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// Acknowledged records are missing.
    Missing {
        /// The first of them.
        from: u64,
        /// The one after the last.
        to: u64,
        /// What shows it.
        witness: String,
    },
    /// Nobody can tell.
    Unknown {
        /// Why not.
        reason: String,
    },
}

impl Shortfall {
    /// The one of two that says more: of records that are missing, the longer range.
    pub(super) fn or(self, other: Self) -> Self {
        let end = |one: &Self| match one {
            Self::Missing { to, .. } => *to,
            Self::Unknown { .. } => 0,
        };
        if end(&other) > end(&self) {
            other
        } else {
            self
        }
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { from, to, witness } => {
                let last = to.saturating_sub(1);
                write!(
                    f,
                    "records {from} to {last} are missing from it, as {witness} shows: what they erased is not known here"
                )
            }
            Self::Unknown { reason } => {
                write!(f, "whether records are missing can't be told: {reason}")
            }
        }
    }
}

/// Why a data key could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unopened {
    /// It has no copy.
    NoCopy,
    /// Its copy is sealed to others.
    OtherRecipients,
    /// It is not there, and no record says that it was erased.
    Missing,
    /// What is stored of it can't be read.
    Damaged,
    /// Its copy does not open what the records hold.
    WrongCopy,
    /// The store's own ledger tells that it was erased, and the ledger, which is older, does not.
    Erased,
}

impl Unopened {
    /// The reason for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoCopy => "no_copy",
            Self::OtherRecipients => "other_recipients",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::WrongCopy => "wrong_copy",
            Self::Erased => "erased",
        }
    }
}

/// A data key that could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnopenedKey {
    /// The key.
    pub id: DataKeyId,
    /// The first event under it that stays encrypted.
    pub first: u64,
    /// How many such events there are.
    pub events: u64,
    /// Why.
    pub why: Unopened,
    /// The same in words.
    pub detail: String,
}

/// All data keys of a ledger that could not be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnopenedKeys {
    /// For each reason that there is, how many keys, and how many events under them.
    pub reasons: Vec<(Unopened, u64, u64)>,
    /// The keys themselves, in the order of their first events, as many as are told.
    pub told: Vec<UnopenedKey>,
}

impl UnopenedKeys {
    /// How many keys.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.reasons.iter().map(|(_, keys, _)| keys).sum()
    }

    /// How many keys for this reason.
    #[must_use]
    pub fn keys_of(&self, why: Unopened) -> u64 {
        let reasons = self.reasons.iter();
        let of = reasons.filter(|(reason, _, _)| *reason == why);
        of.map(|(_, keys, _)| keys).sum()
    }
}

/// What the events of a bundle came to. Each event is counted once, by its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RescuedEvents {
    /// Encrypted, and the bundle opens them.
    pub opened: u64,
    /// Not encrypted at all.
    pub clear: u64,
    /// Erased, as the ledger's own records say.
    pub erased: u64,
    /// In the archive, and not in the bundle.
    pub archived: u64,
    /// Still encrypted, since their keys could not be opened.
    pub sealed: u64,
    /// Of those that are opened or in the clear, how many had a payload that was erased.
    pub payloads_erased: u64,
}

/// What a rescue has written of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Records in the bundle.
    pub records: u64,
    /// Bytes of the tar.
    pub bytes: u64,
    /// What became of its events.
    pub events: RescuedEvents,
    /// The data keys that could not be opened.
    pub unopened: UnopenedKeys,
    /// Records after the last checkpoint that the identity key signed with the time: they are not in the bundle.
    pub unsigned: u64,
    /// Records with a part that is in the archive, and could not be read there.
    pub archive_away: u64,
    /// Why the first of them could not.
    pub archive_fault: Option<ShelfError>,
    /// Checkpoints that a bundle can't be made under, and why not: the newest of the others was taken.
    pub checkpoints_passed_over: Vec<String>,
}
