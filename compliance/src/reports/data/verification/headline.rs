//! The first line of every form of a verification.

use indelible_evidence::{
    verdict::{Answer, Question},
    verify::Report as Verified,
};

use super::times::RecordedTimes;
use crate::reports::{
    data::answers::AnswerName,
    moments,
    words::{capital, joined, shown_number},
};

/// What the headline adds where completeness holds: of which records, and up to when.
pub(super) fn extent(verified: &Verified) -> String {
    if !verified.verdict.completeness.holds() {
        return String::new();
    }
    let bundle = &verified.bundle;
    let signed = verified
        .freshness
        .operator_time
        .map_or_else(String::new, |signed| {
            let signed = moments::shown(signed.saturating_mul(1_000_000_000));
            format!(", signed {signed} by its operator's clock")
        });
    format!(
        " Completeness is that of records {} to {} of {}, up to its checkpoint of size {}{signed}.",
        shown_number(bundle.from),
        shown_number(bundle.to.saturating_sub(1)),
        bundle.origin,
        shown_number(bundle.size)
    )
}

/// What the headline adds where recorded times can't be right.
pub(super) fn clock_warning(recorded: &Option<RecordedTimes>) -> String {
    let recorded = recorded.as_ref();
    match recorded.and_then(|recorded| recorded.after_checkpoint.as_ref()) {
        None => String::new(),
        Some(after) => format!(
            " Recorded times from record {} on are later than the signed time of the checkpoint over them: \
             nothing is said on completeness in calendar time.",
            shown_number(after.first)
        ),
    }
}

pub(super) fn headline(
    answers: &[(Question, &Answer)],
    result: AnswerName,
    required: &[String],
    not_asked: &[String],
) -> String {
    let with = |wanted: fn(&Answer) -> bool| {
        let questions = answers.iter().filter(|(_, answer)| wanted(answer));
        questions
            .map(|(question, _)| question.name().to_owned())
            .collect::<Vec<_>>()
    };
    let (broken, holding) = (with(Answer::is_broken), with(Answer::holds));
    let mut open = with(|answer| !answer.is_broken() && !answer.holds());
    open.retain(|name| !not_asked.contains(name));
    let verb = |names: &[String], one: &str, more: &str| {
        if names.len() == 1 {
            one.to_owned()
        } else {
            more.to_owned()
        }
    };
    let mut parts = Vec::new();
    if !broken.is_empty() {
        parts.push(format!(
            "{} {} BROKEN.",
            capital(&joined(&broken)),
            verb(&broken, "is", "are")
        ));
    }
    if !holding.is_empty() {
        parts.push(format!(
            "{} {}.",
            capital(&joined(&holding)),
            verb(&holding, "holds", "hold")
        ));
    }
    if !open.is_empty() {
        parts.push(format!("{} can't be answered.", capital(&joined(&open))));
    }
    if !not_asked.is_empty() {
        parts.push(format!("Not asked: {}.", not_asked.join(", ")));
    }
    let required = joined(required);
    parts.push(match result {
        AnswerName::Holds => {
            format!("What was required ({required}) holds, and nothing is broken.")
        }
        AnswerName::Broken => broken_words(answers).to_owned(),
        AnswerName::Unanswerable => {
            format!("Not all that was required ({required}) can be answered.")
        }
    });
    parts.join(" ")
}

/// What it means that something is broken: that depends on the question.
fn broken_words(answers: &[(Question, &Answer)]) -> &'static str {
    let broken = |wanted| {
        let mut answers = answers.iter();
        answers.any(|(question, answer)| *question == wanted && answer.is_broken())
    };
    if broken(Question::Integrity) || broken(Question::Custody) {
        "Something is missing or altered, or keys were used against the rules of the format: rely on nothing that the \
         findings touch."
    } else if broken(Question::Completeness) {
        "What is here is unaltered, but it is not all."
    } else {
        "It is too old for what was asked."
    }
}
