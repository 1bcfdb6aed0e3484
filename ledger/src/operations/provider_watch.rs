//! Watching the providers of keys while the daemon runs: whether each can wrap and open a key now.
//!
//! Keys that are open stay open for a while, so much goes on without a provider, and nobody would learn that one is away
//! before something is refused.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use indelible_compliance::time::shortest;
use indelible_keystore::{KekProvider as _, KeyError};
use tracing::{info, warn};

use crate::{
    core::Core,
    state::{
        bell::Stop,
        custody::Custody,
        environment::Environment,
        limits::{KEYS_PROBE_AGAIN, WATCH_INTERVAL},
        notice::NoticeCode,
        steps::{Next, Steps},
    },
};

/// What the notice is about.
const PROVIDERS: &str = "providers of keys";

/// The loop that watches the providers. It holds no engine: a provider may take its time to answer while one is closed.
pub(crate) struct ProviderWatch {
    core: Weak<Core>,
    custody: Arc<Custody>,
    environment: Environment,
    stop: Stop,
    /// Time between two looks while all goes well.
    every: Duration,
    /// When it looked last, and how many calls had failed by then.
    looked: (Duration, u64),
    /// Since when one can't be used, nanoseconds since 1970 UTC.
    away: Option<u64>,
}

impl ProviderWatch {
    /// Looks first after a while: the start has just used them.
    pub(crate) fn new(core: &Arc<Core>, stop: Stop) -> Self {
        let environment = core.environment.clone();
        Self {
            core: Arc::downgrade(core),
            custody: Arc::clone(&core.custody),
            stop,
            every: core.options.keys_probe,
            looked: (environment.elapsed(), 0),
            away: None,
            environment,
        }
    }

    fn is_due(&self, failed: u64) -> bool {
        let (looked, failed_before) = self.looked;
        let ago = self.environment.elapsed().saturating_sub(looked);
        let is_suspect = self.away.is_some() || failed > failed_before;
        ago >= self.every || is_suspect && ago >= self.every.min(KEYS_PROBE_AGAIN)
    }

    /// Tells what a look came to. False if the engine is gone.
    fn tell(&mut self, found: Result<(), KeyError>) -> bool {
        let Some(core) = self.core.upgrade() else {
            return false;
        };
        match found {
            Ok(()) => {
                self.away = None;
                if core.troubles.clear(PROVIDERS) {
                    info!("the provider of the keys can be used again");
                }
            }
            Err(error) => {
                let since = *self.away.get_or_insert_with(|| self.environment.now());
                let detail = format!(
                    "a provider of keys can't be used since {}: {error}. Appends and reads under keys that are open go on; what \
                     needs the provider is refused. Nothing that was acknowledged is lost, and what is refused now succeeds \
                     once the provider answers: no restart is needed",
                    shortest(since)
                );
                if core
                    .troubles
                    .put(PROVIDERS, NoticeCode::KeyProviderAway, detail)
                {
                    warn!(%error, "a provider of keys can't be used");
                }
            }
        }
        true
    }
}

impl Steps for ProviderWatch {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            return Next::Ended;
        }
        // While they are away since the start, the loop that opens them asks.
        let keks = self.custody.keks().ok().map(Arc::clone);
        if let Some(keks) = keks.filter(|keks| self.is_due(keks.failed_calls())) {
            let found = keks.health();
            self.looked = (self.environment.elapsed(), keks.failed_calls());
            if !self.tell(found) {
                return Next::Ended;
            }
        }
        let pause = self.every.min(WATCH_INTERVAL);
        Next::PausesUntil(self.environment.elapsed() + pause)
    }
}
