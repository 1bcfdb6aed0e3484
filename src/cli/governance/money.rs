//! Amounts of dollars for people.

use indelible_governance::money::NanoUsd;

/// Billionths of a dollar, as dollars.
pub(super) fn dollars(nano: u64) -> String {
    NanoUsd::from_nano(nano).to_string()
}
