//! What the key events of a ledger tell, for the report.

use std::collections::HashMap;

use crate::hash::{DataKeyId, HoldId};
use crate::key_event::{HoldAction, IdentityKeys};

use super::statement::{KeyEvent, Statement};

/// How many of each kind a report lists; what is beyond is counted.
pub const HISTORY_LISTED_MAX: usize = 1_000;

/// Things of one kind: the first ones in full, and how many there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    listed: Vec<T>,
    total: u64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            total: 0,
        }
    }
}

impl<T> Listed<T> {
    /// Those listed, in the order of their records.
    pub fn listed(&self) -> &[T] {
        &self.listed
    }

    /// How many there were, listed or not.
    pub fn total(&self) -> u64 {
        self.total
    }

    fn push(&mut self, thing: T) {
        self.total += 1;
        if self.listed.len() < HISTORY_LISTED_MAX {
            self.listed.push(thing);
        }
    }
}

/// The first key of an identity; zeros stand for one of a type that is not known here.
fn first_key(identity: &IdentityKeys) -> [u8; 32] {
    identity.key().map_or([0; 32], |key| *key.as_bytes())
}

/// What became of a ledger's keys. All of it stands in key events that hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyHistory {
    /// The identities, genesis's first.
    pub identities: Listed<IdentityFacts>,
    /// The keys that were revoked.
    pub revocations: Listed<RevocationFacts>,
    /// The KEKs under which wrapped keys lay.
    pub keks: Listed<KekFacts>,
    /// The ledger-wide data keys.
    pub data_keys: Listed<DataKeyFacts>,
    /// What was erased.
    pub erasures: Listed<ErasureFacts>,
    /// The holds.
    pub holds: Listed<HoldFacts>,
    /// Where each hold in force is listed.
    places: HashMap<HoldId, usize>,
}

/// An identity of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts {
    /// The record that introduced it.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// Its public key.
    pub key: [u8; 32],
    /// Whether the recovery key introduced it.
    pub by_recovery: bool,
}

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The public key.
    pub key: [u8; 32],
    /// The last tree size at which it is trusted.
    pub size: u64,
    /// Why, in the operator's words.
    pub reason: Option<String>,
}

/// A KEK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KekFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The KEK's id.
    pub kek: [u8; 16],
    /// What kind of provider holds it.
    pub provider: String,
}

/// A ledger-wide data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKeyFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data key's id.
    pub data_key: DataKeyId,
}

/// An erasure, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// On what ground, in the operator's words.
    pub basis: String,
    /// How many data keys it names.
    pub data_keys: u64,
    /// How many of the bundle's records lie under a data key that it was the first to name.
    pub records: u64,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldFacts {
    /// The record that placed it.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// Its id.
    pub hold: HoldId,
    /// On how many data keys it is; none means the whole ledger.
    pub data_keys: Option<u64>,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// The record that released it, and when.
    pub released: Option<(u64, u64)>,
}

impl KeyHistory {
    /// Takes in the next key event.
    pub(super) fn advance(&mut self, event: &KeyEvent) {
        let (sequence, time) = (event.sequence, event.time);
        let Ok(statement) = &event.statement else {
            return;
        };
        match statement {
            Statement::Genesis(genesis) => self.identities.push(IdentityFacts {
                sequence,
                time,
                key: first_key(&genesis.identity),
                by_recovery: false,
            }),
            Statement::Identity {
                change,
                by_recovery,
            } => self.identities.push(IdentityFacts {
                sequence,
                time,
                key: first_key(&change.identity),
                by_recovery: *by_recovery,
            }),
            Statement::Epoch { .. }
            | Statement::Settings(_)
            | Statement::Producer(_)
            | Statement::Disposal(_)
            | Statement::Closed(_) => {}
            Statement::Revocation(revocation) => self.revocations.push(RevocationFacts {
                sequence,
                time,
                key: revocation
                    .key
                    .ed25519()
                    .map_or([0; 32], |key| *key.as_bytes()),
                size: revocation.size,
                reason: revocation.reason.clone(),
            }),
            Statement::Kek(change) => self.keks.push(KekFacts {
                sequence,
                time,
                kek: change.kek,
                provider: change.provider.clone(),
            }),
            Statement::DataKey(change) => self.data_keys.push(DataKeyFacts {
                sequence,
                time,
                data_key: change.data_key,
            }),
            Statement::Erasure(erasure) => self.erasures.push(ErasureFacts {
                sequence,
                time,
                basis: erasure.basis.clone(),
                data_keys: erasure.data_keys.len() as u64,
                records: 0,
            }),
            Statement::Hold(hold) => match &hold.action {
                HoldAction::Place { data_keys, reason } => {
                    self.places
                        .entry(hold.hold)
                        .or_insert(self.holds.listed.len());
                    self.holds.push(HoldFacts {
                        sequence,
                        time,
                        hold: hold.hold,
                        data_keys: data_keys.as_ref().map(|keys| keys.len() as u64),
                        reason: reason.clone(),
                        released: None,
                    });
                }
                HoldAction::Release => {
                    let place = self.places.remove(&hold.hold);
                    if let Some(facts) = place.and_then(|place| self.holds.listed.get_mut(place)) {
                        facts.released = Some((sequence, time));
                    }
                }
            },
        }
    }

    /// Takes in how many records lie under the data keys of each erasure.
    pub(super) fn count_records(&mut self, records: &[u64]) {
        for (facts, records) in self.erasures.listed.iter_mut().zip(records) {
            facts.records = *records;
        }
    }
}
