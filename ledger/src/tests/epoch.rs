//! Epochs: an engine opens one when it starts to append and when a span is used up, and a verifier that knows
//! only the identity key follows them all.

use std::sync::Arc;

use indelible_evidence::{
    bundle::TarSource,
    note::VerifierKey,
    verify::{Report, Trust, verify},
};

use crate::{
    EngineOptions, ExportForm, Ledger, Selection,
    tests::engine::{Bench, events, store},
};

fn exported(ledger: &Ledger) -> Report {
    let mut tar = Vec::new();
    ledger
        .export(Selection::Whole, &ExportForm::default(), &mut tar)
        .unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let report = verify(TarSource::new(tar.as_slice()), &Trust::in_key(key)).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    report
}

#[test]
fn an_epoch_ends_with_its_span_and_the_next_begins() {
    let bench = Bench::new();
    let options = EngineOptions {
        epoch_span: 64,
        ..EngineOptions::new("localhost")
    };
    let engine = bench.open_with(&store(), options).unwrap();
    let ledger = bench.ledger(&engine);
    let mut number = 0;
    // Batches that meet the span's end in every way, and one that is larger than a span.
    for size in [1, 10, 63, 64, 7, 13, 40, 100, 1, 200, 64, 65] {
        let ids: Vec<_> = (number..number + size)
            .map(|number| format!("e{number}"))
            .collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let appended = ledger.append(events(&ledger, &ids), None);
        assert_eq!(
            bench.runtime.block_on(appended).unwrap().new.unwrap().count,
            size
        );
        number += size;
    }
    assert!(ledger.verify(&mut |_, _| {}).findings.is_empty());
    let report = exported(&ledger);
    assert!(
        report.bundle.certificates >= 8,
        "{} epochs",
        report.bundle.certificates
    );
    engine.drain().unwrap();
}

#[test]
fn each_start_that_appends_opens_an_epoch() {
    let bench = Bench::new();
    let mut store = store();
    let engine = bench.open(&store).unwrap();
    bench.ledger(&engine);
    engine.drain().unwrap();
    // Only one can hold the anchor.
    drop(engine);
    let starts = 30;
    for start in 0..starts {
        store = Arc::new(store.reopen());
        let engine = bench.open(&store).unwrap();
        let ledger = engine.ledger("l").unwrap();
        // Every third one only reads.
        if start % 3 != 0 {
            let id = format!("e{start}");
            let appended = ledger.append(events(&ledger, &[&id]), None);
            bench.runtime.block_on(appended).unwrap();
        }
        if start + 1 == starts {
            assert!(ledger.verify(&mut |_, _| {}).findings.is_empty());
            // The first epoch is the creation's.
            assert_eq!(exported(&ledger).bundle.certificates, 1 + 20);
        }
        engine.drain().unwrap();
    }
}
