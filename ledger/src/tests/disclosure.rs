//! What a bundle that discloses event keys opens, before, during and after an erasure.

use std::collections::BTreeMap;

use indelible_evidence::{
    body::FactValue,
    bundle::TarSource,
    note::VerifierKey,
    origin::LedgerName,
    verify::{Begun, Report, SeenBody, Trust, begin, check_unit_seeing},
};

use crate::{
    ACCESS_TYPE, Access, AccessError, Availability, CreateLedger, ErasureProgress, ExportError,
    ExportForm, Filter, Ledger, Selection,
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger},
    },
};

fn disclosed() -> ExportForm {
    ExportForm {
        withhold_payloads: false,
        without_archived: false,
        disclose_keys: Some(Access::new("local", "export", "case 7").unwrap()),
    }
}

fn exported(ledger: &Ledger, form: &ExportForm) -> Vec<u8> {
    let mut tar = Vec::new();
    ledger.export(Selection::Whole, form, &mut tar).unwrap();
    tar
}

/// What a stranger reads of the bodies: the ids of those that are open, and the state of the others.
fn read(ledger: &Ledger, tar: &[u8]) -> (BTreeMap<u64, String>, Report) {
    let trust = Trust::in_key(VerifierKey::parse(&ledger.summary().verifier_key).unwrap());
    let Begun::Open {
        mut cutter,
        mut judge,
    } = begin(TarSource::new(tar), &trust).unwrap()
    else {
        panic!("it ended early");
    };
    let mut bodies = BTreeMap::new();
    while let Some(unit) = cutter.next_unit().unwrap() {
        judge.accept(check_unit_seeing(unit, &mut |record| {
            let shown = match record.body {
                SeenBody::None => return,
                SeenBody::Open { body, .. } => body.id.to_owned(),
                other => format!("{other:?}"),
            };
            bodies.insert(record.sequence, shown);
        }));
    }
    let report = judge.finish();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    (bodies, report)
}

#[test]
fn keys_are_disclosed_on_demand_and_never_once_an_erasure_is_recorded() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let erikas = appended(&bench, &ledger, "a", Some("erika"), "erase me");
    let maxs = appended(&bench, &ledger, "b", Some("max"), "keep me");
    let clear = appended(&bench, &ledger, "c", None, "in the clear");
    let shown = |erika: &str, max: &str| {
        BTreeMap::from([
            (erikas, erika.to_owned()),
            (maxs, max.to_owned()),
            (clear, "c".to_owned()),
        ])
    };

    let (bodies, report) = read(&ledger, &exported(&ledger, &ExportForm::default()));
    assert_eq!(bodies, shown("Sealed", "Sealed"));
    assert_eq!(report.bundle.bodies.opened, 0);
    let before = exported(&ledger, &disclosed());
    for secret in ["erase me", "keep me"] {
        let found = before
            .windows(secret.len())
            .any(|at| at == secret.as_bytes());
        assert!(!found, "what is encrypted stays so, beside its key");
    }
    let (bodies, report) = read(&ledger, &before);
    assert_eq!(bodies, shown("a", "b"));
    assert_eq!(
        (report.bundle.bodies.opened, report.bundle.payloads.opened),
        (2, 2)
    );
    let withheld = ExportForm {
        withhold_payloads: true,
        ..disclosed()
    };
    let (bodies, report) = read(&ledger, &exported(&ledger, &withheld));
    assert_eq!(bodies, shown("a", "b"));
    assert_eq!(report.bundle.payloads.opened, 0);
    assert_eq!(report.bundle.payloads.withheld, 3);

    let mut during = None;
    ledger
        .erase("erika", "GDPR Art. 17(1)(a)", &mut |step| {
            if let ErasureProgress::Recorded { .. } = step {
                during = Some(read(&ledger, &exported(&ledger, &disclosed())));
            }
        })
        .unwrap();
    let (bodies, report) = during.unwrap();
    assert_eq!(
        bodies,
        shown("Erased", "b"),
        "recorded, and so left out, also before it is destroyed"
    );
    let there = report.bundle.bodies;
    assert_eq!(there.present + there.opened + there.encrypted, 2);
    let (bodies, _) = read(&ledger, &exported(&ledger, &disclosed()));
    assert_eq!(bodies, shown("Erased", "b"));
    // What was disclosed before can't be taken back, as the documentation says.
    let (bodies, _) = read(&ledger, &before);
    assert_eq!(bodies, shown("a", "b"));
    engine.drain().unwrap();
}

/// What the access trail says was opened, by which call.
fn trail(ledger: &Ledger) -> Vec<(String, String)> {
    let filter = Filter {
        types: [ACCESS_TYPE.to_owned()].into(),
        ..Filter::default()
    };
    let page = ledger.list(&filter, 0, 1_000, usize::MAX).unwrap();
    let text = |facts: &[(&str, FactValue<'_>)], wanted: &str| {
        let found = facts.iter().find(|(name, _)| *name == wanted);
        match found {
            Some((_, FactValue::Text(text))) => (*text).to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let records = page.records.iter();
    records
        .map(|view| {
            let facts = view.body().expect("it is in the clear").facts;
            (text(&facts, "call"), text(&facts, "sequences"))
        })
        .collect()
}

#[test]
fn keys_that_leave_in_a_bundle_are_in_the_access_trail_first() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let request = CreateLedger {
        name: LedgerName::parse("l").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: true,
        checks_events: false,
    };
    let created = engine.create_ledger(request);
    bench.runtime.block_on(created).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let first = appended(&bench, &ledger, "a", Some("erika"), "one");
    appended(&bench, &ledger, "b", None, "in the clear");
    let last = appended(&bench, &ledger, "c", Some("max"), "two");
    exported(&ledger, &ExportForm::default());
    assert_eq!(trail(&ledger), [], "nothing was opened");
    let (bodies, _) = read(&ledger, &exported(&ledger, &disclosed()));
    assert_eq!(bodies.len(), 3, "the bundle is of what was there before it");
    let expected = ("export".to_owned(), format!("{first},{last}"));
    assert_eq!(trail(&ledger), [expected]);
    // Where it can't be recorded, no byte of the bundle leaves.
    ledger
        .cell()
        .set_state(Availability::ReadOnly, "a test says so");
    let mut tar = Vec::new();
    let refused = ledger
        .export(Selection::Whole, &disclosed(), &mut tar)
        .unwrap_err();
    assert!(
        matches!(refused, ExportError::Access(AccessError::Unrecorded(_))),
        "{refused:?}"
    );
    assert!(tar.is_empty());
    exported(&ledger, &ExportForm::default());
    engine.drain().unwrap();
}
