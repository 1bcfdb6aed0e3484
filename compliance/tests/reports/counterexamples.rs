//! Ledgers over which a clause was once called evidenced, and must not be.

use indelible_compliance::reports::State;

use crate::full;
use crate::ledger::{Fact, Shown, Told, claim, state_of, states, told};

/// A full ledger with something more at its end.
pub(crate) fn with(more: impl IntoIterator<Item = Told>) -> Vec<Told> {
    let mut ledger = full::ledger();
    let day = ledger.last().map_or(0, |last| last.day);
    ledger.extend(more.into_iter().map(|event| event.on_day(day)));
    ledger
}

pub(crate) fn many(count: u64, one: impl Fn(u64) -> Told) -> Vec<Told> {
    (0..count).map(one).collect()
}

pub(crate) fn decision() -> Told {
    told(
        "ai.decision.v1",
        &[
            ("system", "credit".into()),
            ("result", "pass".into()),
            ("model", "m".into()),
            ("model_version", "1".into()),
        ],
    )
    .with(&["input", "output"])
}

pub(crate) fn incident(severity: &str) -> Told {
    told(
        "ai.incident.v1",
        &[
            ("incident_id", "late".into()),
            ("status", "opened".into()),
            ("severity", severity.into()),
            ("serious", true.into()),
        ],
    )
}

pub(crate) fn halted(agent: &str) -> Told {
    told(
        "ai.agent.halted.v1",
        &[
            ("agent", agent.into()),
            ("by", "m.rossi".into()),
            ("by_kind", "human".into()),
        ],
    )
    .by("m.rossi")
}

/// Over the full ledger these clauses claim something, and over this one nothing.
pub(crate) fn assert_claims_nothing(clauses: &[&str], ledger: &[Told], what: &str) {
    let (whole, spoilt) = (states(&full::ledger()), states(ledger));
    for clause in clauses {
        let of = |states: &[(String, State)]| {
            let found = states.iter().find(|(name, _)| name == clause);
            found.unwrap_or_else(|| panic!("there is no {clause}")).1
        };
        assert!(claim(of(&whole)) > 0, "{clause} of the full ledger");
        assert_eq!(claim(of(&spoilt)), 0, "{clause} over {what}");
    }
}

#[test]
fn a_misfit_speaks_against_what_it_may_be_of() {
    let misfits = many(500, |_| {
        told(
            "ai.decision.v1",
            &[("system", "credit".into()), ("result", "rejected".into())],
        )
    });
    assert_ne!(
        state_of("eu-ai-act 12(1)", &with(misfits)),
        State::Evidenced
    );
    let clauses = ["eu-ai-act 26(5)", "soc2 CC7.4", "iso-42001 10.2"];
    assert_claims_nothing(
        &clauses,
        &with([incident("sev1")]),
        "a severity that is none",
    );
    let violations = many(20, |_| {
        told("ai.violation.v1", &[("kind", "data_leak".into())])
    });
    assert_claims_nothing(
        &["iso-42001 A.9.4"],
        &with(violations),
        "violations of no kind",
    );
}

#[test]
fn one_incident_that_nobody_can_read_is_enough() {
    let sealed = incident("high").shown(Shown::Sealed);
    let clauses = ["eu-ai-act 26(5)", "nist-ai-rmf MANAGE 1.3", "soc2 CC7.4"];
    assert_claims_nothing(&clauses, &with([sealed]), "a sealed incident");
    let erased = incident("high").shown(Shown::Erased);
    assert_claims_nothing(&clauses, &with([erased]), "an erased incident");
    assert_claims_nothing(&clauses, &with([incident("high")]), "an open incident");
}

#[test]
fn one_review_in_a_year_is_no_oversight() {
    let mut seen = false;
    let one: Vec<_> = full::ledger()
        .into_iter()
        .filter(|event| {
            let review = event.event_type == "ai.oversight.v1";
            !review || !std::mem::replace(&mut seen, true)
        })
        .collect();
    let clauses = ["eu-ai-act 14(1)", "eu-ai-act 14(4)(a)", "eu-ai-act 26(2)"];
    assert_claims_nothing(&clauses[..2], &one, "one review");
    let none: Vec<_> = full::ledger()
        .into_iter()
        .filter(|event| {
            ![
                "ai.oversight.v1",
                "ai.override.v1",
                "ai.approval.granted.v1",
            ]
            .contains(&event.event_type.as_str())
        })
        .collect();
    assert_claims_nothing(&clauses, &none, "no review");
}

#[test]
fn links_are_looked_at() {
    let override_of_nothing = told("ai.override.v1", &[("reviewer", "a.berg".into())])
        .of("no such case")
        .with(&["original_output", "final_output"]);
    let clauses = ["eu-ai-act 14(4)(d)", "nist-ai-rmf MANAGE 2.4"];
    assert_claims_nothing(
        &clauses,
        &with([override_of_nothing]),
        "an override of nothing",
    );
    let calls = |approval: fn(u64) -> String| {
        many(100, |number| {
            told(
                "ai.tool_call.v1",
                &[
                    ("approval_id", approval(number).into()),
                    ("agent", "scorer".into()),
                    ("tool", "pay".into()),
                    ("result", "ok".into()),
                ],
            )
        })
    };
    let clauses = ["soc2 CC6.3", "iso-42001 A.9.2"];
    let invented = calls(|number| format!("invented {number}"));
    assert_claims_nothing(&clauses, &with(invented), "approvals that nobody asked for");
    let again = calls(|_| "p".to_owned());
    assert_claims_nothing(&clauses, &with(again), "one approval used again and again");
    let request = |operator: Option<&str>| {
        let request = told(
            "ai.approval.requested.v1",
            &[("approval_id", "own".into()), ("agent", "scorer".into())],
        );
        match operator {
            Some(operator) => request.and("operator", operator),
            None => request,
        }
    };
    let grant = told(
        "ai.approval.granted.v1",
        &[
            ("approval_id", "own".into()),
            ("reviewer", "m.rossi".into()),
        ],
    );
    let own = with([request(Some("m.rossi")), grant.clone()]);
    assert_claims_nothing(&clauses, &own, "an operator's approval of their own agent");
    let unsaid = with([request(None), grant]);
    assert_claims_nothing(&clauses, &unsaid, "the same without the operator's name");
}

#[test]
fn agents_that_nobody_declared_count() {
    let rogue = many(50, |number| {
        decision().and("agent", format!("rogue {number}"))
    });
    let clauses = [
        "eu-ai-act 12(2)(c)",
        "eu-ai-act 26(5)",
        "iso-42001 A.6.2.6",
        "nist-ai-rmf MEASURE 2.4",
    ];
    assert_claims_nothing(&clauses, &with(rogue), "50 agents that nobody declared");
}

#[test]
fn an_act_of_a_halted_agent_outweighs_the_rest() {
    let mut more = vec![halted("scorer")];
    more.extend(many(21, |_| decision().and("agent", "scorer")));
    let clauses = [
        "eu-ai-act 14(4)(e)",
        "eu-ai-act 26(5)",
        "nist-ai-rmf MEASURE 2.6",
        "nist-ai-rmf MANAGE 2.4",
    ];
    let ledger = with(more);
    assert_claims_nothing(&clauses, &ledger, "21 acts of a halted agent");
    assert_eq!(state_of("eu-ai-act 14(4)(e)", &ledger), State::NotEvidenced);
}

#[test]
fn silence_after_a_request_is_no_answer() {
    let mut ledger = vec![told(
        "privacy.request.received.v1",
        &[("request_id", "r".into()), ("right", "access".into())],
    )];
    ledger.push(told("com.example.note", &[]).on_day(200));
    assert_eq!(state_of("gdpr 15(1)", &ledger), State::NotEvidenced);
    let heartbeats = many(5, |day| told("com.example.heartbeat", &[]).on_day(day));
    for (clause, state) in states(&heartbeats) {
        assert_eq!(state, State::NotAssessable, "{clause} over five heartbeats");
    }
}

#[test]
fn numbers_that_go_back_are_told() {
    let restarted = many(6, |number| {
        decision().and("producer_sequence", number % 3 + 1)
    });
    let ledger = with(restarted);
    assert_ne!(state_of("eu-ai-act 12(1)", &ledger), State::Evidenced);
    assert_claims_nothing(
        &["soc2 CC7.2", "nist-ai-rmf MEASURE 2.4"],
        &ledger,
        "a restart",
    );
}

#[test]
fn what_an_importer_says_of_its_own_files_changes_nothing() {
    let checked = told(
        "indelible.import.checked.v1",
        &[
            ("system", "aigc".into()),
            ("file_sha256", "00".repeat(32).into()),
            ("verdict", "verified".into()),
            ("artifacts", 1_000_u64.into()),
            ("verified", 1_000_u64.into()),
            ("broken", 0_u64.into()),
        ],
    );
    for ledger in [vec![checked.clone()], with([checked])] {
        let plain = ledger
            .iter()
            .filter(|event| !event.event_type.starts_with("indelible."));
        let plain: Vec<_> = plain.cloned().collect();
        for ((clause, with), (_, without)) in states(&ledger).into_iter().zip(states(&plain)) {
            assert!(claim(with) <= claim(without), "{clause}");
        }
    }
}

/// Thirteen events typed by hand in one second.
#[test]
fn thirteen_events_typed_by_hand_evidence_nothing() {
    let agent: (&str, Fact) = ("agent", "bot".into());
    let junk = [
        decision().and("policy", "p").and("agent", "bot"),
        told(
            "ai.model.released.v1",
            &[("model", "m".into()), ("model_version", "1".into())],
        ),
        told(
            "ai.policy.registered.v1",
            &[("policy", "p".into()), ("policy_version", "1".into())],
        ),
        told("ai.dataset.registered.v1", &[("dataset", "d".into())]),
        told(
            "ai.performance.v1",
            &[
                ("system", "s".into()),
                ("error", false.into()),
                ("metric.x", "0".into()),
            ],
        ),
        told(
            "ai.oversight.v1",
            &[
                ("reviewer", "bot".into()),
                ("intervention", "annotate".into()),
            ],
        ),
        told("ai.override.v1", &[("reviewer", "bot".into())])
            .of("no such case")
            .with(&["original_output", "final_output"]),
        told(
            "ai.agent.declared.v1",
            &[agent.clone(), ("operator", "bot".into())],
        ),
        told(
            "ai.agent.present.v1",
            &[agent.clone(), ("state", "live".into())],
        ),
        told(
            "ai.agent.halted.v1",
            &[
                agent.clone(),
                ("by", "bot".into()),
                ("by_kind", "agent".into()),
            ],
        ),
        told(
            "ai.tool_call.v1",
            &[
                agent,
                ("tool", "delete".into()),
                ("result", "ok".into()),
                ("approval_id", "nobody asked".into()),
            ],
        ),
        incident("critical"),
        told("com.example.person", &[("legal_basis", "x".into())]),
    ];
    let shown: Vec<_> = states(&junk)
        .into_iter()
        .filter(|(_, state)| *state == State::Evidenced)
        .collect();
    assert!(shown.is_empty(), "{shown:?}");
}
