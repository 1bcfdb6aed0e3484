//! Acts that are tried again, since their outputs did not fit their schema.

use super::*;
use crate::{
    claim::{
        Failure, Stage,
        attempt::{Attempt, RetryPolicy},
    },
    limits::STATE_RETRIES_MAX,
    record::Completion,
    replay::{Difference, Found, Record, replay},
};

const TWICE: RetryPolicy = RetryPolicy {
    max_retries: 2,
    backoff_ms: 500,
};

/// A call under a policy that lets outputs be tried for again.
fn call(claims: Vec<Claim>) -> Proposal {
    Proposal {
        retry: Some(TWICE),
        ..proposal("a", "call", claims)
    }
}

fn retry(first: u64) -> Proposal {
    call(vec![Claim::Retry { first }])
}

fn of_schema() -> Failure {
    Failure {
        stage: Stage::OutputSchema,
        gate: "schema_validation".to_owned(),
        code: "OUTPUT_SCHEMA_VALIDATION_ERROR".to_owned(),
        message: "it does not fit".to_owned(),
        field: None,
        redacted: Vec::new(),
    }
}

impl Ledger {
    /// What came out of a decision: it fits, or fails.
    fn came_out(&mut self, decision: u64, failure: Option<Failure>) -> Completion {
        let judged = OutputJudged {
            failure,
            ..OutputJudged::default()
        };
        let completion = self
            .state
            .completion(self.time, decision, Used::default(), None, judged)
            .unwrap();
        self.apply(Entry::Completion(completion.clone()));
        completion
    }

    /// A first attempt that fails.
    fn failed_first(&mut self) -> u64 {
        let (first, _) = self.decide(&call(Vec::new()));
        self.came_out(first, Some(of_schema()));
        first
    }
}

fn attempt(first: Option<u64>, number: u32) -> Option<Attempt> {
    Some(Attempt {
        first,
        number,
        max_retries: 2,
        backoff_ms: 500,
    })
}

#[test]
fn a_failed_output_is_tried_for_again_as_often_as_the_policy_says() {
    let mut ledger = Ledger::new();
    let (first, decision) = ledger.decide(&call(Vec::new()));
    assert_eq!(decision.attempt, attempt(None, 1));
    let failed = ledger.came_out(first, Some(of_schema()));
    assert_eq!(failed.attempt, attempt(Some(first), 1));
    assert_eq!(failed.attempt.map(|attempt| attempt.wait_ms()), Some(500));
    for number in 2..=3 {
        let (next, decision) = ledger.decide(&retry(first));
        assert_eq!(decision.attempt, attempt(Some(first), number));
        let judged = &decision.claims[2];
        assert_eq!(judged.found, Some(u64::from(number) - 1));
        assert_eq!(judged.left, Some(u64::from(number)));
        let failed = ledger.came_out(next, Some(of_schema()));
        assert_eq!(failed.attempt, decision.attempt);
        assert_eq!(
            failed.attempt.map(|attempt| attempt.is_last()),
            Some(number == 3)
        );
    }
    let (_, decision) = ledger.decide(&retry(first));
    assert_eq!(
        failed_code(&decision),
        (Verdict::Deny, code::RETRY_EXHAUSTED)
    );
    assert_eq!(decision.attempt, None);
}

fn failed_code(decision: &Decision) -> (Verdict, &str) {
    (decision.verdict, failed(decision).unwrap_or_default())
}

#[test]
fn an_attempt_is_at_the_same_act_one_at_a_time_and_only_after_a_failed_output() {
    let mut ledger = Ledger::new();
    let (fine, _) = ledger.decide(&call(Vec::new()));
    let refused = |ledger: &mut Ledger, ask: &Proposal| {
        let (_, decision) = ledger.decide(ask);
        failed(&decision).unwrap_or_default().to_owned()
    };
    assert_eq!(refused(&mut ledger, &retry(fine)), code::RETRY_UNKNOWN);
    assert_eq!(ledger.came_out(fine, None).attempt, None);
    assert_eq!(refused(&mut ledger, &retry(fine)), code::RETRY_UNKNOWN);

    let first = ledger.failed_first();
    let others = [
        |ask: &mut Proposal| ask.act.name = "pay".to_owned(),
        |ask: &mut Proposal| ask.act.session = None,
        |ask: &mut Proposal| ask.act.session = Some(String::new()),
        |ask: &mut Proposal| ask.policies = vec![Digest::of(b"other")],
        |ask: &mut Proposal| {
            ask.act.agent = "b".to_owned();
            ask.act.principal = "b".to_owned();
        },
    ];
    for change in others {
        let mut other = retry(first);
        change(&mut other);
        assert_eq!(refused(&mut ledger, &other), code::RETRY_STALE);
    }
    // What is sent may be another, since it often says what was wrong.
    let mut corrected = retry(first);
    corrected.act.digest = Digest::of(b"corrected");
    let (second, decision) = ledger.decide(&corrected);
    assert_eq!(decision.attempt, attempt(Some(first), 2));
    assert_eq!(refused(&mut ledger, &retry(first)), code::RETRY_PENDING);
    // Nothing ran: the attempt is given back.
    ledger.apply(Entry::Released { decision: second });
    let (second, decision) = ledger.decide(&retry(first));
    assert_eq!(decision.attempt, attempt(Some(first), 2));
    // An output that fits ends it.
    assert_eq!(ledger.came_out(second, None).attempt, None);
    assert_eq!(refused(&mut ledger, &retry(first)), code::RETRY_UNKNOWN);
}

#[test]
fn a_refused_attempt_takes_nothing_and_a_day_ends_it() {
    let mut ledger = Ledger::new();
    let first = ledger.failed_first();
    let dear = vec![Claim::Retry { first }, reserve("a", 20, 10)];
    let (_, decision) = ledger.decide(&call(dear));
    assert_eq!(failed(&decision), Some(code::BUDGET_SPENT));
    assert_eq!((decision.attempt, decision.claims[2].left), (None, Some(1)));
    let (second, decision) = ledger.decide(&retry(first));
    assert_eq!(decision.attempt, attempt(Some(first), 2));
    ledger.came_out(second, Some(of_schema()));
    ledger.wait(86_400);
    let (_, decision) = ledger.decide(&retry(first));
    assert_eq!(failed(&decision), Some(code::RETRY_UNKNOWN));
}

#[test]
fn an_output_that_comes_with_its_request_is_an_attempt_as_well() {
    let mut ledger = Ledger::new();
    let denied = |claims| Proposal {
        verdict: Verdict::Deny,
        failure: Some(of_schema()),
        ..call(claims)
    };
    let (first, decision) = ledger.decide(&denied(Vec::new()));
    assert_eq!(
        (decision.verdict, decision.attempt),
        (Verdict::Deny, attempt(None, 1))
    );
    for number in 2..=3 {
        let (_, decision) = ledger.decide(&denied(vec![Claim::Retry { first }]));
        assert_eq!(decision.attempt, attempt(Some(first), number));
        assert_eq!(decision.claims[2].left, Some(u64::from(number)));
    }
    let (_, decision) = ledger.decide(&denied(vec![Claim::Retry { first }]));
    assert_eq!(failed(&decision), Some(code::RETRY_EXHAUSTED));
}

#[test]
fn an_output_that_fails_otherwise_is_not_tried_for_again() {
    let mut ledger = Ledger::new();
    let (first, _) = ledger.decide(&call(Vec::new()));
    let otherwise = Failure {
        code: crate::evaluate::OUTPUT_NOT_SHOWN.to_owned(),
        ..of_schema()
    };
    assert_eq!(ledger.came_out(first, Some(otherwise)).attempt, None);
    let (_, decision) = ledger.decide(&retry(first));
    assert_eq!(failed(&decision), Some(code::RETRY_UNKNOWN));
    // Nor is one whose policy says nothing of it.
    let (silent, decision) = ledger.decide(&proposal("a", "call", Vec::new()));
    assert_eq!(decision.attempt, None);
    assert_eq!(ledger.came_out(silent, Some(of_schema())).attempt, None);
}

#[test]
fn another_attempt_than_the_next_one_does_not_fit() {
    let mut ledger = Ledger::new();
    let first = ledger.failed_first();
    let honest = ledger.state.judge(ledger.time, &retry(first));
    for forged in [attempt(Some(first), 1), attempt(None, 1), None] {
        let mut forged = Entry::Decision(Decision {
            attempt: forged,
            ..honest.clone()
        });
        assert_eq!(
            ledger.state.clone().apply(at(&ledger), &forged),
            Err(Misfit::Attempt)
        );
        forged = Entry::Decision(honest.clone());
        assert_eq!(ledger.state.clone().apply(at(&ledger), &forged), Ok(()));
    }
    let (second, _) = ledger.decide(&retry(first));
    let judged = OutputJudged {
        failure: Some(of_schema()),
        ..OutputJudged::default()
    };
    let mut completion = ledger
        .state
        .completion(ledger.time, second, Used::default(), None, judged)
        .unwrap();
    completion.attempt = attempt(Some(first), 1);
    let forged = Entry::Completion(completion);
    assert_eq!(ledger.tried(forged), Err(Misfit::Attempt));
}

fn at(ledger: &Ledger) -> Position {
    Position {
        sequence: ledger.log.len() as u64 + 10,
        time: ledger.time,
    }
}

#[test]
fn under_an_earlier_version_nothing_is_tried_again() {
    let mut state = State::new();
    let mut sequence = 0;
    let mut apply = |state: &mut State, entry: Entry| {
        sequence += 1;
        let time = START + sequence * SECOND_NS;
        state.apply(Position { sequence, time }, &entry).unwrap();
        sequence
    };
    apply(&mut state, Entry::Semantics { version: 3 });
    let decision = state.judge(START + 2 * SECOND_NS, &call(Vec::new()));
    assert_eq!(decision.attempt, None);
    let before = apply(&mut state, Entry::Decision(decision));
    let snapshot = String::from_utf8(state.snapshot().unwrap()).unwrap();
    assert!(!snapshot.contains("retried") && !snapshot.contains("retries"));
    // What was decided before is completed as before.
    apply(&mut state, Entry::Semantics { version: 4 });
    let judged = OutputJudged {
        failure: Some(of_schema()),
        ..OutputJudged::default()
    };
    let time = START + 10 * SECOND_NS;
    let completion = state.completion(time, before, Used::default(), None, judged);
    assert_eq!(completion.unwrap().attempt, None);
}

#[test]
fn a_state_is_the_same_wherever_an_act_stands() {
    let mut ledger = Ledger::new();
    let first = ledger.failed_first();
    let restored = |ledger: &Ledger| {
        let bytes = ledger.state.snapshot().unwrap();
        let state = State::restore(&bytes, &Digest::of(&bytes)).unwrap();
        assert_eq!(state, ledger.state);
        state
    };
    ledger.state = restored(&ledger);
    ledger.decide(&retry(first));
    ledger.state = restored(&ledger);
    ledger.wait(86_400);
    let (_, decision) = ledger.decide(&retry(first));
    assert_eq!(failed(&decision), Some(code::RETRY_UNKNOWN));
    assert_eq!(restored(&ledger), ledger.state);
}

#[test]
fn attempts_are_recomputed_from_their_records() {
    let mut ledger = Ledger::new();
    let first = ledger.failed_first();
    let (second, _) = ledger.decide(&retry(first));
    ledger.came_out(second, Some(of_schema()));
    let log: Vec<_> = ledger
        .log
        .iter()
        .map(|(position, entry)| (*position, entry.encode().unwrap()))
        .collect();
    let replayed = |propose: &dyn Fn(Position, &Decision) -> Option<Proposal>| {
        let records = log.iter().map(|(position, content)| Record {
            position: *position,
            content,
        });
        replay(&mut State::new(), records, propose)
    };
    let found = replayed(&|_, _| None);
    assert_eq!(found.len(), log.len());
    assert!(
        found
            .iter()
            .all(|(_, found)| matches!(found, Found::Identical { .. }))
    );
    // A policy that says otherwise would have answered otherwise.
    let other = |at: Position, _: &Decision| {
        (at.sequence == first).then(|| Proposal {
            retry: Some(RetryPolicy {
                max_retries: 9,
                ..TWICE
            }),
            ..call(Vec::new())
        })
    };
    let found = replayed(&other);
    let of_first = found.iter().find(|(at, _)| at.sequence == first).unwrap();
    assert!(matches!(
        of_first.1,
        Found::Differs {
            in_what: Difference::Policy,
            ..
        }
    ));
}

#[test]
fn at_the_limit_a_failed_output_is_answered_without_a_further_attempt() {
    let mut ledger = Ledger::new();
    let first = ledger.failed_first();
    let chain = ledger.state.retries.at(first, ledger.time).unwrap().clone();
    for number in 1..STATE_RETRIES_MAX as u64 {
        ledger.state.retries.set(1_000_000 + number, chain.clone());
    }
    let (next, decision) = ledger.decide(&call(Vec::new()));
    assert_eq!(decision.attempt, attempt(None, 1));
    assert_eq!(ledger.came_out(next, Some(of_schema())).attempt, None);
    let at_once = Proposal {
        verdict: Verdict::Deny,
        failure: Some(of_schema()),
        ..call(Vec::new())
    };
    assert_eq!(ledger.decide(&at_once).1.attempt, None);
    // What is known goes on, and what is a day old makes room.
    let (_, decision) = ledger.decide(&retry(first));
    assert_eq!(decision.attempt, attempt(Some(first), 2));
    ledger.wait(86_400);
    let (_, decision) = ledger.decide(&at_once);
    assert_eq!(decision.attempt, attempt(None, 1));
}
