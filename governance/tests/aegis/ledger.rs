//! A ledger in memory with one binding.

use std::collections::BTreeMap;

use indelible_governance::{
    SEMANTICS_VERSION,
    day::SECOND_NS,
    digest::Digest,
    drift::baseline,
    evaluate::{Bound, propose},
    json::{Limits, Value, read},
    policy::{
        Compatibility, PolicyKind,
        aegis::AegisPolicy,
        binding::{Binding, Target},
        gate::GatePolicy,
    },
    real::Real,
    record::{AgentDeclared, Decision, Entry, PolicyRegistered},
    redact::Redaction,
    request::{Action, ActionKind, Estimate, Metric, Request},
    state::{Person, Position, State},
};

/// A morning in 2026.
pub(crate) const START: u64 = 1_780_300_800 * SECOND_NS;
pub(crate) const SALT: &[u8] = b"salt";

pub(crate) struct Ledger {
    pub(crate) state: State,
    pub(crate) log: Vec<(Position, Vec<u8>)>,
    pub(crate) bound: Bound,
    pub(crate) requests: BTreeMap<String, Request>,
    pub(crate) time: u64,
    asked: u64,
}

impl Ledger {
    pub(crate) fn new(aegis: &str, gate: Option<&str>, shadow: bool) -> Self {
        let aegis = AegisPolicy::read("aegis", aegis.as_bytes(), Compatibility::Default).unwrap();
        let gate = gate.map(|text| GatePolicy::read("gate", text.as_bytes()).unwrap());
        let mut ledger = Self {
            state: State::new(),
            log: Vec::new(),
            bound: Bound {
                sequence: 0,
                aigc: None,
                gate,
                aegis: Some(aegis),
                risk: None,
                redaction: Redaction::new(&[]).unwrap(),
                shadow,
            },
            requests: BTreeMap::new(),
            time: START,
            asked: 0,
        };
        ledger.apply(&Entry::Semantics {
            version: SEMANTICS_VERSION,
        });
        ledger.apply(&Entry::Agent(AgentDeclared {
            agent: "a".to_owned(),
            operator: Some("o".to_owned()),
            speakers: Vec::new(),
        }));
        let aegis = ledger.policy();
        let gate = ledger.bound.gate.as_ref().map(|policy| policy.digest);
        for (digest, kind) in [(Some(aegis), PolicyKind::Aegis), (gate, PolicyKind::Gate)] {
            let Some(digest) = digest else {
                continue;
            };
            ledger.apply(&Entry::Policy(PolicyRegistered {
                digest,
                kind,
                documents: vec![("p".to_owned(), digest)],
            }));
        }
        ledger.bound.sequence = ledger.apply(&Entry::Binding(Binding {
            name: "all".to_owned(),
            target: Target::default(),
            aigc: None,
            gate,
            aegis: Some(aegis),
            compatibility: Compatibility::Default,
            strict_mode: false,
            redaction: Vec::new(),
            shadow,
        }));
        ledger
    }

    pub(crate) fn policy(&self) -> Digest {
        self.bound.aegis.as_ref().unwrap().digest
    }

    pub(crate) fn apply(&mut self, entry: &Entry) -> u64 {
        let position = Position {
            sequence: self.log.len() as u64,
            time: self.time,
        };
        let content = entry.encode().unwrap();
        assert_eq!(Entry::decode(&content).unwrap(), *entry);
        self.state.apply(position, entry).unwrap();
        self.log.push((position, content));
        position.sequence
    }

    /// A baseline of thirty values, spread from 0 to 0.29.
    pub(crate) fn baseline(&mut self) {
        let values: Vec<_> = (0..30_u8)
            .map(|value| Real::new(f64::from(value) / 100.0).unwrap())
            .collect();
        let baseline = baseline(self.policy(), Metric::RiskProposed, &values).unwrap();
        self.apply(&Entry::DriftBaseline(baseline));
    }

    /// Decides on an act with these figures, given as members of JSON.
    pub(crate) fn decide(&mut self, figures: &str) -> Decision {
        let request = request(figures);
        self.ask(request)
    }

    pub(crate) fn ask(&mut self, mut request: Request) -> Decision {
        self.asked += 1;
        request.id = self.asked.to_string();
        let proposal = propose(Some(&self.bound), &request, SALT);
        let decision = self.state.judge(self.time, &proposal);
        self.requests.insert(request.id.clone(), request);
        let sequence = self.apply(&Entry::Decision(decision.clone()));
        let position = Position {
            sequence,
            time: self.time,
        };
        for entry in self.state.consequences(position, &decision) {
            self.apply(&entry);
        }
        decision
    }

    /// Grants the approval that is open for a decision's act.
    pub(crate) fn grant(&mut self, decision: &Decision) -> u64 {
        let number = self.state.approval_for(self.time, &decision.act).unwrap();
        let person = Person {
            groups: Vec::new(),
            names: vec!["p".to_owned()],
            is_person: true,
            is_approver: true,
        };
        let act = decision.act.digest;
        let entry = self.state.answer(self.time, number, &person, act, true);
        self.apply(&entry.unwrap());
        number
    }
}

pub(crate) fn value(json: &str) -> Value {
    let limits = Limits {
        bytes: 100_000,
        levels: 16,
    };
    read(json.as_bytes(), limits).unwrap()
}

/// A request with figures that pass all gates but for those that are given.
pub(crate) fn request(figures: &str) -> Request {
    let mut object = value(
        r#"{"proposal_summary": "Add a cache", "novelty_score": 0.9, "complexity_score": 0.75,
            "quality_score": 0.9, "utility_result": {"mean": 10, "sd": 1}}"#,
    );
    if let (Value::Object(object), Value::Object(given)) = (&mut object, value(figures)) {
        for (name, value) in given.members() {
            object.set(name, value.clone());
        }
    }
    Request {
        source: "/agents".to_owned(),
        id: String::new(),
        principal: "a".to_owned(),
        agent: "a".to_owned(),
        session: Some("s-1".to_owned()),
        action: Action {
            kind: ActionKind::Proposal,
            name: "deploy".to_owned(),
            api: None,
            arguments: Value::Null,
        },
        invocation: None,
        estimate: Estimate::default(),
        approval: None,
        overriding: None,
        retry_of: None,
        malformed: None,
        aegis: Some(object),
        labels: BTreeMap::new(),
    }
}

pub(crate) fn code(decision: &Decision) -> Option<&str> {
    decision.failure.as_ref().map(|failure| &*failure.code)
}
