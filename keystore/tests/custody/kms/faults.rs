//! Every fault that the service can have, each told apart; and how often and how long a call is tried.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use indelible_keystore::{
    AwsKmsOptions, AwsKmsProvider, KekProvider, KeyError, ProviderFault as F, SecretKey,
};
use serde_json::{Value, json};

use super::{
    Credentials, context, fault, key,
    script::{ARN, Answer, Honest, OTHER_ARN, Request, Script, described_as},
    wrap,
};

fn impatient(script: &Script, key: &str) -> AwsKmsOptions {
    AwsKmsOptions {
        connect_timeout: Duration::from_millis(200),
        attempt_timeout: Duration::from_millis(300),
        total_timeout: Duration::from_millis(900),
        ..Credentials::new().options(&script.url(), key)
    }
}

fn connect(script: &Script) -> AwsKmsProvider {
    let credentials = Credentials::new();
    let options = AwsKmsOptions {
        credentials_file: credentials.options("", "").credentials_file,
        ..impatient(script, ARN)
    };
    let provider = AwsKmsProvider::connect(&options).expect("it connects");
    // The SDK reads the file when it first needs it, which was just now.
    drop(credentials);
    script.seen();
    provider
}

/// What `unwrap_key` gives when Decrypt is answered like this; and how often it was asked for.
fn decrypt_answered(
    answer: impl Fn(&Honest, &Request) -> Answer + Send + Sync + 'static,
) -> (Result<SecretKey, KeyError>, usize) {
    let script = Script::start(move |honest, request| match request.operation.as_str() {
        "Decrypt" => answer(honest, request),
        _ => honest.answer(request),
    });
    let provider = connect(&script);
    let wrapped = wrap(&provider, &key());
    script.seen();
    let outcome = provider.unwrap_key(&context(), &wrapped);
    let calls = script.seen();
    (
        outcome,
        calls.iter().filter(|name| *name == "Decrypt").count(),
    )
}

#[test]
fn each_error_of_the_service_is_told_apart() {
    for (status, code, expected, transient) in [
        (400, "AccessDeniedException", F::AccessDenied, false),
        (400, "ExpiredTokenException", F::AccessDenied, false),
        (400, "UnrecognizedClientException", F::AccessDenied, false),
        (403, "SomethingNew", F::AccessDenied, false),
        (400, "ThrottlingException", F::Throttled, true),
        (429, "SomethingNew", F::Throttled, true),
        (500, "DependencyTimeoutException", F::TimedOut, true),
        (504, "SomethingNew", F::TimedOut, true),
        (500, "KMSInternalException", F::Unreachable, true),
        (500, "KeyUnavailableException", F::Unreachable, true),
        (503, "ServiceUnavailableException", F::Unreachable, true),
        (500, "SomethingNew", F::Unreachable, true),
        (400, "DisabledException", F::KeyDisabled, false),
        (400, "NotFoundException", F::KeyMissing, false),
        (400, "InvalidKeyUsageException", F::KeyUnfit, false),
        (400, "UnsupportedOperationException", F::KeyUnfit, false),
        (400, "ValidationException", F::KeyUnfit, false),
        (400, "SomethingNew", F::Failing, false),
    ] {
        let (outcome, calls) = decrypt_answered(move |_, _| Answer::Error(status, code));
        let (found, detail) = fault(outcome);
        assert_eq!(found, expected, "{status} {code}: {detail}");
        assert_eq!(calls > 1, transient, "{status} {code}: {calls} calls");
        assert_eq!(detail.contains("tried"), transient, "{detail}");
        assert!(detail.contains("Decrypt"), "{detail}");
    }
    for code in ["InvalidCiphertextException", "IncorrectKeyException"] {
        let (outcome, calls) = decrypt_answered(move |_, _| Answer::Error(400, code));
        assert!(matches!(outcome, Err(KeyError::WrappedDamaged)), "{code}");
        assert_eq!(calls, 1, "{code}");
    }
}

#[test]
fn a_key_that_refuses_for_its_state_is_asked_which_one() {
    for (state, expected) in [
        ("PendingDeletion", F::KeyPendingDeletion),
        ("PendingReplicaDeletion", F::KeyPendingDeletion),
        ("Disabled", F::KeyDisabled),
        ("PendingImport", F::KeyMissing),
        ("Unavailable", F::Unreachable),
        ("Enabled", F::Failing),
        ("SomethingNew", F::KeyUnfit),
    ] {
        let descriptions = AtomicUsize::new(0);
        let script = Script::start(move |honest, request| match request.operation.as_str() {
            "Decrypt" => Answer::Error(400, "KMSInvalidStateException"),
            "DescribeKey" if descriptions.fetch_add(1, Ordering::SeqCst) > 0 => {
                Answer::Ok(described_as(ARN, state))
            }
            _ => honest.answer(request),
        });
        let provider = connect(&script);
        let wrapped = wrap(&provider, &key());
        let (found, detail) = fault(provider.unwrap_key(&context(), &wrapped));
        assert_eq!(found, expected, "{state}: {detail}");
    }
}

#[test]
fn a_key_that_can_not_be_used_is_refused_when_connecting() {
    let change = |name: &'static str, value: &'static str| {
        let script = Script::start(move |_, _| {
            let mut description = described_as(ARN, "Enabled");
            description["KeyMetadata"][name] = json!(value);
            Answer::Ok(description)
        });
        fault(AwsKmsProvider::connect(&impatient_with_file(&script)).map(drop)).0
    };
    assert_eq!(change("KeyState", "Disabled"), F::KeyDisabled);
    assert_eq!(change("KeyState", "PendingDeletion"), F::KeyPendingDeletion);
    assert_eq!(change("KeyState", "Creating"), F::Failing);
    assert_eq!(change("KeyUsage", "SIGN_VERIFY"), F::KeyUnfit);
    assert_eq!(change("KeySpec", "RSA_2048"), F::KeyUnfit);
    assert_eq!(change("Arn", OTHER_ARN), F::InconsistentAnswer);
    assert_eq!(change("Arn", "not an ARN"), F::InconsistentAnswer);
}

/// Options whose credentials file is there for as long as the program runs.
fn impatient_with_file(script: &Script) -> AwsKmsOptions {
    let credentials = Box::leak(Box::new(Credentials::new()));
    AwsKmsOptions {
        credentials_file: credentials.options("", "").credentials_file,
        ..impatient(script, ARN)
    }
}

#[test]
fn what_passes_is_waited_for() {
    for trouble in [
        || Answer::Error(400, "ThrottlingException"),
        || Answer::Error(500, "KMSInternalException"),
        || Answer::Silence,
        || Answer::Close,
        || Answer::Raw(502, String::new(), "<html>Bad Gateway</html>".to_owned()),
    ] {
        let calls = AtomicUsize::new(0);
        let (outcome, calls) =
            decrypt_answered(
                move |honest, request| match calls.fetch_add(1, Ordering::SeqCst) {
                    0 => trouble(),
                    _ => honest.answer(request),
                },
            );
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(calls, 2);
    }
}

#[test]
fn no_call_takes_longer_than_it_may() {
    for (answer, expected) in [
        ((|| Answer::Silence) as fn() -> Answer, F::TimedOut),
        (|| Answer::Close, F::Unreachable),
        (|| Answer::Error(400, "ThrottlingException"), F::Throttled),
    ] {
        let script = Script::start(move |honest, request| match request.operation.as_str() {
            "Encrypt" => answer(),
            _ => honest.answer(request),
        });
        let provider = connect(&script);
        let start = Instant::now();
        let (found, detail) = fault(provider.wrap(&context(), &key()).map(drop));
        let taken = start.elapsed();
        assert_eq!(found, expected, "{detail}");
        assert!(found.is_transient());
        assert!(taken < Duration::from_millis(1_400), "{taken:?}");
        let calls = script.seen().len();
        assert!((2..=8).contains(&calls), "{calls} calls, {detail}");
    }
}

#[test]
fn the_last_refusal_is_told_and_not_the_end_of_time() {
    // Two hundred milliseconds an answer, so that the last try is cut short.
    let (outcome, _) = decrypt_answered(|_, _| {
        std::thread::sleep(Duration::from_millis(200));
        Answer::Error(400, "ThrottlingException")
    });
    assert_eq!(fault(outcome).0, F::Throttled);
}

#[test]
fn nobody_at_home_is_unreachable() {
    let script = Script::start(Honest::answer);
    let options = impatient_with_file(&script);
    let provider = AwsKmsProvider::connect(&options).expect("it connects");
    drop(script);
    let (found, detail) = fault(provider.health());
    assert_eq!(found, F::Unreachable, "{detail}");
    assert_eq!(
        fault(AwsKmsProvider::connect(&options).map(drop)).0,
        F::Unreachable
    );
}

#[test]
fn an_answer_that_can_not_be_true_is_called_that() {
    let with = |change: fn(&mut Value)| {
        move |honest: &Honest, request: &Request| match honest.answer(request) {
            Answer::Ok(mut body) => {
                change(&mut body);
                Answer::Ok(body)
            }
            other => other,
        }
    };
    // Decrypt: under another key, or none at all.
    for change in [
        (|body: &mut Value| body["KeyId"] = json!(OTHER_ARN)) as fn(&mut Value),
        |body| body["KeyId"] = json!("11111111-1111-1111-1111-111111111111"),
        |body| body["KeyId"] = Value::Null,
    ] {
        assert_eq!(
            fault(decrypt_answered(with(change)).0).0,
            F::InconsistentAnswer
        );
    }
    // Decrypt: another plaintext, or one of another length. Nothing tells it from a damaged key.
    for change in [
        (|body: &mut Value| body["Plaintext"] = json!(STANDARD.encode([1; 32]))) as fn(&mut Value),
        |body| body["Plaintext"] = json!(STANDARD.encode([1; 31])),
        |body| body["Plaintext"] = json!(STANDARD.encode([1; 4096])),
        |body| body["Plaintext"] = json!(""),
        |body| body["Plaintext"] = Value::Null,
    ] {
        let outcome = decrypt_answered(with(change)).0;
        assert!(
            matches!(outcome, Err(KeyError::WrappedDamaged)),
            "{outcome:?}"
        );
    }
    // Encrypt: under another key, nothing at all, or more than can be stored.
    for change in [
        (|body: &mut Value| body["KeyId"] = json!(OTHER_ARN)) as fn(&mut Value),
        |body| body["KeyId"] = Value::Null,
        |body| body["CiphertextBlob"] = Value::Null,
        |body| body["CiphertextBlob"] = json!(STANDARD.encode([1; 1_000])),
    ] {
        let answer = with(change);
        let script = Script::start(move |honest, request| match request.operation.as_str() {
            "Encrypt" => answer(honest, request),
            _ => honest.answer(request),
        });
        let outcome = connect(&script).wrap(&context(), &key());
        assert_eq!(fault(outcome.map(drop)).0, F::InconsistentAnswer);
    }
    // Something that is no KMS at all.
    let (outcome, calls) =
        decrypt_answered(|_, _| Answer::Raw(200, String::new(), "<html>Log in</html>".to_owned()));
    assert_eq!((fault(outcome).0, calls), (F::InconsistentAnswer, 1));
}

#[test]
fn no_error_repeats_what_the_service_was_shown() {
    let script = Script::start(|honest, request| {
        let Some(plaintext) = request.body["Plaintext"].as_str() else {
            return honest.answer(request);
        };
        let echo = json!({"__type": plaintext, "code": plaintext, "message": plaintext});
        let headers = format!("x-amzn-requestid: {plaintext}\r\nx-amzn-errortype: {plaintext}\r\n");
        Answer::Raw(400, headers, echo.to_string())
    });
    let (provider, key) = (connect(&script), key());
    let error = provider.wrap(&context(), &key).expect_err("refused");
    let text = format!("{error} {error:?}");
    assert!(text.contains("an unknown code, status 400"), "{text}");
    assert!(
        !text.contains(&STANDARD.encode(key.expose())[..8]),
        "{text}"
    );
}

#[test]
fn a_request_is_named_so_that_it_can_be_looked_up() {
    let (outcome, _) = decrypt_answered(|_, _| {
        let id = "x-amzn-requestid: 0f6b9a1e-6e9d-4c9c-8c55-3b7f0f2a6a11\r\n".to_owned();
        let body = json!({"__type": "AccessDeniedException", "Message": "no"});
        Answer::Raw(400, id, body.to_string())
    });
    let (_, detail) = fault(outcome);
    assert_eq!(
        detail,
        "Decrypt: AccessDeniedException, status 400, request 0f6b9a1e-6e9d-4c9c-8c55-3b7f0f2a6a11"
    );
}

#[test]
fn the_context_is_authenticated_under_fixed_names() {
    let script = Script::start(|honest, request| {
        if request.operation == "Encrypt" {
            let names = request.body["EncryptionContext"]
                .as_object()
                .expect("a context");
            let names: Vec<_> = names.keys().map(String::as_str).collect();
            let fixed = [
                "indelible-commitment",
                "indelible-key-id",
                "indelible-purpose",
                "indelible-scope",
            ];
            assert_eq!(names, fixed);
            let context = &request.body["EncryptionContext"];
            assert_eq!(context["indelible-scope"], super::context().scope());
            assert_eq!(context["indelible-purpose"], "data");
            assert_eq!(context["indelible-key-id"], "03".repeat(16));
        }
        honest.answer(request)
    });
    connect(&script).wrap(&context(), &key()).expect("it wraps");
}

#[test]
fn it_may_be_called_from_wherever_one_may_wait() {
    let script = Script::start(Honest::answer);
    let provider = std::sync::Arc::new(connect(&script));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime");
    let outcome = runtime.block_on(async {
        let provider = provider.clone();
        tokio::task::spawn_blocking(move || provider.health())
            .await
            .expect("no panic")
    });
    outcome.expect("it is healthy");
    // Also where one should not, it waits and does not panic.
    runtime
        .block_on(async { provider.health() })
        .expect("it is healthy");
    std::thread::spawn(move || provider.health())
        .join()
        .expect("no panic")
        .expect("healthy");
}
