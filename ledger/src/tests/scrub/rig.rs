//! A scrub whose steps a test takes.

use std::{
    sync::atomic::Ordering,
    thread::sleep,
    time::{Duration, Instant},
};

use indelible_evidence::{
    chain::ChainHasher,
    header::{Header, RecordKind},
    tree::leaf_hash,
};
use indelible_store::{
    ReadStore as _,
    memory::MemoryStore,
    record::{RecordTail, StoredRecord, push_record},
};

use crate::{
    Engine, EngineOptions, Ledger, NoticeCode, ScrubRule, Scrubbed,
    operations::scrub::Scrub,
    state::{
        bell::Stop,
        steps::{Next, Steps as _},
    },
    tests::engine::{Bench, events},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// More than two tiles.
pub(super) const EVENTS: u32 = 700;

/// No scrub of the engine's own: the tests take the steps.
pub(super) fn options() -> EngineOptions {
    EngineOptions {
        scrub: ScrubRule {
            bytes_per_second: 0,
            ..ScrubRule::default()
        },
        ..EngineOptions::new("localhost")
    }
}

/// As fast as it goes, a tile in each step.
pub(super) const RULE: ScrubRule = ScrubRule {
    bytes_per_second: u64::MAX,
    start_delay: Duration::ZERO,
    pass_interval: Duration::from_secs(3_600),
    step_bytes: 1,
};

/// A scrub whose steps the test takes.
pub(super) struct Stepping {
    scrub: Scrub,
    stop: Stop,
    engine: Engine,
}

impl Stepping {
    pub(super) fn new(engine: &Engine) -> Self {
        Self::with(engine, RULE)
    }

    pub(super) fn with(engine: &Engine, rule: ScrubRule) -> Self {
        let stop = Stop::default();
        Self {
            scrub: Scrub::new(&engine.core, rule, stop.clone()),
            stop,
            engine: engine.clone(),
        }
    }

    /// Takes a step once it is due.
    pub(super) fn step(&mut self) {
        match self.scrub.step() {
            Next::PausesUntil(until) => {
                let now = self.engine.core.environment.elapsed();
                sleep(until.saturating_sub(now).min(Duration::from_millis(60)));
            }
            other => panic!("{other:?}"),
        }
    }

    /// Takes steps until this is so of a ledger.
    pub(super) fn until(&mut self, ledger: &Ledger, holds: impl Fn(&Scrubbed) -> bool) -> Scrubbed {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.step();
            let state = ledger.cell.scrubbed.get();
            if holds(&state) {
                return state;
            }
            assert!(Instant::now() < deadline, "{state:?}");
        }
    }

    /// Ends it as a stop of the daemon does.
    pub(super) fn end(mut self) {
        self.stop.set();
        assert_eq!(self.scrub.step(), Next::Ended);
    }
}

pub(super) fn is_over(state: &Scrubbed) -> bool {
    state.ended.is_some() || state.has_finding || state.unread.is_some()
}

/// Waits until all of a ledger is indexed.
fn indexed(ledger: &Ledger) {
    let deadline = Instant::now() + PATIENCE;
    let size = ledger.cell.size();
    ledger.cell.want_index(size);
    while ledger.cell.indexed.load(Ordering::Acquire) < size {
        assert!(Instant::now() < deadline, "it is never indexed");
        ledger.core.followers.ring();
        sleep(Duration::from_millis(2));
    }
}

/// A ledger with many events, all of them indexed.
pub(super) fn filled(bench: &Bench, engine: &Engine, name: &str) -> Ledger {
    let ledger = bench.named(engine, name);
    let ids: Vec<_> = (0..EVENTS).map(|id| id.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let appended = ledger.append(events(&ledger, &ids), None);
    bench.runtime.block_on(appended).unwrap();
    indexed(&ledger);
    ledger
}

pub(super) fn notices(engine: &Engine, code: NoticeCode) -> Vec<String> {
    let notices = engine.status().notices.into_iter();
    let of_code = notices.filter(|notice| notice.code == code);
    of_code.map(|notice| notice.detail).collect()
}

/// Alters a record of the second tile, and makes the chain hashes behind it and the leaves right, up to the end.
pub(super) fn rewrite(store: &MemoryStore, ledger: &Ledger, altered: u64, end: u64) {
    let id = ledger.cell.id;
    let before = store.record(id, altered - 1).unwrap().unwrap();
    let mut chain = StoredRecord::decode_chain(&before).unwrap();
    let mut hasher = ChainHasher::new();
    let mut tile = store.tile(id, 0, 1).unwrap().unwrap();
    for sequence in altered..end {
        let value = store.record(id, sequence).unwrap().unwrap();
        let stored = StoredRecord::decode(&value).unwrap();
        let mut header = Header::decode(stored.header).unwrap();
        if sequence == altered
            && let RecordKind::Event(event) = &mut header.kind
        {
            event.classification = Some("restricted");
        }
        let header = header.encode();
        chain = hasher.link(&chain, &header);
        let tail = RecordTail::encode(stored.body, stored.payload);
        let mut out = Vec::new();
        push_record(&mut out, &chain, &stored.id_hash, &header, &tail);
        store.forge(id, sequence, Some(out));
        let at = (sequence as usize - 256) * 32;
        if let Some(leaf) = tile.get_mut(at..at + 32) {
            leaf.copy_from_slice(leaf_hash(&chain).as_bytes());
        }
    }
    store.forge_tile(id, 0, 1, Some(tile));
}
