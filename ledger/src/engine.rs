//! The engine: runs the writer and its followers over what is stored, and hands out ledgers.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use indelible_store::{LedgerId, Store, Term};
use tokio::sync::watch;

use crate::{
    core::{Core, Engine, EngineOptions, Ledger, Threads},
    follow::{
        indexer::Indexer,
        priority,
        projection::{IdleFolder, Projector, RunningTotals},
        publication::Publisher,
    },
    keys::{
        kek_usage::KekWork,
        keyring::{Keyring, Sweep},
        signers::Signers,
    },
    operations::{
        bind_keys, copy_keys, count_keks, elsewhere, end_ledger, erase,
        files_watch::FilesWatch,
        first_settings,
        key_retry::{KeyOpener, OpenKeks},
        provider_watch::ProviderWatch,
        register::RegisterReader,
        retention::{self, Schedule},
        scrub::Scrub,
    },
    state::{
        bell::{Bell, Followers, Stop},
        clock_watch::ClockWatch,
        custody::Custody,
        disk_watch::DiskWatch,
        error::LedgerError,
        key_copies::KeyCopies,
        notice::Notice,
        registry::Registry,
        shelf::Shelf,
        steps::{Loop, handover},
        troubles::Troubles,
    },
    write::{
        anchor::Anchorage,
        certifier::Certifier,
        committer::{Commits, Committer},
        fail_stop::FailStop,
        link::Tip,
        protocol::Disk,
        queue::Queue,
        sequencer::Sequencer,
        writer::{Tools, Writer},
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
    /// Whether the catalogue names all ledgers.
    pub(crate) names_are_known: bool,
    pub(crate) notices: Vec<Notice>,
}

impl Engine {
    /// Starts the threads over what recovery has found.
    pub(crate) fn start(opened: Opened, options: EngineOptions) -> io::Result<Self> {
        let (engine, loops) = Self::assemble(opened, options)?;
        loops.start(&engine.core)?;
        Ok(engine)
    }

    /// Puts the engine together over what recovery has found, and leaves it to the caller who drives its loops.
    pub(crate) fn assemble(opened: Opened, options: EngineOptions) -> io::Result<(Self, Loops)> {
        let Opened {
            store,
            anchor,
            custody,
            reopen,
            signers,
            term,
            registry,
            tips,
            names_are_known,
            mut notices,
        } = opened;
        let environment = options.environment.clone();
        let queue = Arc::new(Queue::new(options.pace));
        let threads = Threads::default();
        let opened_keys = threads.followers_stop.bell();
        let copies = Arc::new(KeyCopies::new(options.rescue.clone()));
        let keyring = Keyring::new(&store, &custody, &copies, &opened_keys)?;
        notices.extend((!keyring.is_locked()).then(Notice::keys_not_locked));
        let core = Arc::new(Core {
            since: environment.now(),
            shelf: registry.with_shelf(Shelf::new(options.archive.clone())),
            environment,
            store,
            anchor,
            signers,
            halt: FailStop::new(Arc::clone(&registry), Arc::clone(&queue)),
            queue,
            registry,
            keyring: Arc::new(keyring),
            copies,
            totals: RunningTotals::default(),
            custody,
            options,
            term,
            draining: Stop::default(),
            followers: Followers::new(&threads.followers_stop),
            notices,
            names_are_known,
            troubles: Troubles::default(),
            creating: tokio::sync::Mutex::new(()),
            rotating: Mutex::default(),
            erasing: Mutex::default(),
            kek_work: KekWork::default(),
            threads: Mutex::new(threads),
        });
        let mut followers = followers(&core)?;
        let (certifier, writer) = writer(&core, tips);
        followers.insert(0, certifier);
        let sweep = Sweep {
            keyring: Arc::clone(&core.keyring),
            stop: core.threads().followers_stop.clone(),
        };
        followers.push(Loop::new("keyring", &opened_keys, sweep));
        let bell = core.draining.bell();
        let opener = reopen.map(|reopen| {
            let opener = KeyOpener::new(Arc::clone(&core), reopen);
            Loop::new("keys", &bell, opener)
        });
        let reader = RegisterReader::of(&core).map(|reader| Loop::new("register", &bell, reader));
        let loops = Loops {
            writer,
            followers,
            openers: opener.into_iter().chain(reader).collect(),
        };
        Ok((Self { core }, loops))
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
        self.core.draining.set();
        self.core.queue.close();
        let threads = std::mem::take(&mut *self.core.threads());
        for thread in threads.writer.into_iter().rev() {
            // A panic of the thread has been printed already; the store is closed all the same.
            let _panicked = thread.join();
        }
        threads.followers_stop.set();
        for thread in threads.followers {
            let _panicked = thread.join();
        }
        Ok(self.core.store.close()?)
    }
}

/// The loops of the writer; the first of them is the certifier's, which is waited for with the followers.
fn writer(core: &Arc<Core>, tips: HashMap<LedgerId, Tip>) -> (Loop, Vec<Loop>) {
    let [certificates_bell, groups_bell] = [(); 2].map(|()| Arc::new(Bell::default()));
    let (certificates, wanted) = handover(&certificates_bell);
    let (groups, received) = handover(&groups_bell);
    let certifier = Certifier::new(wanted, Arc::clone(&core.queue), core.environment.clone());
    let committer = Arc::new(Committer {
        disk: Disk {
            queue: Arc::clone(&core.queue),
            store: Arc::clone(&core.store),
            anchor: Arc::clone(&core.anchor),
            halt: core.halt.clone(),
            followers: core.followers.clone(),
            environment: core.environment.clone(),
        },
    });
    let tools = Tools {
        queue: Arc::clone(&core.queue),
        store: Arc::clone(&core.store),
        signers: Arc::clone(&core.signers),
        certificates,
        environment: core.environment.clone(),
        term: core.term,
        epoch_span: core.options.epoch_span,
    };
    let sequencer = Sequencer::new(
        Arc::clone(&core.queue),
        Writer::new(tools, tips),
        Arc::clone(&committer),
        groups,
        core.options.pace,
        core.environment.clone(),
    );
    let commits = Commits {
        committer,
        groups: received,
    };
    let writer = vec![
        Loop::new("committer", &groups_bell, commits),
        Loop::new("sequencer", &core.queue.due, sequencer),
    ];
    (
        Loop::new("certifier", &certificates_bell, certifier),
        writer,
    )
}

/// The loops that follow the log, and those that watch the disk and the clock.
fn followers(core: &Arc<Core>) -> io::Result<Vec<Loop>> {
    let stop = core.threads().followers_stop.clone();
    let indexer = Indexer::new(
        Arc::clone(&core.store),
        Arc::clone(&core.registry),
        Arc::clone(&core.keyring),
        Arc::clone(&core.queue),
        core.environment.clone(),
        stop.clone(),
    );
    let idle = match core.environment.has_threads() {
        true => Some(IdleFolder::new(Arc::clone(&core.store))?),
        false => None,
    };
    let projector = Projector::new(
        Arc::clone(&core.store),
        Arc::clone(&core.registry),
        core.environment.clone(),
        stop.clone(),
        idle,
    );
    let publisher = Publisher::new(
        Arc::clone(&core.store),
        Arc::clone(&core.registry),
        Arc::clone(&core.signers),
        Arc::clone(&core.queue),
        core.options.publication_interval,
        stop.clone(),
    );
    let mut loops = vec![
        Loop::new("indexer", &core.followers.indexer, indexer),
        Loop::new("projector", &core.followers.projector, projector),
        Loop::new("publisher", &core.followers.publisher, publisher),
    ];
    if let Some(data) = core.options.data.clone() {
        let room = DiskWatch::new(
            data,
            core.options.anchor.clone(),
            Arc::clone(&core.registry),
            core.environment.clone(),
            stop.clone(),
        );
        loops.push(Loop::new("room", &stop.bell(), room));
        let files = FilesWatch::new(core, stop.clone());
        loops.push(Loop::new("files", &stop.bell(), files));
    }
    if core.options.scrub.is_on() {
        let scrub = Scrub::new(core, core.options.scrub, stop.clone());
        loops.push(Loop::new("scrub", &stop.bell(), scrub));
    }
    // It only tells, and would keep a simulation from seeing that nobody else goes on.
    if core.environment.has_threads() {
        let clock = ClockWatch::new(core.environment.clone(), stop.clone());
        loops.push(Loop::new("clock", &stop.bell(), clock));
    }
    Ok(loops)
}

/// The engine's loops, which somebody has to drive.
pub(crate) struct Loops {
    /// The committer's, and after it the sequencer's.
    pub(crate) writer: Vec<Loop>,
    /// Those that end after the writer.
    pub(crate) followers: Vec<Loop>,
    /// Open keys, and read a register, that were away at the start. They are not waited for: an answer may take its time.
    pub(crate) openers: Vec<Loop>,
}

impl Loops {
    /// Gives each loop a thread, and what a start does once threads of its own.
    fn start(self, core: &Arc<Core>) -> io::Result<()> {
        let drive = |one: Loop| {
            let environment = core.environment.clone();
            let name = one.name;
            spawn(name, &core.halt, move || {
                if matches!(name, "indexer" | "projector" | "scrub") {
                    priority::step_back();
                }
                one.drive(&environment);
            })
        };
        for one in self.followers {
            let follower = drive(one)?;
            core.threads().followers.push(follower);
        }
        for one in self.writer {
            let writer = drive(one)?;
            core.threads().writer.push(writer);
        }
        for opener in self.openers {
            drive(opener)?;
        }
        let watch = ProviderWatch::new(core, core.draining.clone());
        // It is not waited for either.
        drive(Loop::new("providers", &core.draining.bell(), watch))?;
        let settled = Arc::clone(core);
        // It waits for the keys by itself, and is not waited for: what it has not recorded the next start does.
        spawn("settings", &core.halt, move || {
            first_settings::run(&settled)
        })?;
        let unbound = Arc::clone(core);
        // The same is true of this one.
        spawn("bindings", &core.halt, move || {
            priority::step_back();
            bind_keys::run(&unbound);
        })?;
        let uncopied = Arc::clone(core);
        // Nor is this one: what is left the next start does.
        spawn("copies", &core.halt, move || {
            priority::step_back();
            copy_keys::run(&uncopied);
        })?;
        if let Some(every) = core.options.retention_every {
            let disposing = Arc::clone(core);
            // Not waited for either: what is recorded is completed at the next start.
            spawn("retention", &core.halt, move || {
                priority::step_back();
                Schedule { every }.run(&disposing);
            })?;
        }
        if core.custody.keks().is_err() {
            // What follows a start needs the keys, and so follows them.
            return Ok(());
        }
        let (resumed, counted) = (Arc::clone(core), Arc::clone(core));
        // Not waited for at a drain: an erasure that is broken off is taken up again.
        spawn("erasures", &core.halt, move || {
            end_ledger::resume(&resumed);
            erase::resume(&resumed);
            elsewhere::resume(&resumed);
            retention::resume(&resumed);
        })?;
        let census = spawn("keks", &core.halt, move || {
            count_keks::after_start(&counted);
        })?;
        core.threads().followers.push(census);
        Ok(())
    }
}

/// Starts a thread of the engine, which stops if the thread panics.
fn spawn(
    name: &'static str,
    halt: &FailStop,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let guard = halt.on_panic(name);
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _guard = guard;
        run();
    })
}
