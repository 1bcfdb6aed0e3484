//! Taking a person's word that the clock is right.

use tracing::{info, warn};

use crate::{
    core::Engine,
    follow::publication,
    state::wall_clock::{ClockMoved, ClockStatus},
};

impl Engine {
    /// How the clock stands.
    pub fn clock(&self) -> ClockStatus {
        self.core.environment.clock_status()
    }

    /// Believes the clock, if it says about the time that a person has seen: records are made again. Returns what the
    /// clock says. Blocking.
    ///
    /// So that the next start believes it, too, a checkpoint is signed with this time. Where no identity key can sign,
    /// the next start asks again.
    ///
    /// # Errors
    /// If the clock says another time.
    pub fn accept_clock(&self, seen: u64) -> Result<u64, ClockMoved> {
        let core = &*self.core;
        let now = core.environment.accept_clock(seen)?;
        info!(now, "the clock is confirmed: records are made again");
        let cells = core.registry.cells();
        let mut signed = cells
            .iter()
            .map(|cell| publication::publish(cell, &*core.store, &core.signers));
        if !cells.is_empty() && !signed.any(|signed| signed.is_ok()) {
            warn!(
                "no checkpoint could be signed with this time; the next start asks again, unless something is recorded"
            );
        }
        core.followers.ring();
        Ok(now)
    }
}
