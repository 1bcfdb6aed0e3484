//! What a number of the configuration may be.

use super::error::ConfigError;

/// Refuses a number that is out of its range.
pub(super) fn within(
    field: &'static str,
    value: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<(), ConfigError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        field,
        value,
        low: *range.start(),
        high: *range.end(),
    })
}
