//! Commits to test with: every byte follows from the ledger and the sequence
//! number.

use indelible_evidence::{ChainHash, IdentityTag, Salt, TreeHash};

use crate::block::{FullTile, RecordBlock, TILE_BYTES};
use crate::contracts::{Commit, LedgerId, Term};
use crate::head::Head;
use crate::record::{Part, RecordTail, push_record};

/// The stored value of a record. It is no real record: a store must not care.
pub fn value(ledger: LedgerId, sequence: u64) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&ledger.number().to_be_bytes());
    hasher.update(&sequence.to_be_bytes());
    let mut value = vec![0; 40 + (sequence % 97) as usize];
    hasher.finalize_xof().fill(&mut value);
    value
}

/// The id of a record's event.
pub fn id(ledger: LedgerId, sequence: u64) -> IdentityTag {
    let mut id = [0x69; 16];
    id.copy_from_slice(&blake3::hash(&value(ledger, sequence)).as_bytes()[..16]);
    IdentityTag::from_bytes(id)
}

/// The hashes of a full tile.
pub fn tile(ledger: LedgerId, level: u32, index: u64) -> FullTile {
    let mut hasher = blake3::Hasher::new_derive_key("indelible store suite tile");
    hasher.update(&ledger.number().to_be_bytes());
    hasher.update(&level.to_be_bytes());
    hasher.update(&index.to_be_bytes());
    let mut hashes = vec![0; TILE_BYTES];
    hasher.finalize_xof().fill(&mut hashes);
    FullTile {
        level,
        index,
        hashes: hashes.into(),
    }
}

/// The head at a size.
pub fn head(ledger: LedgerId, size: u64) -> Head {
    let hash = |word: &str| *blake3::hash(format!("{word} {ledger} {size}").as_bytes()).as_bytes();
    Head {
        size,
        chain: ChainHash::from_bytes(hash("chain")),
        root: TreeHash::from_bytes(hash("root")),
        time: 1_763_600_000_000_000_000 + size,
        newest_key_event: size.min(1),
        last_event: size.checked_sub(3),
        key_mark: None,
        checkpoint: format!("ledger {ledger}\n{size}\n"),
    }
}

/// A real stored record with these parts.
pub fn record(ledger: LedgerId, sequence: u64, body: Part<'_>, payload: Part<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    push_record(
        &mut out,
        &ChainHash::from_bytes(*blake3::hash(&value(ledger, sequence)).as_bytes()),
        &id(ledger, sequence),
        format!("header {ledger} {sequence}").as_bytes(),
        &RecordTail::encode(body, payload),
    );
    out
}

/// A part with these bytes, and a salt that is one of them all over.
pub fn part(bytes: &[u8]) -> Part<'_> {
    Part::Present {
        salt: Salt::from_bytes([bytes.first().copied().unwrap_or_default(); 32]),
        bytes,
    }
}

/// The commit of these records after size `from`.
pub fn commit_of(ledger: LedgerId, term: Term, from: u64, values: &[Vec<u8>]) -> Commit {
    let mut records = RecordBlock::new();
    for value in values {
        records.push(|out| out.extend_from_slice(value));
    }
    let to = from + values.len() as u64;
    Commit {
        ledger,
        term,
        expected_size: from,
        records,
        tiles: (from / 256..to / 256)
            .map(|index| tile(ledger, 0, index))
            .collect(),
        head: head(ledger, to),
    }
}

/// The commit of `count` records after size `from`, with the tiles of the
/// lowest level that they complete.
pub fn commit(ledger: LedgerId, term: Term, from: u64, count: u64) -> Commit {
    let mut records = RecordBlock::new();
    for sequence in from..from + count {
        records.push(|out| out.extend_from_slice(&value(ledger, sequence)));
    }
    Commit {
        ledger,
        term,
        expected_size: from,
        records,
        tiles: (from / 256..(from + count) / 256)
            .map(|index| tile(ledger, 0, index))
            .collect(),
        head: head(ledger, from + count),
    }
}
