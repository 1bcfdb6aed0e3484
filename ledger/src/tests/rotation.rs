//! Rotation of identity and epoch keys: a verifier that knows only the first key follows all of it, and a rotation that
//! is broken off at any write is completed when it is asked for again.

use std::{collections::HashMap, sync::Arc};

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::{
    bundle::TarSource,
    header::RecordKind,
    note::VerifierKey,
    origin::{LedgerName, Origin},
    verify::{KnownHead, Report, Trust, verify},
};
use indelible_store::{Catalog as _, memory::Fault};

use crate::{
    AppendError, Availability, CreateLedger, ExportForm, KeyEventError, Ledger, RecoverySignatures,
    RotationReason, Selection,
    state::descriptor::Descriptor,
    tests::engine::{Bench, events, store},
};

fn append(bench: &Bench, ledger: &Ledger, id: &str) -> u64 {
    let appended = ledger.append(events(ledger, &[id]), None);
    let appended = bench.runtime.block_on(appended).unwrap();
    appended.new.unwrap().first
}

fn no_recovery() -> RecoverySignatures {
    HashMap::new()
}

/// Verifies an export under the key that was pinned first, with a head of today.
fn verified(ledger: &Ledger) -> Report {
    assert_eq!(ledger.verify(&mut |_, _| {}).findings, []);
    let mut tar = Vec::new();
    ledger
        .export(Selection::Whole, &ExportForm::default(), &mut tar)
        .unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let head = ledger.published_checkpoint().unwrap().to_string();
    let mut trust = Trust::in_key(key.clone());
    trust.known_head = Some(KnownHead::parse(head.as_bytes(), &key).unwrap());
    let report = verify(TarSource::new(tar.as_slice()), &trust).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    report
}

fn identities(ledger: &Ledger) -> usize {
    let size = ledger.summary().size;
    let is_identity = |sequence| {
        let view = ledger.record(sequence).unwrap();
        matches!(view.header().kind, RecordKind::Identity(_))
    };
    (0..size).filter(|sequence| is_identity(*sequence)).count()
}

#[test]
fn a_ledger_is_followed_through_many_identities_and_epochs() {
    let bench = Bench::new();
    let mut store = store();
    let mut engine = bench.open(&store).unwrap();
    let pinned = bench.ledger(&engine).summary().verifier_key;
    let key = VerifierKey::parse(&pinned).unwrap();
    let first = append(&bench, &engine.ledger("l").unwrap(), "first");
    for round in 0..5 {
        let ledger = engine.ledger("l").unwrap();
        append(&bench, &ledger, &format!("before {round}"));
        let why = Some(RotationReason::Incident);
        let rotated = engine
            .rotate_identity(&no_recovery(), why, &mut |_, _| {})
            .unwrap();
        assert_eq!((rotated.rotated.len(), rotated.retired), (1, 1));
        let sequence = append(&bench, &ledger, &format!("after {round}"));
        engine.rotate_epoch("l").unwrap();
        // The old and the new are proven alike, by a receipt that needs nothing but the first key.
        let published = ledger.wait_published(sequence + 1);
        bench.runtime.block_on(published).unwrap();
        for sequence in [first, sequence] {
            let (receipt, record, _) = ledger.receipt(sequence).unwrap();
            receipt.verify(&record, &key).unwrap();
        }
        verified(&ledger);
        engine.drain().unwrap();
        drop((engine, ledger));
        store = Arc::new(store.reopen());
        engine = bench.open(&store).unwrap();
        let summary = engine.ledger("l").unwrap().summary();
        assert_eq!(summary.state, Availability::Open, "{summary:?}");
        assert_eq!(summary.verifier_key, pinned);
    }
    let ledger = engine.ledger("l").unwrap();
    append(&bench, &ledger, "last");
    assert_eq!(identities(&ledger), 5);
    // The records say why, also after a start that read them again.
    let keys = ledger.signing_keys();
    let of_incidents = keys
        .iter()
        .filter(|key| key.reason.as_deref() == Some("incident"));
    assert_eq!(of_incidents.count(), 5);
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_ledger_that_rests_after_a_rotation_opens_again() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    engine
        .rotate_identity(&no_recovery(), None, &mut |_, _| {})
        .unwrap();
    verified(&ledger);
    engine.drain().unwrap();
    drop((engine, ledger));
    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let summary = engine.ledger("l").unwrap().summary();
    assert_eq!(summary.state, Availability::Open, "{summary:?}");
    engine.drain().unwrap();
}

#[test]
fn where_genesis_names_a_recovery_key_the_old_key_is_not_enough() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let recovery = SigningKey::from_bytes(&[7; 32]);
    let request = CreateLedger {
        name: LedgerName::parse("r").unwrap(),
        request_id: String::new(),
        recovery: Some(recovery.verifying_key().to_bytes()),
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    };
    let origin = bench
        .runtime
        .block_on(engine.create_ledger(request))
        .unwrap()
        .origin;
    let ledger = engine.ledger("r").unwrap();
    append(&bench, &ledger, "a");
    let first = engine
        .rotate_identity(&no_recovery(), None, &mut |_, _| {})
        .unwrap();
    assert_eq!((first.rotated.len(), first.awaiting.len()), (0, 1));
    assert_eq!(first.retired, 0, "the old key still signs for the ledger");
    assert_eq!(identities(&ledger), 0);
    // The ledger goes on while somebody carries the message to the key and back.
    append(&bench, &ledger, "meanwhile");
    // Another key's signature is refused, and nothing is recorded.
    let message = &first.awaiting[0].message;
    let thief = SigningKey::from_bytes(&[8; 32]).sign(message).to_bytes();
    let refused = engine.rotate_identity(
        &HashMap::from([(origin.clone(), thief)]),
        None,
        &mut |_, _| {},
    );
    assert!(matches!(refused, Err(KeyEventError::RecoverySignature(_))));
    let signature = recovery.sign(message).to_bytes();
    let second = engine
        .rotate_identity(&HashMap::from([(origin, signature)]), None, &mut |_, _| {})
        .unwrap();
    assert_eq!(second.public, first.public, "it is the same rotation");
    assert_eq!((second.rotated.len(), second.retired), (1, 1));
    append(&bench, &ledger, "b");
    let (receipt, record, _) = ledger.receipt(2).unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    receipt.verify(&record, &key).unwrap();
    verified(&ledger);
    engine.drain().unwrap();
}

/// Rotates with the `nth` write or commit failing; true if there was none.
fn broken_off(nth: u64, fault: Fault, in_commit: bool) -> bool {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    append(&bench, &ledger, "a");
    if in_commit {
        store.fail_commit(nth, fault);
    } else {
        store.fail_write(nth, fault);
    }
    let completed = engine
        .rotate_identity(&no_recovery(), None, &mut |_, _| {})
        .is_ok();
    let _failed = engine.drain();
    drop((engine, ledger));

    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let summary = ledger.summary();
    assert_eq!(
        summary.state,
        Availability::Open,
        "{fault:?} {nth}: {summary:?}"
    );
    append(&bench, &ledger, "b");
    verified(&ledger);
    let before = identities(&ledger);
    engine
        .rotate_identity(&no_recovery(), None, &mut |_, _| {})
        .unwrap();
    assert_eq!(identities(&ledger), before + 1, "{fault:?} {nth}");
    append(&bench, &ledger, "c");
    verified(&ledger);
    engine.drain().unwrap();
    completed
}

#[test]
fn a_rotation_that_is_broken_off_at_any_write_is_completed_when_it_is_asked_for_again() {
    for in_commit in [false, true] {
        for fault in [Fault::Lost, Fault::Persisted] {
            let runs = (0..20).take_while(|nth| !broken_off(*nth, fault, in_commit));
            assert!(runs.count() > 0, "a rotation writes");
        }
    }
}

/// A creation that failed halfway leaves a ledger in the catalogue alone, and whether its genesis is durable is not known:
/// until the next start, only its identity key could sign for it.
#[test]
fn the_identity_key_of_a_ledger_whose_creation_failed_halfway_is_kept() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    let (_, stored) = store.ledgers().unwrap().remove(0);
    let name = LedgerName::parse("halfway").unwrap();
    let halfway = Descriptor {
        origin: Origin::compose("localhost", &name, Default::default()).unwrap(),
        name,
        ..Descriptor::decode(&stored).unwrap()
    };
    store.add_ledger(&halfway.encode()).unwrap();
    let rotate = || {
        engine
            .rotate_identity(&no_recovery(), None, &mut |_, _| {})
            .unwrap()
    };
    let first = rotate();
    assert_eq!((first.rotated.len(), first.retired), (1, 0));
    assert!(engine.core.signers.has(&halfway.identity));
    // The key in between is nobody's any more.
    let second = rotate();
    assert_eq!((second.rotated.len(), second.retired), (1, 1));
    assert!(engine.core.signers.has(&halfway.identity));
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn the_identity_key_under_which_a_ledger_begins_just_now_is_kept() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let _ledger = bench.ledger(&engine);
    let (begun, in_use) = engine.core.signers.newest_in_use().unwrap();
    let rotate = || {
        engine
            .rotate_identity(&no_recovery(), None, &mut |_, _| {})
            .unwrap()
    };
    assert_eq!(rotate().retired, 0);
    assert!(engine.core.signers.has(&begun.public()));
    drop(in_use);
    assert_eq!(rotate().retired, 2);
    assert!(!engine.core.signers.has(&begun.public()));
    engine.drain().unwrap();
}

#[test]
fn two_rotations_do_not_cross() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    let mut crossed = None;
    engine
        .rotate_identity(&no_recovery(), None, &mut |_, _| {
            crossed = Some(engine.rotate_identity(&no_recovery(), None, &mut |_, _| {}));
        })
        .unwrap();
    assert!(matches!(
        crossed,
        Some(Err(KeyEventError::Append(AppendError::Rotating)))
    ));
    assert_eq!(identities(&ledger), 1);
    engine.drain().unwrap();
}
