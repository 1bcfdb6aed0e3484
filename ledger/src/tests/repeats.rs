//! Events that come again.

use indelible_evidence::body::Body;

use crate::{
    AppendError, Appended, EventInput, Ledger,
    tests::{
        engine::{Bench, store},
        privacy::ledger,
    },
};

/// Appends an event of a subject, or of none, that has no payload.
fn append(
    bench: &Bench,
    ledger: &Ledger,
    data_subject: Option<&str>,
) -> Result<Appended, AppendError> {
    let body = Body {
        id: "a",
        source: "s",
        data_subject,
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
        ledger.append(vec![prepared], None).await
    })
}

#[test]
fn an_erased_event_without_a_payload_is_no_conflict_when_it_comes_again() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let erika = Some("erika");
    let first = append(&bench, &ledger, erika).unwrap().new.unwrap();
    ledger.erase("erika", "b", &mut |_| {}).unwrap();
    let again = append(&bench, &ledger, erika).unwrap();
    assert_eq!(again.new, None);
    let [(0, repeat)] = again.repeats[..] else {
        panic!("{again:?}");
    };
    assert_eq!((repeat.sequence, repeat.erased), (first.first, true));
    // Whoever names nobody does not repeat what was about somebody.
    let other = append(&bench, &ledger, None);
    assert!(
        matches!(&other, Err(AppendError::Conflict { differs, .. }) if *differs == ["data_subject"]),
        "{other:?}"
    );
    engine.drain().unwrap();
}
