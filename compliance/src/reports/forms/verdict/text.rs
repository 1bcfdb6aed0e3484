//! A chain verification for terminals.

use crate::reports::{
    data::{AnswerName, Verification},
    forms::{
        text::Lines,
        verdict::advice::advice,
        verdict::{
            extent::extent,
            facts::{details_of, facts},
        },
    },
};

/// For terminals.
pub fn text(verification: &Verification) -> String {
    let mut out = Lines::unwrapped();
    out.wrapped("", &verification.headline);
    out.blank();
    let mut before = "";
    for (name, value) in facts(verification) {
        // Of several lines of one name, the first has it.
        out.field(if name == before { "" } else { name }, &value);
        before = name;
    }
    out.blank();
    for (question, answer) in verification.verdict.each() {
        let words = match answer.answer {
            AnswerName::Broken => "BROKEN",
            _ => verification.answer_words(question, answer),
        };
        out.field(question.name(), words);
        if let Some(extent) = extent(verification, question) {
            out.wrapped("  ", &extent);
        }
        for (_, detail) in details_of(verification, question, answer) {
            out.wrapped("  - ", &detail);
        }
    }
    for advice in advice(verification) {
        out.blank();
        out.field("what to do", &advice);
    }
    out.blank();
    out.field(
        "verification",
        &format!("{} {}", verification.format, verification.id),
    );
    out.text
}
