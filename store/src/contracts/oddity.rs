//! What an opening finds that nobody of this program wrote.

use super::id::LedgerId;

/// Something in the store that this program does not write, and that nothing relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// The ledger that it is about, if it is about one.
    pub ledger: Option<LedgerId>,
    /// What it is, and what was done about it, in words.
    pub what: String,
}
