//! Copies of data keys for rescue recipients, over a store in memory: each is there with its key or not at all, keys from
//! before get theirs, and what is done with the copies after the KEK is gone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_evidence::{
    DataKeyId,
    bundle::TarSource,
    note::VerifierKey,
    origin::Origin,
    verify::{Begun, Trust, begin, check_unit},
};
use indelible_keystore::{
    SecretKey,
    age::{Identity, Recipients},
};
use indelible_store::{
    Catalog, CopiedKey, KeyRing, LedgerId, Store, StoredDataKey, SubjectTag,
    anchor::Anchor,
    memory::{Fault, MemoryStore},
};

use crate::{
    Engine, EngineOptions, LedgerSummary, NoticeCode, Rescue, RescueError, RescueOptions, Rescued,
    Shortfall, Unopened,
    state::{
        key_binding::KeyBinder,
        key_copy::{CopyOf, RescueRecipients},
    },
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger},
    },
};

/// How long the work in the background may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn identity() -> Identity {
    Identity::generate().unwrap()
}

fn open(bench: &Bench, store: &Arc<MemoryStore>, to: &[&Identity]) -> Engine {
    let recipients = to.iter().map(|identity| identity.recipient());
    let options = EngineOptions {
        rescue: Recipients::new(recipients).ok(),
        ..EngineOptions::new("localhost")
    };
    bench.open_with(store, options).unwrap()
}

/// The same, once it is on record who the recipients are, and all keys were looked at.
fn settled(bench: &Bench, store: &Arc<MemoryStore>, to: &[&Identity]) -> Engine {
    let engine = open(bench, store, to);
    engine.rescue_is_on_record().unwrap();
    until(|| {
        let status = engine.status().rescue;
        status.is_none_or(|status| status.is_over)
    });
    engine
}

fn until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(
            Instant::now() < deadline,
            "the work in the background does not end"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn first(store: &MemoryStore) -> LedgerId {
    store.ledgers().unwrap()[0].0
}

fn keys(store: &MemoryStore) -> Vec<(DataKeyId, StoredDataKey)> {
    store.data_keys(first(store), None, usize::MAX).unwrap()
}

fn copies(store: &MemoryStore) -> usize {
    let keys = keys(store);
    keys.iter().filter(|(_, key)| key.copy.is_some()).count()
}

fn restarted(store: &mut Arc<MemoryStore>, engine: Engine) {
    engine.drain().unwrap();
    drop(engine);
    *store = Arc::new(store.reopen());
}

/// The bundle that an identity makes of a ledger, and what the rescue says of it.
fn rescued(
    store: &Arc<MemoryStore>,
    ledger: &LedgerSummary,
    identity: Identity,
) -> Result<(Vec<u8>, Rescued), RescueError> {
    judged(store, ledger, identity, None)
}

/// The same beside an anchor.
fn judged(
    store: &Arc<MemoryStore>,
    ledger: &LedgerSummary,
    identity: Identity,
    anchor: Option<Anchor>,
) -> Result<(Vec<u8>, Rescued), RescueError> {
    let options = RescueOptions {
        identities: vec![identity],
        archive: None,
        // These stores have no ledger of their own that tells of erasures, so only an anchor vouches for them.
        opens_older: anchor.is_none(),
        anchor,
        given: Vec::new(),
    };
    let rescue = Rescue::open(Arc::clone(store) as Arc<dyn Store>, options)?;
    let mut tar = Vec::new();
    let rescued = rescue.write(&ledger.origin, &mut tar)?;
    Ok((tar, rescued))
}

/// How many keys and events could not be opened, for each reason.
fn unopened(done: &Rescued) -> &[(Unopened, u64, u64)] {
    &done.unopened.reasons
}

/// How many bodies a stranger can read in a bundle.
fn opened(ledger: &LedgerSummary, tar: &[u8]) -> u64 {
    let trust = Trust::in_key(VerifierKey::parse(&ledger.verifier_key).unwrap());
    let Begun::Open {
        mut cutter,
        mut judge,
    } = begin(TarSource::new(tar), &trust).unwrap()
    else {
        panic!("it ended early");
    };
    while let Some(unit) = cutter.next_unit().unwrap() {
        judge.accept(check_unit(unit));
    }
    let report = judge.finish();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    report.bundle.bodies.opened
}

/// A ledger with an event of each of these people, who give their names to all of it.
fn filled(bench: &Bench, engine: &Engine, people: &[&str]) -> LedgerSummary {
    let ledger = ledger(bench, engine, false);
    for name in people {
        appended(bench, &ledger, name, Some(name), name);
    }
    ledger.summary()
}

#[test]
fn a_new_key_has_its_copy_in_the_write_that_makes_it_durable() {
    let (mut failed, mut there) = (0, 0);
    for (nth, fault) in (0..3).flat_map(|nth| [(nth, Fault::Lost), (nth, Fault::Persisted)]) {
        let (bench, mut store, mine) = (Bench::new(), store(), identity());
        let engine = settled(&bench, &store, &[&mine]);
        filled(&bench, &engine, &[]);
        // Others write, too: whichever of the writes fails, a key is there with its copy, or not at all.
        store.fail_write(nth, fault);
        let cell = engine.cell("l").unwrap();
        let subject = SubjectTag::from_bytes([7; 16]);
        failed += u64::from(engine.core.keyring.make(&cell, Some(&subject)).is_err());
        drop(cell);
        let _failed = engine.drain();
        drop(engine);
        store = Arc::new(store.reopen());
        let found = keys(&store).len();
        assert_eq!(copies(&store), found, "{fault:?} {nth}");
        there += found;
    }
    assert!(failed > 0 && there > 0, "{failed} {there}");
}

#[test]
fn keys_from_before_get_copies_and_all_of_it_opens_without_the_kek() {
    let (bench, mut store, mine) = (Bench::new(), store(), identity());
    let engine = open(&bench, &store, &[]);
    {
        let ledger = ledger(&bench, &engine, true);
        for (id, subject) in [("a", Some("erika")), ("b", Some("max")), ("c", None)] {
            appended(&bench, &ledger, id, subject, id);
        }
    }
    assert_eq!((keys(&store).len(), copies(&store)), (3, 0));
    assert_eq!(engine.status().rescue, None);
    restarted(&mut store, engine);

    let engine = open(&bench, &store, &[&mine]);
    let named = {
        let ledger = engine.ledger("l").unwrap();
        appended(&bench, &ledger, "d", Some("eve"), "d");
        assert_eq!(
            copies(&store),
            0,
            "nothing is sealed to anybody who is not on record"
        );
        let told = engine.status();
        assert!(
            told.notices
                .iter()
                .any(|notice| notice.code == NoticeCode::RescueCopiesLacking)
        );
        engine.rescue_is_on_record().unwrap();
        until(|| engine.status().rescue.unwrap().is_over);
        let status = engine.status().rescue.unwrap();
        assert_eq!(
            (status.keys, status.lacking, status.is_on_record),
            (4, 0, true)
        );
        assert!(ledger.has_had_copies().unwrap());
        appended(&bench, &ledger, "e", Some("adam"), "e");
        assert_eq!((keys(&store).len(), copies(&store)), (5, 5));
        ledger.erase("max", "basis", &mut |_| {}).unwrap();
        assert_eq!((keys(&store).len(), copies(&store)), (4, 4));
        ledger.summary()
    };
    restarted(&mut store, engine);

    let (tar, done) = rescued(&store, &named, mine).unwrap();
    assert_eq!(opened(&named, &tar), 4, "and nothing of whom was erased");
    assert_eq!(
        (
            done.events.opened,
            done.events.erased,
            done.events.sealed,
            done.unopened.keys(),
            done.unsigned
        ),
        (4, 1, 0, 0, 0)
    );
    let (tar, done) = rescued(&store, &named, identity()).unwrap();
    assert_eq!(opened(&named, &tar), 0);
    assert_eq!(unopened(&done), [(Unopened::OtherRecipients, 4, 4)]);
}

#[test]
fn other_recipients_get_copies_of_their_own_and_without_any_there_are_none() {
    let (bench, mut store) = (Bench::new(), store());
    let [mine, yours] = [(); 2].map(|()| identity());
    let engine = settled(&bench, &store, &[&mine]);
    let named = filled(&bench, &engine, &["a", "b", "c"]);
    let before: Vec<_> = keys(&store);
    restarted(&mut store, engine);
    let engine = settled(&bench, &store, &[&mine]);
    assert_eq!(keys(&store), before, "what is right stays as it is");
    restarted(&mut store, engine);
    let engine = settled(&bench, &store, &[&yours]);
    let changed = keys(&store);
    assert!(before.iter().zip(&changed).all(|((_, one), (_, other))| {
        (one.value == other.value && one.mac == other.mac) && one.copy != other.copy
    }));
    restarted(&mut store, engine);
    let (_, done) = rescued(&store, &named, mine).unwrap();
    assert_eq!(unopened(&done), [(Unopened::OtherRecipients, 3, 3)]);
    let (_, done) = rescued(&store, &named, yours).unwrap();
    assert_eq!(done.events.opened, 3);

    let engine = settled(&bench, &store, &[]);
    until(|| copies(&store) == 0);
    assert!(
        engine.ledger("l").unwrap().has_had_copies().unwrap(),
        "backups may hold them"
    );
    restarted(&mut store, engine);
    let (_, done) = rescued(&store, &named, identity()).unwrap();
    assert_eq!(unopened(&done), [(Unopened::NoCopy, 3, 3)]);
}

/// The copy of something else that somebody without any key can make: it says the right name.
fn forged(ledger: &LedgerSummary, id: &DataKeyId, key: &StoredDataKey, to: &Identity) -> Vec<u8> {
    let origin = Origin::parse(&ledger.origin).unwrap();
    let of = CopyOf {
        origin: &origin,
        id,
        subject: key.subject.as_ref(),
    };
    let [binder, other] = [(); 2].map(|()| SecretKey::generate().unwrap());
    let to = RescueRecipients::new(Recipients::new([to.recipient()]).unwrap());
    of.seal(&other, &to, &KeyBinder::new(&binder)).unwrap()
}

#[test]
fn copies_that_somebody_exchanged_are_refused_by_a_rescue_and_made_again_by_a_start() {
    let (bench, mut store, mine) = (Bench::new(), store(), identity());
    let engine = settled(&bench, &store, &[&mine]);
    let named = filled(&bench, &engine, &["a", "b"]);
    restarted(&mut store, engine);
    let right = keys(&store);
    let put = |store: &MemoryStore, at: usize, copy: Option<Vec<u8>>| {
        let (id, expected) = keys(store)[at].clone();
        let copied = CopiedKey {
            key_id: id,
            expected,
            copy,
        };
        store.set_key_copies(first(store), &[copied]).unwrap();
    };
    let secret = mine.expose();
    let again = || Identity::parse(&secret).unwrap();
    let forged = forged(&named, &right[0].0, &right[0].1, &mine);
    for wrong in [right[1].1.copy.clone().unwrap(), forged] {
        put(&store, 0, Some(wrong));
        let (tar, done) = rescued(&store, &named, again()).unwrap();
        assert_eq!(opened(&named, &tar), 1, "the other one opens");
        assert_eq!(unopened(&done), [(Unopened::WrongCopy, 1, 1)]);
        assert_eq!(done.unopened.told[0].id, right[0].0);
    }
    // One that was taken away leaves its events as they are, and is counted.
    put(&store, 0, None);
    let (tar, done) = rescued(&store, &named, again()).unwrap();
    assert_eq!(
        (done.events.opened, unopened(&done)),
        (1, &[(Unopened::NoCopy, 1, 1)][..])
    );
    assert_eq!(opened(&named, &tar), 1);
    put(&store, 1, Some(right[0].1.copy.clone().unwrap()));
    let engine = settled(&bench, &store, &[&mine]);
    restarted(&mut store, engine);
    let (_, done) = rescued(&store, &named, again()).unwrap();
    assert_eq!((done.events.opened, done.events.sealed), (2, 0));
}

#[test]
fn copies_that_a_failed_write_broke_off_are_completed_by_the_next_start() {
    for fault in [Fault::Lost, Fault::Persisted] {
        for nth in 0..6 {
            let (bench, mut store) = (Bench::new(), store());
            let [mine, yours] = [(); 2].map(|()| identity());
            let engine = settled(&bench, &store, &[&mine]);
            let named = filled(&bench, &engine, &["a", "b"]);
            restarted(&mut store, engine);
            let engine = open(&bench, &store, &[&yours]);
            store.fail_write(nth, fault);
            let _failed = engine.rescue_is_on_record();
            let now = Instant::now();
            // Until it ends, or has met the fault.
            until(|| {
                let status = engine.status().rescue.unwrap();
                status.is_over
                    || !status.problem.is_empty()
                    || now.elapsed() > Duration::from_secs(2)
            });
            let _failed = engine.drain();
            drop(engine);
            store = Arc::new(store.reopen());
            let engine = settled(&bench, &store, &[&yours]);
            restarted(&mut store, engine);
            let (_, done) = rescued(&store, &named, yours).unwrap();
            assert_eq!(
                (done.events.opened, done.events.sealed),
                (2, 0),
                "{fault:?} {nth}"
            );
        }
    }
}

#[test]
fn a_key_that_is_gone_without_an_erasure_on_record_is_told_and_others_open() {
    let (bench, mut store, mine) = (Bench::new(), store(), identity());
    let engine = settled(&bench, &store, &[&mine]);
    let named = filled(&bench, &engine, &["a", "b"]);
    restarted(&mut store, engine);
    store.forge_no_data_key(first(&store), keys(&store)[0].0);
    let (tar, done) = rescued(&store, &named, mine).unwrap();
    assert_eq!(opened(&named, &tar), 1);
    assert_eq!(unopened(&done), [(Unopened::Missing, 1, 1)]);
}

#[test]
fn a_ledger_that_the_anchor_does_not_know_is_not_opened() {
    let (bench, mut store, mine) = (Bench::new(), store(), identity());
    let engine = settled(&bench, &store, &[&mine]);
    let named = filled(&bench, &engine, &["a"]);
    restarted(&mut store, engine);
    let directory = tempfile::tempdir().unwrap();
    let anchor = Anchor::create(&directory.path().join("anchor"), store.store_id()).unwrap();
    let refused = judged(&store, &named, mine, Some(anchor));
    assert!(
        matches!(refused, Err(RescueError::Older(Shortfall::Unknown { .. }))),
        "{:?}",
        refused.err()
    );
}
