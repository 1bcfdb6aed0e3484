//! What a decision comes to: proceed, pause, halt, escalate.

use indelible_governance::{
    claim::{
        Claim, Of, Verdict,
        aegis::{Gate, HumanReason},
        conclusion::{Conclusion, Constraint, NextStep, Rationale, Status},
    },
    record::Decision,
};

use crate::ledger::{Ledger, code, request, value};

fn ledger() -> Ledger {
    Ledger::new("version: '1'", None, false)
}

fn conclusion(decision: &Decision) -> &Conclusion {
    decision.aegis.as_ref().unwrap()
}

fn status(decision: &Decision) -> Status {
    conclusion(decision).status
}

#[test]
fn what_passes_all_gates_proceeds_with_every_field() {
    let mut ledger = ledger();
    let decision = ledger.decide("{}");
    assert_eq!(decision.verdict, Verdict::Allow);
    let conclusion = conclusion(&decision);
    assert_eq!(conclusion.status, Status::Proceed);
    assert_eq!((conclusion.gates_passed, conclusion.gates_failed), (6, 0));
    assert_eq!(conclusion.confidence.get(), 0.75);
    assert_eq!(conclusion.rationale, [Rationale::AllGatesPassed]);
    assert_eq!(conclusion.next_steps, [NextStep::DoAsProposed]);
    assert_eq!(conclusion.constraints, [Constraint::DriftNotMeasured]);
    assert!(!conclusion.override_eligible && conclusion.shadow.is_none());
    let rules: Vec<_> = conclusion
        .trace
        .iter()
        .map(|traced| format!("{}={}", traced.rule, traced.found))
        .collect();
    assert_eq!(
        rules,
        [
            "gate.risk=passed",
            "gate.profit=passed",
            "gate.novelty=passed",
            "gate.complexity=passed",
            "gate.quality=passed",
            "gate.utility=passed",
            "human_approval=not_required",
            "drift=no_baseline",
            "status=proceed",
        ]
    );
    assert_eq!(decision.policies, [ledger.policy()]);
}

#[test]
fn a_gate_that_fails_pauses_until_two_people_sign() {
    let mut ledger = ledger();
    let decision = ledger.decide(r#"{"novelty_score": 0.5, "time_sensitive": true}"#);
    assert_eq!(
        (decision.verdict, code(&decision), status(&decision)),
        (Verdict::Deny, Some("AEGIS_PAUSE"), Status::Pause)
    );
    let conclusion = conclusion(&decision);
    assert_eq!(conclusion.failing_gates, [Gate::Novelty]);
    assert!(conclusion.override_eligible);
    assert_eq!(conclusion.override_requires, ["risk_lead", "security_lead"]);
    assert_eq!(
        conclusion.next_steps,
        [
            NextStep::ImproveGates,
            NextStep::RequestOverride,
            NextStep::TellPeople
        ],
        "time that presses changes no verdict"
    );
}

#[test]
fn complexity_halts_and_nobody_can_override_it() {
    let mut ledger = ledger();
    let mut asked = request(r#"{"complexity_score": 0.4, "estimated_impact": "high"}"#);
    asked.overriding = Some(3);
    let decision = ledger.ask(asked);
    assert_eq!(
        (decision.verdict, code(&decision), status(&decision)),
        (Verdict::Deny, Some("AEGIS_HALT"), Status::Halt)
    );
    assert!(!conclusion(&decision).override_eligible);
    assert!(ledger.state.halts(10).is_empty(), "it halts nobody");
    let halts = "halt_agent: true";
    let mut ledger = Ledger::new(halts, None, false);
    ledger.decide(r#"{"complexity_score": 0.4}"#);
    assert_eq!(ledger.state.halts(10).len(), 1);
    assert_eq!(code(&ledger.decide("{}")), Some("HALTED"));
}

#[test]
fn what_a_human_must_decide_escalates_and_is_granted_once() {
    for (figures, reason) in [
        (r#"{"estimated_impact": "high"}"#, HumanReason::ImpactHigh),
        (
            r#"{"estimated_impact": "critical"}"#,
            HumanReason::ImpactCritical,
        ),
        (r#"{"reversible": false}"#, HumanReason::NotReversible),
        (
            r#"{"requires_human_approval": true}"#,
            HumanReason::Requested,
        ),
        (r#"{"risk_proposed": 0.9}"#, HumanReason::RiskGateFailed),
        (
            r#"{"risk_baseline": 0.1, "risk_proposed": 0.36}"#,
            HumanReason::RiskPosterior,
        ),
    ] {
        let mut ledger = ledger();
        let decision = ledger.decide(figures);
        assert_eq!(
            (decision.verdict, status(&decision)),
            (Verdict::Escalate, Status::Escalate),
            "{figures}"
        );
        let evaluation = decision.trail.aegis.as_ref().unwrap();
        assert!(evaluation.human.contains(&reason), "{figures}");
        let open = ledger.state.approvals(ledger.time, 0, 1, true);
        let shown = &open[0].opened.asked.reason;
        assert!(shown.contains(reason.text()), "{shown}");
        let number = ledger.grant(&decision);
        let mut again = request(figures);
        again.approval = Some(number);
        let granted = ledger.ask(again.clone());
        assert_eq!(status(&granted), Status::Proceed, "{figures}");
        let conclusion = conclusion(&granted);
        assert!(conclusion.rationale.contains(&Rationale::HumanApproved));
        assert!(
            conclusion
                .constraints
                .contains(&Constraint::OnlyWhatWasGranted)
        );
        assert_eq!(code(&ledger.ask(again)), Some("APPROVAL_USED"));
    }
}

#[test]
fn other_figures_are_another_act_than_was_granted() {
    let mut ledger = ledger();
    let decision = ledger.decide(r#"{"reversible": false, "risk_proposed": 0.01}"#);
    let number = ledger.grant(&decision);
    let mut riskier = request(r#"{"reversible": false, "risk_proposed": 0.02}"#);
    riskier.approval = Some(number);
    assert_eq!(code(&ledger.ask(riskier)), Some("APPROVAL_STALE"));
}

#[test]
fn a_human_who_grants_does_not_stand_for_two_who_sign() {
    let mut ledger = ledger();
    let figures = r#"{"reversible": false, "quality_score": 0.5}"#;
    let decision = ledger.decide(figures);
    assert_eq!(status(&decision), Status::Escalate);
    let steps = &conclusion(&decision).next_steps;
    assert!(steps.contains(&NextStep::RequestOverride), "{steps:?}");
    let number = ledger.grant(&decision);
    let mut again = request(figures);
    again.approval = Some(number);
    let granted = ledger.ask(again);
    assert_eq!(
        (granted.verdict, code(&granted), status(&granted)),
        (Verdict::Deny, Some("AEGIS_PAUSE"), Status::Pause)
    );
    assert!(!granted.approval_used, "what is refused uses nothing up");
}

#[test]
fn figures_that_can_t_be_taken_are_a_denial_on_record() {
    let mut ledger = ledger();
    let decision = ledger.decide(r#"{"risk_proposed": 1.5}"#);
    assert_eq!(code(&decision), Some("AEGIS_FIGURES"));
    let failure = decision.failure.unwrap();
    assert_eq!(failure.field.as_deref(), Some("risk_proposed"));
    let mut without = request("{}");
    without.aegis = None;
    assert_eq!(code(&ledger.ask(without)), Some("AEGIS_FIGURES"));
    let shadow = ledger.decide(r#"{"shadow_mode": true}"#);
    assert_eq!(code(&shadow), Some("AEGIS_FIGURES"));
}

#[test]
fn a_quick_check_never_satisfies_a_policy_of_six_gates() {
    let mut ledger = ledger();
    let mut quick = request("{}");
    quick.aegis = Some(value(
        r#"{"quick_risk_check": {"risk_score": 0.1, "threshold": 0.5}}"#,
    ));
    assert_eq!(code(&ledger.ask(quick.clone())), Some("AEGIS_FIGURES"));
    ledger.bound.aegis = None;
    let safe = ledger.ask(quick.clone());
    assert!(safe.trail.quick.unwrap().safe);
    quick.aegis = Some(value(
        r#"{"quick_risk_check": {"risk_score": 0.5, "threshold": 0.5}}"#,
    ));
    let unsafe_one = ledger.ask(quick);
    assert_eq!(code(&unsafe_one), Some("QUICK_RISK"));
    assert!(unsafe_one.aegis.is_none());
}

#[test]
fn decisions_of_an_agent_have_the_published_rate_and_one_rule_counts_once() {
    let gate = "version: '1'\nrates: [{by: agent, per_minute: 2}]\n";
    let mut ledger = Ledger::new("mcp_rate_limit: 2", Some(gate), false);
    let decision = ledger.decide("{}");
    let rates = decision.claims.iter().filter(|judged| {
        matches!(
            &judged.claim,
            Claim::Rate {
                of: Of::Agent(_),
                ..
            }
        )
    });
    assert_eq!(rates.count(), 1);
    assert!(ledger.decide("{}").verdict.is_allowed());
    let third = ledger.decide("{}");
    assert_eq!(
        (code(&third), status(&third)),
        (Some("RATE"), Status::Pause)
    );
    let mut unlimited = Ledger::new("mcp_rate_limit: 0", None, false);
    for _ in 0..70 {
        assert!(unlimited.decide("{}").verdict.is_allowed());
    }
}

#[test]
fn what_another_rule_refuses_is_a_halt_with_its_reason() {
    let gate = "version: '1'\nscope: {allowed_tools: [search], allowed_apis: ['GET https://a.example/*']}\n";
    let mut ledger = Ledger::new("version: '1'", Some(gate), false);
    let mut asked = request("{}");
    asked.action.api = Some("GET https://b.example/x".to_owned());
    let decision = ledger.ask(asked);
    assert_eq!(
        (code(&decision), status(&decision)),
        (Some("SCOPE_VIOLATION"), Status::Halt)
    );
    assert_eq!(
        conclusion(&decision).rationale,
        [Rationale::AllGatesPassed, Rationale::OtherRule]
    );
    assert_eq!(conclusion(&decision).next_steps, [NextStep::SeeFailure]);
}
