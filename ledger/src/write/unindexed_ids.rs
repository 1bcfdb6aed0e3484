//! Identities of the records that the stored index does not cover yet, durable or about to be.

use indelible_evidence::IdentityTag;
use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashMap;

/// Takes the first eight bytes of an [`IdentityTag`] as they are: they come from a keyed hash already.
#[derive(Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}

/// The map from identity to record, for records from [`Self::floor`] on.
#[derive(Default)]
pub(crate) struct UnindexedIds {
    floor: u64,
    map: HashMap<IdentityTag, u64, BuildHasherDefault<AsIs>>,
}

impl UnindexedIds {
    /// An empty map for records from `floor` on.
    pub(crate) fn starting_at(floor: u64) -> Self {
        Self {
            floor,
            map: HashMap::default(),
        }
    }

    /// Every record from here on is in the map.
    pub(crate) fn floor(&self) -> u64 {
        self.floor
    }

    pub(crate) fn insert(&mut self, id: IdentityTag, sequence: u64) {
        self.map.insert(id, sequence);
    }

    pub(crate) fn find(&self, id: &IdentityTag) -> Option<u64> {
        self.map.get(id).copied()
    }

    /// Forgets identities that the stored index covers now.
    pub(crate) fn retire(&mut self, ids: &[IdentityTag], indexed: u64) {
        for id in ids {
            self.map.remove(id);
        }
        self.floor = self.floor.max(indexed);
        if self.map.capacity() > 65_536 && self.map.len() < self.map.capacity() / 8 {
            self.map.shrink_to_fit();
        }
    }
}
