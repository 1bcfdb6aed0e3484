//! Changes of the KEK over a store in memory: what moves and in which order, what is left and why, and what stands
//! after one that was broken off at any of its writes.

mod broken_off;
mod left_behind;
mod providers;

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, mpsc},
};

use indelible_evidence::DataKeyId;
use indelible_keystore::{
    KdfParameters, KekProvider, KekSet, KeyContext, KeyError, KeyPurpose, MemoryProvider,
    Passphrase, PassphraseProvider, ProviderDescription, ProviderFault, ProviderKind, SecretKey,
    SystemEntropy, WrappedKey,
};
use indelible_store::{
    Catalog, KeyRing, LedgerId, NewDataKey,
    memory::{Fault, MemoryStore},
};

use crate::{
    AppendError, Engine, KeyEventError, KeysError, Ledger, NoticeCode, OpenError, RewrapProgress,
    Rewrapped, add_kek_record, kek_records,
    keys::{
        kek_usage::{KekUsage, is_changing},
        wrapping,
    },
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, payload, verified},
        remote_keys::RemoteKeys,
    },
};
use providers::*;

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
    engine.rewrap(None, &mut |_| {})
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

fn usage(store: &MemoryStore) -> KekUsage {
    KekUsage::take(store, || ControlFlow::Continue(())).unwrap()
}

/// Everything that is stored is under this KEK, and what says so opens.
fn assert_all_under(store: &MemoryStore, kek: &Kek) {
    let current = kek.describe().kek_id;
    let usage = usage(store);
    assert_eq!(usage.not_under(&current), 0, "{usage:?}");
    for (id, descriptor) in store.ledgers().unwrap() {
        let descriptor = crate::state::descriptor::Descriptor::decode(&descriptor).unwrap();
        for (key, stored) in store.data_keys(id, None, usize::MAX).unwrap() {
            let (origin, subject) = (descriptor.origin.as_str(), stored.subject.as_ref());
            let context = wrapping::data_key_context(origin, &key, subject).unwrap();
            let wrapped = WrappedKey::from_bytes(&stored.value).unwrap();
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

/// The notices once the usage after the start has been taken.
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
    let done = engine
        .rewrap(None, &mut |step| progress.push(step))
        .unwrap();
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
            stored.destroy_data_keys(id, &[gone], None).unwrap();
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
    let ledger = engine.ledger("l").unwrap();
    for _ in 0..KEYS {
        engine.core.keyring.make(&ledger.cell, None).unwrap();
    }
    engine.drain().unwrap();
    drop((engine, ledger));
    store = Arc::new(store.reopen());
    bench.use_keks(keks(&new, &[&old]));
    let engine = bench.open(&store).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left), (u64::from(KEYS) + 5, 0));
    assert_all_under(&store, &new);
    engine.drain().unwrap();
}
