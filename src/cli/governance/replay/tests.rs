use indelible_governance::{
    policy::{
        Compatibility, PolicyKind,
        binding::{Binding, Target},
        gate::GatePolicy,
    },
    record::PolicyRegistered,
};

use super::{bundle::GovernanceRecord, *};

const POLICY: &str = "version: '1'\nscope: {allowed_tools: [search]}\n\
    budgets: [{name: day, by: agent, requests: 2}]\n";
const SECOND_NS: u64 = 1_000_000_000;

/// A ledger's governance: a policy for everybody, and three decisions, of which the last is denied.
fn governed() -> Governed {
    let gate = GatePolicy::read("gate.yaml", POLICY.as_bytes()).unwrap();
    let mut log = Log::default();
    log.add(Entry::Semantics { version: 1 });
    log.document(POLICY);
    log.add(Entry::Policy(PolicyRegistered {
        digest: gate.digest,
        kind: PolicyKind::Gate,
        documents: vec![("gate.yaml".to_owned(), gate.digest)],
    }));
    log.add(Entry::Binding(Binding {
        name: "all".to_owned(),
        target: Target::default(),
        aigc: None,
        aegis: None,
        gate: Some(gate.digest),
        compatibility: Compatibility::Default,
        strict_mode: false,
        redaction: Vec::new(),
        shadow: false,
    }));
    for id in ["1", "2", "3"] {
        log.decide(id);
    }
    Governed {
        records: log.records,
        not_there: None,
    }
}

#[derive(Default)]
struct Log {
    state: State,
    rules: Rules,
    records: Vec<GovernanceRecord>,
}

impl Log {
    fn position(&self) -> Position {
        let sequence = self.records.len() as u64;
        Position {
            sequence,
            time: (1_780_000_000 + sequence) * SECOND_NS,
        }
    }

    fn document(&mut self, text: &str) {
        self.push("indelible.governance.document.v1", text.as_bytes().to_vec());
    }

    fn add(&mut self, entry: Entry) {
        self.state.apply(self.position(), &entry).unwrap();
        self.push(entry.record_type(), entry.encode().unwrap());
    }

    fn push(&mut self, event_type: &str, payload: Vec<u8>) {
        let position = self.position();
        let read = self
            .rules
            .read(position.sequence, event_type, &payload, None);
        read.unwrap();
        self.records.push(GovernanceRecord {
            position,
            event_type: event_type.to_owned(),
            actor: None,
            payload,
        });
    }

    fn decide(&mut self, id: &str) {
        let (request, salt) = requests().0[&("/a".to_owned(), id.to_owned())].clone();
        let bound = self.rules.of("a", "a", "search").unwrap();
        let mut asked = request;
        asked.principal = "a".to_owned();
        asked.agent = "a".to_owned();
        let proposal = propose(Some(&bound.bound), &asked, &salt);
        let decision = self.state.judge(self.position().time, &proposal);
        self.add(Entry::Decision(decision));
    }
}

fn requests() -> Requests {
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = |id: u64| {
        format!(
            "{{\"request\": {{\"source\": \"/a\", \"id\": \"{id}\", \"kind\": \"tool_call\", \"action\": \"search\"}}, \
             \"salt\": \"00{id:02}\"}}\n"
        )
    };
    let text: String = (1..4).map(line).collect();
    std::fs::write(file.path(), text).unwrap();
    Requests::read(file.path()).unwrap()
}

/// Changes the decision of a record.
fn change(governed: &mut Governed, at: usize, change: impl FnOnce(&mut Decision)) {
    let record = &mut governed.records[at];
    let Ok(Entry::Decision(mut decision)) = Entry::decode(&record.payload) else {
        panic!("record {at} is no decision");
    };
    change(&mut decision);
    record.payload = Entry::Decision(decision).encode().unwrap();
}

#[test]
fn what_was_decided_is_identical_with_and_without_requests() {
    let governed = governed();
    let found = replayed(&governed, &requests());
    assert_eq!(found.result, Outcome::Identical, "{:?}", found.differences);
    assert_eq!(
        (found.records, found.decisions, found.with_requests),
        (7, 3, 3)
    );
    let found = replayed(&governed, &Requests::default());
    assert_eq!((found.result, found.with_requests), (Outcome::Identical, 0));
}

#[test]
fn a_denial_that_was_recorded_as_allowed_is_named_with_what_it_would_be() {
    let mut governed = governed();
    change(&mut governed, 6, |decision| {
        decision.verdict = Verdict::Allow;
        decision.failure = None;
    });
    let found = replayed(&governed, &requests());
    assert_eq!(found.result, Outcome::Differs);
    assert_eq!(
        found.differences[0].to_string(),
        "record 6 differs in its state: recorded is allow, it would be deny (BUDGET_RESERVED)"
    );
}

#[test]
fn another_cap_than_the_policy_s_differs_in_the_policy() {
    let mut governed = governed();
    change(&mut governed, 5, |decision| {
        for judged in &mut decision.claims {
            if let Claim::Reserve(reserve) = &mut judged.claim {
                reserve.cap = 99;
            }
        }
    });
    // Without the request, the claims are taken as they are recorded.
    let without = replayed(&governed, &Requests::default());
    assert_eq!(without.result, Outcome::Identical);
    let found = replayed(&governed, &requests());
    assert_eq!(found.differences[0].in_what, "policy");
    assert_eq!(found.differences[0].sequence, 5);
}

#[test]
fn what_is_not_there_is_not_called_identical() {
    let mut governed = governed();
    governed.records.truncate(5);
    governed.not_there = Some("from record 5 on: its content is not in the bundle".to_owned());
    let found = replayed(&governed, &Requests::default());
    assert_eq!(found.result, Outcome::NotRecomputed);
    assert_eq!(found.decisions, 1);
}
