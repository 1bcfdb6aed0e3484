//! The configuration file as it is written: TOML, unknown keys refused, nothing else checked.

use std::{
    fs,
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{backup::BackupFile, error::ConfigError, register::RegisterFile, rescue::RescueFile};
use crate::limits::CONFIG_BYTES_MAX;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) data: Option<PathBuf>,
    pub(super) anchor: Option<PathBuf>,
    pub(super) listen: Option<OneOrMore>,
    pub(super) tls: Option<Tls>,
    /// Who may do what.
    #[serde(default)]
    pub(super) access: Vec<indelible_access::Entry>,
    /// How much may be appended in a day.
    #[serde(default)]
    pub(super) quotas: Vec<indelible_access::QuotaEntry>,
    /// Whose tokens are believed.
    #[serde(default)]
    pub(super) issuers: Vec<Issuer>,
    pub(super) metrics: Option<String>,
    /// Whether others than this machine may read metrics.
    pub(super) metrics_insecure: Option<bool>,
    pub(super) metrics_ledgers: Option<u64>,
    pub(super) health: Option<String>,
    pub(super) origin_prefix: Option<String>,
    pub(super) kek: Option<Kek>,
    /// Providers that still open what they wrapped.
    #[serde(default, rename = "previous-kek")]
    pub(super) previous_kek: Vec<Kek>,
    #[serde(default)]
    pub(super) publication: Publication,
    #[serde(default)]
    pub(super) clock: Clock,
    #[serde(default)]
    pub(super) retention: Retention,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) scrub: Scrub,
    #[serde(default)]
    pub(super) memory: Memory,
    #[serde(default)]
    pub(super) backup: BackupFile,
    #[serde(default)]
    pub(super) register: RegisterFile,
    #[serde(default)]
    pub(super) rescue: RescueFile,
    #[serde(default)]
    pub(super) log: Log,
    #[serde(default)]
    pub(super) traces: Traces,
}

/// Where traces go, and of which calls.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Traces {
    pub(super) endpoint: Option<String>,
    pub(super) ratio: Option<f64>,
}

/// One text, or a list of some.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) client_ca: Option<PathBuf>,
    pub(super) client_certificates: Option<String>,
    /// SHA-256 of the public keys of clients that are not known any more.
    #[serde(default)]
    pub(super) revoked_client_keys: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issuer {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) keys_url: Option<String>,
    pub(super) keys_file: Option<PathBuf>,
    /// Authorities that vouch for the host of `keys_url`.
    pub(super) ca: Option<PathBuf>,
    pub(super) algorithms: Option<Vec<String>>,
    pub(super) groups_claim: Option<String>,
    pub(super) leeway_seconds: Option<u64>,
    pub(super) stale_seconds: Option<u64>,
}

/// Each provider with exactly its own keys.
#[derive(Debug, Deserialize)]
#[serde(tag = "provider", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Kek {
    PassphrasePrompt {},
    PassphraseFile {
        path: PathBuf,
    },
    Environment {
        variable: Option<String>,
    },
    AwsKms {
        key: String,
        region: Option<String>,
        endpoint: Option<String>,
        profile: Option<String>,
        credentials_file: Option<PathBuf>,
        native_identity: Option<bool>,
    },
    Pkcs11(Pkcs11),
    Auto {},
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pkcs11 {
    pub(super) module: PathBuf,
    pub(super) token: String,
    pub(super) serial: Option<String>,
    pub(super) key: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) pin_file: Option<PathBuf>,
    pub(super) mechanism: Option<String>,
    pub(super) create: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    pub(super) interval_ms: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clock {
    pub(super) max_step_hours: Option<u64>,
    pub(super) right_until: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retention {
    pub(super) every_hours: Option<u64>,
    pub(super) archive: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) ledgers: Option<u64>,
    pub(super) requests_per_second: Option<u64>,
    pub(super) bytes_per_second: Option<u64>,
    pub(super) connections_per_address: Option<u64>,
    pub(super) failed_authentications_per_minute: Option<u64>,
    pub(super) token_days: Option<u64>,
    pub(super) tokens_per_maker: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scrub {
    pub(super) bytes_per_second: Option<u64>,
    pub(super) pass_hours: Option<u64>,
    pub(super) start_delay_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    pub(super) budget_mib: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) format: Option<String>,
    pub(super) filter: Option<String>,
}

/// What is wrong, and where. The text itself is not told: a file with a secret may have been named by mistake, and who reads
/// the log or the status may not read the file.
fn problem(error: &toml::de::Error, text: &str) -> String {
    let message = without_texts(error.message());
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return message;
    };
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|one| *one != '\n').count() + 1;
    format!("line {line}, column {column}: {message}")
}

/// A message without the value of a text, which it has between double quotes.
fn without_texts(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(from), Some(to)) => format!("{}…{}", &message[..from], &message[to + 1..]),
        _ => message.to_owned(),
    }
}

impl Kek {
    /// The provider's name, as the file writes it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::PassphrasePrompt {} => "passphrase-prompt",
            Self::PassphraseFile { .. } => "passphrase-file",
            Self::Environment { .. } => "environment",
            Self::AwsKms { .. } => "aws-kms",
            Self::Pkcs11(_) => "pkcs11",
            Self::Auto {} => "auto",
        }
    }
}

impl File {
    /// The file, and its text.
    pub(super) fn read(path: &Path) -> Result<(Self, String), ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let mut text = String::new();
        let mut mode = 0;
        fs::File::open(path)
            .and_then(|file| {
                mode = file.metadata()?.mode();
                Ok(file)
            })
            .and_then(|file| file.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        if mode & 0o002 != 0 {
            return Err(ConfigError::EverybodyWrites {
                path: path.to_owned(),
            });
        }
        if text.len() as u64 > CONFIG_BYTES_MAX {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
                bytes_max: CONFIG_BYTES_MAX,
            });
        }
        match toml::from_str(&text) {
            Ok(file) => Ok((file, text)),
            Err(error) => Err(ConfigError::Malformed {
                path: path.to_owned(),
                problem: problem(&error, &text),
            }),
        }
    }
}
