//! What the writer must know of a key event: whether it may follow, which record it becomes, and whether an epoch begins
//! with it.

use indelible_evidence::{
    DataKeyId, HoldId, PublicKey,
    header::{RecordKind, SignedStatement},
    key_event::RetentionRule,
};

use crate::state::{
    error::AppendError, key_state::KeyState, key_state_error::KeyStateError, signing_keys::Revoking,
};

/// What a key event does, as far as the writer must check it.
pub(crate) enum KeyEventKind {
    /// A ledger-wide data key becomes the current one.
    DataKey,
    /// The ledger's keys move under another KEK.
    Kek,
    /// Data keys are destroyed.
    Erasure(Vec<DataKeyId>),
    /// Data keys must not be destroyed.
    Place,
    /// A hold ends.
    Release(HoldId),
    /// Settings are recorded in a ledger whose chain says none.
    FirstSettings,
    /// Other settings come into force.
    Settings,
    /// Parts of records are disposed of under a rule.
    Disposal(Box<RetentionRule>),
    /// The ledger ends, of which a bundle has so many records: all there are.
    Closed(u64),
    /// A producer's key is registered.
    Register(Box<PublicKey>),
    /// A producer's key is revoked.
    RevokeProducer(Box<PublicKey>),
    /// A key that signed is trusted no further than a size.
    Revocation(Revoking),
    /// A new epoch begins; the writer makes its key and its certificate.
    Epoch,
}

impl KeyEventKind {
    /// Whether it begins another epoch, whose certificate must be its commit's first record but for that of an identity.
    pub(crate) fn begins_epoch(&self, keys: &KeyState) -> bool {
        match self {
            Self::Epoch => true,
            // What says that the newest epoch's key is not trusted must not be signed by it.
            Self::Revocation(revoking) => keys.signing().is_newest_epoch(&revoking.public),
            _ => false,
        }
    }

    /// Whether it may follow the key events that are there.
    pub(crate) fn check(&self, keys: &KeyState) -> Result<(), AppendError> {
        match self {
            Self::DataKey | Self::Settings => keys.check_goes_on()?,
            Self::FirstSettings => keys.check_first_settings()?,
            Self::Erasure(data_keys) => keys.check_erasure(data_keys)?,
            Self::Closed(_) => keys.check_end()?,
            Self::Disposal(rule) => keys.check_disposal(rule)?,
            Self::Release(hold) => keys.check_release(hold)?,
            Self::Register(key) => keys.check_register(key)?,
            Self::RevokeProducer(key) => {
                keys.check_goes_on()?;
                keys.producers().check_revoke(key)?;
            }
            Self::Revocation(revoking) => keys.signing().check(revoking)?,
            Self::Kek | Self::Place | Self::Epoch => {}
        }
        Ok(())
    }

    /// Whether it may be the next record of a ledger of this size.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), AppendError> {
        match self {
            Self::Closed(bundle) if *bundle != size => Err(KeyStateError::Grown {
                size,
                bundle: *bundle,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// The record that it becomes.
    pub(crate) fn record<'a>(&self, signed: SignedStatement<'a>) -> RecordKind<'a> {
        match self {
            Self::DataKey => RecordKind::DataKey(signed),
            Self::Kek => RecordKind::Kek(signed),
            Self::Erasure(_) => RecordKind::Erasure(signed),
            Self::Closed(_) => RecordKind::Closed(signed),
            Self::Disposal(_) => RecordKind::Disposal(signed),
            Self::Place | Self::Release(_) => RecordKind::Hold(signed),
            Self::FirstSettings | Self::Settings => RecordKind::Settings(signed),
            Self::Register(_) | Self::RevokeProducer(_) => RecordKind::Producer(signed),
            Self::Revocation(_) => RecordKind::Revocation(signed),
            Self::Epoch => RecordKind::Epoch(signed),
        }
    }
}
