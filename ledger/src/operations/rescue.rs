//! Rescuing what is encrypted in a store whose KEK is lost: evidence bundles that open it, made with the copies of data
//! keys and without a daemon.
//!
//! Nothing is signed here, and nothing has to be: a bundle is made under the last checkpoint that the identity key signed
//! with the time. No index key can be opened either, so the entries of data keys are not held against their MACs. What
//! is disclosed is held against the chain instead: a copy names the ledger, the key and the subject that it is of, and
//! the header of each event commits to the key that opens it. What a record erases stays closed, whatever keys are there
//! again; of a ledger that may lack such records nothing is opened, unless whoever asks takes that upon themselves
//! ([`standing`]).

mod checkpoint;
mod copies;
mod judgement;
mod outcome;
mod standing;
mod tally;
mod told;
mod twins;

use std::{
    collections::HashSet,
    io::Write,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use indelible_evidence::{
    bundle::{BundlePlan, Selection, SourceRecord, WriteError, write_bundle},
    note::VerifierKey,
};
use indelible_keystore::age::Identity;
use indelible_store::{
    Head, LedgerId, Store, StoreError,
    anchor::{Anchor, AnchorEntry},
};
use thiserror::Error;

use self::{copies::Copies, judgement::Judgement, tally::Tally};
pub use self::{
    outcome::{
        NamedRecipient, Rescued, RescuedEvents, RescuedLedger, Shortfall, Unopened, UnopenedKey,
        UnopenedKeys,
    },
    standing::GivenHead,
};
use crate::{
    check::{
        catalogue::as_the_chain_says,
        recovery::{self, Evidence},
    },
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
    /// No checkpoint of the ledger can be used.
    #[error("{}", no_checkpoint(.0))]
    NoCheckpoint(Vec<String>),
    /// The bundle can't be written.
    #[error(transparent)]
    Bundle(WriteError<ReadError>),
    /// The ledger can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why there is none, with those that were passed over.
fn no_checkpoint(passed_over: &[String]) -> String {
    let looked = match passed_over {
        [] => "there is no checkpoint of it that its identity key signed with the time".to_owned(),
        bad => format!(
            "no checkpoint of it can be used ({}), and there is no other that its identity key signed with the time",
            bad.join("; ")
        ),
    };
    format!(
        "{looked}: nobody could verify a bundle. Auditors may have one; name it with --known-head"
    )
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
    judgement: Judgement,
    unreadable: Vec<String>,
    passed_over: Vec<String>,
    foreign: Vec<String>,
    /// Whether a ledger can't be read that may be the newest of the store's own.
    may_lack_system: bool,
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
            judgement: Judgement::default(),
            unreadable: Vec::new(),
            passed_over: Vec::new(),
            foreign: Vec::new(),
            may_lack_system: false,
        };
        let (mut there, mut cells) = (HashSet::new(), Vec::new());
        for (id, descriptor) in rescue.store.ledgers()? {
            if rescue.recover(id, &descriptor, &mut cells) {
                there.insert(id);
            }
        }
        if let Some(anchor) = &rescue.options.anchor {
            let missing = standing::only_anchored(anchor, |id| there.contains(&id));
            rescue.unreadable.extend(missing);
        }
        let (cells, passed_over) = twins::soundest(&mut rescue.judgement, cells);
        rescue.passed_over = passed_over;
        for cell in &cells {
            rescue.registry.insert(Arc::clone(cell));
        }
        rescue.hold_against_given(&cells);
        let anchor = rescue.options.anchor.as_ref();
        let known = (&cells[..], rescue.may_lack_system);
        rescue.judgement.by_system(&*rescue.store, anchor, known);
        Ok(rescue)
    }

    /// Recovers one ledger. False if there is nothing of it, so that the anchor must not have anything of it either.
    fn recover(
        &mut self,
        id: LedgerId,
        descriptor: &[u8],
        cells: &mut Vec<Arc<LedgerState>>,
    ) -> bool {
        let descriptor = match Descriptor::decode(descriptor) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                self.unreadable.push(format!("ledger number {id}: {error}"));
                self.may_lack_system = true;
                return true;
            }
        };
        let (origin, is_system) = (descriptor.origin.clone(), descriptor.name.is_system());
        let told = match as_the_chain_says(&*self.store, id, descriptor) {
            Ok(descriptor) if descriptor.lifecycle == Lifecycle::Abandoned => return true,
            Ok(descriptor) => match (self.store.head(id), genesis::verifier_key(&descriptor)) {
                // One whose creation was broken off has nothing to rescue.
                (Ok(None), _) => return false,
                (Ok(Some(head)), Ok(key)) => {
                    cells.push(self.recovered(id, descriptor, head, key));
                    return true;
                }
                (Err(error), _) => error.to_string(),
                (_, Err(error)) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        self.unreadable.push(format!("{origin}: {told}"));
        self.may_lack_system |= is_system;
        true
    }

    fn recovered(
        &mut self,
        id: LedgerId,
        descriptor: Descriptor,
        head: Head,
        verifier_key: VerifierKey,
    ) -> Arc<LedgerState> {
        let custody = Arc::new(Custody::closed(&Environment::system()));
        let (interrupt, bad_checkpoint) = (Interrupt::default(), OnceLock::new());
        let anchor = self.options.anchor.as_ref();
        let (anchored, shortfall) = match anchor {
            Some(anchor) => standing::by_anchor(anchor, id, &head),
            None => (None, None),
        };
        let is_covered = anchored.is_some() && shortfall.is_none();
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
            bad_checkpoint: Some(&bad_checkpoint),
        };
        let index_key = IndexKey::new(None, &custody);
        let recovered = recovery::recover(evidence, id, descriptor, index_key, head);
        let cell = recovered.cell;
        self.judgement.note(id, Ok(shortfall));
        if let Some(finding) = bad_checkpoint.into_inner() {
            let said = standing::by_bad_checkpoint(&finding, is_covered);
            self.judgement.note(id, Ok(said));
        }
        let said = match recovered.finding {
            Some(finding) => Err(finding),
            None => standing::behind_head(&*self.store, &cell),
        };
        self.judgement.note(id, said);
        cell
    }

    fn hold_against_given(&mut self, cells: &[Arc<LedgerState>]) {
        for given in &self.options.given {
            match self.registry.find(given.origin()) {
                Some(cell) => self.judgement.by_given(&*self.store, &cell, given),
                None => match standing::unknown(given, self.options.anchor.as_ref(), cells) {
                    standing::Unknown::Anchored => {}
                    standing::Unknown::MayBeMissing(told) => self.unreadable.push(told),
                    standing::Unknown::Foreign(told) => self.foreign.push(told),
                },
            }
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
            shortfall: self.judgement.shortfall(cell.id).cloned(),
        }
    }

    /// What is stored of ledgers, and can't be read as one, and ledgers that are not there.
    #[must_use]
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// Copies of ledgers under other numbers, which were passed over.
    #[must_use]
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// Checkpoints that came another way and are of no ledger of this store.
    #[must_use]
    pub fn foreign(&self) -> &[String] {
        &self.foreign
    }

    /// Those to whom copies of data keys were sealed, as the store's own ledger names them: as far as it can be read.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn named_recipients(&self) -> Result<Vec<NamedRecipient>, RescueError> {
        let cells = self.registry.cells();
        let mut named = Vec::new();
        for system in cells.iter().filter(|cell| cell.is_system()) {
            named.extend(told::recipients_told(&*self.store, system)?);
        }
        Ok(named)
    }

    /// Writes the evidence of a ledger with the keys of all events whose data keys can be opened. Blocking.
    ///
    /// # Errors
    /// If the ledger is not sound, may be older than what was acknowledged, or was never signed for: then what was written
    /// is not a bundle.
    pub fn write(&self, origin: &str, out: &mut dyn Write) -> Result<Rescued, RescueError> {
        let cell = self.registry.find(origin);
        let cell = cell.ok_or_else(|| RescueError::Unknown(origin.to_owned()))?;
        if let Some(unsound) = self.judgement.unsound(cell.id) {
            return Err(RescueError::Unsound(unsound.clone()));
        }
        if let Some(shortfall) = self.judgement.shortfall(cell.id)
            && !self.options.opens_older
        {
            return Err(RescueError::Older(shortfall.clone()));
        }
        let store = &*self.store;
        let found = checkpoint::newest(store, &cell, &self.options.given)?;
        let Some(checkpoint) = found.checkpoint else {
            return Err(RescueError::NoCheckpoint(found.passed_over));
        };
        let size = checkpoint.size;
        let key_events = key_events(&cell, store, size)?;
        let erased = self.judgement.erased(cell.id);
        let copies = Copies::new(store, &self.options.identities, erased);
        let mut tally = Tally::new(&cell);
        let mut see = |record: &SourceRecord<'_>| tally.see(record);
        let mut source = Source::new(&cell, store, &key_events)?;
        source.disclosure = Some(Disclosure::offline(&cell, &copies, size));
        source.named_keys = None;
        source.seen = Some(&mut see);
        let plan = BundlePlan {
            checkpoint: &checkpoint.note,
            selection: Selection::Whole,
            key_events: &key_events,
            states: &[],
            withhold_payloads: false,
        };
        let written = write_bundle(&plan, &mut source, out).map_err(|error| match error {
            WriteError::Source(error) => RescueError::Read(error),
            error => RescueError::Bundle(error),
        })?;
        let archive_away = source.archive_away.len() as u64;
        let archive_fault = source.archive_fault.take();
        drop(source);
        Ok(Rescued {
            records: size,
            bytes: written.bytes,
            events: tally.events,
            unopened: copies.into_unopened(),
            unsigned: cell.size().saturating_sub(size),
            archive_away,
            archive_fault,
            checkpoints_passed_over: found.passed_over,
        })
    }
}
