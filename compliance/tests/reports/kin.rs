//! What a type or a fact hides weighs against the clauses that it may be about.

use indelible_compliance::reports::State;

use crate::full;
use crate::ledger::{Told, claim, state_of, told};

/// The state of a clause over a ledger of everything, with one event more at its end.
fn with(clause: &str, event: Told) -> State {
    let mut ledger = full::ledger();
    let day = ledger.last().map_or(0, |last| last.day);
    ledger.push(event.on_day(day));
    state_of(clause, &ledger)
}

#[test]
fn an_event_that_may_be_a_consent_or_rest_on_one_takes_a_claim_away() {
    let note = told("com.example.note", &[]);
    for clause in ["gdpr 7(1)", "gdpr 7(3)"] {
        let state = with(clause, note.clone());
        assert!(claim(state) > 0, "{clause} is {state:?}");
    }
    let visit = |fact: &str| told("com.example.visit", &[(fact, 5_u64.into())]);
    for wrong in ["consent_id", "legal_basis"] {
        assert_eq!(claim(with("gdpr 7(1)", visit(wrong))), 0, "{wrong}");
    }
    let withdrawn = [("consent_id", "c-1".into()), ("status", "withdrawn".into())];
    for kind in [
        "privacy.consent.v2",
        "privacy.consent.withdrawn.v1",
        "privacy.consent",
    ] {
        let state = with("gdpr 7(3)", told(kind, &withdrawn));
        assert_eq!(claim(state), 0, "{kind}");
    }
}

#[test]
fn another_version_of_what_speaks_against_a_clause_takes_its_claim_away() {
    for (clause, kind) in [
        ("eu-ai-act 14(4)(e)", "ai.agent.halted.v2"),
        ("gdpr 12(3)", "privacy.request.received.v2"),
    ] {
        let (before, after) = (
            with(clause, told("com.example.note", &[])),
            with(clause, told(kind, &[])),
        );
        assert!(
            claim(before) > claim(after),
            "{clause}: {before:?}, {after:?}"
        );
    }
}
