//! A chain verification as OSCAL assessment results: one objective for each of the questions that were asked, *satisfied*
//! where it holds and *not satisfied* where it is broken or can't be answered; a property has the exact word. A question that
//! nobody asked is observed as *not asked* and is no objective.

use indelible_evidence::verdict::Question;
use serde_json::{Value, json};

use crate::{
    canonical,
    reports::{
        data::{AnswerFacts, AnswerName, Verification, of_part},
        forms::{
            oscal::{NO_TIME, OSCAL_VERSION, property},
            verdict::{extent::extent, facts::details_of},
        },
        inert::inert,
    },
};

/// The verification's assessment results, as canonical JSON.
pub fn oscal(verification: &Verification) -> Result<Vec<u8>, serde_json::Error> {
    let uuid = |kind: &str, part: &str| of_part(&verification.id, kind, part);
    let time = verification.checkpoint_time.decisive.as_ref();
    let time = time.map_or(NO_TIME, |checkpoint| checkpoint.time.as_str());
    let answers = verification.verdict.each();
    let observations = answers.map(|(question, answer)| {
        json!({
            "uuid": uuid("observation", question.name()),
            "title": asked(question),
            "description": words(verification, question, answer, usize::MAX),
            "props": properties(verification, question, answer),
            "methods": ["TEST"],
            "types": ["control-objective"],
            "collected": time,
        })
    });
    // What nobody asked was not assessed: it is observed as such, and is no finding.
    let asked_for = || {
        let answers = answers.into_iter();
        answers.filter(|(question, _)| !verification.leaves_out(*question))
    };
    let findings = asked_for().map(|(question, answer)| finding(verification, question, answer));
    let findings: Vec<_> = findings.collect();
    let controls = asked_for().map(|(question, _)| json!({ "control-id": objective(question) }));
    let controls: Vec<_> = controls.collect();
    let origin = &verification.bundle.origin;
    let resource = uuid("resource", "questions");
    canonical::to_bytes(&json!({
        "assessment-results": {
            "uuid": uuid("assessment-results", ""),
            "metadata": {
                "title": format!("Chain verification of {origin}"),
                "last-modified": time,
                "version": verification.id,
                "oscal-version": OSCAL_VERSION,
                "remarks": verification.headline,
            },
            "import-ap": {
                "href": format!("#{resource}"),
                "remarks": "The four questions take the place of an assessment plan.",
            },
            "results": [{
                "uuid": uuid("result", ""),
                "title": "Verdict over an evidence bundle",
                "description": verification.headline,
                "start": time,
                "end": time,
                "props": bundle_properties(verification),
                "reviewed-controls": { "control-selections": [{ "include-controls": controls }] },
                "observations": observations,
                "findings": findings,
                "remarks": "Completeness and freshness are answers to what the verifier knew besides the bundle. Its times are those of the checkpoint, not of the verification.",
            }],
            "back-matter": {
                "resources": [{
                    "uuid": resource,
                    "title": "Verification of an evidence bundle",
                    "description": "Integrity, completeness, freshness and custody, each answered for itself.",
                }],
            },
        },
    }))
}

fn finding(verification: &Verification, question: Question, answer: &AnswerFacts) -> Value {
    let uuid = |kind: &str| of_part(&verification.id, kind, question.name());
    json!({
        "uuid": uuid("finding"),
        "title": question.name(),
        "description": words(verification, question, answer, 1),
        "target": {
            "type": "objective-id",
            "target-id": objective(question),
            "description": asked(question),
            "status": status(answer.answer),
        },
        "related-observations": [{ "observation-uuid": uuid("observation") }],
    })
}

fn objective(question: Question) -> String {
    format!("indelible_{}", question.name())
}

fn asked(question: Question) -> &'static str {
    match question {
        Question::Integrity => "Is what the bundle holds unaltered?",
        Question::Completeness => "Is it all?",
        Question::Freshness => "How old is the checkpoint, and on whose word?",
        Question::Custody => "Were keys introduced and used by the rules of the format?",
    }
}

fn status(answer: AnswerName) -> Value {
    let (state, reason) = match answer {
        AnswerName::Holds => ("satisfied", "pass"),
        AnswerName::Broken => ("not-satisfied", "fail"),
        AnswerName::Unanswerable => ("not-satisfied", "other"),
    };
    json!({ "state": state, "reason": reason })
}

/// The answer in one line, with as much of what stands with it.
fn words(
    verification: &Verification,
    question: Question,
    answer: &AnswerFacts,
    details_max: usize,
) -> String {
    let details = details_of(verification, question, answer);
    let details = details.map(|(_, detail)| detail).take(details_max);
    let all: Vec<_> = [verification.answer_words(question, answer).to_owned()]
        .into_iter()
        .chain(extent(verification, question))
        .chain(details)
        .collect();
    inert(&all.join("; "))
}

fn properties(verification: &Verification, question: Question, answer: &AnswerFacts) -> Vec<Value> {
    let required = verification
        .required
        .iter()
        .any(|required| required == question.name());
    let mut properties = vec![
        property("answer", verification.answer_words(question, answer)),
        property("required", if required { "yes" } else { "no" }),
    ];
    let findings = answer.findings.iter();
    properties.extend(findings.map(|finding| property("finding", &finding.code)));
    properties
}

fn bundle_properties(verification: &Verification) -> Vec<Value> {
    let bundle = &verification.bundle;
    let mut properties = vec![
        property("verification-id", &verification.id),
        property("result", verification.result.words()),
        property("origin", &bundle.origin),
        property("verifier-key", &verification.verifier_key),
        property("bundle", &bundle.kind),
        property("records-from", &bundle.from.to_string()),
        property("records-to", &bundle.to.to_string()),
        property("checkpoint-size", &bundle.size.to_string()),
    ];
    if let Some(recorded) = &bundle.recorded {
        properties.push(property("recorded-first", &recorded.first));
        properties.push(property("recorded-last", &recorded.last));
    }
    properties.extend(
        bundle
            .root
            .iter()
            .map(|root| property("checkpoint-root", root)),
    );
    properties.extend(trusted_properties(verification));
    properties
}

/// What the verifier knew besides the bundle, and the page that no signature covers.
fn trusted_properties(verification: &Verification) -> Vec<Value> {
    let trusted = &verification.trusted;
    let mut properties = Vec::new();
    if let Some(head) = &trusted.known_head {
        properties.push(property("known-head-size", &head.size.to_string()));
        properties.push(property("known-head-root", &head.root));
    }
    if let Some(policy) = &trusted.policy {
        let quorum = match policy.quorum_met {
            None => "none asked for",
            Some(true) => "met",
            Some(false) => "not met",
        };
        properties.push(property("policy-quorum", quorum));
        properties.extend(policy.file.iter().map(|file| property("policy-file", file)));
        properties.extend(
            policy
                .sha256
                .iter()
                .map(|sha256| property("policy-sha256", sha256)),
        );
    }
    if let Some(seconds) = trusted.max_age_seconds {
        properties.push(property("max-age-seconds", &seconds.to_string()));
    }
    if let Some(now) = &trusted.now {
        properties.push(property("now", &now.time));
        properties.push(property("now-word", &now.word));
    }
    if let Some(page) = &verification.bundle.format_page {
        properties.push(property("format-page-sha256", &page.sha256));
        let known = if page.known { "yes" } else { "no" };
        properties.push(property("format-page-known", known));
    }
    properties
}
