//! Decisions through the writer, over a store in memory.

use std::collections::BTreeMap;

use indelible_governance::{
    claim::Verdict,
    digest::Digest,
    json::Value,
    money::NanoUsd,
    policy::{
        Compatibility, PolicyKind,
        binding::{Binding, Target},
    },
    record::{AgentDeclared, HaltOf, Used},
    request::{Action, ActionKind, Estimate, Request},
    state::{ApprovalState, Person, Standing},
};

mod matters;
mod outputs;
mod snapshots;
mod successor;
mod waiting;

use super::engine::{Bench, events, store};
use crate::{Came, Decided, Engine, GovernError, Ledger, NewPolicy};

const POLICY: &str = "version: \"1\"\nbudgets:\n  - {name: day, by: session, usd: 1.00, period: session}\n\
    approvals: {acts: [pay]}\n";
const AGENT: &str = "loan-agent";

fn request(id: &str, session: &str, action: &str) -> Request {
    Request {
        source: "/agents/loans".to_owned(),
        id: id.to_owned(),
        principal: AGENT.to_owned(),
        agent: AGENT.to_owned(),
        session: Some(session.to_owned()),
        action: Action {
            kind: ActionKind::ToolCall,
            name: action.to_owned(),
            api: None,
            arguments: Value::Null,
        },
        invocation: None,
        estimate: Estimate {
            cost: Some(NanoUsd::from_nano(900_000_000)),
            ..Estimate::default()
        },
        approval: None,
        overriding: None,
        retry_of: None,
        malformed: None,
        aegis: None,
        labels: BTreeMap::new(),
    }
}

/// Puts a policy in force for every request.
fn binding(name: &str, gate: Digest) -> Binding {
    Binding {
        name: name.to_owned(),
        target: Target::default(),
        aigc: None,
        aegis: None,
        gate: Some(gate),
        compatibility: Compatibility::Default,
        strict_mode: false,
        redaction: Vec::new(),
        shadow: false,
    }
}

fn person(name: &str) -> Person {
    Person {
        names: vec![name.to_owned()],
        groups: Vec::new(),
        is_person: true,
        is_approver: true,
    }
}

struct Rig {
    bench: Bench,
    engine: Engine,
    ledger: Ledger,
}

impl Rig {
    fn new(store: &std::sync::Arc<indelible_store::memory::MemoryStore>) -> Self {
        let bench = Bench::new();
        let engine = bench.open(store).unwrap();
        let ledger = bench.ledger(&engine);
        Self {
            bench,
            engine,
            ledger,
        }
    }

    fn decide(&self, request: Request) -> Result<Decided, GovernError> {
        self.bench.runtime.block_on(self.ledger.decide(request))
    }

    /// Registers a policy and binds it for everybody.
    fn govern(&self, policy: &str) -> u64 {
        let new = NewPolicy {
            kind: PolicyKind::Gate,
            documents: vec![(
                "gate.yaml".to_owned(),
                bytes::Bytes::copy_from_slice(policy.as_bytes()),
            )],
        };
        let registered = self.ledger.register_policy(new, "operator");
        let (digest, ..) = self.bench.runtime.block_on(registered).unwrap();
        let bound = self.ledger.bind_policy(binding("all", digest), "operator");
        self.bench.runtime.block_on(bound).unwrap().sequence
    }

    fn declare(&self, operator: &str) {
        let declared = AgentDeclared {
            agent: AGENT.to_owned(),
            operator: Some(operator.to_owned()),
            speakers: Vec::new(),
        };
        let declared = self.ledger.declare_agent(declared, "operator");
        self.bench.runtime.block_on(declared).unwrap();
    }

    fn digest(&self) -> String {
        let digest = self.bench.runtime.block_on(self.ledger.state_digest());
        digest.unwrap().to_string()
    }
}

/// Budget races: litellm 34732, 40095, 35567.
#[test]
fn of_eight_calls_at_once_that_fit_once_one_is_admitted() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    for round in 0..20 {
        let session = format!("s-{round}");
        let calls: Vec<_> = (0..8)
            .map(|call| {
                let ledger = rig.ledger.clone();
                let request = request(&format!("{round}-{call}"), &session, "search");
                rig.bench
                    .runtime
                    .spawn(async move { ledger.decide(request).await.unwrap() })
            })
            .collect();
        let decided = calls
            .into_iter()
            .map(|call| rig.bench.runtime.block_on(call).unwrap());
        let (allowed, denied): (Vec<_>, Vec<_>) =
            decided.partition(|decided| decided.decision.verdict == Verdict::Allow);
        assert_eq!((allowed.len(), denied.len()), (1, 7), "round {round}");
        for denied in denied {
            let failure = denied.decision.failure.unwrap();
            assert_eq!(failure.code, "BUDGET_RESERVED");
        }
    }
    rig.engine.drain().unwrap();
}

/// Unrecorded denials: openclaw 119253, temporal-agent-harness 51, cmcp 144.
#[test]
fn a_denial_is_a_record_and_nothing_is_in_force_before_its_own() {
    let rig = Rig::new(&store());
    let before = rig.decide(request("1", "s", "search")).unwrap();
    assert_eq!(before.decision.verdict, Verdict::Deny);
    assert_eq!(before.decision.failure.unwrap().code, "NO_BINDING");
    let view = rig.ledger.record(before.placed.sequence).unwrap();
    let header = view.header();
    let event = header.kind.event().unwrap();
    assert_eq!(header.kind_name(), "governance");
    assert_eq!(event.event_type, "indelible.governance.decision.v1");
    let bound = rig.govern(POLICY);
    let after = rig.decide(request("2", "s", "search")).unwrap();
    assert_eq!(after.decision.verdict, Verdict::Allow);
    assert!(before.placed.sequence < bound && bound < after.placed.sequence);
    rig.engine.drain().unwrap();
}

#[test]
fn a_binding_that_equals_another_is_refused_and_the_gate_goes_on() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    let digest = *rig
        .ledger
        .cell
        .governed
        .rules()
        .policies
        .keys()
        .next()
        .unwrap();
    let bound = rig
        .ledger
        .bind_policy(binding("others", digest), "operator");
    let refused = rig.bench.runtime.block_on(bound);
    assert!(
        matches!(refused, Err(GovernError::Binding(_))),
        "{refused:?}"
    );
    let after = rig.decide(request("1", "s", "search")).unwrap();
    assert_eq!(after.decision.verdict, Verdict::Allow);
    rig.engine.drain().unwrap();
}

#[test]
fn the_same_request_is_the_same_decision_and_another_under_its_id_is_refused_on_record() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    let first = rig.decide(request("1", "s", "search")).unwrap();
    let again = rig.decide(request("1", "s", "search")).unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(again.placed.sequence, first.placed.sequence);
    assert_eq!(again.decision, first.decision);
    assert_eq!(again.standing, Standing::Pending);
    let size = rig.ledger.summary().size;
    let other = rig.decide(request("1", "s", "delete"));
    assert!(
        matches!(other, Err(GovernError::Conflict { sequence }) if sequence == first.placed.sequence)
    );
    assert_eq!(rig.ledger.summary().size, size + 1);
    // An event can't take the identity either, and a decision not that of an event.
    let runtime = &rig.bench.runtime;
    let taken = events(&rig.ledger, &["e-1"]);
    let appended = runtime.block_on(rig.ledger.append(taken, None)).unwrap();
    let (source, id) = {
        let view = rig.ledger.record(appended.new.unwrap().first).unwrap();
        let body = view.body().unwrap();
        (body.source.to_owned(), body.id.to_owned())
    };
    let of_event = Request {
        source,
        id,
        ..request("x", "s", "search")
    };
    assert!(matches!(
        rig.decide(of_event),
        Err(GovernError::Conflict { .. })
    ));
    rig.engine.drain().unwrap();
}

#[test]
fn what_was_reserved_is_settled_once_and_by_whoever_may_speak_for_the_agent() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    let first = rig.decide(request("1", "s", "search")).unwrap();
    let decision = first.placed.sequence;
    let used = Used {
        tokens: None,
        cost: Some(NanoUsd::from_nano(50_000_000)),
    };
    let complete = |principal: &'static str, used| {
        let completed = rig.ledger.complete(principal, decision, used, Came::Unsaid);
        rig.bench.runtime.block_on(completed)
    };
    let refused = complete("somebody-else", used);
    assert!(matches!(refused, Err(GovernError::NotTheAgent { .. })));
    let settled = complete(AGENT, used).unwrap();
    let again = complete(AGENT, used).unwrap();
    assert!(again.repeated && again.placed.sequence == settled.placed.sequence);
    assert!(matches!(
        complete(AGENT, Used::default()),
        Err(GovernError::Completion(_))
    ));
    // What was not used can be used again.
    let second = rig.decide(request("2", "s", "search")).unwrap();
    assert_eq!(second.decision.verdict, Verdict::Allow);
    let accounts = rig.bench.runtime.block_on(rig.ledger.accounts(None, 10));
    let used = accounts.unwrap()[0].used;
    assert_eq!((used.posted, used.pending), (50_000_000, 900_000_000));
    rig.engine.drain().unwrap();
}

/// Approval not bound to the act: extra 139, agenta 4854, claude-cookbooks 701.
#[test]
fn an_approval_is_of_one_act_by_somebody_else_and_is_used_once() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    rig.declare("unix:operator");
    let asked = rig.decide(request("1", "s", "pay")).unwrap();
    assert_eq!(asked.decision.verdict, Verdict::Escalate);
    let (approval, act) = (asked.open_approval.unwrap(), asked.decision.act.digest);
    let answer = |name: &str| {
        let answered = rig
            .ledger
            .answer_approval(person(name), approval, act, true);
        rig.bench.runtime.block_on(answered)
    };
    for own in [AGENT, "unix:operator"] {
        assert!(
            matches!(answer(own), Err(GovernError::Approval(_))),
            "{own}"
        );
    }
    answer("unix:second").unwrap();
    let approved = |id: &str, amount| Request {
        approval: Some(approval),
        action: Action {
            arguments: amount,
            ..request(id, "s", "pay").action
        },
        ..request(id, "s", "pay")
    };
    let code = |decided: Decided| decided.decision.failure.map(|failure| failure.code);
    let stale = rig.decide(approved("2", Value::unsigned(820_000))).unwrap();
    assert_eq!(code(stale).as_deref(), Some("APPROVAL_STALE"));
    let used = rig.decide(approved("3", Value::Null)).unwrap();
    assert_eq!(code(used), None);
    let twice = rig.decide(approved("4", Value::Null)).unwrap();
    assert_eq!(code(twice).as_deref(), Some("APPROVAL_USED"));
    let approvals = rig
        .bench
        .runtime
        .block_on(rig.ledger.approvals(0, 10, false));
    assert_eq!(approvals.unwrap()[0].state, ApprovalState::Used);
    rig.engine.drain().unwrap();
}

#[test]
fn a_halt_holds_for_every_decision_after_it_and_no_heartbeat_ends_it() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    rig.declare("unix:operator");
    let runtime = &rig.bench.runtime;
    let open = rig.decide(request("1", "s", "search")).unwrap();
    let of = HaltOf::Agent(AGENT.to_owned());
    let halted = runtime.block_on(rig.ledger.halt(of.clone(), "unix:second", 1));
    assert_eq!(halted.unwrap().open_decisions, [open.placed.sequence]);
    runtime
        .block_on(rig.ledger.heartbeat(AGENT, AGENT))
        .unwrap();
    let refused = rig.decide(request("2", "s-2", "search")).unwrap();
    assert_eq!(refused.decision.failure.unwrap().code, "HALTED");
    let again = rig.decide(request("1", "s", "search")).unwrap();
    assert_eq!(again.standing, Standing::Halted);
    let resume = |name: &str| runtime.block_on(rig.ledger.resume(of.clone(), person(name)));
    assert!(matches!(resume("unix:operator"), Err(GovernError::Halt(_))));
    let (_, goes_on) = resume("unix:second").unwrap();
    assert!(goes_on);
    let after = rig.decide(request("3", "s-2", "search")).unwrap();
    assert_eq!(after.decision.verdict, Verdict::Allow);
    rig.engine.drain().unwrap();
}

#[test]
fn the_state_from_the_log_alone_has_the_same_bytes() {
    let store = store();
    let rig = Rig::new(&store);
    // Denied attempts are counted, too.
    rig.govern(&format!(
        "{POLICY}rates: [{{by: agent, per_minute: 100}}]\n"
    ));
    rig.declare("unix:operator");
    for (id, act) in [("1", "search"), ("2", "search"), ("3", "pay")] {
        rig.decide(request(id, "s", act)).unwrap();
    }
    let runtime = &rig.bench.runtime;
    let taken = events(&rig.ledger, &["e-1", "e-2"]);
    runtime.block_on(rig.ledger.append(taken, None)).unwrap();
    let digest = rig.digest();
    let Rig {
        bench,
        engine,
        ledger,
    } = rig;
    drop(ledger);
    engine.drain().unwrap();
    drop(engine);
    let store = std::sync::Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let rig = Rig {
        bench,
        engine,
        ledger,
    };
    assert_eq!(rig.digest(), digest);
    // And what was spent stays spent.
    let more = rig.decide(request("4", "s", "search")).unwrap();
    assert_eq!(more.decision.failure.unwrap().code, "BUDGET_RESERVED");
    rig.engine.drain().unwrap();
}
