//! Whether the places for backups and for the archive are those that the daemon's records know. Where a volume is not mounted, an
//! empty directory lies in its place, which looks like a new one.

use std::path::Path;

use indelible_backup::{BackupError, Target};
use indelible_ledger::ARCHIVE_MARK;
use indelible_proto::v1::{BackupStatus, GetStatusResponse};
use indelible_server::config::Config;
use indelible_store::rocks::RocksStore;

use super::check::{Check, fail, ok, warn};

const BACKUPS: &str = "backups' volume";
const ARCHIVE: &str = "archive's volume";
const MOUNT: &str = "mount its volume; if it is lost, or was replaced on purpose, `indelible backup create --new-target` begins anew: \
                     docs/runbook.md, BACKUP_PLACE_AWAY";
const MOUNT_OTHER: &str = "mount the volume that has them; if it is lost, or was replaced on purpose, `indelible backup create \
                           --new-target` begins anew: docs/runbook.md, BACKUP_TARGET_UNUSABLE";
const MOUNT_ARCHIVE: &str = "mount its volume, or name the right directory as retention.archive: docs/runbook.md, ARCHIVE_UNAVAILABLE";
const ASK: &str =
    "look whether its volume is mounted; beside a daemon that runs, this command compares the two";

/// What is told of both; what a daemon said decides, if one answered.
pub(super) fn checks(config: &Config, status: Option<&GetStatusResponse>) -> Vec<Check> {
    // A daemon that recovers has not read its records.
    let status = status.filter(|status| !status.ledgers.is_empty());
    // Before the first start nothing can be missing.
    let has_store = RocksStore::is_there(&config.data).unwrap_or(false);
    let location = config.backup.as_ref().map(|backup| &backup.location);
    let backups = location.and_then(|location| {
        let found = Target::open(location).map(|target| target.id().to_owned());
        let told = status.and_then(|status| status.backup.as_ref());
        of_backups((&location.to_string(), &found), told, has_store)
    });
    let archive = config.archive.as_deref();
    let archive = archive.and_then(|directory| {
        let named = status.map(|status| status.archive_file_count);
        of_archive(directory, named, has_store)
    });
    backups.into_iter().chain(archive).collect()
}

/// The place for backups, by its name and the id that was found there.
fn of_backups(
    (place, found): (&str, &Result<String, BackupError>),
    told: Option<&BackupStatus>,
    has_store: bool,
) -> Option<Check> {
    let is_empty = matches!(
        found,
        Err(BackupError::Away { .. } | BackupError::NotATarget { .. })
    );
    let Some(told) = told.filter(|told| told.unread.is_empty()) else {
        let words = format!(
            "{place} holds no backup; whether any was made there, which would be missing now, is not known without the daemon's records"
        );
        return (is_empty && has_store).then(|| warn(BACKUPS, words, ASK));
    };
    if told.directory != place {
        return Some(warn(
            BACKUPS,
            format!(
                "the daemon backs up to {}, and this configuration names {place}",
                told.directory
            ),
            "restart the daemon, or name its own configuration with --config",
        ));
    }
    if told.place_ids.is_empty() {
        return None;
    }
    let known = told.place_ids.join(", ");
    match found {
        Ok(id) if told.place_ids.contains(id) => Some(ok(
            BACKUPS,
            format!("the one that has the backups which were made there ({id})"),
        )),
        Ok(id) => Some(fail(
            BACKUPS,
            format!(
                "{place} is another volume (place id {id}) than the one that has the backups which were made there ({known})"
            ),
            MOUNT_OTHER,
        )),
        Err(error) if is_empty => Some(fail(
            BACKUPS,
            format!(
                "{place} holds no backup, and backups were made there (place id {known}): its volume may not be mounted"
            ),
            match error {
                BackupError::Away { .. } => MOUNT,
                _ => MOUNT_OTHER,
            },
        )),
        // What else is wrong with it is said of the place itself.
        Err(_) => None,
    }
}

/// The directory of the archive, where the records name so many files of it.
fn of_archive(directory: &Path, named: Option<u64>, has_store: bool) -> Option<Check> {
    let shown = directory.display();
    let is_the_archive = directory.join(ARCHIVE_MARK).exists();
    match named {
        Some(0) => None,
        Some(_) if is_the_archive => Some(ok(ARCHIVE, format!("the one that was archived to ({ARCHIVE_MARK} is in it)"))),
        Some(_) => Some(fail(
            ARCHIVE,
            format!("{shown} is not the archive, of which the records name files: {ARCHIVE_MARK} is not in it"),
            MOUNT_ARCHIVE,
        )),
        None => (has_store && !is_the_archive && directory.is_dir()).then(|| {
            warn(
                ARCHIVE,
                format!("nothing was archived to {shown}; whether the records name files that should be there is not known without the daemon"),
                ASK,
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    fn away() -> Result<String, BackupError> {
        Err(BackupError::Away {
            place: "/backups".to_owned(),
        })
    }

    fn told(ids: &[&str]) -> BackupStatus {
        BackupStatus {
            directory: "/backups".to_owned(),
            place_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..BackupStatus::default()
        }
    }

    fn outcome(
        found: &Result<String, BackupError>,
        told: Option<&BackupStatus>,
    ) -> Option<Outcome> {
        of_backups(("/backups", found), told, true).map(|check| check.outcome)
    }

    #[test]
    fn an_empty_mount_point_or_another_volume_in_the_place_of_the_backups_is_a_failure() {
        let known = told(&["one", "two"]);
        assert_eq!(outcome(&away(), Some(&known)), Some(Outcome::Fail));
        assert_eq!(
            outcome(&Ok("other".to_owned()), Some(&known)),
            Some(Outcome::Fail)
        );
        assert_eq!(
            outcome(&Ok("two".to_owned()), Some(&known)),
            Some(Outcome::Ok)
        );
        // None was ever made there.
        assert_eq!(outcome(&away(), Some(&told(&[]))), None);
        // Nobody says whether one was.
        assert_eq!(outcome(&away(), None), Some(Outcome::Warn));
        assert_eq!(outcome(&Ok("two".to_owned()), None), None);
        assert_eq!(
            of_backups(("/backups", &away()), None, false),
            None,
            "no store yet"
        );
        let remedy = |found: Result<String, BackupError>| {
            let check = of_backups(("/backups", &found), Some(&known), true);
            check.and_then(|check| check.remedy).unwrap_or_default()
        };
        assert!(remedy(away()).contains("BACKUP_PLACE_AWAY"));
        assert!(remedy(Ok("other".to_owned())).contains("BACKUP_TARGET_UNUSABLE"));
        let elsewhere = of_backups(("/other", &away()), Some(&known), true).unwrap();
        assert_eq!(elsewhere.outcome, Outcome::Warn);
    }

    #[test]
    fn an_empty_mount_point_in_the_place_of_the_archive_is_a_failure() {
        let place = tempfile::tempdir().unwrap();
        let outcome = |named| of_archive(place.path(), named, true).map(|check| check.outcome);
        assert_eq!(outcome(Some(1)), Some(Outcome::Fail));
        assert_eq!(outcome(Some(0)), None);
        assert_eq!(outcome(None), Some(Outcome::Warn));
        fs::write(place.path().join(ARCHIVE_MARK), "").unwrap();
        assert_eq!(outcome(Some(1)), Some(Outcome::Ok));
        assert_eq!(outcome(None), None);
    }
}
