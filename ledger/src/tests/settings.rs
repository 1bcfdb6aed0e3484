//! What decides and what only says so: settings in the chain against the catalogue, and records against the marks and
//! keys in the store that anybody who writes it can change.

use std::sync::Arc;

use indelible_evidence::{
    bundle::TarSource,
    hash::DataKeyId,
    header::RecordKind,
    key_event::{Encryption, Erasure, Genesis},
    note::VerifierKey,
    origin::LedgerName,
    verify::{Report, Trust, verify},
};
use indelible_store::{
    Catalog, KeyRing, LedgerId, ReadStore,
    memory::MemoryStore,
    record::{Part, RecordTail, StoredRecord, push_record},
};

use crate::{
    CreateLedger, Engine, ExportError, ExportForm, Filter, Ledger, NoticeCode, ReadError,
    Selection,
    operations::record_key_event::{self, Statement},
    state::descriptor::Descriptor,
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, payload, verified},
    },
};

/// A ledger that promises everything.
fn strict(bench: &Bench, engine: &Engine) -> Ledger {
    let request = CreateLedger {
        name: LedgerName::parse("strict").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: true,
        access_trail: true,
        checks_events: true,
    };
    let created = engine.create_ledger(request);
    bench.runtime.block_on(created).unwrap();
    engine.ledger("strict").unwrap()
}

fn only_ledger(store: &MemoryStore) -> (LedgerId, Descriptor) {
    let (id, bytes) = Catalog::ledgers(store).unwrap().remove(0);
    (id, Descriptor::decode(&bytes).unwrap())
}

#[test]
fn genesis_says_the_settings_that_were_asked_for() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = strict(&bench, &engine);
    let view = ledger.record(0).unwrap();
    let RecordKind::Genesis(signed) = view.header().kind else {
        panic!("record 0 is not a genesis");
    };
    let settings = Genesis::decode(signed.statement).unwrap().settings.unwrap();
    assert_eq!(settings.encryption, Encryption::All);
    assert!(settings.access_trail && settings.conventions);
    assert_eq!(ledger.summary().settings_since, Some(0));
    assert!(engine.status().notices.iter().all(|notice| {
        notice.code != NoticeCode::SettingsDiffer && notice.code != NoticeCode::SettingsUnsigned
    }));
    engine.drain().unwrap();
}

#[test]
fn settings_in_the_chain_win_over_the_catalogue() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    drop(strict(&bench, &engine));
    engine.drain().unwrap();
    drop(engine);
    // Somebody edits the catalogue.
    let store = Arc::new(store.reopen());
    let (id, descriptor) = only_ledger(&store);
    let meddled = Descriptor {
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
        ..descriptor
    };
    store.update_ledger(id, &meddled.encode()).unwrap();

    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("strict").unwrap();
    let summary = ledger.summary();
    assert!(summary.encrypts_all && summary.access_trail && summary.checks_events);
    let sealed = appended(&bench, &ledger, "a", None, "for few eyes");
    assert!(ledger.record(sealed).unwrap().is_sealed());
    let notices = engine.status().notices;
    let told = notices
        .iter()
        .find(|notice| notice.code == NoticeCode::SettingsDiffer)
        .expect("a notice");
    assert!(
        told.detail
            .contains("access_trail is false in the catalogue and true")
    );
    verified(&ledger);
    engine.drain().unwrap();
}

/// The same record with other words for its parts.
fn marked(store: &MemoryStore, id: LedgerId, sequence: u64, body: Part<'_>, payload: Part<'_>) {
    let value = store.record(id, sequence).unwrap().unwrap();
    let stored = StoredRecord::decode(&value).unwrap();
    let tail = RecordTail::encode(body, payload);
    let mut marked = Vec::new();
    push_record(
        &mut marked,
        &stored.chain,
        &stored.id_hash,
        stored.header,
        &tail,
    );
    store.forge(id, sequence, Some(marked));
}

#[test]
fn a_word_that_no_record_supports_is_a_missing_part() {
    for word in [Part::Archived, Part::Erased] {
        for subject in [None, Some("erika")] {
            let bench = Bench::new();
            let store = store();
            let engine = bench.open(&store).unwrap();
            let ledger = ledger(&bench, &engine, false);
            let sequence = appended(&bench, &ledger, "a", subject, "x");
            marked(&store, ledger.cell().id, sequence, word, word);
            // A read that finds it quarantines the ledger, and then only what is published is exported.
            let form = ExportForm::default();
            let exported = ledger.export(Selection::Whole, &form, &mut Vec::new());
            assert!(exported.is_err(), "{exported:?}");
            let damaged = |error: &ReadError| matches!(error, ReadError::Damaged { sequence: found, .. } if *found == sequence);
            assert!(ledger.record(sequence).is_err_and(|error| damaged(&error)));
            let read = ledger.records(0, 100, 1 << 20);
            assert!(read.is_err_and(|error| damaged(&error)));
            let listed = ledger.list(&Filter::default(), 0, 100, 1 << 20);
            assert!(listed.is_err_and(|error| damaged(&error)));
            let codes: Vec<_> = ledger.verify(&mut |_, _| {}).findings;
            let code = match word {
                Part::Erased => "erased-unsupported",
                _ => "archived-unsupported",
            };
            assert!(
                codes.iter().all(|finding| finding.code.as_str() == code),
                "{codes:?}"
            );
            assert_eq!(codes.len(), 2, "{codes:?}");
            engine.drain().unwrap();
        }
    }
}

#[test]
fn a_data_key_that_is_gone_without_an_erasure_is_missing() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let created = ledger(&bench, &engine, false);
    let sequence = appended(&bench, &created, "a", Some("erika"), "x");
    let key = created.record(sequence).unwrap().sealed().unwrap().data_key;
    let id = created.cell().id;
    drop(created);
    engine.drain().unwrap();
    drop(engine);
    let store = Arc::new(store.reopen());
    store.destroy_data_keys(id, &[key], None).unwrap();
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let mut view = ledger.record(sequence).unwrap();
    let opened = ledger.unseal(&mut view);
    assert!(matches!(opened, Err(ReadError::DataKey(_))), "{opened:?}");
    engine.drain().unwrap();
}

fn exported(ledger: &Ledger, selection: Selection) -> Result<Report, ExportError> {
    let mut tar = Vec::new();
    ledger.export(selection, &ExportForm::default(), &mut tar)?;
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    Ok(verify(TarSource::new(tar.as_slice()), &Trust::in_key(key)).unwrap())
}

#[test]
fn a_part_is_exported_as_erased_from_the_record_on_while_its_destruction_goes_on() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let sequence = appended(&bench, &ledger, "a", Some("erika"), "x");
    let kept = appended(&bench, &ledger, "b", Some("max"), "y");
    let key = ledger.record(sequence).unwrap().sealed().unwrap().data_key;
    // The record alone: nothing is destroyed yet.
    let cell = engine.cell("l").unwrap();
    let erasure = Erasure {
        origin: cell.origin().clone(),
        data_keys: vec![DataKeyId::from_bytes(*key.as_bytes())],
        basis: "GDPR Art. 17(1)(a)".to_owned(),
    };
    record_key_event::record(&engine.core, &cell, &Statement::Erasure(erasure)).unwrap();
    assert!(payload(&ledger, sequence).is_some(), "it is still there");
    for selection in [
        Selection::Whole,
        Selection::Range {
            from: sequence,
            to: Some(kept + 1),
        },
    ] {
        let report = exported(&ledger, selection).unwrap();
        assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
        assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
        assert_eq!(report.bundle.bodies.erased, 1, "{:?}", report.bundle.bodies);
        assert_eq!(report.bundle.payloads.erased, 1);
    }
    // Nor is it a finding of the daemon's own that the parts are there for a while.
    verified(&ledger);
    engine.drain().unwrap();
}
