//! What clients were told, and what must therefore be true.

use std::collections::{BTreeMap, BTreeSet};

use indelible_evidence::header::Header;
use indelible_store::{
    ReadStore as _,
    memory::MemoryStore,
    record::{NO_IDENTITY, Part, StoredRecord},
};

use crate::{Acknowledgement, Appended, Ledger};

/// An event as a client sends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sent {
    /// Its identity.
    pub(super) id: u64,
    /// What is in it, of a few contents.
    pub(super) content: u64,
}

impl Sent {
    pub(super) fn name(self) -> String {
        format!("e{}", self.id)
    }

    /// The data subject that it is about; none for most.
    pub(super) fn subject(self) -> Option<String> {
        self.id
            .is_multiple_of(4)
            .then(|| format!("person {}", self.id % 3))
    }
}

/// Where an event was acknowledged, and what it was.
#[derive(Clone, Copy, Debug)]
struct Told {
    content: u64,
    sequence: u64,
    time: u64,
}

/// What clients know of one ledger.
#[derive(Default)]
pub(super) struct Model {
    told: BTreeMap<u64, Told>,
    sequences: BTreeMap<u64, u64>,
    /// Subjects that somebody has asked to erase.
    pub(super) erasing: BTreeSet<String>,
    pub(super) repeats: u64,
}

impl Model {
    /// Takes in an acknowledgement of a batch; `size` is how large the ledger would be after a power cut.
    pub(super) fn acknowledge(
        &mut self,
        batch: &[Sent],
        appended: &Appended,
        (store, ledger): (&MemoryStore, &Ledger),
    ) {
        let repeats: BTreeMap<_, _> = appended.repeats.iter().copied().collect();
        let new = appended.new;
        let mut fresh = new.map_or(0..0, |new| new.first..new.first + u64::from(new.count));
        for (index, sent) in (0..).zip(batch) {
            match repeats.get(&index) {
                Some(first) => self.repeat(*sent, first),
                None => {
                    let sequence = fresh.next().expect("every event is new or a repeat");
                    let time = new.expect("some are new").time;
                    self.fresh(*sent, sequence, time);
                }
            }
        }
        assert_eq!(fresh.next(), None, "more are acknowledged than were sent");
        self.check_stored(batch, store, ledger);
        if let Some(new) = new {
            let last = new.first + u64::from(new.count) - 1;
            with_stored(store, ledger, last, |stored| {
                assert_eq!(stored.chain, new.chain)
            });
        }
        for first in repeats.values() {
            with_stored(store, ledger, first.sequence, |stored| {
                assert_eq!(stored.chain, first.chain);
            });
        }
    }

    fn fresh(&mut self, sent: Sent, sequence: u64, time: u64) {
        let told = Told {
            content: sent.content,
            sequence,
            time,
        };
        let before = self.told.insert(sent.id, told);
        assert!(
            before.is_none(),
            "{sent:?} is doubled at {sequence}: it was told as {before:?}"
        );
        let other = self.sequences.insert(sequence, sent.id);
        assert_eq!(
            other, None,
            "record {sequence} is acknowledged to {sent:?}, and to another"
        );
    }

    fn repeat(&mut self, sent: Sent, first: &Acknowledgement) {
        self.repeats += 1;
        let erased = sent
            .subject()
            .is_some_and(|subject| self.erasing.contains(&subject));
        let Some(told) = self.told.get(&sent.id) else {
            // The first attempt got no answer.
            return self.fresh(sent, first.sequence, first.time);
        };
        let now = (first.sequence, first.time);
        assert_eq!(
            now,
            (told.sequence, told.time),
            "{sent:?} gets another acknowledgement"
        );
        assert!(
            told.content == sent.content || erased,
            "{sent:?} repeats {told:?}"
        );
    }

    /// A conflict is only told of where another content may be there.
    pub(super) fn conflict(&self, sent: Sent, at: Option<u64>) {
        if let (Some(told), Some(at)) = (self.told.get(&sent.id), at) {
            assert_eq!(told.sequence, at);
            assert_ne!(told.content, sent.content, "{sent:?} conflicts with itself");
        }
    }

    fn check_stored(&self, batch: &[Sent], store: &MemoryStore, ledger: &Ledger) {
        for sent in batch {
            let told = self.told[&sent.id];
            let id = ledger.cell.id_hash("s", &sent.name()).unwrap();
            with_stored(store, ledger, told.sequence, |stored| {
                let header = Header::decode(stored.header).unwrap();
                assert_eq!(stored.id_hash, id, "{sent:?} is not at {}", told.sequence);
                assert_eq!((header.sequence, header.time), (told.sequence, told.time));
            });
        }
    }

    /// Some event that was acknowledged, and where.
    pub(super) fn some(&self, number: u64) -> Option<(Sent, u64)> {
        let (id, told) = self
            .told
            .iter()
            .nth((number % self.told.len().max(1) as u64) as usize)?;
        let content = told.content;
        Some((Sent { id: *id, content }, told.sequence))
    }

    /// Events about a subject that were acknowledged.
    pub(super) fn about(&self, subject: &str) -> Vec<u64> {
        let about = self.told.iter().filter(|(id, told)| {
            let content = told.content;
            Sent { id: **id, content }.subject().as_deref() == Some(subject)
        });
        about.map(|(_, told)| told.sequence).collect()
    }

    pub(super) fn count(&self) -> u64 {
        self.told.len() as u64
    }

    /// Everything acknowledged is where it was told to be, once.
    pub(super) fn check_all(&self, store: &MemoryStore, ledger: &Ledger) {
        let all: Vec<_> = self
            .told
            .iter()
            .map(|(id, told)| Sent {
                id: *id,
                content: told.content,
            })
            .collect();
        self.check_stored(&all, store, ledger);
        for sent in all {
            let found = ledger.find("s", &sent.name()).unwrap();
            assert_eq!(found, Some(self.told[&sent.id].sequence), "{sent:?}");
        }
        let mut identities = BTreeMap::new();
        for sequence in 0..ledger.cell.size() {
            let id = with_stored(store, ledger, sequence, |stored| stored.id_hash);
            let before = (id != NO_IDENTITY)
                .then(|| identities.insert(id, sequence))
                .flatten();
            assert_eq!(before, None, "record {sequence} doubles another");
        }
    }
}

fn with_stored<T>(
    store: &MemoryStore,
    ledger: &Ledger,
    sequence: u64,
    read: impl FnOnce(&StoredRecord<'_>) -> T,
) -> T {
    let value = store.record(ledger.cell.id, sequence).unwrap();
    let value = value.unwrap_or_else(|| panic!("record {sequence} is lost"));
    read(&StoredRecord::decode(&value).unwrap())
}

/// What an erasure has promised of these records.
pub(super) fn check_erased(store: &MemoryStore, ledger: &Ledger, sequences: &[u64]) {
    for sequence in sequences {
        with_stored(store, ledger, *sequence, |stored| {
            assert_eq!(stored.body, Part::Erased, "record {sequence}");
        });
    }
}
