//! Running totals: the states of whole ledgers that were asked for lately, kept in memory and brought up to date with
//! what came since.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use indelible_compliance::projections::{folds::Projections, pieces::Absorb as _};
use indelible_store::{LedgerId, Store};

use super::{folding::Sight, segments::gather};
use crate::state::{error::ReadError, shared::LedgerState};

/// Ledgers whose totals are kept. Folds bound what a state holds; one of a million records takes some 40 MiB.
const LEDGERS_MAX: usize = 4;

/// The states of a ledger's first records.
#[derive(Default)]
struct Total {
    /// How often states had been forgotten when it was begun.
    forgotten: u64,
    upto: u64,
    states: Projections,
}

type Slot = Arc<Mutex<Total>>;

/// The totals, the one that was asked for last in front.
#[derive(Default)]
pub(crate) struct RunningTotals(Mutex<VecDeque<(LedgerId, Slot)>>);

impl RunningTotals {
    /// Shows the states of a ledger's first records, and brings the total up to there. Callers for one ledger take
    /// turns.
    pub(crate) fn read<T>(
        &self,
        cell: &LedgerState,
        store: &dyn Store,
        size: u64,
        read: impl FnOnce(&Projections) -> T,
    ) -> Result<T, ReadError> {
        let slot = self.slot(cell.id);
        let mut total = slot.lock().unwrap_or_else(|poisoned| {
            // Whoever panicked may have left it half made.
            slot.clear_poison();
            let mut total = poisoned.into_inner();
            *total = Total::default();
            total
        });
        let forgotten = cell.projected.forgotten();
        if total.forgotten != forgotten {
            *total = Total {
                forgotten,
                ..Total::default()
            };
        }
        if total.upto > size {
            // As of an earlier time: nothing can be taken out of a total.
            drop(total);
            return Ok(read(&gather(cell, store, 0..size, Sight::Closed)?));
        }
        let more = gather(cell, store, total.upto..size, Sight::Closed)?;
        total.states.absorb(more);
        total.upto = size;
        Ok(read(&total.states))
    }

    fn slot(&self, ledger: LedgerId) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = slots.iter().position(|(id, _)| *id == ledger);
        let kept = place.and_then(|place| slots.remove(place));
        let kept = kept.unwrap_or_else(|| (ledger, Slot::default()));
        let slot = Arc::clone(&kept.1);
        slots.push_front(kept);
        slots.truncate(LEDGERS_MAX);
        slot
    }
}
