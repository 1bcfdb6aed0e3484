//! The bytes of an anchor file.
//!
//! ```text
//! header page, 4,096 bytes:
//!   magic (16) | version u32be | store id (16) | zeros
//!   | BLAKE3 of all before it (32)
//! then, for every 64 ledgers, two banks of 64 slots, 1,024 bytes each:
//!   counter u64be | ledger u32be | size u64be | root (32) | chain (32)
//!   | note length u16be | note | zeros | checksum (32)
//! ```
//!
//! A ledger has one slot in each bank, so that its two slots never share a
//! page. The checksum is BLAKE3 keyed with a key derived from the store's id:
//! another store's slot is as good as a torn one. A slot of zeros was never
//! written.

use indelible_evidence::{ChainHash, TreeHash};

use super::entry::AnchorEntry;
use crate::contracts::{LedgerId, StoreId};

/// Bytes of the header page.
pub(super) const HEADER_BYTES: usize = 4_096;
/// Bytes of a slot.
pub(super) const SLOT_BYTES: usize = 1_024;
/// Ledgers for which room is made at a time.
pub(super) const STEP_LEDGERS: u32 = 64;
/// Bytes of that room: two banks.
pub(super) const STEP_BYTES: usize = 2 * STEP_LEDGERS as usize * SLOT_BYTES;
/// Bytes of the longest note that a slot holds.
pub const ANCHOR_NOTE_BYTES_MAX: usize = SLOT_BYTES - FRONT_BYTES - CHECKSUM_BYTES;

const MAGIC: &[u8; 16] = b"indelible anchor";
const VERSION: u32 = 1;
const CHECKSUM_BYTES: usize = 32;
const FRONT_BYTES: usize = 8 + 4 + 8 + 32 + 32 + 2;
const KEY_CONTEXT: &str = "indelible 2026-11-20 anchor slot v1";

/// What a header page says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    Store(StoreId),
    OtherVersion(u32),
    Unreadable,
}

pub(super) fn encode_header(store_id: StoreId) -> Vec<u8> {
    let mut page = Vec::with_capacity(HEADER_BYTES);
    page.extend_from_slice(MAGIC);
    page.extend_from_slice(&VERSION.to_be_bytes());
    page.extend_from_slice(store_id.as_bytes());
    page.resize(HEADER_BYTES - CHECKSUM_BYTES, 0);
    let checksum = blake3::hash(&page);
    page.extend_from_slice(checksum.as_bytes());
    page
}

pub(super) fn decode_header(page: &[u8; HEADER_BYTES]) -> Header {
    let Some((content, checksum)) = page.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Header::Unreadable;
    };
    if blake3::hash(content) != blake3::Hash::from_bytes(*checksum) {
        return Header::Unreadable;
    }
    let mut reader = Reader(content);
    if reader.take() != Some(*MAGIC) {
        return Header::Unreadable;
    }
    match (reader.take().map(u32::from_be_bytes), reader.take()) {
        (Some(VERSION), Some(id)) => Header::Store(StoreId::from_bytes(id)),
        (Some(version), _) => Header::OtherVersion(version),
        (None, _) => Header::Unreadable,
    }
}

/// Which of a ledger's two slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bank {
    First,
    Second,
}

impl Bank {
    pub(super) fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// Where a slot lies in the file.
pub(super) fn offset(ledger: LedgerId, bank: Bank) -> u64 {
    let step = u64::from(ledger.number() / STEP_LEDGERS);
    let place = u64::from(ledger.number() % STEP_LEDGERS);
    let bank = match bank {
        Bank::First => 0,
        Bank::Second => u64::from(STEP_LEDGERS),
    };
    HEADER_BYTES as u64 + step * STEP_BYTES as u64 + (bank + place) * SLOT_BYTES as u64
}

/// What one slot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Never,
    Unreadable(Legible),
    Written { counter: u64, entry: AnchorEntry },
}

/// What an unreadable slot seems to say, its checksum being wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Legible {
    counter: u64,
    ledger: u32,
    size: u64,
}

impl Legible {
    /// Whether it is, for all that can be read, the one before a slot with this counter and entry. One damage would have to
    /// alter counter and size alike to hide a newer one behind that.
    pub(super) fn is_before(self, ledger: LedgerId, counter: u64, entry: &AnchorEntry) -> bool {
        self.counter.checked_add(1) == Some(counter)
            && self.ledger == ledger.number()
            && self.size <= entry.size
    }
}

/// Encodes and decodes the slots of one store.
#[derive(Clone)]
pub(super) struct SlotCodec {
    key: [u8; 32],
}

impl SlotCodec {
    pub(super) fn new(store_id: StoreId) -> Self {
        Self {
            key: blake3::derive_key(KEY_CONTEXT, store_id.as_bytes()),
        }
    }

    /// `None` if the note is too long.
    pub(super) fn encode(
        &self,
        ledger: LedgerId,
        counter: u64,
        entry: &AnchorEntry,
    ) -> Option<Vec<u8>> {
        if entry.checkpoint.len() > ANCHOR_NOTE_BYTES_MAX {
            return None;
        }
        let note_length = u16::try_from(entry.checkpoint.len()).ok()?;
        let mut slot = Vec::with_capacity(SLOT_BYTES);
        slot.extend_from_slice(&counter.to_be_bytes());
        slot.extend_from_slice(&ledger.number().to_be_bytes());
        slot.extend_from_slice(&entry.size.to_be_bytes());
        slot.extend_from_slice(entry.root.as_bytes());
        slot.extend_from_slice(entry.chain.as_bytes());
        slot.extend_from_slice(&note_length.to_be_bytes());
        slot.extend_from_slice(entry.checkpoint.as_bytes());
        slot.resize(SLOT_BYTES - CHECKSUM_BYTES, 0);
        let checksum = blake3::keyed_hash(&self.key, &slot);
        slot.extend_from_slice(checksum.as_bytes());
        Some(slot)
    }

    /// Reads the slot that is to be the ledger's.
    pub(super) fn decode(&self, ledger: LedgerId, slot: &[u8]) -> Slot {
        if slot.iter().all(|byte| *byte == 0) {
            return Slot::Never;
        }
        match self.decode_written(ledger, slot) {
            Some((counter, entry)) => Slot::Written { counter, entry },
            None => Slot::Unreadable(legible(slot).unwrap_or(Legible {
                counter: 0,
                ledger: 0,
                size: u64::MAX,
            })),
        }
    }

    fn decode_written(&self, ledger: LedgerId, slot: &[u8]) -> Option<(u64, AnchorEntry)> {
        let (content, checksum) = slot.split_last_chunk::<CHECKSUM_BYTES>()?;
        if blake3::keyed_hash(&self.key, content) != blake3::Hash::from_bytes(*checksum) {
            return None;
        }
        let mut reader = Reader(content);
        let counter = u64::from_be_bytes(reader.take()?);
        if u32::from_be_bytes(reader.take()?) != ledger.number() {
            return None;
        }
        let size = u64::from_be_bytes(reader.take()?);
        let root = TreeHash::from_bytes(reader.take()?);
        let chain = ChainHash::from_bytes(reader.take()?);
        let note_length = usize::from(u16::from_be_bytes(reader.take()?));
        let note = reader.0.get(..note_length)?.to_vec();
        let entry = AnchorEntry {
            size,
            root,
            chain,
            checkpoint: String::from_utf8(note).ok()?,
        };
        Some((counter, entry))
    }
}

fn legible(slot: &[u8]) -> Option<Legible> {
    let mut reader = Reader(slot);
    Some(Legible {
        counter: u64::from_be_bytes(reader.take()?),
        ledger: u32::from_be_bytes(reader.take()?),
        size: u64::from_be_bytes(reader.take()?),
    })
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }
}
