//! What callers ask of one ledger: events, key events of the daemon's own, another identity.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{
    keys::epoch::{OpenEpoch, OwnedStatement},
    state::{backlog::Load, error::AppendError, party::Party, shared::LedgerState},
    write::{
        acknowledgement::Appended, ask::Ask, event::Prepared, key_event_kind::KeyEventKind,
        place::Place,
    },
};

/// Where a request's outcome goes.
pub(crate) type Reply = oneshot::Sender<Result<Appended, AppendError>>;

/// Events of one caller, to be appended as one.
pub(crate) struct Submission {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) party: Party,
    pub(crate) events: Vec<Prepared>,
    /// For each event, the record that has its identity according to the stored index.
    pub(crate) known: Vec<Option<u64>>,
    /// The stored index had been looked up for records below this.
    pub(crate) known_below: u64,
    pub(crate) expected: Option<u64>,
    /// What was counted in for it.
    pub(crate) load: Load,
    /// When it came to the queue, on the clock that never goes backwards.
    pub(crate) queued: Duration,
    pub(crate) reply: Reply,
}

/// A key event of the daemon's own, signed already.
pub(crate) struct KeyEventWork {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) kind: KeyEventKind,
    pub(crate) signed: OwnedStatement,
    /// The record that introduced the identity which signed it.
    pub(crate) introduced: u64,
    pub(crate) reply: Reply,
}

/// Another identity, signed for its place, and the certificate that follows it.
pub(crate) struct RotationWork {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) place: Place,
    pub(crate) identity: OwnedStatement,
    pub(crate) certified: (OpenEpoch, OwnedStatement),
    pub(crate) reply: Reply,
}

/// What somebody asks of a ledger's governance, and who waits for it.
pub(crate) struct GovernanceWork {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) party: Party,
    pub(crate) ask: Ask,
    /// What was counted in for it.
    pub(crate) load: Load,
    /// When it came to the queue, on the clock that never goes backwards.
    pub(crate) queued: Duration,
    pub(crate) reply: Reply,
}

/// What one ledger is to gain.
pub(crate) enum Request {
    Events(Submission),
    KeyEvent(KeyEventWork),
    /// Another identity, with its certificate.
    Rotation(Box<RotationWork>),
    Governance(Box<GovernanceWork>),
}

impl Request {
    pub(crate) fn cell(&self) -> &Arc<LedgerState> {
        match self {
            Self::Events(submission) => &submission.cell,
            Self::KeyEvent(work) => &work.cell,
            Self::Rotation(work) => &work.cell,
            Self::Governance(work) => &work.cell,
        }
    }

    /// Whether it must come first in its commit.
    pub(crate) fn comes_first(&self) -> bool {
        match self {
            Self::Events(_) | Self::Governance(_) => false,
            Self::KeyEvent(work) => work.kind.begins_epoch(&work.cell.keys()),
            Self::Rotation(_) => true,
        }
    }

    /// Whether it is a certificate, or brings one that only its own key signs.
    pub(crate) fn certifies(&self) -> bool {
        match self {
            Self::KeyEvent(work) => matches!(work.kind, KeyEventKind::Epoch),
            Self::Rotation(_) => true,
            Self::Events(_) | Self::Governance(_) => false,
        }
    }

    /// The time at which it must be recorded.
    pub(crate) fn time(&self) -> Option<u64> {
        match self {
            Self::Rotation(work) => Some(work.place.time),
            Self::Events(_) | Self::KeyEvent(_) | Self::Governance(_) => None,
        }
    }

    /// When it came to the queue, if it is a client's.
    pub(crate) fn queued(&self) -> Option<Duration> {
        match self {
            Self::Events(submission) => Some(submission.queued),
            Self::Governance(work) => Some(work.queued),
            Self::KeyEvent(_) | Self::Rotation(_) => None,
        }
    }

    pub(crate) fn load(&self) -> Load {
        match self {
            Self::Events(submission) => submission.load,
            Self::Governance(work) => work.load,
            Self::KeyEvent(_) | Self::Rotation(_) => Load::default(),
        }
    }

    /// Whose it is.
    pub(crate) fn party(&self) -> Party {
        match self {
            Self::Events(submission) => submission.party.clone(),
            Self::Governance(work) => work.party.clone(),
            Self::KeyEvent(_) | Self::Rotation(_) => Party::Daemon,
        }
    }

    /// Records that it may bring, at most.
    pub(crate) fn records(&self) -> usize {
        match self {
            Self::Events(submission) => submission.load.events,
            Self::Governance(work) => work.ask.records(),
            // Another identity brings its certificate.
            Self::KeyEvent(_) | Self::Rotation(_) => 2,
        }
    }

    pub(crate) fn into_reply(self) -> Reply {
        match self {
            Self::Events(submission) => submission.reply,
            Self::KeyEvent(work) => work.reply,
            Self::Rotation(work) => work.reply,
            Self::Governance(work) => work.reply,
        }
    }
}
