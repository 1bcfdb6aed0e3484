//! Readers say exactly what is wrong.

use indelible_evidence::body::{Body, ComponentDigest, FactValue};

use super::*;

fn body<'a>(facts: &[(&'a str, FactValue<'a>)]) -> Body<'a> {
    let facts = facts.to_vec();
    Body {
        id: "1",
        source: "s",
        facts,
        ..Body::default()
    }
}

const SYSTEM: (&str, FactValue<'_>) = ("system", FactValue::Text("credit"));
const PASS: (&str, FactValue<'_>) = ("result", FactValue::Text("pass"));

#[test]
fn a_decision_is_read() {
    let risk = ("risk_score", FactValue::Text("0.35"));
    let body = body(&[SYSTEM, PASS, risk, ("something", FactValue::Boolean(true))]);
    let Some(Ok(Known::Decision(decision))) = Known::read("ai.decision.v1", &body) else {
        panic!("a decision");
    };
    assert_eq!(decision.system, "credit");
    assert_eq!(decision.result, DecisionResult::Pass);
    assert_eq!(decision.risk_score, Some(Amount(350_000)));
    assert_eq!(decision.model, None);
    assert!(enforce("ai.decision.v1", &body).is_ok());
    assert!(enforce("ai.decision.v2", &Body::default()).is_ok());
}

#[test]
fn a_misfit_is_told_precisely() {
    for (facts, words) in [
        (vec![SYSTEM], "ai.decision.v1: fact result is missing"),
        (
            vec![SYSTEM, ("result", FactValue::Text("PASS"))],
            "ai.decision.v1: fact result is not one of pass, fail, pause, halt, escalate, error",
        ),
        (
            vec![("system", FactValue::Uint(1)), PASS],
            "ai.decision.v1: fact system is not text",
        ),
        (
            vec![SYSTEM, PASS, ("latency_ms", FactValue::Text("12"))],
            "ai.decision.v1: fact latency_ms is not an unsigned integer of at most 9223372036854775807",
        ),
        (
            vec![
                SYSTEM,
                PASS,
                ("risk_score", FactValue::Text("0.30000000000000004")),
            ],
            "ai.decision.v1: fact risk_score is not a decimal from zero on, with at most nine digits before the \
             point and six after it",
        ),
        (
            vec![SYSTEM, PASS, ("producer_sequence", FactValue::Text("1"))],
            "any type: fact producer_sequence is not an unsigned integer of at most 9223372036854775807",
        ),
    ] {
        let misfit = enforce("ai.decision.v1", &body(&facts)).unwrap_err();
        assert_eq!(misfit.to_string(), words);
    }
    let metric = ("metric.accuracy", FactValue::Text("high"));
    let misfit = enforce("ai.performance.v1", &body(&[SYSTEM, metric])).unwrap_err();
    assert_eq!(misfit.place, Place::FactsOf("metric."));
}

#[test]
fn an_override_names_its_decision_and_both_outputs() {
    let mut event = body(&[("reviewer", FactValue::Text("ann"))]);
    let wrong = |event: &Body<'_>| Override::read(event).unwrap_err().place;
    assert_eq!(wrong(&event), Place::Attribute("correlation_id"));
    event.correlation_id = Some("case 7");
    assert_eq!(wrong(&event), Place::Digest("original_output"));
    for component in ["original_output", "final_output"] {
        let value = &[1; 32];
        event.digests.push(ComponentDigest {
            component,
            algorithm: "sha256",
            value,
        });
    }
    assert_eq!(Override::read(&event).unwrap().correlation_id, "case 7");
}

#[test]
fn types_are_named_alike_and_ask_for_what_fits_an_event() {
    for (index, spec) in SPECS.iter().enumerate() {
        let name = spec.event_type;
        assert!(
            ["access.", "ai.", "indelible.", "log.", "privacy."]
                .iter()
                .any(|family| name.starts_with(family)),
            "{name}"
        );
        assert!(name.ends_with(".v1"), "{name}");
        assert!(SPECS[..index].iter().all(|other| other.event_type != name));
        assert!(
            spec.facts.len() + COMMON.len() <= indelible_evidence::limits::FACTS_MAX,
            "{name}"
        );
        // A fact of any event may stand in a type's list only as what it is everywhere.
        for fact in spec.facts {
            let common = COMMON.iter().find(|common| common.name == fact.name);
            assert!(
                common.is_none_or(|common| common.kind == fact.kind),
                "{name}"
            );
        }
    }
}
