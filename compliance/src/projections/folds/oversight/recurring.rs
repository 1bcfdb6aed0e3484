//! Whether humans intervene again and again.

use crate::{
    conventions::{Known, Oversight},
    projections::{
        pieces::{Recurring, Sign},
        record::Record,
    },
};

/// Takes in whether a record is an intervention of a human, or may be one.
pub(super) fn intervention(record: &Record<'_>, interventions: &mut Recurring) {
    let sign = match record.known() {
        Some(Known::Oversight(_)) => Sign::Certain,
        None if record.may_be(Oversight::TYPE) => Sign::Perhaps,
        _ => Sign::None,
    };
    interventions.see(record.sequence(), record.time(), sign);
}
