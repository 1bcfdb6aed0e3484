//! Rotation of the identity key: one new key for all ledgers. In each ledger a record introduces the new key, signed by
//! it and by the key before it, or by the recovery key if genesis names one. A rotation can be interrupted anywhere and
//! continued: the ledgers' own records say which are done.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use indelible_evidence::{
    header::RecordKind,
    key_event::{IdentityChange, PublicKey},
};
use indelible_keystore::{KeyError, Remedy, Signer};
use tracing::{info, warn};

use crate::{
    core::{Core, Engine},
    follow::publication,
    keys::{
        epoch::{OwnedStatement, open_epoch},
        registrar,
    },
    operations::{first_settings, record_key_event},
    state::{
        append::NewRange,
        custody::IdentityError,
        descriptor::{Descriptor, Lifecycle},
        error::{AppendError, KeyEventError, LedgerError},
        key_error::KeysError,
        limits::WAITING_EVENTS_MAX,
        rotation_reason::RotationReason,
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
    /// Ledgers whose identity was replaced, each with the record that says so.
    pub rotated: Vec<(String, u64)>,
    /// Ledgers that wait for their recovery key's signature.
    pub awaiting: Vec<AwaitsRecovery>,
    /// Ledgers that take no records now, and why: they stay under the key that they have.
    pub left: Vec<(String, String)>,
    /// Earlier keys that no ledger needs any more and that are dropped.
    pub retired: usize,
}

impl Engine {
    /// Replaces the identity key of every ledger, or continues an interrupted rotation. The records say `reason`, but for
    /// those of ledgers that have no settings on record. `progress` gets the number of ledgers done, and of all. Blocking.
    ///
    /// # Errors
    /// If the new key can't be made, or a record could not be made durable; what is done stays done.
    pub fn rotate_identity(
        &self,
        recovery: &RecoverySignatures,
        reason: Option<RotationReason>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<RotatedIdentity, KeyEventError> {
        let core = &*self.core;
        // Each change ends in records; nothing is begun that can't be recorded.
        core.environment
            .confirmed_now()
            .map_err(AppendError::from)?;
        let _one_at_a_time = core.try_rotating()?;
        let new = self.next_identity()?;
        let mut outcome = RotatedIdentity {
            public: new.public(),
            ..RotatedIdentity::default()
        };
        let rotation = Rotation {
            new: &new,
            recovery,
            reason,
        };
        let cells = core.registry.cells();
        let total = cells.len() as u64;
        for (done, cell) in (0..).zip(&cells) {
            progress(done, total);
            rotate_ledger(core, cell, &rotation, &mut outcome)?;
        }
        progress(total, total);
        // With an entry of the catalogue that can't be read, nobody knows which keys are wanted.
        if core.names_are_known {
            outcome.retired = core.signers.retire(&*core.store, || wanted(core))?;
        }
        Ok(outcome)
    }

    /// The key of an interrupted rotation, or a new one. It is durable before anything names it.
    fn next_identity(&self) -> Result<Arc<dyn Signer>, KeyEventError> {
        let core = &*self.core;
        let keks = core.custody.keks()?;
        registrar::check(core.signers.registrar())?;
        let newest = core.signers.newest_place().map(|(public, _)| public);
        let unfinished = core
            .registry
            .cells()
            .iter()
            .any(|cell| can_rotate(cell).is_ok() && cell.keys().identity_key() != newest);
        if unfinished {
            match core.signers.newest() {
                Ok(newest) => {
                    info!("an interrupted rotation of the identity key continues");
                    return Ok(newest);
                }
                // The key was lost before it came into use. Recovery keys have to sign again.
                Err(IdentityError::Shut { outage, .. }) if outage.remedy != Remedy::Wait => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(core.signers.add(&*core.store, keks)?)
    }

    /// Begins a new epoch in a ledger at once, and wipes the epoch key before it. Blocking.
    ///
    /// # Errors
    /// If there is no such ledger, or the certificate could not be recorded.
    pub fn rotate_epoch(&self, name_or_origin: &str) -> Result<NewRange, KeyEventError> {
        let cell = self.cell(name_or_origin).map_err(unknown)?;
        let nothing = OwnedStatement {
            statement: Vec::new(),
            signatures: Vec::new(),
        };
        record_key_event::submit(&self.core, &cell, KeyEventKind::Epoch, nothing, 0)
    }
}

/// What takes the place of each ledger's identity, and on whose word.
struct Rotation<'a> {
    new: &'a Arc<dyn Signer>,
    recovery: &'a RecoverySignatures,
    reason: Option<RotationReason>,
}

fn unknown(error: LedgerError) -> KeyEventError {
    KeyEventError::Ledger(error)
}

/// The identity keys that ledgers may still sign with. A ledger in quarantine counts, since its quarantine ends when its
/// bytes come back. So does one that is in the catalogue alone: its creation goes on, or failed in a way that leaves open
/// whether its genesis is durable.
fn wanted(core: &Core) -> Result<HashSet<[u8; 32]>, KeysError> {
    let mut wanted = HashSet::new();
    for (_, stored) in core.store.ledgers()? {
        let descriptor = Descriptor::decode(&stored)?;
        if descriptor.lifecycle == Lifecycle::Abandoned {
            continue;
        }
        let cell = core.registry.find(descriptor.origin.as_str());
        match cell.map(|cell| (cell.state().0, cell.keys().identity_key())) {
            Some((Availability::Closed, _)) => {}
            // What its records say may not be all that they said.
            Some((Availability::Quarantined, now)) => {
                wanted.extend(now.into_iter().chain([descriptor.identity]));
            }
            Some((_, now)) => wanted.extend(now),
            None => wanted.extend([descriptor.identity]),
        }
    }
    Ok(wanted)
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
    rotation: &Rotation<'_>,
    outcome: &mut RotatedIdentity,
) -> Result<(), KeyEventError> {
    let new = rotation.new;
    let origin = cell.origin().as_str().to_owned();
    if cell.state().0 == Availability::Closed {
        return Ok(());
    }
    if let Err(reason) = can_rotate(cell) {
        outcome.left.push((origin, reason));
        return Ok(());
    }
    let current = cell.keys().identity_key();
    if current == Some(new.public()) {
        return Ok(());
    }
    let old = match Old::of(core, cell, rotation)? {
        Ok(old) => old,
        Err(NotYet::Awaiting(message)) => {
            outcome.awaiting.push(AwaitsRecovery { origin, message });
            return Ok(());
        }
        Err(NotYet::Left(reason)) => {
            outcome.left.push((origin, reason));
            return Ok(());
        }
    };
    let recorded = match sign_and_record(core, cell, new, &old)? {
        Ok(recorded) => recorded,
        Err(reason) => {
            outcome.left.push((origin, reason));
            return Ok(());
        }
    };
    info!(
        ledger = origin,
        sequence = recorded.first,
        "the identity key was replaced"
    );
    // From here on the new key's word covers what the old one signed for.
    if let Err(error) = publication::publish(cell, &*core.store, &core.signers) {
        warn!(ledger = origin, %error, "the ledger is not published under the new identity yet");
    }
    outcome.rotated.push((origin, recorded.first));
    Ok(())
}

/// Why a ledger's identity is not replaced now.
enum NotYet {
    /// Its recovery key must sign this.
    Awaiting(Vec<u8>),
    Left(String),
}

/// Which key signs the new identity beside the identity itself, and what it signs.
struct Old {
    change: IdentityChange,
    /// Whether the chain has settings, so that the statement names its own place.
    is_placed: bool,
    voucher: Voucher,
}

enum Voucher {
    /// The key that is replaced.
    Identity(Arc<dyn Signer>),
    /// The recovery key has signed.
    Recovery([u8; 64]),
}

impl Old {
    /// Prepares everything that can be prepared before the ledger's next place is reserved.
    fn of(
        core: &Core,
        cell: &Arc<LedgerState>,
        rotation: &Rotation<'_>,
    ) -> Result<Result<Self, NotYet>, KeyEventError> {
        let recovery_key = cell.keys().identities().recovery().copied();
        let is_placed = match first_settings::record(core, cell) {
            Ok(_) => true,
            // A ledger of the first draft whose identity is lost can't say its settings: the recovery key lets another
            // identity in as that draft had it, and that one says them.
            Err(error) if recovery_key.is_some() && is_lost(&error) => false,
            Err(error) => return Ok(Err(NotYet::Left(error.to_string()))),
        };
        let prior = cell.keys().identities().introduced(u64::MAX);
        let key =
            PublicKey::from_bytes(rotation.new.public()).map_err(|_| KeyError::NotTrustworthy)?;
        // A statement that does not name its place has no room for a reason.
        let reason = rotation.reason.filter(|_| is_placed);
        let change = IdentityChange {
            origin: cell.origin().clone(),
            prior,
            // Which place it will be is not known yet, and what the recovery key signs does not say it.
            sequence: is_placed.then_some(0),
            identity: key.into(),
            reason: reason.map(|reason| reason.name().to_owned()),
        };
        let origin = cell.origin().as_str();
        let voucher = match recovery_key {
            None => match core.signers.of(cell) {
                Ok(signer) => Voucher::Identity(signer),
                Err(error) => return Ok(Err(NotYet::Left(no_other_way(&error)))),
            },
            Some(key) => {
                let message = change.recovery_message();
                match rotation.recovery.get(origin) {
                    Some(signature) if verifies(&key, &message, signature) => {
                        Voucher::Recovery(*signature)
                    }
                    Some(_) => return Err(KeyEventError::RecoverySignature(origin.to_owned())),
                    None => return Ok(Err(NotYet::Awaiting(message))),
                }
            }
        };
        Ok(Ok(Self {
            change,
            is_placed,
            voucher,
        }))
    }
}

/// Whether the identity is gone for good, as far as the provider can tell.
fn is_lost(error: &KeyEventError) -> bool {
    let error = match error {
        KeyEventError::Shut(error) => error,
        KeyEventError::Identity(error) => return error.remedy() == Remedy::Replace,
        _ => return false,
    };
    match error {
        IdentityError::Shut { outage, .. } => outage.remedy == Remedy::Replace,
        IdentityError::Unknown { .. } => true,
        IdentityError::Away(_) | IdentityError::Unregistered(_) => false,
    }
}

/// Reserves the ledger's next place, signs for it, and records the new identity with its certificate. A failure releases
/// the place, and the work that waited goes on. An old key that can't sign is not an error.
fn sign_and_record(
    core: &Core,
    cell: &Arc<LedgerState>,
    new: &Arc<dyn Signer>,
    old: &Old,
) -> Result<Result<NewRange, String>, KeyEventError> {
    let held = record_key_event::reserve(core, cell)?;
    let place = held.place();
    let change = IdentityChange {
        sequence: old.is_placed.then_some(place.sequence),
        ..old.change.clone()
    };
    let statement = change.encode();
    let message = IdentityChange::message(&statement);
    let by_new = new.sign(&message)?;
    let by_old = match &old.voucher {
        Voucher::Recovery(signature) => *signature,
        Voucher::Identity(identity) => match identity.sign(&message) {
            Ok(signature) => signature,
            // It was lost since the start.
            Err(error) if error.remedy() == Remedy::Replace => {
                return Ok(Err(no_other_way(&error)));
            }
            Err(error) => return Err(error.into()),
        },
    };
    let identity = OwnedStatement {
        signatures: vec![by_new, by_old],
        statement,
    };
    let header = place.header(RecordKind::Identity(identity.as_statement()));
    let first = place.sequence + 1;
    // It has room for all that may wait meanwhile.
    let span = core.options.epoch_span.max(2 * WAITING_EVENTS_MAX as u64);
    let root = place.root_after(&header);
    let certified = open_epoch(
        cell.origin(),
        first,
        root,
        first + span,
        &**new,
        core.environment.entropy(),
    )?;
    record_key_event::rotate(core, held, cell, identity, certified).map(Ok)
}

fn no_other_way(why: &impl std::fmt::Display) -> String {
    format!(
        "{why}; this ledger's genesis names no recovery key, so only the present identity key can introduce a new \
         one: if that key is lost, start a successor with `indelible ledger succeed`"
    )
}

fn verifies(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify(message, signature)
}
