//! Recording key events of the daemon's own: erasures, holds, data keys and changes of the KEK. The identity key signs
//! each of them in the caller's task; the writer only checks that the key event may follow, and links it.

use std::sync::Arc;

use indelible_evidence::key_event::{
    Closed, DataKeyChange, Disposal, Erasure, Hold, HoldAction, KekChange, ProducerAction,
    ProducerChange, RetentionRule, Revocation, SettingsChange,
};
use indelible_keystore::Signer;
use tokio::sync::oneshot;

use crate::{
    core::Core,
    keys::epoch::{OpenEpoch, OwnedStatement},
    state::{
        append::NewRange,
        custody::IdentityError,
        error::{AppendError, KeyEventError},
        shared::LedgerState,
        signing_keys::Revoking,
    },
    write::{
        acknowledgement::Appended,
        key_event_kind::KeyEventKind,
        queue::{HeldPlace, Reservation, Work},
        request::{KeyEventWork, Request},
    },
};

/// Rotations of the identity that may overtake one statement. Each takes as long as signing for all ledgers does, so that
/// one signature is overtaken by few of them.
const OVERTAKEN_MAX: u32 = 8;

/// A statement that is to be signed and recorded.
pub(crate) enum Statement {
    DataKey(DataKeyChange),
    Kek(KekChange),
    Erasure(Erasure),
    Hold(Hold),
    FirstSettings(Box<SettingsChange>),
    Settings(Box<SettingsChange>),
    Producer(Box<ProducerChange>),
    Closed {
        statement: Closed,
        /// How many records there are before it.
        size: u64,
    },
    Disposal {
        statement: Disposal,
        /// The rule that it names, as the writer finds it in force.
        rule: Box<RetentionRule>,
    },
    Revocation {
        statement: Box<Revocation>,
        /// The same, as the writer checks it.
        revoking: Revoking,
    },
}

impl Statement {
    fn kind(&self) -> KeyEventKind {
        match self {
            Self::DataKey(_) => KeyEventKind::DataKey,
            Self::Kek(_) => KeyEventKind::Kek,
            Self::Erasure(statement) => KeyEventKind::Erasure(statement.data_keys.clone()),
            Self::Hold(statement) => match &statement.action {
                HoldAction::Place { .. } => KeyEventKind::Place,
                HoldAction::Release => KeyEventKind::Release(statement.hold),
            },
            Self::Closed { size, .. } => KeyEventKind::Closed(*size),
            Self::Disposal { rule, .. } => KeyEventKind::Disposal(rule.clone()),
            Self::FirstSettings(_) => KeyEventKind::FirstSettings,
            Self::Settings(_) => KeyEventKind::Settings,
            Self::Producer(change) => match &change.action {
                ProducerAction::Register { .. } => KeyEventKind::Register(Box::new(change.key)),
                ProducerAction::Revoke { .. } => KeyEventKind::RevokeProducer(Box::new(change.key)),
            },
            Self::Revocation { revoking, .. } => KeyEventKind::Revocation(revoking.clone()),
        }
    }

    fn sign(&self, identity: &dyn Signer) -> Result<OwnedStatement, indelible_keystore::KeyError> {
        let (statement, message) = match self {
            Self::DataKey(data_key) => {
                let statement = data_key.encode();
                let message = DataKeyChange::message(&statement);
                (statement, message)
            }
            Self::Kek(kek) => {
                let statement = kek.encode();
                let message = KekChange::message(&statement);
                (statement, message)
            }
            Self::Erasure(erasure) => {
                let statement = erasure.encode();
                let message = Erasure::message(&statement);
                (statement, message)
            }
            Self::Hold(hold) => {
                let statement = hold.encode();
                let message = Hold::message(&statement);
                (statement, message)
            }
            Self::Closed {
                statement: closed, ..
            } => {
                let statement = closed.encode();
                let message = Closed::message(&statement);
                (statement, message)
            }
            Self::Disposal {
                statement: disposal,
                ..
            } => {
                let statement = disposal.encode();
                let message = Disposal::message(&statement);
                (statement, message)
            }
            Self::Producer(change) => {
                let statement = change.encode();
                let message = ProducerChange::message(&statement);
                (statement, message)
            }
            Self::FirstSettings(change) | Self::Settings(change) => {
                let statement = change.encode();
                let message = SettingsChange::message(&statement);
                (statement, message)
            }
            Self::Revocation {
                statement: revocation,
                ..
            } => {
                let statement = revocation.encode();
                let message = Revocation::message(&statement);
                (statement, message)
            }
        };
        let signature = identity.sign(&message)?;
        Ok(OwnedStatement {
            statement,
            signatures: vec![signature],
        })
    }
}

/// Signs a statement and records it; durable when this returns. Blocking.
///
/// A rotation of the identity can come between the signature and the record. The signature is worth nothing then, and the
/// identity of now signs.
pub(crate) fn record(
    core: &Core,
    cell: &Arc<LedgerState>,
    statement: &Statement,
) -> Result<NewRange, KeyEventError> {
    let introduced = || cell.keys().identities().introduced(u64::MAX);
    let mut overtaken = 0;
    loop {
        let signer = introduced();
        match sign_and_submit(core, cell, statement, signer) {
            Err(error)
                if overtaken < OVERTAKEN_MAX
                    && is_of_another_identity(&error)
                    && introduced() != signer =>
            {
                overtaken += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Whether the identity was exchanged while the statement was on its way, or the key of before was dropped already.
fn is_of_another_identity(error: &KeyEventError) -> bool {
    matches!(
        error,
        KeyEventError::Append(AppendError::Rotating)
            | KeyEventError::Shut(IdentityError::Unknown { .. })
    )
}

fn sign_and_submit(
    core: &Core,
    cell: &Arc<LedgerState>,
    statement: &Statement,
    introduced: u64,
) -> Result<NewRange, KeyEventError> {
    let kind = statement.kind();
    // Asked before anything is signed; the writer asks again.
    kind.check(&cell.keys())?;
    let signed = statement.sign(&*core.signers.of(cell)?)?;
    submit(core, cell, kind, signed, introduced)
}

/// Records a statement that the identity which record `introduced` introduced has signed; durable when this returns.
/// Blocking.
pub(crate) fn submit(
    core: &Core,
    cell: &Arc<LedgerState>,
    kind: KeyEventKind,
    signed: OwnedStatement,
    introduced: u64,
) -> Result<NewRange, KeyEventError> {
    let (reply, receiver) = oneshot::channel();
    let work = KeyEventWork {
        cell: Arc::clone(cell),
        kind,
        signed,
        introduced,
        reply,
    };
    core.queue
        .push(Work::Request(Request::KeyEvent(work)))
        .map_err(|_closed| AppendError::Draining)?;
    await_record(core, receiver)
}

/// Waits until a record is durable.
fn await_record(
    core: &Core,
    receiver: oneshot::Receiver<Result<Appended, AppendError>>,
) -> Result<NewRange, KeyEventError> {
    let received = core.environment.receive(receiver);
    let appended = received.unwrap_or_else(|| Err(gone()))?;
    appended.new.ok_or_else(|| {
        KeyEventError::Append(AppendError::Unknown {
            reason: "the writer linked no record".into(),
        })
    })
}

fn gone() -> AppendError {
    AppendError::Unknown {
        reason: "the writer is gone".into(),
    }
}

/// Has the next place of a ledger held free, until it is taken or the guard is dropped. Blocking.
pub(crate) fn reserve(core: &Core, cell: &Arc<LedgerState>) -> Result<HeldPlace, AppendError> {
    let (reply, receiver) = oneshot::channel();
    let reservation = Reservation {
        cell: Arc::clone(cell),
        reply,
    };
    core.queue
        .push(Work::Reserve(reservation))
        .map_err(|_closed| AppendError::Draining)?;
    let received = core.environment.receive(receiver);
    received.unwrap_or_else(|| Err(gone()))
}

/// Takes a held place for another identity; durable when this returns. Blocking.
pub(crate) fn rotate(
    core: &Core,
    held: HeldPlace,
    cell: &Arc<LedgerState>,
    identity: OwnedStatement,
    certified: (OpenEpoch, OwnedStatement),
) -> Result<NewRange, KeyEventError> {
    let (reply, receiver) = oneshot::channel();
    held.rotate(cell, identity, certified, reply)?;
    await_record(core, receiver)
}
