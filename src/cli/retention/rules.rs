//! A rule as it is written, shown and told.

use indelible_proto::v1::{RetentionAction, RetentionClock, RetentionParts, RetentionRule};
use serde::{Deserialize, Serialize};

use crate::cli::error::CliError;

/// A rule, as `retention show` prints it and `retention set` reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleView {
    name: String,
    #[serde(default = "erase")]
    action: String,
    parts: String,
    after_days: u64,
    #[serde(default = "recorded")]
    clock: String,
    basis: String,
    #[serde(default, rename = "type", skip_serializing_if = "String::is_empty")]
    event_type: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    classification: String,
}

impl RuleView {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn erase() -> String {
    "erase".to_owned()
}

fn recorded() -> String {
    "recorded".to_owned()
}

const ACTIONS: [(&str, RetentionAction); 2] = [
    ("erase", RetentionAction::Erase),
    ("archive", RetentionAction::Archive),
];
const PARTS: [(&str, RetentionParts); 3] = [
    ("all", RetentionParts::All),
    ("payloads", RetentionParts::Payloads),
    ("bodies", RetentionParts::Bodies),
];
const CLOCKS: [(&str, RetentionClock); 2] = [
    ("recorded", RetentionClock::Recorded),
    ("event", RetentionClock::Event),
];

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == value);
    found.map_or("unknown", |(word, _)| word)
}

fn value<T: Copy>(words: &[(&str, T)], key: &str, word: &str) -> Result<T, String> {
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        format!(
            "{key} is {word:?}, which is not one of: {}",
            known.join(", ")
        )
    })
}

impl RuleView {
    pub(super) fn new(rule: &RetentionRule) -> Self {
        Self {
            name: rule.name.clone(),
            action: word(&ACTIONS, rule.action()).to_owned(),
            parts: word(&PARTS, rule.parts()).to_owned(),
            after_days: rule.after_days,
            clock: word(&CLOCKS, rule.clock()).to_owned(),
            basis: rule.basis.clone(),
            event_type: rule.r#type.clone(),
            classification: rule.classification.clone(),
        }
    }

    fn rule(self) -> Result<RetentionRule, String> {
        Ok(RetentionRule {
            action: value(&ACTIONS, "action", &self.action)?.into(),
            parts: value(&PARTS, "parts", &self.parts)?.into(),
            clock: value(&CLOCKS, "clock", &self.clock)?.into(),
            name: self.name,
            after_days: self.after_days,
            basis: self.basis,
            r#type: self.event_type,
            classification: self.classification,
        })
    }
}

/// The rules of a file, which has one JSON object on each line.
///
/// # Errors
/// Which line is none.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<RetentionRule>, CliError> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let wrong = |problem: String| {
                CliError::Usage(format!(
                    "{name}, line {number}: {problem}. A rule is one JSON object with name, parts (all or payloads), \
                     after_days and basis, and perhaps action (erase or archive), clock (recorded or event), type and \
                     classification"
                ))
            };
            let view: RuleView =
                serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            view.rule().map_err(wrong)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ui::rule::in_words;

    #[test]
    fn what_is_shown_can_be_set_again_and_half_a_rule_is_refused_with_its_line() {
        let text = r#"{"name":"chats","parts":"payloads","after_days":30,"basis":"GDPR Art. 5(1)(e)","type":"com.example.chat.v1"}

{"name":"old","action":"erase","parts":"all","after_days":1,"clock":"event","basis":"policy 7","classification":"internal"}"#;
        let rules = read("rules", text).unwrap();
        let shown: Vec<_> = rules
            .iter()
            .map(|rule| serde_json::to_string(&RuleView::new(rule)).unwrap())
            .collect();
        assert_eq!(read("again", &shown.join("\n")).unwrap(), rules);
        assert_eq!(
            in_words(&rules[0]),
            "\"chats\": erase payloads of events of type com.example.chat.v1 30 days after they were recorded (GDPR Art. \
             5(1)(e))"
        );
        assert_eq!(
            in_words(&rules[1]),
            "\"old\": erase bodies and payloads classified internal 1 day after the producer's own time (policy 7)"
        );
        for (wrong, word) in [
            (
                r#"{"name":"a","parts":"some","after_days":1,"basis":"b"}"#,
                "all, payloads, bodies",
            ),
            (r#"{"name":"a","parts":"all","after_days":1}"#, "basis"),
            (
                r#"{"name":"a","parts":"all","after_days":1,"basis":"b","days":2}"#,
                "days",
            ),
        ] {
            let refused = read("rules", &format!("\n{wrong}"))
                .unwrap_err()
                .to_string();
            assert!(
                refused.contains("line 2") && refused.contains(word),
                "{refused}"
            );
        }
    }
}
