//! How old a backup is, for whoever verifies it by a timer, and how long somebody waits for its place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indelible_backup::{BackupError, Manifest};
use indelible_compliance::reports::counted;

use crate::cli::{error::CliError, exit::Exit};

/// How often it is looked whether a place is free.
pub(super) const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);

/// A length of time: a number with s, m, h or d.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = match text.as_bytes().last() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            _ => 0,
        };
        let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
        let is_written = unit > 0 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_written.then(|| digits.parse::<u64>().ok()).flatten();
        number
            .and_then(|number| number.checked_mul(unit))
            .map(|seconds| Self(Duration::from_secs(seconds)))
            .ok_or_else(|| {
                "is not a length of time: a number with s, m, h or d, such as 30h".to_owned()
            })
    }
}

/// Refuses a backup that is older than it may be, and says how old it is.
///
/// # Errors
/// If it is.
pub(super) fn check(manifest: &Manifest, most: Span) -> Result<String, CliError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let made = Duration::from_nanos(manifest.made_ns);
    let age = now.unwrap_or_default().saturating_sub(made);
    let hours = counted(age.as_secs() / 3_600, "hour", "hours");
    if age <= most.0 {
        return Ok(format!(
            "Backup {} is {hours} old, and --max-age allows {}.",
            manifest.id,
            in_words(most.0)
        ));
    }
    Err(CliError::Serve {
        exit: Exit::Refused,
        problem: format!(
            "backup {} is {hours} old, and --max-age allows {}: no newer one is there. `indelible status` of its daemon says why",
            manifest.id,
            in_words(most.0)
        ),
    })
}

fn in_words(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds.is_multiple_of(3_600) => counted(seconds / 3_600, "hour", "hours"),
        seconds => counted(seconds, "second", "seconds"),
    }
}

/// Whether somebody else is at work in a place, so that a little later it may be free.
pub(super) fn is_in_use(error: &BackupError) -> bool {
    matches!(
        error,
        BackupError::InUse { .. } | BackupError::HeldByOther { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_a_unit() {
        let read = |text: &str| text.parse::<Span>().map(|span| span.0.as_secs());
        for (text, seconds) in [("0s", 0), ("90m", 5_400), ("30h", 108_000), ("2d", 172_800)] {
            assert_eq!(read(text), Ok(seconds), "{text}");
        }
        for wrong in [
            "",
            "h",
            "30",
            "-1h",
            "1.5h",
            "30 h",
            "1w",
            "99999999999999999999d",
            "é",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
