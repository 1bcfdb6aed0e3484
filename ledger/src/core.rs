//! What the operations share: the engine's parts behind every handle, and the handles themselves.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
    thread::JoinHandle,
    time::Duration,
};

use indelible_keystore::age::Recipients;
use indelible_store::{Store, Term};

use crate::{
    follow::projection::RunningTotals,
    keys::{kek_usage::KekWork, keyring::Keyring, signers::Signers},
    state::{
        bell::{Followers, Stop},
        custody::Custody,
        environment::Environment,
        error::{AppendError, LedgerError},
        interrupt::Interrupt,
        key_copies::KeyCopies,
        limits::{
            EPOCH_SPAN_RECORDS, KEYS_PROBE, KEYS_RETRY_MIN, LEDGERS_MAX,
            PROJECTION_LAG_RECORDS_MAX, PUBLICATION_INTERVAL, WAITING_BYTES_TOTAL_MAX,
        },
        notice::Notice,
        party::Party,
        register::RegisterOptions,
        registry::Registry,
        scrubbed::ScrubRule,
        shared::LedgerState,
        shelf::Shelf,
        troubles::Troubles,
        wall_clock::ClockRule,
    },
    write::{anchor::Anchorage, fail_stop::FailStop, pace::Pace, queue::Queue},
};

/// What may be set about the engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The operator's part of every origin.
    pub origin_prefix: String,
    /// Records that an epoch key may sign for.
    pub epoch_span: u64,
    /// Time between two rounds of publication.
    pub publication_interval: Duration,
    /// The first pause before keys that were away at the start are asked for again.
    pub keys_retry: Duration,
    /// Time between two looks at whether the providers of keys can be used.
    pub keys_probe: Duration,
    /// Records by which the projections' states may fall behind a ledger that grows.
    pub projection_lag: u64,
    /// Where time, random bytes and turns come from.
    pub environment: Environment,
    /// How large groups must be for what.
    pub pace: Pace,
    /// Bytes of bodies and payloads that may wait for all ledgers together.
    pub waiting_bytes: usize,
    /// The data directory, whose volume is watched for room; none for a store in memory.
    pub data: Option<PathBuf>,
    /// The anchor, whose volume is watched for room; none for an anchor in memory.
    pub anchor: Option<PathBuf>,
    /// Ledgers that a daemon may hold, closed ones included, and the store's own left out.
    pub ledgers: u64,
    /// Whether the store's own ledger is kept: then nothing is decrypted that can't be recorded in it.
    pub keeps_system: bool,
    /// How far the clock on the wall may go ahead.
    pub clock: ClockRule,
    /// How the store is read again in the background.
    pub scrub: ScrubRule,
    /// Time between two rounds in which what is past its time is disposed of; none if that is done only when it is asked for.
    pub retention_every: Option<Duration>,
    /// The directory to which rules of retention archive; none if there is none.
    pub archive: Option<PathBuf>,
    /// To whom copies of data keys are sealed; none if nobody.
    pub rescue: Option<Recipients>,
    /// The register outside this machine, if there is one.
    pub register: Option<RegisterOptions>,
    /// Breaks the start off.
    pub interrupt: Interrupt,
}

impl EngineOptions {
    /// The defaults, under a prefix.
    pub fn new(origin_prefix: impl Into<String>) -> Self {
        Self {
            origin_prefix: origin_prefix.into(),
            epoch_span: EPOCH_SPAN_RECORDS,
            publication_interval: PUBLICATION_INTERVAL,
            keys_retry: KEYS_RETRY_MIN,
            keys_probe: KEYS_PROBE,
            projection_lag: PROJECTION_LAG_RECORDS_MAX,
            environment: Environment::system(),
            pace: Pace::default(),
            waiting_bytes: WAITING_BYTES_TOTAL_MAX,
            data: None,
            anchor: None,
            ledgers: LEDGERS_MAX,
            keeps_system: false,
            clock: ClockRule::default(),
            scrub: ScrubRule::default(),
            retention_every: None,
            archive: None,
            rescue: None,
            register: None,
            interrupt: Interrupt::default(),
        }
    }
}

/// What the handles share.
pub(crate) struct Core {
    pub(crate) environment: Environment,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) copies: Arc<KeyCopies>,
    pub(crate) totals: RunningTotals,
    pub(crate) custody: Arc<Custody>,
    pub(crate) options: EngineOptions,
    pub(crate) term: Term,
    pub(crate) halt: FailStop,
    /// The end of whoever is not waited for.
    pub(crate) draining: Stop,
    pub(crate) followers: Followers,
    pub(crate) notices: Vec<Notice>,
    /// When the engine was put together, nanoseconds since 1970 UTC.
    pub(crate) since: u64,
    /// Whether the catalogue names all ledgers: while it does not, a new one could take the name of one that is there.
    pub(crate) names_are_known: bool,
    /// Where archived parts lie.
    pub(crate) shelf: Arc<Shelf>,
    /// What is amiss with the machine now.
    pub(crate) troubles: Troubles,
    /// Creation is one at a time: names must stay unique.
    pub(crate) creating: tokio::sync::Mutex<()>,
    /// So is the rotation of the identity or the KEK.
    pub(crate) rotating: Mutex<()>,
    /// And erasure: each rewrites files.
    pub(crate) erasing: Mutex<()>,
    pub(crate) kek_work: KekWork,
    pub(crate) threads: Mutex<Threads>,
}

/// The threads that are waited for when the engine stops.
#[derive(Default)]
pub(crate) struct Threads {
    pub(crate) writer: Vec<JoinHandle<()>>,
    pub(crate) followers: Vec<JoinHandle<()>>,
    pub(crate) followers_stop: Stop,
}

impl Core {
    /// Lets one erasure be carried out at a time.
    pub(crate) fn erasing(&self) -> MutexGuard<'_, ()> {
        self.erasing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one rotation of the identity or the KEK happen at a time; whoever comes meanwhile is turned away.
    pub(crate) fn try_rotating(&self) -> Result<MutexGuard<'_, ()>, AppendError> {
        match self.rotating.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(AppendError::Rotating),
        }
    }

    /// The same for work in the background: it waits for its turn.
    pub(crate) fn await_rotating(&self) -> MutexGuard<'_, ()> {
        self.rotating.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The threads that run.
    pub(crate) fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether long work may go on: not while the engine is about to stop.
    pub(crate) fn go_on(&self) -> ControlFlow<()> {
        if self.is_draining() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether the engine is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_set()
    }

    /// Waits for so long, or until the engine is about to stop; where all share one thread, others take steps meanwhile.
    pub(crate) fn pause(&self, pause: Duration) {
        if !self.environment.give_turn() {
            self.draining.wait(pause);
        }
    }
}

/// All ledgers of a store, and the threads that serve them. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
}

impl Engine {
    /// What everybody may see of the ledger of a name or an origin.
    pub(crate) fn cell(&self, name_or_origin: &str) -> Result<Arc<LedgerState>, LedgerError> {
        self.core
            .registry
            .find(name_or_origin)
            .ok_or_else(|| LedgerError::Unknown(name_or_origin.to_owned()))
    }
}

/// A handle to one ledger; cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) core: Arc<Core>,
    pub(crate) cell: Arc<LedgerState>,
    /// Who appends with this handle.
    pub(crate) party: Party,
}

impl Ledger {
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    pub(crate) fn cell(&self) -> &LedgerState {
        &self.cell
    }

    pub(crate) fn new(core: Arc<Core>, cell: Arc<LedgerState>) -> Self {
        let party = Party::Daemon;
        Self { core, cell, party }
    }

    /// The handle of somebody who appends: what waits of theirs is counted apart, and has turns of its own. Without this,
    /// it is the daemon's own.
    #[must_use]
    pub fn for_party(self, party: Party) -> Self {
        Self { party, ..self }
    }
}
