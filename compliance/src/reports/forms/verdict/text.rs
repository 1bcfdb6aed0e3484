//! A chain verification for terminals.

use crate::reports::{
    data::Verification,
    forms::{
        text::Lines,
        verdict::facts::{details, facts},
    },
};

/// For terminals.
pub fn text(verification: &Verification) -> String {
    let mut out = Lines::default();
    out.wrapped("", &verification.headline);
    out.blank();
    for (name, value) in facts(verification) {
        out.field(name, &value);
    }
    for (question, answer) in verification.answers.each() {
        out.blank();
        out.field(question.name(), answer.answer.words());
        for (_, detail) in details(answer) {
            out.wrapped("  - ", &detail);
        }
    }
    out.blank();
    out.field(
        "report",
        &format!("{} {}", verification.format, verification.id),
    );
    out.0
}
