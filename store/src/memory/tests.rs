//! Tests of the store in memory.

use indelible_evidence::DataKeyId;

use super::*;
use crate::contracts::{Catalog, IndexStore, KeyRing, NewDataKey};
use crate::index::IndexBatch;
use crate::suite::{self, Factory, sample};

struct InMemory(MemoryStore);

impl Factory for InMemory {
    type Store = MemoryStore;

    fn open(&mut self) -> MemoryStore {
        self.0.reopen()
    }
}

#[test]
fn it_passes_the_suite() {
    suite::all(|| InMemory(MemoryStore::new(StoreId::from_bytes([1; 16]))));
}

#[test]
fn both_faults_look_the_same_until_a_restart() {
    let ledger = LedgerId::new(0);
    for (fault, size_after) in [(Fault::Lost, 20), (Fault::Persisted, 30)] {
        let store = MemoryStore::new(StoreId::from_bytes([1; 16]));
        let term = store.acquire().unwrap();
        store.fail_commit(2, fault);
        for from in [0, 10] {
            store
                .commit(&[sample::commit(ledger, term, from, 10)])
                .unwrap();
        }
        // A conflict is checked before anything is written, and counts not.
        assert!(store.commit(&[sample::commit(ledger, term, 0, 1)]).is_err());
        let group = [sample::commit(ledger, term, 20, 10)];
        let failed = store.commit(&group);
        assert!(matches!(failed, Err(CommitError::Unknown { .. })));
        let refused = store.commit(&group);
        assert!(matches!(refused, Err(CommitError::Stopped { .. })));
        assert!(matches!(store.acquire(), Err(StoreError::Stopped { .. })));

        let store = store.reopen();
        suite::reads::expect_records(&store, ledger, 0, size_after);
        assert_eq!(
            store.head(ledger).unwrap(),
            Some(sample::head(ledger, size_after))
        );
        let term = store.acquire().unwrap();
        store
            .commit(&[sample::commit(ledger, term, size_after, 1)])
            .unwrap();
    }
}

#[test]
fn a_restart_loses_what_was_not_durable_and_fences_the_old_store() {
    let store = MemoryStore::new(StoreId::from_bytes([1; 16]));
    let ledger = LedgerId::new(0);
    let term = store.acquire().unwrap();
    store.commit(&[sample::commit(ledger, term, 0, 5)]).unwrap();
    let published = [(ledger, "note".to_owned())];
    store.put_published(&published).unwrap();
    let batch = IndexBatch {
        to_cursor: 5,
        ..IndexBatch::default()
    };
    store.append_index(ledger, &batch).unwrap();
    let again = store.reopen();
    assert_eq!(again.published(ledger).unwrap(), None);
    assert_eq!(again.cursor(ledger).unwrap(), 0);
    assert!(matches!(
        store.commit(&[sample::commit(ledger, term, 5, 1)]),
        Err(CommitError::Stopped { .. })
    ));
}

#[test]
fn any_write_can_fail_both_ways() {
    let ledger = LedgerId::new(0);
    let key = |number| NewDataKey {
        ledger,
        key_id: DataKeyId::from_bytes([number; 16]),
        value: vec![number],
        subject: None,
        mac: None,
        copy: None,
    };
    for (fault, is_there) in [(Fault::Lost, false), (Fault::Persisted, true)] {
        let store = MemoryStore::new(StoreId::from_bytes([1; 16]));
        store.fail_write(1, fault);
        store.put_data_keys(&[key(1)], None).unwrap();
        // What is refused counts not.
        let taken = NewDataKey {
            value: vec![9],
            ..key(1)
        };
        assert!(store.put_data_keys(&[taken], None).is_err());
        let failed = store.put_data_keys(&[key(2)], None);
        assert!(matches!(failed, Err(StoreError::Engine { .. })));
        let refused = store.put_data_keys(&[key(3)], None);
        assert!(matches!(refused, Err(StoreError::Stopped { .. })));
        assert!(matches!(
            store.remove_postings(ledger, &[]),
            Err(StoreError::Stopped { .. })
        ));
        let store = store.reopen();
        let found = store
            .data_key(ledger, &DataKeyId::from_bytes([2; 16]))
            .unwrap();
        assert_eq!(found.map(|key| key.value), is_there.then(|| vec![2]));
        let found = store.data_key(ledger, &DataKeyId::from_bytes([1; 16]));
        assert_eq!(found.unwrap().map(|key| key.value), Some(vec![1]));
        store
            .destroy_data_keys(ledger, &[DataKeyId::from_bytes([1; 16])], None)
            .unwrap();
    }
}
