//! What opens keys and connections: passphrases, PINs, providers, certificates.

use std::{
    env,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_keystore::AwsKmsProvider;
use indelible_server::{
    config::{Config, KekSource, SecretSource},
    named_files::{NamedFileError, certificates_end, check_named_files},
};
use tokio::task::spawn_blocking;

use super::{
    super::credential,
    check::{Check, fail, ok, warn},
};
use crate::cli::error::chain;

/// Seconds before the end of a certificate from which on somebody should know.
const ENDS_SOON_SECONDS: i64 = 14 * 86_400;
const DAY_SECONDS: i64 = 86_400;

pub(super) async fn checks(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    let (seen, unseen) = credential::seen(config);
    checks.extend(named_files(check_named_files(&seen, None)));
    checks.extend(unseen.iter().map(|file| not_seen(file)));
    if let Ok(Some(until)) = certificates_end(config) {
        checks.push(certificate(until, now()));
    }
    checks.push(provider(&config.kek.current).await);
    checks
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The first of the files of TLS, passphrases and PINs that can't be used; nothing where all can.
fn named_files(checked: Result<(), NamedFileError>) -> Option<Check> {
    let error = checked.err()?;
    let (name, remedy) = match &error {
        NamedFileError::Tls(_) => (
            "certificates",
            "put certificate, key and authorities right: they must belong together and be valid now",
        ),
        NamedFileError::Passphrase(_) | NamedFileError::Pin(_) => (
            "passphrase or PIN",
            "put the file in its place, readable for the daemon's user alone",
        ),
    };
    Some(fail(name, chain(&error), remedy))
}

/// A secret that the daemon alone can read.
fn not_seen(file: &Path) -> Check {
    warn(
        "passphrase or PIN",
        credential::told(file),
        "nothing, if the daemon starts. `indelible backup verify --passphrase-file FILE`, with the file that LoadCredential= of its \
         unit names, tries a passphrase on a backup",
    )
}

fn certificate(until: i64, now: i64) -> Check {
    const NAME: &str = "certificates";
    let days = until.saturating_sub(now) / DAY_SECONDS;
    let found = format!("the first of them ends in {days} days");
    match until.saturating_sub(now) < ENDS_SOON_SECONDS {
        true => warn(
            NAME,
            found,
            "put a new certificate in its place; no restart is needed",
        ),
        false => ok(NAME, found),
    }
}

/// Whether the provider of keys is there, as far as can be told without opening the store or trying a secret.
async fn provider(source: &KekSource) -> Check {
    const NAME: &str = "key provider";
    match source {
        KekSource::Passphrase(SecretSource::File(path)) => match path.is_file() {
            true => ok(NAME, format!("a passphrase in {}", path.display())),
            false if credential::is_unseen(path) => ok(
                NAME,
                format!(
                    "a passphrase that systemd gives to the daemon as {}",
                    path.display()
                ),
            ),
            false => fail(
                NAME,
                format!("{} is not there", path.display()),
                "put the passphrase's file back: without it nobody opens the keys",
            ),
        },
        KekSource::Passphrase(SecretSource::Prompt) => ok(
            NAME,
            "a passphrase that somebody types at each start, unless the daemon's own command line names a file, as with the drop-in \
             passphrase.conf: that can't be seen from here",
        ),
        KekSource::Environment(name) => match env::var_os(name).is_some() {
            true => ok(NAME, format!("a key in the variable {name}")),
            false => warn(
                NAME,
                format!("the variable {name} is not set here"),
                "set it for the daemon; this program sees its own environment only",
            ),
        },
        KekSource::AwsKms(options) => {
            let options = options.clone();
            // It blocks for as long as the service takes.
            let asked = spawn_blocking(move || AwsKmsProvider::connect(&options)).await;
            match asked {
                Ok(Ok(provider)) => ok(NAME, format!("AWS KMS answers for {}", provider.arn())),
                Ok(Err(error)) => fail(
                    NAME,
                    chain(&error),
                    "docs/keys-kms.md has each fault and what to do about it",
                ),
                Err(error) => fail(NAME, error.to_string(), "report this: it is a bug"),
            }
        }
        KekSource::Pkcs11(options, _) => match options.module.is_file() {
            true => ok(
                NAME,
                format!(
                    "the PKCS#11 module {} is there; its token was not logged in to",
                    options.module.display()
                ),
            ),
            false => fail(
                NAME,
                format!(
                    "the PKCS#11 module {} is not there",
                    options.module.display()
                ),
                "install it, or correct `module`: docs/keys-hsm.md",
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use indelible_keystore::KeyError;

    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        for (until, outcome) in [
            (100 * DAY_SECONDS, Outcome::Ok),
            (14 * DAY_SECONDS, Outcome::Ok),
            (14 * DAY_SECONDS - 1, Outcome::Warn),
            (-DAY_SECONDS, Outcome::Warn),
        ] {
            assert_eq!(certificate(until, 0).outcome, outcome, "{until}");
        }
    }

    #[tokio::test]
    async fn a_provider_that_is_not_there_is_told() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("passphrase");
        let source = KekSource::Passphrase(SecretSource::File(path.clone()));
        assert_eq!(provider(&source).await.outcome, Outcome::Fail);
        std::fs::write(&path, "words").unwrap();
        assert_eq!(provider(&source).await.outcome, Outcome::Ok);
        let credential = "/run/credentials/no-such.service/passphrase";
        let source = KekSource::Passphrase(SecretSource::File(credential.into()));
        assert_eq!(provider(&source).await.outcome, Outcome::Ok);
        let unset = KekSource::Environment("INDELIBLE_TEST_NOBODY_SETS_THIS".to_owned());
        assert_eq!(provider(&unset).await.outcome, Outcome::Warn);
        let prompt = KekSource::Passphrase(SecretSource::Prompt);
        assert_eq!(provider(&prompt).await.outcome, Outcome::Ok);
    }

    #[test]
    fn a_file_that_can_not_be_used_is_a_failure() {
        assert_eq!(named_files(Ok(())), None);
        let wrong = named_files(Err(KeyError::WrongPassphrase.into())).unwrap();
        assert_eq!(wrong.outcome, Outcome::Fail);
    }
}
