//! Calls that came to nothing leave a trace in the ledger that they were about.

use indelible_governance::{
    limits::GOVERNED_NAME_BYTES_MAX,
    record::{Entry, RefusedCalls},
    state::State,
};

use super::asking::RECORD_BYTES_USUAL;
use crate::{core::Ledger, state::govern_error::GovernError, write::ask::Moment};

impl Ledger {
    /// Has a call that came to nothing leave its trace: the first of its kind in a minute is recorded, if it `may`, and equal ones
    /// are counted. What can't be recorded now is counted, too.
    pub async fn note_refused(&self, mut refused: RefusedCalls, may: bool) {
        if self.cell.encrypts_all() {
            return;
        }
        let is_name = |name: &String| {
            (1..=GOVERNED_NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
        };
        refused.agent = refused.agent.filter(is_name);
        let refusals = &self.cell.governed.refusals;
        let now = self.core.environment.elapsed();
        if refusals.see(&refused, now, may)
            && self.record_refused(vec![refused.clone()]).await.is_err()
        {
            refusals.put_back(&refused, now);
        }
    }

    /// Records what was counted and whose minute is over; all of it, if the daemon is about to stop.
    ///
    /// # Errors
    /// If it can't be recorded now: it stays counted.
    pub async fn record_refusals(&self, all_of_them: bool) -> Result<(), GovernError> {
        let refusals = &self.cell.governed.refusals;
        let now = self.core.environment.elapsed();
        let due = refusals.due(now, all_of_them);
        if due.is_empty() {
            return Ok(());
        }
        let recorded = self.record_refused(due.clone()).await;
        if recorded.is_err() {
            due.iter()
                .for_each(|refused| refusals.put_back(refused, now));
        }
        recorded
    }

    async fn record_refused(&self, refused: Vec<RefusedCalls>) -> Result<(), GovernError> {
        let ledger = self.clone();
        let records = refused.len();
        let record = move |_: &State, _: Moment| {
            let written = refused.into_iter().map(|refused| {
                let principal = refused.principal.clone();
                ledger.own_record(Entry::Refused(refused), Some(&principal))
            });
            Ok(((), written.collect::<Result<Vec<_>, _>>()?))
        };
        let size = (records, records * RECORD_BYTES_USUAL);
        self.record_made(None, size, record).await.map(drop)
    }
}
