//! Rescuing what is encrypted in a store whose KEK is lost: evidence bundles that open it, made with the copies of data
//! keys and without a daemon.
//!
//! Nothing is signed here, and nothing has to be: a bundle is made under the last checkpoint that the identity key signed
//! with the time. No index key can be opened either, so the entries of data keys are not held against their MACs. What
//! is disclosed is held against the chain instead: a copy names the ledger, the key and the subject that it is of, and
//! the header of each event commits to the key that opens it. What a record erases stays closed, whatever keys are there
//! again; of a ledger that may lack such records nothing is opened, unless whoever asks takes that upon themselves
//! ([`standing`]).

mod copies;
mod outcome;
mod standing;
mod tally;

use std::{
    collections::{HashMap, HashSet},
    io::Write,
    path::PathBuf,
    sync::Arc,
};

use indelible_evidence::{
    DataKeyId,
    bundle::{BundlePlan, Selection, WriteError, write_bundle},
    note::VerifierKey,
    origin::SYSTEM_LEDGER,
};
use indelible_keystore::age::Identity;
use indelible_store::{
    Head, LedgerId, Store, StoreError,
    anchor::{Anchor, AnchorEntry},
};
use thiserror::Error;

use self::{copies::Copies, tally::Tally};
pub use self::{
    outcome::{
        Rescued, RescuedEvents, RescuedLedger, Shortfall, Unopened, UnopenedKey, UnopenedKeys,
    },
    standing::GivenHead,
};
use crate::{
    check::{
        copy,
        finding::Finding,
        recovery::{self, Evidence},
    },
    follow::publication,
    operations::{disclose::Disclosure, export::source::Source},
    read::key_events::key_events,
    state::{
        custody::Custody,
        descriptor::{Descriptor, Lifecycle},
        environment::Environment,
        error::ReadError,
        event_identity::IndexKey,
        interrupt::Interrupt,
        registry::Registry,
        shared::LedgerState,
        shelf::Shelf,
    },
    write::genesis,
};

/// Why nothing, or not a ledger, can be rescued.
#[derive(Debug, Error)]
pub enum RescueError {
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such ledger.
    #[error("the store has no ledger {0}")]
    Unknown(String),
    /// What is stored of the ledger is not whole.
    #[error("what is stored of the ledger is not what was signed: {0}")]
    Unsound(String),
    /// What is stored of the ledger may be older than what was acknowledged.
    #[error("{0}")]
    Older(Shortfall),
    /// The bundle can't be written.
    #[error(transparent)]
    Bundle(WriteError<ReadError>),
    /// The ledger can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What a rescue goes by.
pub struct RescueOptions {
    /// They open the copies.
    pub identities: Vec<Identity>,
    /// The directory of the archive, if there is one.
    pub archive: Option<PathBuf>,
    /// The anchor, which says how far each ledger had come; none if it is lost.
    pub anchor: Option<Anchor>,
    /// Checkpoints that came another way.
    pub given: Vec<GivenHead>,
    /// Whether a ledger is opened that may be older than what was acknowledged of it, and so may lack erasures.
    pub opens_older: bool,
}

/// A store that nobody serves, and what opens and judges it.
pub struct Rescue {
    store: Arc<dyn Store>,
    options: RescueOptions,
    registry: Registry,
    unsound: HashMap<LedgerId, String>,
    shortfalls: HashMap<LedgerId, Shortfall>,
    /// Ledgers that end where a checkpoint that came another way says.
    vouched: HashSet<LedgerId>,
    /// Data keys that the store's own ledger tells to be erased.
    erased: HashMap<LedgerId, HashSet<DataKeyId>>,
    unreadable: Vec<String>,
}

impl Rescue {
    /// Recovers all ledgers as a start does, without any key, and looks for what says that one is older than it was. Nothing
    /// is written. Blocking.
    ///
    /// # Errors
    /// If the store can't be read at all. What is wrong with a ledger is told.
    pub fn open(store: Arc<dyn Store>, options: RescueOptions) -> Result<Self, RescueError> {
        let registry = Registry::default();
        registry.with_shelf(Shelf::new(options.archive.clone()));
        let mut rescue = Self {
            store,
            options,
            registry,
            unsound: HashMap::new(),
            shortfalls: HashMap::new(),
            vouched: HashSet::new(),
            erased: HashMap::new(),
            unreadable: Vec::new(),
        };
        let mut there = HashSet::new();
        for (id, descriptor) in rescue.store.ledgers()? {
            if rescue.recover(id, &descriptor) {
                there.insert(id);
            }
        }
        if let Some(anchor) = &rescue.options.anchor {
            let missing = standing::only_anchored(anchor, |id| there.contains(&id));
            rescue.unreadable.extend(missing);
        }
        rescue.hold_against_given();
        rescue.hold_against_system();
        Ok(rescue)
    }

    /// Recovers one ledger. False if there is nothing of it, so that the anchor must not have anything of it either.
    fn recover(&mut self, id: LedgerId, descriptor: &[u8]) -> bool {
        let descriptor = match Descriptor::decode(descriptor) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                self.unreadable.push(format!("ledger number {id}: {error}"));
                return true;
            }
        };
        if descriptor.lifecycle == Lifecycle::Abandoned {
            return true;
        }
        let origin = descriptor.origin.clone();
        let told = match (self.store.head(id), genesis::verifier_key(&descriptor)) {
            // One whose creation was broken off has nothing to rescue.
            (Ok(None), _) => return false,
            (Ok(Some(head)), Ok(key)) => {
                self.recovered(id, descriptor, head, key);
                return true;
            }
            (Err(error), _) => error.to_string(),
            (_, Err(error)) => error.to_string(),
        };
        self.unreadable.push(format!("{origin}: {told}"));
        true
    }

    fn recovered(
        &mut self,
        id: LedgerId,
        descriptor: Descriptor,
        head: Head,
        verifier_key: VerifierKey,
    ) {
        let custody = Arc::new(Custody::closed(&Environment::system()));
        let interrupt = Interrupt::default();
        let (anchored, shortfall) = match &self.options.anchor {
            Some(anchor) => standing::by_anchor(anchor, id, &head),
            None => (None, None),
        };
        // Where the anchor can't be held against the tree, the head is held against itself.
        let anchored = anchored.unwrap_or_else(|| AnchorEntry {
            size: head.size,
            root: head.root,
            chain: head.chain,
            checkpoint: head.checkpoint.clone(),
        });
        let evidence = Evidence {
            store: &*self.store,
            anchor: Ok(Some(anchored)),
            registered: None,
            verifier_key,
            proven_tiles: Arc::clone(&self.registry.proven_tiles),
            interrupt: &interrupt,
        };
        let index_key = IndexKey::new(None, &custody);
        let recovered = recovery::recover(evidence, id, descriptor, index_key, head);
        let cell = recovered.cell;
        self.note(id, Ok(shortfall));
        match recovered.finding {
            Some(finding) => self.note(id, Err(finding)),
            None => self.note(id, standing::behind_head(&*self.store, &cell)),
        }
        self.registry.insert(cell);
    }

    /// Notes what a witness says of a ledger.
    fn note(&mut self, id: LedgerId, said: Result<Option<Shortfall>, Finding>) {
        match said {
            Ok(None) => {}
            Ok(Some(shortfall)) => {
                let worst = match self.shortfalls.remove(&id) {
                    Some(before) => before.or(shortfall),
                    None => shortfall,
                };
                self.shortfalls.insert(id, worst);
            }
            Err(finding) => {
                let unsound = self.unsound.entry(id);
                unsound.or_insert_with(|| finding.to_string());
            }
        }
    }

    fn hold_against_given(&mut self) {
        for given in std::mem::take(&mut self.options.given) {
            match self.registry.find(given.origin()) {
                Some(cell) => {
                    let said = standing::by_given(&*self.store, &cell, &given);
                    if matches!(said, Ok(None)) && given.size() == cell.size() {
                        self.vouched.insert(cell.id);
                    }
                    self.note(cell.id, said);
                }
                None => self.unreadable.push(format!(
                    "{}: the store does not have it, and {} is a checkpoint of it",
                    given.origin(),
                    given.name()
                )),
            }
        }
    }

    /// The store's own ledger tells of each erasure, so one that was put back alone is known by it. Where that ledger itself
    /// can't be relied on, another ledger is taken for what it was only if the anchor, or a checkpoint that came another way,
    /// says how far it had come.
    fn hold_against_system(&mut self) {
        let cells = self.registry.cells();
        let mut doubt = match self.registry.find(SYSTEM_LEDGER) {
            Some(_) => None,
            None => Some("it is not there, or can't be read".to_owned()),
        };
        for system in cells.iter().filter(|cell| cell.is_system()) {
            match standing::erasures_told(&*self.store, system) {
                Ok(told) => self.take_told(&cells, &told),
                Err(error) => self.note(system.id, Err(error.into())),
            }
            doubt = doubt.or_else(|| self.doubt_in(system));
        }
        let Some(doubt) = doubt else { return };
        let anchor = self.options.anchor.as_ref();
        let shortfalls = |id| self.shortfalls.get(&id).cloned();
        let is_newest =
            anchor.is_some_and(|anchor| standing::is_newest(anchor, &cells, shortfalls));
        for cell in cells.iter().filter(|cell| !cell.is_system()) {
            if !is_newest && !self.vouched.contains(&cell.id) {
                let reason = format!(
                    "_system, which tells of erasures, can't be relied on ({doubt}), and neither the newest anchor nor a \
                     checkpoint of this size that came another way says how far the ledger had come"
                );
                self.note(cell.id, Ok(Some(Shortfall::Unknown { reason })));
            }
        }
    }

    /// Why the store's own ledger may not tell of all erasures; none if it is whole, and of its newest state.
    fn doubt_in(&mut self, system: &LedgerState) -> Option<String> {
        if let Some(unsound) = self.unsound.get(&system.id) {
            return Some(unsound.clone());
        }
        if let Some(shortfall) = self.shortfalls.get(&system.id) {
            return Some(shortfall.to_string());
        }
        let head = system.committed().head.clone();
        let found = copy::walked(system, &*self.store, &head, &mut |_, _, _| {});
        let found = found.into_iter().next()?;
        self.unsound.insert(system.id, found.clone());
        Some(found)
    }

    fn take_told(
        &mut self,
        cells: &[Arc<LedgerState>],
        told: &HashMap<String, standing::ErasuresTold>,
    ) {
        for cell in cells {
            let Some(erasures) = told.get(cell.origin().as_str()) else {
                continue;
            };
            self.note(cell.id, Ok(erasures.shortfall(cell)));
            let erased = self.erased.entry(cell.id).or_default();
            erased.extend(&erasures.data_keys);
        }
    }

    /// The ledgers that can be read, by name and then origin.
    #[must_use]
    pub fn ledgers(&self) -> Vec<RescuedLedger> {
        let cells = self.registry.cells();
        let mut ledgers: Vec<_> = cells.iter().map(|cell| self.ledger(cell)).collect();
        ledgers.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
        ledgers
    }

    fn ledger(&self, cell: &LedgerState) -> RescuedLedger {
        RescuedLedger {
            name: cell.stored().name.as_str().to_owned(),
            origin: cell.origin().to_string(),
            verifier_key: cell.verifier_key.to_string(),
            size: cell.size(),
            is_system: cell.is_system(),
            shortfall: self.shortfalls.get(&cell.id).cloned(),
        }
    }

    /// What is stored of ledgers, and can't be read as one, and ledgers that are not there.
    #[must_use]
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// Writes the evidence of a ledger with the keys of all events whose data keys can be opened. Blocking.
    ///
    /// # Errors
    /// If the ledger is not sound, may be older than what was acknowledged, or was never signed for: then what was written
    /// is not a bundle.
    pub fn write(&self, origin: &str, out: &mut dyn Write) -> Result<Rescued, RescueError> {
        let cell = self.registry.find(origin);
        let cell = cell.ok_or_else(|| RescueError::Unknown(origin.to_owned()))?;
        if let Some(unsound) = self.unsound.get(&cell.id) {
            return Err(RescueError::Unsound(unsound.clone()));
        }
        if let Some(shortfall) = self.shortfalls.get(&cell.id)
            && !self.options.opens_older
        {
            return Err(RescueError::Older(shortfall.clone()));
        }
        let store = &*self.store;
        let checkpoint = publication::last_timed(&cell, store)?;
        let size = checkpoint.size;
        let key_events = key_events(&cell, store, size)?;
        let copies = Copies::new(store, &self.options.identities, self.erased.get(&cell.id));
        let mut source = Source::new(&cell, store, &key_events)?;
        source.disclosure = Some(Disclosure::offline(&cell, &copies, size));
        source.named_keys = None;
        let mut tally = Tally::new(source, &cell);
        let plan = BundlePlan {
            checkpoint: &checkpoint.note,
            selection: Selection::Whole,
            key_events: &key_events,
            states: &[],
            withhold_payloads: false,
        };
        let written = write_bundle(&plan, &mut tally, out).map_err(|error| match error {
            WriteError::Source(error) => RescueError::Read(error),
            error => RescueError::Bundle(error),
        })?;
        let archive_away = tally.source.archive_away.len() as u64;
        let events = tally.events;
        drop(tally);
        Ok(Rescued {
            records: size,
            bytes: written.bytes,
            events,
            unopened: copies.into_unopened(),
            unsigned: cell.size().saturating_sub(size),
            archive_away,
        })
    }
}
