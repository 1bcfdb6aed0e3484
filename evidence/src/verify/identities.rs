//! Who a ledger's identity was at which size.

use std::collections::HashMap;

use crate::key_event::PublicKey;
use crate::note::{SignatureType, VerifierKey};

use super::statement::{KeyEvent, Statement};

/// The identities of one ledger, as its key events tell them, from the pinned key on.
#[derive(Clone, Debug)]
pub struct Identities {
    pinned: VerifierKey,
    /// The offline key that genesis names; where there is one, it and not the old key signs a rotation.
    recovery: Option<[u8; 32]>,
    /// The later identities, each with the sequence number of the record that introduced it.
    later: Vec<(u64, VerifierKey)>,
    /// The last tree size at which a revoked key is trusted.
    revoked: HashMap<[u8; 32], u64>,
}

impl Identities {
    /// Before record 0: the pinned key, which is genesis's.
    pub fn new(pinned: VerifierKey) -> Self {
        Self {
            pinned,
            recovery: None,
            later: Vec::new(),
            revoked: HashMap::new(),
        }
    }

    /// The identity that signs a checkpoint of that size, and the record that has it as its sequence number.
    pub fn at(&self, size: u64) -> &VerifierKey {
        self.introduction(size).1
    }

    /// The sequence number of the record that introduced the identity at that size.
    pub fn introduced(&self, size: u64) -> u64 {
        self.introduction(size).0
    }

    fn introduction(&self, size: u64) -> (u64, &VerifierKey) {
        let later = self.later.partition_point(|(sequence, _)| *sequence < size);
        match later.checked_sub(1).and_then(|last| self.later.get(last)) {
            Some((sequence, key)) => (*sequence, key),
            None => (0, &self.pinned),
        }
    }

    /// The newest identity.
    pub fn current(&self) -> &VerifierKey {
        self.at(u64::MAX)
    }

    /// How often the identity was replaced.
    pub fn rotations(&self) -> u64 {
        self.later.len() as u64
    }

    /// The sequence numbers of the records that replaced the identity.
    pub fn introductions(&self) -> impl Iterator<Item = u64> {
        self.later.iter().map(|(sequence, _)| *sequence)
    }

    /// Whether a key was the identity at any size up to that one.
    pub fn contains(&self, key: &[u8; 32], size: u64) -> bool {
        let later = self.later.iter();
        let later = later.take_while(|(introduced, _)| *introduced < size);
        let mut keys = [&self.pinned].into_iter().chain(later.map(|(_, key)| key));
        keys.any(|identity| identity.public() == *key)
    }

    /// Whether the identity at that size was not revoked at a smaller one.
    pub fn trusted_at(&self, size: u64) -> bool {
        self.revoked_below(size).is_none()
    }

    /// The last size at which the identity at that size is trusted, if it was revoked at a smaller one.
    pub fn revoked_below(&self, size: u64) -> Option<u64> {
        let revoked = self.revoked.get(&self.at(size).public());
        revoked.copied().filter(|last| *last < size)
    }

    /// The recovery key that genesis names.
    pub fn recovery(&self) -> Option<PublicKey> {
        self.recovery
            .and_then(|key| PublicKey::from_bytes(key).ok())
    }

    /// Takes in the next key event. One that does not hold changes nothing.
    pub fn advance(&mut self, event: &KeyEvent) {
        match &event.statement {
            Ok(Statement::Genesis { recovery, .. }) => self.recovery = *recovery,
            Ok(Statement::Identity { key, .. }) => {
                let name = self.pinned.name();
                // A name that served the pinned key serves every other.
                if let Ok(key) = VerifierKey::of_public_key(name, SignatureType::Ed25519, *key) {
                    self.later.push((event.sequence, key));
                }
            }
            Ok(Statement::Revocation(revocation)) => {
                let size = self
                    .revoked
                    .entry(*revocation.key.as_bytes())
                    .or_insert(revocation.size);
                *size = revocation.size.min(*size);
            }
            _ => {}
        }
    }
}
