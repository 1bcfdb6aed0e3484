//! Whether the keys are available. Every part of the engine that needs a key asks here.
//!
//! Keys are unavailable from the start or not at all: once they are open, they stay open until the process ends. A
//! provider that fails later does not change that: each call to it reports its own failure.

use std::{
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use indelible_keystore::{KekSet, KeyError, Remedy};
use thiserror::Error;
use tokio::sync::watch;

use crate::state::environment::Environment;

/// Why a key is not available, and since when. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When it was noticed first, nanoseconds since 1970 UTC.
    pub since: u64,
    /// The kind of the provider that refuses, if it was one.
    pub provider: Option<&'static str>,
    /// What is wrong with the provider, from a fixed vocabulary.
    pub fault: Option<&'static str>,
    /// The same for people, as it was last.
    pub reason: String,
    /// What ends it.
    pub remedy: Remedy,
}

impl Outage {
    pub(crate) fn new(error: &KeyError, since: u64) -> Self {
        let (provider, fault) = match error {
            KeyError::Provider {
                provider, fault, ..
            } => (Some(provider.name()), Some(fault.name())),
            _ => (None, None),
        };
        Self {
            since,
            provider,
            fault,
            reason: error.to_string(),
            remedy: error.remedy(),
        }
    }

    /// The same outage with its latest reason.
    pub(crate) fn goes_on(&self, error: &KeyError) -> Self {
        Self::new(error, self.since)
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// No key can be opened, since the provider of the KEK was away when the daemon started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the keys are away: {0}{then}", then = .0.then())]
pub struct KeysAway(pub Outage);

impl Outage {
    fn then(&self) -> &'static str {
        match self.remedy {
            Remedy::Wait => "; the daemon keeps trying, and no restart is needed",
            Remedy::Replace | Remedy::Fix => "; fix it, and restart the daemon",
        }
    }
}

/// An identity key can't sign.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// No key can be opened.
    #[error(transparent)]
    Away(#[from] KeysAway),
    /// This one can't be opened, and others can.
    #[error("identity key {public} can't be opened: {outage}{}", what_to_do(outage.remedy))]
    Shut {
        /// Its public half, in hexadecimal.
        public: String,
        /// Why not.
        outage: Outage,
    },
    /// The register outside this machine does not let it.
    #[error("nothing is signed without the register: {0}{then}", then = .0.then())]
    Unregistered(Outage),
    /// The store does not hold it.
    #[error("the store does not hold identity key {public}; restore a backup that does")]
    Unknown {
        /// Its public half, in hexadecimal.
        public: String,
    },
}

fn what_to_do(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Wait => "; the daemon keeps trying, and no restart is needed",
        Remedy::Replace | Remedy::Fix => {
            "; bring the key back and restart the daemon, or replace the key with `indelible keys rotate identity`, \
             which needs the recovery key that genesis names"
        }
    }
}

impl IdentityError {
    /// Why, as far as it is known.
    pub fn outage(&self) -> Option<&Outage> {
        match self {
            Self::Away(KeysAway(outage))
            | Self::Shut { outage, .. }
            | Self::Unregistered(outage) => Some(outage),
            Self::Unknown { .. } => None,
        }
    }
}

/// Why the providers could not be opened.
#[derive(Debug, Error)]
pub enum NotOpened {
    /// A provider says why.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Something that waiting does not fix.
    #[error("{0}")]
    Other(String),
}

/// The KEKs once they are open, and until then the reason why they are not.
pub(crate) struct Custody {
    environment: Environment,
    keks: OnceLock<Arc<KekSet>>,
    away: RwLock<Outage>,
    is_open: watch::Sender<bool>,
}

impl Custody {
    /// One that has been given nothing yet.
    pub(crate) fn closed(environment: &Environment) -> Self {
        let outage = Outage {
            since: environment.now(),
            provider: None,
            fault: None,
            reason: "they are being opened".into(),
            remedy: Remedy::Wait,
        };
        Self {
            environment: environment.clone(),
            keks: OnceLock::new(),
            away: RwLock::new(outage),
            is_open: watch::Sender::new(false),
        }
    }

    /// Where those who make and open keys take time and chance from.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The KEKs.
    pub(crate) fn keks(&self) -> Result<&Arc<KekSet>, KeysAway> {
        self.keks.get().ok_or_else(|| self.why())
    }

    /// Why there are none, or were none.
    pub(crate) fn why(&self) -> KeysAway {
        let away = self.away.read().unwrap_or_else(PoisonError::into_inner);
        KeysAway(away.clone())
    }

    /// Notes why there are none.
    pub(crate) fn tell(&self, error: &KeyError) {
        let mut away = self.away.write().unwrap_or_else(PoisonError::into_inner);
        *away = away.goes_on(error);
    }

    /// Notes why there are none, and that only a restart changes it.
    pub(crate) fn give_up(&self, error: &NotOpened) {
        let mut away = self.away.write().unwrap_or_else(PoisonError::into_inner);
        *away = Outage {
            remedy: Remedy::Fix,
            ..match error {
                NotOpened::Key(error) => away.goes_on(error),
                NotOpened::Other(reason) => Outage {
                    provider: None,
                    fault: None,
                    reason: reason.clone(),
                    ..away.clone()
                },
            }
        };
    }

    /// Puts the KEKs in. The caller has checked everything that must hold before a key is used.
    pub(crate) fn open(&self, keks: Arc<KekSet>) {
        if self.keks.set(keks).is_err() {
            tracing::error!("the keys were opened twice");
        }
        self.is_open.send_replace(true);
    }

    /// Tells when the keys are open.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.is_open.subscribe()
    }
}
