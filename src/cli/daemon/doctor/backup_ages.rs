//! How old the newest backup is, and the newest verification of one, as the daemon knows.

use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_compliance::reports::counted;
use indelible_proto::{
    time::{Timestamp, unix_nano},
    v1::BackupStatus,
};

use super::check::{Check, ok, warn};

const MADE: &str = "newest backup";
const VERIFIED: &str = "newest verification";
const NANOS: u64 = 1_000_000_000;
const HOUR_SECONDS: u64 = 3_600;
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;
/// For so long nobody needs to have verified a backup, however often one is made: as long as the alert
/// IndelibleBackupNotVerified waits.
const UNVERIFIED_SECONDS: u64 = 8 * DAY_SECONDS;
/// Whoever verifies tells the daemon so.
const VERIFY: &str = "run `indelible backup verify PLACE --key FILE --tell-daemon`, and enable indelible-verify-backup.timer, which \
                      does so each night: docs/runbook.md#verify-it-every-night";

/// What is told of backups; nothing where the daemon makes none.
pub(super) fn checks(backups: Option<&BackupStatus>) -> Vec<Check> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since.map_or(0, |since| since.as_secs());
    backups.map_or_else(Vec::new, |backups| of(backups, now))
}

fn of(backups: &BackupStatus, now: u64) -> Vec<Check> {
    if !backups.unread.is_empty() {
        return vec![warn(
            MADE,
            format!("not known: {}", backups.unread),
            "`indelible status` says what keeps _system from being read; ask again once it can be read",
        )];
    }
    let Some(made) = age(backups.newest_time.as_ref(), now) else {
        return vec![warn(
            MADE,
            "there is none yet",
            "wait for the schedule, or run `indelible backup create`",
        )];
    };
    vec![
        made_check(made, backups.every_seconds),
        verified_check(backups, now),
    ]
}

/// How long ago something was, in seconds.
fn age(time: Option<&Timestamp>, now: u64) -> Option<u64> {
    let seconds = unix_nano(time?)? / NANOS;
    Some(now.saturating_sub(seconds))
}

fn made_check(age: u64, every: u64) -> Check {
    let found = format!("{} old", in_words(age));
    match every {
        0 => ok(
            MADE,
            format!("{found}; backup.every_hours is 0, so only somebody who asks makes one"),
        ),
        every if age > 2 * every => warn(
            MADE,
            format!("{found}, though one is made every {}", in_words(every)),
            "look at the notices and the log for why none was made, and run `indelible backup create`",
        ),
        every => ok(
            MADE,
            format!("{found}; one is made every {}", in_words(every)),
        ),
    }
}

fn verified_check(backups: &BackupStatus, now: u64) -> Check {
    let every = backups.every_seconds;
    let Some(ago) = age(backups.verified_time.as_ref(), now) else {
        return warn(
            VERIFIED,
            "nobody has told the daemon that a backup which is there was verified",
            VERIFY,
        );
    };
    let mut found = format!("{} ago", in_words(ago));
    if let Some(made) = age(backups.verified_made_time.as_ref(), now) {
        let _written = write!(
            found,
            ": of backup {}, which is {} old",
            backups.verified_backup_id,
            in_words(made)
        );
    }
    match ago > UNVERIFIED_SECONDS.max(2 * every) {
        true => warn(VERIFIED, found, VERIFY),
        false => ok(VERIFIED, found),
    }
}

/// A time span for people, in its largest unit of which there are two or more.
fn in_words(seconds: u64) -> String {
    match seconds {
        0..7_200 => counted(seconds / 60, "minute", "minutes"),
        7_200..172_800 => counted(seconds / HOUR_SECONDS, "hour", "hours"),
        _ => counted(seconds / DAY_SECONDS, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::time::timestamp;

    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    const NOW: u64 = 1_800_000_000;

    fn told(made: Option<u64>, verified: Option<u64>, every: u64) -> Vec<(Outcome, String)> {
        let before = |age: Option<u64>| age.map(|age| timestamp((NOW - age) * NANOS));
        let status = BackupStatus {
            newest_time: before(made),
            verified_time: before(verified),
            every_seconds: every,
            ..BackupStatus::default()
        };
        let checks = of(&status, NOW).into_iter();
        checks.map(|check| (check.outcome, check.found)).collect()
    }

    #[test]
    fn a_backup_older_than_two_turns_of_the_schedule_is_warned_of() {
        let day = DAY_SECONDS;
        let right = told(Some(30 * HOUR_SECONDS), Some(day), day);
        assert_eq!(
            right,
            [
                (
                    Outcome::Ok,
                    "30 hours old; one is made every 24 hours".to_owned()
                ),
                (Outcome::Ok, "24 hours ago".to_owned())
            ]
        );
        assert_eq!(told(Some(2 * day), Some(day), day)[0].0, Outcome::Ok);
        let late = told(Some(2 * day + 1), Some(day), day);
        assert_eq!(late[0].0, Outcome::Warn);
        assert!(late[0].1.starts_with("2 days old"), "{late:?}");
        // Without a schedule nothing is late.
        assert_eq!(told(Some(99 * day), Some(day), 0)[0].0, Outcome::Ok);
        assert_eq!(told(None, None, day).len(), 1);
    }

    #[test]
    fn a_verification_that_is_too_old_or_was_never_told_is_warned_of() {
        let day = DAY_SECONDS;
        let outcome = |verified, every| told(Some(0), verified, every)[1].0;
        assert_eq!(outcome(None, day), Outcome::Warn);
        assert_eq!(outcome(Some(8 * day), day), Outcome::Ok);
        assert_eq!(outcome(Some(8 * day + 1), day), Outcome::Warn);
        assert_eq!(outcome(Some(14 * day), 7 * day), Outcome::Ok);
        assert_eq!(outcome(Some(14 * day + 1), 7 * day), Outcome::Warn);
    }

    #[test]
    fn which_backup_was_verified_last_is_told_with_its_own_age() {
        let before = |age: u64| Some(timestamp((NOW - age) * NANOS));
        let status = BackupStatus {
            newest_time: before(3_600),
            verified_time: before(7_200),
            verified_backup_id: "20261129T174500.042Z-1f0c9a3b".to_owned(),
            verified_made_time: before(20 * DAY_SECONDS),
            ..BackupStatus::default()
        };
        assert_eq!(
            of(&status, NOW)[1].found,
            "2 hours ago: of backup 20261129T174500.042Z-1f0c9a3b, which is 20 days old"
        );
    }

    #[test]
    fn what_is_not_known_of_backups_is_said_to_be_so() {
        let status = BackupStatus {
            unread: "_system is in quarantine".to_owned(),
            ..BackupStatus::default()
        };
        let checks = of(&status, NOW);
        assert_eq!(checks.len(), 1);
        assert!(checks[0].found.contains("quarantine"), "{checks:?}");
    }
}
