//! What happened: a digest of every step and its result, and every signed head that anybody saw.

use std::collections::BTreeMap;

use indelible_evidence::{
    checkpoint::Checkpoint, hash::TreeHash, note::SignedNote, origin::Origin,
};

#[derive(Default)]
pub(super) struct History {
    digest: blake3::Hasher,
    /// The roots of the heads that were seen, by origin and size.
    seen: BTreeMap<String, BTreeMap<u64, TreeHash>>,
    /// Whether each step is printed.
    is_told: bool,
    pub(super) cuts: u64,
    pub(super) starts: u64,
}

impl History {
    pub(super) fn new() -> Self {
        Self {
            is_told: std::env::var_os("INDELIBLE_SIMULATION_TRACE").is_some(),
            ..Self::default()
        }
    }

    /// Adds to the digest.
    pub(super) fn note(&mut self, what: &str) {
        self.digest.update(&(what.len() as u64).to_le_bytes());
        self.digest.update(what.as_bytes());
        if self.is_told {
            println!("{what}");
        }
    }

    /// Takes in a head that somebody saw; false if it was seen before.
    pub(super) fn see(&mut self, origin: &Origin, size: u64, note: &str) -> bool {
        if size == 0 {
            return false;
        }
        let heads = self.seen.entry(origin.as_str().to_owned()).or_default();
        let parsed = SignedNote::parse(note.as_bytes()).unwrap();
        let checkpoint = Checkpoint::parse_text(&parsed.text).unwrap();
        assert_eq!(checkpoint.size, size, "a head of another size");
        let known = heads.insert(size, checkpoint.root);
        assert!(
            known.is_none_or(|known| known == checkpoint.root),
            "a fork at size {size}"
        );
        if known.is_none() {
            self.note(note);
        }
        known.is_none()
    }

    /// The largest size of a ledger that was seen.
    pub(super) fn largest(&self, origin: &Origin) -> u64 {
        let heads = self.seen.get(origin.as_str());
        let largest = heads.and_then(|heads| heads.last_key_value());
        largest.map_or(0, |(size, _)| *size)
    }

    /// All heads of a ledger that were seen.
    pub(super) fn heads(&self, origin: &Origin) -> Vec<(u64, TreeHash)> {
        let heads = self.seen.get(origin.as_str());
        heads
            .into_iter()
            .flatten()
            .map(|(size, root)| (*size, *root))
            .collect()
    }

    pub(super) fn digest(&self) -> blake3::Hash {
        self.digest.finalize()
    }
}
