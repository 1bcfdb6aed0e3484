//! What the log has, and in which form.

use super::{error::ConfigError, file, flags::Flags};

/// Words that stand for a level by themselves.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What the names of this program's modules begin with.
const OWN: &str = "indelible";

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object on each line.
    Json,
}

/// What the log looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// As in `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

impl Log {
    /// Decides what command line and file mean.
    pub(super) fn check(flags: &Flags, file: file::Log) -> Result<Self, ConfigError> {
        let format = match flags.log_format.clone().or(file.format).as_deref() {
            None if flags.is_for_programs => LogFormat::Json,
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
        check_filter(&filter).map_err(|problem| ConfigError::LogFilter {
            text: filter.clone(),
            problem,
        })?;
        Ok(Self { format, filter })
    }
}

/// Refuses what is no filter, and what would silence the log by a slip: a word that is not a level means a module of that name.
fn check_filter(filter: &str) -> Result<(), String> {
    tracing_subscriber::EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let slip = filter.split(',').map(str::trim).find(|word| {
        let is_level = LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
        let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        !word.is_empty() && is_word && !is_level && !word.starts_with(OWN)
    });
    match slip {
        Some(slip) => Err(format!(
            "{slip:?} is neither a level ({}) nor a module of this program, whose names begin with {OWN}_",
            LEVELS.join(", ")
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_misspelt_does_not_silence_the_log() {
        for filter in ["inof", "info,debgu", "warning"] {
            let problem = check_filter(filter).unwrap_err();
            assert!(problem.contains("is neither a level"), "{problem}");
        }
        for filter in [
            "",
            "info",
            "INFO",
            "warn,indelible_server::rpc=debug",
            "indelible_ledger",
            "info,h2=off",
            "indelible_server[call]=trace",
        ] {
            assert_eq!(check_filter(filter), Ok(()), "{filter}");
        }
    }
}
