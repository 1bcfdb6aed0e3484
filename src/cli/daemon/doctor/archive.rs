//! The directory of the archive.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

use indelible_server::{config::Config, machine::volume::measure_syncs};
use indelible_store::disk::disk_free;

use super::check::{Check, fail, ok, warn};
use crate::cli::ui::size::bytes_for_people;

const NAME: &str = "archive";
/// Free room below which a file of the archive hardly fits.
const FREE_BYTES_WARNED: u64 = 1 << 30;
/// What lets others read what is archived in the clear.
const OPEN_TO_OTHERS: u32 = 0o077;

/// Whether rules could archive there; nothing where no archive is configured.
pub(super) fn check(config: &Config) -> Option<Check> {
    let directory = config.archive.as_ref()?;
    Some(of(directory, &config.data))
}

fn of(directory: &Path, data: &Path) -> Check {
    let shown = directory.display();
    let found = match fs::metadata(directory) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => {
            return fail(
                NAME,
                format!("{shown} is not a directory"),
                "name a directory as retention.archive",
            );
        }
        Err(error) => {
            return fail(
                NAME,
                format!("{shown}: {error}"),
                "mount its volume. Make it only if nothing was ever written there: the daemon makes no directory for the archive, since it may be a volume that is \
                 not mounted",
            );
        }
    };
    let owner = fs::metadata(data).map(|data| data.uid());
    if owner.is_ok_and(|owner| owner != found.uid()) {
        return fail(
            NAME,
            format!("{shown} belongs to another user than the data"),
            "give it to the daemon's user (chown)",
        );
    }
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
    if found.mode() & OPEN_TO_OTHERS != 0 {
        return warn(
            NAME,
            format!("{shown} is open to other users"),
            "close it to them (chmod 700): what is not encrypted is archived in the clear",
        );
    }
    let is_same_volume = fs::metadata(data).is_ok_and(|data| data.dev() == found.dev());
    match disk_free(directory) {
        Ok(free) if free < FREE_BYTES_WARNED => warn(
            NAME,
            format!("{shown} has {} free", bytes_for_people(free)),
            "make room there",
        ),
        _ if is_same_volume => warn(
            NAME,
            format!("{shown} lies on the volume of the data"),
            "put it on another volume, or archiving makes no room",
        ),
        Ok(free) => ok(NAME, format!("{shown} has {} free", bytes_for_people(free))),
        Err(error) => warn(NAME, format!("{shown}: {error}"), "look at its volume"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    #[test]
    fn a_directory_that_can_t_be_the_archive_is_a_failure_and_one_beside_the_data_a_warning() {
        let place = tempfile::tempdir().unwrap();
        let (data, directory) = (place.path().join("data"), place.path().join("archive"));
        fs::create_dir(&data).unwrap();
        assert_eq!(of(&directory, &data).outcome, Outcome::Fail, "not there");
        fs::write(&directory, "a file").unwrap();
        assert_eq!(of(&directory, &data).outcome, Outcome::Fail, "a file");
        fs::remove_file(&directory).unwrap();
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        let open = of(&directory, &data);
        assert_eq!(open.outcome, Outcome::Warn);
        assert!(open.found.contains("other users"), "{open:?}");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
        let beside = of(&directory, &data);
        assert_eq!(beside.outcome, Outcome::Warn);
        assert!(
            beside.found.contains("volume") || beside.found.contains("free"),
            "{beside:?}"
        );
    }
}
