//! An engine over a store in memory: what it answers for repeats, and what it makes of a store that was
//! meddled with.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_evidence::{body::Body, origin::LedgerName};
use indelible_keystore::{KekSet, MemoryProvider};
use indelible_store::{
    Catalog, Commit, CommitStore, ReadStore, RecordBlock, Store, StoreId, anchor::AnchorError,
    memory::MemoryStore,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    Availability, CreateLedger, Engine, EngineOptions, EventInput, Keys, KeysError, Ledger,
    LedgerError, NoticeCode, OpenError, Parts, Prepared,
};

pub(super) struct Bench {
    pub(super) runtime: Runtime,
    directory: TempDir,
    provider: Arc<KekSet>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let memory = MemoryProvider::generate().unwrap();
        Self {
            runtime: Runtime::new().unwrap(),
            directory: tempfile::tempdir().unwrap(),
            provider: Arc::new(KekSet::new(Arc::new(memory), Vec::new()).unwrap()),
        }
    }

    fn keys(&self) -> Keys {
        let (keks, again) = (Arc::clone(&self.provider), Arc::clone(&self.provider));
        Keys {
            keks: Ok(keks),
            reopen: Box::new(move || Ok(Arc::clone(&again))),
        }
    }

    /// Opens engines with these from here on.
    pub(super) fn use_keks(&mut self, keks: KekSet) {
        self.provider = Arc::new(keks);
    }

    pub(super) fn anchor(&self) -> std::path::PathBuf {
        Path::join(self.directory.path(), "anchor")
    }

    pub(super) fn open(&self, store: &Arc<MemoryStore>) -> Result<Engine, OpenError> {
        self.open_with(store, EngineOptions::new("localhost"))
    }

    pub(super) fn open_with(
        &self,
        store: &Arc<MemoryStore>,
        options: EngineOptions,
    ) -> Result<Engine, OpenError> {
        // Threads that a drain does not wait for may hold the anchor a moment longer.
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let parts = Parts {
                store: Arc::clone(store) as Arc<dyn Store>,
                settle: None,
                keys: self.keys(),
            };
            match Engine::open(parts, &self.anchor(), options.clone()) {
                Err(OpenError::Anchor(AnchorError::Locked { .. })) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                opened => return opened,
            }
        }
    }

    pub(super) fn ledger(&self, engine: &Engine) -> Ledger {
        self.named(engine, "l")
    }

    pub(super) fn named(&self, engine: &Engine, name: &str) -> Ledger {
        let request = plain(name);
        self.runtime
            .block_on(engine.create_ledger(request))
            .unwrap();
        engine.ledger(name).unwrap()
    }
}

/// The request for a ledger without anything special.
fn plain(name: &str) -> CreateLedger {
    CreateLedger {
        name: LedgerName::parse(name).unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    }
}

pub(super) fn store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(StoreId::from_bytes([7; 16])))
}

pub(super) fn events(ledger: &Ledger, ids: &[&str]) -> Vec<Prepared> {
    // Nothing is sealed here, so nothing is waited for.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let event = |id: &&str| {
        let body = Body {
            id,
            source: "s",
            ..Body::default()
        };
        let input = EventInput {
            body,
            event_type: "t",
            classification: None,
            payload: None,
        };
        runtime.block_on(ledger.prepare(input)).unwrap()
    };
    ids.iter().map(event).collect()
}

/// What a verification finds.
fn codes(ledger: &Ledger) -> Vec<&'static str> {
    let findings = ledger.verify(&mut |_, _| {}).findings;
    findings
        .into_iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

#[test]
fn a_repeat_is_acknowledged_as_it_was_under_a_size_that_is_signed() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    let append = |ids: &[&str]| {
        let appended = ledger.append(events(&ledger, ids), None);
        bench.runtime.block_on(appended).unwrap()
    };
    let first = append(&["a", "b"]).new.unwrap();
    assert_eq!((first.first, first.count, first.tree_size), (2, 2, 4));
    // New, a repeat of a record, new, and a repeat of the first of these.
    let mixed = append(&["c", "b", "d", "c"]);
    let new = mixed.new.unwrap();
    assert_eq!((new.first, new.count, new.tree_size), (4, 2, 6));
    let repeats: Vec<_> = mixed
        .repeats
        .iter()
        .map(|(index, repeat)| (*index, repeat.sequence, repeat.tree_size))
        .collect();
    assert_eq!(repeats, [(1, 3, 6), (3, 4, 6)]);
    assert_eq!(mixed.repeats[0].1.chain, first.chain);
    assert_eq!(append(&["d"]).repeats[0].1.chain, new.chain);
    engine.drain().unwrap();
}

#[test]
fn a_head_that_says_what_its_records_do_not_is_quarantined() {
    for lie in ["nothing", "time", "key event", "last event"] {
        let bench = Bench::new();
        let store = store();
        let engine = bench.open(&store).unwrap();
        let ledger = bench.ledger(&engine);
        let appended = ledger.append(events(&ledger, &["a"]), None);
        bench.runtime.block_on(appended).unwrap();
        engine.drain().unwrap();
        drop((engine, ledger));

        let store = Arc::new(store.reopen());
        let (id, _) = store.ledgers().unwrap()[0];
        let mut head = store.head(id).unwrap().unwrap();
        match lie {
            "time" => head.time += 1,
            "key event" => head.newest_key_event = 0,
            "last event" => head.last_event = None,
            _ => {}
        }
        let commit = Commit {
            ledger: id,
            term: store.acquire().unwrap(),
            expected_size: head.size,
            records: RecordBlock::default(),
            tiles: Vec::new(),
            head,
        };
        store.commit(&[commit]).unwrap();
        let engine = bench.open(&store).unwrap();
        let ledger = engine.ledger("l").unwrap();
        let summary = ledger.summary();
        let codes: Vec<_> = codes(&ledger);
        if lie == "nothing" {
            assert_eq!(
                (summary.state, codes.len()),
                (Availability::Open, 0),
                "{codes:?}"
            );
        } else {
            assert_eq!(summary.state, Availability::Quarantined, "{lie}");
            let reason = summary.state_reason;
            assert!(reason.ends_with("[head-mismatch]"), "{reason}");
            assert_eq!(codes, ["head-mismatch"], "{lie}");
        }
        engine.drain().unwrap();
    }
}

#[test]
fn a_sound_ledger_verifies_with_all_its_tiles() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    let ids: Vec<_> = (0..700).map(|id: u32| id.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let appended = ledger.append(events(&ledger, &ids), None);
    bench.runtime.block_on(appended).unwrap();
    let outcome = ledger.verify(&mut |_, _| {});
    assert_eq!(outcome.findings, []);
    assert_eq!((outcome.size, outcome.root), (702, ledger.summary().root));
    engine.drain().unwrap();
}

#[test]
fn a_ledger_that_only_the_anchor_has_is_told_of() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let origin = bench.ledger(&engine).summary().origin;
    engine.drain().unwrap();
    drop(engine);
    // The same store, before it had a ledger.
    let older = store();
    let told = |engine: &Engine| {
        let notices = engine.status().notices;
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].code, NoticeCode::LedgerMissing);
        assert!(notices[0].detail.contains(&origin), "{}", notices[0].detail);
    };
    let engine = bench.open(&older).unwrap();
    told(&engine);
    // Another ledger does not take its place in the anchor.
    assert_eq!(bench.ledger(&engine).summary().state, Availability::Open);
    engine.drain().unwrap();
    drop(engine);
    let engine = bench.open(&Arc::new(older.reopen())).unwrap();
    told(&engine);
    assert_eq!(
        engine.ledger("l").unwrap().summary().state,
        Availability::Open
    );
    engine.drain().unwrap();
}

#[test]
fn no_second_identity_is_drawn_beside_ledgers() {
    let bench = Bench::new();
    let store = store();
    store.add_ledger(b"of an identity that was lost").unwrap();
    let refused = bench.open(&store).err();
    assert!(
        matches!(refused, Some(OpenError::Keys(KeysError::IdentityMissing))),
        "{refused:?}"
    );
}

fn succeed(bench: &Bench, engine: &Engine, name: &str) {
    let successor = engine.create_successor(name);
    let successor = bench.runtime.block_on(successor).unwrap();
    assert_eq!(successor.state, Availability::Open);
}

#[test]
fn without_an_anchor_each_ledger_goes_on_as_a_successor() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    for name in ["a", "b"] {
        bench.named(&engine, name);
    }
    engine.drain().unwrap();
    drop(engine);
    std::fs::remove_file(bench.anchor()).unwrap();
    let state = |engine: &Engine, name: &str| engine.ledger(name).unwrap().summary().state;

    let store = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    assert_eq!(engine.status().notices[0].code, NoticeCode::AnchorUnusable);
    let another = bench.runtime.block_on(engine.create_ledger(plain("c")));
    assert!(another.is_err(), "a new ledger makes up for no lost anchor");
    assert!(!bench.anchor().exists());
    succeed(&bench, &engine, "a");
    // The successor has made a new one. What that does not know stays in quarantine.
    let codes: Vec<_> = engine.status().notices.iter().map(|n| n.code).collect();
    assert_eq!(codes, [NoticeCode::LedgerQuarantined]);
    engine.drain().unwrap();
    drop(engine);

    // The anchor that the successor was given knows nothing of the other ledger.
    let store = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    assert_eq!(state(&engine, "a"), Availability::Open);
    assert_eq!(state(&engine, "b"), Availability::Quarantined);
    succeed(&bench, &engine, "b");
    engine.drain().unwrap();
    drop(engine);

    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    assert_eq!(state(&engine, "a"), Availability::Open);
    assert_eq!(state(&engine, "b"), Availability::Open);
    engine.drain().unwrap();
}

#[test]
fn one_ledgers_damage_is_not_the_others() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    for name in ["a", "b", "c"] {
        bench.named(&engine, name);
    }
    engine.drain().unwrap();
    drop(engine);
    let store = Arc::new(store.reopen());
    let ledgers = store.ledgers().unwrap();
    // The first one's entry can't be read, the second one's index key does not open.
    let text = |descriptor: &[u8]| String::from_utf8(descriptor.to_vec()).unwrap();
    store.update_ledger(ledgers[0].0, b"{").unwrap();
    let second = text(&ledgers[1].1);
    let key = second.split("\"index_key\":\"").nth(1).unwrap();
    let key = key.split('"').next().unwrap();
    let (head, tail) = key.split_at(key.len() - 2);
    let flipped = if tail == "00" { "01" } else { "00" };
    let damaged = second.replace(key, &format!("{head}{flipped}"));
    store
        .update_ledger(ledgers[1].0, damaged.as_bytes())
        .unwrap();

    let engine = bench.open(&store).unwrap();
    assert!(engine.ledger("a").is_err(), "nobody knows its name");
    let state = |name: &str| engine.ledger(name).unwrap().summary().state;
    assert_eq!(state("b"), Availability::Quarantined);
    assert_eq!(state("c"), Availability::Open);
    let third = engine.ledger("c").unwrap();
    let appended = bench
        .runtime
        .block_on(third.append(events(&third, &["1"]), None));
    assert!(appended.is_ok());
    let told = engine.status().notices;
    let quarantined = told
        .iter()
        .filter(|notice| notice.code == NoticeCode::LedgerQuarantined);
    assert_eq!(quarantined.count(), 2);
    // Its name is not given to another.
    let request = CreateLedger {
        name: LedgerName::parse("a").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    };
    let refused = bench.runtime.block_on(engine.create_ledger(request));
    assert!(
        matches!(refused, Err(LedgerError::NamesUnknown)),
        "{refused:?}"
    );
    engine.drain().unwrap();
    drop((engine, third));

    // With its entry back it is itself again.
    let store = Arc::new(store.reopen());
    store.update_ledger(ledgers[0].0, &ledgers[0].1).unwrap();
    let engine = bench.open(&store).unwrap();
    assert_eq!(
        engine.ledger("a").unwrap().summary().state,
        Availability::Open
    );
    engine.drain().unwrap();
}
