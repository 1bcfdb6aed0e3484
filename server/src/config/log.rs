//! What the log looks like.

use super::{error::ConfigError, file, flags::Flags};

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

/// What is said of the log, or its defaults.
///
/// # Errors
/// If the format or the filter is none.
pub(super) fn check(flags: &Flags, file: file::Log) -> Result<Log, ConfigError> {
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
    tracing_subscriber::EnvFilter::try_new(&filter).map_err(|error| ConfigError::LogFilter {
        text: filter.clone(),
        problem: error.to_string(),
    })?;
    Ok(Log { format, filter })
}
