//! The stored list of identity keys: whatever bytes are there, they are a list or refused, and no list is read as
//! another one.

use indelible_store::{StoreId, memory::MemoryStore};
use proptest::{collection::vec, prelude::*};

use super::*;

fn holding(bytes: &[u8]) -> MemoryStore {
    let store = MemoryStore::new(StoreId::from_bytes([7; 16]));
    store.put(IDENTITIES, bytes).unwrap();
    store
}

fn encoded(identities: &[Vec<u8>]) -> Vec<u8> {
    let store = holding(&[]);
    let stored: Vec<_> = identities.iter().cloned().map(StoredIdentity).collect();
    keep_identities(&store, &stored).unwrap();
    store.get(IDENTITIES).unwrap().unwrap()
}

fn read(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let identities = stored_identities(&holding(bytes)).ok()?;
    Some(identities.into_iter().map(|it| it.0).collect())
}

proptest! {
    #[test]
    fn any_list_is_read_back(identities in vec(vec(any::<u8>(), 0..300), 0..5)) {
        prop_assert_eq!(read(&encoded(&identities)), Some(identities));
    }

    #[test]
    fn any_bytes_are_a_list_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let store = holding(&bytes);
        match stored_identities(&store) {
            Ok(identities) => {
                // What they say is looked at without a panic, and written back it is the same.
                for identity in &identities {
                    let _place = identity.place();
                }
                keep_identities(&store, &identities).unwrap();
                prop_assert_eq!(store.get(IDENTITIES).unwrap().unwrap(), bytes);
            }
            Err(error) => prop_assert!(matches!(error, KeysError::IdentityDamaged)),
        }
    }

    #[test]
    fn a_list_that_is_cut_short_is_refused_or_ends_with_a_whole_key(
        identities in vec(vec(any::<u8>(), 1..100), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = encoded(&identities);
        let length = cut.index(bytes.len());
        if let Some(read) = read(&bytes[..length]) {
            prop_assert_eq!(&read[..], &identities[..read.len()]);
            prop_assert_eq!(encoded(&read).len(), length);
        }
    }
}
