//! What limits a report where payloads are not at hand.

use super::states::state_words;
use crate::{
    projections::measure::Value,
    reports::{
        data::subject::{Subject, View},
        words::{counted, joined, shown_number},
    },
};

/// The states of payloads that are not there, as bodies have them, too.
const AWAY: [&str; 5] = ["erased", "withheld", "archived", "missing", "unreadable"];

/// What became of the payloads that are not there; none if all are, or headers alone were asked for.
pub(super) fn words(subject: &Subject) -> Option<String> {
    if subject.view == View::Headers {
        return None;
    }
    let count = |state: &str| {
        let measure = subject
            .measures
            .0
            .get(&format!("retention.payloads_{state}"));
        match measure.map(|measure| &measure.value) {
            Some(Value::Count(count)) => *count,
            _ => 0,
        }
    };
    let away: Vec<_> = AWAY
        .into_iter()
        .map(|state| (state, count(state)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let number: u64 = away.iter().map(|(_, count)| count).sum();
    let states: Vec<_> = away
        .iter()
        .map(|(state, count)| state_words(state, *count))
        .collect();
    (number > 0).then(|| {
        format!(
            "Of {}, {} not at hand: {}.",
            counted(number + count("there"), "payload", "payloads"),
            match number {
                1 => "1 is".to_owned(),
                _ => format!("{} are", shown_number(number)),
            },
            joined(&states)
        )
    })
}
