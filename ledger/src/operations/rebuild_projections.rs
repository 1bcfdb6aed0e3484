//! Rebuilding projections: all states of a ledger are dropped and folded again, and the result must be the same.

use std::time::Duration;

use indelible_compliance::projections::folds::{FoldName, Folded};

use crate::{
    core::Ledger,
    follow::projection::{Sight, gather},
    operations::project::{Holds, Projecting},
    state::{access_error::AccessError, error::ReadError, projection_progress::start_of},
};

/// How often a rebuild looks and tells how far it is.
const TELL: Duration = Duration::from_millis(50);

/// The outcome of a rebuild.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// What the rebuild covered.
    pub holds: Holds,
    /// Each fold before and after, over the records that have stored states. They differ if somebody has tampered with a stored state.
    pub folds: Vec<[Folded; 2]>,
}

impl Ledger {
    /// Drops the states of all folds and waits until they are folded again. `progress` gets the number of records covered,
    /// and of all. Blocking; the rebuild goes on even if the caller stops waiting.
    ///
    /// # Errors
    /// If a record can't be folded, or the engine is about to stop.
    pub fn rebuild_projections(
        &self,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rebuilt, AccessError> {
        let whole = start_of(self.cell().size());
        loop {
            let before = self.stored_digests(whole)?;
            let forgotten = self.forget_states()?;
            self.await_states(whole, progress)?;
            let after = self.stored_digests(whole)?;
            // A concurrent erasure would be a lawful change of the states.
            if self.cell().projected.forgotten() == forgotten {
                let folds = before.into_iter().zip(after).map(<[Folded; 2]>::from);
                return Ok(Rebuilt {
                    holds: self.held_for(&Projecting::default())?,
                    folds: folds.collect(),
                });
            }
        }
    }

    /// What the stored states say, whatever is in memory.
    fn stored_digests(&self, whole: u64) -> Result<Vec<Folded>, ReadError> {
        let states = gather(self.cell(), &*self.core().store, 0..whole, Sight::Closed)?;
        let folds = FoldName::ALL.iter();
        Ok(folds.map(|fold| states.folded(*fold)).collect())
    }

    fn forget_states(&self) -> Result<u64, ReadError> {
        let cell = self.cell();
        let changing = cell.projected.changing();
        self.core().store.forget_all_states(cell.id)?;
        changing.back_to(0, cell.size());
        self.core().followers.projector.ring();
        Ok(cell.projected.forgotten())
    }

    fn await_states(
        &self,
        whole: u64,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), ReadError> {
        loop {
            let upto = self.cell().projected.upto();
            progress(upto.min(whole), whole);
            // The answer names a record that can't be folded.
            if upto >= whole || self.cell().projected.is_given_up() {
                return Ok(());
            }
            if self.core().is_draining() {
                return Err(ReadError::Draining);
            }
            self.core().pause(TELL);
        }
    }
}
