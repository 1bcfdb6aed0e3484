use super::{
    signing::{signature, with_signers},
    *,
};
use crate::{
    record::{OverrideRequested, OverrideSigned, ProposalStep, Proposed, Voted},
    state::{OverrideRefusal, OverrideState, ProposalRefusal, ProposalState, refusal::code},
};

fn requested(failed_gates: &[&str]) -> OverrideRequested {
    OverrideRequested {
        act: act("a", "launch").digest,
        message: Digest::of(b"message"),
        failed_gates: failed_gates.iter().map(|gate| (*gate).to_owned()).collect(),
        requested_by: "r".to_owned(),
        proposal: String::new(),
        justification: String::new(),
    }
}

fn signed(request: u64, role: &str, signer: &str, message: &[u8]) -> OverrideSigned {
    signature(request, role, signer, Digest::of(message))
}

#[test]
fn two_people_in_two_roles_sign_for_one_decision() {
    let mut ledger = with_signers();
    let number = ledger.apply(Entry::OverrideRequested(requested(&["risk"])));
    let check = |ledger: &Ledger, role, signer| {
        ledger
            .state
            .check_signature(ledger.time, &signed(number, role, signer, b"message"))
    };
    assert_eq!(
        check(&ledger, "risk_lead", "r"),
        Err(OverrideRefusal::Requester)
    );
    assert_eq!(check(&ledger, "intern", "p"), Err(OverrideRefusal::Role));
    ledger.apply(Entry::OverrideSigned(signed(
        number,
        "risk_lead",
        "p",
        b"message",
    )));
    assert_eq!(
        ledger.state.override_state(ledger.time, number),
        Some(OverrideState::Partial)
    );
    assert_eq!(
        check(&ledger, "risk_lead", "q"),
        Err(OverrideRefusal::Twice)
    );
    assert_eq!(
        check(&ledger, "security_lead", "p"),
        Err(OverrideRefusal::Twice)
    );
    let ask = |name: &str| proposal("a", name, vec![Claim::Overridden { number }]);
    assert_eq!(
        failed(&ledger.decide(&ask("launch")).1),
        Some(code::OVERRIDE)
    );
    ledger.apply(Entry::OverrideSigned(signed(
        number,
        "security_lead",
        "q",
        b"message",
    )));
    assert_eq!(
        failed(&ledger.decide(&ask("other")).1),
        Some(code::OVERRIDE)
    );
    assert!(ledger.decide(&ask("launch")).1.verdict.is_allowed());
    assert_eq!(
        ledger.state.override_state(ledger.time, number),
        Some(OverrideState::Used)
    );
    assert_eq!(
        failed(&ledger.decide(&ask("launch")).1),
        Some(code::OVERRIDE)
    );
}

#[test]
fn another_message_rejects_a_day_ends_and_complexity_is_never_overridden() {
    let mut ledger = with_signers();
    let check = |gates: &[&str]| ledger.state.check_override(&requested(gates));
    assert_eq!(
        check(&["risk", "complexity"]),
        Err(OverrideRefusal::NotOverridable)
    );
    assert_eq!(check(&[]), Err(OverrideRefusal::NoGate));
    assert_eq!(check(&["risk"]), Ok(()));
    let number = ledger.apply(Entry::OverrideRequested(requested(&["risk"])));
    ledger.apply(Entry::OverrideSigned(signed(
        number,
        "risk_lead",
        "p",
        b"other",
    )));
    assert_eq!(
        ledger.state.override_state(ledger.time, number),
        Some(OverrideState::Rejected)
    );
    let late = ledger.apply(Entry::OverrideRequested(requested(&["risk"])));
    ledger.wait(86_401);
    assert_eq!(
        ledger.state.override_state(ledger.time, late),
        Some(OverrideState::Expired)
    );
    let tried = ledger.tried(Entry::OverrideSigned(signed(
        late,
        "risk_lead",
        "p",
        b"message",
    )));
    assert_eq!(tried, Err(Misfit::Override));
}

#[test]
fn what_is_rejected_is_not_signed() {
    let mut ledger = with_signers();
    let number = ledger.apply(Entry::OverrideRequested(requested(&["risk"])));
    ledger.apply(Entry::OverrideRejected {
        request: number,
        by: "q".to_owned(),
    });
    let late = signed(number, "risk_lead", "p", b"message");
    assert_eq!(
        ledger.state.check_signature(ledger.time, &late),
        Err(OverrideRefusal::Ended)
    );
    assert_eq!(
        ledger.state.check_rejection(ledger.time, number),
        Err(OverrideRefusal::Ended)
    );
    let view = ledger.state.overrides(ledger.time, 0, 10);
    assert_eq!(view[0].state, OverrideState::Rejected);
}

fn proposed(quorum: u8, ledger: &Ledger) -> Proposed {
    Proposed {
        content: Digest::of(b"content"),
        proposer: "r".to_owned(),
        quorum,
        voters: ["x", "y", "z"].map(str::to_owned).to_vec(),
        deadline: ledger.time + 60 * SECOND_NS,
    }
}

fn vote(proposal: u64, voter: &str, yes: bool) -> Voted {
    Voted {
        proposal,
        voter: voter.to_owned(),
        model: None,
        yes,
        reasons: Digest::of(b"reasons"),
    }
}

#[test]
fn each_voter_votes_once_and_ties_deny() {
    let mut ledger = Ledger::new();
    let number = ledger.apply(Entry::Proposed(proposed(1, &ledger)));
    ledger.apply(Entry::Voted(vote(number, "x", true)));
    assert_eq!(
        ledger
            .state
            .check_vote(ledger.time, &vote(number, "x", true)),
        Err(ProposalRefusal::Twice)
    );
    assert_eq!(
        ledger
            .state
            .check_vote(ledger.time, &vote(number, "w", true)),
        Err(ProposalRefusal::NotAVoter)
    );
    ledger.apply(Entry::Voted(vote(number, "y", false)));
    let decide = |ledger: &Ledger| {
        ledger
            .state
            .check_step(number, ProposalStep::Decided, &person("x"))
    };
    assert_eq!(decide(&ledger), Err(ProposalRefusal::NoQuorum));
    ledger.apply(Entry::Voted(vote(number, "z", true)));
    assert_eq!(decide(&ledger), Ok(()));
    ledger.wait(60);
    assert_eq!(
        ledger
            .state
            .check_vote(ledger.time, &vote(number, "w", true)),
        Err(ProposalRefusal::Late)
    );
}

#[test]
fn the_proposer_never_approves_and_steps_follow_each_other() {
    let mut ledger = Ledger::new();
    let number = ledger.apply(Entry::Proposed(proposed(0, &ledger)));
    let step = |ledger: &mut Ledger, to, by: &str| {
        let by = by.to_owned();
        ledger.tried(Entry::ProposalMoved {
            proposal: number,
            to,
            by,
        })
    };
    assert_eq!(
        step(&mut ledger, ProposalStep::Approved, "p"),
        Err(Misfit::Proposal)
    );
    step(&mut ledger, ProposalStep::Decided, "p").unwrap();
    let check = ledger.state.check_step(
        number,
        ProposalStep::Approved,
        &Person {
            names: vec!["n".to_owned(), "r".to_owned()],
            ..person("n")
        },
    );
    assert_eq!(check, Err(ProposalRefusal::Proposer));
    step(&mut ledger, ProposalStep::Approved, "p").unwrap();
    step(&mut ledger, ProposalStep::Executed, "e").unwrap();
    assert_eq!(
        ledger.state.proposal(number),
        Some(ProposalState::At(ProposalStep::Executed))
    );
    assert_eq!(
        step(&mut ledger, ProposalStep::Rejected, "p"),
        Err(Misfit::Proposal)
    );
    let wrong = Proposed {
        quorum: 4,
        ..proposed(0, &ledger)
    };
    assert_eq!(
        ledger.state.check_proposal(ledger.time, &wrong),
        Err(ProposalRefusal::Quorum)
    );
}
