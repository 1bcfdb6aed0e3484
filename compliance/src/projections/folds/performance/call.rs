//! What a report on how a model goes says of a call.

use crate::{conventions::Performance, projections::pieces::Sign};

/// Whether it says how a call went. What leaves that out may not have been one.
pub(super) fn call(report: &Performance<'_>) -> Sign {
    match report.error {
        Some(_) => Sign::Certain,
        None => Sign::None,
    }
}
