//! A store full of canaries, and a search for them in every file.

use super::*;

/// Records that carry canaries; every other one is to be erased.
pub(super) const COUNT: u64 = 1_000;

/// Bytes of a canary that are searched for. Within a compressed table no other
/// run of bytes is the same, so that they stand there as they are.
pub(super) const NEEDLE: usize = 12;

/// 32 random bytes for one place of one record.
pub(super) fn canary(place: &str, number: u64) -> [u8; 32] {
    *blake3::hash(format!("canary {place} {number}").as_bytes()).as_bytes()
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().unwrap()
}

/// Every place where a record's owner leaves something.
pub(super) const PLACES: [&str; 11] = [
    "body",
    "body salt",
    "payload",
    "payload salt",
    "wrapped key",
    "key wrapped before",
    "copy of the key",
    "copy of the key before",
    "subject",
    "term",
    "state",
];

pub(super) fn is_doomed(number: u64) -> bool {
    number.is_multiple_of(2)
}

pub(super) fn doomed() -> impl Iterator<Item = u64> {
    (0..COUNT).filter(|number| is_doomed(*number))
}

pub(super) fn record(number: u64) -> Vec<u8> {
    let body = canary("body", number);
    let payload = [canary("payload", number); 3].concat();
    let salt = |place| Salt::from_bytes(canary(place, number));
    sample::record(
        LEDGER,
        number,
        Part::Present {
            salt: salt("body salt"),
            bytes: &body,
        },
        Part::Present {
            salt: salt("payload salt"),
            bytes: &payload,
        },
    )
}

pub(super) fn posting(number: u64, sequence: u64) -> Posting {
    Posting {
        term: IndexTerm::from_bytes(array(&canary("term", number))),
        sequences: vec![sequence],
    }
}

pub(super) fn subject(number: u64) -> SubjectTag {
    SubjectTag::from_bytes(array(&canary("subject", number)))
}

pub(super) fn data_key(number: u64, place: &str) -> NewDataKey {
    NewDataKey {
        ledger: LEDGER,
        key_id: DataKeyId::from_bytes(array(&canary("key id", number))),
        value: canary(place, number).to_vec(),
        subject: Some(subject(number)),
        mac: None,
        copy: Some(canary("copy of the key before", number).to_vec()),
    }
}

pub(super) fn key_id(number: u64) -> DataKeyId {
    data_key(number, "").key_id
}

/// Puts a run of records into the store, and all that belongs to them.
pub(super) fn fill(store: &RocksStore, term: Term, from: u64, to: u64) {
    let keys: Vec<_> = (from..to)
        .map(|number| data_key(number, "key wrapped before"))
        .collect();
    store.put_data_keys(&keys, None).unwrap();
    let values: Vec<_> = (from..to).map(record).collect();
    store
        .commit(&[sample::commit_of(LEDGER, term, from, &values)])
        .unwrap();
    let mut ids: Vec<_> = (from..to).map(|n| (sample::id(LEDGER, n), n)).collect();
    ids.sort_unstable();
    let mut postings: Vec<_> = (from..to).map(|n| posting(n, n)).collect();
    postings.sort_unstable_by_key(|posting| posting.term);
    let batch = IndexBatch {
        from_cursor: from,
        to_cursor: to,
        ids,
        postings,
    };
    store.append_index(LEDGER, &batch).unwrap();
    for number in from..to {
        let state = canary("state", number);
        store.put_state(LEDGER, number..number + 1, &state).unwrap();
    }
    let rewrapped: Vec<_> = (from..to)
        .map(|number| RewrappedKey {
            ledger: LEDGER,
            key_id: key_id(number),
            expected: canary("key wrapped before", number).to_vec(),
            value: canary("wrapped key", number).to_vec(),
            mac: None,
        })
        .collect();
    store.replace_data_keys(&rewrapped, None).unwrap();
    let copied: Vec<_> = (from..to)
        .map(|number| {
            let stored = store.data_key(LEDGER, &key_id(number)).unwrap().unwrap();
            CopiedKey {
                key_id: key_id(number),
                expected: stored,
                copy: Some(canary("copy of the key", number).to_vec()),
            }
        })
        .collect();
    store.set_key_copies(LEDGER, &copied).unwrap();
}

/// A store with canaries on the bottommost level, on the ones above, and in
/// memory and the log.
pub(super) fn filled_store(path: &Path) -> (RocksStore, Term) {
    let store = open(path);
    let term = store.acquire().unwrap();
    for from in (0..COUNT).step_by(100) {
        fill(&store, term, from, from + 100);
        match from {
            200 => store.compact().unwrap(),
            300 | 400 | 600 => store.flush_all().unwrap(),
            _ => {}
        }
    }
    (store, term)
}

/// What a crash leaves, taken when the engine has come to rest: a file that it
/// deletes meanwhile would be a fault of the copy and not of the store.
pub(super) fn image_at_rest(store: &RocksStore, path: &Path) -> tempfile::TempDir {
    let options = rocksdb::WaitForCompactOptions::default();
    store.db.wait_for_compact(&options).unwrap();
    store.db.disable_file_deletions().unwrap();
    let image = crash_image(path);
    store.db.enable_file_deletions().unwrap();
    image
}

pub(super) fn removals(numbers: impl Iterator<Item = u64>) -> Vec<Posting> {
    let mut removals: Vec<_> = numbers.map(|n| posting(n, n)).collect();
    removals.sort_unstable_by_key(|posting| posting.term);
    removals
}

/// Takes the doomed half away, and says what a purge must reach.
pub(super) fn take_away(store: &RocksStore) -> PurgeScope {
    let sequences: Vec<_> = doomed().collect();
    let postings = removals(doomed());
    store.remove_postings(LEDGER, &postings).unwrap();
    let states = store.forget_states(LEDGER, &sequences).unwrap();
    assert_eq!(states, COUNT / 2);
    assert_eq!(store.erase_parts(LEDGER, &sequences).unwrap(), COUNT / 2);
    let key_ids: Vec<_> = doomed().map(key_id).collect();
    store.destroy_data_keys(LEDGER, &key_ids, None).unwrap();
    PurgeScope {
        ledger: LEDGER,
        sequences,
        postings,
    }
}

pub(super) fn purge(store: &RocksStore, scope: PurgeScope) -> Purged {
    let deadline = Instant::now() + Duration::from_secs(60);
    store
        .purge(&[scope], &mut |progress| {
            assert!(Instant::now() < deadline, "{progress:?}");
            ControlFlow::Continue(())
        })
        .unwrap()
}

/// All files below a directory.
pub(super) fn all_files(path: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => all_files(&entry.path(), out),
            false => out.push(entry.path()),
        }
    }
}

/// Which canaries are in any file, as place, number and file.
pub(super) fn search(path: &Path) -> BTreeSet<(&'static str, u64, String)> {
    let mut needles = std::collections::HashMap::new();
    for place in PLACES {
        for number in 0..COUNT {
            let canary = canary(place, number);
            needles.insert(array::<NEEDLE>(&canary), (place, number));
            // Of a term and a tag only the beginning is stored; of the others
            // the end counts too.
            if !matches!(place, "subject" | "term") {
                needles.insert(array::<NEEDLE>(&canary[32 - NEEDLE..]), (place, number));
            }
        }
    }
    let mut files = Vec::new();
    all_files(path, &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        // The engine may delete it meanwhile.
        let Ok(bytes) = fs::read(&file) else { continue };
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for window in bytes.windows(NEEDLE) {
            if let Some((place, number)) = needles.get(window) {
                found.insert((*place, *number, name.clone()));
            }
        }
        // The engine writes keys down in hexadecimal, if at all.
        for window in bytes.windows(2 * NEEDLE) {
            let digit = |at: usize| char::from(window[at]).to_digit(16);
            let byte = |at: usize| Some((digit(2 * at)? << 4 | digit(2 * at + 1)?) as u8);
            if digit(0).is_none() {
                continue;
            }
            let decoded: Option<Vec<u8>> = (0..NEEDLE).map(byte).collect();
            if let Some((place, number)) = decoded.and_then(|bytes| needles.get(&bytes[..])) {
                found.insert((*place, *number, name.clone()));
            }
        }
    }
    found
}

pub(super) fn numbers_of(
    found: &BTreeSet<(&'static str, u64, String)>,
    place: &str,
) -> BTreeSet<u64> {
    let of_place = found.iter().filter(|(found, ..)| *found == place);
    of_place.map(|(_, number, _)| *number).collect()
}

pub(super) fn expect_none_of_the_doomed(path: &Path) {
    let found = search(path);
    let left: Vec<_> = found
        .iter()
        .filter(|(_, number, _)| is_doomed(*number))
        .collect();
    assert!(
        left.is_empty(),
        "{} canaries: {:?}",
        left.len(),
        left.first()
    );
    // The search finds what is there.
    for place in [
        "body",
        "payload",
        "payload salt",
        "wrapped key",
        "copy of the key",
        "state",
    ] {
        let expected = (0..COUNT).filter(|number| !is_doomed(*number)).count();
        assert_eq!(numbers_of(&found, place).len(), expected, "{place}");
    }
    for replaced in ["key wrapped before", "copy of the key before"] {
        let before = numbers_of(&found, replaced);
        assert!(before.is_empty(), "{replaced}: {before:?}");
    }
}

pub(super) fn expect_the_others_whole(store: &RocksStore) {
    for number in 0..COUNT {
        let stored = store.record(LEDGER, number).unwrap().unwrap();
        let key = store.data_key(LEDGER, &key_id(number)).unwrap();
        let of_subject = store.subject_keys(LEDGER, &subject(number)).unwrap();
        let mut postings = Vec::new();
        store
            .postings(LEDGER, &posting(number, 0).term, 0, &mut |block| {
                postings.extend_from_slice(block);
                ControlFlow::Continue(())
            })
            .unwrap();
        if is_doomed(number) {
            let record = StoredRecord::decode(&stored).unwrap();
            assert_eq!((record.body, record.payload), (Part::Erased, Part::Erased));
            assert_eq!((key, of_subject, postings), (None, vec![], vec![]));
        } else {
            assert_eq!(stored, record(number));
            let key = key.unwrap();
            assert_eq!(key.value, canary("wrapped key", number));
            assert_eq!(key.copy.unwrap(), canary("copy of the key", number));
            assert_eq!(of_subject, [key_id(number)]);
            assert_eq!(postings, [number]);
        }
    }
}
