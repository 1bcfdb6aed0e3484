//! The run of one seed.

use std::{fmt, rc::Rc, time::Duration};

use indelible_evidence::{
    bundle::TarSource,
    chain::ChainHasher,
    header::Header,
    note::VerifierKey,
    tree::{Frontier, leaf_hash},
    verify::{KnownHead, Trust, verify},
};
use indelible_store::{ReadStore as _, record::StoredRecord};

use super::{
    clients::{Clients, LEDGERS},
    lot::Lot,
    scheduler::Scheduler,
};
use crate::{ExportForm, Ledger, Selection};

/// What a seed does besides the turns that waiting takes.
const ACTIONS: u64 = 160;

/// What a run met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Of every step and its result.
    pub(super) digest: String,
    acknowledged: u64,
    repeats: u64,
    conflicts: u64,
    rotations: u64,
    erasures: u64,
    scrubs: u64,
    faults: u64,
    cuts: u64,
    starts: u64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events acknowledged, {} repeats, {} conflicts, {} rotations, {} erasures, {} ledgers scrubbed, {} failed writes, {} power cuts, {} starts",
            self.acknowledged,
            self.repeats,
            self.conflicts,
            self.rotations,
            self.erasures,
            self.scrubs,
            self.faults,
            self.cuts,
            self.starts
        )
    }
}

impl Outcome {
    pub(super) fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.repeats += other.repeats;
        self.conflicts += other.conflicts;
        self.rotations += other.rotations;
        self.erasures += other.erasures;
        self.scrubs += other.scrubs;
        self.faults += other.faults;
        self.cuts += other.cuts;
        self.starts += other.starts;
    }

    /// A thousand runs in which something never happened show nothing about it.
    pub(super) fn has_met_everything(&self) {
        let met = [
            self.acknowledged,
            self.repeats,
            self.conflicts,
            self.rotations,
            self.erasures,
            self.scrubs,
            self.faults,
            self.cuts,
            self.starts,
        ];
        assert!(met.iter().all(|met| *met >= 100), "{self:?}");
    }
}

/// Runs a seed to its end.
pub(super) fn run(seed: u64) -> Outcome {
    let scheduler = Scheduler::begin(seed);
    let outcome = run_with(seed, &scheduler);
    scheduler.end();
    outcome
}

fn run_with(seed: u64, scheduler: &Rc<Scheduler>) -> Outcome {
    let mut lot = Lot::new(seed, "actions");
    let mut clients = Clients::new(seed, scheduler);
    scheduler.start();
    for _ in 0..ACTIONS {
        act(&mut lot, &mut clients, scheduler);
        clients.take_answers();
        let restarts = clients.wants_restart && lot.one_in(4);
        if restarts && !scheduler.has_crashed() {
            scheduler.cut_power();
            clients.take_answers();
        }
        if scheduler.has_crashed() {
            clients.wants_restart = false;
            scheduler.start();
        }
    }
    finish(&mut clients, scheduler);
    for (number, model) in clients.models.iter().enumerate() {
        let Ok(ledger) = scheduler.engine().ledger(LEDGERS[number]) else {
            assert_eq!(model.count(), 0, "a ledger is lost");
            continue;
        };
        model.check_all(&scheduler.world.borrow().store, &ledger);
        check_ledger(&ledger, scheduler);
    }
    let history = scheduler.history.borrow();
    Outcome {
        digest: history.digest().to_hex().to_string(),
        acknowledged: clients.models.iter().map(super::model::Model::count).sum(),
        repeats: clients.models.iter().map(|model| model.repeats).sum(),
        conflicts: clients.conflicts,
        rotations: clients.rotations,
        erasures: clients.erasures,
        scrubs: LEDGERS
            .iter()
            .filter(|name| was_scrubbed(scheduler, name))
            .count() as u64,
        faults: scheduler.world.borrow().faults(),
        cuts: history.cuts,
        starts: history.starts,
    }
}

/// Whether a pass of the scrub has ended over a ledger. None has found anything in what nobody has damaged.
fn was_scrubbed(scheduler: &Scheduler, name: &str) -> bool {
    let Ok(ledger) = scheduler.engine().ledger(name) else {
        return false;
    };
    let state = ledger.cell.scrubbed.get();
    assert!(!state.has_finding, "{name}: {state:?}");
    state.ended.is_some()
}

/// One thing that happens.
fn act(lot: &mut Lot, clients: &mut Clients, scheduler: &Scheduler) {
    match lot.below(100) {
        0..=44 => scheduler.turn(),
        45..=79 => clients.append(),
        80..=87 => clients.read(),
        88..=89 => clients.rotate(),
        90 => clients.erase(),
        91..=94 => {
            let pause = *lot.pick(&[1, 60, 1_100, 6_000, 400_000]);
            scheduler.note("time passes");
            scheduler
                .world
                .borrow()
                .clock
                .pass(Duration::from_millis(pause));
        }
        95..=96 => {
            let jump = Duration::from_millis(1 + lot.below(5_000_000));
            scheduler.note("the clock jumps");
            scheduler.world.borrow().clock.jump(lot.one_in(2), jump);
        }
        97 => {
            scheduler.note("a fault is planned");
            scheduler.world.borrow().plan_fault(lot);
        }
        98 => scheduler.drain(),
        _ => scheduler.cut_power(),
    }
}

/// Ends all faults, starts once more, and lets everybody catch up.
fn finish(clients: &mut Clients, scheduler: &Scheduler) {
    scheduler.hazards.set(false);
    scheduler.cut_power();
    clients.take_answers();
    scheduler.start();
    scheduler.settle();
    clients.take_answers();
}

/// A ledger is whole, whatever head anybody saw is one of its own, and a stranger's verifier accepts it.
fn check_ledger(ledger: &Ledger, scheduler: &Scheduler) {
    assert_eq!(ledger.verify(&mut |_, _| {}).findings, []);
    let store = &scheduler.world.borrow().store;
    let (mut chain, mut hasher) = (ChainHasher::start(ledger.cell.origin()), ChainHasher::new());
    let (mut tree, mut roots) = (Frontier::new(), Vec::new());
    for sequence in 0..ledger.cell.size() {
        let value = store.record(ledger.cell.id, sequence).unwrap();
        let value = value.expect("a record is lost");
        let stored = StoredRecord::decode(&value).unwrap();
        assert_eq!(Header::decode(stored.header).unwrap().sequence, sequence);
        chain = hasher.link(&chain, stored.header);
        assert_eq!(stored.chain, chain, "the chain breaks at {sequence}");
        tree.push(leaf_hash(&chain));
        roots.push(tree.root());
    }
    let heads = scheduler.history.borrow().heads(ledger.cell.origin());
    for (size, root) in heads {
        let place = usize::try_from(size).unwrap() - 1;
        assert_eq!(
            roots.get(place),
            Some(&root),
            "the head at {size} was another"
        );
    }
    let mut tar = Vec::new();
    ledger
        .export(Selection::Whole, &ExportForm::default(), &mut tar)
        .unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let head = ledger.published_checkpoint().unwrap().to_string();
    let mut trust = Trust::in_key(key.clone());
    trust.known_head = Some(KnownHead::parse(head.as_bytes(), &key).unwrap());
    let report = verify(TarSource::new(tar.as_slice()), &trust).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
}
