//! Keys that move from one KEK to another.

use base64::{Engine, engine::general_purpose::STANDARD};
use indelible_keystore::{
    AwsKmsProvider, KekProvider, KeyError, MemoryProvider, ProviderFault as F, WrappedKey,
};
use serde_json::json;

use super::{
    Credentials, connect, context, fault, key,
    script::{ARN, Answer, Honest, OTHER_ARN, Request, Script},
    wrap,
};
use crate::rigs::{Emulator, Flavour};

/// moto re-encrypts; MiniStack does not know how to, so that the key is opened and wrapped.
#[test]
fn a_key_moves_within_a_service() {
    for flavour in [Flavour::MiniStack, Flavour::Moto] {
        let emulator = Emulator::shared(flavour);
        let from = connect(&emulator, &emulator.create_key());
        let to = connect(&emulator, &emulator.create_key());
        moves(&from, &to);
    }
}

#[test]
fn a_key_moves_between_providers_of_all_kinds() {
    let memory = MemoryProvider::generate().expect("it is made");
    let (ministack, moto) = (
        Emulator::shared(Flavour::MiniStack),
        Emulator::shared(Flavour::Moto),
    );
    let one = connect(&ministack, &ministack.create_key());
    let other = connect(&moto, &moto.create_key());
    moves(&memory, &one);
    moves(&one, &other);
    moves(&other, &memory);
}

fn moves(from: &dyn KekProvider, to: &dyn KekProvider) {
    let key = key();
    let old = wrap(from, &key);
    let new = to.rewrap(&context(), &old, from).expect("it moves");
    let new = WrappedKey::from_bytes(new.as_bytes()).expect("readable");
    assert_eq!(new.kek_id(), to.describe().kek_id);
    let opened = to.unwrap_key(&context(), &new).expect("it opens");
    assert_eq!(opened.expose(), key.expose());
    assert!(from.unwrap_key(&context(), &new).is_err());
    assert!(
        from.unwrap_key(&context(), &old).is_ok(),
        "the old one stays as it is"
    );
}

struct Pair {
    script: Script,
    from: AwsKmsProvider,
    to: AwsKmsProvider,
    old: WrappedKey,
}

/// Two keys of a service that answers ReEncrypt like this, and a key under the first.
fn pair(answer: impl Fn(&Honest, &Request) -> Answer + Send + Sync + 'static) -> Pair {
    let script = Script::start(move |honest, request| match request.operation.as_str() {
        "ReEncrypt" => answer(honest, request),
        _ => honest.answer(request),
    });
    let credentials = Credentials::new();
    let connect = |arn| {
        AwsKmsProvider::connect(&credentials.options(&script.url(), arn)).expect("it connects")
    };
    let (from, to) = (connect(ARN), connect(OTHER_ARN));
    let old = wrap(&from, &key());
    script.seen();
    Pair {
        script,
        from,
        to,
        old,
    }
}

#[test]
fn the_plaintext_is_not_sent_where_the_service_can_re_encrypt() {
    let pair = pair(Honest::answer);
    let new = pair
        .to
        .rewrap(&context(), &pair.old, &pair.from)
        .expect("it moves");
    // The new one is opened once: nobody else would notice before the old one is gone.
    assert_eq!(pair.script.seen(), ["ReEncrypt", "Decrypt"]);
    assert!(pair.to.unwrap_key(&context(), &new).is_ok());
}

#[test]
fn who_may_not_re_encrypt_opens_and_wraps() {
    for code in [
        "AccessDeniedException",
        "UnsupportedOperationException",
        "UnknownOperationException",
    ] {
        let pair = pair(move |_, _| Answer::Error(400, code));
        let new = pair
            .to
            .rewrap(&context(), &pair.old, &pair.from)
            .expect("it moves");
        assert_eq!(
            pair.script.seen(),
            ["ReEncrypt", "Decrypt", "Encrypt"],
            "{code}"
        );
        assert!(pair.to.unwrap_key(&context(), &new).is_ok());
    }
}

#[test]
fn a_re_encryption_that_lost_the_key_is_not_taken_for_one() {
    let lying = |name: &'static str, value: &'static str| {
        let pair = pair(move |honest, request| match honest.answer(request) {
            Answer::Ok(mut body) => {
                body[name] = json!(value);
                Answer::Ok(body)
            }
            other => other,
        });
        pair.to.rewrap(&context(), &pair.old, &pair.from).map(drop)
    };
    assert_eq!(fault(lying("KeyId", ARN)).0, F::InconsistentAnswer);
    assert_eq!(
        fault(lying("SourceKeyId", OTHER_ARN)).0,
        F::InconsistentAnswer
    );
    assert_eq!(fault(lying("CiphertextBlob", "")).0, F::InconsistentAnswer);
    let error = lying("CiphertextBlob", "AAAA").expect_err("nobody can open it");
    assert!(matches!(error, KeyError::WrappedDamaged), "{error:?}");

    let pair = pair(|honest, request| {
        // A ciphertext that opens, of another key.
        let mut other = Request {
            operation: "Encrypt".to_owned(),
            body: json!({"KeyId": OTHER_ARN, "Plaintext": STANDARD.encode([9; 32])}),
        };
        other.body["EncryptionContext"] = request.body["DestinationEncryptionContext"].clone();
        let (Answer::Ok(mut body), Answer::Ok(other)) =
            (honest.answer(request), honest.answer(&other))
        else {
            panic!("it is honest")
        };
        body["CiphertextBlob"] = other["CiphertextBlob"].clone();
        Answer::Ok(body)
    });
    let error = pair
        .to
        .rewrap(&context(), &pair.old, &pair.from)
        .expect_err("refused");
    assert!(matches!(error, KeyError::WrappedDamaged), "{error:?}");
}

#[test]
fn a_damaged_key_does_not_move() {
    let pair = pair(Honest::answer);
    let whole = pair.old.as_bytes();
    for at in [18, 34, 66, whole.len() - 33, whole.len() - 1] {
        let mut damaged = whole.to_vec();
        damaged[at] ^= 1;
        let damaged = WrappedKey::from_bytes(&damaged).expect("readable");
        let error = pair
            .to
            .rewrap(&context(), &damaged, &pair.from)
            .expect_err("refused");
        assert!(
            matches!(error, KeyError::WrappedDamaged | KeyError::OtherContext),
            "{error:?}"
        );
    }
}
