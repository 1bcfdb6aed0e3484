//! What the key events of a ledger tell, for the report.

use std::collections::HashMap;

use crate::hash::HoldId;
use crate::key_event::{
    Genesis, Hold, HoldAction, IdentityKeys, Predecessor, ProducerAction, ProducerChange, Settings,
    UnknownKey,
};

use super::history_facts::{
    ClosedFacts, DataKeyFacts, DisposalFacts, ErasureFacts, HoldFacts, IdentityFacts, KekFacts,
    ProducerFacts, ProducerRevokedFacts, RevocationFacts, SettingsFacts,
};
use super::key_event::{KeyEvent, Statement};
use super::tally::Tally;

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

/// What became of a ledger's keys, and of the rules for its records. All of it stands in key events that are valid
/// and have the effect that they state.
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
    /// The settings, in the order in which they came into force.
    pub settings: Listed<SettingsFacts>,
    /// Whether the ledger began under the first draft of the format, so that its settings before the first record of
    /// them are the operator's word.
    pub began_without_settings: bool,
    /// The producers.
    pub producers: Listed<ProducerFacts>,
    /// The disposals.
    pub disposals: Listed<DisposalFacts>,
    /// The end of the ledger's life, if it came.
    pub closed: Option<ClosedFacts>,
    /// The ledger that lost records and that this one succeeds, as genesis says.
    pub predecessor: Option<Predecessor>,
    /// Where each hold in force is listed.
    places: HashMap<HoldId, usize>,
    /// Where each producer's key is listed.
    producer_places: HashMap<[u8; 32], usize>,
}

impl KeyHistory {
    /// Takes in the next key event. `settings` are those in force there.
    pub(super) fn advance(&mut self, event: &KeyEvent, settings: Option<&Settings>) {
        let (sequence, time) = (event.sequence, event.time);
        let Ok(statement) = &event.statement else {
            return;
        };
        match statement {
            Statement::Genesis(genesis) => self.genesis(event, genesis),
            Statement::Identity {
                change,
                by_recovery,
            } => self.identity(event, &change.identity, *by_recovery, change.reason.clone()),
            Statement::Epoch { .. } => {}
            Statement::Revocation(revocation) => self.revocations.push(RevocationFacts {
                sequence,
                time,
                key: revocation.key.clone(),
                size: revocation.size,
                reason: revocation.reason.clone(),
            }),
            Statement::Kek(change) => self.keks.push(KekFacts {
                sequence,
                time,
                kek: change.kek,
                provider: change.provider.clone(),
                reason: change.reason.clone(),
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
            Statement::Hold(hold) => self.hold(event, hold),
            Statement::Settings(change) => {
                self.put_in_force(event, &change.settings, change.reason.clone());
            }
            Statement::Producer(change) => self.producer(event, change),
            Statement::Disposal(disposal) => {
                let rule = settings.and_then(|settings| settings.rule(&disposal.rule));
                if let Some(rule) = rule {
                    self.disposals.push(DisposalFacts {
                        sequence,
                        time,
                        rule: rule.clone(),
                        records: 0,
                        archive: disposal.archive.clone(),
                    });
                }
            }
            Statement::Closed(closed) => {
                let successor = closed.successor.as_ref();
                self.closed = Some(ClosedFacts {
                    sequence,
                    time,
                    reason: closed.reason.clone(),
                    successor: successor.map(|origin| origin.as_str().to_owned()),
                });
            }
        }
    }

    fn genesis(&mut self, event: &KeyEvent, genesis: &Genesis) {
        self.identity(event, &genesis.identity, false, None);
        self.began_without_settings = genesis.settings.is_none();
        self.predecessor.clone_from(&genesis.predecessor);
        if let Some(settings) = &genesis.settings {
            self.put_in_force(event, settings, None);
        }
    }

    fn identity(
        &mut self,
        event: &KeyEvent,
        identity: &IdentityKeys,
        by_recovery: bool,
        reason: Option<String>,
    ) {
        self.identities.push(IdentityFacts {
            sequence: event.sequence,
            time: event.time,
            key: identity.key().map(|key| *key.as_bytes()),
            unknown_types: identity.unknown().map(UnknownKey::signature_type).collect(),
            by_recovery,
            reason,
        });
    }

    fn put_in_force(&mut self, event: &KeyEvent, settings: &Settings, reason: Option<String>) {
        self.settings.push(SettingsFacts {
            sequence: event.sequence,
            time: event.time,
            settings: settings.clone(),
            reason,
        });
    }

    fn hold(&mut self, event: &KeyEvent, hold: &Hold) {
        let (sequence, time) = (event.sequence, event.time);
        match &hold.action {
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
        }
    }

    fn producer(&mut self, event: &KeyEvent, change: &ProducerChange) {
        let (sequence, time, key) = (event.sequence, event.time, *change.key.as_bytes());
        match &change.action {
            ProducerAction::Register { name, sources, .. } => {
                let place = self.producers.listed.len();
                self.producer_places.insert(key, place);
                self.producers.push(ProducerFacts {
                    sequence,
                    time,
                    name: name.clone(),
                    key,
                    sources: sources.clone(),
                    revoked: None,
                    signed: 0,
                    void: 0,
                });
            }
            ProducerAction::Revoke { size, reason } => {
                let place = self.producer_places.get(&key);
                let facts = place.and_then(|place| self.producers.listed.get_mut(*place));
                if let Some(facts) = facts {
                    facts.revoked = Some(ProducerRevokedFacts {
                        sequence,
                        time,
                        size: *size,
                        reason: reason.clone(),
                    });
                }
            }
        }
    }

    /// Takes in how many records lie under the data keys of each erasure, and what was counted of disposals and
    /// producers. All of them are in the order of their key events.
    pub(super) fn count(&mut self, erasures: &[u64], tally: &Tally) {
        for (facts, records) in self.erasures.listed.iter_mut().zip(erasures) {
            facts.records = *records;
        }
        for (facts, records) in self.disposals.listed.iter_mut().zip(tally.of_disposals()) {
            facts.records = *records;
        }
        for (facts, count) in self.producers.listed.iter_mut().zip(tally.of_producers()) {
            (facts.signed, facts.void) = (count.events, count.void);
        }
    }
}
