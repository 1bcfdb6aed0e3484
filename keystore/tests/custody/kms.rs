//! The AWS KMS provider, against two emulators and against a server that does whatever it is told.

mod emulators;
mod faults;
mod identities;
mod logs;
mod moving;
mod policy;
mod real;
mod script;
mod states;

use std::{fs, time::Duration};

use indelible_keystore::{
    AwsKmsOptions, AwsKmsProvider, KekProvider, KeyContext, KeyError, KeyPurpose, ProviderFault,
    SecretKey, WrappedKey,
};
use tempfile::TempDir;

use crate::rigs::Emulator;

/// Credentials of a test's own: nothing may depend on who runs it.
struct Credentials(TempDir);

impl Credentials {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let text = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = none\n";
        fs::write(directory.path().join("credentials"), text).expect("it is written");
        Self(directory)
    }

    fn options(&self, url: &str, key: &str) -> AwsKmsOptions {
        AwsKmsOptions {
            region: Some("us-east-1".to_owned()),
            endpoint_url: Some(url.to_owned()),
            credentials_file: Some(self.0.path().join("credentials")),
            attempt_timeout: Duration::from_secs(20),
            total_timeout: Duration::from_secs(30),
            ..AwsKmsOptions::new(key)
        }
    }
}

/// A provider for a key of an emulator.
fn connect(emulator: &Emulator, key: &str) -> AwsKmsProvider {
    try_connect(emulator, key).expect("it connects")
}

fn try_connect(emulator: &Emulator, key: &str) -> Result<AwsKmsProvider, KeyError> {
    AwsKmsProvider::connect(&Credentials::new().options(&emulator.url(), key))
}

fn context() -> KeyContext {
    KeyContext::new(
        "audit.example.com/décisions/0123456789ab",
        KeyPurpose::Data,
        [3; 16],
    )
    .expect("valid")
}

fn key() -> SecretKey {
    SecretKey::generate().expect("random bytes")
}

fn wrap(provider: &dyn KekProvider, key: &SecretKey) -> WrappedKey {
    provider.wrap(&context(), key).expect("it wraps")
}

/// The fault of an outcome that must be one, with its detail.
fn fault<T>(outcome: Result<T, KeyError>) -> (ProviderFault, String) {
    match outcome {
        Err(KeyError::Provider { fault, detail, .. }) => (fault, detail),
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it succeeded"),
    }
}
