use super::*;
use crate::{
    claim::LoopAction,
    money::NanoUsd,
    policy::{Compatibility, aigc::Chain},
    request::{Estimate, Invocation, tests::request},
};

const AIGC: &str = "policy_version: '1'
roles: [planner]
effective_date: '2026-01-01'
pre_conditions: {required: [ticket]}
";

const GATE: &str = "version: '1'
scope: {allowed_tools: [search], allowed_models: [gpt-4o]}
budgets:
  - {name: money, by: agent, usd: 1}
  - {name: team, by: \"label:team\", tokens: 10}
loops: [{by: session_tool, action: halt}]
prices: [{model: gpt-4o, input_usd_per_million: 2.5, output_usd_per_million: 10}]
";

fn bound(aigc: Option<&str>, gate: Option<&str>) -> Bound {
    let compiled = |text: &str| {
        let chain = Chain::resolve("p.yaml", text.as_bytes(), &|_| None).unwrap();
        Compiled::new(&chain, Compatibility::Default).unwrap()
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

fn asked() -> Request {
    let mut asked = request("1", "a");
    asked.labels = [("team".to_owned(), "loans".to_owned())].into();
    asked.estimate = Estimate {
        input_tokens: Some(3),
        output_tokens: Some(4),
        cost: Some(NanoUsd::from_nano(5)),
    };
    asked
}

fn model_call(model: &str) -> Request {
    let mut asked = asked();
    asked.action.kind = ActionKind::ModelCall;
    asked.action.name = model.to_owned();
    asked
}

fn invocation(context: &str, more: &str) -> Invocation {
    let json = format!(
        "{{\"model_provider\":\"x\",\"model_identifier\":\"gpt-4o\",\"role\":\"planner\",\"input\":{{}},\"context\":{context}{more}}}"
    );
    Invocation::parse(json.as_bytes(), false).unwrap()
}

fn code(proposal: &Proposal) -> Option<&str> {
    proposal.failure.as_ref().map(|failure| &*failure.code)
}

fn amounts(proposal: &Proposal) -> Vec<u64> {
    let reserved = proposal.claims.iter().filter_map(|claim| match claim {
        Claim::Reserve(reserve) => Some(reserve.amount),
        _ => None,
    });
    reserved.collect()
}

#[test]
fn what_needs_the_state_becomes_claims_in_the_order_of_the_steps() {
    let bound = bound(None, Some(GATE));
    let proposal = propose(Some(&bound), &asked(), b"salt");
    assert_eq!((proposal.verdict, code(&proposal)), (Verdict::Allow, None));
    let stages: Vec<_> = proposal.claims.iter().map(Claim::stage).collect();
    assert_eq!(
        stages,
        [
            Stage::Principal,
            Stage::Halt,
            Stage::Policy,
            Stage::Loops,
            Stage::Budgets,
            Stage::Budgets
        ]
    );
    assert_eq!(amounts(&proposal), [5, 7]);
    let Claim::Calls(calls) = &proposal.claims[3] else {
        panic!()
    };
    assert_eq!((calls.max_calls, calls.action), (5, LoopAction::Halt));
    assert_eq!(proposal.policies, bound.policies());
}

#[test]
fn a_model_without_a_price_is_denied_and_never_free() {
    let open = GATE.replace(", allowed_models: [gpt-4o]", "");
    let gate = bound(None, Some(&open));
    let known = propose(Some(&gate), &model_call("gpt-4o-mini"), b"");
    assert_eq!(
        amounts(&known),
        [47_500, 7],
        "the longest name that it begins with"
    );
    let unknown = propose(Some(&gate), &model_call("other"), b"");
    assert_eq!(code(&unknown), Some("MODEL_WITHOUT_PRICE"));
    let outside = bound(None, Some(GATE));
    assert_eq!(
        code(&propose(Some(&outside), &model_call("other"), b"")),
        Some("SCOPE_VIOLATION")
    );
}

#[test]
fn what_the_policy_counts_and_the_request_lacks_is_a_denial() {
    let gate = bound(None, Some(GATE));
    let change = |change: &dyn Fn(&mut Request)| {
        let mut asked = asked();
        change(&mut asked);
        let proposal = propose(Some(&gate), &asked, b"");
        (
            code(&proposal).map(str::to_owned),
            proposal.failure.map(|failure| failure.stage),
        )
    };
    let of = |code: &str, stage| (Some(code.to_owned()), Some(stage));
    assert_eq!(
        change(&|asked| asked.labels.clear()),
        of("NOT_COUNTABLE", Stage::Budgets)
    );
    assert_eq!(
        change(&|asked| asked.session = None),
        of("NOT_COUNTABLE", Stage::Loops)
    );
    assert_eq!(
        change(&|asked| asked.estimate = Estimate::default()),
        of("ESTIMATE_MISSING", Stage::Budgets)
    );
    assert_eq!(
        change(&|asked| asked.action.name = "rm".to_owned()),
        of("SCOPE_VIOLATION", Stage::Scope)
    );
    assert_eq!(
        change(&|asked| asked.agent = String::new()),
        of("INVALID_REQUEST", Stage::Principal)
    );
}

#[test]
fn a_default_counts_where_no_number_of_tokens_is_said() {
    let text =
        "version: '1'\ndefault_max_tokens: 100\nbudgets: [{name: t, by: agent, tokens: 1000}]\n";
    let gate = bound(None, Some(text));
    let mut silent = asked();
    silent.estimate = Estimate::default();
    assert_eq!(amounts(&propose(Some(&gate), &silent, b"")), [100]);
    silent.estimate.input_tokens = Some(3);
    let half = propose(Some(&gate), &silent, b"");
    assert_eq!(amounts(&half), [103], "what it is silent of is not free");
    let strict = bound(None, Some(&text.replace("default_max_tokens: 100\n", "")));
    let half = propose(Some(&strict), &silent, b"");
    assert_eq!(code(&half), Some("ESTIMATE_MISSING"));
}

#[test]
fn nothing_bound_is_a_denial() {
    let proposal = propose(None, &asked(), b"");
    assert_eq!(
        (proposal.verdict, code(&proposal)),
        (Verdict::Deny, Some("NO_BINDING"))
    );
}

#[test]
fn an_aigc_policy_is_held_against_the_invocation_and_its_dates_are_a_claim() {
    let aigc = bound(Some(AIGC), None);
    let mut asked = asked();
    assert_eq!(
        code(&propose(Some(&aigc), &asked, b"")),
        Some("INVOCATION_VALIDATION_ERROR")
    );
    asked.invocation = Some(invocation("{\"ticket\":1}", ""));
    let proposal = propose(Some(&aigc), &asked, b"");
    assert_eq!(code(&proposal), None);
    assert!(proposal.claims.iter().any(|claim| matches!(
        claim,
        Claim::InDate {
            from: Some(_),
            to: None
        }
    )));
    asked.invocation = Some(invocation("{}", ""));
    assert_eq!(
        code(&propose(Some(&aigc), &asked, b"")),
        Some("PRECONDITION_FAILED")
    );
    asked.invocation = Some(invocation(
        "{\"ticket\":1}",
        ",\"policy_file\":\"other.yaml\"",
    ));
    assert_eq!(
        code(&propose(Some(&aigc), &asked, b"")),
        Some("POLICY_NOT_BOUND")
    );
    asked.invocation = Some(invocation("{\"ticket\":1}", ",\"policy_file\":\"p.yaml\""));
    assert_eq!(code(&propose(Some(&aigc), &asked, b"")), None);
}

#[test]
fn the_first_step_that_fails_decides_and_its_words_are_redacted() {
    let both = bound(Some(AIGC), Some(GATE));
    let mut asked = asked();
    asked.action.name = "rm".to_owned();
    asked.invocation = Some(invocation("{}", ""));
    assert_eq!(
        code(&propose(Some(&both), &asked, b"")),
        Some("PRECONDITION_FAILED")
    );
    let mut invocation = invocation("{\"ticket\":1}", "");
    invocation.role = "123-45-6789".to_owned();
    asked.invocation = Some(invocation);
    let failure = propose(Some(&both), &asked, b"").failure.unwrap();
    assert_eq!(failure.message, "Unauthorized role '[REDACTED:ssn]'");
    assert_eq!(failure.redacted, ["ssn"]);
}

#[test]
fn what_may_be_granted_is_what_was_asked_for_at_its_cost() {
    let digest = |request: &Request| propose(None, request, b"").act.digest;
    let mut dearer = asked();
    dearer.estimate.cost = Some(NanoUsd::from_nano(900_000_000_000));
    assert_ne!(digest(&asked()), digest(&dearer));
}
