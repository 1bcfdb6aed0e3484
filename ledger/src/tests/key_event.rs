//! What the writer makes of key events that whoever hands them over should have refused: it asks again, and nothing of
//! them is linked.

use std::sync::Arc;

use indelible_evidence::{
    hash::DataKeyId,
    key_event::{EpochCertificate, Erasure, Hold, HoldAction, IdentityChange, PublicKey},
};
use indelible_keystore::{KeyError, Signer};

use crate::{
    AppendError, Availability, Engine, KeyEventError, KeyStateError, Ledger,
    keys::epoch::OwnedStatement,
    operations::record_key_event,
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, verified},
    },
    write::key_event_kind::KeyEventKind,
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
    let name = |sequence| ledger.record(sequence).unwrap().header().kind_name();
    (0..ledger.summary().size).map(name).collect()
}

#[test]
fn an_erasure_that_was_asked_for_before_a_hold_and_comes_after_it_is_refused() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let cell = engine.cell("l").unwrap();
    let sealed = appended(&bench, &ledger, "a", Some("erika"), "evidence");
    let key = *ledger
        .record(sealed)
        .unwrap()
        .sealed()
        .unwrap()
        .data_key
        .as_bytes();
    let statement = Erasure {
        origin: cell.origin().clone(),
        data_keys: vec![DataKeyId::from_bytes(key)],
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
    let refused = record_key_event::submit(&engine.core, &cell, KeyEventKind::Place, hold);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(kinds(&ledger), before);
    assert!(ledger.holds().is_empty());
    appended(&bench, &ledger, "b", None, "y");
    verified(&ledger);
    engine.drain().unwrap();
}

/// An identity key whose holder fails when it is to certify an epoch.
struct NeverCertifies(Arc<dyn Signer>);

impl Signer for NeverCertifies {
    fn public(&self) -> [u8; 32] {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let certificates = EpochCertificate::message(&[]);
        if message.starts_with(&certificates) {
            return Err(KeyError::NoEpochKey);
        }
        self.0.sign(message)
    }
}

#[test]
fn a_new_identity_without_its_certificate_is_not_committed() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let cell = engine.cell("l").unwrap();
    appended(&bench, &ledger, "a", None, "x");
    let before = kinds(&ledger);
    let core = &engine.core;
    let old = core.signers.of(&cell).unwrap();
    let new = core
        .signers
        .add(&*core.store, core.custody.keks().unwrap())
        .unwrap();
    let statement = IdentityChange {
        origin: cell.origin().clone(),
        prior: 0,
        identity: vec![PublicKey::from_bytes(new.public()).unwrap()],
    }
    .encode();
    let message = IdentityChange::message(&statement);
    let change = OwnedStatement {
        signatures: vec![new.sign(&message).unwrap(), old.sign(&message).unwrap()],
        statement,
    };
    let kind = KeyEventKind::Identity(Arc::new(NeverCertifies(new)));
    let refused = record_key_event::submit(core, &cell, kind, change);
    assert!(refused.is_err(), "{refused:?}");
    // What the writer linked is not what is stored, so it links no more until a restart.
    assert_eq!(ledger.summary().state, Availability::Stopped);
    let _stopped = engine.drain();
    drop((engine, ledger, cell));

    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(ledger.summary().state, Availability::Open);
    assert_eq!(kinds(&ledger), before);
    appended(&bench, &ledger, "b", None, "y");
    verified(&ledger);
    engine.drain().unwrap();
}
