//! What came out of acts, judged when decisions are completed.

use indelible_governance::{
    evaluate::{OUTPUT_NOT_SHOWN, Output},
    json::{Limits, read},
    request::Invocation,
};

use super::*;

const AIGC: &str = "policy_version: '1'\nroles: [planner]\n\
    output_schema: {type: object, required: [answer]}\n";
const OTHER: &str = "policy_version: '2'\nroles: [planner]\n";

fn asked(id: &str) -> Request {
    let json = br#"{"model_provider":"x","model_identifier":"m","role":"planner","input":{},"context":{}}"#;
    Request {
        invocation: Some(Invocation::parse(json, false).unwrap()),
        ..request(id, "s", "search")
    }
}

fn output(json: &str) -> Output {
    let limits = Limits {
        bytes: json.len(),
        levels: 8,
    };
    Output {
        content: read(json.as_bytes(), limits).unwrap(),
        tools: Vec::new(),
    }
}

fn shown(json: &str, request: Option<Request>) -> Came {
    Came::Shown {
        output: output(json),
        request: request.map(Box::new),
    }
}

impl Rig {
    /// Registers a policy of AIGC's kind, and binds it for everybody.
    fn govern_outputs(&self, policy: &str) {
        let new = NewPolicy {
            kind: PolicyKind::Aigc,
            documents: vec![(
                "policy.yaml".to_owned(),
                bytes::Bytes::copy_from_slice(policy.as_bytes()),
            )],
        };
        let registered = self.ledger.register_policy(new, "admin");
        let (digest, ..) = self.bench.runtime.block_on(registered).unwrap();
        let all = Binding {
            aigc: Some(digest),
            gate: None,
            ..binding("all", digest)
        };
        let bound = self.ledger.bind_policy(all, "admin");
        self.bench.runtime.block_on(bound).unwrap();
    }

    fn complete(&self, decision: u64, came: Came) -> Result<crate::Settled, GovernError> {
        let completed = self.ledger.complete(AGENT, decision, Used::default(), came);
        self.bench.runtime.block_on(completed)
    }
}

#[test]
fn an_output_is_judged_under_the_policy_of_its_decision_whatever_is_bound_since() {
    let rig = Rig::new(&store());
    rig.govern_outputs(AIGC);
    let decide = |id: &str| rig.decide(asked(id)).unwrap().placed.sequence;
    let (first, second, third) = (decide("1"), decide("2"), decide("3"));
    let verdict = |settled: crate::Settled| settled.completion.unwrap().verdict;
    let fits = rig.complete(first, shown(r#"{"answer":1}"#, Some(asked("1"))));
    assert_eq!(verdict(fits.unwrap()), Verdict::Allow);
    // Another policy, which says nothing of outputs, is in force from here on.
    rig.govern_outputs(OTHER);
    let settled = rig.complete(second, shown("{}", Some(asked("2")))).unwrap();
    let completion = settled.completion.unwrap();
    assert_eq!(completion.verdict, Verdict::Deny);
    let code = completion.failure.unwrap().code;
    assert_eq!(code, "OUTPUT_SCHEMA_VALIDATION_ERROR");
    // It is settled, and the same again gets the same.
    let again = rig.complete(second, shown("{}", Some(asked("2")))).unwrap();
    assert!(again.repeated && verdict(again) == Verdict::Deny);
    let other = rig.complete(second, shown(r#"{"answer":1}"#, Some(asked("2"))));
    assert!(matches!(other, Err(GovernError::Completion(_))));
    let silent = rig.complete(third, Came::Unsaid).unwrap();
    let failure = silent.completion.unwrap().failure.unwrap();
    assert_eq!(failure.code, OUTPUT_NOT_SHOWN);
    rig.engine.drain().unwrap();
}

#[test]
fn an_output_comes_with_the_request_that_was_decided() {
    let rig = Rig::new(&store());
    rig.govern_outputs(AIGC);
    let decision = rig.decide(asked("1")).unwrap().placed.sequence;
    let mut other = asked("1");
    other.estimate.cost = None;
    for wrong in [None, Some(other), Some(asked("2"))] {
        let refused = rig.complete(decision, shown(r#"{"answer":1}"#, wrong));
        assert!(matches!(refused, Err(GovernError::Field(_))), "{refused:?}");
    }
    // Whoever may not speak for the agent is not told whether it is the request.
    for guess in [asked("1"), asked("2")] {
        let came = shown(r#"{"answer":1}"#, Some(guess));
        let completed = rig
            .ledger
            .complete("stranger", decision, Used::default(), came);
        let refused = rig.bench.runtime.block_on(completed);
        assert!(matches!(refused, Err(GovernError::NotTheAgent { .. })));
    }
    let fits = rig.complete(decision, shown(r#"{"answer":1}"#, Some(asked("1"))));
    assert!(fits.unwrap().completion.unwrap().output.is_some());
    rig.engine.drain().unwrap();
}
