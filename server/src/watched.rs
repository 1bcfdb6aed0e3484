//! What tells that a file was changed (how it looks, and SIGHUP), and why one that changed is not in force.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};

/// What shows that a file was changed or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looks {
    device: u64,
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Looks {
    /// How a file looks; nothing, if there is none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// SIGHUP, by which an operator asks for files to be read at once.
pub(crate) struct Hangup(Option<Signal>);

impl Hangup {
    /// From now on it does not end the process.
    pub(crate) fn expected() -> Self {
        Self(signal(SignalKind::hangup()).ok())
    }

    /// Waits that long, or until it comes; whether it came.
    pub(crate) async fn within(&mut self, time: Duration) -> bool {
        let Some(signal) = &mut self.0 else {
            tokio::time::sleep(time).await;
            return false;
        };
        matches!(timeout(time, signal.recv()).await, Ok(Some(())))
    }
}

/// Why files as they are now are not in force; nothing, if they are. All clones tell the same.
#[derive(Clone, Default)]
pub(crate) struct Problem(Arc<Mutex<Option<String>>>);

impl Problem {
    /// Why not.
    pub(crate) fn get(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Says why not, or that they are.
    pub(crate) fn set(&self, problem: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }
}
