//! The place for backups.

use std::{fmt, fs, io, os::unix::fs::MetadataExt as _, path::Path};

use indelible_backup::{BackupError, BucketFault, Listed, Location, Target};
use indelible_compliance::reports::counted;
use indelible_server::{config::Config, machine::volume::measure_syncs};
use indelible_store::{StoreId, disk::disk_free};

use super::check::{Check, fail, ok, warn};
use crate::cli::ui::size::bytes_for_people;

const NAME: &str = "backups";
/// Free room below which a backup hardly fits.
const FREE_BYTES_WARNED: u64 = 1 << 30;

/// Whether a backup could be made there; nothing where none is configured.
pub(super) fn check(config: &Config, store: Option<StoreId>) -> Option<Check> {
    let location = &config.backup.as_ref()?.location;
    let store = store.map(|store| store.to_string());
    Some(match location {
        Location::Directory(directory) => of(directory, &config.data, store),
        Location::Bucket(_) => of_bucket(location, store.as_deref()),
    })
}

/// What is told where some of the backups can't be used; nothing where each can.
fn unusable(listed: &[Listed]) -> Option<Check> {
    let problems: Vec<_> = listed
        .iter()
        .filter_map(|one| Some(format!("{}: {}", one.id, one.manifest.as_ref().err()?)))
        .collect();
    let first = problems.first()?;
    Some(fail(
        NAME,
        format!(
            "{} of {} can't be used, and no backup is made and none taken away while they are there: {first}",
            problems.len(),
            listed.len()
        ),
        "docs/runbook.md, BACKUP_TARGET_UNUSABLE; look at the volume, and at who may write to it",
    ))
}

/// A bucket. It is taken hold of and given back, which shows that a backup could be written there.
fn of_bucket(location: &Location, store: Option<&str>) -> Check {
    let target = match Target::open(location) {
        Ok(target) => target,
        Err(BackupError::NotATarget { .. } | BackupError::Away { .. }) => {
            return match Target::check_free(location) {
                Ok(()) => ok(
                    NAME,
                    format!("{location} can be read, and holds no backup yet"),
                ),
                Err(error) => not_usable(&error),
            };
        }
        Err(error) => return not_usable(&error),
    };
    let listed = match target.list() {
        Ok(listed) => listed,
        Err(error) => return not_usable(&error),
    };
    let mut random = [0; 8];
    if let Err(error) = getrandom::fill(&mut random) {
        return fail(NAME, error.to_string(), "look at the machine");
    }
    match target.hold(random) {
        // Whoever holds it can write to it.
        Ok(_) | Err(BackupError::HeldByOther { .. }) => {}
        Err(error) => return not_usable(&error),
    }
    if let Some(unusable) = unusable(&listed) {
        return unusable;
    }
    let manifests = listed.iter().filter_map(|one| one.manifest.as_ref().ok());
    match manifests
        .filter(|manifest| store.is_some_and(|id| id != manifest.store))
        .count()
    {
        0 => ok(NAME, holds(location, &listed)),
        _ => warn(
            NAME,
            format!("{location} also holds backups of other stores"),
            "give each store a prefix of its own",
        ),
    }
}

fn not_usable(error: &BackupError) -> Check {
    let page = match error {
        BackupError::Bucket(error) if error.fault.is_passing() => {
            "docs/runbook.md, BACKUP_BUCKET_UNAVAILABLE"
        }
        BackupError::Bucket(error) if error.fault.is_about_credentials() => {
            "docs/runbook.md, BACKUP_BUCKET_DENIED"
        }
        BackupError::Bucket(error) if matches!(error.fault, BucketFault::NoBucket(_)) => {
            "docs/runbook.md, BACKUP_BUCKET_UNKNOWN"
        }
        BackupError::Away { .. } => "docs/runbook.md, BACKUP_PLACE_AWAY",
        _ => "docs/runbook.md, BACKUP_TARGET_UNUSABLE",
    };
    fail(NAME, error.to_string(), page)
}

/// How many backups a place holds, in words.
fn holds(place: impl fmt::Display, listed: &[Listed]) -> String {
    let backups = counted(listed.len() as u64, "backup", "backups");
    format!("{place} holds {backups}")
}

/// Whether two paths lie on one volume, as far as that is known.
fn is_same_volume(one: &Path, other: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    device(one).is_some_and(|one| device(other) == Some(one))
}

fn of(directory: &Path, data: &Path, store: Option<String>) -> Check {
    let shown = directory.display();
    let found = match Target::open(directory) {
        Ok(target) => target.list(),
        Err(BackupError::NotATarget { .. } | BackupError::Away { .. }) if !directory.is_dir() => {
            return fail(
                NAME,
                format!("{shown} is not there"),
                "mount its volume. Make it only if nothing was ever written there: the daemon makes no directory for backups, since it may be a volume that is not \
                 mounted: docs/runbook.md, BACKUP_PLACE_AWAY",
            );
        }
        Err(BackupError::NotATarget { .. } | BackupError::Away { .. }) => {
            Target::check_free(&Location::from(directory)).map(|()| Vec::new())
        }
        Err(error) => Err(error),
    };
    let listed = match found {
        Ok(listed) => listed,
        Err(error) => return not_usable(&error),
    };
    let is_refused = measure_syncs(directory).err().filter(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::StorageFull
        )
    });
    if let Some(error) = is_refused {
        return fail(
            NAME,
            format!("nothing can be written to {shown}: {error}"),
            "give the daemon's user the directory, mount its volume read-write, or make room there",
        );
    }
    if let Some(unusable) = unusable(&listed) {
        return unusable;
    }
    let manifests = listed.iter().filter_map(|one| one.manifest.as_ref().ok());
    let others =
        manifests.filter(|manifest| store.as_ref().is_some_and(|id| *id != manifest.store));
    if others.count() > 0 {
        return warn(
            NAME,
            format!("{shown} also holds backups of other stores"),
            "give each store a directory of its own",
        );
    }
    match disk_free(directory) {
        Ok(free) if free < FREE_BYTES_WARNED => warn(
            NAME,
            format!("{shown} has {} free", bytes_for_people(free)),
            "make room there, or keep backups for fewer days",
        ),
        _ if is_same_volume(directory, data) => warn(
            NAME,
            format!("{}, on the volume of the data", holds(shown, &listed)),
            "put them on another volume, or in a bucket: whatever takes the data then leaves the backups",
        ),
        _ => ok(NAME, holds(shown, &listed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    #[test]
    fn a_directory_that_no_backup_can_go_to_is_a_failure() {
        let place = tempfile::tempdir().unwrap();
        let (data, directory) = (place.path(), place.path().join("backups"));
        assert_eq!(
            of(&directory, data, None).outcome,
            Outcome::Fail,
            "not there"
        );
        fs::create_dir(&directory).unwrap();
        let beside = of(&directory, data, None);
        assert_eq!(beside.outcome, Outcome::Warn, "on the volume of the data");
        assert!(
            beside.found.contains("volume of the data") || beside.found.contains("free"),
            "{beside:?}"
        );
        fs::write(directory.join("thesis.txt"), "mine").unwrap();
        let occupied = of(&directory, data, None);
        assert_eq!(occupied.outcome, Outcome::Fail, "{occupied:?}");
        assert!(occupied.found.contains("thesis.txt"), "{occupied:?}");
    }
}
