//! The first line of every form of a verification.

use indelible_evidence::{
    verdict::{Answer, FindingCode, Question},
    verify::Report as Verified,
};

use super::times::RecordedTimes;
use super::trusted::{Reach, TrustFacts};
use super::vouched::Vouched;
use crate::reports::{
    data::answers::AnswerName,
    moments,
    words::{capital, joined, shown_number},
};

/// What the headline adds where completeness holds: of which records, on whose word, and up to when.
pub(super) fn extent(verified: &Verified, reach: Option<&Reach>) -> String {
    let Some(reach) = reach else {
        return String::new();
    };
    let bundle = &verified.bundle;
    let signed = verified.freshness.operator_time;
    let signed = signed.map(|signed| moments::shown(signed.saturating_mul(1_000_000_000)));
    let words = Vouched {
        reach,
        origin: &bundle.origin,
        from: bundle.from,
        to: bundle.to,
        size: bundle.size,
        signed,
    };
    format!(" {}.", capital(&words.to_string()))
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
        // What that means is said by whoever knows the findings.
        AnswerName::Broken => return parts.join(" "),
        AnswerName::Unanswerable => {
            format!("Not all that was required ({required}) can be answered.")
        }
    });
    parts.join(" ")
}

/// What it means that something is broken: that depends on the question, and on what was found.
pub(super) fn what_is_broken(verified: &Verified, trusted: &TrustFacts) -> String {
    let verdict = &verified.verdict;
    let found = |answer: &Answer, code| answer.findings().iter().any(|it| it.code == code);
    let (completeness, freshness) = (&verdict.completeness, &verdict.freshness);
    if verdict.integrity.is_broken() || verdict.custody.is_broken() {
        " Something is missing or altered, or keys were used against the rules of the format: rely on nothing that the \
         findings touch."
            .to_owned()
    } else if found(completeness, FindingCode::KnownHeadLarger) {
        " What is here is unaltered, but it does not reach the known head: it is not all, or simply older than the head."
            .to_owned()
    } else if completeness.is_broken() {
        " What is here is unaltered, but its history is another one than that of the known head."
            .to_owned()
    } else if found(freshness, FindingCode::FromFuture) {
        let ahead = verified.freshness.age_seconds.unwrap_or_default();
        let ahead = moments::shown_span(ahead.unsigned_abs().saturating_mul(1_000_000_000));
        let clock = match trusted.now.as_ref().is_some_and(|now| now.word == "given") {
            true => "check the time that was given with --now",
            false => "check this machine's clock, or give the time with --now",
        };
        format!(" The checkpoint is from the future, by {ahead}: {clock}.")
    } else if freshness.is_broken() {
        " It is too old for what was asked.".to_owned()
    } else {
        String::new()
    }
}
