//! The daemon's configuration: flags, the environment and an optional file, made into one checked value.
//!
//! There are two steps. The raw forms ([`Flags`], [`file::File`]) hold what was written. [`Config::check`] decides what
//! it means, or refuses it, before a port is bound or a store is opened. A variable of the environment overrides the file, and a
//! flag overrides both, but for the provider of the keys, which only one of them may name.

mod access;
mod address;
mod backup;
mod defaults;
mod digest;
mod effective;
mod environment;
mod error;
mod file;
mod flags;
mod issuers;
mod kek;
mod log;
mod memory;
mod monitoring;
mod paths;
mod range;
mod register;
mod rescue;
mod retention;
mod scrub;
mod tls;
mod traces;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use indelible_access::limits::TOKEN_DAYS_MAX;
use indelible_compliance::time::typed;
use indelible_evidence::origin::{LedgerName, Origin, SYSTEM_LEDGER};
use indelible_keystore::age::Recipients;
use indelible_ledger::{ClockRule, ScrubRule, limits::LEDGERS_MAX};

use crate::limits::{
    CONNECTIONS_PER_ADDRESS_DEFAULT, FAILED_AUTHENTICATIONS_PER_MINUTE_DEFAULT, OWN_TOKENS_MAX,
    OWN_TOKENS_OF_A_MAKER_DEFAULT,
};
use defaults::PUBLICATION_INTERVAL_MS_DEFAULT;
use paths::{absolute_path, beside, outside, own_file};
use range::within;

pub use access::{Access, FileAccess, access_of_file};
pub use address::{ListenAddress, LoopbackAddress, UNIX_SCHEME};
pub use backup::Backup;
pub use defaults::{
    LISTEN_EXAMPLE, MACHINE_SOCKET, ORIGIN_PREFIX_DEFAULT, is_believed_directory,
    is_safe_directory, known_socket, own_socket,
};
pub use effective::{Setting, Source};
pub use error::ConfigError;
pub use flags::{Flags, Terminal};
pub use issuers::{KeysUrl, TrustedIssuer, WhereKeys};
pub use kek::{KekSource, KekSources, SecretSource};
pub use log::{Log, LogFormat};
pub use memory::{Buffers, Memory};
pub use monitoring::{Metrics, MetricsAddress};
pub use register::Register;
pub(crate) use tls::SHA256;
pub use tls::Tls;
pub use traces::Traces;

const PUBLICATION_INTERVAL_MS: std::ops::RangeInclusive<u64> = 100..=3_600_000;
const CLOCK_STEP_HOURS: std::ops::RangeInclusive<u64> = 1..=87_600;
const PER_ADDRESS: std::ops::RangeInclusive<u64> = 0..=1_000_000;
const TOKEN_DAYS: std::ops::RangeInclusive<u64> = 1..=TOKEN_DAYS_MAX;
const TOKENS_PER_MAKER: std::ops::RangeInclusive<u64> = 1..=OWN_TOKENS_MAX as u64;
const LEDGERS: std::ops::RangeInclusive<u64> = 1..=1_000_000;

/// The checked configuration of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The data directory, absolute.
    pub data: PathBuf,
    /// The anchor file, absolute; outside the data directory.
    pub anchor: PathBuf,
    /// Where to listen; not empty.
    pub listen: Vec<ListenAddress>,
    /// Certificate and key, for all that listens on TCP.
    pub tls: Option<Tls>,
    /// How many connections and failed authentications one address may have.
    pub addresses: AddressRules,
    /// Whose tokens say who calls.
    pub issuers: Vec<TrustedIssuer>,
    /// Who may do what, and how often.
    pub access: Access,
    /// The file that says so, absolute. It is read again when it changes.
    pub file: Option<PathBuf>,
    /// Where monitoring reads metrics, and which.
    pub metrics: Metrics,
    /// Where probes over HTTP are answered; nowhere unless it is said.
    pub health: Option<SocketAddr>,
    /// What origins of new ledgers begin with.
    pub origin_prefix: OriginPrefix,
    /// Where the key that wraps all others comes from.
    pub kek: KekSources,
    /// When the identity key signs.
    pub publication: Publication,
    /// How far the clock may go ahead.
    pub clock: ClockRule,
    /// Ledgers that the daemon may hold, closed ones included.
    pub ledgers: u64,
    /// Days for which a token of the daemon's own may be valid.
    pub token_days: u64,
    /// Tokens of the daemon's own that one maker may have at once.
    pub tokens_per_maker: u64,
    /// Time between two rounds in which what is past its time is disposed of; none if that takes a call.
    pub retention_every: Option<Duration>,
    /// The directory to which rules of retention archive; none if there is none.
    pub archive: Option<PathBuf>,
    /// How the store is read again in the background.
    pub scrub: ScrubRule,
    /// How much memory is planned with.
    pub memory: Memory,
    /// Where backups go, and when; none if they go nowhere.
    pub backup: Option<Backup>,
    /// The register outside this machine, if there is one.
    pub register: Option<Register>,
    /// To whom copies of data keys are sealed; none if nobody.
    pub rescue: Option<Recipients>,
    /// Where traces go, if anywhere.
    pub traces: Option<Traces>,
    /// What the log looks like.
    pub log: Log,
    /// SHA-256 of the configuration file, if there is one.
    pub digest: Option<[u8; 32]>,
    /// What it was made of, so that it can be read again.
    pub asked: Asked,
}

/// What a configuration is made of beside its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The command line; the path of the configuration file is absolute.
    pub flags: Flags,
    /// Whether there was somebody to ask.
    pub terminal: Terminal,
}

/// What one address may have; nothing where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRules {
    /// Connections that are open at once.
    pub connections: Option<usize>,
    /// Tokens that are refused in a minute, after which it waits.
    pub failures_per_minute: Option<u32>,
}

/// When the identity key signs checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// Between two checkpoints of one ledger, when there is something new.
    pub interval: Duration,
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
        let origin = Origin::compose(text, &longest, [0; 6]);
        origin.map_err(|error| refuse(error.to_string()))?;
        if text.rsplit('/').next() == Some(SYSTEM_LEDGER) {
            return Err(refuse(format!(
                "must not end with {SYSTEM_LEDGER}, which names the store's own ledger"
            )));
        }
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
        let (file, text) = match &flags.config {
            Some(path) => file::File::read(path)?,
            None => Default::default(),
        };
        let file = environment::over(file, &text, &environment::overrides()?)?;
        Self::check(flags, file, &text, terminal)
    }

    /// The settings that a daemon with this command line would have, in the order of their keys.
    ///
    /// # Errors
    /// As [`Self::load`]: what can't be in force is not shown as if it were.
    pub fn effective(flags: &Flags, terminal: Terminal) -> Result<Vec<Setting>, ConfigError> {
        let config = Self::load(flags, terminal)?;
        let text = match &flags.config {
            Some(path) => file::File::read(path)?.1,
            None => String::new(),
        };
        let defaults = (config.anchor.as_path(), config.listen.as_slice());
        let overrides = environment::overrides()?;
        Ok(effective::settings(flags, overrides, &text, defaults))
    }

    /// Reads the file anew, with the same command line, and checks everything.
    ///
    /// # Errors
    /// As [`Self::load`]: then a daemon could not start with the file as it is now.
    pub fn again(&self) -> Result<Self, ConfigError> {
        Self::load(&self.asked.flags, self.asked.terminal)
    }

    /// `text` is what the file was read from, for the numbers of lines.
    fn check(
        flags: &Flags,
        file: file::File,
        text: &str,
        terminal: Terminal,
    ) -> Result<Self, ConfigError> {
        let access = Access::check(&file, text)?;
        let metrics = Metrics::check(flags, &file)?;
        let health = monitoring::health(flags, &file)?;
        let own = flags.config.as_deref().map(own_file).transpose()?;
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
        let tls = tls::check(file.tls)?;
        let listen = address::listen(&flags.listen, file.listen, tls.is_some())?;
        monitoring::each_once(&listen, health, metrics.at)?;
        let prefix = flags.origin_prefix.clone().or(file.origin_prefix);
        Ok(Self {
            listen,
            tls,
            access,
            asked: Asked {
                flags: Flags {
                    config: own.clone(),
                    ..flags.clone()
                },
                terminal,
            },
            file: own,
            issuers: issuers::check(file.issuers)?,
            addresses: addresses(&file.limits)?,
            metrics,
            health,
            origin_prefix: OriginPrefix::parse(prefix.as_deref().unwrap_or(ORIGIN_PREFIX_DEFAULT))?,
            kek: kek::check(flags, file.kek, file.previous_kek, &data, terminal)?,
            publication: publication(&file.publication)?,
            clock: clock(flags, file.clock)?,
            ledgers: ledgers(&file.limits)?,
            token_days: token_days(&file.limits)?,
            tokens_per_maker: tokens_per_maker(&file.limits)?,
            scrub: scrub::check(&file.scrub)?,
            memory: memory(&file.memory)?,
            backup: backup::check(file.backup, &data)?,
            register: register::check(file.register, &data)?,
            rescue: rescue::check(file.rescue)?,
            traces: Traces::check(file.traces)?,
            log: Log::check(flags, file.log)?,
            retention_every: retention::every(&file.retention)?,
            archive: retention::archive(&file.retention, &data)?,
            digest: digest::of(text),
            data,
            anchor,
        })
    }
}

fn publication(file: &file::Publication) -> Result<Publication, ConfigError> {
    let interval_ms = file.interval_ms.unwrap_or(PUBLICATION_INTERVAL_MS_DEFAULT);
    within(
        "publication.interval_ms",
        interval_ms,
        PUBLICATION_INTERVAL_MS,
    )?;
    Ok(Publication {
        interval: Duration::from_millis(interval_ms),
    })
}

fn clock(flags: &Flags, file: file::Clock) -> Result<ClockRule, ConfigError> {
    let rule = ClockRule::default();
    let max_step = match file.max_step_hours {
        None => rule.max_step,
        Some(hours) => {
            within("clock.max_step_hours", hours, CLOCK_STEP_HOURS)?;
            Duration::from_secs(hours * 3_600)
        }
    };
    let right_until = flags.clock_right_until.clone().or(file.right_until);
    let right_until = match right_until.filter(|text| !text.is_empty()) {
        None => rule.right_until,
        Some(text) => {
            typed(&text).map_err(|problem| ConfigError::ClockRightUntil { text, problem })?
        }
    };
    Ok(ClockRule {
        max_step,
        right_until,
    })
}

fn ledgers(file: &file::Limits) -> Result<u64, ConfigError> {
    let ledgers = file.ledgers.unwrap_or(LEDGERS_MAX);
    within("limits.ledgers", ledgers, LEDGERS)?;
    Ok(ledgers)
}

fn token_days(file: &file::Limits) -> Result<u64, ConfigError> {
    let days = file.token_days.unwrap_or(TOKEN_DAYS_MAX);
    within("limits.token_days", days, TOKEN_DAYS)?;
    Ok(days)
}

fn tokens_per_maker(file: &file::Limits) -> Result<u64, ConfigError> {
    let tokens = file
        .tokens_per_maker
        .unwrap_or(OWN_TOKENS_OF_A_MAKER_DEFAULT);
    within("limits.tokens_per_maker", tokens, TOKENS_PER_MAKER)?;
    Ok(tokens)
}

/// 0 is no limit.
fn addresses(file: &file::Limits) -> Result<AddressRules, ConfigError> {
    let connections = file
        .connections_per_address
        .unwrap_or(CONNECTIONS_PER_ADDRESS_DEFAULT);
    within("limits.connections_per_address", connections, PER_ADDRESS)?;
    let failures = file
        .failed_authentications_per_minute
        .unwrap_or(FAILED_AUTHENTICATIONS_PER_MINUTE_DEFAULT);
    within(
        "limits.failed_authentications_per_minute",
        failures,
        PER_ADDRESS,
    )?;
    Ok(AddressRules {
        connections: usize::try_from(connections).ok().filter(|most| *most > 0),
        failures_per_minute: u32::try_from(failures).ok().filter(|most| *most > 0),
    })
}

fn memory(file: &file::Memory) -> Result<Memory, ConfigError> {
    if let Some(mib) = file.budget_mib {
        within("memory.budget_mib", mib, memory::BUDGET_MIB)?;
    }
    Ok(Memory::of_mib(file.budget_mib))
}

#[cfg(test)]
mod deploy_tests;
#[cfg(test)]
mod tests;
