//! What only people do about overrides and proposals.

use indelible_governance::{
    record::{OverrideSigner, ProposalStep},
    state::ApprovalRefusal,
};

use super::*;
use crate::{NewOverride, NewProposal};

/// A caller that has the name of an approver, and is a token.
fn token() -> Person {
    Person {
        is_person: false,
        is_approver: false,
        ..person("unix:second")
    }
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, GovernError>) -> bool {
    matches!(
        answer,
        Err(GovernError::Approval(ApprovalRefusal::NotApprover))
    )
}

#[test]
fn a_token_signs_no_override_and_approves_no_proposal() {
    let rig = Rig::new(&store());
    let runtime = &rig.bench.runtime;
    let signer = OverrideSigner {
        signer: "unix:second".to_owned(),
        role: Some("risk_lead".to_owned()),
        // The base point: a key that is one.
        key: "5866666666666666666666666666666666666666666666666666666666666666".to_owned(),
    };
    runtime
        .block_on(rig.ledger.register_signer(signer, "operator"))
        .unwrap();
    let new = NewOverride {
        act: Digest::of(b"act"),
        proposal: String::new(),
        justification: "it must be done".to_owned(),
        failed_gates: vec!["risk".to_owned()],
    };
    let asked = runtime.block_on(rig.ledger.request_override(new, AGENT));
    let asked = asked.unwrap();
    let number = asked.placed.sequence;
    let signed = rig
        .ledger
        .sign_override(token(), number, asked.message, [0; 64]);
    assert!(is_refused(runtime.block_on(signed)));
    let new = NewProposal {
        content: Digest::of(b"content"),
        quorum: 0,
        voters: Vec::new(),
        seconds: 60,
    };
    let proposed = runtime.block_on(rig.ledger.propose_matter(new, AGENT));
    let proposal = proposed.unwrap().sequence;
    let step = |by| {
        let moved = rig
            .ledger
            .move_proposal(by, proposal, ProposalStep::Approved);
        runtime.block_on(moved)
    };
    assert!(is_refused(step(token())));
    // Nor does whoever proposed it, under another of their names.
    let proposer = Person {
        names: vec!["unix:other".to_owned(), AGENT.to_owned()],
        ..person("unix:other")
    };
    assert!(matches!(step(proposer), Err(GovernError::Proposal(_))));
    step(person("unix:second")).unwrap();
    rig.engine.drain().unwrap();
}
