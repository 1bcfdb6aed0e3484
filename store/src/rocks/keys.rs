//! The bytes of every key. A byte that once had a meaning never gets another.

use indelible_evidence::DataKeyId;
use indelible_evidence::IdentityTag;

use crate::contracts::{LedgerId, SubjectTag};
use crate::index::IndexTerm;

/// Column family of records: `ledger u32be | sequence u64be`.
pub(super) const RECORDS: &str = "records";
/// Column family of full tiles: `ledger u32be | level u8 | index u64be`.
pub(super) const TILES: &str = "tiles";
/// Column family of the derived index, all under `ledger u32be`:
/// `c` the cursor, `i | id hash` an id, `p | term | first sequence u64be` a
/// posting block.
pub(super) const INDEX: &str = "index";
/// Column family of wrapped data keys, all under `ledger u32be`: `a` the seal
/// of all of them, `k | key id` a wrapped key, `s | subject tag` the ids of a
/// subject's keys.
pub(super) const KEYS: &str = "keys";
/// Column family of folds' states: `ledger u32be | first sequence u64be`.
pub(super) const PROJECTIONS: &str = "projections";

/// All column families.
pub(super) const FAMILIES: [&str; 6] = [
    rocksdb::DEFAULT_COLUMN_FAMILY_NAME,
    RECORDS,
    TILES,
    INDEX,
    KEYS,
    PROJECTIONS,
];

/// The column families whose keys begin with a ledger's number.
pub(super) const FAMILIES_OF_LEDGERS: [&str; 5] = [RECORDS, TILES, INDEX, KEYS, PROJECTIONS];

// The default column family, by first byte.

/// The layout's number, u32be.
pub(super) const LAYOUT: &[u8] = &[0x01];
/// The store's identity, 16 bytes.
pub(super) const STORE_ID: &[u8] = &[0x02];
/// The newest term, u64be.
pub(super) const TERM: &[u8] = &[0x03];
/// The next ledger's handle, u32be.
pub(super) const NEXT_LEDGER: &[u8] = &[0x04];
/// How many purges got to their end, u64be.
pub(super) const PURGES: &[u8] = &[0x05];
/// Descriptors of ledgers.
pub(super) const DESCRIPTOR: u8 = 0x10;
/// Heads of ledgers.
pub(super) const HEAD: u8 = 0x11;
/// Published checkpoints of ledgers.
pub(super) const PUBLISHED: u8 = 0x12;
/// Ledgers whose index was forgotten since the last purge, with no value.
pub(super) const INDEX_FORGOTTEN: u8 = 0x13;
/// The kinds whose keys go on with a ledger's number.
pub(super) const OF_LEDGERS: [u8; 4] = [DESCRIPTOR, HEAD, PUBLISHED, INDEX_FORGOTTEN];
/// Values under the caller's own keys.
const OWN: u8 = 0x20;

const CURSOR: u8 = b'c';
const ID: u8 = b'i';
const POSTING: u8 = b'p';

const KEY_SEAL: u8 = b'a';
const DATA_KEY: u8 = b'k';
const SUBJECT: u8 = b's';

/// The prefix of a posting block's key, before the first sequence number.
pub(super) const POSTING_PREFIX_BYTES: usize = 4 + 1 + IndexTerm::BYTES;

fn put<const N: usize>(key: &mut [u8; N], at: usize, bytes: &[u8]) {
    key[at..at + bytes.len()].copy_from_slice(bytes);
}

pub(super) fn of_ledger(kind: u8, ledger: LedgerId) -> [u8; 5] {
    let mut key = [kind; 5];
    put(&mut key, 1, &ledger.number().to_be_bytes());
    key
}

/// The ledger in a key made by [`of_ledger`].
pub(super) fn ledger_in(kind: u8, key: &[u8]) -> Option<LedgerId> {
    let number = key.strip_prefix(&[kind])?.try_into().ok()?;
    Some(LedgerId::new(u32::from_be_bytes(number)))
}

pub(super) fn own(key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + key.len());
    out.push(OWN);
    out.extend_from_slice(key);
    out
}

pub(super) fn record(ledger: LedgerId, sequence: u64) -> [u8; 12] {
    let mut key = [0; 12];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    put(&mut key, 4, &sequence.to_be_bytes());
    key
}

/// The sequence number in a key made by [`record`] for this ledger.
pub(super) fn sequence_in(ledger: LedgerId, key: &[u8]) -> Option<u64> {
    let sequence = key.strip_prefix(&ledger.number().to_be_bytes())?;
    Some(u64::from_be_bytes(sequence.try_into().ok()?))
}

/// `None` for a level that no tree of 64-bit sizes has.
pub(super) fn tile(ledger: LedgerId, level: u32, index: u64) -> Option<[u8; 13]> {
    let mut key = [u8::try_from(level).ok()?; 13];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    put(&mut key, 5, &index.to_be_bytes());
    Some(key)
}

pub(super) fn cursor(ledger: LedgerId) -> [u8; 5] {
    let mut key = [CURSOR; 5];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    key
}

pub(super) fn id(ledger: LedgerId, id: &IdentityTag) -> [u8; 21] {
    let mut key = [ID; 21];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    put(&mut key, 5, id.as_bytes());
    key
}

/// The prefix of all ids of a ledger.
pub(super) fn ids_of(ledger: LedgerId) -> [u8; 5] {
    let mut key = [ID; 5];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    key
}

/// The id in a key made by [`id`] for this ledger.
pub(super) fn id_in(ledger: LedgerId, key: &[u8]) -> Option<IdentityTag> {
    let rest = key.strip_prefix(&ledger.number().to_be_bytes())?;
    IdentityTag::try_from(rest.strip_prefix(&[ID])?).ok()
}

pub(super) fn posting(ledger: LedgerId, term: &IndexTerm, first: u64) -> [u8; 30] {
    let mut key = [POSTING; 30];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    put(&mut key, 5, term.as_bytes());
    put(&mut key, POSTING_PREFIX_BYTES, &first.to_be_bytes());
    key
}

/// The prefix of all posting blocks of a ledger.
pub(super) fn postings_of(ledger: LedgerId) -> [u8; 5] {
    let mut key = [POSTING; 5];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    key
}

/// The term in a key made by [`posting`], and the first sequence number.
pub(super) fn posting_in(key: &[u8]) -> Option<(IndexTerm, u64)> {
    let (prefix, first) = key.split_at_checked(POSTING_PREFIX_BYTES)?;
    let term = IndexTerm::from_bytes(prefix[5..].try_into().ok()?);
    Some((term, u64::from_be_bytes(first.try_into().ok()?)))
}

pub(super) fn key_seal(ledger: LedgerId) -> [u8; 5] {
    let mut key = [KEY_SEAL; 5];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    key
}

pub(super) fn data_key(ledger: LedgerId, key_id: &DataKeyId) -> [u8; 21] {
    let mut key = [DATA_KEY; 21];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    put(&mut key, 5, key_id.as_bytes());
    key
}

/// The key's id in a key made by [`data_key`] for this ledger.
pub(super) fn key_id_in(ledger: LedgerId, key: &[u8]) -> Option<DataKeyId> {
    let rest = key.strip_prefix(&ledger.number().to_be_bytes())?;
    DataKeyId::try_from(rest.strip_prefix(&[DATA_KEY])?).ok()
}

/// The prefix of all subjects of a ledger.
pub(super) fn subjects_of(ledger: LedgerId) -> [u8; 5] {
    let mut key = [SUBJECT; 5];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    key
}

/// The tag in a key made by [`subject`] for this ledger.
pub(super) fn subject_in(ledger: LedgerId, key: &[u8]) -> Option<SubjectTag> {
    let rest = key.strip_prefix(&subjects_of(ledger))?;
    rest.try_into().ok().map(SubjectTag::from_bytes)
}

pub(super) fn subject(ledger: LedgerId, subject: &SubjectTag) -> [u8; 21] {
    let mut key = [SUBJECT; 21];
    put(&mut key, 0, &ledger.number().to_be_bytes());
    put(&mut key, 5, subject.as_bytes());
    key
}

/// The keys of a ledger in a family of [`FAMILIES_OF_LEDGERS`]: from the first,
/// inclusive, to the second, exclusive. No kind of key there begins with 0xff
/// after the ledger's number.
pub(super) fn range_of(ledger: LedgerId) -> ([u8; 4], [u8; 5]) {
    let mut end = [0xff; 5];
    put(&mut end, 0, &ledger.number().to_be_bytes());
    (ledger.number().to_be_bytes(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_documented_bytes() {
        let ledger = LedgerId::new(0x0102_0304);
        let term = IndexTerm::from_bytes([8; 17]);
        let key_id = DataKeyId::from_bytes([9; 16]);
        let tag = SubjectTag::from_bytes([9; 16]);
        assert_eq!(record(ledger, 5), [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 5]);
        assert_eq!(sequence_in(ledger, &record(ledger, 5)), Some(5));
        assert_eq!(sequence_in(LedgerId::new(1), &record(ledger, 5)), None);
        assert_eq!(
            tile(ledger, 2, 7),
            Some([1, 2, 3, 4, 2, 0, 0, 0, 0, 0, 0, 0, 7])
        );
        assert_eq!(tile(ledger, 256, 7), None);
        assert_eq!(of_ledger(HEAD, ledger), [0x11, 1, 2, 3, 4]);
        assert_eq!(ledger_in(HEAD, &[0x11, 1, 2, 3, 4]), Some(ledger));
        assert_eq!(ledger_in(HEAD, &[0x12, 1, 2, 3, 4]), None);
        assert_eq!(cursor(ledger), [1, 2, 3, 4, b'c']);
        assert_eq!(
            id(ledger, &IdentityTag::from_bytes([9; 16]))[..6],
            [1, 2, 3, 4, b'i', 9]
        );
        let tag_of_id = IdentityTag::from_bytes([9; 16]);
        assert_eq!(id_in(ledger, &id(ledger, &tag_of_id)), Some(tag_of_id));
        assert_eq!(id_in(LedgerId::new(1), &id(ledger, &tag_of_id)), None);
        assert_eq!(id_in(ledger, &data_key(ledger, &key_id)), None);
        assert_eq!(posting(ledger, &term, 1)[3..6], [4, b'p', 8]);
        assert_eq!(posting(ledger, &term, 1)[21..], [8, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(posting_in(&posting(ledger, &term, 1)), Some((term, 1)));
        assert_eq!(posting(ledger, &term, 1)[..5], postings_of(ledger));
        assert_eq!(data_key(ledger, &key_id)[..6], [1, 2, 3, 4, b'k', 9]);
        assert_eq!(key_id_in(ledger, &data_key(ledger, &key_id)), Some(key_id));
        assert_eq!(key_id_in(ledger, &subject(ledger, &tag)), None);
        assert_eq!(subject(ledger, &tag)[..6], [1, 2, 3, 4, b's', 9]);
        assert_eq!(subject_in(ledger, &subject(ledger, &tag)), Some(tag));
        assert_eq!(subject_in(ledger, &data_key(ledger, &key_id)), None);
        assert_eq!(key_seal(ledger), [1, 2, 3, 4, b'a']);
        assert!(key_seal(ledger)[..] < data_key(ledger, &key_id)[..]);
        let (start, end) = range_of(LedgerId::new(u32::MAX));
        assert!(start[..] < cursor(LedgerId::new(u32::MAX))[..]);
        assert!(
            end[..]
                > posting(
                    LedgerId::new(u32::MAX),
                    &IndexTerm::from_bytes([0xff; 17]),
                    u64::MAX
                )[..]
        );
    }
}
