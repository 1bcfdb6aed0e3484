//! Approvals that somebody takes on, or passes on.

use super::{approvals::open, *};
use crate::limits::APPROVAL_CLAIM_SECONDS;

#[test]
fn what_is_claimed_is_left_to_whoever_claimed_it_until_it_is_escalated() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    let shown = act("a", "pay").digest;
    let claim = ledger
        .state
        .claim_approval(ledger.time, approval, &person("p"))
        .unwrap();
    ledger.apply(claim);
    let by_other = ledger
        .state
        .answer(ledger.time, approval, &person("q"), shown, true);
    assert_eq!(by_other, Err(ApprovalRefusal::Claimed));
    let escalated = ledger
        .state
        .escalate_approval(ledger.time, approval, &person("p"), None)
        .unwrap();
    ledger.apply(escalated);
    let grant = |name: &str| {
        ledger
            .state
            .answer(ledger.time, approval, &person(name), shown, true)
    };
    assert_eq!(grant("p"), Err(ApprovalRefusal::Escalated));
    assert!(grant("q").is_ok());
    let own = Entry::ApprovalAnswered {
        approval,
        by: "p".to_owned(),
        granted: true,
    };
    assert_eq!(ledger.tried(own), Err(Misfit::Own));
}

#[test]
fn a_claim_ends_after_its_time() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    let shown = act("a", "pay").digest;
    let claim = ledger
        .state
        .claim_approval(ledger.time, approval, &person("p"));
    ledger.apply(claim.unwrap());
    let answer = |ledger: &Ledger| {
        ledger
            .state
            .answer(ledger.time, approval, &person("q"), shown, true)
    };
    ledger.wait(APPROVAL_CLAIM_SECONDS - 1);
    assert_eq!(answer(&ledger), Err(ApprovalRefusal::Claimed));
    let view = ledger.state.approvals(ledger.time, approval, 1, true);
    assert_eq!(
        view[0].claimed.as_ref().map(|(by, _)| by.as_str()),
        Some("p")
    );
    ledger.wait(1);
    assert!(answer(&ledger).is_ok());
    let view = ledger.state.approvals(ledger.time, approval, 1, true);
    assert_eq!(view[0].claimed, None);
}

#[test]
fn what_is_passed_on_to_somebody_is_granted_by_them_or_their_group_alone() {
    let mut ledger = Ledger::new();
    let approval = open(&mut ledger, "pay");
    let shown = act("a", "pay").digest;
    let escalate = |ledger: &Ledger, to: &str| {
        ledger
            .state
            .escalate_approval(ledger.time, approval, &person("p"), Some(to))
    };
    // Not to whoever asks, the agent's operator, or oneself.
    for (to, refusal) in [
        ("operator-of-a", ApprovalRefusal::Own),
        ("a", ApprovalRefusal::Own),
        ("p", ApprovalRefusal::Escalated),
    ] {
        assert_eq!(escalate(&ledger, to), Err(refusal), "{to}");
    }
    let entry = escalate(&ledger, "committee").unwrap();
    ledger.apply(entry);
    let answer = |by: &Person, granted| {
        ledger
            .state
            .answer(ledger.time, approval, by, shown, granted)
    };
    assert_eq!(answer(&person("q"), true), Err(ApprovalRefusal::PassedOn));
    let member = Person {
        groups: vec!["committee".to_owned()],
        ..person("m")
    };
    assert!(answer(&member, true).is_ok());
    // Anybody who may answer at all may still say no.
    assert!(answer(&person("q"), false).is_ok());
    assert!(answer(&person("p"), false).is_ok());
}
