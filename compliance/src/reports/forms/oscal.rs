//! A report as OSCAL assessment results, version 1.1.3, in JSON.
//!
//! OSCAL knows *satisfied* and *not satisfied* and nothing between, so a finding is *satisfied* where a clause on
//! record-keeping is evidenced and *not satisfied* in every other state; a property has the state, and remarks say that
//! evidence is no compliance. A clause that can't be assessed has no finding, for it neither passes nor fails. Every UUID is made of the report's own, and every time is that of a record.

use serde_json::{Map, Value, json};

use crate::{
    canonical,
    frameworks::Review,
    reports::{
        data::{ClauseFinding, CriterionFinding, OutcomeFacts, Report, State, of_part},
        forms::parts,
        inert::inert,
    },
};

/// The version of OSCAL.
pub const OSCAL_VERSION: &str = "1.1.3";
/// The namespace of our properties.
const NAMESPACE: &str = "urn:indelible:oscal";
/// When nothing was recorded that could give a time.
pub(crate) const NO_TIME: &str = "1970-01-01T00:00:00.000000000Z";

/// The clauses that the report is on, and those of its mapping that it is not asked about.
fn controls(report: &Report) -> Value {
    let control = |clause: &String| json!({ "control-id": token(&report.framework.id, clause) });
    let included: Vec<_> = report.clauses.iter().map(|it| control(&it.id)).collect();
    let mut controls = json!({ "include-controls": included });
    let left_out: Vec<_> = report.framework.left_out.iter().map(control).collect();
    // OSCAL has no empty lists.
    if !left_out.is_empty() {
        controls["exclude-controls"] = Value::Array(left_out);
    }
    controls
}

/// The report's assessment results, as canonical JSON.
pub fn oscal(report: &Report) -> Result<Vec<u8>, serde_json::Error> {
    let uuid = |kind: &str, part: &str| of_part(&report.id, kind, part);
    let last = report.range.last_time.as_deref().unwrap_or(NO_TIME);
    let first = report.range.first_time.as_deref().unwrap_or(NO_TIME);
    let observations: Vec<_> = report
        .clauses
        .iter()
        .enumerate()
        .flat_map(|(number, clause)| {
            let criteria = clause.criteria.iter().enumerate();
            criteria.map(move |(index, criterion)| {
                observation(report, (number, index), criterion, last)
            })
        })
        .collect();
    let findings: Vec<_> = report
        .clauses
        .iter()
        .enumerate()
        .filter(|(_, clause)| clause.state != State::NotAssessable)
        .map(|(number, clause)| finding(report, number, clause))
        .collect();
    let mut result = json!({
        "uuid": uuid("result", ""),
        "title": parts::titled(&report.framework.short, report),
        "description": report.headline,
        "start": first,
        "end": last,
        "props": evidence_properties(report),
        "reviewed-controls": { "control-selections": [controls(report)] },
        "remarks": "Made by recomputable folds over a signed log. It says what records show, and never that anybody complies.",
    });
    // OSCAL has no empty lists.
    if !findings.is_empty() {
        result["findings"] = Value::Array(findings);
    }
    if !observations.is_empty() {
        result["observations"] = Value::Array(observations);
    }
    let resource = uuid("resource", "mapping");
    canonical::to_bytes(&json!({
        "assessment-results": {
            "uuid": uuid("assessment-results", ""),
            "metadata": {
                "title": format!("{}: what the records of {} show", parts::titled(&report.framework.short, report), report.ledger.origin),
                "last-modified": last,
                "version": report.id,
                "oscal-version": OSCAL_VERSION,
                "remarks": report.headline,
            },
            "import-ap": {
                "href": format!("#{resource}"),
                "remarks": "The mapping file takes the place of an assessment plan.",
            },
            "results": [result],
            "back-matter": {
                "resources": [{
                    "uuid": resource,
                    "title": format!("Mapping {} version {}", report.framework.id, report.framework.version),
                    "description": format!("SHA-256 {}; {}", report.framework.digest, report.framework.review.words()),
                }],
            },
        },
    }))
}

pub(crate) fn property(name: &str, value: &str) -> Value {
    // A value may not be empty, nor begin or end with white space.
    let value = inert(value);
    let value = value.trim();
    json!({ "name": name, "ns": NAMESPACE, "value": if value.is_empty() { "none" } else { value } })
}

fn evidence_properties(report: &Report) -> Vec<Value> {
    let evidence = &report.evidence;
    let mut properties = vec![
        property("report-id", &report.id),
        property("integrity", evidence.integrity.answer.words()),
        property("custody", evidence.custody.answer.words()),
        property("origin", &report.ledger.origin),
        property("verifier-key", &report.ledger.verifier_key),
        property(
            "checkpoint-size",
            &report.ledger.checkpoint_size.to_string(),
        ),
        property("checkpoint-root", &report.ledger.checkpoint_root),
        property("records-from", &report.range.from.to_string()),
        property("records-to", &report.range.to.to_string()),
    ];
    if report.framework.review == Review::UnreviewedDraft {
        properties.push(property("review", report.framework.review.words()));
    }
    let lost = report.lost.as_ref();
    properties.extend(lost.map(|lost| property("caveat", &lost.words())));
    let caveats = report.caveats.iter();
    properties.extend(caveats.map(|caveat| property("caveat", &caveat.text)));
    let ahead = report.recorded_ahead.as_ref();
    properties.extend(ahead.map(|ahead| property("caveat", &ahead.words())));
    properties
}

fn observation_uuid(report: &Report, (clause, criterion): (usize, usize)) -> String {
    of_part(&report.id, "observation", &format!("{clause}/{criterion}"))
}

fn observation(
    report: &Report,
    place: (usize, usize),
    criterion: &CriterionFinding,
    last: &str,
) -> Value {
    let mut properties = vec![
        property("measure", &criterion.measure),
        property("outcome", criterion.outcome.name()),
    ];
    let records = criterion.records.iter();
    properties.extend(records.map(|record| property("record", &record.to_string())));
    let mut observation = json!({
        "uuid": observation_uuid(report, place),
        "title": criterion.says,
        "description": criterion.words,
        "props": properties,
        "methods": ["TEST"],
        "collected": last,
    });
    if criterion.outcome != OutcomeFacts::Shown {
        observation["types"] = json!(["control-objective"]);
    }
    observation
}

fn finding(report: &Report, number: usize, clause: &ClauseFinding) -> Value {
    let satisfied = clause.state == State::Evidenced;
    let mut finding = Map::new();
    finding.insert(
        "uuid".to_owned(),
        json!(of_part(&report.id, "finding", &number.to_string())),
    );
    finding.insert(
        "title".to_owned(),
        json!(format!("{} {}", clause.id, clause.title)),
    );
    let description = format!("{}: {}.", clause.state.words(), clause.why.join("; "));
    finding.insert("description".to_owned(), json!(description));
    finding.insert(
        "props".to_owned(),
        json!([
            property("state", clause.state.name()),
            property("clause", &clause.id)
        ]),
    );
    let target = json!({
        "type": "objective-id",
        "target-id": token(&report.framework.id, &clause.id),
        "description": clause.asks,
        "status": {
            "state": if satisfied { "satisfied" } else { "not-satisfied" },
            "reason": match clause.state {
                State::Evidenced => "pass",
                State::NotEvidenced => "fail",
                State::PartlyEvidenced | State::NotAssessable => "other",
            },
            "remarks": format!("The clause is {}. That is a statement on evidence, not on compliance.", clause.state.words()),
        },
    });
    finding.insert("target".to_owned(), target);
    if !clause.criteria.is_empty() {
        let related: Vec<_> = (0..clause.criteria.len())
            .map(|index| json!({ "observation-uuid": observation_uuid(report, (number, index)) }))
            .collect();
        finding.insert("related-observations".to_owned(), json!(related));
    }
    if !clause.unknown.is_empty() {
        let remarks = format!("What the ledger can't know: {}", clause.unknown.join(" "));
        finding.insert("remarks".to_owned(), json!(remarks));
    }
    Value::Object(finding)
}

/// A clause's number as an OSCAL token: `12(2)(a)` of `eu-ai-act` is `eu-ai-act_12.2.a`.
fn token(framework: &str, clause: &str) -> String {
    let parts = clause.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    format!("{framework}_{}", parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clause_numbers_become_tokens() {
        for (clause, wanted) in [
            ("12(2)(a)", "x_12.2.a"),
            ("§164.312(b)", "x_164.312.b"),
            ("MEASURE 2.8", "x_MEASURE.2.8"),
            ("CC7.2", "x_CC7.2"),
            ("A.6.2.8", "x_A.6.2.8"),
        ] {
            assert_eq!(token("x", clause), wanted);
        }
    }
}
