//! The keys that sign for a ledger, or did: its identities and its epochs, for which sizes, and what was revoked.

use std::collections::HashMap;

use indelible_evidence::{
    key_event::IdentityKeys,
    verify::{KeyEvent, Statement},
};

use crate::state::key_state_error::{KeyStateError, SigningKeyKind};

/// A revocation, as its record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRecord {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The last tree size at which the key is trusted.
    pub size: u64,
    /// Why, as whoever revoked it said.
    pub reason: Option<String>,
}

/// A key that signs for a ledger, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// What it is.
    pub kind: SigningKeyKind,
    /// Its public half: Ed25519.
    pub public: [u8; 32],
    /// The record that introduced it.
    pub sequence: u64,
    /// When that was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The greatest tree size that it may sign; none for the identity in force.
    pub last: Option<u64>,
    /// Why it took the place of the one before, as its record says.
    pub reason: Option<String>,
    /// The revocation; of several, the one at the smallest size.
    pub revoked: Option<RevocationRecord>,
}

/// Which key is to be revoked, and at which size.
#[derive(Clone, Debug)]
pub(crate) struct Revoking {
    pub(crate) kind: SigningKeyKind,
    pub(crate) public: [u8; 32],
    /// The last tree size at which it is still trusted.
    pub(crate) size: u64,
    /// Revoke the key even if checkpoints that it published become void.
    pub(crate) voids_published: bool,
}

/// All of them, in the order of their records.
#[derive(Clone, Debug, Default)]
pub(crate) struct SigningKeys {
    keys: Vec<SigningKey>,
    places: HashMap<[u8; 32], usize>,
    identity: Option<usize>,
    epoch: Option<usize>,
}

impl SigningKeys {
    /// All keys, in the order of the records that introduced them.
    pub(crate) fn all(&self) -> &[SigningKey] {
        &self.keys
    }

    /// Whether a key is that of the newest epoch.
    pub(crate) fn is_newest_epoch(&self, public: &[u8; 32]) -> bool {
        self.epoch
            .is_some_and(|place| self.keys[place].public == *public)
    }

    /// Whether what a key signed at a size still counts, as far as revocations go.
    pub(crate) fn trusts(&self, public: &[u8; 32], size: u64) -> bool {
        self.find(public)
            .and_then(|key| key.revoked.as_ref())
            .is_none_or(|revoked| size <= revoked.size)
    }

    /// Whether a revocation may follow.
    pub(crate) fn check(&self, revoking: &Revoking) -> Result<(), KeyStateError> {
        let Revoking {
            kind, public, size, ..
        } = *revoking;
        let key = self
            .find(&public)
            .filter(|key| key.kind == kind)
            .ok_or(KeyStateError::NoSigningKey { kind, public })?;
        let Some(last) = key.last else {
            return Err(KeyStateError::IdentityInForce);
        };
        match &key.revoked {
            Some(revoked) if revoked.size <= size => {
                return Err(KeyStateError::Revoked {
                    sequence: revoked.sequence,
                    size: revoked.size,
                });
            }
            _ => {}
        }
        if kind == SigningKeyKind::Identity && size < last && !revoking.voids_published {
            return Err(KeyStateError::PublishedVoid { size, last });
        }
        Ok(())
    }

    fn find(&self, public: &[u8; 32]) -> Option<&SigningKey> {
        self.places.get(public).map(|place| &self.keys[*place])
    }

    /// Takes in the next key event, which holds.
    pub(crate) fn advance(&mut self, event: &KeyEvent) {
        let (sequence, time) = (event.sequence, event.time);
        match &event.statement {
            Ok(Statement::Genesis(genesis)) => {
                self.identity(sequence, time, first_key(&genesis.identity));
            }
            Ok(Statement::Identity { change, .. }) => {
                self.identity(sequence, time, first_key(&change.identity));
                if let Some(key) = self.keys.last_mut() {
                    key.reason.clone_from(&change.reason);
                }
            }
            Ok(Statement::Epoch { key, last, .. }) => {
                self.epoch(sequence, time, *key.as_bytes(), *last);
            }
            Ok(Statement::Revocation(revocation)) => {
                let record = RevocationRecord {
                    sequence,
                    time,
                    size: revocation.size,
                    reason: revocation.reason.clone(),
                };
                if let Some(key) = revocation.key.ed25519() {
                    self.revoke(key.as_bytes(), record);
                }
            }
            _ => {}
        }
    }

    fn identity(&mut self, sequence: u64, time: u64, public: [u8; 32]) {
        self.end_epoch(sequence);
        if let Some(before) = self.identity {
            self.keys[before].last = Some(sequence);
        }
        let kind = SigningKeyKind::Identity;
        self.identity = Some(self.push(kind, sequence, time, public, None));
    }

    fn epoch(&mut self, sequence: u64, time: u64, public: [u8; 32], last: u64) {
        self.end_epoch(sequence);
        let kind = SigningKeyKind::Epoch;
        self.epoch = Some(self.push(kind, sequence, time, public, Some(last)));
    }

    /// Each epoch ends where the next one begins, or another identity does.
    fn end_epoch(&mut self, size: u64) {
        if let Some(last) = self.epoch.and_then(|place| self.keys[place].last.as_mut()) {
            *last = size.min(*last);
        }
    }

    fn push(
        &mut self,
        kind: SigningKeyKind,
        sequence: u64,
        time: u64,
        public: [u8; 32],
        last: Option<u64>,
    ) -> usize {
        let place = self.keys.len();
        self.keys.push(SigningKey {
            kind,
            public,
            sequence,
            time,
            last,
            reason: None,
            revoked: None,
        });
        self.places.insert(public, place);
        place
    }

    fn revoke(&mut self, public: &[u8; 32], record: RevocationRecord) {
        if let Some(place) = self.places.get(public) {
            let revoked = &mut self.keys[*place].revoked;
            if revoked
                .as_ref()
                .is_none_or(|least| record.size < least.size)
            {
                *revoked = Some(record);
            }
        }
    }
}

/// The first key of an identity; zeros stand for one of a type that is not known here.
fn first_key(identity: &IdentityKeys) -> [u8; 32] {
    identity.key().map_or([0; 32], |key| *key.as_bytes())
}
