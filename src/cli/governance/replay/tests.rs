use indelible_governance::{
    claim::{Claim, Verdict},
    evaluate::propose,
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
    governed_of(&["1", "2", "3"])
}

/// The same with decisions of these ids.
fn governed_of(ids: &[&str]) -> Governed {
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
    for id in ids {
        log.decide(id);
    }
    Governed {
        begins: None,
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
        let (request, salt) = requests_below(5).0[&("/a".to_owned(), id.to_owned())].clone();
        let bound = self.rules.of("a", "a", "search").unwrap();
        let mut asked = request;
        asked.principal = "a".to_owned();
        asked.agent = "a".to_owned();
        let mut proposal = propose(Some(&bound.bound), &asked, &salt);
        // As the ledger's version of the rules has it.
        proposal.act.digest = asked.act_digest(&proposal.policies);
        let decision = self.state.judge(self.position().time, &proposal);
        self.add(Entry::Decision(decision));
    }
}

/// The requests of the three decisions.
fn requests() -> Requests {
    requests_below(4)
}

fn requests_below(end: u64) -> Requests {
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = |id: u64| {
        format!(
            "{{\"request\": {{\"source\": \"/a\", \"id\": \"{id}\", \"kind\": \"tool_call\", \"action\": \"search\"}}, \
             \"salt\": \"00{id:02}\"}}\n"
        )
    };
    let text: String = (1..end).map(line).collect();
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
fn a_request_that_was_never_asked_or_not_so_is_named_and_nothing_is_identical() {
    let mut requests = requests();
    let (mut asked, salt) = requests.0.values().next().unwrap().clone();
    let source = asked.source.clone();
    asked.id = "never".into();
    requests
        .0
        .insert((source.clone(), "never".into()), (asked, salt));
    let (_, salt) = requests.0.get_mut(&(source.clone(), "2".into())).unwrap();
    salt[0] ^= 1;
    let found = replayed(&governed(), &requests);
    assert_eq!(found.result, Outcome::NotRecomputed);
    let named: Vec<_> = found
        .requests_without_decision
        .iter()
        .map(|one| &*one.id)
        .collect();
    assert_eq!(named, ["2", "never"]);
    assert!(found.to_string().contains("never of"), "{found}");
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

/// Another policy than the one in force, in a file.
fn other(policy: &str) -> (tempfile::TempDir, Other) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.yaml");
    std::fs::write(&path, policy).unwrap();
    let other = Other::read(&path, Kind::Gate).unwrap();
    (directory, other)
}

fn otherwise(policy: &str, cascade: bool) -> serde_json::Value {
    let (_directory, other) = other(policy);
    let compared = compared(&governed(), &requests(), &other, cascade).unwrap();
    serde_json::to_value(compared).unwrap()
}

#[test]
fn under_the_same_policy_nothing_comes_out_otherwise() {
    for cascade in [false, true] {
        let found = otherwise(POLICY, cascade);
        assert_eq!(found["otherwise"], serde_json::json!([]), "{found}");
        assert_eq!(found["under_the_policy"], 3);
    }
}

#[test]
fn a_lower_cap_denies_by_the_recorded_state_what_it_denies_by_its_own() {
    let policy = POLICY.replace("requests: 2", "requests: 1");
    let found = otherwise(&policy, false);
    assert_eq!(found["state"], "recorded");
    let changed = found["otherwise"].as_array().unwrap();
    assert_eq!(changed.len(), 1, "{found}");
    assert_eq!(changed[0]["sequence"], 5);
    assert_eq!(changed[0]["recorded"], "allow");
    assert_eq!(changed[0]["would_be"], "deny (BUDGET_RESERVED)");
}

#[test]
fn by_the_recorded_state_each_has_the_room_that_is_left_and_by_its_own_only_one_has() {
    let higher = POLICY.replace("requests: 2", "requests: 3");
    let (_directory, other) = other(&higher);
    let governed = governed_of(&["1", "2", "3", "4"]);
    let would_be = |cascade| {
        let found = compared(&governed, &requests_below(5), &other, cascade).unwrap();
        let found = serde_json::to_value(found).unwrap();
        let changed = found["otherwise"].as_array().unwrap().clone();
        let changed = changed.into_iter().map(|one| one["sequence"].as_u64());
        changed.map(Option::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(would_be(false), [6, 7]);
    assert_eq!(would_be(true), [6]);
}

#[test]
fn a_policy_that_does_not_name_the_tool_denies_all() {
    let none = POLICY.replace("[search]", "[other]");
    let found = otherwise(&none, true);
    let changed = found["otherwise"].as_array().unwrap();
    let all: Vec<_> = changed.iter().map(|one| one["would_be"].clone()).collect();
    assert_eq!(all, ["deny (SCOPE_VIOLATION)"; 3]);
}

#[test]
fn without_their_requests_decisions_are_not_held_against_another_policy() {
    let none = POLICY.replace("[search]", "[other]");
    let (_directory, other) = other(&none);
    let found = compared(&governed(), &Requests::default(), &other, false).unwrap();
    let found = serde_json::to_value(found).unwrap();
    assert_eq!(
        (&found["under_the_policy"], &found["decisions"]),
        (&0.into(), &3.into())
    );
    assert_eq!(found["otherwise"], serde_json::json!([]));
}

/// The same governance, of which the bundle has the end and a state in its middle alone.
#[test]
fn a_replay_begins_at_a_carried_state_and_says_so() {
    let mut log = Log::default();
    let whole = governed_of(&["1", "2"]);
    for record in &whole.records {
        log.rules
            .read(
                record.position.sequence,
                &record.event_type,
                &record.payload,
                None,
            )
            .unwrap();
        if let Ok(entry) = Entry::decode(&record.payload) {
            log.state.apply(record.position, &entry).unwrap();
        }
    }
    log.records = whole.records;
    let at = log.records.len();
    let before = log.state.clone();
    let (_, entry) = log.state.recorded_snapshot().unwrap().unwrap();
    log.add(entry);
    log.decide("3");
    let records = log.records.split_off(at);
    let begins = Some((at as u64, Box::new(before)));
    let governed = Governed {
        begins,
        records,
        not_there: None,
    };
    let found = replayed(&governed, &requests());
    assert_eq!(found.result, Outcome::Identical, "{:?}", found.differences);
    assert_eq!((found.decisions, found.begins_at), (1, Some(at as u64)));
    assert!(found.to_string().contains("is not recomputed"));
    // Another state than the record names is not that of the record.
    let other = Governed {
        begins: Some((at as u64, Box::new(State::new()))),
        ..governed
    };
    assert_eq!(replayed(&other, &requests()).result, Outcome::Differs);
}
