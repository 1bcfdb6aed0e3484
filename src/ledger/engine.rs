//! The engine: opens what is stored, runs the writer and its followers, and hands out ledgers.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use indelible_evidence::{
    header::RecordKind,
    key_event::{Genesis, Predecessor, PublicKey},
    origin::{LedgerName, Origin},
};
use indelible_keystore::{KekProvider, Signer};
use indelible_store::{LedgerId, Store, Term};
use tokio::sync::oneshot;
use tracing::warn;

use super::{
    anchorage::{self, Anchorage},
    cell::{LedgerCell, State},
    committer::Committer,
    create::{self, GenesisTerms},
    descriptor::{Descriptor, Lifecycle},
    error::LedgerError,
    halt::Halt,
    handle::Ledger,
    identity::IndexHasher,
    indexer::Indexer,
    keys,
    limits::{EPOCH_SPAN_RECORDS, GROUPS_AHEAD_MAX, PUBLICATION_INTERVAL, REQUEST_ID_BYTES_MAX},
    link::Tip,
    publication::{self, Publisher},
    queue::{Adoption, Queue, Work},
    read,
    registry::Registry,
    room::RoomWatch,
    sequencer::Sequencer,
    summary::{EngineStatus, LedgerSummary, Notice},
    world,
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
            data: None,
        }
    }
}

/// What a new ledger is to be.
#[derive(Clone, Debug)]
pub struct CreateLedger {
    /// Its name.
    pub name: LedgerName,
    /// Makes the call safe to repeat; may be empty.
    pub request_id: String,
    /// An Ed25519 public key that can replace the identity key.
    pub recovery: Option<[u8; 32]>,
}

/// What the handles share.
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) identity: Arc<dyn Signer>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) registry: Arc<Registry>,
    provider: Arc<dyn KekProvider>,
    options: EngineOptions,
    term: Term,
    halt: Halt,
    draining: AtomicBool,
    notices: Vec<Notice>,
    /// Creation is one at a time: names must stay unique.
    creating: tokio::sync::Mutex<()>,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    writer: Vec<JoinHandle<()>>,
    followers: Vec<JoinHandle<()>>,
    followers_stop: Arc<AtomicBool>,
}

/// All ledgers of a store, and the threads that serve them. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
}

/// What recovery left to run with.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) provider: Arc<dyn KekProvider>,
    pub(crate) identity: Arc<dyn Signer>,
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
            provider,
            identity,
            term,
            registry,
            tips,
            notices,
        } = opened;
        let queue = Arc::new(Queue::default());
        let halt = Halt::new(Arc::clone(&registry), Arc::clone(&queue));
        let mut threads = Threads::default();

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
            identity: Arc::clone(&identity),
            term,
            epoch_span: options.epoch_span,
            tips,
            committer: Arc::clone(&committer),
            groups,
            sent: VecDeque::new(),
        };
        threads
            .writer
            .push(spawn("committer", &halt, move || committer.run(&received))?);
        threads
            .writer
            .push(spawn("sequencer", &halt, move || sequencer.run())?);

        let indexer = Indexer {
            store: Arc::clone(&store),
            registry: Arc::clone(&registry),
            queue: Arc::clone(&queue),
            stop: Arc::clone(&threads.followers_stop),
        };
        threads
            .followers
            .push(spawn("indexer", &halt, move || indexer.run())?);
        let publisher = Publisher {
            store: Arc::clone(&store),
            registry: Arc::clone(&registry),
            identity: Arc::clone(&identity),
            interval: options.publication_interval,
            stop: Arc::clone(&threads.followers_stop),
        };
        threads
            .followers
            .push(spawn("publisher", &halt, move || publisher.run())?);
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
            identity,
            queue,
            registry,
            provider,
            options,
            term,
            halt,
            draining: AtomicBool::new(false),
            notices,
            creating: tokio::sync::Mutex::new(()),
            threads: Mutex::new(threads),
        };
        Ok(Self {
            core: Arc::new(core),
        })
    }

    /// The ledger of a name or an origin.
    ///
    /// # Errors
    /// If there is none.
    pub fn ledger(&self, name_or_origin: &str) -> Result<Ledger, LedgerError> {
        let cell = self.cell(name_or_origin)?;
        Ok(Ledger::new(Arc::clone(&self.core), cell))
    }

    fn cell(&self, name_or_origin: &str) -> Result<Arc<LedgerCell>, LedgerError> {
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

    /// Creates a ledger; its first commit is durable when this returns.
    ///
    /// # Errors
    /// If the name is taken, a key can't be used, or a write failed.
    pub async fn create_ledger(&self, request: CreateLedger) -> Result<LedgerSummary, LedgerError> {
        if request.request_id.len() > REQUEST_ID_BYTES_MAX {
            return Err(LedgerError::RequestId);
        }
        let recovery = request
            .recovery
            .map(PublicKey::from_bytes)
            .transpose()
            .map_err(|_| LedgerError::RecoveryKey)?;
        let _one_at_a_time = self.core.creating.lock().await;
        if let Some(cell) = self.core.registry.find(request.name.as_str()) {
            let same =
                !request.request_id.is_empty() && cell.descriptor.request_id == request.request_id;
            return if same {
                Ok(LedgerSummary::of(&cell))
            } else {
                Err(LedgerError::Exists(request.name.as_str().to_owned()))
            };
        }
        let terms = GenesisTerms {
            recovery,
            predecessor: None,
        };
        self.begin(request.name, request.request_id, terms).await
    }

    /// Closes a quarantined ledger and starts its successor under the same name.
    ///
    /// # Errors
    /// If it is not in quarantine, a key can't be used, or a write failed.
    pub async fn create_successor(
        &self,
        name_or_origin: &str,
    ) -> Result<LedgerSummary, LedgerError> {
        let _one_at_a_time = self.core.creating.lock().await;
        let old = self.cell(name_or_origin)?;
        if old.state().0 != State::Quarantined {
            return Err(LedgerError::NotQuarantined(name_or_origin.to_owned()));
        }
        let head = old.committed().head.clone();
        let lost = self
            .core
            .anchor
            .read(old.id)
            .ok()
            .flatten()
            .map(|entry| entry.checkpoint)
            .filter(|note| !note.is_empty());
        let predecessor = Predecessor {
            origin: old.origin().clone(),
            size: head.size,
            root: head.root,
            chain: head.chain,
            lost,
        };
        let terms = GenesisTerms {
            recovery: self.recovery_key(&old),
            predecessor: Some(predecessor),
        };
        let successor = self
            .begin(old.descriptor.name.clone(), String::new(), terms)
            .await?;
        let closed = Descriptor {
            lifecycle: Lifecycle::Closed,
            ..old.descriptor.clone()
        };
        self.core.store.update_ledger(old.id, &closed.encode())?;
        old.set_state(
            State::Closed,
            format!("{} took its place", successor.origin),
        );
        Ok(successor)
    }

    /// The recovery key that a ledger's genesis names, so that its successor has the same. Where genesis is
    /// among what is missing, there is none to be had.
    fn recovery_key(&self, cell: &LedgerCell) -> Option<PublicKey> {
        let genesis = read::record(cell, &*self.core.store, 0)
            .map_err(|error| error.to_string())
            .and_then(|view| match view.header().kind {
                RecordKind::Genesis(signed) => {
                    Genesis::verify(&signed, &cell.verifier_key).map_err(|error| error.to_string())
                }
                _ => Err("record 0 is no genesis".to_owned()),
            });
        match genesis {
            Ok(genesis) => genesis.recovery,
            Err(error) => {
                warn!(ledger = %cell.origin(), error, "its successor gets no recovery key");
                None
            }
        }
    }

    /// Enters the ledger in the catalogue, then in the anchor, and only then commits its genesis: whatever
    /// is interrupted in between leaves a ledger without records, which the next start abandons.
    async fn begin(
        &self,
        name: LedgerName,
        request_id: String,
        terms: GenesisTerms,
    ) -> Result<LedgerSummary, LedgerError> {
        if self.core.draining.load(Ordering::Acquire) {
            return Err(LedgerError::Draining);
        }
        if self.core.halt.is_stopped() {
            return Err(LedgerError::Stopped("an earlier write failed".into()));
        }
        self.core.anchor.prepare().map_err(LedgerError::Anchor)?;
        let origin = Origin::compose(&self.core.options.origin_prefix, &name, world::bytes())
            .map_err(|error| LedgerError::Origin(error.to_string()))?;
        let (index_key, index_key_id, wrapped) =
            keys::new_index_key(origin.as_str(), &*self.core.provider)?;
        let descriptor = Descriptor {
            name,
            origin,
            request_id,
            created: world::now(),
            index_key_id,
            index_key: wrapped,
            predecessor: terms
                .predecessor
                .as_ref()
                .map(|predecessor| predecessor.origin.clone()),
            lifecycle: Lifecycle::Live,
        };
        let id = self.core.store.add_ledger(&descriptor.encode())?;
        let hasher = IndexHasher::new(&index_key);
        let cell = Arc::new(create::empty_cell(
            id,
            descriptor,
            hasher,
            &*self.core.identity,
        )?);
        let empty = anchorage::entry(&create::empty_head(cell.origin()));
        self.core
            .anchor
            .advance(&[(id, empty)])
            .map_err(LedgerError::Anchor)?;
        let (tip, commit, growth) = create::first_commit(
            Arc::clone(&cell),
            terms,
            &*self.core.identity,
            self.core.term,
            self.core.options.epoch_span,
        )?;
        let (reply, receiver) = oneshot::channel();
        let adoption = Box::new(Adoption {
            tip,
            commit,
            growth,
            reply,
        });
        self.core
            .queue
            .push(Work::Adopt(adoption))
            .map_err(|_closed| LedgerError::Draining)?;
        receiver
            .await
            .map_err(|_gone| LedgerError::Draining)?
            .map_err(|error| LedgerError::Stopped(error.to_string()))?;
        // It is durable, so it has its name from here on, whatever becomes of its first publication.
        self.core.registry.insert(Arc::clone(&cell));
        if let Err(error) = self.publish_now(&cell) {
            warn!(ledger = %cell.origin(), %error, "it is not published yet; that will be tried again");
        }
        Ok(LedgerSummary::of(&cell))
    }

    fn publish_now(&self, cell: &LedgerCell) -> Result<(), LedgerError> {
        let published = publication::sign(cell, &*self.core.identity)?;
        self.core
            .store
            .put_published(&[(cell.id, published.note.to_string())])?;
        cell.publish(published);
        Ok(())
    }

    /// How the engine stands.
    pub fn status(&self) -> EngineStatus {
        let description = self.core.provider.describe();
        EngineStatus {
            ledgers: self.ledgers(),
            identity_custody: format!(
                "Ed25519 seed wrapped by the {}: {}",
                description.kind, description.detail
            ),
            draining: self.core.draining.load(Ordering::Acquire),
            stopped: self.core.halt.is_stopped(),
            notices: self.core.notices.clone(),
        }
    }

    /// Takes no more appends, makes durable and acknowledges what was accepted, publishes it, and closes the
    /// store. Blocking; idempotent.
    ///
    /// # Errors
    /// If the store can't be closed cleanly.
    pub fn drain(&self) -> Result<(), LedgerError> {
        self.core.draining.store(true, Ordering::Release);
        self.core.queue.close();
        let threads = std::mem::take(
            &mut *self
                .core
                .threads
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
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
