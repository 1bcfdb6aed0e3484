//! A verdict for programs.

use indelible_evidence::verdict::{Answer, Conclusion, Question};
use indelible_evidence::verify::{PartCounts, Report, Word};
use serde_json::{Map, Value, json};

use crate::history_json;

/// The format's name, as every output carries it.
pub(crate) const FORMAT: &str = "indelible evidence version 0, draft";

/// Lays out a report.
pub(crate) fn report(report: &Report, conclusion: Conclusion, required: &[Question]) -> String {
    let (bundle, freshness) = (&report.bundle, &report.freshness);
    let mut answers = Map::new();
    for (question, given) in report.verdict.answers() {
        answers.insert(question.name().to_owned(), answer(given));
    }
    let mut names = vec![Question::Integrity.name(), Question::Custody.name()];
    names.extend(required.iter().map(|question| question.name()));
    names.sort_unstable();
    names.dedup();
    let witnesses: Vec<_> = freshness
        .witnesses
        .iter()
        .map(|witness| json!({ "name": witness.name, "time": witness.time }))
        .collect();
    let value = json!({
        "format": FORMAT,
        "result": match conclusion {
            Conclusion::Holds => "holds",
            Conclusion::Broken => "broken",
            Conclusion::Unanswerable => "unanswerable",
        },
        "required": names,
        "verdict": answers,
        "bundle": {
            "origin": bundle.origin,
            "kind": bundle.kind.name(),
            "from": bundle.from,
            "to": bundle.to,
            "size": bundle.size,
            "root": bundle.root.map(|root| root.to_string()),
            "records_checked": bundle.records,
            "bodies": counts(&bundle.bodies),
            "payloads": counts(&bundle.payloads),
            "certificates": bundle.certificates,
            "keys": history_json::json(&bundle.keys),
        },
        "checkpoint_time": {
            "operator": freshness.operator_time,
            "witnesses": witnesses,
            "decisive": freshness.time.map(|(time, word)| json!({
                "time": time,
                "word": match word {
                    Word::Operator => "operator",
                    Word::Witnesses => "witnesses",
                },
            })),
            "age_seconds": freshness.age_seconds,
        },
    });
    format!("{value:#}\n")
}

fn counts(counts: &PartCounts) -> Value {
    let PartCounts {
        present,
        opened,
        none,
        withheld,
        erased,
        archived,
        missing,
    } = *counts;
    json!({ "present": present, "opened": opened, "none": none, "withheld": withheld, "erased": erased, "archived": archived, "missing": missing })
}

fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Holds => json!({ "answer": answer.name() }),
        Answer::Unanswerable(missing) => json!({ "answer": answer.name(), "missing": missing }),
        Answer::Broken(findings) => {
            let listed: Vec<_> = findings
                .listed()
                .iter()
                .map(|finding| json!({ "code": finding.code.as_str(), "sequence": finding.sequence, "detail": finding.detail }))
                .collect();
            json!({ "answer": answer.name(), "findings": listed, "findings_omitted": findings.omitted() })
        }
    }
}
