use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    day::Day,
    evaluate::aigc::{Part, evaluate},
    policy::{Compatibility, PolicyError, PolicyFault},
    request::Invocation,
};

fn chain(files: &[(&str, &str)]) -> Result<Chain, PolicyError> {
    let files: BTreeMap<_, _> = files.iter().copied().collect();
    let find = |name: &str| files.get(name).map(|text| text.as_bytes().to_vec());
    Chain::resolve("policy.yaml", files["policy.yaml"].as_bytes(), &find)
}

fn compiled(files: &[(&str, &str)]) -> Result<Compiled, PolicyError> {
    Compiled::new(&chain(files)?, Compatibility::Default)
}

fn fault(text: &str) -> (PolicyFault, Option<(u32, u32)>) {
    let error = compiled(&[("policy.yaml", text)]).unwrap_err();
    (
        error.fault,
        error.place.map(|place| (place.line, place.column)),
    )
}

/// A line and a column.
type At = Option<(u32, u32)>;

/// A policy, what is wrong with it, and where.
const FAULTS: &[(&str, PolicyFault, At)] = &[
    ("roles: [a", PolicyFault::NotYaml, None),
    ("- a", PolicyFault::NotAMapping, Some((1, 1))),
    (
        "policy_version: '1'\nroles: [planner]\nsurprise: 1",
        PolicyFault::UnknownKey,
        Some((3, 1)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\neffective_date: 2001-01-01",
        PolicyFault::UnquotedDate,
        Some((3, 17)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\neffective_date: '2001-02-30'",
        PolicyFault::BadDate,
        Some((3, 17)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\neffective_date: '2002-01-01'\nexpiration_date: '2001-01-01'",
        PolicyFault::DatesReversed,
        Some((3, 17)),
    ),
    (
        "policy_version: '1'\nroles: []",
        PolicyFault::Shape,
        Some((2, 8)),
    ),
    (
        "policy_version: 1\nroles: [a]",
        PolicyFault::Shape,
        Some((1, 17)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\nguards:\n- when: {condition: 'a and'}\n  then: {}",
        PolicyFault::Guard,
        Some((4, 21)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\nguards:\n- when: {condition: ghost}\n  then: {}",
        PolicyFault::UnknownCondition,
        Some((4, 21)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\nguards:\n- when: {condition: role == a}\n  then: {roles: one}",
        PolicyFault::GuardType,
        Some((5, 17)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\noutput_schema:\n  type: text",
        PolicyFault::OutputSchema,
        Some((4, 9)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\noutput_schema:\n  $schema: 'https://json-schema.org/draft/2020-12/schema'",
        PolicyFault::OutputSchema,
        Some((4, 3)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\npre_conditions: {required: {a: {type: text}}}",
        PolicyFault::PreconditionSchema,
        Some((3, 32)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\nextends: other.yaml",
        PolicyFault::MissingBase,
        Some((3, 10)),
    ),
    (
        "policy_version: '1'\nroles: [planner]\nextends: policy.yaml",
        PolicyFault::Cycle,
        Some((3, 10)),
    ),
];

#[test]
fn each_fault_is_a_reason_of_its_own_with_its_place() {
    for (text, found, place) in FAULTS {
        let (kind, at) = fault(text);
        assert_eq!(kind, *found, "{text}");
        assert!(place.is_none() || at == *place, "{text}: {at:?}");
    }
}

#[test]
fn a_cycle_and_too_long_a_chain_are_refused() {
    let cycle = chain(&[
        ("policy.yaml", "extends: base.yaml\n"),
        ("base.yaml", "extends: policy.yaml\n"),
    ]);
    assert_eq!(cycle.unwrap_err().fault, PolicyFault::Cycle);
    let names: Vec<_> = (0..20).map(|level| format!("level-{level}.yaml")).collect();
    let texts: Vec<_> = (1..20)
        .map(|level| format!("extends: level-{level}.yaml\n"))
        .collect();
    let mut files: Vec<_> = names
        .iter()
        .map(String::as_str)
        .zip(texts.iter().map(String::as_str))
        .collect();
    files.push(("policy.yaml", "extends: level-0.yaml\n"));
    assert_eq!(chain(&files).unwrap_err().fault, PolicyFault::TooManyLevels);
}

#[test]
fn dates_of_every_document_count() {
    let files = [
        (
            "policy.yaml",
            "extends: base.yaml\neffective_date: '2026-02-01'\nexpiration_date: '2026-12-31'\n",
        ),
        (
            "base.yaml",
            "policy_version: '1'\nroles: [a]\neffective_date: '2026-01-01'\nexpiration_date: '2026-06-30'\n",
        ),
    ];
    let window = compiled(&files).unwrap().window;
    assert_eq!(
        (window.from, window.to),
        (Day::new(2026, 2, 1), Day::new(2026, 6, 30))
    );
    assert!(window.contains(Day::new(2026, 6, 30).unwrap()));
    assert!(!window.contains(Day::new(2026, 7, 1).unwrap()));
}

#[test]
fn a_digest_is_another_with_another_base() {
    let digest = |base: &str| {
        let files = [("policy.yaml", "extends: base.yaml\n"), ("base.yaml", base)];
        chain(&files).unwrap().digest()
    };
    let one = digest("policy_version: '1'\nroles: [a]\n");
    assert_eq!(one, digest("policy_version: '1'\nroles: [a]\n"));
    assert_ne!(
        one,
        digest("policy_version: '1'\nroles: [a] # the same, in other bytes\n")
    );
}

#[test]
fn what_is_likely_not_meant_is_found() {
    let text = "policy_version: '1'
roles: [planner, pilot]
effective_date: '2026-01-01'
expiration_date: '2026-02-01'
conditions: {vip: {type: boolean}}
tools: {allowed_tools: [{name: search, max_calls: 1}, {name: search, max_calls: 9}, {name: fly}]}
output_schema: {type: object, prefixItems: []}
post_conditions: {required: [checked]}
guards:
- when: {condition: vip}
  then: {roles: [admin]}
";
    let chain = chain(&[("policy.yaml", text)]).unwrap();
    let set = |names: &[&str]| {
        Some(
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<BTreeSet<_>>(),
        )
    };
    let known = Known {
        today: Day::new(2026, 3, 1),
        roles: set(&["planner"]),
        tools: set(&["search"]),
    };
    let findings = chain.findings(Compatibility::Default, &known);
    let faults: Vec<_> = findings.iter().map(|finding| finding.fault).collect();
    assert_eq!(
        faults,
        [
            PolicyFault::Expired,
            PolicyFault::UnknownRole,
            PolicyFault::ConditionWithoutValue,
            PolicyFault::TwoLimits,
            PolicyFault::UnknownTool,
            PolicyFault::NeverAllowed,
            PolicyFault::UnknownKeyword,
            PolicyFault::UnknownPostcondition,
        ]
    );
    assert_eq!(
        findings[1].place.map(|place| (place.line, place.column)),
        Some((2, 18))
    );
    let early = Known {
        today: Day::new(2025, 1, 1),
        ..Known::default()
    };
    assert_eq!(
        chain.findings(Compatibility::Default, &early)[0].fault,
        PolicyFault::NotYetInForce
    );
}

#[test]
fn a_risk_condition_that_nobody_knows_is_found() {
    let found = |text: &str| {
        let chain = chain(&[("policy.yaml", text)]).unwrap();
        chain.findings(Compatibility::Default, &Known::default())
    };
    let text = "policy_version: '1'
roles: [planner]
pre_conditions: {required: {region: {type: string}}}
conditions: {vip: {type: boolean, default: false}}
risk:
  mode: strict
  threshold: 0.5
  factors:
    - {name: typo, weight: 0.9, condition: no_such}
    - {name: known, weight: 0.1, condition: vip}
    - {name: needed, weight: 0.1, condition: region}
    - {name: built in, weight: 0.1, condition: external_model}
";
    let findings = found(text);
    let faults: Vec<_> = findings.iter().map(|finding| finding.fault).collect();
    assert_eq!(faults, [PolicyFault::UnknownCondition], "{findings:?}");
    assert_eq!(findings[0].place.map(|place| place.line), Some(9));
    assert!(findings[0].message.contains("\"no_such\""), "{findings:?}");
    assert!(found(&text.replace("no_such", "no_output_schema")).is_empty());
}

#[test]
fn a_tool_that_the_base_does_not_allow_is_never_allowed() {
    let files = [
        (
            "policy.yaml",
            "extends: base.yaml\ntools: {allowed_tools: [{name: rm}]}\n",
        ),
        (
            "base.yaml",
            "policy_version: '1'\nroles: [a]\ntools: {allowed_tools: [{name: search}]}\n",
        ),
    ];
    let findings = chain(&files)
        .unwrap()
        .findings(Compatibility::Default, &Known::default());
    let faults: Vec<_> = findings
        .iter()
        .map(|finding| (finding.severity, finding.fault))
        .collect();
    assert_eq!(faults, [(Severity::Error, PolicyFault::NeverAllowed)]);
}

/// A random policy, or a part of one.
fn part(
    roles: &[bool],
    tools: &[u8],
    pre: u8,
    post: bool,
    schema: u8,
    guard: Option<u8>,
) -> String {
    let mut text = String::new();
    let names: Vec<_> = ["a", "b", "c"]
        .iter()
        .zip(roles)
        .filter(|(_, on)| **on)
        .map(|(name, _)| *name)
        .collect();
    if !names.is_empty() {
        text.push_str(&format!("roles: [{}]\n", names.join(", ")));
    }
    let limits: Vec<_> = ["x", "y"]
        .iter()
        .zip(tools)
        .filter(|(_, max)| **max > 0)
        .map(|(name, max)| format!("{{name: {name}, max_calls: {max}}}"))
        .collect();
    if !limits.is_empty() {
        text.push_str(&format!(
            "tools: {{allowed_tools: [{}]}}\n",
            limits.join(", ")
        ));
    }
    text.push_str(match pre {
        0 => "",
        1 => "pre_conditions: {required: []}\n",
        2 => "pre_conditions: {required: [k]}\n",
        _ => "pre_conditions: {required: {k: {type: integer, minimum: 2}}}\n",
    });
    if post {
        text.push_str("post_conditions: {required: [output_schema_valid]}\n");
    }
    text.push_str(match schema {
        0 => "",
        1 => "output_schema: {type: object, required: [s]}\n",
        _ => "output_schema: {type: object, properties: {s: {type: integer}}, additionalProperties: false}\n",
    });
    match guard {
        None => {}
        Some(0) => text.push_str("guards: [{when: {condition: role == a}, then: {roles: [b], tools: {allowed_tools: [{name: x, max_calls: 9}]}}}]\n"),
        Some(1) => text.push_str("guards: [{when: {condition: k > 0}, then: {pre_conditions: {required: []}, output_schema: {type: object}}}]\n"),
        Some(_) => text.push_str("guards: [{when: {condition: k > 0}, then: {output_schema: {additionalProperties: true}, risk: {threshold: 1.0}}}]\n"),
    }
    text
}

prop_compose! {
    fn any_part()(roles in prop::collection::vec(any::<bool>(), 3), tools in prop::collection::vec(0_u8..4, 2), pre in 0_u8..4, post in any::<bool>(), schema in 0_u8..3, guard in prop::option::of(0_u8..3)) -> String {
        part(&roles, &tools, pre, post, schema, guard)
    }
}

fn is_allowed(policy: &Compiled, invocation: &Invocation) -> bool {
    evaluate(policy, invocation, None, Part::Whole)
        .failure
        .is_none()
}

fn invocation(role: &str, calls: &[String], k: i8, s: i8) -> Invocation {
    let calls: Vec<_> = calls
        .iter()
        .map(|name| format!("{{\"name\":\"{name}\"}}"))
        .collect();
    let output = match s {
        0 => "{}".to_owned(),
        1 => "{\"s\":1}".to_owned(),
        _ => "{\"s\":\"t\",\"z\":1}".to_owned(),
    };
    let json = format!(
        "{{\"model_provider\":\"p\",\"model_identifier\":\"m\",\"role\":\"{role}\",\"input\":{{}},\"output\":{output},\"context\":{{\"k\":{k}}},\"tool_calls\":[{}]}}",
        calls.join(",")
    );
    Invocation::parse(json.as_bytes(), false).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever a child, its strategy and its guards say: what it allows, its base allows, too, and that without guards.
    #[test]
    fn composing_can_only_restrict(
        base in any_part(), child in any_part(), strategy in prop::sample::select(vec!["", "intersect", "union", "replace"]),
        role in "[abc]", calls in prop::collection::vec("[xyz]", 0..4), k in 0_i8..4, s in 0_i8..3,
    ) {
        let base = format!("policy_version: '1'\n{}{base}", if base.contains("roles:") { "" } else { "roles: [a, b]\n" });
        let strategy = if strategy.is_empty() { String::new() } else { format!("composition_strategy: {strategy}\n") };
        let child = format!("extends: base.yaml\n{strategy}{child}");
        let below = compiled(&[("policy.yaml", &base)]);
        let Ok(own) = compiled(&[("policy.yaml", &child), ("base.yaml", &base)]) else {
            return Ok(());
        };
        let invocation = invocation(&role, &calls, k, s);
        if is_allowed(&own, &invocation) {
            prop_assert!(is_allowed(&below.unwrap(), &invocation), "{base}\n{child}");
        }
    }

    /// What a policy allows it allows without its guards, too.
    #[test]
    fn a_guard_can_only_restrict(policy in any_part(), role in "[abc]", calls in prop::collection::vec("[xyz]", 0..4), k in 0_i8..4, s in 0_i8..3) {
        let policy = format!("policy_version: '1'\n{}{policy}", if policy.contains("roles:") { "" } else { "roles: [a, b]\n" });
        let Ok(guarded) = compiled(&[("policy.yaml", &policy)]) else {
            return Ok(());
        };
        let without = policy.split("guards:").next().unwrap_or_default();
        let invocation = invocation(&role, &calls, k, s);
        if is_allowed(&guarded, &invocation) {
            prop_assert!(is_allowed(&compiled(&[("policy.yaml", without)]).unwrap(), &invocation), "{policy}");
        }
    }
}
