//! Copies of data keys: they come, stay and go with their keys, and nothing of a key changes with its copy.

use super::factory::Factory;
use crate::contracts::{
    CopiedKey, KeyMac, KeyRing, LedgerId, NewDataKey, RewrappedKey, StoredDataKey, SubjectTag,
};
use crate::error::StoreError;
use indelible_evidence::DataKeyId;

const LEDGER: LedgerId = LedgerId::new(2);

fn key_id(number: u8) -> DataKeyId {
    DataKeyId::from_bytes([number; 16])
}

fn new(number: u8) -> NewDataKey {
    NewDataKey {
        ledger: LEDGER,
        key_id: key_id(number),
        value: vec![number; 60],
        subject: number
            .is_multiple_of(2)
            .then_some(SubjectTag::from_bytes([number; 16])),
        mac: (number < 6).then_some(KeyMac::from_bytes([number; 32])),
        copy: (number < 4).then(|| vec![0xc0 | number; usize::from(number) * 100]),
    }
}

fn as_stored(new: &NewDataKey) -> StoredDataKey {
    StoredDataKey {
        value: new.value.clone(),
        subject: new.subject,
        mac: new.mac,
        copy: new.copy.clone(),
    }
}

fn stored(store: &impl KeyRing, number: u8) -> Option<StoredDataKey> {
    let stored = store.data_key(LEDGER, &key_id(number));
    stored.expect("a key can be read")
}

fn copied(number: u8, copy: Option<&[u8]>) -> CopiedKey {
    CopiedKey {
        key_id: key_id(number),
        expected: as_stored(&new(number)),
        copy: copy.map(<[u8]>::to_vec),
    }
}

/// A copy is there from the write of its key to its destruction, over restarts and over a new wrapping.
pub fn are_part_of_their_keys(mut factory: impl Factory) {
    let keys: Vec<_> = (0..8).map(new).collect();
    let store = factory.open();
    store.put_data_keys(&keys, None).expect("the keys are kept");
    store
        .put_data_keys(&keys, None)
        .expect("a repeat is no mistake");
    drop(store);
    let store = factory.open();
    for (number, key) in (0..8).zip(&keys) {
        assert_eq!(stored(&store, number), Some(as_stored(key)), "{number}");
    }
    let all = store.data_keys(LEDGER, None, 100).expect("a walk");
    let walked: Vec<_> = all.into_iter().map(|(_, key)| key).collect();
    assert_eq!(walked, keys.iter().map(as_stored).collect::<Vec<_>>());
    let rewrapped = RewrappedKey {
        ledger: LEDGER,
        key_id: key_id(2),
        expected: keys[2].value.clone(),
        value: b"wrapped anew".to_vec(),
        mac: keys[2].mac,
    };
    store
        .replace_data_keys(&[rewrapped], None)
        .expect("a key is wrapped anew");
    let anew = stored(&store, 2).expect("there");
    assert_eq!(
        (anew.value.as_slice(), anew.copy),
        (&b"wrapped anew"[..], keys[2].copy.clone())
    );
    store
        .destroy_data_keys(LEDGER, &[key_id(2), key_id(3)], None)
        .expect("keys are destroyed");
    drop(store);
    let store = factory.open();
    for number in [2, 3] {
        assert_eq!(stored(&store, number), None);
        let refused = store.set_key_copies(LEDGER, &[copied(number, Some(b"again"))]);
        assert!(
            matches!(refused, Err(StoreError::DataKeyConflict { key_id: id, .. }) if id == key_id(number)),
            "{refused:?}"
        );
        assert_eq!(stored(&store, number), None, "no copy brings a key back");
    }
}

/// Copies are made, exchanged and taken away, all or none, and never over another state of the key.
pub fn are_exchanged_if_all_is_as_expected(mut factory: impl Factory) {
    let store = factory.open();
    let keys: Vec<_> = (0..8).map(new).collect();
    store.put_data_keys(&keys, None).expect("the keys are kept");
    let changes = [
        copied(1, Some(b"another")),
        copied(2, None),
        copied(4, Some(b"first")),
        copied(7, Some(b"")),
    ];
    store
        .set_key_copies(LEDGER, &changes)
        .expect("the copies are kept");
    let mut overtaken = copied(5, Some(b"late"));
    overtaken.expected.value = b"another value".to_vec();
    let stale = copied(1, Some(b"stale"));
    for wrong in [overtaken, stale, copied(9, Some(b"of nothing"))] {
        let refused = store.set_key_copies(LEDGER, &[copied(6, Some(b"never")), wrong]);
        assert!(
            matches!(refused, Err(StoreError::DataKeyConflict { .. })),
            "{refused:?}"
        );
    }
    let too_long = copied(6, Some(&vec![7; 70_000]));
    let refused = store.set_key_copies(LEDGER, &[too_long]);
    assert!(refused.is_err(), "a copy has a length that fits");
    drop(store);
    let store = factory.open();
    for (number, copy) in [
        (0, keys[0].copy.as_deref()),
        (1, Some(&b"another"[..])),
        (2, None),
        (3, keys[3].copy.as_deref()),
        (4, Some(b"first")),
        (5, None),
        (6, None),
        (7, Some(b"")),
    ] {
        let expected = StoredDataKey {
            copy: copy.map(<[u8]>::to_vec),
            ..as_stored(&keys[usize::from(number)])
        };
        assert_eq!(stored(&store, number), Some(expected), "{number}");
    }
}
