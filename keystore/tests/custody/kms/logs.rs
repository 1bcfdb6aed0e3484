//! What the SDK would log, and where credentials come from: in processes of their own.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use indelible_keystore::{AwsKmsOptions, AwsKmsProvider, KekProvider, ProviderFault as F};

use super::{
    Credentials, context, fault, key,
    script::{ARN, Honest, Script},
    wrap,
};
use crate::child;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs in a process of its own, for the subscriber is the whole process's.
#[test]
#[ignore = "run by no_key_is_ever_logged, in a process of its own"]
fn with_everything_logged() {
    let captured = Captured::default();
    let writer = captured.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    tracing::trace!("the log is seen");
    let script = Script::start(Honest::answer);
    let credentials = Credentials::new();
    let provider =
        AwsKmsProvider::connect(&credentials.options(&script.url(), ARN)).expect("it connects");
    let key = key();
    let wrapped = wrap(&provider, &key);
    provider.unwrap_key(&context(), &wrapped).expect("it opens");
    let log = String::from_utf8(captured.0.lock().expect("the log").clone()).expect("text");
    assert!(log.contains("the log is seen"));
    assert!(!log.contains(&STANDARD.encode(key.expose())[..12]), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn no_key_is_ever_logged() {
    let everything = [("RUST_LOG", "trace"), ("LOG_SENSITIVE_BODIES", "true")];
    child::passes("kms::logs::with_everything_logged", &everything);
}

/// Runs in a process of its own: what it finds depends on the variables.
#[test]
#[ignore = "run by credentials_come_from_where_the_sdk_finds_them, in a process of its own"]
fn with_credentials_from_the_environment() {
    let expected = std::env::var("EXPECTED").expect("an expectation");
    let script = Script::start(Honest::answer);
    let options = AwsKmsOptions {
        endpoint_url: Some(script.url()),
        attempt_timeout: Duration::from_secs(5),
        ..AwsKmsOptions::new(ARN)
    };
    let outcome = AwsKmsProvider::connect(&options);
    match expected.as_str() {
        "found" => outcome
            .expect("it connects")
            .health()
            .expect("it is healthy"),
        expected => {
            let (found, detail) = fault(outcome.map(drop));
            assert_eq!(found, F::AccessDenied, "{detail}");
            assert!(detail.contains(expected), "{detail}");
            assert!(
                script.seen().is_empty(),
                "nothing is sent without credentials"
            );
        }
    }
}

#[test]
fn credentials_come_from_where_the_sdk_finds_them() {
    let credentials = Credentials::new();
    let file = credentials
        .options("", "")
        .credentials_file
        .expect("a file");
    let file = file.to_str().expect("text");
    let profile = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(
        profile.path(),
        "[default]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"B\"}'\n\
         [profile broken]\nsource_profile = broken\ncredential_source = Nobody\nrole_arn = arn:aws:iam::123456789012:role/a\n",
    )
    .expect("it is written");
    let profile = profile.path().to_str().expect("text");
    let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "B")];
    for (variables, expected) in [
        (&keys[..], "found"),
        (&[("AWS_SHARED_CREDENTIALS_FILE", file)], "found"),
        (&[("AWS_CONFIG_FILE", profile)], "found"),
        (&[], "no credentials: none were found"),
        (
            &[("AWS_CONFIG_FILE", profile), ("AWS_PROFILE", "broken")],
            "no credentials: they are configured wrongly",
        ),
        // Neither an endpoint nor a proxy is taken from there: with these, nothing would answer.
        (
            &[
                keys[0],
                keys[1],
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1"),
                ("http_proxy", "http://127.0.0.1:1"),
                ("HTTP_PROXY", "http://127.0.0.1:1"),
            ],
            "found",
        ),
    ] {
        let mut all = vec![
            ("EXPECTED", expected),
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/nonexistent"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        all.extend_from_slice(variables);
        child::passes("kms::logs::with_credentials_from_the_environment", &all);
    }
}
