//! Where backups go, and when.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{
    error::ConfigError,
    paths::{absolute_path, outside},
    range::within,
};

/// Hours between two backups, unless the file says otherwise.
pub(super) const EVERY_HOURS_DEFAULT: u64 = 24;
/// Days for which a backup is kept, unless the file says otherwise.
pub(super) const KEEP_DAYS_DEFAULT: u64 = 30;

const EVERY_HOURS: std::ops::RangeInclusive<u64> = 0..=8_760;
const KEEP_DAYS: std::ops::RangeInclusive<u64> = 1..=36_500;
const MIB_PER_SECOND: std::ops::RangeInclusive<u64> = 0..=1_000_000;
const MIB: u64 = 1_024 * 1_024;

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupFile {
    pub(super) directory: Option<PathBuf>,
    pub(super) every_hours: Option<u64>,
    pub(super) keep_days: Option<u64>,
    pub(super) mib_per_second: Option<u64>,
}

/// Where backups go, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The directory, absolute; outside the data directory.
    pub directory: PathBuf,
    /// Between two backups; none if they are made only when somebody asks.
    pub every: Option<Duration>,
    /// Days for which a backup is kept.
    pub keep_days: u64,
    /// Bytes that may be read or written in a second; none if there is no limit.
    pub bytes_per_second: Option<u64>,
}

/// None, if no directory is named.
pub(super) fn check(file: BackupFile, data: &Path) -> Result<Option<Backup>, ConfigError> {
    let every_hours = file.every_hours.unwrap_or(EVERY_HOURS_DEFAULT);
    within("backup.every_hours", every_hours, EVERY_HOURS)?;
    let keep_days = file.keep_days.unwrap_or(KEEP_DAYS_DEFAULT);
    within("backup.keep_days", keep_days, KEEP_DAYS)?;
    let mib_per_second = file.mib_per_second.unwrap_or_default();
    within("backup.mib_per_second", mib_per_second, MIB_PER_SECOND)?;
    let named = file.directory.filter(|path| !path.as_os_str().is_empty());
    let Some(directory) = named else {
        return Ok(None);
    };
    let directory = absolute_path("backup directory", &directory)?;
    outside(data, "backup directory", &directory)?;
    Ok(Some(Backup {
        directory,
        every: (every_hours > 0).then(|| Duration::from_secs(every_hours * 3_600)),
        keep_days,
        bytes_per_second: (mib_per_second > 0).then(|| mib_per_second * MIB),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_go_nowhere_unless_it_is_said_and_never_into_the_data() {
        let data = Path::new("/srv/data");
        assert_eq!(check(BackupFile::default(), data).unwrap(), None);
        let file = |directory: &str| BackupFile {
            directory: Some(directory.into()),
            ..BackupFile::default()
        };
        assert_eq!(check(file(""), data).unwrap(), None);
        let backup = check(file("/srv/backups"), data).unwrap().unwrap();
        assert_eq!(backup.directory, Path::new("/srv/backups"));
        assert_eq!(backup.every, Some(Duration::from_secs(86_400)));
        assert_eq!((backup.keep_days, backup.bytes_per_second), (30, None));
        let inside = check(file("/srv/data/backups"), data);
        assert!(matches!(inside, Err(ConfigError::InsideData { .. })));
    }

    #[test]
    fn numbers_have_their_ranges() {
        let file = |every_hours, keep_days, mib_per_second| BackupFile {
            directory: Some("/srv/backups".into()),
            every_hours: Some(every_hours),
            keep_days: Some(keep_days),
            mib_per_second: Some(mib_per_second),
        };
        let data = Path::new("/srv/data");
        let never = check(file(0, 1, 2), data).unwrap().unwrap();
        assert_eq!((never.every, never.bytes_per_second), (None, Some(2 * MIB)));
        for wrong in [file(8_761, 1, 0), file(1, 0, 0), file(1, 1, 1_000_001)] {
            assert!(matches!(
                check(wrong, data),
                Err(ConfigError::OutOfRange { .. })
            ));
        }
    }
}
