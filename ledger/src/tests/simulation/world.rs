//! What outlives an engine: the disk, the keys' provider and the clocks.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use indelible_keystore::{Entropy, KekProvider, KekSet, KeyError, MemoryProvider};
use indelible_store::{
    Store, StoreId,
    memory::{Fault, MemoryAnchor, MemoryStore},
};

use super::{
    lot::{Lot, SeededEntropy},
    scheduler::Turn,
};
use crate::{
    EngineOptions, Keys, OpenError, Pace, Parts, ScrubRule,
    engine::Opened,
    startup::recover,
    state::environment::{Clock, Environment},
    tests::remote_keys::RemoteKeys,
};

/// When every simulation begins, nanoseconds since 1970 UTC.
const BEGIN: u64 = 1_800_000_000_000_000_000;
const STORE: StoreId = StoreId::from_bytes([7; 16]);

/// Two clocks that stand still until somebody moves them.
#[derive(Clone)]
pub(super) struct SimulatedClock(Arc<Mutex<Times>>);

struct Times {
    wall: u64,
    elapsed: Duration,
}

impl SimulatedClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Times {
            wall: BEGIN,
            elapsed: Duration::ZERO,
        })))
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        let mut times = self.0.lock().unwrap();
        times.wall += u64::try_from(time.as_nanos()).unwrap();
        times.elapsed += time;
    }

    /// Sets the clock on the wall back or forward.
    pub(super) fn jump(&self, back: bool, time: Duration) {
        let mut times = self.0.lock().unwrap();
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap();
        times.wall = match back {
            true => times.wall - nanoseconds,
            false => times.wall + nanoseconds,
        };
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> u64 {
        self.0.lock().unwrap().wall
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().elapsed
    }
}

/// The world of one seed.
pub(super) struct World {
    pub(super) store: Arc<MemoryStore>,
    pub(super) anchor: MemoryAnchor,
    pub(super) clock: SimulatedClock,
    keks: Arc<KekSet>,
    options: EngineOptions,
    /// Planned faults of the stores before this one that have come to pass.
    failed: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut lot = Lot::new(seed, "world");
        let clock = SimulatedClock::new();
        let keys_entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(!seed));
        let memory = MemoryProvider::drawing_from(Arc::clone(&keys_entropy)).unwrap();
        let provider: Arc<dyn KekProvider> = match lot.one_in(2) {
            true => Arc::new(memory),
            false => Arc::new(RemoteKeys::new(memory, keys_entropy)),
        };
        let environment = Environment::new(
            clock.clone(),
            SeededEntropy::new(seed),
            Some(Box::new(Turn)),
        );
        let options = EngineOptions {
            epoch_span: 1 + lot.below(40),
            environment,
            pace: Pace {
                lone_records_max: *lot.pick(&[0, 2, 64]),
                events_worth_linking_ahead: *lot.pick(&[1, 3, 512]),
            },
            scrub: ScrubRule {
                bytes_per_second: *lot.pick(&[1 << 12, 1 << 16, 1 << 24]),
                start_delay: Duration::from_secs(lot.below(3)),
                pass_interval: Duration::from_secs(60),
                step_bytes: *lot.pick(&[1, 1 << 14, 1 << 20]),
            },
            ..EngineOptions::new("localhost")
        };
        Self {
            store: Arc::new(MemoryStore::new(STORE)),
            anchor: MemoryAnchor::default(),
            clock,
            keks: Arc::new(KekSet::new(provider, Vec::new()).unwrap()),
            options,
            failed: 0,
        }
    }

    /// Cuts the power: what was not durable is gone, and whoever holds the disk writes nothing any more.
    pub(super) fn cut_power(&mut self) {
        self.failed += self.store.failed_writes();
        self.store = Arc::new(self.store.reopen());
        self.anchor.restart();
    }

    /// Recovers what is on the disk.
    pub(super) fn recover(&self) -> Result<(Opened, EngineOptions), OpenError> {
        let again = Arc::clone(&self.keks);
        let parts = Parts {
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            settle: None,
            keys: Keys {
                keks: Ok(Arc::clone(&self.keks)),
                reopen: Box::new(move || Ok::<_, KeyError>(Arc::clone(&again)).map_err(Into::into)),
            },
        };
        let opened = recover(parts, Box::new(self.anchor.clone()), &self.options)?;
        Ok((opened, self.options.clone()))
    }

    /// Planned faults that have come to pass.
    pub(super) fn faults(&self) -> u64 {
        self.failed + self.store.failed_writes() + self.anchor.failed_syncs()
    }

    /// Plans that one of the next writes fails.
    pub(super) fn plan_fault(&self, lot: &mut Lot) {
        let fault = *lot.pick(&[Fault::Lost, Fault::Persisted]);
        match lot.below(3) {
            0 => self.store.fail_commit(lot.below(4), fault),
            1 => self.store.fail_write(lot.below(4), fault),
            _ => self.anchor.fail_sync(lot.below(4), fault),
        }
    }

    /// How large a ledger would be after a power cut, by the store and by the anchor.
    pub(super) fn durable_sizes(&self, ledger: indelible_store::LedgerId) -> (u64, u64) {
        use indelible_store::ReadStore as _;
        let stored = self.store.head(ledger).unwrap();
        let anchor = self.anchor.durable(STORE).unwrap();
        let anchored = anchor.and_then(|anchor| anchor.read(ledger).unwrap());
        (
            stored.map_or(0, |head| head.size),
            anchored.map_or(0, |entry| entry.size),
        )
    }
}
