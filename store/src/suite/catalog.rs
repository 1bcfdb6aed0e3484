//! The catalog: small things that must not get lost.

use super::factory::Factory;
use crate::contracts::{Catalog, LedgerId, Maintain};
use crate::error::StoreError;

/// Ledgers keep their handles and descriptors, and handles count up.
pub fn keeps_ledgers_and_their_handles(mut factory: impl Factory) {
    let store = factory.open();
    for (number, descriptor) in [&b"first"[..], b"", b"third"].into_iter().enumerate() {
        let ledger = store.add_ledger(descriptor).expect("a ledger is added");
        assert_eq!(ledger, LedgerId::new(number as u32));
    }
    store
        .update_ledger(LedgerId::new(1), b"second")
        .expect("a ledger is updated");
    assert!(matches!(
        store.update_ledger(LedgerId::new(3), b"none"),
        Err(StoreError::UnknownLedger { ledger }) if ledger == LedgerId::new(3)
    ));
    let expected: Vec<_> = (0..)
        .map(LedgerId::new)
        .zip([b"first".to_vec(), b"second".to_vec(), b"third".to_vec()])
        .collect();
    assert_eq!(store.ledgers().expect("readable"), expected);
    drop(store);
    let store = factory.open();
    assert_eq!(store.ledgers().expect("readable"), expected);
    let next = store.add_ledger(b"fourth").expect("a ledger is added");
    assert_eq!(next, LedgerId::new(3));
}

/// Values and the store's identity survive a restart; a published checkpoint
/// is there until one at least, and after `close` beyond it.
pub fn keeps_values_and_published_checkpoints(mut factory: impl Factory) {
    let store = factory.open();
    let identity = store.store_id();
    for key in [&b""[..], b"key", b"keys", &[0xff; 300]] {
        store.put(key, b"before").expect("a value is kept");
        store.put(key, key).expect("a value is replaced");
    }
    store.put_all(&[]).expect("nothing is kept");
    let together: [(&[u8], &[u8]); 2] = [(b"one", b"1"), (b"other", b"2")];
    store.put_all(&together).expect("values are kept");
    let ledger = LedgerId::new(5);
    let other = LedgerId::new(6);
    store
        .put_published(&[(ledger, "one".to_owned()), (other, "other".to_owned())])
        .expect("notes are kept");
    store
        .put_published(&[(ledger, "two".to_owned())])
        .expect("a note is replaced");
    let published = |store: &dyn Catalog| {
        [ledger, other].map(|ledger| store.published(ledger).expect("readable"))
    };
    let expected = [Some("two".to_owned()), Some("other".to_owned())];
    assert_eq!(published(&store), expected);
    store.close().expect("the store closes");
    drop(store);
    let store = factory.open();
    assert_eq!(store.store_id(), identity);
    assert_eq!(published(&store), expected);
    for key in [&b""[..], b"key", b"keys", &[0xff; 300]] {
        assert_eq!(store.get(key).expect("readable"), Some(key.to_vec()));
    }
    for (key, value) in together {
        assert_eq!(store.get(key).expect("readable"), Some(value.to_vec()));
    }
    assert_eq!(store.get(b"ke").expect("readable"), None);
}
