//! What a ledger says of people and agents is not taken at its word, and what it leaves out is not taken for good.

use indelible_compliance::reports::State;

use crate::counterexamples::{assert_claims_nothing, decision, halted, incident, many, with};
use crate::ledger::{Fact, state_of, told};

#[test]
fn names_are_not_taken_at_their_word() {
    let own = told(
        "ai.agent.declared.v1",
        &[("agent", "own".into()), ("operator", "own".into())],
    );
    let clauses = ["eu-ai-act 26(2)", "iso-42001 A.3.2"];
    assert_claims_nothing(&clauses, &with([own]), "an agent that is its own operator");
    let review = told(
        "ai.oversight.v1",
        &[
            ("reviewer", "scorer".into()),
            ("intervention", "annotate".into()),
        ],
    );
    let clauses = ["eu-ai-act 14(1)", "eu-ai-act 26(2)", "iso-42001 A.9.2"];
    assert_claims_nothing(
        &clauses,
        &with([review.of("case 2")]),
        "a reviewer that is the agent",
    );
}

#[test]
fn what_a_fact_left_out_would_decide_is_not_known() {
    let timeouts = many(300, |_| {
        told(
            "ai.performance.v1",
            &[
                ("system", "credit".into()),
                ("model", "m".into()),
                ("model_version", "1".into()),
                ("provider_status", "error:timeout".into()),
            ],
        )
    });
    let clauses = [
        "eu-ai-act 15(4)",
        "iso-42001 A.6.2.6",
        "nist-ai-rmf MEASURE 2.3",
    ];
    assert_claims_nothing(&clauses, &with(timeouts), "300 timeouts that don't say so");
    let mut unsaid = incident("critical");
    unsaid.facts.retain(|(name, _)| name != "serious");
    let clauses = ["eu-ai-act 26(5)", "soc2 CC7.4", "nist-ai-rmf MANAGE 1.3"];
    assert_claims_nothing(
        &clauses,
        &with([unsaid]),
        "a critical incident that is not called serious",
    );
}

#[test]
fn whatever_an_agent_does_is_an_act() {
    let clauses = ["eu-ai-act 14(4)(e)", "nist-ai-rmf MANAGE 2.4"];
    let calls = told(
        "ai.performance.v1",
        &[
            ("system", "credit".into()),
            ("model", "m".into()),
            ("model_version", "1".into()),
            ("error", false.into()),
            ("agent", "scorer".into()),
        ],
    );
    let live = [("agent", Fact::from("scorer")), ("state", "live".into())];
    let acts = [
        calls,
        decision().by("scorer"),
        told("ai.agent.present.v1", &live),
    ];
    for act in acts {
        let what = act.event_type.clone();
        assert_claims_nothing(&clauses, &with([halted("scorer"), act]), &what);
    }
}

#[test]
fn what_is_used_is_released_before() {
    let model = [("model", Fact::from("n")), ("model_version", "1".into())];
    let mut used = decision();
    used.facts.retain(|(name, _)| !name.starts_with("model"));
    let used = used.and("model", "n").and("model_version", "1");
    let release = told("ai.model.released.v1", &model).and("approved_by", "a.boss");
    let clauses = ["iso-42001 A.6.2.5", "soc2 CC8.1", "nist-ai-rmf MANAGE 3.2"];
    let ledger = with([used, release]);
    assert_claims_nothing(
        &clauses,
        &ledger,
        "a model that was released after it was used",
    );
    assert_ne!(state_of("eu-ai-act 12(2)(a)", &ledger), State::Evidenced);
}
