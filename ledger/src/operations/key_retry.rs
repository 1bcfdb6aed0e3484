//! Opening the keys after a start that could not: as soon as their provider is available again, and without a restart.
//!
//! Whatever a start with keys checks before it uses a key is checked first. Then the identity keys open, then the index
//! keys, and the ledgers take records again.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_keystore::{Backoff, KekSet, KeyError, Remedy};
use indelible_store::LedgerId;
use tracing::{error, info, warn};

use crate::{
    check::recovery::{check_identities, quarantine},
    core::Core,
    keys::wrapping,
    operations::{count_keks, erase},
    state::{
        custody::NotOpened,
        event_identity::IndexHasher,
        key_error::KeysError,
        limits::KEYS_RETRY_MAX,
        shared::{Availability, LedgerState},
    },
};

/// How often the thread looks whether it must stop.
const TICK: Duration = Duration::from_millis(50);

/// Opens the providers.
pub type OpenKeks = Box<dyn FnMut() -> Result<Arc<KekSet>, NotOpened> + Send>;

/// What an engine opens its keys with.
pub struct Keys {
    /// The providers; or why they are away, if that is something to wait for.
    pub keks: Result<Arc<KekSet>, KeyError>,
    /// Asked again for as long as they are.
    pub reopen: OpenKeks,
}

/// The thread that opens what is away.
pub(crate) struct KeyOpener {
    pub(crate) core: Arc<Core>,
    pub(crate) reopen: OpenKeks,
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

impl KeyOpener {
    /// Runs until nothing is left to wait for, or the engine stops. What opens the providers is dropped then.
    pub(crate) fn run(mut self) {
        let mut backoff = Backoff::new(self.core.options.keys_retry, KEYS_RETRY_MAX);
        let mut opened = Opened::default();
        loop {
            if !self.wait(backoff.pause()) {
                return;
            }
            let before = opened.hashers.len();
            match self.attempt(&mut opened) {
                Ok(Attempt::Done) => return,
                Ok(Attempt::Later) => {}
                Err(NotOpened::Key(error)) if error.remedy() == Remedy::Wait => {
                    warn!(%error, "the keys are still away");
                    self.core.custody.tell(&error);
                }
                Err(error) => {
                    error!(%error, "the keys stay away until this is fixed and the daemon is restarted");
                    self.core.custody.give_up(&error);
                    return;
                }
            }
            if opened.hashers.len() > before {
                backoff.reset();
            }
        }
    }

    /// False if the engine stops.
    fn wait(&self, pause: Duration) -> bool {
        let end = Instant::now() + pause;
        while Instant::now() < end {
            if self.core.is_draining() {
                return false;
            }
            std::thread::sleep(TICK.min(pause));
        }
        !self.core.is_draining()
    }

    fn attempt(&mut self, opened: &mut Opened) -> Result<Attempt, NotOpened> {
        let keks = match &opened.keks {
            Some(keks) => Arc::clone(keks),
            None => Arc::clone(opened.keks.insert(self.keks()?)),
        };
        let core = &*self.core;
        if core.custody.keks().is_ok() {
            return settled(core, &keks);
        }
        check(core, &keks, &mut opened.hashers)?;
        let attempt = settled(core, &keks)?;
        for (cell, hasher) in opened.hashers.drain().map(|(_, opened)| opened) {
            cell.open_index_key(hasher);
        }
        core.custody.open(Arc::clone(&keks));
        info!("the keys are back: ledgers take records again");
        count_keks::after_start(core);
        erase::resume(core);
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
/// quarantine, before any key can sign for it.
fn check(
    core: &Core,
    keks: &KekSet,
    hashers: &mut HashMap<LedgerId, (Arc<LedgerState>, IndexHasher)>,
) -> Result<(), NotOpened> {
    for cell in core.registry.cells() {
        if cell.hasher().is_ok() || hashers.contains_key(&cell.id) {
            continue;
        }
        let (id, wrapped) = (cell.descriptor.index_key_id, &cell.descriptor.index_key);
        let key = wrapping::index_key(cell.origin().as_str(), id, wrapped, keks)?;
        let hasher = IndexHasher::new(&key);
        if !matches!(
            cell.state().0,
            Availability::Quarantined | Availability::Closed
        ) && let Err(finding) = check_identities(&*core.store, &cell, &hasher)
        {
            quarantine(&cell, &finding);
        }
        hashers.insert(cell.id, (cell, hasher));
    }
    Ok(())
}
