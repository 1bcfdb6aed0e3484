//! Signers and their signatures.

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::{
    claim::aegis::Gate,
    record::{OverrideRequested, OverrideSigned, SignatureKind, SignerRegistered},
    state::refusal::code,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(signer: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(signer.as_bytes()).as_bytes())
}

pub(super) fn signer(signer: &str, role: &str) -> SignerRegistered {
    SignerRegistered {
        signer: signer.to_owned(),
        role: role.to_owned(),
        algorithm: SignatureKind::Ed25519,
        key: hex(key(signer).verifying_key().as_bytes()),
    }
}

/// A signature that verifies.
pub(super) fn signature(request: u64, role: &str, signer: &str, message: Digest) -> OverrideSigned {
    OverrideSigned {
        request,
        role: role.to_owned(),
        signer: signer.to_owned(),
        message,
        algorithm: SignatureKind::Ed25519,
        signature: hex(&key(signer).sign(message.as_bytes()).to_bytes()),
    }
}

/// A ledger with two who may sign, and with somebody who asks and could sign, too.
pub(super) fn with_signers() -> Ledger {
    let mut ledger = Ledger::new();
    for (name, role) in [
        ("p", "risk_lead"),
        ("q", "security_lead"),
        ("r", "risk_lead"),
    ] {
        ledger.apply(Entry::Signer(signer(name, role)));
    }
    ledger
}

fn requested(name: &str, gates: &[&str]) -> OverrideRequested {
    let gates: Vec<_> = gates.iter().map(|gate| (*gate).to_owned()).collect();
    let act = act("a", name).digest;
    OverrideRequested {
        act,
        message: override_message(&act, "it must be", &gates),
        failed_gates: gates,
        requested_by: "r".to_owned(),
    }
}

/// An override that both signed.
pub(super) fn approved(ledger: &mut Ledger, name: &str, gates: &[&str]) -> u64 {
    let requested = requested(name, gates);
    let message = requested.message;
    let number = ledger.apply(Entry::OverrideRequested(requested));
    for (role, signer) in [("risk_lead", "p"), ("security_lead", "q")] {
        let signed = signature(number, role, signer, message);
        assert_eq!(ledger.state.check_signature(ledger.time, &signed), Ok(()));
        ledger.apply(Entry::OverrideSigned(signed));
    }
    number
}

#[test]
fn only_a_registered_signer_with_a_signature_that_verifies_signs() {
    let mut ledger = with_signers();
    let requested = requested("launch", &["utility"]);
    let message = requested.message;
    let number = ledger.apply(Entry::OverrideRequested(requested));
    let good = signature(number, "risk_lead", "p", message);
    let stranger = signature(number, "risk_lead", "s", message);
    let other_role = signature(number, "security_lead", "p", message);
    let of_another = OverrideSigned {
        signature: signature(number, "risk_lead", "q", message).signature,
        ..good.clone()
    };
    let of_other_bytes = OverrideSigned {
        message: Digest::of(b"other"),
        ..good.clone()
    };
    for (signed, refusal) in [
        (stranger, OverrideRefusal::NotASigner),
        (other_role, OverrideRefusal::OtherRole),
        (of_another, OverrideRefusal::Signature),
        (of_other_bytes, OverrideRefusal::Signature),
    ] {
        assert_eq!(
            ledger.state.check_signature(ledger.time, &signed),
            Err(refusal)
        );
        let tried = ledger.tried(Entry::OverrideSigned(signed));
        assert_eq!(tried, Err(Misfit::Override), "{refusal}");
    }
    ledger.apply(Entry::OverrideSigned(good));
}

#[test]
fn a_signer_has_a_role_that_signs_and_a_key_of_its_own() {
    let mut ledger = with_signers();
    let check = |signer: &SignerRegistered| ledger.state.check_signer(signer);
    assert_eq!(check(&signer("s", "intern")), Err(SignerRefusal::Role));
    assert_eq!(check(&signer("", "risk_lead")), Err(SignerRefusal::Name));
    let shared = SignerRegistered {
        key: signer("p", "risk_lead").key,
        ..signer("s", "security_lead")
    };
    assert_eq!(check(&shared), Err(SignerRefusal::SharedKey));
    // A point of small order, with which one signature fits many messages.
    let weak = SignerRegistered {
        key: format!("01{}", "0".repeat(62)),
        ..signer("s", "security_lead")
    };
    assert_eq!(check(&weak), Err(SignerRefusal::Key));
    assert_eq!(ledger.tried(Entry::Signer(shared)), Err(Misfit::Signer));
    assert_eq!(ledger.state.signers().len(), 3);
}

#[test]
fn an_override_is_of_the_gates_that_it_names_and_of_one_decision() {
    let mut ledger = with_signers();
    let number = approved(&mut ledger, "launch", &["utility"]);
    let ask =
        |failed: Vec<Gate>, number| proposal("a", "launch", vec![Claim::Gates { failed, number }]);
    let more = vec![Gate::Quality, Gate::Utility];
    let (_, decision) = ledger.decide(&ask(more, Some(number)));
    assert_eq!(failed(&decision), Some(code::OVERRIDE));
    let (_, decision) = ledger.decide(&ask(vec![Gate::Utility], None));
    assert_eq!(failed(&decision), Some(code::AEGIS_PAUSE));
    let one = ask(vec![Gate::Utility], Some(number));
    assert!(ledger.decide(&one).1.verdict.is_allowed());
    assert_eq!(
        ledger.state.override_state(ledger.time, number),
        Some(OverrideState::Used)
    );
    assert_eq!(failed(&ledger.decide(&one).1), Some(code::OVERRIDE));
}

#[test]
fn a_record_that_allows_without_the_override_does_not_fit() {
    let mut ledger = with_signers();
    let number = approved(&mut ledger, "launch", &["utility"]);
    let ask = |number| {
        let failed = vec![Gate::Utility];
        proposal("a", "launch", vec![Claim::Gates { failed, number }])
    };
    let mut allowed = ledger.state.judge(ledger.time, &ask(Some(number)));
    assert!(allowed.verdict.is_allowed());
    for judged in &mut allowed.claims {
        if let Claim::Gates { number, .. } = &mut judged.claim {
            *number = None;
        }
    }
    assert_eq!(
        ledger.tried(Entry::Decision(allowed)),
        Err(Misfit::Override)
    );
}

#[test]
fn only_known_gates_can_be_overridden() {
    let ledger = with_signers();
    let check = |gates: &[&str]| ledger.state.check_override(&requested("launch", gates));
    assert_eq!(check(&["risk", "utility"]), Ok(()));
    assert_eq!(check(&["Complexity"]), Err(OverrideRefusal::UnknownGate));
    assert_eq!(check(&["complexity"]), Err(OverrideRefusal::NotOverridable));
    let act = act("a", "launch").digest;
    let gates = |gates: &[&str]| {
        gates
            .iter()
            .map(|gate| (*gate).to_owned())
            .collect::<Vec<_>>()
    };
    let message = override_message(&act, "j", &gates(&["risk", "utility"]));
    assert_eq!(
        message,
        override_message(&act, "j", &gates(&["utility", "risk"]))
    );
    assert_ne!(message, override_message(&act, "j", &gates(&["risk"])));
    assert_ne!(
        message,
        override_message(&act, "k", &gates(&["risk", "utility"]))
    );
}
