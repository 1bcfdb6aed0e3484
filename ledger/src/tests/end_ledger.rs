//! The end of a ledger: recorded with its bundle, its data keys destroyed, its name kept; also where it is broken off.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_evidence::{
    bundle::TarSource,
    note::VerifierKey,
    origin::LedgerName,
    verify::{Report, Trust, verify},
};
use indelible_store::{Catalog, KeyRing, memory::Fault};

use crate::{
    AppendError, Availability, CreateLedger, EndLedger, ExportForm, KeyEventError, KeyStateError,
    Ledger, LedgerError, Selection,
    tests::{
        engine::{Bench, store},
        privacy::{append, appended, ledger, payload, verified},
    },
};

/// How long an interrupted end may take after a start.
const RESUMED: Duration = Duration::from_secs(20);

fn exported(ledger: &Ledger) -> Vec<u8> {
    let mut tar = Vec::new();
    let form = ExportForm::default();
    ledger.export(Selection::Whole, &form, &mut tar).unwrap();
    tar
}

fn report(ledger: &Ledger, tar: &[u8]) -> Report {
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let report = verify(TarSource::new(tar), &Trust::in_key(key)).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    report
}

fn wanted(size: u64) -> EndLedger {
    EndLedger {
        bundle_size: size,
        bundle_sha256: [7; 32],
        reason: Some("the trial is over".into()),
    }
}

fn state(error: KeyEventError) -> KeyStateError {
    match error {
        KeyEventError::Append(AppendError::KeyState(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ended_ledger_has_no_data_keys_takes_nothing_and_keeps_its_name_and_proofs() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let plain = appended(&bench, &ledger, "a", None, "in the clear");
    let sealed = appended(&bench, &ledger, "b", Some("erika"), "for few eyes");
    appended(&bench, &ledger, "c", Some("max"), "as well");
    let before = exported(&ledger);
    let size = ledger.summary().size;

    // Not all of it, or under a hold: nothing is recorded.
    let grown = state(ledger.end(&wanted(size - 1), &mut |_| {}).unwrap_err());
    let bundle = size - 1;
    assert_eq!(grown, KeyStateError::Grown { size, bundle });
    let (hold, _) = ledger.place_hold(Some("max"), None).unwrap();
    let held = state(ledger.end(&wanted(size + 1), &mut |_| {}).unwrap_err());
    assert_eq!(held, KeyStateError::Held { hold });
    ledger.release_hold(hold).unwrap();
    assert_eq!(ledger.summary().ended, None);

    let ended = ledger.end(&wanted(size + 2), &mut |_| {}).unwrap();
    assert_eq!(
        (ended.sequence, ended.data_keys, ended.events),
        (size + 2, 2, 2)
    );
    assert_eq!(ledger.summary().ended, Some(ended.sequence));
    let id = ledger.cell().id;
    assert_eq!(store.data_keys(id, None, 10).unwrap(), []);
    assert_eq!(payload(&ledger, sealed), None);
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    verified(&ledger);
    // The bundle from before verifies, and so does one of now.
    report(&ledger, &before);
    let after = report(&ledger, &exported(&ledger));
    assert_eq!(after.bundle.bodies.erased, 2);

    // Nothing more is taken, and no key is made; a repeat is still known.
    let refused = append(&bench, &ledger, "d", None, "more").unwrap_err();
    let is_ended = matches!(refused, AppendError::KeyState(KeyStateError::Ended { .. }));
    assert!(is_ended, "{refused:?}");
    let again = append(&bench, &ledger, "a", None, "in the clear").unwrap();
    assert_eq!(again.repeats[0].1.sequence, plain);
    let twice = state(ledger.end(&wanted(size + 3), &mut |_| {}).unwrap_err());
    assert_eq!(
        twice,
        KeyStateError::Ended {
            sequence: ended.sequence
        }
    );
    assert!(ledger.set_retention(Vec::new(), None).is_err());
    let taken = CreateLedger {
        name: LedgerName::parse("l").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    };
    let taken = bench.runtime.block_on(engine.create_ledger(taken));
    assert!(matches!(taken, Err(LedgerError::Exists(_))));
    let succeeded = bench.runtime.block_on(engine.create_successor("l"));
    assert!(matches!(succeeded, Err(LedgerError::Ended(_))));
    engine.drain().unwrap();
    drop((engine, ledger));

    let store = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(ledger.summary().ended, Some(ended.sequence));
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn an_end_that_is_broken_off_at_any_write_is_completed_at_the_next_start() {
    for (fault, of_commits) in [
        (Fault::Lost, false),
        (Fault::Persisted, false),
        (Fault::Lost, true),
        (Fault::Persisted, true),
    ] {
        let mut all = (0..40).map(|nth| broken_off(nth, fault, of_commits));
        assert!(all.any(|completed| completed), "the last run has no fault");
    }
}

/// Ends a ledger with the `nth` write failing, or the `nth` commit; true if there was no such one.
fn broken_off(nth: u64, fault: Fault, of_commits: bool) -> bool {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let sealed = appended(&bench, &ledger, "b", Some("erika"), "for few eyes");
    let size = ledger.summary().size;
    match of_commits {
        true => store.fail_commit(nth, fault),
        false => store.fail_write(nth, fault),
    }
    let completed = ledger.end(&wanted(size), &mut |_| {}).is_ok();
    let _failed = engine.drain();
    drop((engine, ledger));

    let store = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(ledger.summary().state, Availability::Open);
    if ledger.summary().ended.is_some() {
        let id = Catalog::ledgers(&*store).unwrap()[0].0;
        let deadline = Instant::now() + RESUMED;
        while !store.data_keys(id, None, 10).unwrap().is_empty()
            || ledger.erasures().unwrap().iter().any(|(_, done)| !done)
        {
            assert!(
                Instant::now() < deadline,
                "{fault:?} {nth}: it was not taken up"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(payload(&ledger, sealed), None);
    } else {
        assert!(!completed);
        assert_eq!(payload(&ledger, sealed).unwrap(), b"for few eyes");
    }
    verified(&ledger);
    engine.drain().unwrap();
    completed
}
