use super::*;
use crate::{
    record::Outcome,
    state::{BatchRefusal, refusal::code},
};

fn needs(name: &str) -> Proposal {
    proposal("a", name, vec![Claim::Approved])
}

fn with(approval: u64, name: &str) -> Proposal {
    Proposal {
        approval: Some(approval),
        ..needs(name)
    }
}

/// Asks, and gives the number of the approval that is open then.
pub(super) fn open(ledger: &mut Ledger, name: &str) -> u64 {
    let (_, decision) = ledger.decide(&needs(name));
    assert_eq!(
        (decision.verdict, failed(&decision)),
        (Verdict::Escalate, Some(code::APPROVAL_NEEDED))
    );
    ledger
        .state
        .approval_for(ledger.time, &act("a", name))
        .unwrap()
}

fn grant(ledger: &mut Ledger, approval: u64, name: &str) {
    let shown = act("a", name).digest;
    let entry = ledger
        .state
        .answer(ledger.time, approval, &person("p"), shown, true)
        .unwrap();
    ledger.apply(entry);
}

#[test]
fn an_approval_is_for_one_decision() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    assert_eq!(
        failed(&ledger.decide(&with(approval, "pay")).1),
        Some(code::APPROVAL_PENDING)
    );
    grant(&mut ledger, approval, "pay");
    let (_, first) = ledger.decide(&with(approval, "pay"));
    assert!(first.verdict.is_allowed() && first.approval_used);
    let (_, second) = ledger.decide(&with(approval, "pay"));
    assert_eq!(
        (second.verdict, failed(&second)),
        (Verdict::Deny, Some(code::APPROVAL_USED))
    );
}

/// extra 139, agenta 4854, claude-cookbooks 701: $82,000 is approved, and $820,000 runs.
#[test]
fn an_approval_of_another_act_is_stale() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay 82000");
    grant(&mut ledger, approval, "pay 82000");
    let (_, decision) = ledger.decide(&with(approval, "pay 820000"));
    assert_eq!(
        (decision.verdict, failed(&decision)),
        (Verdict::Deny, Some(code::APPROVAL_STALE))
    );
    assert!(
        ledger
            .decide(&with(approval, "pay 82000"))
            .1
            .verdict
            .is_allowed(),
        "it is still there for what was granted"
    );
}

#[test]
fn whoever_asks_the_agent_its_operator_and_its_speakers_grant_nothing() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    let shown = act("a", "pay").digest;
    for own in ["a", "operator-of-a", "gateway"] {
        let by = Person {
            names: vec!["x".to_owned(), own.to_owned()],
            ..person("x")
        };
        assert_eq!(
            ledger.state.answer(ledger.time, approval, &by, shown, true),
            Err(ApprovalRefusal::Own),
            "{own}"
        );
    }
    let no_approver = Person {
        is_approver: false,
        ..person("p")
    };
    assert_eq!(
        ledger
            .state
            .answer(ledger.time, approval, &no_approver, shown, true),
        Err(ApprovalRefusal::NotApprover)
    );
    let other = ledger.state.answer(
        ledger.time,
        approval,
        &person("p"),
        Digest::of(b"other"),
        true,
    );
    assert_eq!(other, Err(ApprovalRefusal::OtherAct));
}

#[test]
fn an_agent_without_an_operator_is_granted_nothing() {
    let mut ledger = Ledger::new();
    ledger.apply(Entry::Agent(AgentDeclared {
        agent: "a".to_owned(),
        operator: None,
        speakers: Vec::new(),
    }));
    let approval = open(&mut ledger, "pay");
    let answer = ledger.state.answer(
        ledger.time,
        approval,
        &person("p"),
        act("a", "pay").digest,
        true,
    );
    assert_eq!(answer, Err(ApprovalRefusal::NoOperator));
    assert!(
        ledger
            .state
            .answer(
                ledger.time,
                approval,
                &person("p"),
                act("a", "pay").digest,
                false
            )
            .is_ok()
    );
}

#[test]
fn an_approval_expires_and_is_told_as_expired_for_a_day() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    grant(&mut ledger, approval, "pay");
    ledger.wait(3_600);
    assert_eq!(
        failed(&ledger.decide(&with(approval, "pay")).1),
        Some(code::APPROVAL_EXPIRED)
    );
    let expired = ledger.state.expired_approvals(ledger.time);
    assert_eq!(expired, [Entry::ApprovalExpired { approval }]);
    ledger.apply(expired[0].clone());
    assert_eq!(ledger.state.expired_approvals(ledger.time), []);
    ledger.wait(86_400);
    assert_eq!(
        failed(&ledger.decide(&with(approval, "pay")).1),
        Some(code::APPROVAL_UNKNOWN)
    );
}

#[test]
fn two_people_grant_together_and_one_denies_alone() {
    let mut ledger = Ledger::new();
    let ask = Proposal {
        approval_people: 2,
        ..needs("pay")
    };
    ledger.decide(&ask);
    let approval = ledger
        .state
        .approval_for(ledger.time, &act("a", "pay"))
        .unwrap();
    let shown = act("a", "pay").digest;
    let answer = |ledger: &Ledger, by: &str, granted| {
        ledger
            .state
            .answer(ledger.time, approval, &person(by), shown, granted)
    };
    let first = answer(&ledger, "p", true).unwrap();
    ledger.apply(first.clone());
    assert_eq!(answer(&ledger, "p", true), Err(ApprovalRefusal::SamePerson));
    assert_eq!(ledger.tried(first), Err(Misfit::Approval));
    assert_eq!(
        failed(&ledger.decide(&with(approval, "pay")).1),
        Some(code::APPROVAL_PENDING)
    );
    let second = answer(&ledger, "q", true).unwrap();
    ledger.apply(second);
    assert_eq!(
        ledger.state.approval(ledger.time, approval),
        Some(ApprovalState::Granted)
    );
    let denied = answer(&ledger, "p", false).unwrap();
    ledger.apply(denied);
    assert_eq!(
        failed(&ledger.decide(&with(approval, "pay")).1),
        Some(code::APPROVAL_DENIED)
    );
}

#[test]
fn the_same_act_asked_again_gets_the_approval_that_is_open() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    assert_eq!(open(&mut ledger, "pay"), approval);
    assert_ne!(open(&mut ledger, "other"), approval);
}

#[test]
fn open_approvals_of_an_agent_have_an_end() {
    let mut ledger = Ledger::new();
    for number in 0..crate::limits::OPEN_APPROVALS_PER_AGENT_MAX {
        open(&mut ledger, &format!("pay {number}"));
    }
    let (_, decision) = ledger.decide(&needs("one more"));
    assert_eq!(
        (decision.verdict, failed(&decision)),
        (Verdict::Deny, Some(code::APPROVALS_OPEN))
    );
    assert_eq!(
        failed(&ledger.decide(&needs("pay 7")).1),
        Some(code::APPROVAL_NEEDED)
    );
}

#[test]
fn a_batch_is_of_low_risk_and_all_or_none() {
    let mut ledger = Ledger::new();
    let low = |name: &str| Proposal {
        low_risk: true,
        ..needs(name)
    };
    ledger.decide(&low("x"));
    ledger.decide(&low("y"));
    let high = open(&mut ledger, "pay");
    let of = |ledger: &Ledger, name: &str| {
        let number = ledger
            .state
            .approval_for(ledger.time, &act("a", name))
            .unwrap();
        (number, act("a", name).digest)
    };
    let batch = [of(&ledger, "x"), of(&ledger, "y")];
    assert_eq!(
        ledger
            .state
            .grant_batch(ledger.time, &batch, &person("p"))
            .unwrap()
            .len(),
        2
    );
    let mixed = [batch[0], of(&ledger, "pay")];
    assert_eq!(
        ledger.state.grant_batch(ledger.time, &mixed, &person("p")),
        Err(BatchRefusal::NotLowRisk { approval: high })
    );
    assert_eq!(
        ledger
            .state
            .grant_batch(ledger.time, &[batch[0]; 2], &person("p")),
        Err(BatchRefusal::Size)
    );
    let long: Vec<_> = (0..51).map(|number| (number, batch[0].1)).collect();
    assert_eq!(
        ledger.state.grant_batch(ledger.time, &long, &person("p")),
        Err(BatchRefusal::Size)
    );
}

#[test]
fn a_record_that_uses_what_is_not_granted_does_not_fit() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    grant(&mut ledger, approval, "pay");
    let (_, used) = ledger.decide(&with(approval, "pay"));
    assert_eq!(
        ledger.tried(Entry::Decision(used.clone())),
        Err(Misfit::ApprovalNotGranted)
    );
    let mut unsaid = used;
    unsaid.approval_used = false;
    assert_eq!(
        ledger.tried(Entry::Decision(unsaid)),
        Err(Misfit::ApprovalNotGranted)
    );
}

#[test]
fn what_was_not_judged_is_told_so() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "pay", vec![Claim::Approved, reserve("a", 1, 1)]);
    let (_, decision) = ledger.decide(&ask);
    let outcomes: Vec<_> = decision
        .claims
        .iter()
        .map(|judged| judged.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Granted,
            Outcome::Granted,
            Outcome::Refused,
            Outcome::NotJudged
        ]
    );
}
