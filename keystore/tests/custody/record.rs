//! The KEK record: exact bytes, and what damage gets.

use indelible_keystore::{KdfParameters, KekRecord, KeyError, PassphraseProvider};

use crate::passphrase;

fn record() -> KekRecord {
    PassphraseProvider::create(&passphrase("correct horse"), KdfParameters::default())
        .expect("it is made")
        .1
}

#[test]
fn a_record_decodes_to_what_was_encoded() {
    let record = record();
    let bytes = record.encode();
    let decoded = KekRecord::decode(&bytes).expect("it is whole");
    assert_eq!(decoded, record);
    assert_eq!(decoded.encode(), bytes);
    assert_eq!(decoded.parameters(), KdfParameters::default());
}

#[test]
fn every_flipped_bit_of_a_record_is_damage_and_never_a_wrong_passphrase() {
    let whole = record().encode();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = KekRecord::decode(&flipped).expect_err("it is damaged");
        let expected = match bit / 8 {
            4 => matches!(error, KeyError::RecordVersion { .. }),
            _ => matches!(error, KeyError::RecordDamaged { .. }),
        };
        assert!(expected, "bit {bit}: {error:?}");
    }
}

#[test]
fn a_record_of_another_length_is_damage() {
    let whole = record().encode();
    let longer = [whole.as_slice(), &[0]].concat();
    for bytes in (0..whole.len())
        .map(|length| &whole[..length])
        .chain([longer.as_slice()])
    {
        let decoded = KekRecord::decode(bytes);
        assert!(
            matches!(decoded, Err(KeyError::RecordDamaged { .. })),
            "{decoded:?}"
        );
    }
}

#[test]
fn a_record_can_not_ask_for_all_memory() {
    let mut bytes = record().encode();
    let fields = bytes.len() - 32;
    bytes[21..25].copy_from_slice(&u32::MAX.to_be_bytes());
    let sum = blake3::derive_key(
        "indelible 2026-11-20 kek record checksum v0",
        &bytes[..fields],
    );
    bytes[fields..].copy_from_slice(&sum);
    let error = KekRecord::decode(&bytes).expect_err("it asks for too much");
    assert!(
        matches!(
            error,
            KeyError::ParameterRange {
                name: "memory_kib",
                ..
            }
        ),
        "{error:?}"
    );
}
