//! A use of a system of which each must be on record.

use crate::ledger::{Told, told};

/// What happens of it on a day: it begins, leads to a match that two people confirm, and ends.
pub(super) fn used(day: u64) -> Vec<Told> {
    let used = |state: &str| {
        told(
            "ai.use.v1",
            &[
                ("use_id", "u".into()),
                ("system", "gate".into()),
                ("state", state.into()),
            ],
        )
        .by("camera")
    };
    let confirmed = |reviewer: &str| {
        used("confirmed")
            .of("match 1")
            .and("reviewer", reviewer)
            .by(reviewer)
    };
    match day {
        55 => vec![
            used("started").and("reference_database", "wanted 12"),
            used("matched").of("match 1").with(&["input"]),
            confirmed("a.berg"),
            confirmed("m.rossi"),
        ],
        56 => vec![used("ended")],
        _ => Vec::new(),
    }
}
