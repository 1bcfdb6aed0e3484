//! The engine: runs the writer and its followers over what is stored, and hands out ledgers.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};

use indelible_store::{LedgerId, Store, Term};
use tokio::sync::watch;

use crate::{
    core::{Core, Engine, EngineOptions, Ledger, Threads},
    follow::{
        indexer::Indexer,
        projection::{Projector, RunningTotals},
        publication::Publisher,
    },
    keys::{kek_usage::KekWork, keyring::Keyring, signers::Signers},
    operations::{
        count_keks, erase, first_settings,
        key_retry::{KeyOpener, OpenKeks},
    },
    state::{
        custody::Custody,
        disk_watch::DiskWatch,
        error::LedgerError,
        limits::GROUPS_AHEAD_MAX,
        notice::{Notice, NoticeCode},
        registry::Registry,
    },
    write::{
        anchor::Anchorage, certifier, committer::Committer, fail_stop::FailStop, link::Tip,
        queue::Queue, sequencer::Sequencer,
    },
};

/// What recovery left to run with.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) custody: Arc<Custody>,
    /// Opens the keys that are away still.
    pub(crate) reopen: Option<OpenKeks>,
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
            reopen,
            signers,
            term,
            registry,
            tips,
            mut notices,
        } = opened;
        let queue = Arc::new(Queue::default());
        let halt = FailStop::new(Arc::clone(&registry), Arc::clone(&queue));
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
            held: HashSet::new(),
            reserving: Vec::new(),
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
            let room = DiskWatch {
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
        if let Some(reopen) = reopen {
            let healer = KeyOpener {
                core: Arc::clone(&core),
                reopen,
            };
            // Not waited for at a drain: a provider may take its time to answer.
            spawn("keys", &core.halt, move || healer.run())?;
        }
        let settled = Arc::clone(&core);
        // It waits for the keys by itself, and is not waited for: what it has not recorded the next start does.
        spawn("settings", &core.halt, move || {
            first_settings::run(&settled)
        })?;
        if core.custody.keks().is_err() {
            // What follows a start needs the keys, and so follows them.
            return Ok(Self { core });
        }
        let (resumed, counted) = (Arc::clone(&core), Arc::clone(&core));
        // Not waited for at a drain: an erasure that is broken off is taken up again.
        spawn("erasures", &core.halt, move || erase::resume(&resumed))?;
        let usage = spawn("keks", &core.halt, move || {
            count_keks::after_start(&counted);
        })?;
        core.threads().followers.push(usage);
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
    halt: &FailStop,
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
