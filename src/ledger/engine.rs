//! The engine: opens what is stored, runs the writer and its followers, and hands out ledgers.

use std::{
    collections::{HashMap, VecDeque},
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use indelible_keystore::KekProvider as _;
use indelible_store::{LedgerId, Store, Term};
use tokio::sync::watch;

use super::{
    anchorage::Anchorage,
    cell::{LedgerCell, State},
    certifier,
    committer::Committer,
    custody::Custody,
    erasure,
    error::{AppendError, LedgerError},
    halt::Halt,
    handle::Ledger,
    healing::{Healer, OpenKeks},
    indexer::Indexer,
    kek_census::{self, KekWork},
    keyring::Keyring,
    limits::{
        EPOCH_SPAN_RECORDS, GROUPS_AHEAD_MAX, KEYS_RETRY_MIN, PROJECTION_LAG_RECORDS_MAX,
        PUBLICATION_INTERVAL,
    },
    link::Tip,
    notice::{Notice, NoticeCode},
    projection::{Projector, RunningTotals},
    publication::Publisher,
    queue::Queue,
    registry::Registry,
    room::RoomWatch,
    sequencer::Sequencer,
    signers::Signers,
    summary::{EngineStatus, LedgerSummary},
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
    /// Records by which the projections' states may fall behind a ledger that grows.
    pub projection_lag: u64,
    /// The data directory, whose volume is watched for room; none for a store in memory.
    pub data: Option<PathBuf>,
}

impl EngineOptions {
    /// The defaults, under a prefix.
    pub fn new(origin_prefix: impl Into<String>) -> Self {
        Self {
            origin_prefix: origin_prefix.into(),
            epoch_span: EPOCH_SPAN_RECORDS,
            publication_interval: PUBLICATION_INTERVAL,
            keys_retry: KEYS_RETRY_MIN,
            projection_lag: PROJECTION_LAG_RECORDS_MAX,
            data: None,
        }
    }
}

/// What the handles share.
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) totals: RunningTotals,
    pub(crate) custody: Arc<Custody>,
    pub(super) options: EngineOptions,
    pub(super) term: Term,
    pub(super) halt: Halt,
    pub(super) draining: AtomicBool,
    pub(super) notices: Vec<Notice>,
    /// Creation is one at a time: names must stay unique.
    pub(super) creating: tokio::sync::Mutex<()>,
    /// So is the rotation of the identity or the KEK.
    pub(super) rotating: Mutex<()>,
    /// And erasure: each rewrites files.
    pub(super) erasing: Mutex<()>,
    pub(super) kek_work: KekWork,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    writer: Vec<JoinHandle<()>>,
    followers: Vec<JoinHandle<()>>,
    followers_stop: Arc<AtomicBool>,
}

impl Core {
    /// Lets one erasure be carried out at a time.
    pub(super) fn erasing(&self) -> MutexGuard<'_, ()> {
        self.erasing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one rotation of the identity or the KEK happen at a time; whoever comes meanwhile is turned away.
    pub(super) fn try_rotating(&self) -> Result<MutexGuard<'_, ()>, AppendError> {
        match self.rotating.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(AppendError::Rotating),
        }
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether long work may go on: not while the engine is about to stop.
    pub(super) fn go_on(&self) -> ControlFlow<()> {
        if self.is_draining() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether the engine is about to stop.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}

/// All ledgers of a store, and the threads that serve them. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(super) core: Arc<Core>,
}

/// What recovery left to run with.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) custody: Arc<Custody>,
    /// Opens the keys that are away still.
    pub(crate) again: Option<OpenKeks>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) term: Term,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tips: HashMap<LedgerId, Tip>,
    pub(crate) notices: Vec<Notice>,
}

impl Engine {
    /// Starts the threads over what recovery has found.
    pub(crate) fn start(opened: Opened, options: EngineOptions) -> std::io::Result<Self> {
        let Opened {
            store,
            anchor,
            custody,
            again,
            signers,
            term,
            registry,
            tips,
            mut notices,
        } = opened;
        let queue = Arc::new(Queue::default());
        let halt = Halt::new(Arc::clone(&registry), Arc::clone(&queue));
        let mut threads = Threads::default();

        let (certificates, wanted) = mpsc::channel();
        let certifying = Arc::clone(&queue);
        threads.followers.push(spawn("certifier", &halt, move || {
            certifier::run(&wanted, &certifying);
        })?);
        let (groups, received) = mpsc::sync_channel(GROUPS_AHEAD_MAX);
        let committer = Arc::new(Committer {
            queue: Arc::clone(&queue),
            store: Arc::clone(&store),
            anchor: Arc::clone(&anchor),
            halt: halt.clone(),
        });
        let sequencer = Sequencer {
            queue: Arc::clone(&queue),
            store: Arc::clone(&store),
            signers: Arc::clone(&signers),
            term,
            epoch_span: options.epoch_span,
            tips,
            committer: Arc::clone(&committer),
            groups,
            sent: VecDeque::new(),
            certificates,
            parked: HashMap::new(),
            certified: HashMap::new(),
        };
        threads
            .writer
            .push(spawn("committer", &halt, move || committer.run(&received))?);
        threads
            .writer
            .push(spawn("sequencer", &halt, move || sequencer.run())?);

        let keyring = Arc::new(Keyring::new(Arc::clone(&store), Arc::clone(&custody))?);
        if !keyring.is_locked() {
            notices.push(Notice {
                code: NoticeCode::KeysNotLocked,
                detail: "the operating system does not lock the memory of data keys, so they may reach the swap; \
                         raise RLIMIT_MEMLOCK (LimitMEMLOCK= in a unit), or encrypt or turn off the swap"
                    .into(),
                ledger: None,
            });
        }
        let indexer = Indexer {
            store: Arc::clone(&store),
            registry: Arc::clone(&registry),
            keyring: Arc::clone(&keyring),
            queue: Arc::clone(&queue),
            stop: Arc::clone(&threads.followers_stop),
        };
        threads
            .followers
            .push(spawn("indexer", &halt, move || indexer.run())?);
        let projector = Projector::new(
            Arc::clone(&store),
            Arc::clone(&registry),
            Arc::clone(&threads.followers_stop),
        )?;
        threads
            .followers
            .push(spawn("projector", &halt, move || projector.run())?);
        let publisher = Publisher {
            store: Arc::clone(&store),
            registry: Arc::clone(&registry),
            signers: Arc::clone(&signers),
            interval: options.publication_interval,
            stop: Arc::clone(&threads.followers_stop),
        };
        threads
            .followers
            .push(spawn("publisher", &halt, move || publisher.run())?);
        let (swept, stop) = (Arc::clone(&keyring), Arc::clone(&threads.followers_stop));
        threads
            .followers
            .push(spawn("keyring", &halt, move || swept.sweep(&stop))?);
        if let Some(data) = options.data.clone() {
            let room = RoomWatch {
                data,
                registry: Arc::clone(&registry),
                stop: Arc::clone(&threads.followers_stop),
            };
            threads
                .followers
                .push(spawn("room", &halt, move || room.run())?);
        }

        let core = Core {
            store,
            anchor,
            signers,
            queue,
            registry,
            keyring,
            totals: RunningTotals::default(),
            custody,
            options,
            term,
            halt,
            draining: AtomicBool::new(false),
            notices,
            creating: tokio::sync::Mutex::new(()),
            rotating: Mutex::default(),
            erasing: Mutex::default(),
            kek_work: KekWork::default(),
            threads: Mutex::new(threads),
        };
        let core = Arc::new(core);
        if let Some(again) = again {
            let healer = Healer {
                core: Arc::clone(&core),
                again,
            };
            // Not waited for at a drain: a provider may take its time to answer.
            spawn("keys", &core.halt, move || healer.run())?;
        }
        if core.custody.keks().is_err() {
            // What follows a start needs the keys, and so follows them.
            return Ok(Self { core });
        }
        let (resumed, counted) = (Arc::clone(&core), Arc::clone(&core));
        // Not waited for at a drain: an erasure that is broken off is taken up again.
        spawn("erasures", &core.halt, move || erasure::resume(&resumed))?;
        let census = spawn("keks", &core.halt, move || {
            kek_census::after_start(&counted);
        })?;
        core.threads().followers.push(census);
        Ok(Self { core })
    }

    /// The ledger of a name or an origin.
    ///
    /// # Errors
    /// If there is none.
    pub fn ledger(&self, name_or_origin: &str) -> Result<Ledger, LedgerError> {
        let cell = self.cell(name_or_origin)?;
        Ok(Ledger::new(Arc::clone(&self.core), cell))
    }

    pub(super) fn cell(&self, name_or_origin: &str) -> Result<Arc<LedgerCell>, LedgerError> {
        self.core
            .registry
            .find(name_or_origin)
            .ok_or_else(|| LedgerError::Unknown(name_or_origin.to_owned()))
    }

    /// All ledgers, by name and then origin.
    pub fn ledgers(&self) -> Vec<LedgerSummary> {
        let mut ledgers: Vec<_> = self
            .core
            .registry
            .cells()
            .iter()
            .map(|cell| LedgerSummary::of(cell))
            .collect();
        ledgers.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
        ledgers
    }

    /// How the engine stands.
    pub fn status(&self) -> EngineStatus {
        let core = &*self.core;
        let (identity_custody, keys_away) = match core.custody.keks() {
            Ok(keks) => {
                let kept = match core.signers.newest_place() {
                    Some((_, true)) => "Ed25519 key that never leaves",
                    _ => "Ed25519 seed wrapped by",
                };
                let description = keks.describe();
                let told = format!("{kept} the {}: {}", description.kind, description.detail);
                (told, None)
            }
            Err(away) => (format!("not known: {away}"), Some(away.0)),
        };
        let mut notices = core.notices.clone();
        notices.extend(self.key_notices());
        notices.extend(core.kek_work.notices());
        notices.extend(self.projection_notices());
        EngineStatus {
            ledgers: self.ledgers(),
            identity_custody,
            keys_away,
            draining: self.core.draining.load(Ordering::Acquire),
            stopped: self.core.halt.is_stopped(),
            notices,
        }
    }

    /// What is amiss with the keys.
    fn key_notices(&self) -> Vec<Notice> {
        let core = &*self.core;
        if let Err(away) = core.custody.keks() {
            let detail = format!(
                "{away}. Until then records in the clear are read and proven, and nothing is appended, decrypted, looked \
                 up by its attributes, erased or published"
            );
            return vec![Notice {
                code: NoticeCode::KeysUnavailable,
                detail,
                ledger: None,
            }];
        }
        let cells = core.registry.cells();
        let shut = core.signers.shut().into_iter().map(|(public, error)| {
            let is_under = |cell: &&Arc<LedgerCell>| {
                cell.state().0 != State::Closed
                    && cell.keys().identities().current().public() == public
            };
            let count = cells.iter().filter(is_under).count();
            Notice {
                code: NoticeCode::IdentityUnavailable,
                detail: format!(
                    "{error}. Ledgers under it, which take no records and are not published: {count}"
                ),
                ledger: None,
            }
        });
        shut.collect()
    }

    /// The ledgers whose projections can't go on.
    fn projection_notices(&self) -> impl Iterator<Item = Notice> {
        let cells = self.core.registry.cells();
        let stuck = cells
            .into_iter()
            .filter(|cell| cell.projected.is_given_up());
        stuck.map(|cell| Notice {
            code: NoticeCode::ProjectionsStopped,
            detail: format!(
                "a record at or after {} can't be folded, as the log says; what is asked of these records is refused",
                cell.projected.upto()
            ),
            ledger: Some(cell.origin().to_string()),
        })
    }

    /// Tells when the keys are open.
    pub fn watch_keys(&self) -> watch::Receiver<bool> {
        self.core.custody.watch()
    }

    /// Takes no more appends, makes durable and acknowledges what was accepted, publishes it, and closes the
    /// store. Blocking; idempotent.
    ///
    /// # Errors
    /// If the store can't be closed cleanly.
    pub fn drain(&self) -> Result<(), LedgerError> {
        self.core.draining.store(true, Ordering::Release);
        self.core.queue.close();
        let threads = std::mem::take(&mut *self.core.threads());
        for thread in threads.writer.into_iter().rev() {
            // A panic of the thread has been printed already; the store is closed all the same.
            let _panicked = thread.join();
        }
        threads.followers_stop.store(true, Ordering::Release);
        for thread in threads.followers {
            let _panicked = thread.join();
        }
        Ok(self.core.store.close()?)
    }
}

/// Starts a thread of the engine, which stops if the thread panics.
fn spawn(
    name: &'static str,
    halt: &Halt,
    run: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let guard = halt.on_panic(name);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _guard = guard;
            run();
        })
}
