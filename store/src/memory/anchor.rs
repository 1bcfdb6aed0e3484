//! An anchor in memory, with faults on demand.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use crate::anchor::{Anchor, AnchorError, AnchorFile, AnchorPlace, AnchorState};
use crate::contracts::StoreId;

/// The place of an anchor in memory. All clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct MemoryAnchor {
    disk: Arc<Mutex<Disk>>,
}

#[derive(Debug, Default)]
struct Disk {
    /// What a power cut leaves; none before the anchor is made.
    durable: Option<Vec<u8>>,
    /// What was written.
    written: Vec<u8>,
    /// Counts restarts: a file that was opened before one writes nothing after it.
    restarts: u64,
    syncs: u64,
    faults: BTreeMap<u64, Fault>,
    failed: u64,
}

impl MemoryAnchor {
    /// Plans a fault: the `nth` sync from now on, counted from 0, fails like this.
    pub fn fail_sync(&self, nth: u64, fault: Fault) {
        let mut disk = self.disk();
        let at = disk.syncs + nth;
        disk.faults.insert(at, fault);
    }

    /// How many planned faults have come to pass.
    pub fn failed_syncs(&self) -> u64 {
        self.disk().failed
    }

    /// A power cut: what was not synced is gone, and so are the planned faults. Files that are open write nothing any
    /// more.
    pub fn restart(&self) {
        let mut disk = self.disk();
        disk.restarts += 1;
        disk.faults.clear();
        disk.written = disk.durable.clone().unwrap_or_default();
    }

    /// The anchor as a power cut would leave it now, to look at; none before it is made.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn durable(&self, store_id: StoreId) -> Result<Option<Anchor>, AnchorError> {
        let Some(durable) = self.disk().durable.clone() else {
            return Ok(None);
        };
        let copy = Self::default();
        copy.disk().written = durable;
        match Anchor::open_file(Box::new(copy.file()), store_id)? {
            AnchorState::Present(anchor) => Ok(Some(anchor)),
            _ => Ok(None),
        }
    }

    fn file(&self) -> MemoryFile {
        MemoryFile {
            disk: Arc::clone(&self.disk),
            restarts: self.disk().restarts,
        }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnchorPlace for MemoryAnchor {
    fn open(&self, store_id: StoreId) -> Result<AnchorState, AnchorError> {
        if self.disk().durable.is_none() {
            return Ok(AnchorState::Missing);
        }
        Anchor::open_file(Box::new(self.file()), store_id)
    }

    fn create(&self, store_id: StoreId) -> Result<Anchor, AnchorError> {
        Anchor::create_file(Box::new(self.file()), store_id)
    }

    fn name(&self) -> String {
        "the anchor in memory".to_owned()
    }
}

struct MemoryFile {
    disk: Arc<Mutex<Disk>>,
    restarts: u64,
}

impl MemoryFile {
    fn disk(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        match disk.restarts == self.restarts {
            true => Ok(disk),
            false => Err(io::Error::other("the machine was restarted")),
        }
    }
}

impl AnchorFile for MemoryFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk()?.written.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let disk = self.disk()?;
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let stored = disk.written.get(from..from + bytes.len());
        bytes.copy_from_slice(stored.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut disk = self.disk()?;
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        if disk.written.len() < from + bytes.len() {
            disk.written.resize(from + bytes.len(), 0);
        }
        disk.written[from..from + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.disk()?;
        let number = disk.syncs;
        disk.syncs += 1;
        let fault = disk.faults.remove(&number);
        if fault != Some(Fault::Lost) {
            disk.durable = Some(disk.written.clone());
        }
        match fault {
            None => Ok(()),
            Some(fault) => {
                disk.failed += 1;
                Err(io::Error::other(format!("planned fault, {fault:?}")))
            }
        }
    }
}
