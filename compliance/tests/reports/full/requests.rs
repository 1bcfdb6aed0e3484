//! What people ask for in a full ledger, and what they are answered.

use super::events::at;
use crate::ledger::{Told, told};

/// The decision of which somebody asks that a human look at it.
pub(super) const CONTESTED: &str = "case 62";
/// The right to that.
const HUMAN: &str = "human_intervention";
const RIGHTS: [&str; 8] = [
    "access",
    "rectification",
    "erasure",
    "restriction",
    "portability",
    "objection",
    "explanation",
    HUMAN,
];

/// Every right is used on one day, and answered on another.
pub(super) fn of_people(day: u64) -> Vec<Told> {
    match day {
        120 => RIGHTS.map(|right| asked(right, day)).to_vec(),
        130 => RIGHTS.map(answered).to_vec(),
        _ => Vec::new(),
    }
}

fn asked(right: &str, day: u64) -> Told {
    let request = told(
        "privacy.request.received.v1",
        &[
            ("request_id", right.into()),
            ("right", right.into()),
            ("received_at_ns", at(day).into()),
        ],
    );
    let request = request.by("desk");
    match right {
        HUMAN => request.of(CONTESTED),
        _ => request,
    }
}

fn answered(right: &str) -> Told {
    let refused = right == "objection";
    let outcome = if refused { "refused" } else { "fulfilled" };
    let answer = told(
        "privacy.request.answered.v1",
        &[("request_id", right.into()), ("outcome", outcome.into())],
    );
    let answer = if refused {
        answer.and("reason", "legal_claims")
    } else {
        answer
    };
    answer.with(&["answer"]).by("desk")
}
