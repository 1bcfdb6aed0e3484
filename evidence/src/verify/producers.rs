//! The producers of a ledger: whose keys sign events, for which sources, and until when.

use std::collections::HashMap;

use crate::key_event::{ProducerAction, ProducerChange};

/// Those that the ledger's lawful records register, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Producers {
    list: Vec<Producer>,
    by_key: HashMap<[u8; 32], usize>,
}

#[derive(Clone, Debug)]
struct Producer {
    registered: u64,
    /// The only sources that it may sign for, if there are any.
    sources: Vec<String>,
    revoked: Option<Revoked>,
}

#[derive(Clone, Copy, Debug)]
struct Revoked {
    /// The record.
    by: u64,
    /// The first sequence number at which its signatures count for nothing.
    from: u64,
}

/// What the registry says of a signature that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// The producer, by its number among those registered.
    pub(super) producer: usize,
    /// Whether a later record took its word away from it.
    pub(super) void: bool,
}

impl Producers {
    /// Takes in a lawful record.
    pub(super) fn advance(&mut self, sequence: u64, change: &ProducerChange) {
        let key = *change.key.as_bytes();
        match &change.action {
            ProducerAction::Register { sources, .. } => {
                self.by_key.entry(key).or_insert(self.list.len());
                self.list.push(Producer {
                    registered: sequence,
                    sources: sources.clone(),
                    revoked: None,
                });
            }
            ProducerAction::Revoke { size, .. } => {
                let number = self.by_key.get(&key);
                if let Some(producer) = number.and_then(|number| self.list.get_mut(*number)) {
                    producer.revoked.get_or_insert(Revoked {
                        by: sequence,
                        from: *size,
                    });
                }
            }
        }
    }

    /// Judges that a key signed the event at `sequence`, which is of `source`; an error says what is unlawful in it.
    pub(super) fn judge(
        &self,
        sequence: u64,
        key: &[u8; 32],
        source: &str,
    ) -> Result<Signed, String> {
        let number = self.by_key.get(key).copied();
        let found = number.and_then(|number| Some((number, self.list.get(number)?)));
        let found = found.filter(|(_, producer)| producer.registered < sequence);
        let Some((number, producer)) = found else {
            return Err(
                "it is signed with a producer's key that no earlier record registers".to_owned(),
            );
        };
        if let Some(revoked) = producer.revoked.filter(|revoked| revoked.by < sequence) {
            return Err(format!(
                "it is signed with a producer's key that record {} revokes",
                revoked.by
            ));
        }
        let sources = &producer.sources;
        if !sources.is_empty() && !sources.iter().any(|allowed| allowed == source) {
            return Err(format!(
                "it is signed with a producer's key that record {} registers for other sources",
                producer.registered
            ));
        }
        Ok(Signed {
            producer: number,
            void: producer.revoked.is_some_and(|it| it.from <= sequence),
        })
    }
}
