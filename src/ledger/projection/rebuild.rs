//! Rebuilding: all states of a ledger are forgotten and made anew, and must come out as they were.

use std::time::Duration;

use indelible_compliance::folds::{FoldName, Folded, Projections};

use super::{
    query::{Holds, Projecting},
    segments::start_of,
};
use crate::ledger::{
    error::{AccessError, ReadError},
    handle::Ledger,
};

/// How often a rebuild looks and tells how far it is.
const TELL: Duration = Duration::from_millis(50);

/// What a rebuild came to.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// What it was made for.
    pub holds: Holds,
    /// Each fold before and after, as of the same size. They differ if somebody has tampered with a stored state.
    pub folds: Vec<[Folded; 2]>,
}

impl Ledger {
    /// Forgets the states of all folds and waits until they are made anew. `progress` is told how many of how many
    /// records are covered. Blocking; goes on by itself if nobody waits any more.
    ///
    /// # Errors
    /// If a record can't be folded, or the engine is about to stop.
    pub fn rebuild_projections(
        &self,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rebuilt, AccessError> {
        let (cell, core) = (self.cell(), self.core());
        let as_of = Projecting {
            as_of: Some(cell.size()),
            ..Projecting::default()
        };
        let (holds, before) = self.project(&as_of, digests)?;
        {
            let changing = cell.projected.changing();
            core.store
                .forget_all_states(cell.id)
                .map_err(ReadError::from)?;
            changing.back_to(0, cell.size());
        }
        let whole = start_of(holds.size);
        loop {
            let upto = cell.projected.upto();
            progress(upto.min(whole), whole);
            // What can't be folded is told by the answer.
            if upto >= whole || cell.projected.is_given_up() {
                break;
            }
            if core.is_draining() {
                return Err(ReadError::Draining.into());
            }
            std::thread::sleep(TELL);
        }
        let (holds, after) = self.project(&as_of, digests)?;
        let folds = before.into_iter().zip(after).map(<[Folded; 2]>::from);
        Ok(Rebuilt {
            holds,
            folds: folds.collect(),
        })
    }
}

fn digests(holds: &Holds, states: &Projections) -> (Holds, Vec<Folded>) {
    let folds = FoldName::ALL.iter().map(|fold| states.folded(*fold));
    (holds.clone(), folds.collect())
}
