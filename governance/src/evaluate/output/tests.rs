use super::*;
use crate::{
    claim::Verdict,
    evaluate::propose,
    json::{Limits, read},
    policy::{
        Compatibility,
        aigc::{Chain, Compiled},
        gate::GatePolicy,
    },
    record::Entry,
    redact::Redaction,
    request::{Invocation, tests::request},
    state::{Position, State},
};

const SCHEMA: &str = "policy_version: '1'
roles: [planner]
conditions: {vip: {type: boolean, default: false}}
tools: {allowed_tools: [{name: search, max_calls: 2}]}
output_schema: {type: object, required: [answer], properties: {answer: {type: string}}}
post_conditions: {required: [output_schema_valid]}
guards:
- when: {condition: vip}
  then: {output_schema: {type: object, properties: {answer: {maxLength: 3}}}}
";
const GATE: &str = "version: '1'\nscope: {allowed_tools: [search, pay]}\n";

fn bound(aigc: Option<&str>, gate: Option<&str>, compatibility: Compatibility) -> Bound {
    let compiled = |text: &str| {
        let chain = Chain::resolve("p.yaml", text.as_bytes(), &|_| None).unwrap();
        Compiled::new(&chain, compatibility).unwrap()
    };
    Bound {
        sequence: 7,
        aigc: aigc.map(compiled),
        gate: gate.map(|text| GatePolicy::read("g", text.as_bytes()).unwrap()),
        aegis: None,
        risk: None,
        redaction: Redaction::new(&[]).unwrap(),
        shadow: false,
    }
}

fn ours(aigc: &str) -> Bound {
    bound(Some(aigc), None, Compatibility::Default)
}

fn asked(context: &str, more: &str) -> Request {
    let json = format!(
        "{{\"model_provider\":\"x\",\"model_identifier\":\"m\",\"role\":\"planner\",\"input\":{{}},\"context\":{context}{more}}}"
    );
    let mut asked = request("1", "a");
    asked.invocation = Some(Invocation::parse(json.as_bytes(), false).unwrap());
    asked
}

fn output(json: &str, tools: &[&str]) -> Output {
    let limits = Limits {
        bytes: json.len(),
        levels: 64,
    };
    Output {
        content: read(json.as_bytes(), limits).unwrap(),
        tools: tools.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn judged(bound: &Bound, request: &Request, output: &Output) -> (Verdict, Option<String>) {
    let judged = judge_output(bound, Some(request), output);
    (judged.verdict(), judged.failure.map(|failure| failure.code))
}

/// The decision that a state without limits comes to.
fn decided(bound: &Bound, request: &Request) -> Decision {
    let mut state = State::new();
    let version = crate::SEMANTICS_VERSION;
    let position = Position {
        sequence: 1,
        time: 1,
    };
    state
        .apply(position, &Entry::Semantics { version })
        .unwrap();
    state.judge(2, &propose(Some(bound), request, b"salt"))
}

#[test]
fn an_output_is_held_against_the_schema_under_the_guards_of_the_request() {
    let policy = ours(SCHEMA);
    let (plain, vip) = (asked("{}", ""), asked("{\"vip\":true}", ""));
    let denied = (
        Verdict::Deny,
        Some("OUTPUT_SCHEMA_VALIDATION_ERROR".to_owned()),
    );
    let long = output("{\"answer\":\"longer\"}", &[]);
    assert_eq!(judged(&policy, &plain, &long), (Verdict::Allow, None));
    assert_eq!(judged(&policy, &vip, &long), denied);
    assert_eq!(judged(&policy, &plain, &output("{}", &[])), denied);
    let code = judged(&policy, &plain, &output("[1]", &[])).1;
    assert_eq!(code.as_deref(), Some("INVOCATION_VALIDATION_ERROR"));
}

#[test]
fn each_tool_that_an_output_asks_to_call_is_named_allowed_or_denied() {
    let policy = bound(Some(SCHEMA), Some(GATE), Compatibility::Default);
    let fits = |tools: &[&str], request: &Request| {
        let judged = judge_output(&policy, Some(request), &output("{\"answer\":\"a\"}", tools));
        let told = judged.tools.iter().map(|tool| {
            let code = tool.failure.as_ref().map(|failure| failure.code.clone());
            (tool.name.clone(), code)
        });
        (judged.verdict(), told.collect::<Vec<_>>())
    };
    let plain = asked("{}", "");
    let (verdict, told) = fits(&["search", "search"], &plain);
    assert_eq!(
        (verdict, told),
        (Verdict::Allow, vec![("search".to_owned(), None)])
    );
    // The AIGC policy knows no `pay`, and the scope no `rm`.
    let (verdict, told) = fits(&["rm", "search", "pay"], &plain);
    assert_eq!(verdict, Verdict::Deny);
    let code = |place: usize| told[place].1.as_deref();
    assert_eq!(code(0), Some("TOOL_CONSTRAINT_VIOLATION"));
    assert_eq!(code(1), Some("TOOL_CONSTRAINT_VIOLATION"));
    assert_eq!((told[2].0.as_str(), code(2)), ("search", None));
    // What the request called counts.
    let called = asked("{}", ",\"tool_calls\":[{\"name\":\"search\"}]");
    assert_eq!(fits(&["search"], &called).0, Verdict::Allow);
    assert_eq!(fits(&["search", "search"], &called).0, Verdict::Deny);
    let only_scope = bound(None, Some(GATE), Compatibility::Default);
    let judged = judge_output(&only_scope, None, &output("1", &["rm"]));
    assert_eq!(judged.failure.unwrap().code, "SCOPE_VIOLATION");
}

#[test]
fn whether_an_output_is_to_be_judged_the_policy_and_the_decision_say() {
    let plain = asked("{}", "");
    let policy = ours(SCHEMA);
    assert!(policy.judges_output(&decided(&policy, &plain)));
    let whole = asked("{}", ",\"output\":{\"answer\":\"a\"}");
    assert!(!policy.judges_output(&decided(&policy, &whole)));
    let silent = ours("policy_version: '1'\nroles: [planner]\n");
    assert!(!silent.judges_output(&decided(&silent, &plain)));
    let guard = "policy_version: '1'\nroles: [planner]\nconditions: {vip: {type: boolean, default: false}}\n\
        guards:\n- when: {condition: vip}\n  then: {output_schema: {type: object}}\n";
    assert!(ours(guard).judges_output(&decided(&ours(guard), &plain)));
    let risk = "policy_version: '1'\nroles: [planner]\nrisk: {threshold: 0.9, factors: [{name: e, weight: 0.1, condition: external_model}]}\n";
    assert!(!ours(risk).judges_output(&decided(&ours(risk), &plain)));
    let theirs = bound(Some(risk), None, Compatibility::Aigc03);
    assert!(theirs.judges_output(&decided(&theirs, &plain)));
    assert_eq!(not_shown().verdict(), Verdict::Deny);
}

#[test]
fn what_an_output_holds_does_not_stand_in_the_message() {
    let schema = "policy_version: '1'\nroles: [planner]\noutput_schema: {type: object, properties: {to: {type: integer}}}\n";
    let judged = judge_output(
        &ours(schema),
        Some(&asked("{}", "")),
        &output("{\"to\":\"jane@example.com\"}", &[]),
    );
    let failure = judged.failure.unwrap();
    assert!(!failure.message.contains("jane@"), "{}", failure.message);
    assert_eq!(failure.redacted, ["email"]);
}

#[test]
fn the_digest_of_an_output_is_salted_and_of_all_of_it() {
    let one = output("{\"answer\":\"a\"}", &["search"]);
    let digest = one.digest(b"salt");
    assert_eq!(
        output("{ \"answer\": \"a\" }", &["search"]).digest(b"salt"),
        digest
    );
    assert_ne!(one.digest(b"other"), digest);
    assert_ne!(output("{\"answer\":\"a\"}", &[]).digest(b"salt"), digest);
    assert_ne!(
        output("{\"answer\":\"b\"}", &["search"]).digest(b"salt"),
        digest
    );
}

#[test]
fn an_output_names_no_more_tools_than_it_may() {
    let many = vec!["search"; OUTPUT_TOOLS_MAX + 1];
    assert_eq!(output("1", &many).check(), Err(OutputError::TooMany));
    assert_eq!(output("1", &["a\n"]).check(), Err(OutputError::Name));
    assert_eq!(output("1", &many[1..]).check(), Ok(()));
}
