//! Reports over a ledger that only decides at its own gate, with no event of a client: what the gate recorded counts, and
//! nothing is said not to be recorded that it recorded.

use indelible_compliance::reports::{OutcomeFacts, Report, State};
use serde_json::{Value, json};

use crate::ledger::{Shown, Told, governed, reports, state_of, subject_from, told};

/// Days over which the gate decides.
const DAYS: u64 = 200;

fn decision(verdict: &str, failure: Option<(&str, &str)>) -> Value {
    json!({
        "entry": "decision",
        "act": {"agent": "loans", "session": "s", "kind": "model_call", "name": "gpt-5"},
        "policies": ["p"],
        "verdict": verdict,
        "failure": failure.map(|(stage, code)| json!({"stage": stage, "code": code})),
        "claims": [],
    })
}

fn order(name: &str) -> Value {
    json!({"entry": name, "of": {"agent": "loans"}, "by": "unix:ivo", "people": 1})
}

fn opened(expires: u64) -> Value {
    json!({
        "entry": "approval_opened",
        "agent": "loans",
        "principal": "token:1",
        "people": 1,
        "expires": expires.to_string(),
    })
}

/// A gate that decides every day, asks a human once, and halts an agent once.
fn ledger() -> Vec<Told> {
    let gate = |content, day| governed(content).on_day(day);
    let mut ledger = vec![
        gate(
            json!({"entry": "agent", "agent": "loans", "operator": "lead"}),
            0,
        ), // 0
        gate(opened(u64::MAX), 0), // 1
        gate(
            json!({"entry": "approval_answered", "approval": 1, "by": "unix:hana", "granted": true}),
            0,
        ), // 2
        gate(order("halted"), 0),  // 3
        gate(decision("deny", Some(("halt", "HALTED"))), 0), // 4
        gate(order("resumed"), 0), // 5
    ];
    ledger.extend((0..=DAYS).map(|day| gate(decision("allow", None), day)));
    ledger
}

fn of<'a>(reports: &'a [Report], name: &str) -> &'a Report {
    let found = reports.iter().find(|report| report.framework.id == name);
    found.expect("the report")
}

/// What a criterion says of its measure.
fn words<'a>(report: &'a Report, clause: &str, measure: &str) -> &'a str {
    let found = report.clauses.iter().find(|found| found.id == clause);
    let mut criteria = found.expect("the clause").criteria.iter();
    let found = criteria.find(|criterion| criterion.measure == measure);
    &found.expect("the criterion").words
}

#[test]
fn nothing_is_said_not_to_be_recorded_that_the_gate_recorded() {
    let reports = reports(&subject_from(0, &ledger()));
    for report in &reports {
        for criterion in report.clauses.iter().flat_map(|clause| &clause.criteria) {
            for never in [
                "no decision is recorded",
                "no decision that is recorded",
                "no halt of an agent is recorded",
                "no end of a halt is recorded",
                "no declaration of an agent is recorded",
                "no granted approval is recorded",
                "no event names an agent",
                "no event names a model",
                "no event is recorded",
                "nobody is named as a reviewer",
                "no agent is declared",
            ] {
                let words = &criterion.words;
                assert!(!words.contains(never), "{}: {words}", report.framework.id);
            }
        }
    }
    let act = of(&reports, "eu-ai-act");
    assert!(
        words(act, "12(2)(a)", "decisions.share_with_input_digest").ends_with(
            "nothing to look at: no client's event tells of a decision; the ledger's own gate recorded 202 decisions"
        )
    );
    assert!(words(act, "14(4)(e)", "agents.resumed_without_human").ends_with(
        "no client's event tells of the end of a halt; the ledger's own gate recorded 1 resumption"
    ));
    assert!(words(act, "26(2)", "agents.declared_without_operator").ends_with(
        "no client's event declares an agent; the ledger's own gate recorded 1 declaration of an agent"
    ));
}

#[test]
fn what_the_gate_recorded_itself_counts_for_a_clause() {
    let ledger = ledger();
    for (clause, state) in [
        ("12(1)", State::Evidenced),
        ("14(1)", State::PartlyEvidenced),
        ("14(4)(e)", State::PartlyEvidenced),
        ("19(1)", State::Evidenced),
        ("26(2)", State::PartlyEvidenced),
        ("26(5)", State::PartlyEvidenced),
        ("26(6)", State::Evidenced),
        // Of inputs and outputs it says too little.
        ("12(2)(a)", State::NotAssessable),
    ] {
        assert_eq!(
            state_of(&format!("eu-ai-act {clause}"), &ledger),
            state,
            "{clause}"
        );
    }
}

/// Each of them undoes one thing that a clause claims.
#[test]
fn a_clause_claims_by_the_gate_only_what_the_gate_recorded() {
    let without = |places: &[usize]| -> Vec<Told> {
        let ledger = ledger().into_iter().enumerate();
        let kept = ledger.filter(|(place, _)| !places.contains(place));
        kept.map(|(_, told)| told).collect()
    };
    // Nobody answered, halted or let go on.
    let alone = without(&[2, 3, 5]);
    for clause in ["14(1)", "14(4)(e)", "26(2)", "26(5)"] {
        let state = state_of(&format!("eu-ai-act {clause}"), &alone);
        assert!(
            matches!(state, State::NotEvidenced | State::NotAssessable),
            "{clause}: {state:?}"
        );
    }
    // For a month it decided nothing.
    let mut pause = ledger();
    pause.retain(|told| !(60..100).contains(&told.day));
    assert_eq!(state_of("eu-ai-act 12(1)", &pause), State::NotEvidenced);
    // Half of it can't be read, and may be anything.
    let mut closed = ledger();
    for told in closed.iter_mut().skip(6).step_by(2) {
        told.shown = Shown::Erased;
    }
    for clause in ["19(1)", "26(6)"] {
        assert_eq!(
            state_of(&format!("eu-ai-act {clause}"), &closed),
            State::NotAssessable,
            "{clause}"
        );
    }
    // A client tells of an act that was denied.
    let mut denied = ledger();
    denied.push(
        told(
            "ai.decision.v1",
            &[("system", "s".into()), ("result", "pass".into())],
        )
        .and("gate_decision", 4_u64)
        .on_day(DAYS),
    );
    assert_eq!(state_of("eu-ai-act 14(4)(e)", &denied), State::NotEvidenced);
}

/// Decisions that clients tell of and that lack what they must have are not made good by the gate.
#[test]
fn the_gate_stands_for_no_number_that_producers_leave_out() {
    let mut ledger = ledger();
    let passed = [("system", "s".into()), ("result", "pass".into())];
    ledger.extend((0..=DAYS).map(|day| told("ai.decision.v1", &passed).on_day(day)));
    ledger.sort_by_key(|told| told.day);
    assert_eq!(state_of("eu-ai-act 12(1)", &ledger), State::NotEvidenced);
}

#[test]
fn a_share_that_is_too_small_names_the_records_that_it_lacks() {
    let mut ledger = ledger();
    for place in [9, 12, 40] {
        let mut content = decision("deny", Some(("policy", "NO_BINDING")));
        content["policies"] = json!([]);
        ledger[place].gate = Some(content);
    }
    let reports = reports(&subject_from(0, &ledger));
    let clause = of(&reports, "owasp-agentic").clauses.iter();
    let clause = clause
        .clone()
        .find(|clause| clause.id == "ASI02")
        .expect("ASI02");
    let mut criteria = clause.criteria.iter();
    let found = criteria.find(|one| one.measure == "governance.share_with_policy");
    let found = found.expect("the criterion");
    assert_eq!(found.outcome, OutcomeFacts::NotMet);
    assert_eq!(found.records, [9, 12, 40]);
}

/// What clients tell of may be there in records that nobody can read, so it is not missed, though the gate recorded none.
#[test]
fn what_is_not_decided_may_be_met() {
    let mut ledger = ledger();
    // Nobody answered what the gate asked, and what a client tells of a review can't be read.
    ledger[2] = told(
        "ai.decision.v1",
        &[("system", "s".into()), ("result", "pass".into())],
    );
    ledger.push(
        told(
            "ai.oversight.v1",
            &[
                ("reviewer", "hana".into()),
                ("intervention", "confirm".into()),
            ],
        )
        .on_day(DAYS)
        .shown(Shown::Sealed),
    );
    if let Some(content) = &mut ledger[1].gate {
        content["expires"] = json!("1");
    }
    assert_eq!(state_of("eu-ai-act 26(5)", &ledger), State::NotAssessable);
}
