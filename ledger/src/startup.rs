//! Opening an engine: keys first, then every ledger is recovered and held against the anchor, and only then
//! does the writer get a term. Where the provider of the keys is away, all of that happens but what needs a key.

mod access;
mod anchored;
mod catalogue;
mod error;
mod registered;
mod times;

use std::{path::Path, sync::Arc};

use indelible_keystore::Remedy;
use indelible_store::{
    LedgerId, Store, StoreError,
    anchor::{AnchorEntry, AnchorPlace},
};
use tracing::{info, warn};

use access::Access;
use catalogue::Catalogue;
pub use error::OpenError;
use registered::FromRegister;
use times::times;

use crate::{
    check::{
        catalogue::closed,
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
        interrupt::Interrupt,
        notice::{Notice, NoticeCode},
        registry::Registry,
        shared::{Availability, LedgerState},
    },
    write::{anchor::Anchorage, genesis},
};

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
        let options = EngineOptions {
            anchor: Some(anchor_path.to_owned()),
            ..options
        };
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
    let ledgers = store.ledgers()?;
    let fresh = ledgers.is_empty();
    let keks = Access::of(keks, fresh)?;
    let custody = Arc::new(Custody::closed(&options.environment));
    let register = FromRegister::read(options, &*store);
    let signers = register.asked_by(Signers::stored(&*store, &custody, fresh)?);
    let anchor = Anchorage::open(place, store.store_id(), ledgers.len())?;
    let catalogue = Catalogue::of(&*store, ledgers, &options.interrupt)?;
    let mut start = Start {
        store: &*store,
        keks,
        custody: &custody,
        notices: catalogue.notices(&*store, &anchor),
        interrupt: &options.interrupt,
        anchor: &anchor,
        register: &register,
        registry: Registry::default(),
        recovered: Vec::new(),
        abandoned: Vec::new(),
    };
    let is_whole = catalogue.unreadable.is_empty();
    for (id, descriptor) in catalogue.ledgers {
        start.ledger(id, descriptor)?;
    }
    start.settle(&signers)?;
    register.claim(&*store, &start.registry)?;
    let Start {
        registry,
        recovered,
        abandoned,
        mut notices,
        keks,
        ..
    } = start;
    let (newest, known) = times(&recovered);
    let environment = &options.environment;
    environment.begin_clock(options.clock, newest, known);
    // The identity comes after all ledgers: what is stored is checked before a key can sign.
    let (keks, settled) = keks.open_identities(&signers, &*store, &custody)?;
    // What could not be checked yet may still need the evidence.
    let whole = notices.is_empty() && keks.is_some();
    if let Some(settle) = settle {
        settle(whole)?;
    }
    for (id, descriptor) in abandoned {
        store.update_ledger(id, &descriptor.encode())?;
    }
    notices.extend(anchored::unreadable_slots(&anchor, &recovered));
    let tips = anchored::catch_up(&anchor, recovered).map_err(OpenError::AnchorBehind)?;
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
        names_are_known: is_whole,
        notices,
    })
}

/// What a start gathers.
struct Start<'a> {
    store: &'a dyn Store,
    keks: Access,
    custody: &'a Arc<Custody>,
    anchor: &'a Anchorage,
    register: &'a FromRegister,
    registry: Registry,
    recovered: Vec<Recovered>,
    abandoned: Vec<(LedgerId, Descriptor)>,
    notices: Vec<Notice>,
    interrupt: &'a Interrupt,
}

impl Start<'_> {
    fn ledger(&mut self, id: LedgerId, descriptor: Descriptor) -> Result<(), OpenError> {
        if self.interrupt.is_set() {
            return Err(OpenError::Interrupted);
        }
        if descriptor.lifecycle == Lifecycle::Abandoned {
            return Ok(());
        }
        let (index_key, unopened) = self.index_key(&descriptor)?;
        let anchor = |size| anchored::entry(self.anchor, id, size);
        let head = match self.store.head(id) {
            Ok(Some(head)) => head,
            Ok(None) => return self.without_records(id, descriptor, index_key, anchor(0)),
            Err(error) => {
                let tiles = &self.registry.proven_tiles;
                let cell = Arc::new(genesis::empty_cell(id, descriptor, index_key, tiles)?);
                return self.set_aside(cell, &error.into());
            }
        };
        let verifier_key = genesis::verifier_key(&descriptor)?;
        let evidence = Evidence {
            store: self.store,
            anchor: anchor(head.size),
            registered: self.register.witness(&descriptor.origin),
            verifier_key,
            proven_tiles: Arc::clone(&self.registry.proven_tiles),
            interrupt: self.interrupt,
            bad_checkpoint: None,
        };
        let mut recovered = recovery::recover(evidence, id, descriptor, index_key, head);
        if let Some(unopened) = unopened
            && recovered.finding.is_none()
        {
            recovered.finding = Some(unopened);
            recovered.tip = None;
            recovered.anchor_behind = false;
        }
        if self.interrupt.is_set() {
            // What was not looked at to its end says nothing.
            return Err(OpenError::Interrupted);
        }
        self.recovered.push(recovered);
        Ok(())
    }

    /// Says which ledgers are closed, and which must be quarantined, and enters all in the registry.
    fn settle(&mut self, signers: &Signers) -> Result<(), OpenError> {
        let mut recovered = std::mem::take(&mut self.recovered);
        let cells: Vec<_> = recovered.iter().map(|one| Arc::clone(&one.cell)).collect();
        let closed = closed(&cells, |public| signers.has(public));
        for one in &mut recovered {
            if let Some(missing) = one.finding.as_ref().and_then(|finding| finding.missing) {
                one.cell.doubts.note_lost(missing);
            }
            if closed.contains(one.cell.origin().as_str()) {
                if one.finding.is_some() {
                    one.cell.suspect();
                }
                let reason = "a successor took its place";
                one.cell.set_state(Availability::Closed, reason);
                one.tip = None;
                one.anchor_behind = false;
            } else if let Some(finding) = &one.finding {
                self.quarantine(&one.cell, finding)?;
            }
            self.registry.insert(Arc::clone(&one.cell));
        }
        self.recovered = recovered;
        Ok(())
    }

    /// Opens a ledger's index key. A provider that goes away in the middle is away for all that follow. A key that is not
    /// what was wrapped is a finding about its ledger alone.
    fn index_key(
        &mut self,
        descriptor: &Descriptor,
    ) -> Result<(IndexKey, Option<Finding>), OpenError> {
        let Access::Open(keks) = &self.keks else {
            return Ok((IndexKey::new(None, self.custody), None));
        };
        let key = wrapping::index_key(
            descriptor.origin.as_str(),
            descriptor.index_key_id,
            &descriptor.index_key,
            &**keks,
        );
        match key {
            Ok(key) => {
                let hasher = IndexHasher::new(&key);
                Ok((IndexKey::new(Some(hasher), self.custody), None))
            }
            Err(error) if error.remedy() == Remedy::Wait => {
                self.keks = Access::Away(error);
                Ok((IndexKey::new(None, self.custody), None))
            }
            Err(error) if wrapping::is_damage(&error) => {
                let detail = format!("the ledger's index key can't be opened: {error}");
                let finding = Finding::new(FindingCode::StoreDamaged, detail);
                Ok((IndexKey::new(None, self.custody), Some(finding)))
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
        let witness = self.register.witness(&descriptor.origin);
        let interrupted = !has_begun
            && witness.is_none()
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
                match witness.filter(|witness| witness.held.size > size) {
                    Some(witness) => Finding::missing(0, witness.held.size, &witness.register),
                    None => Finding::missing(0, size, "the anchor"),
                }
            }
            Err(finding) => finding,
        };
        let tiles = &self.registry.proven_tiles;
        let cell = Arc::new(genesis::empty_cell(id, descriptor, index_key, tiles)?);
        self.set_aside(cell, &finding)
    }

    /// A ledger of which nothing can be read.
    fn set_aside(&mut self, cell: Arc<LedgerState>, finding: &Finding) -> Result<(), OpenError> {
        self.quarantine(&cell, finding)?;
        self.registry.insert(cell);
        Ok(())
    }

    /// A ledger that could not be read for lack of resources is not known to be damaged: the start fails, and another one
    /// may read it.
    fn quarantine(&mut self, cell: &LedgerState, finding: &Finding) -> Result<(), OpenError> {
        if finding.is_shortage() {
            return Err(OpenError::Shortage {
                ledger: cell.origin().to_string(),
                reason: finding.to_string(),
            });
        }
        let reason = recovery::quarantine(cell, finding);
        let ends = match finding.code {
            FindingCode::AnchorUnusable => {
                "The quarantine ends when the anchor can vouch for the ledger again (put back the newest copy of this \
                 store's anchor, and restart; keep the data directory as it is)"
            }
            _ => {
                "The quarantine ends when the missing bytes come back (restore the newest copy of the data directory \
                 beside the newest anchor, and restart)"
            }
        };
        let succeed = match cell.is_system() {
            true => {
                "stop the daemon and start a successor with `indelible system succeed`; what can't be undone takes two people \
                 from then on"
            }
            false => {
                "start a successor with `indelible ledger succeed`; if _system is in quarantine too, it comes first (`indelible \
                 system succeed`), and a successor then takes two people"
            }
        };
        self.notices.push(Notice {
            code: NoticeCode::LedgerQuarantined,
            detail: format!("{reason}. {ends}. If that is lost, {succeed}"),
            ledger: Some(cell.origin().as_str().to_owned()),
        });
        Ok(())
    }
}
