//! Identity keys that live in KMS.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::PublicKey;
use indelible_keystore::{
    AwsKmsOptions, AwsKmsProvider, IdentitySource, KekProvider, KeyError, ProviderFault as F,
};
use serde_json::{Value, json};

use super::{
    Credentials, connect, fault,
    script::{ARN, Answer, OTHER_ARN, Script},
};
use crate::rigs::{Emulator, Flavour};

fn source(provider: &AwsKmsProvider) -> &dyn IdentitySource {
    provider.identities().expect("it has identities")
}

#[test]
fn an_identity_signs_and_is_found_again() {
    let emulator = Emulator::shared(Flavour::MiniStack);
    let arn = emulator.create_key();
    let provider = connect(&emulator, &arn);
    let (locator, made) = source(&provider).create(&[5; 16]).expect("it is made");
    let public = made.public();
    drop(provider);
    // The signer outlives its provider; another process finds the same key.
    let provider = connect(&emulator, &arn);
    let found = source(&provider)
        .open(&locator, &public)
        .expect("it is found");
    assert_eq!(found.public(), public);
    let key = PublicKey::from_bytes(public).expect("to be trusted");
    for message in [b"indelible/test@v1\n".to_vec(), vec![], vec![7; 4_096]] {
        for signer in [&made, &found] {
            let signature = signer.sign(&message).expect("it signs");
            assert!(key.verify(&message, &signature));
        }
    }
    let (_, other) = source(&provider).create(&[6; 16]).expect("it is made");
    assert_ne!(other.public(), public);
    let refused = source(&provider).open(&locator, &other.public());
    assert!(matches!(refused.map(drop), Err(KeyError::OtherIdentity)));
}

#[test]
fn a_disabled_identity_is_told_as_one() {
    let emulator = Emulator::shared(Flavour::MiniStack);
    let provider = connect(&emulator, &emulator.create_key());
    let (locator, signer) = source(&provider).create(&[5; 16]).expect("it is made");
    let arn = String::from_utf8(locator).expect("an ARN");
    emulator.on_key("DisableKey", &arn);
    assert_eq!(fault(signer.sign(b"message")).0, F::KeyDisabled);
    emulator.on_key("EnableKey", &arn);
    signer.sign(b"message").expect("it signs again");
    emulator.on_key("ScheduleKeyDeletion", &arn);
    assert_eq!(fault(signer.sign(b"message")).0, F::KeyPendingDeletion);
}

#[test]
fn a_service_without_ed25519_says_so() {
    let emulator = Emulator::shared(Flavour::Moto);
    let provider = connect(&emulator, &emulator.create_key());
    let (found, detail) = fault(source(&provider).create(&[5; 16]).map(drop));
    assert_eq!(found, F::KeyUnfit, "{detail}");
}

#[test]
fn identities_can_be_kept_out_of_the_service() {
    let emulator = Emulator::shared(Flavour::Moto);
    let credentials = Credentials::new();
    let options = AwsKmsOptions {
        native_identities: false,
        ..credentials.options(&emulator.url(), &emulator.create_key())
    };
    let provider = AwsKmsProvider::connect(&options).expect("it connects");
    assert!(provider.identities().is_none());
}

#[test]
fn what_is_no_key_is_no_locator() {
    let emulator = Emulator::shared(Flavour::MiniStack);
    let arn = emulator.create_key();
    let provider = connect(&emulator, &arn);
    for locator in [
        "",
        "alias/a",
        "1234",
        "arn:aws:kms:us-east-1:1:alias/a",
        "arn:aws:s3:::key/a",
    ] {
        let refused = source(&provider).open(locator.as_bytes(), &[1; 32]);
        assert_eq!(fault(refused.map(drop)).0, F::KeyMissing, "{locator}");
    }
    assert_eq!(
        fault(source(&provider).open(&[0xff], &[1; 32]).map(drop)).0,
        F::KeyMissing
    );
    // A key that encrypts has no public half.
    let refused = source(&provider).open(arn.as_bytes(), &[1; 32]);
    assert_eq!(fault(refused.map(drop)).0, F::KeyUnfit);
}

/// A service whose identity key is known here, and whose answers pass through a change.
fn service(change: fn(&str, &mut Value)) -> (Script, AwsKmsProvider, [u8; 32]) {
    let key = SigningKey::from_bytes(&[42; 32]);
    let public = key.verifying_key().to_bytes();
    let script = Script::start(move |honest, request| {
        let mut body = match request.operation.as_str() {
            "CreateKey" => {
                assert_eq!(request.body["KeySpec"], "ECC_NIST_EDWARDS25519");
                assert_eq!(request.body["KeyUsage"], "SIGN_VERIFY");
                json!({"KeyMetadata": {"Arn": OTHER_ARN, "KeyId": "2"}})
            }
            "GetPublicKey" => {
                let info = [
                    b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
                    &public[..],
                ]
                .concat();
                json!({"KeyId": OTHER_ARN, "PublicKey": STANDARD.encode(info)})
            }
            "Sign" => {
                assert_eq!(request.body["MessageType"], "RAW");
                assert_eq!(request.body["SigningAlgorithm"], "ED25519_SHA_512");
                let message = STANDARD.decode(request.body["Message"].as_str().expect("text"));
                let signature = key.sign(&message.expect("base64")).to_bytes();
                json!({"KeyId": OTHER_ARN, "Signature": STANDARD.encode(signature)})
            }
            _ => return honest.answer(request),
        };
        change(&request.operation, &mut body);
        Answer::Ok(body)
    });
    let options = Credentials::new();
    let options = options.options(&script.url(), ARN);
    let credentials = Credentials::new();
    let options = AwsKmsOptions {
        credentials_file: credentials.options("", "").credentials_file,
        ..options
    };
    let provider = AwsKmsProvider::connect(&options).expect("it connects");
    script.seen();
    (script, provider, public)
}

#[test]
fn a_long_message_is_refused_before_anything_is_sent() {
    let (script, provider, _) = service(|_, _| {});
    let (_, signer) = source(&provider).create(&[5; 16]).expect("it is made");
    assert_eq!(script.seen(), ["CreateKey", "GetPublicKey"]);
    assert_eq!(fault(signer.sign(&[0; 4_097])).0, F::KeyUnfit);
    assert!(script.seen().is_empty());
    signer.sign(&[0; 4_096]).expect("it signs");
    assert_eq!(script.seen(), ["Sign"]);
}

#[test]
fn a_signature_that_does_not_hold_is_never_returned() {
    for change in [
        (|operation: &str, body: &mut Value| {
            if operation == "Sign" {
                body["Signature"] = json!(STANDARD.encode([1; 64]));
            }
        }) as fn(&str, &mut Value),
        |operation, body| {
            if operation == "Sign" {
                body["Signature"] = json!(STANDARD.encode([1; 63]));
            }
        },
        |operation, body| {
            if operation == "Sign" {
                body["KeyId"] = json!(ARN);
            }
        },
    ] {
        let (_script, provider, public) = service(change);
        let signer = source(&provider)
            .open(OTHER_ARN.as_bytes(), &public)
            .expect("it is found");
        assert_eq!(fault(signer.sign(b"message")).0, F::InconsistentAnswer);
    }
}

#[test]
fn a_public_key_that_is_not_the_keys_is_refused() {
    let (_script, provider, _) = service(|operation, body| {
        if operation == "GetPublicKey" {
            body["KeyId"] = json!(ARN);
        }
    });
    assert_eq!(
        fault(source(&provider).create(&[5; 16]).map(drop)).0,
        F::InconsistentAnswer
    );

    // The neutral element: every signature can be made to hold under it.
    let (_script, provider, _) = service(|operation, body| {
        if operation == "GetPublicKey" {
            let mut info = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00\x01".to_vec();
            info.resize(44, 0);
            body["PublicKey"] = json!(STANDARD.encode(info));
        }
    });
    let refused = source(&provider).create(&[5; 16]).map(drop);
    assert!(
        matches!(refused, Err(KeyError::NotTrustworthy)),
        "{refused:?}"
    );

    let (_script, provider, _) = service(|operation, body| {
        if operation == "GetPublicKey" {
            body["PublicKey"] = json!(STANDARD.encode([0x30; 91]));
        }
    });
    assert_eq!(
        fault(source(&provider).create(&[5; 16]).map(drop)).0,
        F::KeyUnfit
    );
}

#[test]
fn a_key_is_not_made_twice_for_want_of_an_answer() {
    for (answer, expected, repeated) in [
        ((|| Answer::Silence) as fn() -> Answer, F::TimedOut, false),
        (|| Answer::Close, F::Unreachable, false),
        (
            || Answer::Error(500, "KMSInternalException"),
            F::Unreachable,
            false,
        ),
        (
            || Answer::Error(400, "ThrottlingException"),
            F::Throttled,
            true,
        ),
    ] {
        let script = Script::start(move |honest, request| match request.operation.as_str() {
            "CreateKey" => answer(),
            _ => honest.answer(request),
        });
        let credentials = Credentials::new();
        let options = AwsKmsOptions {
            connect_timeout: Duration::from_millis(200),
            attempt_timeout: Duration::from_millis(300),
            total_timeout: Duration::from_millis(900),
            ..credentials.options(&script.url(), ARN)
        };
        let provider = AwsKmsProvider::connect(&options).expect("it connects");
        script.seen();
        assert_eq!(
            fault(source(&provider).create(&[5; 16]).map(drop)).0,
            expected
        );
        assert_eq!(script.seen().len() > 1, repeated, "{expected:?}");
    }
}
