//! The store in memory, with faults on demand.
//!
//! It keeps every promise but durability itself, and knows what a real store
//! would lose: [`MemoryStore::reopen`] is a restart after a power cut. Any
//! commit, and any other durable write, can be made to fail, *lost* or
//! *persisted but reported failed*, and both look the same to the writer.

mod anchor;
mod catalog;
mod erase;
mod fault;
mod index;
mod keys;
mod projections;
mod state;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indelible_evidence::{DataKeyId, IdentityTag};

use crate::cause::Cause;
use crate::contracts::damage::{gap, next_term};
use crate::contracts::{
    Commit, CommitStore, Committed, LedgerId, ReadStore, StoreId, Term, check_group,
};
use crate::error::{CommitError, Result, StoreError};
use crate::head::Head;
pub use anchor::MemoryAnchor;
pub use fault::Fault;
use state::{Durable, Index};

/// A store in memory. Dropping it keeps its durable state as long as a store
/// made by [`MemoryStore::reopen`] lives.
#[derive(Debug, Default)]
pub struct MemoryStore {
    durable: Arc<Mutex<Durable>>,
    volatile: Mutex<Volatile>,
}

/// What a restart loses.
#[derive(Debug, Default)]
struct Volatile {
    stopped: Option<String>,
    failed: u64,
    commits: u64,
    faults: BTreeMap<u64, Fault>,
    writes: u64,
    write_faults: BTreeMap<u64, Fault>,
    indexes: BTreeMap<LedgerId, Index>,
    published: BTreeMap<LedgerId, String>,
    refusal: Option<Cause>,
}

impl MemoryStore {
    /// An empty store with this identity.
    pub fn new(store_id: StoreId) -> Self {
        let store = Self::default();
        store.durable().store_id = Some(store_id);
        store
    }

    /// The same store after a power cut: what was not durable is gone, and so
    /// are the planned faults. The old one takes no more writes.
    pub fn reopen(&self) -> Self {
        self.volatile().stopped = Some("it was opened again elsewhere".to_owned());
        let (indexes, published) = {
            let durable = self.durable();
            (durable.indexes.clone(), durable.published.clone())
        };
        Self {
            durable: Arc::clone(&self.durable),
            volatile: Mutex::new(Volatile {
                indexes,
                published,
                ..Volatile::default()
            }),
        }
    }

    /// Plans a fault: the `nth` commit from now on, counted from 0 and over
    /// those that pass all checks, fails like this.
    pub fn fail_commit(&self, nth: u64, fault: Fault) {
        let mut volatile = self.volatile();
        let at = volatile.commits + nth;
        volatile.faults.insert(at, fault);
    }

    /// Plans a fault: the `nth` durable write from now on that is no commit,
    /// counted from 0 and over those that pass all checks, fails like this.
    /// Writes are those to the catalog, to the key ring and of erased parts;
    /// an erasure of parts is one, however many records it has.
    pub fn fail_write(&self, nth: u64, fault: Fault) {
        let mut volatile = self.volatile();
        let at = volatile.writes + nth;
        volatile.write_faults.insert(at, fault);
    }

    /// How many planned faults have come to pass.
    pub fn failed_writes(&self) -> u64 {
        self.volatile().failed
    }

    /// What whoever owns the disk can do: puts these bytes in the place of a
    /// stored record, or takes it away.
    pub fn forge(&self, ledger: LedgerId, sequence: u64, value: Option<Vec<u8>>) {
        let mut durable = self.durable();
        match value {
            Some(value) => durable.records.insert((ledger, sequence), value),
            None => durable.records.remove(&(ledger, sequence)),
        };
    }

    /// The same with a full tile.
    pub fn forge_tile(&self, ledger: LedgerId, level: u32, index: u64, hashes: Option<Vec<u8>>) {
        let mut durable = self.durable();
        match hashes {
            Some(hashes) => durable.tiles.insert((ledger, level, index), hashes),
            None => durable.tiles.remove(&(ledger, level, index)),
        };
    }

    /// The same with the record that the index has for an identity.
    pub fn forge_id(&self, ledger: LedgerId, id: IdentityTag, sequence: Option<u64>) {
        let mut volatile = self.volatile();
        let index = volatile.indexes.entry(ledger).or_default();
        match sequence {
            Some(sequence) => index.ids.insert(id, sequence),
            None => index.ids.remove(&id),
        };
    }

    /// The same with a wrapped data key, which is taken away.
    pub fn forge_no_data_key(&self, ledger: LedgerId, key: DataKeyId) {
        self.durable().keys.remove(&(ledger, key));
    }

    /// Lets no record be read, as an operating system does for this cause; with none they are read again.
    pub fn refuse_reads(&self, cause: Option<Cause>) {
        self.volatile().refusal = cause;
    }

    // The lock order is `volatile`, then `durable`.

    fn volatile(&self) -> MutexGuard<'_, Volatile> {
        self.volatile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn durable(&self) -> MutexGuard<'_, Durable> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is durable, unless the store takes no writes: what `plan`
    /// finds right, `change` does.
    fn write<P, T>(
        &self,
        plan: impl FnOnce(&Durable) -> Result<P>,
        change: impl FnOnce(&mut Durable, P) -> T,
    ) -> Result<T> {
        let mut volatile = self.volatile();
        if let Some(reason) = &volatile.stopped {
            return Err(StoreError::Stopped {
                reason: reason.clone(),
            });
        }
        let mut durable = self.durable();
        let planned = plan(&durable)?;
        let number = volatile.writes;
        volatile.writes += 1;
        let fault = volatile.write_faults.remove(&number);
        let done = (fault != Some(Fault::Lost)).then(|| change(&mut durable, planned));
        match (fault, done) {
            (None, Some(done)) => Ok(done),
            (fault, _) => {
                volatile.failed += 1;
                let detail = format!("planned fault, {fault:?}");
                volatile.stopped = Some(format!("a write failed before: {detail}"));
                Err(StoreError::Engine {
                    action: "write",
                    detail,
                    cause: None,
                })
            }
        }
    }
}

impl CommitStore for MemoryStore {
    fn acquire(&self) -> Result<Term> {
        self.write(
            |durable| next_term(Term::new(durable.term)),
            |durable, next| {
                durable.term = next.number();
                next
            },
        )
    }

    fn commit<'g>(&self, group: &'g [Commit]) -> Result<Committed<'g>, CommitError> {
        check_group(group)?;
        let mut volatile = self.volatile();
        if let Some(reason) = &volatile.stopped {
            return Err(CommitError::Stopped {
                reason: reason.clone(),
            });
        }
        if group.is_empty() {
            return Ok(Committed::of(group));
        }
        let mut durable = self.durable();
        durable.check(group)?;
        let number = volatile.commits;
        volatile.commits += 1;
        let fault = volatile.faults.remove(&number);
        if fault != Some(Fault::Lost) {
            durable.apply(group);
        }
        match fault {
            None => Ok(Committed::of(group)),
            Some(fault) => {
                volatile.failed += 1;
                let detail = format!("planned fault, {fault:?}");
                volatile.stopped = Some(format!("a write failed before: {detail}"));
                Err(CommitError::Unknown {
                    detail,
                    cause: None,
                })
            }
        }
    }
}

impl ReadStore for MemoryStore {
    fn head(&self, ledger: LedgerId) -> Result<Option<Head>> {
        Ok(self.durable().heads.get(&ledger).cloned())
    }

    fn record(&self, ledger: LedgerId, sequence: u64) -> Result<Option<Vec<u8>>> {
        Ok(self.durable().records.get(&(ledger, sequence)).cloned())
    }

    fn last_record(&self, ledger: LedgerId) -> Result<Option<u64>> {
        let durable = self.durable();
        let all = durable.records.keys();
        let own = all.filter(|(of, _)| *of == ledger);
        Ok(own.map(|(_, sequence)| *sequence).max())
    }

    fn scan(
        &self,
        ledger: LedgerId,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let refusal = self.volatile().refusal;
        if refusal.is_some() {
            return Err(StoreError::Engine {
                action: "read records",
                detail: "reads are refused".to_owned(),
                cause: refusal,
            });
        }
        for sequence in from..to {
            // The visitor may call the store, so no lock is held meanwhile.
            let value = self
                .record(ledger, sequence)?
                .ok_or_else(|| gap(sequence, None))?;
            if visit(sequence, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn tile(&self, ledger: LedgerId, level: u32, index: u64) -> Result<Option<Vec<u8>>> {
        Ok(self.durable().tiles.get(&(ledger, level, index)).cloned())
    }
}

#[cfg(test)]
mod tests;
