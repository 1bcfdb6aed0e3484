//! Secrets that systemd hands to its daemon alone, as another process sees them: not at all.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use indelible_server::config::{Config, KekSource, SecretSource};

/// Where systemd puts the credentials of services, each in a directory of its own.
const CREDENTIALS: &str = "/run/credentials";

/// Whether a file is a credential that can't be read here. Nothing follows for the daemon, which may read its own.
pub(super) fn is_unseen(file: &Path) -> bool {
    file.starts_with(CREDENTIALS) && File::open(file).is_err()
}

/// A configuration without the secrets that can't be seen here, and their files.
pub(super) fn seen(config: &Config) -> (Config, Vec<PathBuf>) {
    let mut seen = config.clone();
    let mut unseen = Vec::new();
    if let Some(file) = unseen_file(&seen.kek.current) {
        unseen.push(file);
        seen.kek.current = KekSource::Passphrase(SecretSource::Prompt);
    }
    seen.kek.previous.retain(|kek| match unseen_file(kek) {
        Some(file) => {
            unseen.push(file);
            false
        }
        None => true,
    });
    (seen, unseen)
}

fn unseen_file(kek: &KekSource) -> Option<PathBuf> {
    match kek {
        KekSource::Passphrase(SecretSource::File(file))
        | KekSource::Pkcs11(_, SecretSource::File(file)) => is_unseen(file).then(|| file.clone()),
        _ => None,
    }
}

/// What is said of one.
pub(super) fn told(file: &Path) -> String {
    format!(
        "{} is a credential that systemd gives to the daemon alone: it can't be seen from here, and was not looked at",
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_of_a_service_that_can_t_be_read_is_not_seen_and_another_file_is_missing() {
        let credential = Path::new("/run/credentials/no-such.service/passphrase");
        assert!(is_unseen(credential));
        assert!(told(credential).contains("can't be seen from here"));
        assert!(!is_unseen(Path::new("/no/such/passphrase")));
    }
}
