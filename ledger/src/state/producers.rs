//! The producers of a ledger: whose keys sign events, for which sources, and which were revoked.

use std::collections::HashMap;

use indelible_evidence::{
    hash::Hex,
    key_event::{ProducerAction, PublicKey},
    verify::{KeyEvent, Statement},
};

use crate::state::key_state_error::KeyStateError;

/// A producer whose key a record registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// Its public key.
    pub public: PublicKey,
    /// Whose key it is.
    pub name: String,
    /// The only sources that it may sign for; empty if it may sign for all.
    pub sources: Vec<String>,
    /// The record that registers it.
    pub sequence: u64,
    /// When that was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// Its revocation.
    pub revoked: Option<ProducerRevocation>,
}

/// The revocation of a producer's key, as its record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerRevocation {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The first sequence number at which signatures of the key count for nothing.
    pub from: u64,
    /// Why, as whoever revoked it said.
    pub reason: Option<String>,
}

/// Why an event is not appended, by what the ledger says of producers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProducerRefusal {
    /// Its key is not registered.
    #[error("no record of this ledger registers the producer's key {}", Hex(.key))]
    Unknown {
        /// The key.
        key: [u8; 32],
    },
    /// Its key is revoked.
    #[error("record {sequence} revokes the producer's key {}", Hex(.key))]
    Revoked {
        /// The key.
        key: [u8; 32],
        /// The record that says so.
        sequence: u64,
    },
    /// Its key is another source's.
    #[error("record {sequence} registers the producer's key {} for other sources than {source_of_event:?}", Hex(.key))]
    OtherSource {
        /// The key.
        key: [u8; 32],
        /// The record that registers it.
        sequence: u64,
        /// The source of the event.
        source_of_event: String,
    },
    /// Its signature is not one of its key.
    #[error("the producer's signature does not verify under the key {} for this ledger", Hex(.key))]
    BadSignature {
        /// The key.
        key: [u8; 32],
    },
    /// It must have a signature.
    #[error(
        "events of the source {source_of_event:?} must have their producer's signature in this ledger, and this one has none"
    )]
    Unsigned {
        /// The source of the event.
        source_of_event: String,
    },
}

/// All of them, in the order of their records. What the chain says is all that there is: nothing of them is stored
/// elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Producers {
    list: Vec<Producer>,
    places: HashMap<[u8; 32], usize>,
}

impl Producers {
    /// All producers, in the order of the records that register them.
    pub(crate) fn all(&self) -> &[Producer] {
        &self.list
    }

    fn find(&self, key: &[u8; 32]) -> Option<&Producer> {
        self.places.get(key).map(|place| &self.list[*place])
    }

    /// The registered key of a producer that may sign for a source, whether or not it was revoked since.
    pub(crate) fn registered(
        &self,
        key: &[u8; 32],
        source: &str,
    ) -> Result<&Producer, ProducerRefusal> {
        let producer = self
            .find(key)
            .ok_or(ProducerRefusal::Unknown { key: *key })?;
        let sources = &producer.sources;
        if sources.is_empty() || sources.iter().any(|allowed| allowed == source) {
            return Ok(producer);
        }
        Err(ProducerRefusal::OtherSource {
            key: *key,
            sequence: producer.sequence,
            source_of_event: source.to_owned(),
        })
    }

    /// Whether the next record may be an event that a key signed for a source.
    pub(crate) fn check(&self, key: &[u8; 32], source: &str) -> Result<(), ProducerRefusal> {
        match &self.registered(key, source)?.revoked {
            None => Ok(()),
            Some(revoked) => Err(ProducerRefusal::Revoked {
                key: *key,
                sequence: revoked.sequence,
            }),
        }
    }

    /// Whether a registration of the key may follow.
    pub(crate) fn check_register(&self, key: &PublicKey) -> Result<(), KeyStateError> {
        match self.find(key.as_bytes()) {
            None => Ok(()),
            Some(there) => Err(KeyStateError::ProducerThere {
                sequence: there.sequence,
            }),
        }
    }

    /// Whether a revocation of the key may follow.
    pub(crate) fn check_revoke(&self, key: &PublicKey) -> Result<(), KeyStateError> {
        let public = *key.as_bytes();
        let there = self.find(&public);
        match &there.ok_or(KeyStateError::NoProducer { public })?.revoked {
            None => Ok(()),
            Some(revoked) => Err(KeyStateError::ProducerRevoked {
                sequence: revoked.sequence,
            }),
        }
    }

    /// Takes in the next key event, which holds.
    pub(crate) fn advance(&mut self, event: &KeyEvent) {
        let Ok(Statement::Producer(change)) = &event.statement else {
            return;
        };
        let (sequence, time) = (event.sequence, event.time);
        match &change.action {
            ProducerAction::Register { name, sources, .. } => {
                self.places.insert(*change.key.as_bytes(), self.list.len());
                self.list.push(Producer {
                    public: change.key,
                    name: name.clone(),
                    sources: sources.clone(),
                    sequence,
                    time,
                    revoked: None,
                });
            }
            ProducerAction::Revoke { size, reason } => {
                let place = self.places.get(change.key.as_bytes());
                if let Some(producer) = place.and_then(|place| self.list.get_mut(*place)) {
                    producer.revoked = Some(ProducerRevocation {
                        sequence,
                        time,
                        from: *size,
                        reason: reason.clone(),
                    });
                }
            }
        }
    }
}
