//! What is asked of the projections, and what an answer holds for.

use indelible_compliance::projections::folds::Projections;
use indelible_evidence::{hash::TreeHash, note::SignedNote};

use crate::{
    core::Ledger,
    follow::projection::{Sight, gather},
    operations::{
        access::Access,
        disclose::Archived,
        selection::{RecordSelection, resolve},
    },
    read::record::unlinked_record,
    state::{
        access_error::AccessError, error::ReadError, no_records::NoRecords, shared::Published,
    },
};

/// Which records, and for whom.
#[derive(Clone, Copy, Default)]
pub struct Projecting<'a> {
    /// Which records.
    pub selection: RecordSelection,
    /// For whom sealed events are opened; none means that they stay sealed.
    pub access: Option<&'a Access>,
}

/// What an answer holds for.
#[derive(Clone, Debug)]
pub struct Holds {
    /// The size of the tree.
    pub size: u64,
    /// Its root at that size.
    pub root: TreeHash,
    /// The newest signed checkpoint, if it covers that size. Where it does not, the next one will, within the interval
    /// of publication.
    pub checkpoint: Option<SignedNote>,
    /// The first record that was folded.
    pub from: u64,
    /// One past the last.
    pub to: u64,
    /// When the first and the last of them were recorded, nanoseconds since 1970 UTC.
    pub times: [u64; 2],
}

impl Ledger {
    /// Shows the states of all folds over some records. Blocking.
    ///
    /// # Errors
    /// If there are no such records, one of them is damaged, or a key or signature that is needed is not available.
    pub fn project<T>(
        &self,
        projecting: &Projecting<'_>,
        read: impl FnOnce(&Holds, &Projections) -> T,
    ) -> Result<T, AccessError> {
        let holds = self.held_for(projecting)?;
        let (cell, core) = (self.cell(), self.core());
        let (store, range) = (&*core.store, holds.from..holds.to);
        let Some(access) = projecting.access else {
            if range.start == 0 {
                let read = |states: &Projections| read(&holds, states);
                return Ok(core.totals.read(cell, store, range.end, read)?);
            }
            let states = gather(cell, store, range, Sight::Closed)?;
            return Ok(read(&holds, &states));
        };
        self.record_opening(access, range.clone(), Archived::All)?;
        let states = gather(cell, store, range, Sight::Opened(&core.keyring))?;
        Ok(read(&holds, &states))
    }

    pub(crate) fn held_for(&self, projecting: &Projecting<'_>) -> Result<Holds, ReadError> {
        let (cell, store) = (self.cell(), &*self.core().store);
        let size = projecting.selection.as_of.unwrap_or_else(|| cell.size());
        let root = self.root_at(size)?;
        let (_, from, to) = resolve(cell, store, projecting.selection.bounds, size)?;
        if from == to {
            return Err(NoRecords::InRange { from, to, size }.into());
        }
        let time = |sequence| {
            let view = unlinked_record(cell, store, sequence)?;
            Ok::<_, ReadError>(view.header().time)
        };
        let covers = |published: &Published| published.size >= size;
        let checkpoint = cell.published().filter(|published| covers(published));
        Ok(Holds {
            size,
            root,
            checkpoint: checkpoint.map(|published| published.note.clone()),
            from,
            to,
            times: [time(from)?, time(to - 1)?],
        })
    }
}
