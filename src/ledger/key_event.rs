//! Key events of the daemon's own: what is erased, held, sealed under, and wrapped under. The identity key signs each in the task
//! of whoever asked for it; the writer only checks that it may follow, and links it.

use std::sync::Arc;

use indelible_evidence::{
    header::{RecordKind, SignedStatement},
    key_event::{DataKeyChange, Erasure, Hold, HoldAction, KekChange, Revocation},
};
use indelible_keystore::Signer;
use indelible_store::KeyId;
use tokio::sync::oneshot;

use super::{
    append::NewRange,
    cell::LedgerCell,
    engine::Core,
    epoch::OwnedStatement,
    error::{AppendError, KeyEventError},
    key_state::{HoldId, KeyState},
    queue::{KeyEventWork, Work},
    signing_keys::Revoking,
};

/// What a key event does, as far as the writer must check it.
pub(crate) enum KeyEventKind {
    /// A ledger-wide data key becomes the current one.
    DataKey,
    /// The ledger's keys move under another KEK.
    Kek,
    /// Data keys are destroyed.
    Erasure(Vec<KeyId>),
    /// Data keys must not be destroyed.
    Place,
    /// A hold ends.
    Release(HoldId),
    /// This key becomes the ledger's identity, and certifies an epoch at once.
    Identity(Arc<dyn Signer>),
    /// A key that signed is trusted no further than a size.
    Revocation(Revoking),
    /// A new epoch begins; the writer makes its key and its certificate.
    Epoch,
}

impl KeyEventKind {
    /// Whether it begins another epoch, whose certificate must be its commit's first record but for that of an identity.
    pub(crate) fn begins_epoch(&self, keys: &KeyState) -> bool {
        match self {
            Self::Identity(_) | Self::Epoch => true,
            // What says that the newest epoch's key is not trusted must not be signed by it.
            Self::Revocation(revoking) => keys.signing().is_newest_epoch(&revoking.public),
            _ => false,
        }
    }

    /// Whether it may follow the key events that are there.
    pub(crate) fn check(&self, keys: &KeyState) -> Result<(), AppendError> {
        match self {
            Self::Erasure(data_keys) => keys.check_erasure(data_keys)?,
            Self::Release(hold) => keys.check_release(hold)?,
            Self::Revocation(revoking) => keys.signing().check(revoking)?,
            Self::DataKey | Self::Kek | Self::Place | Self::Identity(_) | Self::Epoch => {}
        }
        Ok(())
    }

    /// The record that it becomes.
    pub(crate) fn record<'a>(&self, signed: SignedStatement<'a>) -> RecordKind<'a> {
        match self {
            Self::DataKey => RecordKind::DataKey(signed),
            Self::Kek => RecordKind::Kek(signed),
            Self::Erasure(_) => RecordKind::Erasure(signed),
            Self::Place | Self::Release(_) => RecordKind::Hold(signed),
            Self::Identity(_) => RecordKind::Identity(signed),
            Self::Revocation(_) => RecordKind::Revocation(signed),
            Self::Epoch => RecordKind::Epoch(signed),
        }
    }
}

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
    cell: &Arc<LedgerCell>,
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
    cell: &Arc<LedgerCell>,
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
