//! Remembers what has been imported, so that a repeat or a conflict within the files is reported with both places.

use std::collections::HashMap;

use crate::import::checked::checker::Spot;

/// Ids that are remembered: 48 bytes each. Beyond them the ledger alone knows repeats from conflicts.
const REMEMBERED_MAX: usize = 4_000_000;

/// What an id is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum Known {
    /// It is new.
    New,
    /// The same content came before, there.
    Same(Spot),
    /// Other content came before under it, there.
    Other(Spot),
}

/// The ids and contents so far, as 128 and 64 bits of their hashes.
#[derive(Debug, Clone, Default)]
pub(in crate::import) struct Seen(HashMap<u128, (u64, Spot)>);

impl Seen {
    /// Takes in an id with the digest of its content, and says what it was known for.
    pub(in crate::import) fn meet(&mut self, id: &str, content: &[u8], spot: Spot) -> Known {
        let id = u128::from_le_bytes(first(blake3::hash(id.as_bytes()).as_bytes()));
        let content = u64::from_le_bytes(first(blake3::hash(content).as_bytes()));
        if let Some((known, place)) = self.0.get(&id) {
            return if *known == content {
                Known::Same(*place)
            } else {
                Known::Other(*place)
            };
        }
        if self.0.len() < REMEMBERED_MAX {
            self.0.insert(id, (content, spot));
        }
        Known::New
    }
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    let mut head = [0; N];
    head.copy_from_slice(&bytes[..N]);
    head
}
