//! Events that come again.

use indelible_evidence::body::Body;

use crate::{
    Appended, EventInput, Ledger,
    tests::{
        engine::{Bench, store},
        privacy::ledger,
    },
};

/// Appends an event of a subject that has no payload.
fn append(bench: &Bench, ledger: &Ledger) -> Appended {
    let body = Body {
        id: "a",
        source: "s",
        data_subject: Some("erika"),
        ..Body::default()
    };
    let input = EventInput {
        body,
        event_type: "t",
        classification: None,
        payload: None,
    };
    bench.runtime.block_on(async {
        let prepared = ledger.prepare(input).await.unwrap();
        ledger.append(vec![prepared], None).await.unwrap()
    })
}

#[test]
fn an_erased_event_without_a_payload_is_no_conflict_when_it_comes_again() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let first = append(&bench, &ledger).new.unwrap();
    ledger.erase("erika", "b", &mut |_| {}).unwrap();
    let again = append(&bench, &ledger);
    assert_eq!(again.new, None);
    let [(0, repeat)] = again.repeats[..] else {
        panic!("{again:?}");
    };
    assert_eq!((repeat.sequence, repeat.erased), (first.first, true));
    engine.drain().unwrap();
}
