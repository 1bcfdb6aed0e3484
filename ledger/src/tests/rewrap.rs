//! Changes of the KEK over a store in memory: what moves and in which order, what is left and why, and what stands
//! after one that was broken off at any of its writes.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, mpsc},
};

use indelible_evidence::DataKeyId;
use indelible_keystore::{
    IdentityKey, IdentitySource, KdfParameters, KekProvider, KekSet, KeyContext, KeyError,
    KeyPurpose, MemoryProvider, Passphrase, PassphraseProvider, ProviderDescription, ProviderFault,
    ProviderKind, SecretKey, Signer, WrappedKey,
};
use indelible_store::{
    Catalog, KeyRing, LedgerId, NewDataKey,
    memory::{Fault, MemoryStore},
};

use crate::{
    AppendError, Engine, KeyEventError, KeysError, Ledger, NoticeCode, OpenError, RewrapProgress,
    Rewrapped, add_kek_record, kek_records,
    keys::{
        kek_usage::{KekCensus, is_changing},
        keyring,
    },
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, payload, verified},
    },
};

type Kek = Arc<dyn KekProvider>;

fn kek() -> Kek {
    Arc::new(MemoryProvider::generate().unwrap())
}

fn keks(current: &Kek, earlier: &[&Kek]) -> KekSet {
    let earlier = earlier.iter().map(|kek| Arc::clone(*kek)).collect();
    KekSet::new(Arc::clone(current), earlier).unwrap()
}

/// A bench whose engines wrap under this KEK, and its store.
fn bench(current: &Kek) -> (Bench, Arc<MemoryStore>) {
    let mut bench = Bench::new();
    bench.use_keks(keks(current, &[]));
    (bench, store())
}

/// Opens the store again, as a restart does.
fn restarted(
    bench: &mut Bench,
    store: &mut Arc<MemoryStore>,
    keks: KekSet,
) -> Result<Engine, OpenError> {
    *store = Arc::new(store.reopen());
    bench.use_keks(keks);
    bench.open(store)
}

fn rewrap(engine: &Engine) -> Result<Rewrapped, KeyEventError> {
    engine.rewrap(&mut |_| {})
}

/// Two subjects and a ledger that encrypts everything: three data keys, with an event under each.
fn filled(bench: &Bench, engine: &Engine) -> Vec<(u64, &'static str)> {
    let ledger = ledger(bench, engine, true);
    [
        (Some("erika"), "one"),
        (Some("max"), "two"),
        (None, "three"),
    ]
    .into_iter()
    .map(|(subject, text)| (appended(bench, &ledger, text, subject, text), text))
    .collect()
}

fn assert_readable(ledger: &Ledger, events: &[(u64, &'static str)]) {
    for (sequence, text) in events {
        assert_eq!(payload(ledger, *sequence).unwrap(), text.as_bytes());
    }
}

fn first_ledger(store: &MemoryStore) -> LedgerId {
    store.ledgers().unwrap()[0].0
}

fn census(store: &MemoryStore) -> KekCensus {
    KekCensus::take(store, || ControlFlow::Continue(())).unwrap()
}

/// Everything that is stored is under this KEK, and what says so opens.
fn assert_all_under(store: &MemoryStore, kek: &Kek) {
    let current = kek.describe().kek_id;
    let census = census(store);
    assert_eq!(census.not_under(&current), 0, "{census:?}");
    for (id, descriptor) in store.ledgers().unwrap() {
        let descriptor = crate::state::descriptor::Descriptor::decode(&descriptor).unwrap();
        for (key, wrapped) in store.data_keys(id, None, usize::MAX).unwrap() {
            let context = keyring::data_key_context(descriptor.origin.as_str(), &key).unwrap();
            let wrapped = WrappedKey::from_bytes(&wrapped).unwrap();
            kek.unwrap_key(&context, &wrapped).unwrap();
        }
    }
}

fn codes(engine: &Engine) -> Vec<NoticeCode> {
    let about_keks = [NoticeCode::KekRotationDue, NoticeCode::PreviousKekUnneeded];
    let notices = engine.status().notices.into_iter();
    notices
        .map(|notice| notice.code)
        .filter(|code| about_keks.contains(code))
        .collect()
}

/// The notices once the census after the start has been taken.
fn counted(engine: &Engine) -> Vec<NoticeCode> {
    crate::operations::count_keks::after_start(&engine.core);
    codes(engine)
}

#[test]
fn all_keys_move_and_the_chain_says_so_first() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let events = filled(&bench, &engine);
    assert_eq!(counted(&engine), []);
    engine.drain().unwrap();
    drop(engine);

    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    assert_eq!(counted(&engine), [NoticeCode::KekRotationDue]);
    let mut progress = Vec::new();
    let done = engine.rewrap(&mut |step| progress.push(step)).unwrap();
    // Three data keys, the index key and the identity.
    assert_eq!((done.moved, done.already, done.left), (5, 0, 0));
    assert_eq!((done.recorded, done.provider), (1, "memory"));
    assert!(done.reasons.is_empty() && done.retired.is_empty());
    let moving = |done, total| RewrapProgress::Moving { done, total };
    assert_eq!(progress.first(), Some(&moving(0, 5)));
    assert!(progress.contains(&moving(5, 5)));
    assert!(matches!(progress.last(), Some(RewrapProgress::Purging(_))));
    assert_all_under(&store, &new);
    assert_eq!(counted(&engine), [NoticeCode::PreviousKekUnneeded]);
    let of_new = new.describe().kek_id;
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(
        engine.cell("l").unwrap().keys().kek(),
        Some(*of_new.as_bytes())
    );
    assert_readable(&ledger, &events);
    verified(&ledger);

    // Once more there is nothing to do, and nothing is recorded.
    let size = ledger.summary().size;
    let again = rewrap(&engine).unwrap();
    assert_eq!((again.moved, again.already, again.left), (0, 5, 0));
    assert_eq!((again.recorded, ledger.summary().size), (0, size));
    engine.drain().unwrap();
    drop((engine, ledger));

    let refused = restarted(&mut bench, &mut store, keks(&old, &[])).map(drop);
    let without_the_new = matches!(
        refused,
        Err(OpenError::Keys(KeysError::Key(KeyError::OtherKek { .. })))
    );
    assert!(without_the_new, "{refused:?}");
    let engine = restarted(&mut bench, &mut store, keks(&new, &[])).unwrap();
    assert_eq!(counted(&engine), []);
    let ledger = engine.ledger("l").unwrap();
    assert_readable(&ledger, &events);
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_change_that_is_broken_off_at_any_write_is_completed_by_the_next() {
    for kind in [Write::Commit, Write::Other] {
        for fault in [Fault::Lost, Fault::Persisted] {
            let mut completed = false;
            for nth in 0..40 {
                completed = broken_off(kind, nth, fault);
                if completed {
                    // One record; mark, data keys, index key, identity, mark.
                    let least = if kind == Write::Commit { 1 } else { 5 };
                    assert!(nth >= least, "a change has more writes than {nth}");
                    break;
                }
            }
            assert!(completed, "the last run has no fault");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Commit,
    Other,
}

/// Changes the KEK with the `nth` write failing; true if there was no such write.
fn broken_off(kind: Write, nth: u64, fault: Fault) -> bool {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let mut events = filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    match kind {
        Write::Commit => store.fail_commit(nth, fault),
        Write::Other => store.fail_write(nth, fault),
    }
    let completed = rewrap(&engine).is_ok();
    let _failed = engine.drain();
    drop(engine);

    // Whatever a start needs is under the old KEK still, or everything that it reads has moved.
    let all_moved = census(&store).not_under(&new.describe().kek_id) == 0;
    let without_the_old = restarted(&mut bench, &mut store, keks(&new, &[])).map(|engine| {
        engine.drain().unwrap();
    });
    assert_eq!(
        without_the_old.is_ok(),
        all_moved,
        "{kind:?} {nth} {fault:?}"
    );

    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    let unfinished = !all_moved || is_changing(&*store).unwrap();
    let due = counted(&engine).contains(&NoticeCode::KekRotationDue);
    assert_eq!(due, unfinished, "{kind:?} {nth} {fault:?}");
    let ledger = engine.ledger("l").unwrap();
    assert_readable(&ledger, &events);
    events.push((appended(&bench, &ledger, "d", Some("eve"), "four"), "four"));
    let done = rewrap(&engine).unwrap();
    assert_eq!(done.left, 0);
    assert!(!is_changing(&*store).unwrap());
    assert_eq!(codes(&engine), [NoticeCode::PreviousKekUnneeded]);
    assert_all_under(&store, &new);
    engine.drain().unwrap();
    drop((engine, ledger));

    let engine = restarted(&mut bench, &mut store, keks(&new, &[])).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let records = ledger.records(0, 1_000, usize::MAX).unwrap();
    let said = records.iter().filter(|record| {
        matches!(
            record.header().kind,
            indelible_evidence::header::RecordKind::Kek(_)
        )
    });
    assert_eq!(said.count(), 1, "{kind:?} {nth} {fault:?}");
    assert_readable(&ledger, &events);
    verified(&ledger);
    engine.drain().unwrap();
    completed
}

/// What happens before a key is opened.
type Hook = dyn FnMut(&KeyContext) -> Result<(), KeyError> + Send;

/// A provider that does something before it opens a key.
struct Hooked {
    inner: Kek,
    hook: Mutex<Box<Hook>>,
}

impl Hooked {
    fn over(
        inner: &Kek,
        hook: impl FnMut(&KeyContext) -> Result<(), KeyError> + Send + 'static,
    ) -> Kek {
        Arc::new(Self {
            inner: Arc::clone(inner),
            hook: Mutex::new(Box::new(hook)),
        })
    }
}

impl KekProvider for Hooked {
    fn describe(&self) -> ProviderDescription {
        self.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.inner.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        (self.hook.lock().unwrap())(context)?;
        self.inner.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.inner.health()
    }
}

#[test]
fn only_one_change_at_a_time() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);

    let (reached, at_the_first) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let slow = Hooked::over(&old, move |context| {
        if context.purpose() == KeyPurpose::Data {
            let _nobody_waits = reached.send(());
            let _let_go = gone.recv();
        }
        Ok(())
    });
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&slow])).unwrap();
    let other = engine.clone();
    let first = std::thread::spawn(move || rewrap(&other));
    at_the_first.recv().unwrap();
    let second = rewrap(&engine);
    assert!(
        matches!(second, Err(KeyEventError::Append(AppendError::Rotating))),
        "{second:?}"
    );
    drop(go);
    assert_eq!(first.join().unwrap().unwrap().left, 0);
    assert_eq!(rewrap(&engine).unwrap().moved, 0);
    engine.drain().unwrap();
}

#[test]
fn a_key_that_is_destroyed_meanwhile_stays_destroyed() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let events = filled(&bench, &engine);
    let gone = engine.ledger("l").unwrap().record(events[0].0).unwrap();
    let gone = gone.sealed().unwrap().data_key;
    engine.drain().unwrap();
    drop(engine);

    store = Arc::new(store.reopen());
    let (stored, id) = (Arc::clone(&store), first_ledger(&store));
    let destroying = Hooked::over(&old, move |context| {
        if context.key_id() == gone.as_bytes() {
            stored.destroy_data_keys(id, &[gone]).unwrap();
        }
        Ok(())
    });
    bench.use_keks(keks(&new, &[&destroying]));
    let engine = bench.open(&store).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left), (4, 0));
    assert_eq!(store.data_key(id, &gone).unwrap(), None);
    assert_readable(&engine.ledger("l").unwrap(), &events[1..]);
    engine.drain().unwrap();
}

#[test]
fn a_provider_that_fails_ends_it_and_a_key_that_does_not_open_is_left_by_name() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let events = filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);

    let mut calls = 0;
    let failing = Hooked::over(&old, move |context| {
        calls += u32::from(context.purpose() == KeyPurpose::Data);
        if calls == 2 {
            return Err(KeyError::Provider {
                provider: ProviderKind::Memory,
                fault: ProviderFault::Unreachable,
                detail: "planted".to_owned(),
            });
        }
        Ok(())
    });
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&failing])).unwrap();
    let failed = rewrap(&engine);
    assert!(matches!(failed, Err(KeyEventError::Kek(_))), "{failed:?}");
    // It has come back.
    assert_eq!(rewrap(&engine).unwrap().left, 0);
    assert_readable(&engine.ledger("l").unwrap(), &events);

    // A key of somebody else's in the place of one.
    let id = first_ledger(&store);
    let context = KeyContext::new("somebody/else/0123456789ab", KeyPurpose::Data, [9; 16]).unwrap();
    let strange = old.wrap(&context, &SecretKey::generate().unwrap()).unwrap();
    let swapped = NewDataKey {
        ledger: id,
        key_id: DataKeyId::from_bytes([9; 16]),
        value: strange.as_bytes().to_vec(),
        subject: None,
    };
    store.put_data_keys(&[swapped]).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left, done.reasons.len()), (0, 1, 1));
    assert!(done.reasons[0].contains("0909090909"), "{:?}", done.reasons);
    assert_eq!(codes(&engine), [NoticeCode::KekRotationDue]);
    engine.drain().unwrap();
}

/// A provider that wraps what does not open.
struct Crooked(Kek);

impl KekProvider for Crooked {
    fn describe(&self) -> ProviderDescription {
        self.0.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        let mut wrapped = self.0.wrap(context, key)?.as_bytes().to_vec();
        wrapped
            .iter_mut()
            .last()
            .into_iter()
            .for_each(|last| *last ^= 1);
        WrappedKey::from_bytes(&wrapped)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.0.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

#[test]
fn a_wrapping_that_does_not_open_takes_no_keys_place() {
    let (old, new) = (kek(), kek());
    let crooked: Kek = Arc::new(Crooked(Arc::clone(&new)));
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let events = filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&crooked, &[&old])).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left, done.recorded), (0, 5, 0));
    engine.drain().unwrap();
    drop(engine);
    // Nothing is lost.
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    assert_readable(&engine.ledger("l").unwrap(), &events);
    assert_eq!(rewrap(&engine).unwrap().left, 0);
    engine.drain().unwrap();
}

#[test]
fn a_ledger_that_can_not_say_so_keeps_its_keys_where_they_are() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    // Without the anchor nothing vouches for it.
    std::fs::remove_file(bench.anchor()).unwrap();
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    let done = rewrap(&engine).unwrap();
    // The identity moves all the same.
    assert_eq!((done.moved, done.left, done.recorded), (1, 4, 0));
    assert!(done.reasons[0].contains("quarantine") || done.reasons[0].contains("no records"));
    assert_eq!(codes(&engine), [NoticeCode::KekRotationDue]);

    // The successor ends its chain.
    bench
        .runtime
        .block_on(engine.create_successor("l"))
        .unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left, done.recorded), (4, 0, 0));
    assert_all_under(&store, &new);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&new, &[])).unwrap();
    assert_eq!(engine.ledgers().len(), 2);
    engine.drain().unwrap();
}

#[test]
fn a_successor_is_founded_with_the_keys_where_they_are_now() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    rewrap(&engine).unwrap();
    // As a ledger would stand whose quarantine came after the change.
    let cell = engine.cell("l").unwrap();
    cell.set_state(crate::Availability::Quarantined, "planted");
    bench
        .runtime
        .block_on(engine.create_successor("l"))
        .unwrap();
    assert_all_under(&store, &new);
    drop(cell);
    engine.drain().unwrap();
}

#[test]
fn more_keys_than_a_page_move() {
    const KEYS: u32 = 2_500;
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    let origin = engine.ledger("l").unwrap().summary().origin;
    engine.drain().unwrap();
    drop(engine);
    store = Arc::new(store.reopen());
    let id = first_ledger(&store);
    let keys: Vec<_> = (0..KEYS)
        .map(|number| {
            let mut key_id = [0; 16];
            key_id[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
            let key_id = DataKeyId::from_bytes(key_id);
            let context = keyring::data_key_context(&origin, &key_id).unwrap();
            let wrapped = old.wrap(&context, &SecretKey::generate().unwrap()).unwrap();
            NewDataKey {
                ledger: id,
                key_id,
                value: wrapped.as_bytes().to_vec(),
                subject: None,
            }
        })
        .collect();
    store.put_data_keys(&keys).unwrap();
    bench.use_keks(keks(&new, &[&old]));
    let engine = bench.open(&store).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left), (u64::from(KEYS) + 5, 0));
    assert_all_under(&store, &new);
    engine.drain().unwrap();
}

/// A provider that holds identity keys, as a token does.
struct Holding {
    inner: MemoryProvider,
    identities: Mutex<HashMap<Vec<u8>, Arc<IdentityKey>>>,
}

struct Held(Arc<IdentityKey>);

impl Signer for Held {
    fn public(&self) -> [u8; 32] {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.0.sign(message)
    }
}

impl IdentitySource for Holding {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let key = Arc::new(IdentityKey::generate()?);
        let mut identities = self.identities.lock().unwrap();
        identities.insert(key_id.to_vec(), Arc::clone(&key));
        Ok((key_id.to_vec(), Box::new(Held(key))))
    }

    fn open(&self, locator: &[u8], _: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
        let identities = self.identities.lock().unwrap();
        Ok(Box::new(Held(Arc::clone(&identities[locator]))))
    }
}

impl KekProvider for Holding {
    fn describe(&self) -> ProviderDescription {
        self.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.inner.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.inner.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.inner.health()
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self)
    }
}

#[test]
fn an_identity_that_never_leaves_its_provider_is_told_of() {
    let old: Kek = Arc::new(Holding {
        inner: MemoryProvider::generate().unwrap(),
        identities: Mutex::default(),
    });
    let new = kek();
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left), (4, 1));
    assert!(
        done.reasons[0].contains("rotate identity"),
        "{:?}",
        done.reasons
    );
    // The provider is needed, and not told to be given up.
    assert_eq!(codes(&engine), [NoticeCode::KekRotationDue]);
    engine.drain().unwrap();
}

#[test]
fn the_record_of_a_passphrase_goes_only_once_nothing_depends_on_it_and_nobody_names_it() {
    let passphrase = Passphrase::new(b"correct horse battery".to_vec().into()).unwrap();
    let cheap = KdfParameters::weak_for_tests();
    let (provider, record) = PassphraseProvider::create(&passphrase, cheap).unwrap();
    let (old, new): (Kek, _) = (Arc::new(provider), kek());
    let (mut bench, mut store) = bench(&old);
    add_kek_record(&*store, &record).unwrap();
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let records = |store: &MemoryStore| kek_records(store).unwrap().len();

    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    assert_eq!(counted(&engine), [NoticeCode::KekRotationDue]);
    assert_eq!(records(&store), 1);
    let done = rewrap(&engine).unwrap();
    // It is configured: without it the next start would be refused.
    assert_eq!((done.left, done.retired.len(), records(&store)), (0, 0, 1));
    engine.drain().unwrap();
    drop(engine);

    // A key that is left under it.
    store = Arc::new(store.reopen());
    let id = first_ledger(&store);
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [9; 16]).unwrap();
    let left = NewDataKey {
        ledger: id,
        key_id: DataKeyId::from_bytes([9; 16]),
        value: old
            .wrap(&context, &SecretKey::generate().unwrap())
            .unwrap()
            .as_bytes()
            .to_vec(),
        subject: None,
    };
    store.put_data_keys(&[left]).unwrap();
    bench.use_keks(keks(&new, &[]));
    let engine = bench.open(&store).unwrap();
    assert_eq!(counted(&engine), [NoticeCode::KekRotationDue]);
    assert_eq!(rewrap(&engine).unwrap().left, 1);
    assert_eq!(records(&store), 1);
    store
        .destroy_data_keys(id, &[DataKeyId::from_bytes([9; 16])])
        .unwrap();
    assert_eq!(counted(&engine), []);
    assert_eq!(records(&store), 0);
    engine.drain().unwrap();
}
