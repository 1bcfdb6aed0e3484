mod aegis;
mod agents;
mod approvals;
mod budgets;
mod handing;
mod loops;
mod model;
mod people;
mod recorded_loops;
mod retries;
mod signing;
mod snapshots;

use super::*;
use crate::{
    SEMANTICS_VERSION,
    claim::{AccountKey, Act, Claim, Of, OnExpiry, Proposal, Reserve, Unit, Verdict, trail::Trail},
    day::{Period, SECOND_NS},
    digest::Digest,
    record::{AgentDeclared, Decision, Entry, OutputJudged, Used},
    request::ActionKind,
};

/// A morning in 2026.
const START: u64 = 1_780_300_800 * SECOND_NS;

/// A state, and a log that grows by what is applied.
struct Ledger {
    state: State,
    log: Vec<(Position, Entry)>,
    time: u64,
}

impl Ledger {
    fn new() -> Self {
        let mut ledger = Self {
            state: State::new(),
            log: Vec::new(),
            time: START,
        };
        ledger.apply(Entry::Semantics {
            version: SEMANTICS_VERSION,
        });
        for agent in ["a", "b"] {
            ledger.apply(Entry::Agent(AgentDeclared {
                agent: agent.to_owned(),
                operator: Some(format!("operator-of-{agent}")),
                speakers: vec!["gateway".to_owned()],
            }));
        }
        ledger
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.time += seconds * SECOND_NS;
        self
    }

    fn apply(&mut self, entry: Entry) -> u64 {
        self.tried(entry).unwrap()
    }

    fn tried(&mut self, entry: Entry) -> Result<u64, Misfit> {
        let sequence = self.log.len() as u64 + 10;
        let position = Position {
            sequence,
            time: self.time,
        };
        let read = Entry::decode(&entry.encode().unwrap()).unwrap();
        assert_eq!(read, entry, "what is recorded is what is read");
        self.state.apply(position, &entry)?;
        self.log.push((position, entry));
        Ok(sequence)
    }

    /// Judges, records, and records what follows.
    fn decide(&mut self, proposal: &Proposal) -> (u64, Decision) {
        let decision = self.state.judge(self.time, proposal);
        let sequence = self.apply(Entry::Decision(decision.clone()));
        let position = Position {
            sequence,
            time: self.time,
        };
        for entry in self.state.consequences(position, &decision) {
            self.apply(entry);
        }
        (sequence, decision)
    }

    fn complete(&mut self, decision: u64, used: Used) -> Result<u64, CompletionRefusal> {
        let completion =
            self.state
                .completion(self.time, decision, used, None, OutputJudged::default())?;
        Ok(self.apply(Entry::Completion(completion)))
    }
}

fn act(agent: &str, name: &str) -> Act {
    Act {
        source: "/s".to_owned(),
        id: "1".to_owned(),
        principal: agent.to_owned(),
        agent: agent.to_owned(),
        session: Some("s-1".to_owned()),
        kind: ActionKind::ToolCall,
        name: name.to_owned(),
        digest: Digest::of(format!("{agent} {name}").as_bytes()),
        request: Digest::of(b"request"),
    }
}

fn proposal(agent: &str, name: &str, claims: Vec<Claim>) -> Proposal {
    Proposal {
        act: act(agent, name),
        policies: vec![Digest::of(b"policy")],
        verdict: Verdict::Allow,
        failure: None,
        claims: [vec![Claim::MaySpeak, Claim::NotHalted], claims].concat(),
        trail: Trail::default(),
        shadow: false,
        approval: None,
        low_risk: false,
        approval_seconds: 3_600,
        approval_people: 1,
        retry: None,
    }
}

fn account(agent: &str) -> AccountKey {
    AccountKey {
        budget: "day".to_owned(),
        of: Of::Agent(agent.to_owned()),
        unit: Unit::Tokens,
        period: Period::Day,
    }
}

fn reserve(agent: &str, amount: u64, cap: u64) -> Claim {
    Claim::Reserve(Reserve {
        account: account(agent),
        amount,
        cap,
        seconds: 600,
        on_expiry: OnExpiry::Post,
    })
}

fn tokens(tokens: u64) -> Used {
    Used {
        tokens: Some(tokens),
        cost: None,
    }
}

fn failed(decision: &Decision) -> Option<&str> {
    decision.failure.as_ref().map(|failure| &*failure.code)
}

fn person(name: &str) -> Person {
    Person {
        names: vec![name.to_owned()],
        groups: Vec::new(),
        is_person: true,
        is_approver: true,
    }
}
