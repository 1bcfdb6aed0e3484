//! Requests for approval in rows.

use super::{Approval, Approvals, Judged};
use crate::{
    projections::{
        measure::TOO_MANY,
        table::{Cell, Table},
    },
    time::Instant,
};

impl Judged {
    /// The requests that nobody answered, the oldest first.
    pub(crate) fn table(approvals: &Approvals) -> Table {
        let open = |approval: &Approval| {
            let request = approval.request()?;
            let is_open = approval.resolution.is_none()
                || approval.is_answered_early() && approval.resolutions.value() == 1;
            is_open.then_some((request.sequence, request.time))
        };
        let rows = match approvals.all() {
            None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
            Some(all) => {
                let mut rows: Vec<_> = all
                    .iter()
                    .filter_map(|(_, approval)| open(approval))
                    .collect();
                rows.sort_unstable();
                rows.into_iter()
                    .map(|(sequence, time)| {
                        vec![sequence.into(), Instant(time.0).to_string().into()]
                    })
                    .collect()
            }
        };
        let (name, columns) = ("oversight.approvals_unresolved", &["record", "time"]);
        Table {
            name,
            columns,
            rows,
        }
    }
}
