//! Rescuing what is encrypted in a store whose KEK is lost: evidence bundles that open it, made with the copies of data
//! keys and without a daemon.
//!
//! Nothing is signed here, and nothing has to be: a bundle is made under the last checkpoint that the identity key signed
//! with the time. No index key can be opened either, so the entries of data keys are not held against their MACs. What
//! is disclosed is held against the chain instead: a copy names the ledger, the key and the subject that it is of, and
//! the header of each event commits to the key that opens it.

mod copies;

use std::{
    collections::{HashMap, HashSet},
    io::Write,
    path::PathBuf,
    sync::Arc,
};

use indelible_evidence::{
    DataKeyId,
    bundle::{BundlePlan, Selection, WriteError, write_bundle},
};
use indelible_keystore::age::{self, AgeError, Identity};
use indelible_store::{LedgerId, Store, StoreError, anchor::AnchorEntry};
use thiserror::Error;

use self::copies::Copies;
use crate::{
    check::recovery::{self, Evidence},
    follow::publication,
    keys::key_changes::each_page,
    operations::{disclose::Disclosure, export::source::Source},
    read::key_events::key_events,
    state::{
        custody::Custody,
        descriptor::{Descriptor, Lifecycle},
        environment::Environment,
        error::ReadError,
        event_identity::IndexKey,
        interrupt::Interrupt,
        key_copy::sealed_for,
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
    /// There are no copies.
    #[error(
        "no data key in this store has a copy for a rescue identity: there are no data keys, or [rescue] named no recipients \
         when this copy of the store was made. Only the KEK opens what is encrypted"
    )]
    NoCopies,
    /// The copies are for others.
    #[error(
        "the identity opens none of the copies in this store: they are sealed to other recipients. The record \
         configuration_loaded of _system says which were named, and from when; name the identity of one of them"
    )]
    OtherIdentity,
    /// A copy is not what it must be.
    #[error(
        "the copy of data key {id} does not open what the records hold: {problem}. Nothing is written of this ledger; take a \
         backup from before the store was changed"
    )]
    Copy {
        /// The key.
        id: DataKeyId,
        /// What is wrong with its copy.
        problem: String,
    },
    /// No such ledger.
    #[error("the store has no ledger {0}")]
    Unknown(String),
    /// What is stored of the ledger is not whole.
    #[error("what is stored of the ledger is not what was signed: {0}")]
    Unsound(String),
    /// The bundle can't be written.
    #[error(transparent)]
    Bundle(WriteError<ReadError>),
    /// The ledger can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A ledger of a store that is rescued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RescuedLedger {
    /// Its name.
    pub name: String,
    /// Its origin.
    pub origin: String,
    /// The key to verify it with, as the store says; what auditors pinned must be the same.
    pub verifier_key: String,
    /// Its records.
    pub size: u64,
    /// Whether it is the store's own.
    pub is_system: bool,
}

/// What a rescue has written of a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Records in the bundle.
    pub records: u64,
    /// Bytes of the tar.
    pub bytes: u64,
    /// Events that it opens.
    pub opened: u64,
    /// Events that stay encrypted, since their keys have no copy.
    pub sealed: u64,
    /// Those keys.
    pub keys_without_copy: u64,
    /// Records after the last checkpoint that the identity key signed with the time: they are not in the bundle.
    pub unsigned: u64,
    /// Records with a part that is in the archive, and could not be read there.
    pub archive_away: u64,
}

/// A store that nobody serves, and the identities that open its copies.
pub struct Rescue {
    store: Arc<dyn Store>,
    registry: Registry,
    unsound: HashMap<LedgerId, String>,
    unreadable: Vec<String>,
    identities: Vec<Identity>,
}

impl Rescue {
    /// Recovers all ledgers as a start does, without any key, and tries the identities at the copies. Nothing is written.
    /// Blocking.
    ///
    /// # Errors
    /// If the store can't be read, or the identities open none of its copies.
    pub fn open(
        store: Arc<dyn Store>,
        archive: Option<PathBuf>,
        identities: Vec<Identity>,
    ) -> Result<Self, RescueError> {
        let mut rescue = Self {
            registry: Registry::default(),
            unsound: HashMap::new(),
            unreadable: Vec::new(),
            identities,
            store,
        };
        rescue.registry.with_shelf(Shelf::new(archive));
        for (id, descriptor) in rescue.store.ledgers()? {
            rescue.recover(id, &descriptor)?;
        }
        rescue.try_identities()?;
        Ok(rescue)
    }

    fn recover(&mut self, id: LedgerId, descriptor: &[u8]) -> Result<(), StoreError> {
        let descriptor = match Descriptor::decode(descriptor) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                self.unreadable.push(format!("ledger number {id}: {error}"));
                return Ok(());
            }
        };
        let Some(head) = self.store.head(id)? else {
            // One whose creation was broken off has nothing to rescue.
            return Ok(());
        };
        let verifier_key = match genesis::verifier_key(&descriptor) {
            Ok(verifier_key) => verifier_key,
            Err(error) => {
                self.unreadable
                    .push(format!("{}: {error}", descriptor.origin));
                return Ok(());
            }
        };
        if descriptor.lifecycle == Lifecycle::Abandoned {
            return Ok(());
        }
        let custody = Arc::new(Custody::closed(&Environment::system()));
        let interrupt = Interrupt::default();
        let evidence = Evidence {
            store: &*self.store,
            // What was acknowledged nobody here knows: the bundle says how far it goes.
            anchor: Ok(Some(AnchorEntry {
                size: head.size,
                root: head.root,
                chain: head.chain,
                checkpoint: head.checkpoint.clone(),
            })),
            registered: None,
            verifier_key,
            proven_tiles: Arc::clone(&self.registry.proven_tiles),
            interrupt: &interrupt,
        };
        let index_key = IndexKey::new(None, &custody);
        let recovered = recovery::recover(evidence, id, descriptor, index_key, head);
        if let Some(finding) = recovered.finding {
            self.unsound.insert(id, finding.to_string());
        }
        self.registry.insert(recovered.cell);
        Ok(())
    }

    /// Tries one copy for each set of recipients.
    fn try_identities(&self) -> Result<(), RescueError> {
        let mut seen = HashSet::new();
        let mut opens = false;
        for cell in self.registry.cells() {
            each_page::<StoreError>(&*self.store, cell.id, |page| {
                for copy in page.iter().filter_map(|(_, key)| key.copy.as_ref()) {
                    if let Some((recipients, sealed)) = sealed_for(copy)
                        && seen.insert(*recipients)
                    {
                        let opened = age::decrypt(&self.identities, sealed);
                        opens |= !matches!(opened, Err(AgeError::OtherRecipients));
                    }
                }
                Ok(())
            })?;
        }
        match (seen.is_empty(), opens) {
            (true, _) => Err(RescueError::NoCopies),
            (false, false) => Err(RescueError::OtherIdentity),
            (false, true) => Ok(()),
        }
    }

    /// The ledgers that can be read, by name and then origin.
    #[must_use]
    pub fn ledgers(&self) -> Vec<RescuedLedger> {
        let cells = self.registry.cells();
        let mut ledgers: Vec<_> = cells.iter().map(|cell| ledger(cell)).collect();
        ledgers.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
        ledgers
    }

    /// What is stored of ledgers, and can't be read as one.
    #[must_use]
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// Writes the evidence of a ledger with the keys of all events whose data keys have a copy. Blocking.
    ///
    /// # Errors
    /// If the ledger is not sound, was never signed for, or a copy does not open what its records hold: then what was
    /// written is not a bundle.
    pub fn write(&self, origin: &str, out: &mut dyn Write) -> Result<Rescued, RescueError> {
        let cell = self.registry.find(origin);
        let cell = cell.ok_or_else(|| RescueError::Unknown(origin.to_owned()))?;
        if let Some(unsound) = self.unsound.get(&cell.id) {
            return Err(RescueError::Unsound(unsound.clone()));
        }
        let store = &*self.store;
        let checkpoint = publication::last_timed(&cell, store)?;
        let size = checkpoint.size;
        let key_events = key_events(&cell, store, size)?;
        let copies = Copies::new(store, &self.identities);
        let mut source = Source::new(&cell, store, &key_events)?;
        source.disclosure = Some(Disclosure::offline(&cell, &copies, size));
        let plan = BundlePlan {
            checkpoint: &checkpoint.note,
            selection: Selection::Whole,
            key_events: &key_events,
            states: &[],
            withhold_payloads: false,
        };
        let written = write_bundle(&plan, &mut source, out);
        if let Some((id, problem)) = copies.refused.take() {
            return Err(RescueError::Copy { id, problem });
        }
        let written = written.map_err(|error| match error {
            WriteError::Source(error) => RescueError::Read(error),
            error => RescueError::Bundle(error),
        })?;
        let opened = source.disclosure.as_ref().map_or(0, Disclosure::disclosed);
        Ok(Rescued {
            records: size,
            bytes: written.bytes,
            opened,
            sealed: copies.sealed.get().0,
            keys_without_copy: copies.lacking.borrow().len() as u64,
            unsigned: cell.size().saturating_sub(size),
            archive_away: source.archive_away.len() as u64,
        })
    }
}

fn ledger(cell: &LedgerState) -> RescuedLedger {
    RescuedLedger {
        name: cell.stored().name.as_str().to_owned(),
        origin: cell.origin().to_string(),
        verifier_key: cell.verifier_key.to_string(),
        size: cell.size(),
        is_system: cell.is_system(),
    }
}
