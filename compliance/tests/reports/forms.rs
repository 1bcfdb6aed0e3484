//! What forms have in common, and OSCAL's structure.

use std::collections::BTreeSet;

use indelible_compliance::reports::difference::{Difference, difference};
use indelible_compliance::reports::{
    AnswerName, ReadError, Report, State,
    forms::{oscal, text, verdict},
};
use serde_json::Value;

use crate::fixture::{forged, report_of, subject, with_closed_bodies};
use crate::verifications::{broken_verification, lawful_verification};

#[test]
fn a_report_is_named_by_its_content() {
    let report = report_of(&subject());
    assert_eq!(report_of(&subject()), report);
    assert_ne!(report_of(&with_closed_bodies()).id, report.id);
    assert_eq!(&report.id[14..15], "5", "a version 5 UUID: {}", report.id);
    let json = report.to_json().expect("JSON");
    assert_eq!(Report::from_json(&json).expect("a report"), report);
    let changed = |from: &str, to: &str| {
        let text = String::from_utf8(json.clone()).expect("UTF-8");
        assert!(text.contains(from), "{from}");
        Report::from_json(text.replacen(from, to, 1).as_bytes())
    };
    assert!(matches!(
        changed("\"state\":\"not_evidenced\"", "\"state\":\"evidenced\""),
        Err(ReadError::Identifier { .. })
    ));
    assert!(matches!(
        changed("{\"caveats\"", "{ \"caveats\""),
        Err(ReadError::NotCanonical)
    ));
    assert!(matches!(
        changed("indelible-report/1-draft", "indelible-report/2"),
        Err(ReadError::Format { .. })
    ));
    assert!(matches!(
        changed("\"caveats\":[]", "\"caveats\":[],\"verified\":true"),
        Err(ReadError::Json(_))
    ));
}

#[test]
fn two_reports_part_where_their_evidence_does() {
    let json = |subject| report_of(&subject).to_json().expect("JSON");
    let (whole, closed) = (json(subject()), json(with_closed_bodies()));
    assert_eq!(difference(&whole, &json(subject())), Difference::Identical);
    let Difference::In { parts, .. } = difference(&whole, &closed) else {
        panic!("they differ");
    };
    let caveat = &parts[0];
    assert_eq!(
        (caveat.pointer.as_str(), caveat.belongs_to.as_str()),
        ("/caveats/0", "caveat bodies-unreadable")
    );
    assert_eq!(caveat.first, None);
    assert!(caveat.second.is_some());
    let mut later = subject();
    later.checkpoint.size += 1;
    let words = difference(&whole, &json(later)).to_string();
    let size = "differs at \"/ledger/checkpoint_size\"\n  the file says:     731220\n  the evidence says: 731221\n";
    assert!(words.starts_with(size), "{words}");
}

#[test]
fn lines_for_terminals_are_not_long() {
    for subject in [subject(), with_closed_bodies(), forged()] {
        for line in text::text(&report_of(&subject)).lines() {
            // What can't be cut, as a key, stays whole.
            let longest = line.split(' ').map(|word| word.chars().count()).max();
            assert!(line.chars().count() <= 100 || longest > Some(60), "{line}");
            assert_eq!(line.trim_end(), line);
        }
    }
}

fn uuid_is_named(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes[14] == b'5'
        && b"89ab".contains(&bytes[19])
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Every UUID that is given, and every one that is referred to.
fn uuids<'v>(value: &'v Value, given: &mut Vec<&'v str>, named: &mut Vec<&'v str>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value.as_str()) {
                    ("uuid", Some(uuid)) => given.push(uuid),
                    (key, Some(uuid)) if key.ends_with("-uuid") => named.push(uuid),
                    _ => uuids(value, given, named),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| uuids(item, given, named)),
        _ => {}
    }
}

#[test]
fn assessment_results_of_a_verification_say_what_it_answers() {
    for verification in [lawful_verification(), broken_verification()] {
        let json = verdict::oscal(&verification).expect("OSCAL");
        let json: Value = serde_json::from_slice(&json).expect("JSON");
        let (mut given, mut named) = (Vec::new(), Vec::new());
        uuids(&json, &mut given, &mut named);
        let unique: BTreeSet<_> = given.iter().collect();
        assert_eq!(unique.len(), given.len(), "no UUID is given twice");
        assert!(given.iter().all(|uuid| uuid_is_named(uuid)), "{given:?}");
        assert!(named.iter().all(|uuid| unique.contains(uuid)), "{named:?}");
        let results = &json["assessment-results"];
        let href = results["import-ap"]["href"].as_str().expect("a reference");
        assert!(unique.contains(&&href[1..]));
        let findings = &results["results"][0]["findings"];
        let answers = verification.verdict.each();
        let asked = answers
            .iter()
            .filter(|(question, _)| !verification.leaves_out(*question));
        for (index, (question, answer)) in asked.enumerate() {
            let status = &findings[index]["target"]["status"];
            let (state, reason) = match answer.answer {
                AnswerName::Holds => ("satisfied", "pass"),
                AnswerName::Broken => ("not-satisfied", "fail"),
                AnswerName::Unanswerable => ("not-satisfied", "other"),
            };
            assert_eq!(findings[index]["title"], question.name());
            assert_eq!(status["state"], state, "{question:?}");
            assert_eq!(status["reason"], reason, "{question:?}");
        }
    }
}

/// The whole structure was held against the published one with `compliance-trestle`, once; this keeps what it found.
#[test]
fn assessment_results_hang_together() {
    for subject in [subject(), with_closed_bodies(), forged()] {
        let report = report_of(&subject);
        let json: Value =
            serde_json::from_slice(&oscal::oscal(&report).expect("OSCAL")).expect("JSON");
        let (mut given, mut named) = (Vec::new(), Vec::new());
        uuids(&json, &mut given, &mut named);
        let unique: BTreeSet<_> = given.iter().collect();
        assert_eq!(unique.len(), given.len(), "no UUID is given twice");
        assert!(given.iter().all(|uuid| uuid_is_named(uuid)), "{given:?}");
        assert!(named.iter().all(|uuid| unique.contains(uuid)), "{named:?}");
        let results = &json["assessment-results"];
        let href = results["import-ap"]["href"].as_str().expect("a reference");
        assert!(unique.contains(&&href[1..]));
        let result = &results["results"][0];
        let assessed: Vec<_> = report
            .clauses
            .iter()
            .filter(|clause| clause.state != State::NotAssessable)
            .collect();
        let findings = result["findings"].as_array().map_or(0, Vec::len);
        assert_eq!(findings, assessed.len(), "none on what can't be assessed");
        for (finding, clause) in result["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(assessed)
        {
            let state = finding["target"]["status"]["state"].as_str();
            let satisfied = clause.state.name() == "evidenced";
            assert_eq!(
                state,
                Some(if satisfied {
                    "satisfied"
                } else {
                    "not-satisfied"
                })
            );
        }
        let criteria: usize = report
            .clauses
            .iter()
            .map(|clause| clause.criteria.len())
            .sum();
        assert_eq!(
            result["observations"].as_array().map(Vec::len),
            Some(criteria)
        );
    }
}
