//! Drives the engine's loops by lot, on one thread: one step at a time, with time that passes and power that fails.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{history::History, lot::Lot, world::World};
use crate::{
    Availability, Engine,
    engine::Loops,
    operations::{erase, first_settings},
    state::{
        bell::Bell,
        environment::{Clock as _, Turns},
        steps::{Loop, Next},
    },
};

/// How often the clock may be moved on because nobody can go on, before whoever waits is taken for stuck.
const JUMPS_MAX: u32 = 100;

thread_local! {
    /// Who gives turns on this thread.
    static CURRENT: RefCell<Option<Rc<Scheduler>>> = const { RefCell::new(None) };
}

/// Gives a turn to whoever the thread's scheduler chooses.
pub(super) struct Turn;

impl Turns for Turn {
    fn give(&self) {
        let scheduler = CURRENT.with_borrow(Clone::clone);
        scheduler.expect("a scheduler drives this thread").turn();
    }
}

struct Driven {
    name: &'static str,
    bell: Arc<Bell>,
    next: Next,
    /// None while it takes a step.
    steps: Option<Loop>,
}

impl Driven {
    fn can_go_on(&self, now: Duration) -> bool {
        match self.next {
            _ if self.steps.is_none() => false,
            Next::Worked => true,
            Next::Waits => self.bell.is_rung(),
            Next::WaitsUntil(until) => self.bell.is_rung() || now >= until,
            Next::PausesUntil(until) => now >= until || self.bell.is_stopped(),
            Next::Ended => false,
        }
    }

    fn deadline(&self) -> Option<Duration> {
        match self.next {
            Next::WaitsUntil(until) | Next::PausesUntil(until) => Some(until),
            Next::Worked | Next::Waits | Next::Ended => None,
        }
    }
}

pub(super) struct Scheduler {
    pub(super) world: RefCell<World>,
    pub(super) history: RefCell<History>,
    lot: RefCell<Lot>,
    engine: RefCell<Option<Engine>>,
    loops: RefCell<Vec<Driven>>,
    /// The power was cut, and nobody has started the engine again.
    crashed: Cell<bool>,
    /// Whether the power may fail.
    pub(super) hazards: Cell<bool>,
    jumps: Cell<u32>,
}

impl Scheduler {
    /// Takes over the thread.
    pub(super) fn begin(seed: u64) -> Rc<Self> {
        let scheduler = Rc::new(Self {
            world: RefCell::new(World::new(seed)),
            history: RefCell::new(History::new()),
            lot: RefCell::new(Lot::new(seed, "turns")),
            engine: RefCell::new(None),
            loops: RefCell::default(),
            crashed: Cell::new(false),
            hazards: Cell::new(true),
            jumps: Cell::new(0),
        });
        CURRENT.set(Some(Rc::clone(&scheduler)));
        scheduler
    }

    /// Gives the thread back.
    pub(super) fn end(&self) {
        self.loops.borrow_mut().clear();
        self.engine.take();
        CURRENT.take();
    }

    pub(super) fn has_crashed(&self) -> bool {
        self.crashed.get()
    }

    pub(super) fn engine(&self) -> Engine {
        self.engine.borrow().clone().expect("an engine is there")
    }

    pub(super) fn note(&self, what: &str) {
        self.history.borrow_mut().note(what);
    }

    /// Lets one loop take a step, chosen by lot; or lets time pass if none can. Now and then the power fails.
    pub(super) fn turn(&self) {
        if self.hazards.get() && self.lot.borrow_mut().one_in(300) {
            self.cut_power();
        }
        if self.crashed.get() {
            return;
        }
        let passed = Duration::from_micros(self.lot.borrow_mut().below(3_000));
        self.world.borrow().clock.pass(passed);
        match self.choose() {
            Some(place) => {
                self.jumps.set(0);
                self.step(place);
            }
            None => self.jump(),
        }
    }

    /// Lets time pass until somebody can go on.
    fn jump(&self) {
        self.jumps.set(self.jumps.get() + 1);
        assert!(self.jumps.get() < JUMPS_MAX, "nobody ever goes on");
        let loops = self.loops.borrow();
        let next = loops.iter().filter_map(Driven::deadline).min();
        let world = self.world.borrow();
        let now = world.clock.elapsed();
        let pause = next.map_or(Duration::from_secs(1), |next| next.saturating_sub(now));
        world.clock.pass(pause);
    }

    /// A loop that can go on; sometimes one that has nothing to do.
    fn choose(&self) -> Option<usize> {
        let loops = self.loops.borrow();
        let now = self.world.borrow().clock.elapsed();
        let mut lot = self.lot.borrow_mut();
        let idle = lot.one_in(25);
        let able: Vec<_> = (0..loops.len())
            .filter(|place| {
                let one = &loops[*place];
                one.can_go_on(now) || (idle && one.steps.is_some() && one.next != Next::Ended)
            })
            .collect();
        (!able.is_empty()).then(|| *lot.pick(&able))
    }

    fn step(&self, place: usize) {
        let (name, mut steps) = {
            let mut loops = self.loops.borrow_mut();
            let driven = &mut loops[place];
            if matches!(driven.next, Next::Waits | Next::WaitsUntil(_)) {
                driven.bell.wait(Some(Duration::ZERO));
            }
            (driven.name, driven.steps.take().expect("it takes no step"))
        };
        let next = steps.steps.step();
        self.note(&format!("{name} {next:?}"));
        if self.crashed.get() {
            return;
        }
        {
            let mut loops = self.loops.borrow_mut();
            loops[place].next = next;
            // One that has ended tells others so by being dropped.
            loops[place].steps = (next != Next::Ended).then_some(steps);
        }
        self.observe();
    }

    /// Sees what any reader can see, and whether it would be there after a power cut now.
    fn observe(&self) {
        let engine = self.engine();
        let world = self.world.borrow();
        let mut history = self.history.borrow_mut();
        for cell in engine.core.registry.cells() {
            let (size, note) = {
                let committed = cell.committed();
                (committed.head.size, committed.head.checkpoint.clone())
            };
            if history.see(cell.origin(), size, &note) {
                let (stored, anchored) = world.durable_sizes(cell.id);
                assert!(
                    stored >= size,
                    "readers see {size} records of {stored} that are stored"
                );
                assert!(
                    anchored >= size,
                    "readers see {size} records, the anchor {anchored}"
                );
            }
            if let Some(published) = cell.published() {
                history.see(cell.origin(), published.size, &published.note.to_string());
            }
        }
    }

    /// Cuts the power between two steps, or within one that gives turns.
    pub(super) fn cut_power(&self) {
        self.note("power cut");
        self.history.borrow_mut().cuts += 1;
        self.crashed.set(true);
        self.world.borrow_mut().cut_power();
        let engine = self.engine();
        // Whoever waits for the process would be gone with it.
        engine.core.draining.set();
        engine.core.queue.abandon();
        let loops = std::mem::take(&mut *self.loops.borrow_mut());
        drop(loops);
    }

    /// Starts the engine over what is on the disk, as often as it takes.
    pub(super) fn start(&self) {
        loop {
            self.engine.take();
            self.crashed.set(false);
            self.history.borrow_mut().starts += 1;
            let recovered = self.world.borrow().recover();
            let (opened, options) = match recovered {
                Ok(recovered) => recovered,
                Err(error) => {
                    self.note(&format!("no start: {error}"));
                    self.world.borrow_mut().cut_power();
                    continue;
                }
            };
            let (engine, loops) = Engine::assemble(opened, options).unwrap();
            *self.engine.borrow_mut() = Some(engine.clone());
            self.take_over(loops);
            self.check_recovered();
            first_settings::run(&engine.core);
            erase::resume(&engine.core);
            if !self.crashed.get() {
                return;
            }
        }
    }

    fn take_over(&self, loops: Loops) {
        let Loops {
            writer,
            followers,
            openers,
        } = loops;
        let all = writer.into_iter().chain(followers).chain(openers);
        *self.loops.borrow_mut() = all
            .map(|steps| Driven {
                name: steps.name,
                bell: Arc::clone(&steps.bell),
                next: Next::Worked,
                steps: Some(steps),
            })
            .collect();
    }

    /// Nothing that anybody has seen is gone, and no ledger is suspected.
    fn check_recovered(&self) {
        let engine = self.engine();
        for summary in engine.ledgers() {
            assert_eq!(summary.state, Availability::Open, "{summary:?}");
        }
        for cell in engine.core.registry.cells() {
            let seen = self.history.borrow().largest(cell.origin());
            assert!(
                cell.size() >= seen,
                "{seen} records were seen, {} are there",
                cell.size()
            );
        }
        self.observe();
    }

    /// Stops the engine as an operator does: what was accepted is written.
    pub(super) fn drain(&self) {
        self.note("drain");
        let engine = self.engine();
        engine.core.draining.set();
        engine.core.queue.close();
        self.turn_until(|loops| loops.iter().take(2).all(|one| one.next == Next::Ended));
        if self.crashed.get() {
            return;
        }
        engine.core.threads().followers_stop.set();
        self.turn_until(|loops| loops.iter().all(|one| one.next == Next::Ended));
        if self.crashed.get() {
            return;
        }
        // The store may have failed before.
        let _failed = engine.drain();
        self.crashed.set(true);
        self.loops.borrow_mut().clear();
        self.world.borrow_mut().cut_power();
    }

    fn turn_until(&self, done: impl Fn(&[Driven]) -> bool) {
        while !self.crashed.get() && !done(&self.loops.borrow()) {
            self.turn();
        }
    }

    /// Lets everybody go on until nobody has anything left to do but at a later time.
    pub(super) fn settle(&self) {
        for _ in 0..200 {
            self.turn();
        }
    }

    /// Waits for a call as its caller would.
    pub(super) fn wait_for<F: Future>(&self, call: F) -> F::Output {
        let mut call = pin!(call);
        loop {
            match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => self.turn(),
            }
        }
    }
}
