//! What is known from outside: every acknowledgement that was ever received, held against what the
//! daemon has. Nothing acknowledged may be missing, and nothing may be there twice.

use std::collections::HashMap;

use super::{
    calls::{batch, event, ledger, records, sequences},
    daemon::Client,
    load::Sent,
};

/// Events of one batch of retries.
const RETRY_EVENTS: usize = 500;

/// The account of one ledger.
#[derive(Default)]
pub(crate) struct Account {
    acknowledged: HashMap<String, u64>,
    /// Of these, the ones that were not looked for yet. Whoever was found once stays: history is the same at every look.
    sought: Vec<String>,
    in_doubt: Vec<String>,
    stored: HashMap<String, u64>,
    /// Chain hash of the last record that was read back.
    chain: Vec<u8>,
    /// How many records were read back.
    read: u64,
}

impl Account {
    /// Enters what clients have seen.
    pub(crate) fn enter(&mut self, sent: Vec<Sent>) {
        for Sent {
            acknowledged,
            in_doubt,
            ..
        } in sent
        {
            for (id, sequence) in acknowledged {
                self.sought.push(id.clone());
                let before = self.acknowledged.insert(id, sequence);
                assert_eq!(before, None, "ids are used once");
            }
            self.in_doubt.extend(in_doubt);
        }
    }

    /// How many acknowledged events there are.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Reads back what is new, and checks all that was acknowledged since the last look.
    pub(crate) async fn check(&mut self, client: &mut Client, name: &str) {
        let size = ledger(client, name).await.size;
        assert!(
            size >= self.read,
            "{} records were read, and now there are {size}",
            self.read
        );
        // The last record that was read comes again: it must be the same.
        let from = self.read.saturating_sub(1);
        for record in records(client, name, from, size).await {
            if record.sequence + 1 == self.read {
                assert_eq!(
                    record.chain_hash, self.chain,
                    "another history since the last look"
                );
                continue;
            }
            let Some(event) = record.event else { continue };
            let before = self.stored.insert(event.id.clone(), record.sequence);
            assert_eq!(
                before, None,
                "{} is there again as {}",
                event.id, record.sequence
            );
            self.chain = record.chain_hash.to_vec();
            self.read = record.sequence + 1;
        }
        for id in self.sought.drain(..) {
            let sequence = self.acknowledged[&id];
            assert_eq!(
                self.stored.get(&id),
                Some(&sequence),
                "{id} was acknowledged as {sequence} and is lost or elsewhere"
            );
        }
    }

    /// Checks that nothing was stored but what was acknowledged. Call it after [`Self::check`].
    pub(crate) fn assert_nothing_unacknowledged(&self) {
        for (id, sequence) in &self.stored {
            assert!(
                self.acknowledged.contains_key(id),
                "{id} is stored as {sequence}, and its client was never told"
            );
        }
    }

    /// Sends again what is in doubt. Each is new, or there already at the place where it was read back.
    pub(crate) async fn retry(&mut self, client: &mut Client, name: &str) {
        let in_doubt = std::mem::take(&mut self.in_doubt);
        for ids in in_doubt.chunks(RETRY_EVENTS) {
            let events = ids.iter().map(|id| event(id)).collect();
            let answer = batch(client, name, events).await.unwrap();
            for repeat in &answer.repeats {
                assert!(
                    self.stored.contains_key(&ids[repeat.index as usize]),
                    "a repeat of what is not there"
                );
            }
            let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
            for (id, sequence) in ids.iter().zip(sequences) {
                if let Some(stored) = self.stored.get(id) {
                    assert_eq!(
                        *stored, sequence,
                        "{id} was read back there, and got a new place"
                    );
                }
                self.sought.push(id.clone());
                self.acknowledged.insert(id.clone(), sequence);
            }
        }
    }
}
