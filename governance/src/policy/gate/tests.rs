use super::*;

const WHOLE: &str = r#"
version: "7"
description: "what the loan agents may do"
scope:
  allowed_tools: [search, pay]
  allowed_apis: ["GET https://example.com/v1/*", "POST https://example.com/pay"]
  hidden_tools: [rm]
  allowed_models: [gpt-4o]
budgets:
  - {name: day, by: agent, usd: 100.10, period: day}
  - {name: tokens, by: session, tokens: 1000, period: session, on_expiry: void, reserve_seconds: 60}
  - {name: team, by: "label:team", requests: 10, rolling_seconds: 3600}
session_seconds: 3600
default_max_tokens: 4096
loops:
  - {by: session_tool}
  - {by: cycle, max_calls: 3, action: halt}
rates:
  - {by: agent, per_minute: 60}
approvals: {acts: [pay], people: 2, low_risk: [search]}
presence: {unresponsive_after_seconds: 120}
prices:
  - {model: gpt-4o, input_usd_per_million: "2.5", output_usd_per_million: 10}
"#;

fn policy(text: &str) -> GatePolicy {
    GatePolicy::read("gate.yaml", text.as_bytes()).unwrap()
}

#[test]
fn every_part_is_read() {
    let policy = policy(WHOLE);
    assert_eq!(policy.budgets[0].cap, 100_100_000_000);
    assert_eq!(policy.budgets[1].on_expiry, OnExpiry::Void);
    assert_eq!(policy.budgets[2].by, Counted::Label("team".to_owned()));
    assert_eq!(policy.budgets[2].period, Period::Rolling { seconds: 3_600 });
    assert_eq!(policy.loops[0].by, Some(Counted::SessionTool));
    assert_eq!(
        (policy.loops[0].window_seconds, policy.loops[0].max_calls),
        (60, 5)
    );
    assert_eq!(
        (policy.loops[1].by.clone(), policy.loops[1].action),
        (None, LoopAction::Halt)
    );
    assert!(policy.needs_approval("pay") && !policy.needs_approval("search"));
    assert_eq!(policy.present_within_seconds, Some(120));
    assert_eq!(
        policy.prices.cost("gpt-4o", 1_000, 500).unwrap().nano(),
        7_500_000
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, fault, place) in [
        ("version: '1'\nsurprise: 1", PolicyFault::UnknownKey, (2, 1)),
        ("[]", PolicyFault::NotAMapping, (1, 1)),
        ("version: 1", PolicyFault::Shape, (1, 10)),
        ("{}", PolicyFault::Shape, (1, 1)),
        (
            "version: '1'\nsession_seconds: 86401",
            PolicyFault::Shape,
            (2, 18),
        ),
        (
            "version: '1'\nbudgets:\n  - {name: a, by: agent}",
            PolicyFault::Shape,
            (3, 5),
        ),
        (
            "version: '1'\nbudgets:\n  - {name: a, by: agent, usd: -1}",
            PolicyFault::Shape,
            (3, 31),
        ),
        (
            "version: '1'\nbudgets:\n  - {name: a, by: agent, usd: 1000000.5}",
            PolicyFault::Shape,
            (3, 31),
        ),
        (
            "version: '1'\nbudgets:\n  - {name: a, by: agent, usd: 1e3}",
            PolicyFault::Shape,
            (3, 31),
        ),
        (
            "version: '1'\nbudgets:\n  - {name: a, by: all, usd: 1}",
            PolicyFault::Shape,
            (3, 19),
        ),
        (
            "version: '1'\nloops:\n  - {by: agent, max_calls: 1}",
            PolicyFault::Shape,
            (3, 28),
        ),
        (
            "version: '1'\nloops:\n  - {by: agent, window_seconds: 3601}",
            PolicyFault::Shape,
            (3, 33),
        ),
        (
            "version: '1'\nscope: {allowed_apis: [x]}",
            PolicyFault::Shape,
            (2, 23),
        ),
        (
            "version: '1'\nscope: {allowed_tools: [a, a]}",
            PolicyFault::Shape,
            (2, 28),
        ),
    ] {
        let error = GatePolicy::read("g", text.as_bytes()).unwrap_err();
        let found = error.place.map(|place| (place.line, place.column));
        assert_eq!(
            (error.fault, found),
            (fault, Some(place)),
            "{text}: {error}"
        );
    }
}

#[test]
fn an_address_is_compared_without_its_detours() {
    let scope = policy(WHOLE).scope.unwrap();
    for allowed in [
        "GET https://example.com/v1/a",
        "get HTTPS://Example.com/v1/a",
        "GET https://example.com/x/../v1/a",
        "GET https://example.com/v1/%61",
        "POST https://example.com/./pay",
    ] {
        assert_eq!(scope.api(allowed), Ok(()), "{allowed}");
    }
    for refused in [
        "GET https://example.com/v1/../../admin",
        "GET https://example.com/v1/..",
        "GET https://example.com/v1/%2e%2e/admin",
        "GET https://example.com/v1",
        "GET https://example.com.evil.org/v1/a",
        "PUT https://example.com/v1/a",
        "POST https://example.com/pay/2",
    ] {
        assert_eq!(scope.api(refused), Err(ScopeRefusal::Api), "{refused}");
    }
    for unclear in [
        "GET https://example.com/v1/..%2fadmin",
        "GET https://example.com/v1\\..\\admin",
        "GET https://user@example.com/v1/a",
        "https://example.com/v1/a",
        "GET https://example.com/v1/%zz",
        "GET https://example.com/v1/%252e",
    ] {
        assert_eq!(scope.api(unclear), Err(ScopeRefusal::Address), "{unclear}");
    }
}

#[test]
fn tools_are_compared_exactly_and_hidden_ones_are_not_seen() {
    let scope = policy(WHOLE).scope.unwrap();
    assert_eq!(scope.tool("Search"), Err(ScopeRefusal::Tool));
    assert_eq!(
        scope.visible(["search", "rm", "x", "pay"]),
        ["search", "pay"]
    );
    assert_eq!(scope.model("gpt-4"), Err(ScopeRefusal::Model));
    let hidden = "version: '1'\nscope: {allowed_tools: [rm], hidden_tools: [rm]}";
    assert_eq!(
        policy(hidden).scope.unwrap().tool("rm"),
        Err(ScopeRefusal::Tool)
    );
}

#[test]
fn names_that_nobody_knows_are_found() {
    let set = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned());
        names.collect::<BTreeSet<_>>()
    };
    let (tools, models) = (set(&["search"]), set(&["gpt-4"]));
    let found = policy(WHOLE).unknown_names("gate.yaml", Some(&tools), Some(&models));
    let faults: Vec<_> = found.iter().map(|error| error.fault).collect();
    assert_eq!(
        faults,
        [PolicyFault::UnknownTool, PolicyFault::UnknownModel]
    );
    assert!(
        policy(WHOLE)
            .unknown_names("gate.yaml", None, None)
            .is_empty()
    );
}
