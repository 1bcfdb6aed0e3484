//! What an append leaves that is refused once its event is sealed: a data key of somebody of whom there is no event.

use indelible_evidence::body::Body;
use indelible_store::{IndexStore as _, KeyRing as _, LedgerId, memory::MemoryStore};

use crate::{
    AppendError, Engine, EventInput, Filter, KeyEventError, Ledger, Prepared, ReadError,
    operations::unused_keys::forget_of,
    state::unused_keys::MadeKey,
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, payload, verified},
    },
};

fn prepared(bench: &Bench, ledger: &Ledger, id: &str, subject: &str) -> Prepared {
    let input = EventInput {
        body: Body {
            id,
            source: "s",
            data_subject: Some(subject),
            ..Body::default()
        },
        event_type: "t",
        classification: None,
        payload: None,
    };
    bench.runtime.block_on(ledger.prepare(input)).unwrap()
}

/// An append that expects another last event.
fn refused(bench: &Bench, ledger: &Ledger, id: &str, subject: &str) {
    let event = prepared(bench, ledger, id, subject);
    let outcome = bench.runtime.block_on(ledger.append(vec![event], Some(77)));
    assert!(
        matches!(outcome, Err(AppendError::SequenceMismatch { .. })),
        "{outcome:?}"
    );
}

fn listed(ledger: &Ledger, subject: &str) -> Result<usize, ReadError> {
    let filter = Filter {
        data_subject: Some(subject.to_owned()),
        ..Filter::default()
    };
    let page = ledger.list(&filter, 0, 10, 1 << 20)?;
    Ok(page.records.len())
}

/// The data keys that are kept for the ledger.
fn kept(store: &MemoryStore) -> usize {
    let (id, _): (LedgerId, _) = indelible_store::Catalog::ledgers(store).unwrap()[0];
    store.data_keys(id, None, 100).unwrap().len()
}

fn is_unknown<T: std::fmt::Debug>(outcome: Result<T, KeyEventError>) -> bool {
    matches!(outcome, Err(KeyEventError::SubjectUnknown))
}

fn assert_nobody(ledger: &Ledger, subject: &str) {
    let records = ledger.summary().size;
    assert!(matches!(
        listed(ledger, subject),
        Err(ReadError::SubjectUnknown)
    ));
    let newest = Filter {
        data_subject: Some(subject.to_owned()),
        ..Filter::default()
    };
    let newest = ledger.list_newest_first(&newest, (0, None), 10, 1 << 20);
    assert!(matches!(newest, Err(ReadError::SubjectUnknown)));
    assert!(is_unknown(ledger.data_subject(subject)));
    assert!(is_unknown(ledger.data_keys_of(subject)));
    assert!(is_unknown(ledger.place_hold(Some(subject), None)));
    assert!(is_unknown(ledger.erase(subject, "b", &mut |_| {})));
    assert_eq!(
        ledger.summary().size,
        records,
        "nothing is on record of nobody"
    );
}

fn opened() -> (Bench, std::sync::Arc<MemoryStore>, Engine, Ledger) {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    (bench, store, engine, ledger)
}

#[test]
fn a_refused_append_makes_nobody_known() {
    let (bench, _store, engine, ledger) = opened();
    appended(&bench, &ledger, "a", Some("erika"), "x");
    refused(&bench, &ledger, "b", "ghost");
    assert_nobody(&ledger, "ghost");
    // Of somebody else's event there is one of this name, but other content.
    let conflict = prepared(&bench, &ledger, "a", "other");
    let conflict = bench.runtime.block_on(ledger.append(vec![conflict], None));
    assert!(matches!(conflict, Err(AppendError::Conflict { .. })));
    assert_nobody(&ledger, "other");
    // Who has an event is known at once, whatever else was refused.
    refused(&bench, &ledger, "c", "erika");
    assert_eq!(listed(&ledger, "erika").unwrap(), 1);
    let there = appended(&bench, &ledger, "d", Some("ghost"), "here");
    assert_eq!(listed(&ledger, "ghost").unwrap(), 1);
    assert_eq!(ledger.data_subject("ghost").unwrap().extent.events, 1);
    assert_eq!(payload(&ledger, there).unwrap(), b"here");
    let erased = ledger.erase("ghost", "b", &mut |_| {}).unwrap();
    assert_eq!(erased.events, 1);
    refused(&bench, &ledger, "e", "ghost");
    assert_nobody(&ledger, "ghost");
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn what_a_refused_append_left_is_destroyed_and_never_under_an_event() {
    let (bench, store, engine, ledger) = opened();
    let erika = appended(&bench, &ledger, "a", Some("erika"), "x");
    refused(&bench, &ledger, "b", "ghost");
    let on_its_way = prepared(&bench, &ledger, "c", "ghost");
    assert_eq!(kept(&store), 2);
    ledger.forget_unused_keys("ghost").unwrap();
    ledger.forget_unused_keys("erika").unwrap();
    ledger.forget_unused_keys("nobody").unwrap();
    assert_eq!(kept(&store), 1);
    // What was sealed under the key that is gone is not linked, and comes again under another.
    let late = bench
        .runtime
        .block_on(ledger.append(vec![on_its_way], None));
    assert!(
        matches!(late, Err(AppendError::KeyErased { .. })),
        "{late:?}"
    );
    assert_nobody(&ledger, "ghost");
    let again = appended(&bench, &ledger, "c", Some("ghost"), "again");
    assert_eq!(payload(&ledger, again).unwrap(), b"again");
    assert_eq!(payload(&ledger, erika).unwrap(), b"x");
    // Known by now, so nothing is destroyed.
    ledger.forget_unused_keys("ghost").unwrap();
    assert_eq!(kept(&store), 2);
    verified(&ledger);
    engine.drain().unwrap();
    drop((engine, ledger));
    let engine = bench.open(&std::sync::Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(payload(&ledger, again).unwrap(), b"again");
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn of_many_keys_those_are_destroyed_that_no_record_names() {
    let (bench, store, engine, ledger) = opened();
    let size = ledger.summary().size;
    let mut ids = Vec::new();
    let (id, _): (LedgerId, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    for number in 0..6 {
        let (event, subject) = (format!("e{number}"), format!("s{number}"));
        let before: Vec<_> = store.data_keys(id, None, 100).unwrap();
        match number % 2 {
            0 => drop(appended(&bench, &ledger, &event, Some(&subject), "x")),
            _ => refused(&bench, &ledger, &event, &subject),
        }
        let after = store.data_keys(id, None, 100).unwrap();
        let new = after.into_iter().find(|key| !before.contains(key));
        ids.push(new.unwrap().0);
    }
    let made = ids.iter().map(|id| MadeKey {
        id: *id,
        at: std::time::Duration::ZERO,
        size,
    });
    forget_of(&ledger.core, &ledger.cell, &made.collect::<Vec<_>>()).unwrap();
    for (number, key) in ids.iter().enumerate() {
        let is_there = store.data_key(id, key).unwrap().is_some();
        assert_eq!(is_there, number % 2 == 0, "{number}");
    }
    for number in [0, 2, 4] {
        assert_eq!(listed(&ledger, &format!("s{number}")).unwrap(), 1);
    }
    verified(&ledger);
    engine.drain().unwrap();
}

/// An index that lost something must not keep an erasure from happening.
#[test]
fn an_index_that_hides_a_person_is_found_out_before_an_erasure() {
    let (bench, store, engine, ledger) = opened();
    let erika = appended(&bench, &ledger, "a", Some("erika"), "x");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while ledger.summary().indexed_size <= erika {
        assert!(std::time::Instant::now() < deadline);
        std::thread::yield_now();
    }
    let (id, _): (LedgerId, _) = indelible_store::Catalog::ledgers(&*store).unwrap()[0];
    let postings = store.find_postings(id, &[erika]).unwrap();
    store.remove_postings(id, &postings).unwrap();
    let refused = ledger.erase("erika", "b", &mut |_| {}).unwrap_err();
    assert!(
        matches!(refused, KeyEventError::Read(ReadError::Misindexed { .. })),
        "{refused:?}"
    );
    assert!(ledger.forget_unused_keys("erika").is_err());
    assert_eq!(kept(&store), 1);
    engine.drain().unwrap();
}
