//! What passphrases are checked against: the records of the KEKs that were made from them, in the catalogue.

use indelible_keystore::{KEK_RECORD_BYTES, KekId, KekRecord};
use indelible_store::Catalog;

use crate::state::key_error::KekRecordsError;

/// Where the catalogue keeps them: one after the other.
pub const KEK_RECORDS: &[u8] = b"kek";

/// All of them, oldest first.
///
/// # Errors
/// If the store fails, or one is damaged.
pub fn kek_records(store: &(impl Catalog + ?Sized)) -> Result<Vec<KekRecord>, KekRecordsError> {
    decode_kek_records(&store.get(KEK_RECORDS)?.unwrap_or_default())
}

/// All that a value of the catalogue under [`KEK_RECORDS`] has, oldest first.
///
/// # Errors
/// If one is damaged.
pub fn decode_kek_records(stored: &[u8]) -> Result<Vec<KekRecord>, KekRecordsError> {
    let records = stored.chunks(KEK_RECORD_BYTES).map(KekRecord::decode);
    Ok(records.collect::<Result<_, _>>()?)
}

/// Adds one; durable when it returns.
///
/// # Errors
/// If the store fails, or one that is there is damaged.
pub fn add_kek_record(
    store: &(impl Catalog + ?Sized),
    record: &KekRecord,
) -> Result<(), KekRecordsError> {
    let mut records = kek_records(store)?;
    records.push(record.clone());
    put(store, &records)
}

/// Removes the records of the KEKs that `is_wanted` rejects, and returns those KEKs.
pub(crate) fn retain_kek_records(
    store: &(impl Catalog + ?Sized),
    is_wanted: impl Fn(&KekId) -> bool,
) -> Result<Vec<KekId>, KekRecordsError> {
    let (wanted, unwanted): (Vec<_>, Vec<_>) = kek_records(store)?
        .into_iter()
        .partition(|record| is_wanted(&record.kek_id()));
    if !unwanted.is_empty() {
        put(store, &wanted)?;
    }
    Ok(unwanted.iter().map(KekRecord::kek_id).collect())
}

fn put(store: &(impl Catalog + ?Sized), records: &[KekRecord]) -> Result<(), KekRecordsError> {
    let bytes: Vec<_> = records.iter().flat_map(KekRecord::encode).collect();
    Ok(store.put(KEK_RECORDS, &bytes)?)
}
