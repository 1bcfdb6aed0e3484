//! What the daemon is told: flags and an optional file, made into one checked value.
//!
//! Two steps. The raw forms ([`Flags`], [`file::File`]) say what stands there; [`Config::check`]
//! says what it means, or refuses it. Everything that can be refused is refused here, before a
//! port is bound or a store opened. A flag wins over the file.

mod error;
mod file;
mod kek;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf, absolute},
    time::Duration,
};

use indelible_evidence::origin::{LedgerName, Origin};

pub use error::ConfigError;
pub use kek::{KekSource, KekSources, SecretSource};

/// Where the daemon listens unless told otherwise.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:7311";

/// The origin prefix of a daemon that was given none: good for trying things out only.
pub const ORIGIN_PREFIX_DEFAULT: &str = "localhost";

const PUBLICATION_INTERVAL_MS: std::ops::RangeInclusive<u64> = 100..=3_600_000;

/// What the command line says. Nothing is checked yet.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The data directory.
    pub data: Option<PathBuf>,
    /// Address and port.
    pub listen: Option<String>,
    /// Address and port for monitoring.
    pub metrics: Option<String>,
    /// What origins begin with.
    pub origin_prefix: Option<String>,
    /// The anchor file.
    pub anchor: Option<PathBuf>,
    /// The file that holds the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// `text` or `json`.
    pub log_format: Option<String>,
    /// As in `tracing_subscriber::EnvFilter`.
    pub log_filter: Option<String>,
}

/// Whether somebody sits there who can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// Standard input is a terminal.
    Present,
    /// It is not.
    Absent,
}

/// The checked configuration of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The data directory, absolute.
    pub data: PathBuf,
    /// The anchor file, absolute; outside the data directory.
    pub anchor: PathBuf,
    /// Where to listen.
    pub listen: LoopbackAddress,
    /// Where monitoring reads; nowhere unless it is said.
    pub metrics: Option<LoopbackAddress>,
    /// What origins of new ledgers begin with.
    pub origin_prefix: OriginPrefix,
    /// Where the key that wraps all others comes from.
    pub kek: KekSources,
    /// When the identity key signs.
    pub publication: Publication,
    /// What the log looks like.
    pub log: Log,
}

/// When the identity key signs checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// Between two checkpoints of one ledger, when there is something new.
    pub interval: Duration,
}

/// What the log looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// As in `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object on each line.
    Json,
}

/// An address that only processes of this machine reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopbackAddress(SocketAddr);

impl LoopbackAddress {
    /// Reads address and port. A host name is not looked up.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let address: SocketAddr = text.parse().map_err(|_| ConfigError::ListenMalformed {
            text: text.to_owned(),
        })?;
        if !address.ip().to_canonical().is_loopback() {
            return Err(ConfigError::ListenNotLoopback { address });
        }
        Ok(Self(address))
    }

    /// The address.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl fmt::Display for LoopbackAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// What the origins of an operator's ledgers begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginPrefix(String);

impl OriginPrefix {
    /// Accepts what gives a valid origin with the longest name.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let refuse = |problem: String| ConfigError::OriginPrefix {
            text: text.to_owned(),
            problem,
        };
        let longest =
            LedgerName::parse(&"x".repeat(64)).map_err(|error| refuse(error.to_string()))?;
        Origin::compose(text, &longest, [0; 6]).map_err(|error| refuse(error.to_string()))?;
        Ok(Self(text.to_owned()))
    }

    /// The prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Config {
    /// Reads the file, if one is named, and checks everything.
    pub fn load(flags: &Flags, terminal: Terminal) -> Result<Self, ConfigError> {
        let file = match &flags.config {
            Some(path) => file::File::read(path)?,
            None => file::File::default(),
        };
        Self::check(flags, file, terminal)
    }

    fn check(flags: &Flags, file: file::File, terminal: Terminal) -> Result<Self, ConfigError> {
        let data = flags
            .data
            .clone()
            .or(file.data)
            .ok_or(ConfigError::DataMissing)?;
        let data = absolute_path("data", &data)?;
        let anchor = match flags.anchor.clone().or(file.anchor) {
            Some(path) => absolute_path("anchor", &path)?,
            None => beside(&data)?,
        };
        outside(&data, "anchor", &anchor)?;
        let listen = flags.listen.clone().or(file.listen);
        let metrics = flags.metrics.clone().or(file.metrics);
        let prefix = flags.origin_prefix.clone().or(file.origin_prefix);
        Ok(Self {
            listen: LoopbackAddress::parse(listen.as_deref().unwrap_or(LISTEN_DEFAULT))?,
            metrics: metrics
                .as_deref()
                .filter(|text| !text.is_empty())
                .map(LoopbackAddress::parse)
                .transpose()?,
            origin_prefix: OriginPrefix::parse(prefix.as_deref().unwrap_or(ORIGIN_PREFIX_DEFAULT))?,
            kek: kek::check(flags, file.kek, file.previous_kek, &data, terminal)?,
            publication: publication(&file.publication)?,
            log: log(flags, file.log)?,
            data,
            anchor,
        })
    }
}

fn publication(file: &file::Publication) -> Result<Publication, ConfigError> {
    let interval_ms = file.interval_ms.unwrap_or(1_000);
    within(
        "publication.interval_ms",
        interval_ms,
        PUBLICATION_INTERVAL_MS,
    )?;
    Ok(Publication {
        interval: Duration::from_millis(interval_ms),
    })
}

fn log(flags: &Flags, file: file::Log) -> Result<Log, ConfigError> {
    let format = match flags.log_format.clone().or(file.format).as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(other) => {
            return Err(ConfigError::LogFormat {
                text: other.to_owned(),
            });
        }
    };
    let filter = flags
        .log_filter
        .clone()
        .or(file.filter)
        .unwrap_or_else(|| "info".to_owned());
    tracing_subscriber::EnvFilter::try_new(&filter).map_err(|error| ConfigError::LogFilter {
        text: filter.clone(),
        problem: error.to_string(),
    })?;
    Ok(Log { format, filter })
}

fn within(
    field: &'static str,
    value: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<(), ConfigError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        field,
        value,
        low: *range.start(),
        high: *range.end(),
    })
}

fn absolute_path(what: &'static str, path: &Path) -> Result<PathBuf, ConfigError> {
    let refuse = |source| ConfigError::Path {
        what,
        path: path.to_owned(),
        source,
    };
    let path = absolute(path).map_err(refuse)?;
    // The last part need not exist yet; what it lies in is resolved where it does, so that a
    // symbolic link can't hide that one path lies in the other.
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => Ok(parent.join(name)),
        _ => Ok(path),
    }
}

fn beside(data: &Path) -> Result<PathBuf, ConfigError> {
    let mut name = data
        .file_name()
        .ok_or_else(|| ConfigError::DataHasNoName {
            path: data.to_owned(),
        })?
        .to_owned();
    name.push(".anchor");
    Ok(data.with_file_name(name))
}

/// What guards the data must not be copied, restored or stolen together with it.
fn outside(data: &Path, what: &'static str, path: &Path) -> Result<(), ConfigError> {
    if path.starts_with(data) {
        return Err(ConfigError::InsideData {
            what,
            path: path.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod deploy_tests;
#[cfg(test)]
mod tests;
