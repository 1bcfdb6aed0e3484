//! Starts whose keys are away, and starts that find an identity key gone: what is served, what is refused and how, and
//! how each ends.

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
use indelible_store::{Catalog, KeyRing as _, Store, memory::MemoryStore};

use crate::{
    AppendError, Availability, CreateLedger, Engine, EngineOptions, EventInput, ExportForm, Filter,
    IdentityError, KeyEventError, KeyringError, Keys, KeysAway, Ledger, LedgerError, NotOpened,
    NoticeCode, OpenError, Parts, PrepareError, ReadError, RecoverySignatures, Selection,
    keys::wrapping,
    state::descriptor::Descriptor,
    tests::engine::{Bench, store},
};

const PATIENCE: Duration = Duration::from_secs(20);
const BYTES_MAX: usize = 1 << 20;

/// A provider that can be switched off, as a whole or for its identities, and that loses them when told to.
struct Switched {
    inner: MemoryProvider,
    fault: Mutex<Option<ProviderFault>>,
    /// Calls that it answers still before the fault shows.
    answers: AtomicUsize,
    identity_fault: Mutex<Option<ProviderFault>>,
    identities: Mutex<HashMap<Vec<u8>, Arc<IdentityKey>>>,
    /// How often somebody has opened it, or tried to.
    opened: AtomicUsize,
    /// How often it has refused.
    refused: AtomicUsize,
}

fn failing(fault: ProviderFault) -> KeyError {
    KeyError::Provider {
        provider: ProviderKind::AwsKms,
        fault,
        detail: "as the test wants it".into(),
    }
}

impl Switched {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryProvider::generate().unwrap(),
            fault: Mutex::default(),
            answers: AtomicUsize::new(0),
            identity_fault: Mutex::default(),
            identities: Mutex::default(),
            opened: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        })
    }

    fn switch(&self, fault: impl Into<Option<ProviderFault>>) {
        *self.fault.lock().unwrap() = fault.into();
    }

    fn check(&self) -> Result<(), KeyError> {
        match *self.fault.lock().unwrap() {
            Some(fault) if self.answers.load(Ordering::SeqCst) == 0 => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                Err(failing(fault))
            }
            Some(_) => {
                self.answers.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn open(self: &Arc<Self>) -> Result<Arc<KekSet>, KeyError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        let set = KekSet::new(Arc::new(Of(Arc::clone(self))), Vec::new());
        Ok(Arc::new(set.unwrap()))
    }

    fn keys(self: &Arc<Self>) -> Keys {
        let again = Arc::clone(self);
        Keys {
            keks: self.open(),
            reopen: Box::new(move || again.open().map_err(NotOpened::from)),
        }
    }

    fn lose_identities(&self) {
        self.identities.lock().unwrap().clear();
    }
}

struct Of(Arc<Switched>);

impl KekProvider for Of {
    fn describe(&self) -> ProviderDescription {
        self.0.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.0.check()?;
        self.0.inner.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.0.check()?;
        self.0.inner.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.0.check()
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self)
    }
}

struct Held(Arc<IdentityKey>);

impl Signer for Held {
    fn public(&self) -> [u8; 32] {
        self.0.public()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.0.sign(message)
    }
}

impl IdentitySource for Of {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let key = Arc::new(IdentityKey::generate()?);
        let mut identities = self.0.identities.lock().unwrap();
        identities.insert(key_id.to_vec(), Arc::clone(&key));
        Ok((key_id.to_vec(), Box::new(Held(key))))
    }

    fn open(&self, locator: &[u8], _: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
        self.0.check()?;
        if let Some(fault) = *self.0.identity_fault.lock().unwrap() {
            return Err(failing(fault));
        }
        match self.0.identities.lock().unwrap().get(locator) {
            Some(key) => Ok(Box::new(Held(Arc::clone(key)))),
            None => Err(failing(ProviderFault::KeyMissing)),
        }
    }
}

/// A store, what opens its keys, and an engine over both.
struct Rig {
    bench: Bench,
    store: Arc<MemoryStore>,
    provider: Arc<Switched>,
}

impl Rig {
    fn new() -> Self {
        Self {
            bench: Bench::new(),
            store: store(),
            provider: Switched::new(),
        }
    }

    fn open(&self) -> Result<Engine, OpenError> {
        let options = EngineOptions {
            keys_retry: Duration::from_millis(5),
            ..EngineOptions::new("localhost")
        };
        let parts = Parts {
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            settle: None,
            keys: self.provider.keys(),
        };
        Engine::open(parts, &self.bench.anchor(), options)
    }

    /// Stops the engine as an operator does, and starts it again.
    fn restarted(&mut self, engine: Engine) -> Engine {
        engine.drain().unwrap();
        drop(engine);
        self.reopen();
        self.open().unwrap()
    }

    /// A store that ended in a crash: of its ledger's four records the first two are signed for by the identity key, and
    /// the last one is an event.
    fn crashed() -> Self {
        let mut rig = Self::new();
        let engine = rig.open().unwrap();
        rig.create(&engine, "l", None).unwrap();
        let engine = rig.restarted(engine);
        let ledger = engine.ledger("l").unwrap();
        assert_eq!(rig.append(&ledger, "a", None).unwrap(), 3);
        // A publication is durable once the store is closed.
        rig.reopen();
        let _stopped = engine.drain();
        rig
    }

    fn reopen(&mut self) {
        self.store = Arc::new(self.store.reopen());
    }

    fn create(
        &self,
        engine: &Engine,
        name: &str,
        recovery: Option<[u8; 32]>,
    ) -> Result<Ledger, LedgerError> {
        let request = CreateLedger {
            name: LedgerName::parse(name).unwrap(),
            request_id: String::new(),
            recovery,
            encrypts_all: false,
            access_trail: false,
            checks_events: false,
        };
        self.bench.runtime.block_on(engine.create_ledger(request))?;
        engine.ledger(name)
    }

    fn append(&self, ledger: &Ledger, id: &str, subject: Option<&str>) -> Result<u64, Refused> {
        let body = Body {
            id,
            source: "s",
            data_subject: subject,
            ..Body::default()
        };
        let input = EventInput {
            body,
            event_type: "t",
            classification: None,
            payload: None,
        };
        self.bench.runtime.block_on(async {
            let prepared = ledger.prepare(input).await.map_err(Refused::Unprepared)?;
            let appended = ledger.append(vec![prepared], None).await;
            Ok(appended.map_err(Refused::NotAppended)?.new.unwrap().first)
        })
    }
}

#[derive(Debug)]
enum Refused {
    Unprepared(PrepareError),
    NotAppended(AppendError),
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn keys_come_back(engine: &Engine) {
    until("the keys do not come back", || {
        *engine.watch_keys().borrow()
    });
}

/// Verifies an export of everything under the key that was pinned first, with a head of today.
fn assert_verified(ledger: &Ledger) {
    let outcome = ledger.verify(&mut |_, _| {});
    assert_eq!((outcome.findings, outcome.unanswered), (vec![], vec![]));
    let mut tar = Vec::new();
    let summary = ledger
        .export(Selection::Whole, &ExportForm::default(), &mut tar)
        .unwrap();
    assert_eq!(summary.size, ledger.summary().size);
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let head = ledger.published_checkpoint().unwrap().to_string();
    let mut trust = Trust::in_key(key.clone());
    trust.known_head = Some(KnownHead::parse(head.as_bytes(), &key).unwrap());
    let report = verify(TarSource::new(tar.as_slice()), &trust).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
}

#[test]
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
    assert_eq!((outcome.findings.len(), outcome.unanswered.len()), (0, 1));

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
        event_type: Some("t".into()),
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
            .rotate_identity(&RecoverySignatures::new(), &mut |_, _| {})
            .unwrap_err(),
    );
    away(engine.rewrap(&mut |_| {}).unwrap_err());

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
        let context =
            wrapping::index_context(descriptor.origin.as_str(), descriptor.index_key_id).unwrap();
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

fn is_shut(refused: &Result<u64, Refused>, wanted: Remedy) -> bool {
    matches!(
        refused,
        Err(Refused::NotAppended(AppendError::Shut(IdentityError::Shut { outage, .. })))
            if outage.remedy == wanted
    )
}

#[test]
fn an_identity_that_is_only_away_comes_back_by_itself() {
    let mut rig = Rig::new();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    rig.append(&ledger, "a", None).unwrap();
    drop(ledger);
    *rig.provider.identity_fault.lock().unwrap() = Some(ProviderFault::KeyDisabled);
    let engine = rig.restarted(engine);
    let ledger = engine.ledger("l").unwrap();
    let refused = rig.append(&ledger, "b", None);
    assert!(is_shut(&refused, Remedy::Wait), "{refused:?}");
    // The rest of the keys is there.
    assert_eq!(ledger.find("s", "a").unwrap(), Some(2));
    let waiting = rig.bench.runtime.block_on(ledger.wait_published(99));
    assert!(matches!(waiting, Err(ReadError::Shut(_))), "{waiting:?}");
    let codes: Vec<_> = engine.status().notices.iter().map(|n| n.code).collect();
    assert_eq!(codes, [NoticeCode::IdentityUnavailable]);
    // What only a person mends ends the asking for it, and for nothing else.
    *rig.provider.identity_fault.lock().unwrap() = Some(ProviderFault::InconsistentAnswer);
    until("it is still asked for", || {
        is_shut(&rig.append(&ledger, "b", None), Remedy::Fix)
    });
    assert!(engine.status().keys_away.is_none());
    drop(ledger);
    *rig.provider.identity_fault.lock().unwrap() = Some(ProviderFault::KeyDisabled);
    let engine = rig.restarted(engine);
    let ledger = engine.ledger("l").unwrap();
    let refused = rig.append(&ledger, "b", None);
    assert!(is_shut(&refused, Remedy::Wait), "{refused:?}");
    *rig.provider.identity_fault.lock().unwrap() = None;
    until("it does not come back", || {
        rig.append(&ledger, "b", None).is_ok()
    });
    assert!(engine.status().notices.is_empty());
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_lost_identity_is_replaced_by_the_recovery_key_and_by_nothing_else() {
    let mut rig = Rig::new();
    let recovery = SigningKey::from_bytes(&[7; 32]);
    let engine = rig.open().unwrap();
    let named = rig
        .create(&engine, "r", Some(recovery.verifying_key().to_bytes()))
        .unwrap();
    let unnamed = rig.create(&engine, "n", None).unwrap();
    for ledger in [&named, &unnamed] {
        rig.append(ledger, "a", Some("erika")).unwrap();
    }
    drop((named, unnamed));
    rig.provider.lose_identities();
    let engine = rig.restarted(engine);
    let (named, unnamed) = (engine.ledger("r").unwrap(), engine.ledger("n").unwrap());
    for ledger in [&named, &unnamed] {
        let mut view = ledger.record(2).unwrap();
        ledger.unseal(&mut view).unwrap();
        ledger.receipt(2).unwrap();
        for subject in [None, Some("erika"), Some("max")] {
            let refused = rig.append(ledger, "b", subject);
            let unprepared = matches!(
                &refused,
                Err(Refused::Unprepared(PrepareError::Shut(
                    IdentityError::Shut { .. }
                )))
            );
            assert!(
                is_shut(&refused, Remedy::Replace) || unprepared,
                "{refused:?}"
            );
        }
    }
    // Nothing was made that no record could name.
    assert_eq!(
        rig.store
            .data_keys(rig.store.ledgers().unwrap()[0].0, None, 9)
            .unwrap()
            .len(),
        1
    );
    let refused = rig.create(&engine, "new", None).err();
    assert!(matches!(refused, Some(LedgerError::Shut(_))), "{refused:?}");
    let notices = engine.status().notices;
    assert_eq!(notices[0].code, NoticeCode::IdentityUnavailable);
    assert!(notices[0].detail.ends_with(": 2"), "{}", notices[0].detail);

    let rotate = |signatures: &RecoverySignatures| {
        engine.rotate_identity(signatures, &mut |_, _| {}).unwrap()
    };
    let asked = rotate(&RecoverySignatures::new());
    assert_eq!((asked.rotated.len(), asked.awaiting.len()), (0, 1));
    assert_eq!(asked.left.len(), 1);
    let (origin, why) = &asked.left[0];
    assert_eq!(*origin, unnamed.summary().origin);
    assert!(why.contains("no recovery key"), "{why}");
    let awaiting = &asked.awaiting[0];
    let signature = recovery.sign(&awaiting.message).to_bytes();
    let done = rotate(&HashMap::from([(awaiting.origin.clone(), signature)]));
    assert_eq!((done.rotated.len(), done.left.len()), (1, 1));
    assert_eq!(done.public, asked.public, "it is the same rotation");
    rig.append(&named, "b", Some("max")).unwrap();
    assert_verified(&named);
    assert!(is_shut(&rig.append(&unnamed, "b", None), Remedy::Replace));
    // New ledgers begin under the new one.
    let new = rig.create(&engine, "new", None).unwrap();
    rig.append(&new, "a", None).unwrap();
    drop((named, unnamed, new));

    let engine = rig.restarted(engine);
    for name in ["r", "new"] {
        let ledger = engine.ledger(name).unwrap();
        rig.append(&ledger, "c", None).unwrap();
        assert_verified(&ledger);
    }
    let notices = engine.status().notices;
    assert!(notices[0].detail.ends_with(": 1"), "{}", notices[0].detail);
    let unnamed = engine.ledger("n").unwrap();
    assert!(unnamed.record(2).is_ok());
    assert_eq!(unnamed.verify(&mut |_, _| {}).findings, []);

    // Without a recovery key it ends here, and goes on as another ledger. One that has such a key does not.
    let succeed = |name: &str| {
        let successor = engine.create_successor(name);
        rig.bench.runtime.block_on(successor)
    };
    assert!(matches!(succeed("r"), Err(LedgerError::NotQuarantined(_))));
    let origin = unnamed.summary().origin;
    assert_eq!(succeed("n").unwrap().predecessor, Some(origin.clone()));
    assert_eq!(unnamed.summary().state, Availability::Closed);
    rig.append(&engine.ledger("n").unwrap(), "a", None).unwrap();
    drop(unnamed);
    let engine = rig.restarted(engine);
    assert_eq!(
        engine.ledger(&origin).unwrap().summary().state,
        Availability::Closed
    );
    let successor = engine.ledger("n").unwrap();
    rig.append(&successor, "b", None).unwrap();
    assert_verified(&successor);
    engine.drain().unwrap();
}

#[test]
fn what_is_told_of_an_outage_says_what_ends_it() {
    let told = |fault| KeysAway(crate::Outage::new(&failing(fault), 0)).to_string();
    assert!(told(ProviderFault::Unreachable).contains("no restart is needed"));
    assert!(told(ProviderFault::WrongPin).contains("restart the daemon"));
}
