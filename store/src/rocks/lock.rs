//! The lock of a data directory: one process holds it, and its number is in it.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::error::{Result, StoreError};

pub(super) const LOCK: &str = "lock";

/// Takes the lock of a directory, which holds until the file is closed.
pub(super) fn take(directory: &Path) -> Result<File> {
    let path = directory.join(LOCK);
    let failed = || StoreError::io("lock", &path);
    let mut lock = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed())?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::Locked {
                directory: directory.to_owned(),
                holder: holder(&mut lock),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed()(error)),
    }
    lock.set_len(0).map_err(failed())?;
    writeln!(lock, "{}", std::process::id()).map_err(failed())?;
    Ok(lock)
}

fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    let read = lock
        .rewind()
        .and_then(|()| lock.take(20).read_to_string(&mut text));
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(process)) => format!("process {process}"),
        _ => "another process".to_owned(),
    }
}
