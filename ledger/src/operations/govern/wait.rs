//! Decisions that wait for a human: nothing is recorded of them but the approval, until it is answered or nobody waits any more.

use std::{pin::pin, sync::Arc};

use indelible_governance::request::Request;

use super::decide::{Decided, Patience, Round, check};
use crate::{core::Ledger, state::govern_error::GovernError};

impl Ledger {
    /// Decides on a request, and where a human must grant the act, waits until one has answered, the approval has expired, or
    /// `until` is over. One decision is recorded, once there is an answer: what was granted is used by it, and everything
    /// else is judged as it is then. While too many wait it is as [`Self::decide`].
    ///
    /// Whoever stops waiting leaves the approval open, and no decision: the same request waits on for the same approval.
    ///
    /// # Errors
    /// As [`Self::decide`]; and that nobody has answered in time.
    pub async fn decide_waiting(
        &self,
        request: Request,
        until: impl Future<Output = ()>,
    ) -> Result<Decided, GovernError> {
        check(&request)?;
        let request = Arc::new(request);
        let mut patience = Patience {
            named: request.approval,
            waits: true,
        };
        let mut until = pin!(until);
        let mut answers = self.cell.governed.answers();
        let place = self.cell.governed.wait();
        patience.waits = place.is_some();
        loop {
            answers.mark_unchanged();
            let approval = match self.round(&request, patience).await? {
                Round::Decided(decided) => return Ok(*decided),
                Round::Waits(approval) => approval,
            };
            // What is open for the act may be granted already.
            if patience.named.replace(approval) != Some(approval) {
                continue;
            }
            tokio::select! {
                biased;
                () = &mut until => return Err(GovernError::Awaited { approval }),
                changed = answers.changed() => changed.map_err(|_| super::asking::lost())?,
            }
        }
    }
}
