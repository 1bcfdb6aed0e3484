//! Statements in envelopes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use indelible_compliance::reports::forms::dsse::{
    self, EnvelopeError, EnvelopeSignature, PAYLOAD_TYPE, SIGNATURES_MAX,
};
use indelible_evidence::note::{SignatureType, VerifierKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::fixture::{ORIGIN, report_of, subject};

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn verifier_key(seed: u8) -> VerifierKey {
    let public = signing_key(seed).verifying_key().to_bytes();
    VerifierKey::new(ORIGIN, SignatureType::Ed25519, public).expect("a key")
}

fn signature(seed: u8, message: &[u8]) -> EnvelopeSignature {
    EnvelopeSignature {
        key_id: format!("{ORIGIN}+00000000"),
        signature: signing_key(seed).sign(message).to_bytes().to_vec(),
    }
}

#[test]
fn the_encoding_before_signing_is_that_of_the_specification() {
    // The example of the DSSE protocol page.
    assert_eq!(
        dsse::pae("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
}

#[test]
fn a_statement_names_the_report_and_the_tree() {
    let report = report_of(&subject());
    let statement: Value =
        serde_json::from_slice(&dsse::statement(&report).expect("a statement")).expect("JSON");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    let json = report.to_json().expect("JSON");
    let digest = Sha256::digest(&json)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    assert_eq!(
        statement["subject"],
        json!([
            { "name": format!("report-{}.json", report.id), "digest": { "sha256": digest } },
            { "name": format!("{ORIGIN} at size 731220"), "digest": { "rfc6962Sha256": "5a".repeat(32) } },
        ])
    );
    assert_eq!(
        statement["predicate"],
        serde_json::from_slice::<Value>(&json).expect("JSON")
    );
}

#[test]
fn an_envelope_is_signed_by_the_key_that_signed_it() {
    let payload = dsse::statement(&report_of(&subject())).expect("a statement");
    let signed = signature(7, &dsse::pae(PAYLOAD_TYPE, &payload));
    let envelope = dsse::envelope(&payload, &[signed]).expect("an envelope");
    let opened = dsse::open(&envelope).expect("an envelope");
    assert_eq!(opened.payload, payload);
    assert!(opened.signed_by(&verifier_key(7)));
    assert!(!opened.signed_by(&verifier_key(8)));

    let mut changed = opened.clone();
    let last = changed.payload.len() - 1;
    changed.payload[last] ^= 1;
    assert!(!changed.signed_by(&verifier_key(7)));
    let bare = signature(7, &payload);
    let envelope = dsse::envelope(&payload, &[bare]).expect("an envelope");
    assert!(
        !dsse::open(&envelope)
            .expect("an envelope")
            .signed_by(&verifier_key(7)),
        "not over the encoding"
    );
    let other_type = signature(7, &dsse::pae("text/plain", &payload));
    let envelope = dsse::envelope(&payload, &[other_type]).expect("an envelope");
    assert!(
        !dsse::open(&envelope)
            .expect("an envelope")
            .signed_by(&verifier_key(7)),
        "of another type"
    );
}

#[test]
fn what_is_no_envelope_is_refused() {
    let sig = json!({ "keyid": "", "sig": STANDARD.encode([0; 64]) });
    let payload = STANDARD.encode("{}");
    let open = |value: Value| dsse::open(value.to_string().as_bytes());
    let of = |payload_type: &str, payload: &str, signatures: &[Value]| {
        open(json!({ "payloadType": payload_type, "payload": payload, "signatures": signatures }))
    };
    assert!(of(PAYLOAD_TYPE, &payload, std::slice::from_ref(&sig)).is_ok());
    assert!(matches!(
        of("text/plain", &payload, std::slice::from_ref(&sig)),
        Err(EnvelopeError::Type { .. })
    ));
    assert!(matches!(
        of(PAYLOAD_TYPE, "e30", std::slice::from_ref(&sig)),
        Err(EnvelopeError::Base64 { .. })
    ));
    assert!(matches!(
        of(PAYLOAD_TYPE, &payload, &[]),
        Err(EnvelopeError::Signatures { found: 0 })
    ));
    let many = vec![sig.clone(); SIGNATURES_MAX + 1];
    assert!(matches!(
        of(PAYLOAD_TYPE, &payload, &many),
        Err(EnvelopeError::Signatures { .. })
    ));
    assert!(matches!(
        open(json!({ "payload": payload, "signatures": [sig] })),
        Err(EnvelopeError::Json(_))
    ));
    let short = of(PAYLOAD_TYPE, &payload, &[json!({ "sig": "AA==" })]).expect("an envelope");
    assert!(!short.signed_by(&verifier_key(7)));
}
