//! Watches the files and takes them anew when they change: all of them together, and only if they can be used.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    error::TlsError,
    revoked::{KeyDigest, RevokedKeys},
    setup::{Setup, now, told},
};
use crate::{
    config::Tls,
    limits::{CERTIFICATE_ENDS_SOON_SECONDS, TLS_FILES_SECONDS},
    watched::{Hangup, Looks},
};

/// The state of the files that is in force; it changes while the daemon runs.
pub(crate) type Watched = watch::Receiver<Arc<Setup>>;

/// Keeps what the files say in force.
#[derive(Clone)]
pub(crate) struct Keeper {
    files: Arc<Tls>,
    current: watch::Sender<Arc<Setup>>,
    revoked: RevokedKeys,
    /// Why the files as they are now are not in force.
    problem: Arc<Mutex<Option<String>>>,
}

impl Keeper {
    /// Reads the files for the first time. The keys of some clients are revoked.
    pub(crate) fn start(files: Tls, keys: BTreeSet<KeyDigest>) -> Result<Self, TlsError> {
        let revoked = RevokedKeys::default();
        revoked.take(keys);
        let (current, _) = watch::channel(Arc::new(Setup::read(&files, &revoked)?));
        Ok(Self {
            files: Arc::new(files),
            current,
            revoked,
            problem: Arc::default(),
        })
    }

    /// What is in force, now and later.
    pub(crate) fn watched(&self) -> Watched {
        self.current.subscribe()
    }

    /// Says whose keys are revoked from now on: nobody comes in with them, and their open connections end.
    pub(crate) fn revoke(&self, keys: BTreeSet<KeyDigest>) {
        if self.revoked.take(keys) {
            // Every connection holds its client against it.
            self.current.send_modify(|_| ());
        }
    }

    /// Why the files as they are now are not in force; `None` if they are.
    pub(crate) fn problem(&self) -> Option<String> {
        self.problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Which certificates in force end soon, with their files, and when.
    pub(crate) fn ends_soon(&self) -> Option<String> {
        let soon = now().saturating_add(CERTIFICATE_ENDS_SOON_SECONDS);
        self.current.borrow().end_before(soon)
    }

    /// When the first of the certificates in force ends, seconds since 1970.
    pub(crate) fn until(&self) -> i64 {
        self.current.borrow().until()
    }

    /// Looks at the files every few seconds, and at once on SIGHUP. Never ends.
    pub(crate) async fn keep(self) {
        let mut hangup = Hangup::expected();
        let mut taken = self.looks();
        loop {
            let asked = hangup.within(Duration::from_secs(TLS_FILES_SECONDS)).await;
            let looks = self.looks();
            if asked || looks != taken {
                self.take();
                taken = looks;
            }
        }
    }

    fn take(&self) {
        let problem = match Setup::read(&self.files, &self.revoked) {
            Ok(setup) => {
                tracing::info!(
                    until = told(setup.until()),
                    "took certificates and client authorities"
                );
                self.current.send_replace(Arc::new(setup));
                None
            }
            Err(error) => {
                tracing::warn!(%error, "kept the certificates that are in force");
                Some(error.to_string())
            }
        };
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    fn looks(&self) -> Vec<Option<Looks>> {
        let files = &self.files;
        let paths = [
            Some(&files.certificate),
            Some(&files.key),
            files.client_ca.as_ref(),
        ];
        paths
            .into_iter()
            .flatten()
            .map(|path| Looks::of(path))
            .collect()
    }
}
