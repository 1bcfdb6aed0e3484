//! Signers and their signatures.

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::{
    claim::aegis::Gate,
    record::{OverrideRequested, OverrideSigned, OverrideSigner, override_bytes},
    state::{OverrideRefusal, OverrideState, refusal::code},
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(signer: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(signer.as_bytes()).as_bytes())
}

pub(super) fn signer(signer: &str, role: &str) -> OverrideSigner {
    OverrideSigner {
        signer: signer.to_owned(),
        role: Some(role.to_owned()),
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
        key: hex(key(signer).verifying_key().as_bytes()),
        signature: hex(&key(signer).sign(&override_bytes(&message)).to_bytes()),
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
        ledger.apply(Entry::OverrideSigner(signer(name, role)));
    }
    ledger
}

fn requested(name: &str, gates: &[&str]) -> OverrideRequested {
    let gates: Vec<_> = gates.iter().map(|gate| (*gate).to_owned()).collect();
    let act = act("a", name).digest;
    let mut requested = OverrideRequested {
        act,
        message: act,
        failed_gates: gates,
        requested_by: "r".to_owned(),
        proposal: String::new(),
        justification: "it must be".to_owned(),
    };
    requested.message = Digest::of(requested.message_text("ledger.example/audit").as_bytes());
    requested
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
    let of_the_digest_alone = OverrideSigned {
        signature: hex(&key("p").sign(message.as_bytes()).to_bytes()),
        ..good.clone()
    };
    // It verifies, under the key in the record, which is not the one that the signer is registered with.
    let under_another_key = OverrideSigned {
        signer: "p".to_owned(),
        ..signature(number, "risk_lead", "q", message)
    };
    for (signed, refusal) in [
        (stranger, OverrideRefusal::NotASigner),
        (other_role, OverrideRefusal::OtherRole),
        (of_another, OverrideRefusal::Signature),
        (of_other_bytes, OverrideRefusal::Signature),
        (of_the_digest_alone, OverrideRefusal::Signature),
        (under_another_key, OverrideRefusal::OtherKey),
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
    let check = |signer: &OverrideSigner| ledger.state.check_signer(signer);
    assert_eq!(check(&signer("s", "intern")), Err(OverrideRefusal::Role));
    assert_eq!(
        check(&signer("", "risk_lead")),
        Err(OverrideRefusal::SignerName)
    );
    let keyed = |key: String| OverrideSigner {
        key,
        ..signer("s", "security_lead")
    };
    let shared = keyed(signer("p", "risk_lead").key);
    assert_eq!(check(&shared), Err(OverrideRefusal::KeyOfAnother));
    // A point of small order, with which one signature fits many messages.
    let weak = keyed(format!("01{}", "0".repeat(62)));
    assert_eq!(check(&weak), Err(OverrideRefusal::Key));
    // The same key, written another way.
    let upper = keyed(signer("p", "risk_lead").key.to_uppercase());
    assert_eq!(check(&upper), Err(OverrideRefusal::Key));
    for misfit in [shared, weak, upper] {
        let tried = ledger.tried(Entry::OverrideSigner(misfit));
        assert_eq!(tried, Err(Misfit::Signer));
    }
    assert_eq!(ledger.state.signers().len(), 3);
}

#[test]
fn whoever_is_struck_off_signs_no_more_and_frees_the_key() {
    let mut ledger = with_signers();
    let requested = requested("launch", &["utility"]);
    let message = requested.message;
    let number = ledger.apply(Entry::OverrideRequested(requested));
    ledger.apply(Entry::OverrideSigner(OverrideSigner {
        signer: "p".to_owned(),
        role: None,
        key: String::new(),
    }));
    let signed = signature(number, "risk_lead", "p", message);
    assert_eq!(
        ledger.state.check_signature(ledger.time, &signed),
        Err(OverrideRefusal::NotASigner)
    );
    let tried = ledger.tried(Entry::OverrideSigned(signed));
    assert_eq!(tried, Err(Misfit::Override));
    let successor = OverrideSigner {
        key: signer("p", "risk_lead").key,
        ..signer("s", "risk_lead")
    };
    assert_eq!(ledger.state.check_signer(&successor), Ok(()));
}

#[test]
fn a_state_without_signers_has_the_bytes_of_before() {
    let holds = |ledger: &Ledger| {
        let bytes = ledger.state.snapshot().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        text.contains("\"signers\"")
    };
    assert!(!holds(&Ledger::new()));
    assert!(holds(&with_signers()));
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
    let digest = |requested: OverrideRequested| {
        Digest::of(requested.message_text("ledger.example/audit").as_bytes())
    };
    let message = digest(requested("launch", &["risk"]));
    assert_ne!(message, digest(requested("launch", &["risk", "utility"])));
    assert_ne!(message, digest(requested("other", &["risk"])));
    let otherwise = OverrideRequested {
        justification: "it may be".to_owned(),
        ..requested("launch", &["risk"])
    };
    assert_ne!(message, digest(otherwise));
}
