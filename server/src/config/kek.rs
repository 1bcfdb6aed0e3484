//! Where the key-encryption key comes from: what may be configured, and what `auto` finds.

use std::{
    env,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use indelible_keystore::{AwsKmsOptions, KEK_VARIABLE, MechanismChoice, Pkcs11Options};

use super::{
    error::ConfigError,
    file,
    flags::{Flags, Terminal},
    paths::{absolute_path, outside},
};

/// Names a key in AWS KMS for `auto`.
const KMS_KEY_VARIABLE: &str = "INDELIBLE_KMS_KEY";
/// Names a PKCS#11 module for `auto`; those below go with it.
const PKCS11_MODULE_VARIABLE: &str = "INDELIBLE_PKCS11_MODULE";
/// The token's label.
const PKCS11_TOKEN_VARIABLE: &str = "INDELIBLE_PKCS11_TOKEN";
/// The label of the KEK in the token.
const PKCS11_KEY_VARIABLE: &str = "INDELIBLE_PKCS11_KEY";
/// The file with the token's PIN.
const PKCS11_PIN_FILE_VARIABLE: &str = "INDELIBLE_PKCS11_PIN_FILE";
/// The file with a passphrase.
const PASSPHRASE_FILE_VARIABLE: &str = "INDELIBLE_PASSPHRASE_FILE";

/// Where a key-encryption key comes from, and all it takes to open it. One variant for each provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KekSource {
    /// A key that is derived from a passphrase.
    Passphrase(SecretSource),
    /// A key in an environment variable of this name.
    Environment(String),
    /// A key in AWS KMS, whose credentials the SDK finds.
    AwsKms(Box<AwsKmsOptions>),
    /// A key in a PKCS#11 token, which a PIN opens.
    Pkcs11(Box<Pkcs11Options>, SecretSource),
}

/// Where a passphrase or a PIN comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Somebody types it at the terminal.
    Prompt,
    /// A file, whose path is absolute and outside the data directory.
    File(PathBuf),
}

/// The providers: the one that wraps, those that only open what they wrapped before, and why it is this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekSources {
    /// Wraps.
    pub current: KekSource,
    /// Open what they wrapped before.
    pub previous: Vec<KekSource>,
    /// What `auto` chose and why; none where a provider is named.
    pub chosen: Option<String>,
}

impl KekSources {
    /// Whether somebody is asked for a passphrase or a PIN.
    #[must_use]
    pub fn asks_somebody(&self) -> bool {
        let mut all = std::iter::once(&self.current).chain(&self.previous);
        all.any(|kek| {
            matches!(
                kek,
                KekSource::Passphrase(SecretSource::Prompt)
                    | KekSource::Pkcs11(_, SecretSource::Prompt)
            )
        })
    }
}

pub(super) fn check(
    flags: &Flags,
    named: Option<file::Kek>,
    previous: Vec<file::Kek>,
    data: &Path,
    terminal: Terminal,
) -> Result<KekSources, ConfigError> {
    let checked = |kek| source(kek, data, terminal);
    let previous = previous
        .into_iter()
        .map(|kek| match kek {
            file::Kek::Auto {} => Err(ConfigError::PreviousAuto),
            kek => checked(kek),
        })
        .collect::<Result<_, _>>()?;
    let from_flag = flags
        .passphrase_file
        .clone()
        .map(|path| file::Kek::PassphraseFile { path });
    if let (Some(_), Some(named)) = (&from_flag, &named) {
        // Whichever were taken, somebody would rely on the other.
        return Err(ConfigError::TwoProviders {
            provider: named.name(),
        });
    }
    let (current, chosen) = match from_flag.or(named) {
        Some(file::Kek::Auto {}) => {
            let (kek, chosen) = auto(|name| env::var_os(name).map(PathBuf::from))?;
            (kek, Some(chosen))
        }
        Some(kek) => (kek, None),
        None => (file::Kek::PassphrasePrompt {}, None),
    };
    Ok(KekSources {
        current: checked(current)?,
        previous,
        chosen,
    })
}

fn source(kek: file::Kek, data: &Path, terminal: Terminal) -> Result<KekSource, ConfigError> {
    match kek {
        file::Kek::PassphraseFile { path } => {
            let file = secret_file(data, "passphrase file", &path)?;
            Ok(KekSource::Passphrase(file))
        }
        file::Kek::PassphrasePrompt {} => {
            let prompt = prompt(terminal, ConfigError::PassphraseMissing)?;
            Ok(KekSource::Passphrase(prompt))
        }
        file::Kek::Environment { variable } => Ok(KekSource::Environment(
            variable.unwrap_or_else(|| KEK_VARIABLE.to_owned()),
        )),
        file::Kek::AwsKms {
            key,
            region,
            endpoint,
            profile,
            credentials_file,
            native_identity,
        } => {
            let mut options = AwsKmsOptions::new(key);
            options.region = region;
            options.endpoint_url = endpoint;
            options.profile = profile;
            options.credentials_file = credentials_file;
            options.native_identities = native_identity.unwrap_or(true);
            Ok(KekSource::AwsKms(Box::new(options)))
        }
        file::Kek::Pkcs11(token) => {
            let pin = match &token.pin_file {
                Some(path) => secret_file(data, "PIN file", path)?,
                None => prompt(terminal, ConfigError::PinMissing)?,
            };
            Ok(KekSource::Pkcs11(Box::new(token_options(token)?), pin))
        }
        file::Kek::Auto {} => Err(ConfigError::PreviousAuto),
    }
}

fn secret_file(data: &Path, what: &'static str, path: &Path) -> Result<SecretSource, ConfigError> {
    let path = absolute_path(what, path)?;
    outside(data, what, &path)?;
    Ok(SecretSource::File(path))
}

fn prompt(terminal: Terminal, nobody: ConfigError) -> Result<SecretSource, ConfigError> {
    match terminal {
        Terminal::Present => Ok(SecretSource::Prompt),
        Terminal::Absent => Err(nobody),
    }
}

fn token_options(token: file::Pkcs11) -> Result<Pkcs11Options, ConfigError> {
    let key_id = match token.key_id {
        Some(text) => {
            let decoded = HEX.decode(text.as_bytes());
            Some(decoded.map_err(|_| ConfigError::KeyId { text })?)
        }
        None => None,
    };
    let word = token.mechanism.as_deref().unwrap_or("auto");
    let mechanism = MechanismChoice::from_name(word).ok_or_else(|| ConfigError::Mechanism {
        text: word.to_owned(),
    })?;
    let module = absolute_path("PKCS#11 module", &token.module)?;
    let mut options = Pkcs11Options::new(module, token.token, "");
    options.token_serial = token.serial;
    options.key_label = token.key;
    options.key_id = key_id;
    options.mechanism = mechanism;
    options.create = token.create.unwrap_or(false);
    Ok(options)
}

/// The strongest provider that the environment names: KMS, HSM, environment, file. If that one does not work, this is an
/// error later and never a reason to take a weaker one.
fn auto(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<(file::Kek, String), ConfigError> {
    let set = |name: &str| variable(name).filter(|value| !value.as_os_str().is_empty());
    let text = |name: &'static str| set(name).map(|value| value.to_string_lossy().into_owned());
    let order = [
        KMS_KEY_VARIABLE,
        PKCS11_MODULE_VARIABLE,
        KEK_VARIABLE,
        PASSPHRASE_FILE_VARIABLE,
    ];
    let named: Vec<_> = order
        .into_iter()
        .filter(|name| set(name).is_some())
        .collect();
    let (kek, what) = match named.first().copied() {
        Some(KMS_KEY_VARIABLE) => {
            let key = text(KMS_KEY_VARIABLE).unwrap_or_default();
            let kek = file::Kek::AwsKms {
                key,
                region: None,
                endpoint: None,
                profile: None,
                credentials_file: None,
                native_identity: None,
            };
            (kek, "AWS KMS")
        }
        Some(PKCS11_MODULE_VARIABLE) => {
            let missing = |name: &'static str| ConfigError::AutoIncomplete { name };
            let token = file::Pkcs11 {
                module: set(PKCS11_MODULE_VARIABLE).unwrap_or_default(),
                token: text(PKCS11_TOKEN_VARIABLE).ok_or_else(|| missing(PKCS11_TOKEN_VARIABLE))?,
                serial: None,
                key: Some(text(PKCS11_KEY_VARIABLE).ok_or_else(|| missing(PKCS11_KEY_VARIABLE))?),
                key_id: None,
                pin_file: set(PKCS11_PIN_FILE_VARIABLE),
                mechanism: None,
                create: None,
            };
            (file::Kek::Pkcs11(token), "the PKCS#11 token")
        }
        Some(KEK_VARIABLE) => (file::Kek::Environment { variable: None }, "the environment"),
        Some(_) => {
            let path = set(PASSPHRASE_FILE_VARIABLE).unwrap_or_default();
            (file::Kek::PassphraseFile { path }, "the passphrase file")
        }
        None => return Err(ConfigError::AutoNothing),
    };
    let (first, rest) = (named.first().copied().unwrap_or_default(), &named[1..]);
    let mut chosen = format!("auto: {what}, since {first} is set");
    if !rest.is_empty() {
        chosen.push_str(&format!("; weaker and not used: {}", rest.join(", ")));
    }
    Ok((kek, chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str]) -> Result<(file::Kek, String), ConfigError> {
        auto(|name| names.contains(&name).then(|| PathBuf::from("/x")))
    }

    #[test]
    fn auto_takes_the_strongest_that_is_named_and_says_why() {
        let token = [
            PKCS11_MODULE_VARIABLE,
            PKCS11_TOKEN_VARIABLE,
            PKCS11_KEY_VARIABLE,
        ];
        let all = [
            &token[..],
            &[KMS_KEY_VARIABLE, KEK_VARIABLE, PASSPHRASE_FILE_VARIABLE],
        ]
        .concat();
        let (kek, why) = chosen(&all).unwrap();
        assert!(matches!(kek, file::Kek::AwsKms { .. }));
        assert!(
            why.contains(KMS_KEY_VARIABLE) && why.contains(KEK_VARIABLE),
            "{why}"
        );
        let (kek, _) = chosen(&all[..3]).unwrap();
        assert!(matches!(kek, file::Kek::Pkcs11(_)));
        let (kek, _) = chosen(&[KEK_VARIABLE, PASSPHRASE_FILE_VARIABLE]).unwrap();
        assert!(matches!(kek, file::Kek::Environment { .. }));
        let (kek, why) = chosen(&[PASSPHRASE_FILE_VARIABLE]).unwrap();
        assert!(matches!(kek, file::Kek::PassphraseFile { .. }));
        assert!(!why.contains("weaker"), "{why}");
    }

    #[test]
    fn auto_never_falls_through_nor_invents() {
        assert!(matches!(chosen(&[]), Err(ConfigError::AutoNothing)));
        // A token that is named by half is not passed over for the weaker one beside it.
        let half = chosen(&[PKCS11_MODULE_VARIABLE, KEK_VARIABLE]);
        assert!(matches!(half, Err(ConfigError::AutoIncomplete { .. })));
    }
}
