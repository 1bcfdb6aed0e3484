//! The directory for backups.

use std::{io, path::Path};

use indelible_backup::{BackupError, Target};
use indelible_server::{config::Config, machine::volume::measure_syncs};
use indelible_store::{StoreId, disk::disk_free};

use super::check::{Check, fail, ok, warn};
use crate::cli::ui::size::bytes_for_people;

const NAME: &str = "backups";
/// Free room below which a backup hardly fits.
const FREE_BYTES_WARNED: u64 = 1 << 30;

/// Whether a backup could be made there; nothing where none is configured.
pub(super) fn check(config: &Config, store: Option<StoreId>) -> Option<Check> {
    let directory = &config.backup.as_ref()?.directory;
    Some(of(directory, store.map(|store| store.to_string())))
}

fn of(directory: &Path, store: Option<String>) -> Check {
    let shown = directory.display();
    let found = match Target::open(directory) {
        Ok(target) => target.list(),
        Err(BackupError::NotATarget { .. }) if !directory.is_dir() => {
            return fail(
                NAME,
                format!("{shown} is not there"),
                "mount its volume, or make it: the daemon makes no directory for backups, since it may be a volume that is not \
                 mounted",
            );
        }
        Err(BackupError::NotATarget { .. }) => Target::check_free(directory).map(|()| Vec::new()),
        Err(error) => Err(error),
    };
    let listed = match found {
        Ok(listed) => listed,
        Err(error) => {
            return fail(
                NAME,
                error.to_string(),
                "docs/runbook.md, BACKUP_TARGET_UNUSABLE",
            );
        }
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
        _ => ok(NAME, format!("{shown} holds {} of them", listed.len())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    #[test]
    fn a_directory_that_no_backup_can_go_to_is_a_failure() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("backups");
        assert_eq!(of(&directory, None).outcome, Outcome::Fail, "not there");
        fs::create_dir(&directory).unwrap();
        assert_ne!(of(&directory, None).outcome, Outcome::Fail, "empty");
        fs::write(directory.join("thesis.txt"), "mine").unwrap();
        let occupied = of(&directory, None);
        assert_eq!(occupied.outcome, Outcome::Fail, "{occupied:?}");
        assert!(occupied.found.contains("thesis.txt"), "{occupied:?}");
    }
}
