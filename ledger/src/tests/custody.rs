//! Starts whose keys are away, and starts that find an identity key gone: what is served, what is refused and how, and
//! how each ends.

mod identities;
mod outages;
mod rig;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::{
    body::Body,
    bundle::TarSource,
    note::VerifierKey,
    origin::LedgerName,
    verify::{KnownHead, Trust, verify},
};
use indelible_keystore::{
    IdentityKey, IdentitySource, KekProvider, KekSet, KeyContext, KeyError, MemoryProvider,
    ProviderDescription, ProviderFault, ProviderKind, Remedy, SecretKey, Signer, WrappedKey,
};
use indelible_store::{Catalog, KeyRing as _, Store, anchor::AnchorError, memory::MemoryStore};

use crate::{
    AppendError, Availability, CreateLedger, Engine, EngineOptions, EventInput, ExportForm, Filter,
    IdentityError, KeyEventError, KeyringError, Keys, KeysAway, Ledger, LedgerError, NotOpened,
    NoticeCode, OpenError, Parts, PrepareError, ReadError, RecoverySignatures, Selection,
    state::descriptor::{Descriptor, index_context},
    tests::engine::{Bench, store},
};
use rig::*;

const PATIENCE: Duration = Duration::from_secs(20);
const BYTES_MAX: usize = 1 << 20;

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one list of what is served and what is refused"
)]
fn while_the_keys_are_away_what_needs_none_is_served_and_the_rest_refused() {
    let mut rig = Rig::new();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    let plain = rig.append(&ledger, "plain", None).unwrap();
    let sealed = rig.append(&ledger, "sealed", Some("erika")).unwrap();
    drop(ledger);
    rig.provider.switch(ProviderFault::Unreachable);
    let engine = rig.restarted(engine);
    let ledger = engine.ledger("l").unwrap();

    assert_eq!(ledger.summary().state, Availability::Open);
    assert_eq!(ledger.record(plain).unwrap().body().unwrap().id, "plain");
    assert!(ledger.record(sealed).unwrap().body().is_none());
    let page = ledger.list(&Filter::default(), 0, 10, BYTES_MAX).unwrap();
    assert_eq!(page.records.len(), 2);
    let (receipt, record, provisional) = ledger.receipt(sealed).unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    receipt.verify(&record, &key).unwrap();
    assert!(!provisional);
    ledger.consistency(1, sealed).unwrap();
    // What can't be checked is said to be, and never passed over.
    let outcome = ledger.verify(&mut |_, _| {});
    assert_eq!((outcome.findings.len(), outcome.unanswered.len()), (0, 2));

    let refused = rig.append(&ledger, "new", None);
    assert!(
        matches!(refused, Err(Refused::Unprepared(PrepareError::KeysAway(_)))),
        "{refused:?}"
    );
    let refused = rig.append(&ledger, "new", Some("erika"));
    assert!(matches!(
        refused,
        Err(Refused::Unprepared(PrepareError::KeysAway(_)))
    ));
    let refused = rig.create(&engine, "other", None).err();
    assert!(matches!(refused, Some(LedgerError::KeysAway(_))));
    let by_type = Filter {
        types: ["t".to_owned()].into(),
        ..Filter::default()
    };
    let refused = ledger.list(&by_type, 0, 10, BYTES_MAX).err();
    assert!(matches!(refused, Some(ReadError::KeysAway(_))));
    assert!(matches!(
        ledger.find("s", "plain"),
        Err(ReadError::KeysAway(_))
    ));
    let mut view = ledger.record(sealed).unwrap();
    let refused = ledger.unseal(&mut view);
    assert!(matches!(
        refused,
        Err(ReadError::DataKey(KeyringError::Away(_)))
    ));
    let away = |refused: KeyEventError| match refused {
        KeyEventError::KeysAway(_)
        | KeyEventError::Shut(IdentityError::Away(_))
        | KeyEventError::Append(AppendError::Shut(IdentityError::Away(_))) => {}
        other => panic!("{other:?}"),
    };
    away(ledger.erase("erika", "b", &mut |_| {}).unwrap_err());
    away(ledger.place_hold(None, None).unwrap_err());
    away(ledger.place_hold(Some("erika"), None).unwrap_err());
    away(engine.rotate_epoch("l").unwrap_err());
    away(
        engine
            .rotate_identity(&RecoverySignatures::new(), None, &mut |_, _| {})
            .unwrap_err(),
    );
    away(engine.rewrap(None, &mut |_| {}).unwrap_err());

    let status = engine.status();
    let outage = status.keys_away.expect("the keys are away");
    assert_eq!(
        (outage.provider, outage.fault, outage.remedy),
        (Some("aws-kms"), Some("unreachable"), Remedy::Wait)
    );
    assert!(outage.since > 0);
    assert_eq!(status.notices.len(), 1, "{:?}", status.notices);
    assert_eq!(status.notices[0].code, NoticeCode::KeysUnavailable);

    let size = ledger.summary().size;
    rig.provider.switch(None);
    keys_come_back(&engine);
    assert_eq!(ledger.summary().size, size, "nothing was kept for later");
    let next = rig.append(&ledger, "new", Some("erika")).unwrap();
    assert_eq!(ledger.find("s", "new").unwrap(), Some(next));
    let mut view = ledger.record(sealed).unwrap();
    ledger.unseal(&mut view).unwrap();
    assert_eq!(view.body().unwrap().id, "sealed");
    rig.create(&engine, "other", None).unwrap();
    let status = engine.status();
    assert!(status.keys_away.is_none() && status.notices.is_empty());
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn an_export_without_the_key_never_leaves_out_unasked_what_is_not_signed() {
    let rig = Rig::crashed();
    rig.provider.switch(ProviderFault::TimedOut);
    let engine = rig.open().unwrap();
    let ledger = engine.ledger("l").unwrap();
    let export = |selection| ledger.export(selection, &ExportForm::default(), &mut Vec::new());
    let refused = export(Selection::Whole).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("records below 2"), "{refused}");
    let open_end = Selection::Range { from: 0, to: None };
    export(open_end).unwrap_err();
    let until_now = Selection::Period { from: 0, to: None };
    export(until_now).unwrap_err();
    let signed = Selection::Range {
        from: 0,
        to: Some(2),
    };
    assert_eq!(export(signed).unwrap().size, 2);
    rig.provider.switch(None);
    keys_come_back(&engine);
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn what_could_not_be_checked_without_a_key_is_checked_before_any_key_signs() {
    for away in [false, true] {
        let rig = Rig::crashed();
        // Another key under the same name: no event is stored under its own identity any more.
        let (id, stored) = rig.store.ledgers().unwrap().remove(0);
        let mut descriptor = Descriptor::decode(&stored).unwrap();
        let context = index_context(descriptor.origin.as_str(), descriptor.index_key_id).unwrap();
        let other = SecretKey::generate().unwrap();
        let wrapped = rig.provider.inner.wrap(&context, &other).unwrap();
        descriptor.index_key = wrapped.as_bytes().to_vec();
        rig.store.update_ledger(id, &descriptor.encode()).unwrap();

        if away {
            rig.provider.switch(ProviderFault::Unreachable);
        }
        let engine = rig.open().unwrap();
        let ledger = engine.ledger("l").unwrap();
        if away {
            assert_eq!(ledger.summary().state, Availability::Open);
            rig.provider.switch(None);
            keys_come_back(&engine);
        }
        let summary = ledger.summary();
        assert_eq!(summary.state, Availability::Quarantined, "{summary:?}");
        let reason = &summary.state_reason;
        assert!(reason.contains("another event's identity"), "{reason}");
        let refused = rig.append(&ledger, "b", None);
        assert!(matches!(
            refused,
            Err(Refused::NotAppended(AppendError::Refused { .. }))
        ));
        engine.drain().unwrap();
        let published = ledger.summary().published_size;
        assert_eq!(published, 2, "a quarantined ledger was signed for");
    }
}

#[test]
fn a_provider_that_goes_away_during_the_start_is_waited_for_as_well() {
    for answers in 1..4 {
        let mut rig = Rig::new();
        let engine = rig.open().unwrap();
        for name in ["a", "b"] {
            let ledger = rig.create(&engine, name, None).unwrap();
            rig.append(&ledger, "1", None).unwrap();
        }
        rig.provider.answers.store(answers, Ordering::SeqCst);
        rig.provider.switch(ProviderFault::Throttled);
        let engine = rig.restarted(engine);
        let opened = *engine.watch_keys().borrow();
        // With three answers only the identity is missing.
        assert_eq!(opened, answers == 3, "{answers}");
        for name in ["a", "b"] {
            let ledger = engine.ledger(name).unwrap();
            ledger.record(2).unwrap();
            rig.append(&ledger, "2", None).unwrap_err();
        }
        rig.provider.switch(None);
        keys_come_back(&engine);
        for name in ["a", "b"] {
            let ledger = engine.ledger(name).unwrap();
            until("the identity is not opened", || {
                rig.append(&ledger, "2", None).is_ok()
            });
            assert_verified(&ledger);
        }
        engine.drain().unwrap();
    }
}

#[test]
fn a_provider_that_answers_seldom_opens_many_ledgers_in_the_end() {
    let mut rig = Rig::new();
    let engine = rig.open().unwrap();
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        rig.create(&engine, name, None).unwrap();
    }
    rig.provider.switch(ProviderFault::Throttled);
    let engine = rig.restarted(engine);
    // One answer for each time that it is asked again.
    let asked = || rig.provider.refused.load(Ordering::SeqCst);
    let mut before = asked();
    until("it begins from the start each time", || {
        if asked() > before {
            before = asked();
            rig.provider.answers.store(1, Ordering::SeqCst);
        }
        *engine.watch_keys().borrow()
    });
    rig.provider.switch(None);
    for name in names {
        let ledger = engine.ledger(name).unwrap();
        until("the identity is not opened", || {
            rig.append(&ledger, "1", None).is_ok()
        });
    }
    engine.drain().unwrap();
}

#[test]
fn what_waiting_does_not_mend_fails_the_start_and_ends_the_asking() {
    let mut rig = Rig::new();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    rig.append(&ledger, "a", None).unwrap();
    engine.drain().unwrap();
    drop((engine, ledger));
    for fault in [
        ProviderFault::WrongPin,
        ProviderFault::PinLocked,
        ProviderFault::InconsistentAnswer,
        ProviderFault::KeyMissing,
    ] {
        rig.reopen();
        rig.provider.switch(fault);
        let refused = rig.open().err();
        assert!(matches!(refused, Some(OpenError::Keys(_))), "{fault}");
    }
    // The token comes back, and refuses the PIN: it is not sent again.
    rig.reopen();
    rig.provider.switch(ProviderFault::TokenMissing);
    let engine = rig.open().unwrap();
    rig.provider.switch(ProviderFault::WrongPin);
    let remedy = || engine.status().keys_away.map(|outage| outage.remedy);
    until("it goes on asking", || remedy() == Some(Remedy::Fix));
    let asked = rig.provider.opened.load(Ordering::SeqCst);
    rig.provider.switch(None);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(rig.provider.opened.load(Ordering::SeqCst), asked);
    let ledger = engine.ledger("l").unwrap();
    ledger.record(2).unwrap();
    let refused = rig.append(&ledger, "b", None);
    let Err(Refused::Unprepared(PrepareError::KeysAway(away))) = refused else {
        panic!("{refused:?}");
    };
    assert!(away.to_string().contains("restart"), "{away}");
    assert_eq!(away.0.fault, Some("wrong-pin"));
    drop(ledger);
    let engine = rig.restarted(engine);
    let ledger = engine.ledger("l").unwrap();
    rig.append(&ledger, "b", None).unwrap();
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_store_without_ledgers_does_not_start_without_its_keys() {
    let mut rig = Rig::new();
    rig.provider.switch(ProviderFault::Unreachable);
    let refused = rig.open().err();
    assert!(matches!(refused, Some(OpenError::Keys(_))), "{refused:?}");
    rig.provider.switch(None);
    rig.reopen();
    let engine = rig.open().unwrap();
    rig.create(&engine, "l", None).unwrap();
    engine.drain().unwrap();
}

#[test]
fn what_is_told_of_an_outage_says_what_ends_it() {
    let told = |fault| KeysAway(crate::Outage::new(&failing(fault), 0)).to_string();
    assert!(told(ProviderFault::Unreachable).contains("no restart is needed"));
    assert!(told(ProviderFault::WrongPin).contains("restart the daemon"));
}
