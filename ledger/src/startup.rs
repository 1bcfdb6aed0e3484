//! Opening an engine: keys first, then every ledger is recovered and held against the anchor, and only then
//! does the writer get a term. Where the provider of the keys is away, all of that happens but what needs a key.

use std::{collections::HashMap, path::Path, sync::Arc};

use indelible_keystore::{KekSet, KeyError, Remedy};
use indelible_store::{
    LedgerId, Store, StoreError,
    anchor::{AnchorEntry, AnchorError, AnchorPlace},
};
use thiserror::Error;
use tracing::{error, info, warn};

use crate::{
    check::{
        catalogue,
        finding::{Finding, FindingCode},
        recovery::{self, Evidence, Recovered},
    },
    core::{Engine, EngineOptions},
    engine::Opened,
    keys::{signers::Signers, wrapping},
    operations::key_retry::Keys,
    state::{
        custody::Custody,
        descriptor::{Descriptor, Lifecycle},
        event_identity::{IndexHasher, IndexKey},
        key_error::KeysError,
        notice::{Notice, NoticeCode},
        registry::Registry,
        shared::{Availability, LedgerState},
    },
    write::{
        anchor::{self, Anchorage},
        genesis,
        link::Tip,
    },
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
    /// The anchor can't be looked at.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The anchor can't be written.
    #[error("the anchor can't be advanced to what is stored: {0}")]
    AnchorBehind(String),
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
    /// Hold the KEKs.
    pub keys: Keys,
}

impl Engine {
    /// Recovers all ledgers and starts the engine.
    ///
    /// # Errors
    /// If keys, store or anchor can't be used at all. A ledger that can't be trusted does not fail the
    /// start: it goes into quarantine. Nor does a provider that is away, where there are ledgers to be read meanwhile:
    /// its keys are opened as soon as it is back.
    pub fn open(
        parts: Parts,
        anchor_path: &Path,
        options: EngineOptions,
    ) -> Result<Self, OpenError> {
        let place = Box::new(anchor_path.to_owned());
        let opened = recover(parts, place, &options)?;
        Ok(Self::start(opened, options)?)
    }
}

/// Recovers all ledgers, and takes the writer's term.
pub(crate) fn recover(
    parts: Parts,
    place: Box<dyn AnchorPlace>,
    options: &EngineOptions,
) -> Result<Opened, OpenError> {
    let Parts {
        store,
        settle,
        keys: Keys { keks, reopen },
    } = parts;
    let fresh = store.ledgers()?.is_empty();
    let keks = Access::of(keks, fresh)?;
    let custody = Arc::new(Custody::closed(&options.environment));
    let signers = Signers::stored(&*store, &custody, fresh)?;
    let anchor = Anchorage::open(place, store.store_id(), fresh)?;
    let ledgers = catalogue::ledgers(&*store)?;
    let mut start = Start {
        store: &*store,
        keks,
        custody: &custody,
        notices: notices(&anchor, &ledgers),
        anchor: &anchor,
        registry: Registry::default(),
        recovered: Vec::new(),
        abandoned: Vec::new(),
    };
    for (id, descriptor) in ledgers {
        start.ledger(id, descriptor)?;
    }
    start.settle(&signers);
    let Start {
        registry,
        recovered,
        abandoned,
        notices,
        keks,
        ..
    } = start;
    // The identity comes after all ledgers: what is stored is checked before a key can sign.
    let (keks, settled) = match keks {
        Access::Open(keks) => {
            let settled = signers.open(&*store, &keks)?;
            (Some(keks), settled)
        }
        Access::Away(error) => {
            warn!(%error, "the keys are away: reads and proofs only, until they are back");
            custody.tell(&error);
            (None, false)
        }
    };
    // What could not be checked yet may still need the evidence.
    let whole = notices.is_empty() && keks.is_some();
    if let Some(settle) = settle {
        settle(whole)?;
    }
    for (id, descriptor) in abandoned {
        store.update_ledger(id, &descriptor.encode())?;
    }
    let tips = catch_up(&anchor, recovered)?;
    let term = store.acquire()?;
    if let Some(keks) = keks {
        custody.open(keks);
    }
    info!(ledgers = registry.cells().len(), %term, "recovered");
    Ok(Opened {
        store,
        anchor: Arc::new(anchor),
        custody,
        reopen: (!settled).then_some(reopen),
        signers: Arc::new(signers),
        term,
        registry: Arc::new(registry),
        tips,
        notices,
    })
}

/// What the anchor tells of the store as a whole.
fn notices(anchor: &Anchorage, ledgers: &[(LedgerId, Descriptor)]) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(fault) = anchor.fault() {
        error!(fault, "the anchor can't vouch for any ledger");
        notices.push(Notice {
            code: NoticeCode::AnchorUnusable,
            detail: fault.to_owned(),
            ledger: None,
        });
    }
    let live = ledgers
        .iter()
        .filter(|(_, descriptor)| descriptor.lifecycle != Lifecycle::Abandoned);
    let known = live.map(|(id, _)| *id).collect();
    for (id, named) in anchor.strangers(&known) {
        error!(ledger = %id, named, "the anchor holds a ledger that the store does not have");
        notices.push(Notice {
            code: NoticeCode::LedgerMissing,
            detail: format!(
                "the anchor holds {named}, and the store has no such ledger: it is an older copy. Restore the \
                 newest copy of the data directory, and restart"
            ),
            ledger: None,
        });
    }
    notices
}

/// Where each ledger goes on, once the anchor is as far as the store.
fn catch_up(
    anchor: &Anchorage,
    recovered: Vec<Recovered>,
) -> Result<HashMap<LedgerId, Tip>, OpenError> {
    let mut tips = HashMap::new();
    let mut behind = Vec::new();
    for Recovered {
        cell,
        tip,
        anchor_behind,
        ..
    } in recovered
    {
        if anchor_behind {
            behind.push((cell.id, anchor::entry(&cell.committed().head)));
        }
        if let Some(tip) = tip {
            tips.insert(cell.id, tip);
        }
    }
    if !behind.is_empty() {
        anchor.advance(&behind).map_err(OpenError::AnchorBehind)?;
    }
    Ok(tips)
}

/// Whether the keys can be opened.
enum Access {
    Open(Arc<KekSet>),
    /// Why not now.
    Away(KeyError),
}

impl Access {
    /// # Errors
    /// If the operator must act. In a fresh store nothing can be read meanwhile, so any error ends the start.
    fn of(keks: Result<Arc<KekSet>, KeyError>, fresh: bool) -> Result<Self, KeyError> {
        match keks {
            Ok(keks) => Ok(Self::Open(keks)),
            Err(error) if fresh || error.remedy() != Remedy::Wait => Err(error),
            Err(error) => Ok(Self::Away(error)),
        }
    }
}

/// What a start gathers.
struct Start<'a> {
    store: &'a dyn Store,
    keks: Access,
    custody: &'a Arc<Custody>,
    anchor: &'a Anchorage,
    registry: Registry,
    recovered: Vec<Recovered>,
    abandoned: Vec<(LedgerId, Descriptor)>,
    notices: Vec<Notice>,
}

impl Start<'_> {
    fn ledger(&mut self, id: LedgerId, descriptor: Descriptor) -> Result<(), OpenError> {
        if descriptor.lifecycle == Lifecycle::Abandoned {
            return Ok(());
        }
        let index_key = self.index_key(&descriptor)?;
        let anchor = self.anchor.read(id);
        let anchor = anchor.map_err(|reason| Finding::new(FindingCode::AnchorUnusable, reason));
        let Some(head) = self.store.head(id)? else {
            return self.without_records(id, descriptor, index_key, anchor);
        };
        let verifier_key = genesis::verifier_key(&descriptor)?;
        let evidence = Evidence {
            store: self.store,
            anchor,
            verifier_key,
            proven_tiles: Arc::clone(&self.registry.proven_tiles),
        };
        let recovered = recovery::recover(evidence, id, descriptor, index_key, head);
        self.recovered.push(recovered);
        Ok(())
    }

    /// Says which ledgers are closed, and which must be quarantined, and enters all in the registry.
    fn settle(&mut self, signers: &Signers) {
        let mut recovered = std::mem::take(&mut self.recovered);
        let cells: Vec<_> = recovered.iter().map(|one| Arc::clone(&one.cell)).collect();
        let closed = catalogue::closed(&cells, |public| signers.has(public));
        for one in &mut recovered {
            if closed.contains(one.cell.origin().as_str()) {
                if one.finding.is_some() {
                    one.cell.suspect();
                }
                let reason = "a successor took its place";
                one.cell.set_state(Availability::Closed, reason);
                one.tip = None;
                one.anchor_behind = false;
            } else if let Some(finding) = &one.finding {
                self.quarantine(&one.cell, finding);
            }
            self.registry.insert(Arc::clone(&one.cell));
        }
        self.recovered = recovered;
    }

    /// Opens a ledger's index key. A provider that goes away in the middle is away for all that follow.
    fn index_key(&mut self, descriptor: &Descriptor) -> Result<IndexKey, OpenError> {
        let Access::Open(keks) = &self.keks else {
            return Ok(IndexKey::new(None, self.custody));
        };
        let key = wrapping::index_key(
            descriptor.origin.as_str(),
            descriptor.index_key_id,
            &descriptor.index_key,
            &**keks,
        );
        match key {
            Ok(key) => Ok(IndexKey::new(Some(IndexHasher::new(&key)), self.custody)),
            Err(error) if error.remedy() == Remedy::Wait => {
                self.keks = Access::Away(error);
                Ok(IndexKey::new(None, self.custody))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A ledger without a head: its creation was interrupted, unless the anchor has seen records of it.
    fn without_records(
        &mut self,
        id: LedgerId,
        descriptor: Descriptor,
        index_key: IndexKey,
        anchor: Result<Option<AnchorEntry>, Finding>,
    ) -> Result<(), OpenError> {
        let has_begun = self.store.record(id, 0)?.is_some();
        let interrupted = !has_begun
            && match &anchor {
                Ok(entry) => entry.as_ref().is_none_or(|entry| entry.size == 0),
                Err(_) => self.anchor.only_begun(id),
            };
        let finding = match anchor {
            _ if has_begun => {
                let detail = "its head is missing, though its records are there";
                Finding::new(FindingCode::HeadMismatch, detail)
            }
            _ if interrupted => {
                warn!(ledger = %descriptor.origin, "its creation was interrupted; the name is free again");
                self.abandoned.push((
                    id,
                    Descriptor {
                        lifecycle: Lifecycle::Abandoned,
                        ..descriptor
                    },
                ));
                return Ok(());
            }
            Ok(entry) => {
                let size = entry.map_or(0, |entry| entry.size);
                Finding::missing(0, size, "the anchor")
            }
            Err(finding) => finding,
        };
        let tiles = &self.registry.proven_tiles;
        let cell = Arc::new(genesis::empty_cell(id, descriptor, index_key, tiles)?);
        self.quarantine(&cell, &finding);
        self.registry.insert(cell);
        Ok(())
    }

    fn quarantine(&mut self, cell: &LedgerState, finding: &Finding) {
        let reason = recovery::quarantine(cell, finding);
        self.notices.push(Notice {
            code: NoticeCode::LedgerQuarantined,
            detail: format!(
                "{reason}. It ends when the missing bytes come back (restore the newest copy of the data directory \
                 beside the newest anchor, and restart); if they are lost, start a successor with `indelible ledger succeed`"
            ),
            ledger: Some(cell.origin().as_str().to_owned()),
        });
    }
}
