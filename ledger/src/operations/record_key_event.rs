//! Key events of the daemon's own: what is erased, held, sealed under, and wrapped under. The identity key signs each in the task
//! of whoever asked for it; the writer only checks that it may follow, and links it.

use std::sync::Arc;

use indelible_evidence::key_event::{
    DataKeyChange, Erasure, Hold, HoldAction, KekChange, Revocation,
};
use indelible_keystore::Signer;
use tokio::sync::oneshot;

use crate::{
    core::Core,
    keys::epoch::OwnedStatement,
    state::{
        append::NewRange,
        error::{AppendError, KeyEventError},
        shared::LedgerState,
        signing_keys::Revoking,
    },
    write::{
        key_event_kind::KeyEventKind,
        queue::{KeyEventWork, Work},
    },
};

/// A statement that is to be signed and recorded.
pub(crate) enum Statement {
    DataKey(DataKeyChange),
    Kek(KekChange),
    Erasure(Erasure),
    Hold(Hold),
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
            Self::Erasure(statement) => KeyEventKind::Erasure(
                statement
                    .data_keys
                    .iter()
                    .map(|id| *id.as_bytes())
                    .collect(),
            ),
            Self::Hold(statement) => match &statement.action {
                HoldAction::Place { .. } => KeyEventKind::Place,
                HoldAction::Release => KeyEventKind::Release(*statement.hold.as_bytes()),
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
pub(crate) fn record(
    core: &Core,
    cell: &Arc<LedgerState>,
    statement: &Statement,
) -> Result<NewRange, KeyEventError> {
    let kind = statement.kind();
    // Asked before anything is signed; the writer asks again.
    kind.check(&cell.keys())?;
    let signed = statement.sign(&*core.signers.of(cell)?)?;
    submit(core, cell, kind, signed)
}

/// Records a statement that is signed; durable when this returns. Blocking.
pub(crate) fn submit(
    core: &Core,
    cell: &Arc<LedgerState>,
    kind: KeyEventKind,
    signed: OwnedStatement,
) -> Result<NewRange, KeyEventError> {
    let (reply, receiver) = oneshot::channel();
    let work = KeyEventWork {
        cell: Arc::clone(cell),
        kind,
        signed,
        reply,
    };
    core.queue
        .push(Work::KeyEvent(work))
        .map_err(|_closed| AppendError::Draining)?;
    let appended = receiver.blocking_recv().unwrap_or_else(|_gone| {
        Err(AppendError::Unknown {
            reason: "the writer is gone".into(),
        })
    })?;
    appended.new.ok_or_else(|| {
        KeyEventError::Append(AppendError::Unknown {
            reason: "the writer linked no record".into(),
        })
    })
}
