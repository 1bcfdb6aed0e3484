//! When what is past its time is disposed of without being asked for, and where it is archived.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use indelible_ledger::limits::RETENTION_EVERY;

use super::{
    error::ConfigError,
    file,
    paths::{absolute_path, outside},
    range::within,
};

const SECONDS_PER_HOUR: u64 = 3_600;
const EVERY_HOURS: RangeInclusive<u64> = 0..=8_784;

/// The default, in hours.
pub(super) const EVERY_HOURS_DEFAULT: u64 = RETENTION_EVERY.as_secs() / SECONDS_PER_HOUR;

/// Time between two rounds; none if it is 0.
///
/// # Errors
/// If it is longer than a year.
pub(super) fn every(file: &file::Retention) -> Result<Option<Duration>, ConfigError> {
    let hours = file.every_hours.unwrap_or(EVERY_HOURS_DEFAULT);
    within("retention.every_hours", hours, EVERY_HOURS)?;
    Ok((hours > 0).then(|| Duration::from_secs(hours * SECONDS_PER_HOUR)))
}

/// Bytes of the archive's path: the records of disposals name files in it, and have room for 1,024.
const ARCHIVE_PATH_BYTES_MAX: usize = 512;

/// The directory to which rules archive, absolute and outside the data directory; none if none is named.
///
/// # Errors
/// If it lies in the data directory, or could not stand in a record.
pub(super) fn archive(file: &file::Retention, data: &Path) -> Result<Option<PathBuf>, ConfigError> {
    let named = file.archive.as_ref();
    let Some(directory) = named.filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(None);
    };
    let directory = absolute_path(WHAT, directory)?;
    outside(data, WHAT, &directory)?;
    let text = directory.to_str();
    let fits = text.is_some_and(|text| {
        text.len() <= ARCHIVE_PATH_BYTES_MAX && !text.chars().any(char::is_control)
    });
    match fits {
        true => Ok(Some(directory)),
        false => Err(ConfigError::ArchivePath { path: directory }),
    }
}

const WHAT: &str = "archive";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_archived_unless_it_is_said_where_and_never_into_the_data() {
        let data = Path::new("/srv/data");
        let file = |directory: &str| file::Retention {
            archive: Some(directory.into()),
            ..file::Retention::default()
        };
        assert_eq!(archive(&file::Retention::default(), data).unwrap(), None);
        assert_eq!(archive(&file(""), data).unwrap(), None);
        let found = archive(&file("/srv/archive"), data).unwrap();
        assert_eq!(found.as_deref(), Some(Path::new("/srv/archive")));
        let inside = archive(&file("/srv/data/archive"), data);
        assert!(matches!(inside, Err(ConfigError::InsideData { .. })));
        for odd in [
            format!("/srv/{}", "x".repeat(600)),
            "/srv/a\u{7}".to_owned(),
        ] {
            let refused = archive(&file(&odd), data);
            assert!(matches!(refused, Err(ConfigError::ArchivePath { .. })));
        }
    }
}
