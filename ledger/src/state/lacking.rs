//! Whether a ledger may lack what was acknowledged in it.

use crate::state::shared::{Availability, LedgerState};

impl LedgerState {
    /// Whether what was acknowledged is not all there, or nobody can tell: in quarantine, and for good once a successor took the
    /// place of such a ledger.
    pub(crate) fn may_lack_records(&self) -> bool {
        let doubts = &self.doubts;
        self.state().0 == Availability::Quarantined
            || self.is_suspect()
            || doubts.lacks_records()
            || doubts.has_unread_key_events()
            || doubts.lost().is_some()
    }
}
