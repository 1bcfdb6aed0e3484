//! Opening an engine: keys first, then every ledger is recovered and held against the anchor, and only then
//! does the writer get a term.

use std::{collections::HashMap, path::Path, sync::Arc};

use indelible_keystore::{KekProvider, KeyError, Signer};
use indelible_store::{Anchor, AnchorEntry, AnchorError, LedgerId, Store, StoreError};
use thiserror::Error;
use tracing::{error, info, warn};

use super::{
    cell::{LedgerCell, State},
    create,
    descriptor::{Descriptor, Lifecycle},
    engine::{Engine, EngineOptions, Opened},
    identity::IndexHasher,
    keys::{self, KeysError},
    recovery::{Evidence, Recovered, recover},
    registry::Registry,
    summary::Notice,
};

/// Why an engine could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A key can't be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The anchor can't be created or written.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<KeyError> for OpenError {
    fn from(error: KeyError) -> Self {
        Self::Keys(error.into())
    }
}

/// Settles whether a store that was opened from a copy becomes the live one; called once every ledger has
/// been held against the anchor, with whether all of them were whole.
pub type Settle = Box<dyn FnOnce(bool) -> Result<(), StoreError> + Send>;

/// What an engine is opened from.
pub struct Parts {
    /// The store.
    pub store: Arc<dyn Store>,
    /// To be called if the store was opened from a copy.
    pub settle: Option<Settle>,
    /// Holds the KEK.
    pub provider: Arc<dyn KekProvider>,
}

impl Engine {
    /// Recovers all ledgers and starts the engine.
    ///
    /// # Errors
    /// If keys, store or anchor can't be used at all. A ledger that can't be trusted does not fail the
    /// start: it goes into quarantine.
    pub fn open(parts: Parts, anchor_path: &Path, options: EngineOptions) -> Result<Self, OpenError> {
        let Parts { store, settle, provider } = parts;
        let identity = keys::identity(&*store, &*provider)?;
        let ledgers = store.ledgers()?;
        let mut notices = Vec::new();
        let (anchor, anchor_fault) = open_anchor(anchor_path, &*store, ledgers.is_empty())?;
        if let Some(fault) = &anchor_fault {
            error!(fault, "the anchor can't vouch for any ledger");
            notices.push(Notice { code: "ANCHOR_UNUSABLE", detail: fault.clone(), ledger: None });
        }
        let mut start = Start {
            store: &*store,
            provider: &*provider,
            identity: &identity,
            anchor: anchor.as_ref(),
            anchor_fault,
            registry: Registry::default(),
            recovered: Vec::new(),
            abandoned: Vec::new(),
            notices,
        };
        for (id, descriptor) in ledgers {
            start.ledger(id, &descriptor)?;
        }
        let Start { registry, recovered, abandoned, notices, .. } = start;
        let whole = notices.is_empty();
        if let Some(settle) = settle {
            settle(whole)?;
        }
        for (id, descriptor) in abandoned {
            store.update_ledger(id, &descriptor.encode())?;
        }
        let anchor = Arc::new(match anchor {
            Some(anchor) => anchor,
            None => Anchor::detached(store.store_id()),
        });
        let mut tips = HashMap::new();
        let mut behind = Vec::new();
        for Recovered { cell, tip, anchor_behind } in recovered {
            if anchor_behind {
                behind.push((cell.id, AnchorEntry::of(&cell.committed().head)));
            }
            if let Ok(tip) = tip {
                tips.insert(cell.id, tip);
            }
        }
        if !behind.is_empty() {
            anchor.advance(&behind)?;
        }
        let term = store.acquire()?;
        info!(ledgers = registry.cells().len(), %term, "recovered");
        let opened = Opened {
            store,
            anchor,
            provider,
            identity: Arc::new(identity),
            term,
            registry: Arc::new(registry),
            tips,
            notices,
        };
        Ok(Self::start(opened, options)?)
    }
}

/// Opens the anchor, or creates one for a store without ledgers. Without a usable anchor beside a store that
/// has ledgers, nothing can vouch for what is stored.
fn open_anchor(path: &Path, store: &dyn Store, fresh: bool) -> Result<(Option<Anchor>, Option<String>), OpenError> {
    match Anchor::open(path, store.store_id()) {
        Ok(anchor) => Ok((Some(anchor), None)),
        Err(error) if fresh && error.is_missing() => Ok((Some(Anchor::create(path, store.store_id())?), None)),
        Err(error) if fresh => Err(error.into()),
        Err(error) => Ok((None, Some(error.to_string()))),
    }
}

/// What a start gathers.
struct Start<'a> {
    store: &'a dyn Store,
    provider: &'a dyn KekProvider,
    identity: &'a dyn Signer,
    anchor: Option<&'a Anchor>,
    anchor_fault: Option<String>,
    registry: Registry,
    recovered: Vec<Recovered>,
    abandoned: Vec<(LedgerId, Descriptor)>,
    notices: Vec<Notice>,
}

impl Start<'_> {
    fn ledger(&mut self, id: LedgerId, descriptor: &[u8]) -> Result<(), OpenError> {
        let descriptor = Descriptor::decode(descriptor)?;
        if descriptor.lifecycle == Lifecycle::Abandoned {
            return Ok(());
        }
        let origin = descriptor.origin.as_str();
        let key = keys::index_key(origin, descriptor.index_key_id, &descriptor.index_key, self.provider)?;
        let hasher = IndexHasher::new(&key);
        let anchor = self.anchor_entry(id);
        let Some(head) = self.store.head(id)? else {
            return self.without_records(id, descriptor, hasher, anchor);
        };
        let closed = descriptor.lifecycle == Lifecycle::Closed;
        let verifier_key = create::verifier_key(&descriptor.origin, self.identity)?;
        let evidence = Evidence { store: self.store, anchor, verifier_key };
        let mut recovered = recover(evidence, id, descriptor, hasher, head);
        if closed {
            recovered.cell.set_state(State::Closed, "a successor took its place");
            recovered.tip = Err("closed".into());
            recovered.anchor_behind = false;
        } else if let Err(reason) = &recovered.tip {
            self.quarantine(&recovered.cell, reason);
        }
        self.registry.insert(Arc::clone(&recovered.cell));
        self.recovered.push(recovered);
        Ok(())
    }

    fn anchor_entry(&self, id: LedgerId) -> Result<Option<AnchorEntry>, String> {
        match (self.anchor, &self.anchor_fault) {
            (Some(anchor), None) => anchor.read(id).map_err(|error| error.to_string()),
            (_, fault) => Err(fault.clone().unwrap_or_else(|| "there is no anchor".into())),
        }
    }

    /// A ledger without a head: its creation was interrupted, unless the anchor has seen records of it.
    fn without_records(
        &mut self,
        id: LedgerId,
        descriptor: Descriptor,
        hasher: IndexHasher,
        anchor: Result<Option<AnchorEntry>, String>,
    ) -> Result<(), OpenError> {
        let reason = match anchor {
            Ok(entry) if entry.as_ref().is_none_or(|entry| entry.size == 0) => {
                warn!(ledger = %descriptor.origin, "its creation was interrupted; the name is free again");
                self.abandoned.push((id, Descriptor { lifecycle: Lifecycle::Abandoned, ..descriptor }));
                return Ok(());
            }
            Ok(entry) => {
                let size = entry.map_or(0, |entry| entry.size);
                format!("records 0 to {} were acknowledged, as the anchor shows, and are missing", size.saturating_sub(1))
            }
            Err(reason) => reason,
        };
        let cell = Arc::new(create::empty_cell(id, descriptor, hasher, self.identity)?);
        self.quarantine(&cell, &reason);
        self.registry.insert(cell);
        Ok(())
    }

    fn quarantine(&mut self, cell: &LedgerCell, reason: &str) {
        error!(ledger = %cell.origin(), reason, "the ledger goes into quarantine: reads and proofs only");
        cell.set_state(State::Quarantined, reason);
        self.notices.push(Notice {
            code: "LEDGER_QUARANTINED",
            detail: format!(
                "{reason}. It ends when the missing bytes come back (restore the newest copy of the data directory \
                 and the anchor, and restart); if they are lost, start a successor with `indelible ledger succeed`"
            ),
            ledger: Some(cell.origin().as_str().to_owned()),
        });
    }
}
