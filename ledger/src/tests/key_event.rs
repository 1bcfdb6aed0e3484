//! What the writer makes of key events that whoever hands them over should have refused: it asks again, and nothing of
//! them is linked.

use indelible_evidence::{
    header::RecordKind,
    key_event::{Erasure, Hold, HoldAction, IdentityChange, PublicKey},
};

use crate::{
    AppendError, Availability, Engine, KeyEventError, KeyStateError, Ledger,
    keys::epoch::{OpenEpoch, OwnedStatement, open_epoch},
    operations::record_key_event,
    state::shared::LedgerState,
    tests::{
        engine::{Bench, events, store},
        privacy::{appended, ledger, verified},
    },
    write::{key_event_kind::KeyEventKind, place::Place},
};

fn signed(engine: &Engine, statement: Vec<u8>, message: &[u8]) -> OwnedStatement {
    let cell = engine.cell("l").unwrap();
    let identity = engine.core.signers.of(&cell).unwrap();
    OwnedStatement {
        signatures: vec![identity.sign(message).unwrap()],
        statement,
    }
}

fn kinds(ledger: &Ledger) -> Vec<&'static str> {
    let name = |sequence| ledger.record(sequence).unwrap().header().kind.name();
    (0..ledger.summary().size).map(name).collect()
}

#[test]
fn an_erasure_that_was_asked_for_before_a_hold_and_comes_after_it_is_refused() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let cell = engine.cell("l").unwrap();
    let sealed = appended(&bench, &ledger, "a", Some("erika"), "evidence");
    let key = ledger.record(sealed).unwrap().sealed().unwrap().data_key;
    let statement = Erasure {
        origin: cell.origin().clone(),
        data_keys: vec![key],
        basis: "b".to_owned(),
    }
    .encode();
    let erasure = signed(&engine, statement.clone(), &Erasure::message(&statement));
    let (hold, _) = ledger.place_hold(Some("erika"), None).unwrap();
    let before = kinds(&ledger);
    let refused = record_key_event::submit(
        &engine.core,
        &cell,
        KeyEventKind::Erasure(vec![key]),
        erasure,
        0,
    );
    let held = |error: &KeyEventError| matches!(error, KeyEventError::Append(AppendError::KeyState(KeyStateError::Held { hold: found })) if *found == hold);
    assert!(refused.as_ref().is_err_and(held), "{refused:?}");
    assert_eq!(kinds(&ledger), before);
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_key_event_that_the_identity_did_not_sign_is_not_linked() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let cell = engine.cell("l").unwrap();
    appended(&bench, &ledger, "a", None, "x");
    let before = kinds(&ledger);
    let statement = Hold {
        origin: cell.origin().clone(),
        hold: indelible_evidence::HoldId::from_bytes([3; 16]),
        action: HoldAction::Place {
            data_keys: None,
            reason: None,
        },
    }
    .encode();
    // Signed is another statement than the one that is handed over.
    let hold = signed(&engine, statement, b"indelible/hold@v1\nsomething else");
    let refused = record_key_event::submit(&engine.core, &cell, KeyEventKind::Place, hold, 0);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(kinds(&ledger), before);
    assert!(ledger.holds().is_empty());
    appended(&bench, &ledger, "b", None, "y");
    verified(&ledger);
    engine.drain().unwrap();
}

/// Another identity for a ledger, signed for a place, and the certificate that follows it.
fn identity_for(
    engine: &Engine,
    cell: &LedgerState,
    place: &Place,
    sequence: u64,
) -> (OwnedStatement, (OpenEpoch, OwnedStatement)) {
    let core = &engine.core;
    let old = core.signers.of(cell).unwrap();
    let new = core
        .signers
        .add(&*core.store, core.custody.keks().unwrap())
        .unwrap();
    let statement = IdentityChange {
        origin: cell.origin().clone(),
        prior: 0,
        sequence: Some(sequence),
        identity: PublicKey::from_bytes(new.public()).unwrap().into(),
        reason: None,
    }
    .encode();
    let message = IdentityChange::message(&statement);
    let identity = OwnedStatement {
        signatures: vec![new.sign(&message).unwrap(), old.sign(&message).unwrap()],
        statement,
    };
    let header = place.header(RecordKind::Identity(identity.as_statement()));
    let first = place.sequence + 1;
    let root = place.root_after(&header);
    let certified = open_epoch(
        cell.origin(),
        first,
        root,
        first + 100,
        &*new,
        &indelible_keystore::SystemEntropy,
    )
    .unwrap();
    (identity, certified)
}

#[test]
fn an_identity_that_is_signed_for_another_place_is_not_linked() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let cell = engine.cell("l").unwrap();
    appended(&bench, &ledger, "a", None, "x");
    let before = kinds(&ledger);
    let held = record_key_event::reserve(&engine.core, &cell).unwrap();
    let place = held.place().clone();
    let (identity, certified) = identity_for(&engine, &cell, &place, place.sequence + 1);
    let refused = record_key_event::rotate(&engine.core, held, &cell, identity, certified);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(kinds(&ledger), before);
    assert_eq!(ledger.summary().state, Availability::Open);
    appended(&bench, &ledger, "b", None, "y");
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_held_place_parks_its_ledger_alone_and_what_waited_goes_on_when_it_is_given_up() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let other = bench.named(&engine, "other");
    let cell = engine.cell("l").unwrap();
    appended(&bench, &ledger, "a", None, "x");
    let held = record_key_event::reserve(&engine.core, &cell).unwrap();
    let size = ledger.summary().size;
    let waiting: Vec<_> = ["b", "c"]
        .map(|id| ledger.enqueue(events(&ledger, &[id]), None).unwrap())
        .into();
    // Another ledger is written to meanwhile.
    appended(&bench, &other, "a", None, "x");
    assert_eq!(ledger.summary().size, size);
    drop(held);
    let sequences: Vec<_> = waiting
        .into_iter()
        .map(|waiting| bench.runtime.block_on(waiting).unwrap().new.unwrap().first)
        .collect();
    assert_eq!(sequences, [size, size + 1]);
    // The same when it is taken: what waited comes after the identity and its certificate.
    let held = record_key_event::reserve(&engine.core, &cell).unwrap();
    let waiting = ledger.enqueue(events(&ledger, &["d"]), None).unwrap();
    let place = held.place().clone();
    let (identity, certified) = identity_for(&engine, &cell, &place, place.sequence);
    let rotated = record_key_event::rotate(&engine.core, held, &cell, identity, certified).unwrap();
    assert_eq!(rotated.first, place.sequence);
    let after = bench.runtime.block_on(waiting).unwrap().new.unwrap().first;
    assert_eq!(after, place.sequence + 2);
    verified(&ledger);
    engine.drain().unwrap();
}
