//! An engine over a store whose Nth commit fails, lost or persisted: after a restart everything acknowledged
//! is there once, and whoever was told of a failure may send again.

use std::{collections::HashMap, sync::Arc};

use indelible_evidence::origin::LedgerName;
use indelible_store::memory::{Fault, MemoryStore};

use crate::{
    Availability, CreateLedger, Engine, Ledger, LedgerError,
    tests::engine::{Bench, events, store},
};

/// The last commit that fails in a run of its own.
const FAILING_MAX: u64 = 14;
/// Appends of one run.
const APPENDS: usize = 12;

/// An engine that is started anew over what is durable whenever a write has failed.
struct Restarting<'a> {
    bench: &'a Bench,
    store: Arc<MemoryStore>,
    /// None only while it is replaced: two can't hold the anchor.
    engine: Option<Engine>,
    restarts: u32,
}

impl Restarting<'_> {
    fn restart(&mut self) {
        // It can't end well any more.
        let _failed = self.engine.take().map(|engine| engine.drain());
        self.store = Arc::new(self.store.reopen());
        self.engine = Some(self.bench.open(&self.store).unwrap());
        self.restarts += 1;
    }

    /// The ledger, created if there is none.
    fn ledger(&mut self) -> Ledger {
        loop {
            let engine = self.engine.clone().unwrap();
            if let Ok(ledger) = engine.ledger("l") {
                assert_eq!(
                    ledger.summary().state,
                    Availability::Open,
                    "{:?}",
                    ledger.summary()
                );
                return ledger;
            }
            let request = CreateLedger {
                name: LedgerName::parse("l").unwrap(),
                request_id: String::new(),
                recovery: None,
                encrypts_all: false,
                access_trail: false,
                checks_events: false,
            };
            let created = self.bench.runtime.block_on(engine.create_ledger(request));
            drop(engine);
            match created {
                Ok(_) => {}
                Err(LedgerError::Stopped(_)) => self.restart(),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Appends as a client does that sends again until it is told.
    fn append(&mut self, ids: &[&str]) -> Vec<u64> {
        loop {
            let ledger = self.ledger();
            let appended = ledger.append(events(&ledger, ids), None);
            let appended = self.bench.runtime.block_on(appended);
            drop(ledger);
            match appended {
                Ok(appended) => {
                    let mut new = appended
                        .new
                        .map_or(0..0, |new| new.first..new.first + u64::from(new.count));
                    let repeats: HashMap<usize, u64> = appended
                        .repeats
                        .iter()
                        .map(|(index, first)| (*index as usize, first.sequence))
                        .collect();
                    let place = |index| repeats.get(&index).copied().or_else(|| new.next());
                    return (0..ids.len()).map(place).map(Option::unwrap).collect();
                }
                Err(_unknown) => self.restart(),
            }
        }
    }
}

fn run(failing: u64, fault: Fault) -> u32 {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    store.fail_commit(failing, fault);
    let mut restarting = Restarting {
        bench: &bench,
        store,
        engine: Some(engine),
        restarts: 0,
    };
    let mut places = HashMap::new();
    for number in 0..APPENDS {
        // Each event comes again in the next batch, so that what failed is met as new and as old.
        let ids = [format!("e{number}"), format!("e{}", number + 1)];
        let ids = [ids[0].as_str(), ids[1].as_str()];
        for (id, sequence) in ids.into_iter().zip(restarting.append(&ids)) {
            assert_eq!(
                *places.entry(id.to_owned()).or_insert(sequence),
                sequence,
                "{id}"
            );
        }
    }
    restarting.restart();
    let ledger = restarting.ledger();
    let mut found = HashMap::new();
    for view in ledger.records(0, 1_000, usize::MAX).unwrap() {
        if let Some(body) = view.body() {
            let before = found.insert(body.id.to_owned(), view.sequence());
            assert_eq!(before, None, "an event is there twice");
        }
    }
    assert_eq!(found, places, "commit {failing}, {fault:?}");
    assert!(ledger.verify(&mut |_, _| {}).findings.is_empty());
    drop(ledger);
    restarting.engine.take().unwrap().drain().unwrap();
    restarting.restarts
}

#[test]
fn whichever_commit_fails_nothing_acknowledged_is_lost_or_doubled() {
    for fault in [Fault::Lost, Fault::Persisted] {
        let mut failed = 0;
        for failing in 0..FAILING_MAX {
            // One restart is the run's own, at its end.
            failed += run(failing, fault) - 1;
        }
        assert!(failed >= 10, "hardly a commit failed: {failed}");
    }
}
