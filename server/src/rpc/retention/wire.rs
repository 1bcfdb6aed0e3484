//! Rules, surveys and disposals, from the wire and to it.

use bytes::Bytes;
use indelible_evidence::key_event::{
    Archive, RetentionAction, RetentionClock, RetentionParts, RetentionRule,
};
use indelible_ledger::{DisposalRecord, RuleSurvey, Touched};
use indelible_proto::{time::timestamp, v1};

use crate::{approvals::WantedRule, rpc::refusal::Refusal};

/// Rules as the ledger has them.
///
/// # Errors
/// Which field of which rule says nothing that is known.
pub(crate) fn rules(rules: &[v1::RetentionRule]) -> Result<Vec<RetentionRule>, Refusal> {
    let all = rules.iter().enumerate();
    all.map(|(at, rule)| {
        let unknown = |field: &str, words: &str| {
            let problem = format!("must be {words}");
            Refusal::field(format!("rules[{at}].{field}"), problem)
        };
        Ok(RetentionRule {
            name: rule.name.clone(),
            action: match rule.action() {
                v1::RetentionAction::Erase => RetentionAction::Erase,
                v1::RetentionAction::Archive => RetentionAction::Archive,
                v1::RetentionAction::Unspecified => {
                    return Err(unknown("action", "set: erase or archive"));
                }
            },
            parts: match rule.parts() {
                v1::RetentionParts::All => RetentionParts::All,
                v1::RetentionParts::Payloads => RetentionParts::Payloads,
                v1::RetentionParts::Bodies => RetentionParts::Bodies,
                v1::RetentionParts::Unspecified => {
                    return Err(unknown("parts", "set: all or payloads"));
                }
            },
            after_days: rule.after_days,
            clock: match rule.clock() {
                v1::RetentionClock::Recorded => RetentionClock::Recorded,
                v1::RetentionClock::Event => RetentionClock::Event,
                v1::RetentionClock::Unspecified => {
                    return Err(unknown("clock", "set: recorded or event"));
                }
            },
            basis: rule.basis.clone(),
            event_type: given(&rule.r#type),
            classification: given(&rule.classification),
        })
    })
    .collect()
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn rule(rule: &RetentionRule) -> v1::RetentionRule {
    v1::RetentionRule {
        name: rule.name.clone(),
        action: action(rule.action).into(),
        parts: parts(rule.parts).into(),
        after_days: rule.after_days,
        clock: clock(rule.clock).into(),
        basis: rule.basis.clone(),
        r#type: rule.event_type.clone().unwrap_or_default(),
        classification: rule.classification.clone().unwrap_or_default(),
    }
}

fn action(action: RetentionAction) -> v1::RetentionAction {
    match action {
        RetentionAction::Erase => v1::RetentionAction::Erase,
        RetentionAction::Archive => v1::RetentionAction::Archive,
    }
}

fn parts(parts: RetentionParts) -> v1::RetentionParts {
    match parts {
        RetentionParts::All => v1::RetentionParts::All,
        RetentionParts::Payloads => v1::RetentionParts::Payloads,
        RetentionParts::Bodies => v1::RetentionParts::Bodies,
    }
}

fn clock(clock: RetentionClock) -> v1::RetentionClock {
    match clock {
        RetentionClock::Recorded => v1::RetentionClock::Recorded,
        RetentionClock::Event => v1::RetentionClock::Event,
    }
}

/// The request that somebody asks a second person for, without what the store does not keep.
pub(crate) fn act(origin: String, rules: Vec<WantedRule>) -> v1::SetRetentionRequest {
    let wire = |rule: WantedRule| {
        let of = |word: &str| RetentionAction::from_word(word).map(action);
        v1::RetentionRule {
            action: of(&rule.action).unwrap_or_default().into(),
            parts: RetentionParts::from_word(&rule.parts)
                .map(parts)
                .unwrap_or_default()
                .into(),
            clock: RetentionClock::from_word(&rule.clock)
                .map(clock)
                .unwrap_or_default()
                .into(),
            name: rule.name,
            after_days: rule.after_days,
            basis: rule.basis,
            r#type: rule.event_type.unwrap_or_default(),
            classification: rule.classification.unwrap_or_default(),
        }
    };
    v1::SetRetentionRequest {
        ledger: origin,
        rules: rules.into_iter().map(wire).collect(),
        ..Default::default()
    }
}

pub(super) fn survey(survey: &RuleSurvey) -> v1::RetentionSurvey {
    v1::RetentionSurvey {
        rule: Some(rule(&survey.rule)),
        due: Some(touched(&survey.due)),
        held: Some(touched(&survey.held)),
        undated_count: survey.undated,
        unjudged_count: survey.unjudged,
        problem: survey.problem().unwrap_or_default(),
        waiting: Some(touched(&survey.waiting)),
    }
}

fn touched(touched: &Touched) -> v1::RetentionTouched {
    v1::RetentionTouched {
        record_count: touched.records,
        byte_count: touched.bytes,
        first_sequence: touched.ends.map(|(first, _)| first),
        last_sequence: touched.ends.map(|(_, last)| last),
        oldest_time: touched.times.map(|(oldest, _)| timestamp(oldest)),
        newest_time: touched.times.map(|(_, newest)| timestamp(newest)),
    }
}

pub(super) fn disposal((record, complete): (DisposalRecord, bool)) -> v1::Disposal {
    let spans = record.spans.iter().map(|span| v1::DisposalSpan {
        start_sequence: span.from,
        end_sequence: span.to,
    });
    v1::Disposal {
        sequence: record.sequence,
        recorded_time: Some(timestamp(record.time)),
        rule: Some(rule(&record.rule)),
        spans: spans.collect(),
        complete,
        archive: record.archive.as_ref().map(archive),
    }
}

pub(super) fn archive(archive: &Archive) -> v1::ArchiveFile {
    v1::ArchiveFile {
        location: archive.location.clone(),
        sha256: Bytes::copy_from_slice(&archive.sha256),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_back_as_it_was_given_and_half_a_rule_is_none() {
        let given = v1::RetentionRule {
            name: "chats".into(),
            action: v1::RetentionAction::Erase.into(),
            parts: v1::RetentionParts::Payloads.into(),
            after_days: 30,
            clock: v1::RetentionClock::Event.into(),
            basis: "GDPR Art. 5(1)(e)".into(),
            r#type: "com.example.chat.v1".into(),
            classification: String::new(),
        };
        let read = rules(std::slice::from_ref(&given)).unwrap();
        assert_eq!(read[0].classification, None);
        assert_eq!(rule(&read[0]), given);
        let half = [
            v1::RetentionRule {
                action: 0,
                ..given.clone()
            },
            v1::RetentionRule {
                parts: 9,
                ..given.clone()
            },
            v1::RetentionRule {
                clock: 0,
                ..given.clone()
            },
        ];
        for half in half {
            assert!(rules(&[given.clone(), half]).is_err());
        }
        let wanted = WantedRule::of(&read[0]);
        assert_eq!(act("a/b/c".into(), vec![wanted]).rules, [given]);
    }
}
