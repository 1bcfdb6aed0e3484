//! A ledger's state, in a word.

use indelible_proto::v1::LedgerState;

/// A state in a word.
#[must_use]
pub(crate) fn ledger_state(state: LedgerState) -> &'static str {
    match state {
        LedgerState::Unspecified => "unknown",
        LedgerState::Open => "open",
        LedgerState::Quarantined => "quarantined",
        LedgerState::Closed => "closed",
        LedgerState::Ended => "ended",
        LedgerState::Stopped => "stopped",
        LedgerState::ReadOnly => "read-only",
    }
}
