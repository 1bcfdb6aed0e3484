//! Where backups go, and when.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use indelible_backup::{BucketOptions, Location};
use indelible_keystore::age::Recipients;
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
    pub(super) bucket: Option<String>,
    pub(super) bucket_endpoint: Option<String>,
    pub(super) bucket_region: Option<String>,
    pub(super) bucket_profile: Option<String>,
    pub(super) bucket_credentials_file: Option<PathBuf>,
    pub(super) every_hours: Option<u64>,
    pub(super) at: Option<String>,
    pub(super) keep_days: Option<u64>,
    pub(super) mib_per_second: Option<u64>,
    pub(super) recipients: Option<Vec<String>>,
}

/// Where backups go, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The directory, absolute and outside the data directory; or the bucket.
    pub location: Location,
    /// Between two backups; none if they are made only when somebody asks.
    pub every: Option<Duration>,
    /// At which time of the day, UTC, one is made; none if the time since the last one alone decides.
    pub at: Option<Duration>,
    /// Days for which a backup is kept.
    pub keep_days: u64,
    /// Bytes that may be read or written in a second; none if there is no limit.
    pub bytes_per_second: Option<u64>,
    /// To whom backups are encrypted; none if they are not.
    pub recipients: Option<Recipients>,
}

/// None, if no directory is named.
pub(super) fn check(file: BackupFile, data: &Path) -> Result<Option<Backup>, ConfigError> {
    let every_hours = file.every_hours.unwrap_or(EVERY_HOURS_DEFAULT);
    within("backup.every_hours", every_hours, EVERY_HOURS)?;
    let keep_days = file.keep_days.unwrap_or(KEEP_DAYS_DEFAULT);
    within("backup.keep_days", keep_days, KEEP_DAYS)?;
    let mib_per_second = file.mib_per_second.unwrap_or_default();
    within("backup.mib_per_second", mib_per_second, MIB_PER_SECOND)?;
    let recipients = recipients(&file)?;
    let at = match file.at.as_deref() {
        None | Some("") => None,
        Some(text) => Some(time_of_day(text)?),
    };
    // A time of the day says of its own how often that is.
    if at.is_some() && every_hours != EVERY_HOURS_DEFAULT {
        return Err(ConfigError::BackupAt {
            problem: "one a day is made then: leave every_hours out, or at 24".to_owned(),
        });
    }
    let Some(location) = location(&file, data)? else {
        return Ok(None);
    };
    Ok(Some(Backup {
        location,
        every: (every_hours > 0).then(|| Duration::from_secs(every_hours * 3_600)),
        at,
        keep_days,
        bytes_per_second: (mib_per_second > 0).then(|| mib_per_second * MIB),
        recipients,
    }))
}

/// To whom they are encrypted; none, if nobody is named.
fn recipients(file: &BackupFile) -> Result<Option<Recipients>, ConfigError> {
    let named = file.recipients.as_deref().unwrap_or_default();
    if named.is_empty() {
        return Ok(None);
    }
    let recipients = Recipients::parse(named);
    recipients.map(Some).map_err(ConfigError::BackupRecipients)
}

/// A time of the day, since its beginning.
fn time_of_day(text: &str) -> Result<Duration, ConfigError> {
    let number = |digits: &str, below: u64| {
        let is_written = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_written.then(|| digits.parse::<u64>().ok()).flatten();
        number.filter(|number| *number < below)
    };
    let parts = text.split_once(':');
    let time = parts.and_then(|(hours, minutes)| Some((number(hours, 24)?, number(minutes, 60)?)));
    match time {
        Some((hours, minutes)) => Ok(Duration::from_secs(hours * 3_600 + minutes * 60)),
        None => Err(ConfigError::BackupAt {
            problem: format!("{text:?} is not a time of the day (UTC) such as \"02:00\""),
        }),
    }
}

/// Where they go: to a directory or to a bucket; none, if neither is named.
fn location(file: &BackupFile, data: &Path) -> Result<Option<Location>, ConfigError> {
    let is_text = |text: &&String| !text.is_empty();
    let is_path = |path: &&PathBuf| !path.as_os_str().is_empty();
    let directory = file.directory.as_ref().filter(is_path);
    let endpoint = file.bucket_endpoint.as_ref().filter(is_text);
    let region = file.bucket_region.as_ref().filter(is_text);
    let profile = file.bucket_profile.as_ref().filter(is_text);
    let credentials = file.bucket_credentials_file.as_ref().filter(is_path);
    let Some(bucket) = file.bucket.as_ref().filter(is_text) else {
        let is_of_bucket = endpoint.or(region).or(profile).is_some() || credentials.is_some();
        let Some(directory) = directory.filter(|_| !is_of_bucket) else {
            return match is_of_bucket {
                true => Err(ConfigError::BackupWithoutBucket),
                false => Ok(None),
            };
        };
        let directory = absolute_path("backup directory", directory)?;
        outside(data, "backup directory", &directory)?;
        return Ok(Some(Location::from(&directory)));
    };
    if directory.is_some() {
        return Err(ConfigError::BackupToBoth);
    }
    let wrong = |problem| ConfigError::BackupBucket {
        bucket: bucket.clone(),
        problem,
    };
    let mut options = BucketOptions::parse(bucket).map_err(wrong)?;
    options.endpoint = endpoint.cloned();
    options.region = region.cloned();
    options.profile = profile.cloned();
    options.credentials_file = match credentials {
        Some(path) => {
            let path = absolute_path("bucket credentials file", path)?;
            outside(data, "bucket credentials file", &path)?;
            Some(path)
        }
        None => None,
    };
    options.check().map_err(wrong)?;
    Ok(Some(Location::Bucket(Box::new(options))))
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
        assert_eq!(backup.location, Location::from("/srv/backups"));
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
            ..BackupFile::default()
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

    #[test]
    fn who_backups_are_encrypted_to_is_checked_and_a_secret_is_not_shown() {
        let data = Path::new("/srv/data");
        let file = |recipients: &[&str]| BackupFile {
            directory: Some("/srv/backups".into()),
            recipients: Some(recipients.iter().map(ToString::to_string).collect()),
            ..BackupFile::default()
        };
        let recipient = "age1ugjmdsvqpxspmz7fr8v52u98k9n8kagqakwjmm8tul7kusmmggys3w640l";
        let backup = check(file(&[recipient]), data).unwrap().unwrap();
        assert_eq!(backup.recipients.unwrap().texts(), [recipient]);
        let nobody = check(file(&[]), data).unwrap().unwrap();
        assert_eq!(nobody.recipients, None);
        let secret = "AGE-SECRET-KEY-1CMSZ32ZKTSDTT5WS57M4R5U8T5X70GE2RM8VA6U2UH2C6YRFVS6QQA974N";
        for wrong in [&recipient[..61], "", secret] {
            let refused = check(file(&[recipient, wrong]), data).unwrap_err();
            assert!(matches!(refused, ConfigError::BackupRecipients(_)));
            assert!(!refused.to_string().contains(&secret[20..]), "{refused}");
        }
        // A wrong one is a mistake also where backups go nowhere yet.
        let nowhere = BackupFile {
            directory: None,
            ..file(&["loans@example.com"])
        };
        assert!(check(nowhere, data).is_err());
    }

    #[test]
    fn a_time_of_the_day_makes_one_a_day() {
        let data = Path::new("/srv/data");
        let file = |at: &str, every_hours| BackupFile {
            directory: Some("/srv/backups".into()),
            at: Some(at.to_owned()),
            every_hours,
            ..BackupFile::default()
        };
        for (text, seconds) in [("00:00", 0), ("02:00", 7_200), ("23:59", 86_340)] {
            let backup = check(file(text, None), data).unwrap().unwrap();
            assert_eq!(backup.at, Some(Duration::from_secs(seconds)));
            assert_eq!(backup.every, Some(Duration::from_secs(86_400)));
        }
        assert_eq!(check(file("", None), data).unwrap().unwrap().at, None);
        assert!(check(file("02:00", Some(24)), data).is_ok());
        for wrong in [
            file("24:00", None),
            file("2:00", None),
            file("02:60", None),
            file("0200", None),
            file("02:00:00", None),
            file("+2:00", None),
            file("02:00", Some(12)),
            file("02:00", Some(0)),
        ] {
            let refused = check(wrong, data);
            assert!(
                matches!(refused, Err(ConfigError::BackupAt { .. })),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_bucket_is_named_alone_and_as_a_bucket_can_be() {
        let data = Path::new("/srv/data");
        let file = |bucket: &str| BackupFile {
            bucket: Some(bucket.into()),
            ..BackupFile::default()
        };
        let named = BackupFile {
            bucket_endpoint: Some("https://s3.example.com".into()),
            bucket_region: Some("eu-central-1".into()),
            bucket_credentials_file: Some("/etc/indelible/bucket".into()),
            ..file("s3://backups/here")
        };
        let backup = check(named, data).unwrap().unwrap();
        let Location::Bucket(options) = backup.location else {
            panic!("a directory");
        };
        assert_eq!(options.to_string(), "s3://backups/here");
        assert_eq!(options.region.as_deref(), Some("eu-central-1"));
        assert!(options.credentials_file.is_some());
        let both = BackupFile {
            directory: Some("/srv/backups".into()),
            ..file("s3://backups")
        };
        assert!(matches!(check(both, data), Err(ConfigError::BackupToBoth)));
        for wrong in [
            file("backups"),
            file("s3://Backups"),
            BackupFile {
                bucket_endpoint: Some("http://s3.example.com".into()),
                ..file("s3://backups")
            },
        ] {
            let refused = check(wrong, data);
            assert!(matches!(refused, Err(ConfigError::BackupBucket { .. })));
        }
        let region_alone = BackupFile {
            bucket_region: Some("eu-central-1".into()),
            ..BackupFile::default()
        };
        let refused = check(region_alone, data);
        assert!(matches!(refused, Err(ConfigError::BackupWithoutBucket)));
        let inside = BackupFile {
            bucket_credentials_file: Some("/srv/data/bucket".into()),
            ..file("s3://backups")
        };
        let refused = check(inside, data);
        assert!(matches!(refused, Err(ConfigError::InsideData { .. })));
    }
}
