use super::*;
use crate::{
    claim::{Calls, Cycle, LoopAction},
    record::HaltOf,
    state::refusal::code,
};

fn calls(agent: &str, max_calls: u32, action: LoopAction) -> Claim {
    Claim::Calls(Calls {
        of: Of::Agent(agent.to_owned()),
        window_seconds: 60,
        max_calls,
        action,
    })
}

fn cycle(max_turns: u32, action: LoopAction) -> Claim {
    Claim::Cycle(Cycle {
        window_seconds: 600,
        max_turns,
        action,
    })
}

#[test]
fn denied_attempts_count_like_allowed_ones() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "call", vec![calls("a", 2, LoopAction::Deny)]);
    assert!(ledger.decide(&ask).1.verdict.is_allowed());
    assert!(ledger.wait(10).decide(&ask).1.verdict.is_allowed());
    assert_eq!(failed(&ledger.wait(10).decide(&ask).1), Some(code::LOOP));
    assert_eq!(
        failed(&ledger.wait(45).decide(&ask).1),
        Some(code::LOOP),
        "that it was denied does not end the loop"
    );
    assert!(ledger.wait(61).decide(&ask).1.verdict.is_allowed());
}

#[test]
fn a_finding_warns_escalates_or_halts_as_the_policy_says() {
    let ask = |action| proposal("a", "call", vec![calls("a", 2, action)]);
    for action in [LoopAction::Warn, LoopAction::Escalate, LoopAction::Halt] {
        let mut ledger = Ledger::new();
        ledger.decide(&ask(action));
        ledger.decide(&ask(action));
        let (_, decision) = ledger.decide(&ask(action));
        let halted = ledger.state.halted("a", None);
        match action {
            LoopAction::Warn => assert_eq!((decision.verdict, halted), (Verdict::Warn, None)),
            LoopAction::Escalate => {
                assert_eq!((decision.verdict, halted), (Verdict::Escalate, None))
            }
            _ => assert_eq!(
                (decision.verdict, halted),
                (Verdict::Deny, Some(HaltOf::Agent("a".to_owned())))
            ),
        }
    }
}

#[test]
fn what_a_loop_escalates_goes_on_once_it_is_granted() {
    let mut ledger = Ledger::new();
    let ask = proposal(
        "a",
        "call",
        vec![calls("a", 2, LoopAction::Escalate), reserve("a", 1, 9)],
    );
    ledger.decide(&ask);
    ledger.decide(&ask);
    let (_, decision) = ledger.decide(&ask);
    assert_eq!(failed(&decision), Some(code::APPROVAL_NEEDED));
    assert!(decision.claims.iter().any(|judged| judged.added));
    let approval = ledger.state.approval_for(ledger.time, &ask.act).unwrap();
    let grant = ledger
        .state
        .answer(ledger.time, approval, &person("p"), ask.act.digest, true)
        .unwrap();
    ledger.apply(grant);
    let granted = Proposal {
        approval: Some(approval),
        ..ask
    };
    let (_, decision) = ledger.decide(&granted);
    assert!(decision.verdict == Verdict::Warn && decision.approval_used);
    assert_eq!(
        failed(&ledger.decide(&granted).1),
        Some(code::APPROVAL_USED)
    );
}

/// oneuptime 3269, agent-fleet-o 123: tools in turn, each of which is not called too often.
#[test]
fn tools_that_alternate_are_a_loop() {
    for length in 1..=4_usize {
        let mut ledger = Ledger::new();
        let mut turns = Vec::new();
        for step in 0..length * 4 {
            let ask = proposal(
                "a",
                &format!("tool {}", step % length),
                vec![cycle(3, LoopAction::Deny)],
            );
            turns.push(ledger.decide(&ask).1.verdict.is_allowed());
        }
        let refused = turns.iter().position(|allowed| !allowed);
        assert_eq!(
            refused,
            Some(length * 4 - 1),
            "cycles of {length}: the fourth turn is complete"
        );
    }
    let mut ledger = Ledger::new();
    let all = (0..40).all(|step| {
        let ask = proposal(
            "a",
            &format!("tool {step}"),
            vec![cycle(2, LoopAction::Deny)],
        );
        ledger.decide(&ask).1.verdict.is_allowed()
    });
    assert!(all, "what does not repeat is no loop");
}

#[test]
fn a_rate_leaves_no_minute_with_more() {
    let mut ledger = Ledger::new();
    let rate = Claim::Rate {
        of: Of::Agent("a".to_owned()),
        per_minute: 3,
    };
    let ask = proposal("a", "call", vec![rate]);
    let mut allowed = Vec::new();
    for _ in 0..400 {
        let (_, decision) = ledger.wait(1).decide(&ask);
        if decision.verdict.is_allowed() {
            allowed.push(ledger.time);
        } else {
            assert_eq!(failed(&decision), Some(code::RATE));
            assert!(decision.retry_at.is_some_and(|at| at >= ledger.time));
        }
    }
    let most = allowed.iter().map(|from| {
        allowed
            .iter()
            .filter(|at| (*from..from + 60 * SECOND_NS).contains(at))
            .count()
    });
    assert_eq!(most.max(), Some(3));
}
