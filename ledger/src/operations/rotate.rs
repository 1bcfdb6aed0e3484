//! Rotation of the identity key: one new key for all ledgers, and in each a record that it signs together with the key
//! before it, or with the recovery key where genesis names one. It can be broken off anywhere and taken up again: which
//! ledgers are done, their own records say.

use std::{collections::HashMap, sync::Arc};

use indelible_evidence::{
    key_event::{IdentityChange, PublicKey},
    origin::Origin,
};
use indelible_keystore::{KeyError, Remedy, Signer};
use tracing::{info, warn};

use crate::{
    core::{Core, Engine},
    follow::publication,
    keys::epoch::OwnedStatement,
    operations::record_key_event,
    state::{
        append::NewRange,
        custody::IdentityError,
        error::{KeyEventError, LedgerError},
        shared::{Availability, LedgerState},
    },
    write::key_event_kind::KeyEventKind,
};

/// What the recovery keys have signed, by origin.
pub type RecoverySignatures = HashMap<String, [u8; 64]>;

/// A ledger whose recovery key must sign before its identity is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitsRecovery {
    /// The ledger's origin.
    pub origin: String,
    /// Exactly what the recovery key must sign (Ed25519).
    pub message: Vec<u8>,
}

/// What a rotation of the identity did.
#[derive(Clone, Debug, Default)]
pub struct RotatedIdentity {
    /// The public key of the new identity.
    pub public: [u8; 32],
    /// Ledgers that it replaced the identity of, with the record that says so.
    pub rotated: Vec<(String, u64)>,
    /// Ledgers that wait for their recovery key's signature.
    pub awaiting: Vec<AwaitsRecovery>,
    /// Ledgers that take no records now, and why: they stay under the key that they have.
    pub left: Vec<(String, String)>,
    /// Earlier keys that no ledger needs any more and that are dropped.
    pub retired: usize,
}

impl Engine {
    /// Replaces the identity key of every ledger, or goes on with a rotation that was broken off. `progress` is told of
    /// the ledgers done and of all. Blocking.
    ///
    /// # Errors
    /// If the new key can't be made, or a record could not be made durable; what is done stays done.
    pub fn rotate_identity(
        &self,
        recovery: &RecoverySignatures,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<RotatedIdentity, KeyEventError> {
        let core = &*self.core;
        let _one_at_a_time = core.try_rotating()?;
        let new = self.next_identity()?;
        let mut outcome = RotatedIdentity {
            public: new.public(),
            ..RotatedIdentity::default()
        };
        let cells = core.registry.cells();
        let total = cells.len() as u64;
        for (done, cell) in (0..).zip(&cells) {
            progress(done, total);
            rotate_ledger(core, cell, &new, recovery, &mut outcome)?;
        }
        progress(total, total);
        outcome.retired = core
            .signers
            .retire(&*core.store, |public| is_wanted(&cells, public))?;
        Ok(outcome)
    }

    /// The key of a rotation that was broken off, or a new one. It is durable before anything names it.
    fn next_identity(&self) -> Result<Arc<dyn Signer>, KeyEventError> {
        let core = &*self.core;
        let keks = core.custody.keks()?;
        let newest = core.signers.newest_place().map(|(public, _)| public);
        let unfinished = core.registry.cells().iter().any(|cell| {
            can_rotate(cell).is_ok() && Some(cell.keys().identities().current().public()) != newest
        });
        if unfinished {
            match core.signers.newest() {
                Ok(newest) => {
                    info!("going on with a rotation of the identity key that was broken off");
                    return Ok(newest);
                }
                // Lost before it came into use. Recovery keys have to sign anew.
                Err(IdentityError::Shut { outage, .. }) if outage.remedy != Remedy::Wait => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(core.signers.add(&*core.store, keks)?)
    }

    /// Begins a new epoch in a ledger at once; the key before it is wiped. Blocking.
    ///
    /// # Errors
    /// If there is no such ledger, or the certificate could not be recorded.
    pub fn rotate_epoch(&self, name_or_origin: &str) -> Result<NewRange, KeyEventError> {
        let cell = self.cell(name_or_origin).map_err(unknown)?;
        let nothing = OwnedStatement {
            statement: Vec::new(),
            signatures: Vec::new(),
        };
        record_key_event::submit(&self.core, &cell, KeyEventKind::Epoch, nothing)
    }
}

fn unknown(error: LedgerError) -> KeyEventError {
    KeyEventError::Ledger(error)
}

/// A key is wanted for as long as a ledger that may still be signed for is under it: also one in quarantine, which ends
/// when its bytes come back.
fn is_wanted(cells: &[Arc<LedgerState>], public: &[u8; 32]) -> bool {
    cells
        .iter()
        .filter(|cell| cell.state().0 != Availability::Closed)
        .any(|cell| cell.keys().identities().current().public() == *public)
}

fn can_rotate(cell: &LedgerState) -> Result<(), String> {
    match cell.state() {
        (Availability::Open, _) => Ok(()),
        (_, reason) => Err(reason),
    }
}

fn rotate_ledger(
    core: &Core,
    cell: &Arc<LedgerState>,
    new: &Arc<dyn Signer>,
    recovery: &RecoverySignatures,
    outcome: &mut RotatedIdentity,
) -> Result<(), KeyEventError> {
    let origin = cell.origin().as_str().to_owned();
    if cell.state().0 == Availability::Closed {
        return Ok(());
    }
    if let Err(reason) = can_rotate(cell) {
        outcome.left.push((origin, reason));
        return Ok(());
    }
    let (current, prior, recovery_key) = {
        let keys = cell.keys();
        let identities = keys.identities();
        let current = identities.current().public();
        (
            current,
            identities.introduced(u64::MAX),
            identities.recovery(),
        )
    };
    if current == new.public() {
        return Ok(());
    }
    let statement = statement(cell.origin(), prior, &new.public())?;
    let message = IdentityChange::message(&statement);
    let second = match recovery_key {
        None => match by_the_key_before(core, &current, &message)? {
            Ok(signature) => signature,
            Err(reason) => {
                outcome.left.push((origin, reason));
                return Ok(());
            }
        },
        Some(key) => match recovery.get(&origin) {
            Some(signature) if verifies(&key, &message, signature) => *signature,
            Some(_) => return Err(KeyEventError::RecoverySignature(origin)),
            None => {
                outcome.awaiting.push(AwaitsRecovery { origin, message });
                return Ok(());
            }
        },
    };
    let signed = OwnedStatement {
        signatures: vec![new.sign(&message)?, second],
        statement,
    };
    let kind = KeyEventKind::Identity(Arc::clone(new));
    let recorded = record_key_event::submit(core, cell, kind, signed)?;
    info!(
        ledger = origin,
        sequence = recorded.first,
        "the identity key was replaced"
    );
    // From here on the new key's word covers what the old one signed for.
    if let Err(error) = publication::publish(cell, &*core.store, &core.signers) {
        warn!(ledger = origin, %error, "it is not published under the new identity yet");
    }
    outcome.rotated.push((origin, recorded.first));
    Ok(())
}

/// The signature of the key that is replaced; or why there will be none, in a ledger that has no recovery key.
fn by_the_key_before(
    core: &Core,
    current: &[u8; 32],
    message: &[u8],
) -> Result<Result<[u8; 64], String>, KeyError> {
    let why = match core.signers.with_public(current) {
        Err(error) => error.to_string(),
        Ok(current) => match current.sign(message) {
            Ok(signature) => return Ok(Ok(signature)),
            // It was lost since the start.
            Err(error) if error.remedy() == Remedy::Replace => error.to_string(),
            Err(error) => return Err(error),
        },
    };
    Ok(Err(format!(
        "{why}; this ledger's genesis names no recovery key, so nothing but that key can let another one in: if it is lost, \
         start a successor with `indelible ledger succeed`"
    )))
}

fn statement(origin: &Origin, prior: u64, new: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
    let key = PublicKey::from_bytes(*new).map_err(|_| KeyError::NotTrustworthy)?;
    let change = IdentityChange {
        origin: origin.clone(),
        prior,
        identity: vec![key],
    };
    Ok(change.encode())
}

fn verifies(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify(message, signature)
}
