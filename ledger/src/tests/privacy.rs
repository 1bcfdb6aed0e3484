//! Sealed events over a store in memory: what is read back, what repeats, and what is left after an erasure, also
//! one that is broken off at any of its writes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use indelible_evidence::{HoldId, body::Body, origin::LedgerName};
use indelible_store::{
    IndexStore, KeyRing, ReadStore,
    memory::{Fault, MemoryStore},
    record::{Part, StoredRecord},
};

use crate::{
    AppendError, Appended, Availability, CreateLedger, Engine, EventInput, Filter, KeyEventError,
    KeyStateError, Ledger,
    tests::engine::{Bench, store},
};

/// How long an interrupted erasure may take after a start.
const RESUMED: Duration = Duration::from_secs(20);

pub(super) fn ledger(bench: &Bench, engine: &Engine, encrypts_all: bool) -> Ledger {
    if let Ok(ledger) = engine.ledger("l") {
        return ledger;
    }
    let request = CreateLedger {
        name: LedgerName::parse("l").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all,
        access_trail: false,
        checks_events: false,
    };
    bench
        .runtime
        .block_on(engine.create_ledger(request))
        .unwrap();
    engine.ledger("l").unwrap()
}

/// Appends one event, of a subject if one is named, with its text as actor and payload.
pub(super) fn append(
    bench: &Bench,
    ledger: &Ledger,
    id: &str,
    subject: Option<&str>,
    text: &str,
) -> Result<Appended, AppendError> {
    let body = Body {
        id,
        source: "s",
        actor: Some(text),
        data_subject: subject,
        ..Body::default()
    };
    let input = EventInput {
        body,
        event_type: "t",
        classification: None,
        payload: Some(Bytes::copy_from_slice(text.as_bytes())),
    };
    bench.runtime.block_on(async {
        let prepared = ledger.prepare(input).await.unwrap();
        ledger.append(vec![prepared], None).await
    })
}

pub(super) fn appended(
    bench: &Bench,
    ledger: &Ledger,
    id: &str,
    subject: Option<&str>,
    text: &str,
) -> u64 {
    append(bench, ledger, id, subject, text)
        .unwrap()
        .new
        .unwrap()
        .first
}

pub(super) fn payload(ledger: &Ledger, sequence: u64) -> Option<Vec<u8>> {
    let mut view = ledger.record(sequence).unwrap();
    ledger.unseal(&mut view).unwrap();
    view.payload().map(<[u8]>::to_vec)
}

fn by_actor(ledger: &Ledger, actor: &str) -> Vec<u64> {
    let filter = Filter {
        actor: Some(actor.to_owned()),
        ..Filter::default()
    };
    let page = ledger.list(&filter, 0, 100, 1 << 20).unwrap();
    page.records
        .iter()
        .map(crate::RecordView::sequence)
        .collect()
}

pub(super) fn verified(ledger: &Ledger) {
    assert_eq!(ledger.verify(&mut |_, _| {}).findings, []);
}

#[test]
fn a_sealed_event_is_read_only_by_who_asks_and_never_stored_in_the_clear() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let plain = appended(&bench, &ledger, "a", None, "in the clear");
    let sealed = appended(&bench, &ledger, "b", Some("erika"), "for few eyes");
    let view = ledger.record(sealed).unwrap();
    assert!(view.is_sealed() && view.body().is_none() && view.payload().is_none());
    assert_eq!(payload(&ledger, sealed).unwrap(), b"for few eyes");
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    let (id, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    let value = store.record(id, sealed).unwrap().unwrap();
    for secret in ["erika", "for few eyes"] {
        let bytes = secret.as_bytes();
        assert!(!value.windows(bytes.len()).any(|window| window == bytes));
    }
    assert_eq!(by_actor(&ledger, "for few eyes"), [sealed]);
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_repeat_of_a_sealed_event_is_known_and_other_content_refused() {
    for encrypts_all in [false, true] {
        let bench = Bench::new();
        let engine = bench.open(&store()).unwrap();
        let ledger = ledger(&bench, &engine, encrypts_all);
        let subject = (!encrypts_all).then_some("erika");
        let first = appended(&bench, &ledger, "a", subject, "x");
        let again = append(&bench, &ledger, "a", subject, "x").unwrap();
        assert_eq!(again.repeats[0].1.sequence, first);
        let other = append(&bench, &ledger, "a", subject, "y").unwrap_err();
        assert!(matches!(other, AppendError::Conflict { .. }), "{other:?}");
        verified(&ledger);
        engine.drain().unwrap();
    }
}

#[test]
fn after_a_rotation_the_old_is_read_and_repeats_are_still_known() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, true);
    let first = appended(&bench, &ledger, "a", None, "before");
    let old = ledger.record(first).unwrap().sealed().unwrap().data_key;
    let (new, _) = ledger.rotate_data_key().unwrap();
    let second = appended(&bench, &ledger, "b", None, "after");
    let current = ledger.record(second).unwrap().sealed().unwrap().data_key;
    assert_eq!(current, new);
    assert_ne!(current, old);
    assert_eq!(payload(&ledger, first).unwrap(), b"before");
    // Until the index covers the original, the answer is to try again; never another.
    let deadline = Instant::now() + RESUMED;
    let repeat = loop {
        match append(&bench, &ledger, "a", None, "before") {
            Ok(appended) => break appended,
            Err(AppendError::Incomparable { .. }) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(repeat.repeats[0].1.sequence, first);
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn an_erasure_takes_one_subject_and_leaves_the_rest_and_every_proof() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let gone = appended(&bench, &ledger, "a", Some("erika"), "erase me");
    let kept = appended(&bench, &ledger, "b", Some("max"), "keep me");
    let chain = ledger.record(gone).unwrap().chain_hash();
    let erased = ledger
        .erase("erika", "GDPR Art. 17(1)(a)", &mut |_| {})
        .unwrap();
    assert_eq!((erased.events, erased.data_keys.len()), (1, 1));
    assert_eq!(payload(&ledger, gone), None);
    assert_eq!(payload(&ledger, kept).unwrap(), b"keep me");
    let (id, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    let value = store.record(id, gone).unwrap().unwrap();
    let stored = StoredRecord::decode(&value).unwrap();
    assert_eq!((stored.body, stored.payload), (Part::Erased, Part::Erased));
    assert_eq!(store.data_key(id, &erased.data_keys[0]).unwrap(), None);
    assert!(by_actor(&ledger, "erase me").is_empty());
    assert_eq!(by_actor(&ledger, "keep me"), [kept]);
    assert_eq!(ledger.record(gone).unwrap().chain_hash(), chain);
    assert!(ledger.erasures().unwrap()[0].1, "it is complete");
    verified(&ledger);
    // Once more there is nothing to erase, and a repeat brings nothing back.
    let again = ledger.erase("erika", "again", &mut |_| {}).unwrap_err();
    assert!(matches!(again, KeyEventError::SubjectUnknown), "{again:?}");
    let repeat = append(&bench, &ledger, "a", Some("erika"), "erase me").unwrap();
    assert!(repeat.repeats[0].1.erased && repeat.repeats[0].1.sequence == gone);
    let again = ledger.erase("erika", "again", &mut |_| {}).unwrap_err();
    assert!(matches!(again, KeyEventError::SubjectUnknown), "{again:?}");
    // What is new is kept under a new key.
    let new = appended(&bench, &ledger, "c", Some("erika"), "a new chapter");
    assert_eq!(payload(&ledger, new).unwrap(), b"a new chapter");
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_hold_keeps_what_it_covers_until_it_is_released() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    appended(&bench, &ledger, "a", Some("erika"), "evidence");
    appended(&bench, &ledger, "b", Some("max"), "something else");
    let (hold, _) = ledger.place_hold(Some("erika"), Some("case 7")).unwrap();
    let refused = ledger.erase("erika", "b", &mut |_| {}).unwrap_err();
    let held = KeyEventError::Append(AppendError::KeyState(KeyStateError::Held { hold }));
    assert_eq!(refused.to_string(), held.to_string());
    ledger.erase("max", "b", &mut |_| {}).unwrap();
    engine.drain().unwrap();
    drop((engine, ledger));

    // It holds after a restart as well.
    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(ledger.holds().len(), 1);
    assert!(ledger.erase("erika", "b", &mut |_| {}).is_err());
    let unknown = ledger
        .release_hold(HoldId::from_bytes([9; 16]))
        .unwrap_err();
    assert!(unknown.to_string().contains("no hold"), "{unknown}");
    ledger.release_hold(hold).unwrap();
    ledger.erase("erika", "b", &mut |_| {}).unwrap();
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn an_erasure_that_is_broken_off_at_any_write_is_completed_at_the_next_start() {
    for fault in [Fault::Lost, Fault::Persisted] {
        let mut completed = false;
        for nth in 0..40 {
            completed = broken_off(nth, fault);
            if completed {
                assert!(nth >= 3, "an erasure has more writes than {nth}");
                break;
            }
        }
        assert!(completed, "the last run has no fault");
    }
}

/// Erases with the `nth` write failing; true if there was no such write.
fn broken_off(nth: u64, fault: Fault) -> bool {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let gone = appended(&bench, &ledger, "a", Some("erika"), "erase me");
    let kept = appended(&bench, &ledger, "b", Some("max"), "keep me");
    store.fail_write(nth, fault);
    let outcome = ledger.erase("erika", "b", &mut |_| {});
    let completed = outcome.is_ok();
    let _failed = engine.drain();
    drop((engine, ledger));

    let store: Arc<MemoryStore> = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(ledger.summary().state, Availability::Open);
    let erasures = ledger.erasures().unwrap();
    assert_eq!(erasures.len(), 1, "write {nth} comes after the record");
    let deadline = Instant::now() + RESUMED;
    while !ledger.erasures().unwrap()[0].1 {
        assert!(
            Instant::now() < deadline,
            "{fault:?} write {nth}: it was not taken up"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(payload(&ledger, gone), None, "{fault:?} write {nth}");
    assert_eq!(payload(&ledger, kept).unwrap(), b"keep me");
    assert!(by_actor(&ledger, "erase me").is_empty());
    assert_eq!(by_actor(&ledger, "keep me"), [kept]);
    let (id, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    for key in &erasures[0].0.data_keys {
        assert_eq!(store.data_key(id, key).unwrap(), None);
    }
    verified(&ledger);
    engine.drain().unwrap();
    completed
}

/// Waits until the stored index covers all records.
fn indexed(ledger: &Ledger) {
    let deadline = Instant::now() + RESUMED;
    loop {
        let summary = ledger.summary();
        if summary.indexed_size >= summary.size {
            return;
        }
        assert!(Instant::now() < deadline, "the index does not come on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_index_of_sealed_events_is_the_same_live_and_caught_up() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    // Sealed and in the clear, with terms in common and of their own.
    let sequences: Vec<u64> = (0..40_usize)
        .map(|nth| {
            let body = Body {
                id: &format!("event {nth}"),
                source: "s",
                subject: nth.is_multiple_of(3).then_some("subject"),
                actor: Some(["a", "b"][nth % 2]),
                correlation_id: Some(&format!("{}", nth / 7)),
                data_subject: (!nth.is_multiple_of(5)).then_some("erika"),
                ..Body::default()
            };
            let input = EventInput {
                body,
                event_type: "t",
                classification: None,
                payload: None,
            };
            let appended = bench.runtime.block_on(async {
                let prepared = ledger.prepare(input).await.unwrap();
                ledger.append(vec![prepared], None).await
            });
            appended.unwrap().new.unwrap().first
        })
        .collect();
    indexed(&ledger);
    let (id, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    let live = store.find_postings(id, &sequences).unwrap();
    let of = |attribute: u8| {
        live.iter()
            .filter(move |posting| posting.term.attribute() == attribute)
    };
    let terms = [1, 2, 3, 4, 5, 6].map(|attribute| of(attribute).count());
    assert_eq!(terms, [1, 1, 1, 2, 6, 1]);
    assert_eq!(of(2).next().unwrap().sequences, sequences, "one source");
    engine.drain().unwrap();
    drop((engine, ledger));

    // After a start nothing is known but what is stored.
    let store = Arc::new(store.reopen());
    store.reset_index(id).unwrap();
    let engine = bench.open(&store).unwrap();
    indexed(&engine.ledger("l").unwrap());
    assert_eq!(store.find_postings(id, &sequences).unwrap(), live);
    engine.drain().unwrap();
}

#[test]
fn terms_on_their_way_to_the_index_go_with_their_subject() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let gone = appended(&bench, &ledger, "a", Some("erika"), "erase me");
    let kept = appended(&bench, &ledger, "b", Some("max"), "keep me");
    assert_eq!(ledger.summary().indexed_size, 0, "nothing is indexed yet");
    ledger.erase("erika", "b", &mut |_| {}).unwrap();
    indexed(&ledger);
    let (id, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    let attributes = |sequence| {
        let postings = store.find_postings(id, &[sequence]).unwrap();
        postings
            .iter()
            .map(|posting| posting.term.attribute())
            .collect::<Vec<_>>()
    };
    // Its type and the id of its key, which stand in the header.
    assert_eq!(attributes(gone), [1, 6]);
    assert_eq!(attributes(kept), [1, 2, 4, 6]);
    engine.drain().unwrap();
}
