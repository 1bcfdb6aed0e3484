use super::*;
use crate::policy::{Compatibility, aigc::Chain};

fn policy(text: &str, compatibility: Compatibility) -> Compiled {
    let chain = Chain::resolve("p.yaml", text.as_bytes(), &|_| None).unwrap();
    Compiled::new(&chain, compatibility).unwrap()
}

fn invocation(role: &str, context: &str, more: &str) -> Invocation {
    let json = format!(
        "{{\"model_provider\":\"openai\",\"model_identifier\":\"m\",\"role\":\"{role}\",\"input\":{{}},\"context\":{context}{more}}}"
    );
    Invocation::parse(json.as_bytes(), false).unwrap()
}

fn code(policy: &Compiled, invocation: &Invocation, part: Part) -> Option<String> {
    evaluate(policy, invocation, None, part)
        .failure
        .map(|failure| failure.code)
}

const RAISES: &str = "policy_version: '1'
roles: [planner]
conditions: {vip: {type: boolean, default: false}}
tools: {allowed_tools: [{name: search, max_calls: 1}]}
guards:
- when: {condition: vip}
  then: {roles: [admin], tools: {allowed_tools: [{name: search, max_calls: 9}]}}
";

#[test]
fn a_guard_widens_for_aigc_and_not_for_us() {
    let calls = ",\"tool_calls\":[{\"name\":\"search\"},{\"name\":\"search\"}]";
    let twice = invocation("planner", "{\"vip\":true}", calls);
    let admin = invocation("admin", "{\"vip\":true}", "");
    let theirs = policy(RAISES, Compatibility::Aigc03);
    assert_eq!(code(&theirs, &twice, Part::Before), None);
    assert_eq!(code(&theirs, &admin, Part::Before), None);
    let ours = policy(RAISES, Compatibility::Default);
    assert_eq!(
        code(&ours, &twice, Part::Before).as_deref(),
        Some("TOOL_CONSTRAINT_VIOLATION")
    );
    assert_eq!(
        code(&ours, &admin, Part::Before).as_deref(),
        Some("ROLE_NOT_ALLOWED")
    );
}

#[test]
fn risk_is_judged_before_the_act_in_the_default_mode_and_after_it_for_aigc() {
    let text = "policy_version: '1'\nroles: [a]\nrisk: {threshold: 0.1, factors: [{name: e, weight: 0.5, condition: external_model}]}\n";
    let asked = invocation("a", "{}", "");
    assert_eq!(
        code(&policy(text, Compatibility::Aigc03), &asked, Part::Before),
        None
    );
    let ours = policy(text, Compatibility::Default);
    assert_eq!(
        code(&ours, &asked, Part::Before).as_deref(),
        Some("RISK_THRESHOLD_EXCEEDED")
    );
    let warns = policy(
        &text.replace("threshold", "mode: warn_only, threshold"),
        Compatibility::Default,
    );
    let evaluation = evaluate(&warns, &asked, None, Part::Before);
    assert_eq!(
        (evaluation.failure, evaluation.trail.warnings.len()),
        (None, 1)
    );
}

#[test]
fn a_guard_may_lower_the_threshold_and_never_raise_it() {
    let text = |then: &str, threshold: &str| {
        format!(
            "policy_version: '1'\nroles: [a]\nrisk: {{threshold: {threshold}, factors: [{{name: e, weight: 0.5, condition: external_model}}]}}\nguards:\n- when: {{condition: role == a}}\n  then: {{risk: {{threshold: {then}}}}}\n"
        )
    };
    let asked = invocation("a", "{}", "");
    let raised = policy(&text("0.9", "0.1"), Compatibility::Default);
    assert!(code(&raised, &asked, Part::Before).is_some());
    let lowered = policy(&text("0.1", "0.9"), Compatibility::Default);
    assert!(code(&lowered, &asked, Part::Before).is_some());
}

#[test]
fn conditions_come_from_the_context_then_the_default() {
    let text = "policy_version: '1'\nroles: [a]\nconditions: {x: {type: boolean, default: true}, y: {type: boolean, required: true}, z: {type: boolean}}\n";
    let policy = policy(text, Compatibility::Default);
    let evaluation = evaluate(
        &policy,
        &invocation("a", "{\"y\":false}", ""),
        None,
        Part::Before,
    );
    assert_eq!(
        evaluation.trail.conditions,
        [("x".to_owned(), true), ("y".to_owned(), false)]
    );
    for context in ["{}", "{\"y\":1}"] {
        let found = code(&policy, &invocation("a", context, ""), Part::Before);
        assert_eq!(
            found.as_deref(),
            Some("CONDITION_RESOLUTION_ERROR"),
            "{context}"
        );
    }
}

#[test]
fn a_guard_that_does_not_fit_is_recorded_where_aigc_breaks_off() {
    let text = "policy_version: '1'\nroles: [a]\nguards:\n- when: {condition: role == a}\n  then: {roles: one}\n";
    let theirs = policy(text, Compatibility::Aigc03);
    let found = code(&theirs, &invocation("a", "{}", ""), Part::Whole);
    assert_eq!(found.as_deref(), Some("GUARD_EVALUATION_ERROR"));
}
