//! Opening the keys after a start that could not: as soon as their provider is available again, and without a restart.
//!
//! Whatever a start with keys checks before it uses a key is checked first. Then the identity keys open, then the index
//! keys, and the ledgers take records again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use indelible_keystore::{Backoff, KekSet, KeyError, Remedy};
use indelible_store::LedgerId;
use tracing::{error, info, warn};

use crate::{
    check::{
        finding::{Finding, FindingCode},
        recovery::{check_with_key, quarantine},
    },
    core::Core,
    keys::wrapping::{self, is_damage},
    operations::{count_keks, elsewhere, end_ledger, erase, retention},
    state::{
        custody::NotOpened,
        event_identity::IndexHasher,
        key_error::KeysError,
        limits::KEYS_RETRY_MAX,
        shared::{Availability, LedgerState},
        steps::{Next, Steps},
    },
};

/// Opens the providers.
pub type OpenKeks = Box<dyn FnMut() -> Result<Arc<KekSet>, NotOpened> + Send>;

/// What an engine opens its keys with.
pub struct Keys {
    /// The providers; or why they are away, if that is something to wait for.
    pub keks: Result<Arc<KekSet>, KeyError>,
    /// Asked again for as long as they are.
    pub reopen: OpenKeks,
}

/// The loop that opens what is away. It ends when nothing is left to wait for, or the engine stops; what opens the
/// providers is dropped then.
pub(crate) struct KeyOpener {
    core: Arc<Core>,
    reopen: OpenKeks,
    backoff: Backoff,
    opened: Opened,
    /// When to try next.
    next: Duration,
}

/// What attempts have opened so far. What one has opened the next one need not: no PIN is sent twice for nothing, and a
/// provider that answers seldom is done with in the end.
#[derive(Default)]
struct Opened {
    keks: Option<Arc<KekSet>>,
    /// Hashers of the ledgers that were checked; none is used before all ledgers are.
    hashers: HashMap<LedgerId, (Arc<LedgerState>, IndexHasher)>,
}

/// How an attempt ended.
enum Attempt {
    /// Nothing is left that may come back by itself.
    Done,
    /// Some is.
    Later,
}

impl Steps for KeyOpener {
    fn step(&mut self) -> Next {
        if self.core.is_draining() {
            return Next::Ended;
        }
        if self.core.environment.elapsed() < self.next {
            return Next::PausesUntil(self.next);
        }
        let before = self.opened.hashers.len();
        match self.attempt() {
            Ok(Attempt::Done) => return Next::Ended,
            Ok(Attempt::Later) => {}
            Err(NotOpened::Key(error)) if error.remedy() == Remedy::Wait => {
                warn!(%error, "the keys are still away");
                self.core.custody.tell(&error);
            }
            Err(error) => {
                error!(%error, "the keys stay away until this is fixed and the daemon is restarted");
                self.core.custody.give_up(&error);
                return Next::Ended;
            }
        }
        if self.opened.hashers.len() > before {
            self.backoff.reset();
        }
        self.next = self.core.environment.elapsed() + self.pause();
        Next::PausesUntil(self.next)
    }
}

impl KeyOpener {
    /// Tries first after a pause: the start has just tried.
    pub(crate) fn new(core: Arc<Core>, reopen: OpenKeks) -> Self {
        let mut opener = Self {
            backoff: Backoff::new(core.options.keys_retry, KEYS_RETRY_MAX),
            opened: Opened::default(),
            next: core.environment.elapsed(),
            core,
            reopen,
        };
        let pause = opener.pause();
        opener.next += pause;
        opener
    }

    fn pause(&mut self) -> Duration {
        self.backoff.pause(self.core.environment.entropy())
    }

    fn attempt(&mut self) -> Result<Attempt, NotOpened> {
        let keks = match &self.opened.keks {
            Some(keks) => Arc::clone(keks),
            None => {
                let keks = self.keks()?;
                Arc::clone(self.opened.keks.insert(keks))
            }
        };
        let opened = &mut self.opened;
        let core = &*self.core;
        if core.custody.keks().is_ok() {
            return settled(core, &keks);
        }
        if !check(core, &keks, &mut opened.hashers)? {
            return Ok(Attempt::Later);
        }
        let attempt = settled(core, &keks)?;
        for (cell, hasher) in opened.hashers.drain().map(|(_, opened)| opened) {
            cell.open_index_key(hasher);
        }
        core.custody.open(Arc::clone(&keks));
        core.followers.ring();
        info!("the keys are back: ledgers take records again");
        count_keks::after_start(core);
        end_ledger::resume(core);
        erase::resume(core);
        elsewhere::resume(core);
        retention::resume(core);
        Ok(attempt)
    }

    fn keks(&mut self) -> Result<Arc<KekSet>, NotOpened> {
        match self.core.custody.keks() {
            // Only an identity is missing.
            Ok(keks) => Ok(Arc::clone(keks)),
            Err(_) => (self.reopen)(),
        }
    }
}

fn settled(core: &Core, keks: &KekSet) -> Result<Attempt, NotOpened> {
    match core.signers.open(&*core.store, keks) {
        Ok(true) => Ok(Attempt::Done),
        Ok(false) => Ok(Attempt::Later),
        Err(KeysError::Key(error)) => Err(error.into()),
        Err(error) => Err(NotOpened::Other(error.to_string())),
    }
}

/// Opens the index keys, and does with each what its ledger's start left undone: one that does not pass goes into
/// quarantine, before any key can sign for it. False if a ledger could not be read for lack of resources: it is checked
/// again then.
fn check(
    core: &Core,
    keks: &KekSet,
    hashers: &mut HashMap<LedgerId, (Arc<LedgerState>, IndexHasher)>,
) -> Result<bool, NotOpened> {
    for cell in core.registry.cells() {
        if cell.hasher().is_ok() || hashers.contains_key(&cell.id) {
            continue;
        }
        let (id, wrapped) = (cell.descriptor.index_key_id, &cell.descriptor.index_key);
        let key = match wrapping::index_key(cell.origin().as_str(), id, wrapped, keks) {
            Ok(key) => key,
            Err(error) if is_damage(&error) => {
                let detail = format!("the ledger's index key can't be opened: {error}");
                quarantine(&cell, &Finding::new(FindingCode::StoreDamaged, detail));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let hasher = IndexHasher::new(&key);
        if let Err(finding) = check_with_key(&*core.store, &cell, &hasher)
            && !matches!(
                cell.state().0,
                Availability::Quarantined | Availability::Closed
            )
        {
            if finding.is_shortage() {
                warn!(ledger = %cell.origin(), %finding, "a ledger can't be checked now");
                return Ok(false);
            }
            quarantine(&cell, &finding);
        }
        hashers.insert(cell.id, (cell, hasher));
    }
    Ok(true)
}
