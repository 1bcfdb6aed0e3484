//! A directory for a while, which goes when the command ends, however it ends.

use std::{
    env,
    fs::{self, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    thread,
};

use indelible_backup::BackupId;
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    task::yield_now,
};

use crate::cli::error::CliError;

/// What the names of all of them begin with.
const NAME: &str = "indelible-verify-";
/// Locked as long as the directory is somebody's.
const LOCK: &str = "lock";
/// How often it is tried to remove what another thread may still write to.
const REMOVALS_MAX: u32 = 1_000;

/// A directory for a while.
pub(super) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes one, and removes those that processes left which were killed.
    pub(super) fn make(within: Option<&Path>, id: &BackupId) -> Result<Self, CliError> {
        let within = within.map_or_else(env::temp_dir, Path::to_owned);
        remove_leftovers(&within);
        let path = within.join(format!("{NAME}{id}-{}", std::process::id()));
        let failed = |source| CliError::File {
            path: path.clone(),
            source,
        };
        // First, so that no signal finds a directory that nobody removes.
        remove_on_a_signal(path.clone()).map_err(failed)?;
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(failed)?;
        let locked = File::create_new(path.join(LOCK)).and_then(|lock| {
            lock.try_lock().map_err(io::Error::other)?;
            Ok(lock)
        });
        match locked {
            Ok(lock) => Ok(Self { path, _lock: lock }),
            Err(source) => {
                let _left = fs::remove_dir_all(&path);
                Err(failed(source))
            }
        }
    }

    /// Where a data directory may be made.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left the next verification removes.
        let _left = fs::remove_dir_all(&self.path);
    }
}

/// Removes the directories of processes that are gone: nobody holds their locks. What can't be looked at is somebody else's.
fn remove_leftovers(within: &Path) {
    let entries = fs::read_dir(within).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        let is_scratch = entry.file_name().to_string_lossy().starts_with(NAME);
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let lock = (is_scratch && is_directory).then(|| File::open(path.join(LOCK)));
        if let Some(Ok(lock)) = lock
            && lock.try_lock().is_ok()
        {
            let _left = fs::remove_dir_all(&path);
        }
    }
}

/// Ends the process at SIGINT, SIGTERM or SIGHUP, once the directory is removed.
fn remove_on_a_signal(path: PathBuf) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let within = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    drop(within);
    thread::spawn(move || {
        runtime.block_on(async {
            let number = tokio::select! {
                _ = interrupt.recv() => libc::SIGINT,
                _ = terminate.recv() => libc::SIGTERM,
                _ = hangup.recv() => libc::SIGHUP,
            };
            for _ in 0..REMOVALS_MAX {
                match fs::remove_dir_all(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => yield_now().await,
                    _ => break,
                }
            }
            end(128 + number);
        });
    });
    Ok(())
}

/// Ends the process as shells say of one that a signal ended. The other threads go on until then, and the engine's own end of
/// process would take memory from under them.
fn end(code: i32) -> ! {
    #[expect(
        unsafe_code,
        reason = "the standard library has no end of a process that runs no destructors and writes no core"
    )]
    // SAFETY: _exit takes a plain number and does not return; nothing of this process must be on disk.
    unsafe {
        libc::_exit(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_held_stays() {
        let place = tempfile::tempdir().unwrap();
        let left = |name: &str| {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            let lock = File::create_new(path.join(LOCK)).unwrap();
            (path, lock)
        };
        let (dead, lock) = left("indelible-verify-a-1");
        drop(lock);
        let (held, lock) = left("indelible-verify-b-2");
        lock.try_lock().unwrap();
        let (other, _lock) = left("somebody-elses");
        remove_leftovers(place.path());
        assert!(!dead.exists() && held.exists() && other.exists());
    }
}
