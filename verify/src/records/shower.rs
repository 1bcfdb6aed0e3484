//! What every form of the records does.

use std::io;

use indelible_compliance::reports::Verification;

use super::record::ShownRecord;

/// What stands above the records.
pub(super) struct Head<'a> {
    pub(super) verification: &'a Verification,
    /// How many records follow.
    pub(super) wanted: u64,
    /// The same in words.
    pub(super) counted: String,
    /// Whether nothing of it can be relied on.
    pub(super) is_broken: bool,
}

/// Shows one record after the other.
pub(super) trait Shower {
    /// Shows the next one.
    fn record(&mut self, record: &ShownRecord) -> io::Result<()>;
    /// All were shown.
    fn end(&mut self) -> io::Result<()>;
}
