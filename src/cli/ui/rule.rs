//! Rules of retention in words.

use indelible_proto::v1::{RetentionAction, RetentionClock, RetentionParts, RetentionRule};

/// A rule in words, which name it and say what it takes.
pub(crate) fn in_words(rule: &RetentionRule) -> String {
    let parts = match rule.parts() {
        RetentionParts::All => "bodies and payloads",
        RetentionParts::Payloads => "payloads",
        RetentionParts::Bodies => "bodies",
        RetentionParts::Unspecified => "unknown parts",
    };
    let action = match rule.action() {
        RetentionAction::Archive => "archive",
        _ => "erase",
    };
    let days = match rule.after_days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let since = match rule.clock() {
        RetentionClock::Event => "after the producer's own time",
        _ => "after they were recorded",
    };
    let of_type = match rule.r#type.as_str() {
        "" => String::new(),
        only => format!(" of events of type {only}"),
    };
    let of_class = match rule.classification.as_str() {
        "" => String::new(),
        only => format!(" classified {only}"),
    };
    format!(
        "{:?}: {action} {parts}{of_type}{of_class} {days} {since} ({})",
        rule.name, rule.basis
    )
}
