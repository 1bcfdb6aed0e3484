//! When what is past its time is disposed of without being asked for.

use std::{ops::RangeInclusive, time::Duration};

use indelible_ledger::limits::RETENTION_EVERY;

use super::{error::ConfigError, file, range::within};

const SECONDS_PER_HOUR: u64 = 3_600;
const EVERY_HOURS: RangeInclusive<u64> = 0..=8_784;

/// The default, in hours.
pub(super) const EVERY_HOURS_DEFAULT: u64 = RETENTION_EVERY.as_secs() / SECONDS_PER_HOUR;

/// Time between two rounds; none if it is 0.
///
/// # Errors
/// If it is longer than a year.
pub(super) fn every(file: &file::Retention) -> Result<Option<Duration>, ConfigError> {
    let hours = file.every_hours.unwrap_or(EVERY_HOURS_DEFAULT);
    within("retention.every_hours", hours, EVERY_HOURS)?;
    Ok((hours > 0).then(|| Duration::from_secs(hours * SECONDS_PER_HOUR)))
}
