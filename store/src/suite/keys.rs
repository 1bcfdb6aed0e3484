//! The key ring: nothing gets lost, nothing comes back, nobody is overwritten.

use super::factory::Factory;
use crate::contracts::{
    KeyMac, KeyRing, KeySeal, LedgerId, NewDataKey, RewrappedKey, SUBJECT_KEYS_MAX, SubjectTag,
};
use crate::error::StoreError;
use indelible_evidence::DataKeyId;

const LEDGER: LedgerId = LedgerId::new(2);
const OTHER: LedgerId = LedgerId::new(3);
const SUBJECT: SubjectTag = SubjectTag::from_bytes([0xaa; 16]);

fn key_id(number: u64) -> DataKeyId {
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::hash(&number.to_be_bytes()).as_bytes()[..16]);
    DataKeyId::from_bytes(id)
}

fn new(number: u64, subject: Option<SubjectTag>) -> NewDataKey {
    NewDataKey {
        ledger: LEDGER,
        key_id: key_id(number),
        value: format!("wrapped {number}").into_bytes(),
        subject,
        mac: None,
        copy: None,
    }
}

fn put(store: &impl KeyRing, keys: &[NewDataKey]) {
    store.put_data_keys(keys, None).expect("the keys are kept");
}

fn value(store: &impl KeyRing, number: u64) -> Option<Vec<u8>> {
    let key = store
        .data_key(LEDGER, &key_id(number))
        .expect("a key can be read");
    key.map(|key| key.value)
}

fn of_subject(store: &impl KeyRing, subject: &SubjectTag) -> Vec<DataKeyId> {
    store
        .subject_keys(LEDGER, subject)
        .expect("a subject can be read")
}

fn walk(store: &impl KeyRing, ledger: LedgerId, limit: usize) -> Vec<(DataKeyId, Vec<u8>)> {
    let mut all: Vec<(DataKeyId, Vec<u8>)> = Vec::new();
    loop {
        let after = all.last().map(|(key_id, _)| *key_id);
        let page = store
            .data_keys(ledger, after.as_ref(), limit)
            .expect("keys can be walked through");
        assert!(page.len() <= limit);
        let is_last = page.len() < limit;
        all.extend(page.into_iter().map(|(key_id, key)| (key_id, key.value)));
        if is_last {
            return all;
        }
    }
}

fn expect_conflict(result: Result<(), StoreError>, number: u64) {
    match result {
        Err(StoreError::DataKeyConflict {
            ledger: LEDGER,
            key_id: found,
            ..
        }) => assert_eq!(found, key_id(number)),
        other => panic!("a conflict was expected, not {other:?}"),
    }
}

/// Keys are there at once and after a restart, one ledger's only, and a walk
/// meets each once whatever its step.
pub fn are_kept_and_walked_through_in_order<F: Factory>(mut factory: F) {
    let store = factory.open();
    assert!(walk(&store, LEDGER, 3).is_empty());
    assert_eq!(value(&store, 0), None);
    let subject = |number| (number % 2 == 0).then_some(SubjectTag::from_bytes([number as u8; 16]));
    let keys: Vec<_> = (0..20).map(|number| new(number, subject(number))).collect();
    put(&store, &keys[..7]);
    put(&store, &keys[7..]);
    let extremes = [[0; 16], [0xff; 16]].map(|key_id| NewDataKey {
        key_id: DataKeyId::from_bytes(key_id),
        ledger: OTHER,
        ..new(0, Some(SUBJECT))
    });
    put(&store, &extremes);
    let mut expected: Vec<_> = keys
        .iter()
        .map(|key| (key.key_id, key.value.clone()))
        .collect();
    expected.sort_unstable();
    let expect_all = |store: &F::Store| {
        for number in 0..20 {
            let stored = value(store, number);
            assert_eq!(stored, Some(format!("wrapped {number}").into_bytes()));
        }
        for limit in [1, 3, 20, 21, 1_000] {
            assert_eq!(walk(store, LEDGER, limit), expected);
        }
        let ends: Vec<_> = walk(store, OTHER, 1).iter().map(|key| key.0).collect();
        assert_eq!(ends, [[0; 16], [0xff; 16]].map(DataKeyId::from_bytes));
        assert!(walk(store, LedgerId::new(4), 1).is_empty());
    };
    expect_all(&store);
    drop(store);
    expect_all(&factory.open());
}

/// A subject's keys come in the order they were put, up to as many as an
/// erasure can name.
pub fn of_a_subject_come_newest_last(mut factory: impl Factory) {
    let store = factory.open();
    assert!(of_subject(&store, &SUBJECT).is_empty());
    let most = SUBJECT_KEYS_MAX as u64;
    for number in 0..most - 2 {
        put(&store, &[new(number, Some(SUBJECT))]);
    }
    put(
        &store,
        &[new(most - 2, Some(SUBJECT)), new(most - 1, Some(SUBJECT))],
    );
    put(
        &store,
        &[
            new(500, Some(SubjectTag::from_bytes([0; 16]))),
            new(501, None),
        ],
    );
    let expected: Vec<_> = (0..most).map(key_id).collect();
    assert_eq!(of_subject(&store, &SUBJECT), expected);
    let beyond = [new(502, None), new(503, Some(SUBJECT))];
    assert!(matches!(
        store.put_data_keys(&beyond, None),
        Err(StoreError::Malformed { .. })
    ));
    drop(store);
    let store = factory.open();
    assert_eq!(of_subject(&store, &SUBJECT), expected);
    assert_eq!(
        of_subject(&store, &SubjectTag::from_bytes([0; 16])),
        [key_id(500)]
    );
    assert_eq!(value(&store, 502), None);
    let other = store.subject_keys(OTHER, &SUBJECT).expect("readable");
    assert!(other.is_empty());
}

/// A key is never overwritten, and the same one may be put again.
pub fn are_put_all_or_none(mut factory: impl Factory) {
    let store = factory.open();
    put(&store, &[new(1, Some(SUBJECT)), new(2, None)]);
    let repeated = [new(1, Some(SUBJECT)), new(3, Some(SUBJECT)), new(2, None)];
    put(&store, &repeated);
    put(&store, &repeated);
    assert_eq!(of_subject(&store, &SUBJECT), [key_id(1), key_id(3)]);
    let other_value = NewDataKey {
        value: b"other".to_vec(),
        ..new(2, None)
    };
    let wrong = [other_value, new(2, Some(SUBJECT))];
    for wrong in wrong {
        expect_conflict(
            store.put_data_keys(&[new(4, Some(SUBJECT)), wrong.clone()], None),
            2,
        );
    }
    assert_eq!(value(&store, 4), None);
    assert_eq!(of_subject(&store, &SUBJECT), [key_id(1), key_id(3)]);
    assert_eq!(value(&store, 2), Some(b"wrapped 2".to_vec()));
    put(&store, &[]);
}

/// Wrapping anew replaces what is expected, or nothing.
pub fn are_replaced_if_they_are_as_expected(mut factory: impl Factory) {
    let store = factory.open();
    let keys: Vec<_> = (0..10).map(|number| new(number, Some(SUBJECT))).collect();
    put(&store, &keys);
    let rewrapped = |number: u64, expected: &str, value: &str| RewrappedKey {
        ledger: LEDGER,
        key_id: key_id(number),
        expected: expected.as_bytes().to_vec(),
        value: value.as_bytes().to_vec(),
        mac: None,
    };
    store
        .replace_data_keys(
            &[
                rewrapped(3, "wrapped 3", "anew 3"),
                rewrapped(4, "wrapped 4", "anew 4"),
            ],
            None,
        )
        .expect("the keys are replaced");
    let stale = [
        rewrapped(5, "wrapped 5", "anew 5"),
        rewrapped(3, "wrapped 3", "later 3"),
    ];
    expect_conflict(store.replace_data_keys(&stale, None), 3);
    let absent = [
        rewrapped(6, "wrapped 6", "anew 6"),
        rewrapped(77, "", "anew 77"),
    ];
    expect_conflict(store.replace_data_keys(&absent, None), 77);
    drop(store);
    let store = factory.open();
    for (number, expected) in [
        (3, "anew 3"),
        (4, "anew 4"),
        (5, "wrapped 5"),
        (6, "wrapped 6"),
    ] {
        assert_eq!(value(&store, number), Some(expected.as_bytes().to_vec()));
    }
    assert_eq!(value(&store, 77), None);
    // Its subject is still found by the key.
    store
        .destroy_data_keys(LEDGER, &[key_id(3)], None)
        .expect("the key is destroyed");
    assert_eq!(of_subject(&store, &SUBJECT).len(), 9);
}

/// The mapping dies with the key, whatever number of calls that takes, and a
/// key that came later stays.
pub fn are_destroyed_with_their_mapping(mut factory: impl Factory) {
    let store = factory.open();
    let keys: Vec<_> = (0..4).map(|number| new(number, Some(SUBJECT))).collect();
    put(&store, &keys);
    put(&store, &[new(9, None)]);
    store
        .destroy_data_keys(LEDGER, &[key_id(0), key_id(77), key_id(0), key_id(2)], None)
        .expect("the keys are destroyed");
    store
        .destroy_data_keys(OTHER, &[key_id(1)], None)
        .expect("what is not there is no mistake");
    drop(store);
    let store = factory.open();
    assert_eq!(of_subject(&store, &SUBJECT), [key_id(1), key_id(3)]);
    assert_eq!((value(&store, 0), value(&store, 2)), (None, None));
    store
        .destroy_data_keys(LEDGER, &[key_id(1), key_id(3), key_id(9)], None)
        .expect("the keys are destroyed");
    drop(store);
    let store = factory.open();
    assert!(of_subject(&store, &SUBJECT).is_empty());
    assert!(walk(&store, LEDGER, 10).is_empty());
}

/// What vouches for keys is kept with them, and the seal changes with them or
/// not at all.
pub fn are_sealed_with_each_change(mut factory: impl Factory) {
    let mac = |number: u8| Some(KeyMac::from_bytes([number; 32]));
    let seal = |ledger, value: &[u8]| KeySeal {
        ledger,
        value: value.to_vec(),
    };
    let store = factory.open();
    assert_eq!(store.key_seal(LEDGER).expect("readable"), None);
    let keys = [
        NewDataKey {
            mac: mac(1),
            ..new(1, Some(SUBJECT))
        },
        NewDataKey {
            mac: mac(2),
            ..new(2, None)
        },
    ];
    store
        .put_data_keys(&keys, Some(&seal(LEDGER, b"two keys")))
        .expect("the keys are kept");
    let other_mac = NewDataKey {
        mac: mac(9),
        ..keys[0].clone()
    };
    let refused = store.put_data_keys(&[other_mac], Some(&seal(LEDGER, b"never")));
    expect_conflict(refused, 1);
    let anew = |expected: &str| RewrappedKey {
        ledger: LEDGER,
        key_id: key_id(2),
        expected: expected.as_bytes().to_vec(),
        value: b"anew".to_vec(),
        mac: mac(3),
    };
    let refused = store.replace_data_keys(&[anew("other")], Some(&seal(LEDGER, b"never")));
    expect_conflict(refused, 2);
    store
        .replace_data_keys(&[anew("wrapped 2")], Some(&seal(LEDGER, b"one anew")))
        .expect("the key is replaced");
    store
        .put_data_keys(&[], Some(&seal(OTHER, b"none")))
        .expect("a seal alone is kept");
    drop(store);
    let store = factory.open();
    let stored = |number| store.data_key(LEDGER, &key_id(number)).expect("readable");
    let (first, second) = (stored(1).expect("there"), stored(2).expect("there"));
    assert_eq!((first.subject, first.mac), (Some(SUBJECT), mac(1)));
    assert_eq!((second.subject, second.mac), (None, mac(3)));
    assert_eq!(second.value, b"anew");
    let sealed = |ledger| store.key_seal(ledger).expect("readable");
    assert_eq!(sealed(LEDGER), Some(b"one anew".to_vec()));
    assert_eq!(sealed(OTHER), Some(b"none".to_vec()));
    store
        .destroy_data_keys(LEDGER, &[key_id(1)], Some(&seal(LEDGER, b"one left")))
        .expect("the key is destroyed");
    assert_eq!(sealed(LEDGER), Some(b"one left".to_vec()));
    assert_eq!(walk(&store, LEDGER, 10).len(), 1);
}

/// Subjects are walked through in order, and their lists can be put right.
pub fn of_all_subjects_are_walked_through(mut factory: impl Factory) {
    let store = factory.open();
    let tag = |number: u64| SubjectTag::from_bytes([number as u8; 16]);
    for number in 0..10 {
        put(&store, &[new(number, Some(tag(number)))]);
    }
    put(&store, &[new(10, Some(tag(3))), new(11, None)]);
    let walked = |store: &Walk<'_>, limit| {
        let mut all: Vec<(SubjectTag, Vec<DataKeyId>)> = Vec::new();
        loop {
            let after = all.last().map(|(subject, _)| *subject);
            let page = store(after.as_ref(), limit);
            let is_last = page.len() < limit;
            all.extend(page);
            if is_last {
                return all;
            }
        }
    };
    let mut expected: Vec<_> = (0..10).map(|n| (tag(n), vec![key_id(n)])).collect();
    expected[3].1.push(key_id(10));
    for limit in [1, 3, 10, 11] {
        let subjects: &Walk<'_> =
            &|after, limit| store.subjects(LEDGER, after, limit).expect("readable");
        assert_eq!(walked(subjects, limit), expected);
    }
    let right = [
        (tag(3), vec![key_id(3)]),
        (tag(4), Vec::new()),
        (tag(20), vec![key_id(4)]),
    ];
    store
        .set_subject_keys(LEDGER, &right)
        .expect("the lists are put right");
    drop(store);
    let store = factory.open();
    assert_eq!(of_subject(&store, &tag(3)), [key_id(3)]);
    assert!(of_subject(&store, &tag(4)).is_empty());
    assert_eq!(of_subject(&store, &tag(20)), [key_id(4)]);
    let all = store.subjects(LEDGER, None, 100).expect("readable");
    assert_eq!(all.len(), 10);
    assert!(value(&store, 10).is_some(), "the keys stay");
}

/// A page of subjects, after one.
type Walk<'a> = dyn Fn(Option<&SubjectTag>, usize) -> Vec<(SubjectTag, Vec<DataKeyId>)> + 'a;

/// Whoever puts keys beside others gets an answer of its own.
pub fn put_by_many_at_once_are_all_kept(mut factory: impl Factory) {
    const THREADS: u64 = 8;
    const EACH: u64 = 25;
    let store = factory.open();
    put(&store, &[new(7_000, None)]);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                let subject = Some(SubjectTag::from_bytes([thread as u8; 16]));
                for number in 0..EACH {
                    put(store, &[new(thread * EACH + number, subject)]);
                    let taken = NewDataKey {
                        subject,
                        ..new(7_000, None)
                    };
                    expect_conflict(store.put_data_keys(&[taken], None), 7_000);
                }
            });
        }
    });
    drop(store);
    let store = factory.open();
    assert_eq!(walk(&store, LEDGER, 1_000).len() as u64, THREADS * EACH + 1);
    for thread in 0..THREADS {
        let expected: Vec<_> = (0..EACH)
            .map(|number| key_id(thread * EACH + number))
            .collect();
        assert_eq!(
            of_subject(&store, &SubjectTag::from_bytes([thread as u8; 16])),
            expected
        );
    }
}
