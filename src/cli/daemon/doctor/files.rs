//! The data directory, the anchor and their volumes.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use indelible_ledger::limits::DISK_FREE_BYTES_MIN;
use indelible_server::{
    config::{Config, ListenAddress},
    machine::volume::{FileSystem, SyncTimes, measure_syncs},
};
use indelible_store::{
    StoreError,
    anchor::Anchor,
    disk::{Volume, volume},
    owner,
    rocks::RocksStore,
};

use super::{
    archive, backups,
    check::{Check, Outcome, fail, ok, warn},
    register, store,
};
use crate::cli::ui::size::bytes_for_people;

/// Free room below which somebody should know.
const FREE_BYTES_WARNED: u64 = 2 << 30;
/// The same for the volume of an anchor, which takes some hundred KiB for 64 more ledgers, and nothing for records.
const ANCHOR_FREE_BYTES_WARNED: u64 = 16 << 20;
/// A median sync that makes appends slow, and one that makes them time out.
const SYNC_SLOW: Duration = Duration::from_millis(20);
const SYNC_UNFIT: Duration = Duration::from_millis(500);
/// What lets every user write, and what lets others read.
const WRITABLE_BY_ALL: u32 = 0o002;
const OPEN_TO_OTHERS: u32 = 0o077;

pub(super) fn checks(config: &Config) -> Vec<Check> {
    let mut checks = vec![directory(&config.data)];
    let mut found = store::look(config);
    checks.append(&mut found.checks);
    let store = found.store;
    let beside = anchor(&config.data, &config.anchor);
    let is_looked_into = beside.outcome == Outcome::Ok && config.anchor.exists();
    let wrong = is_looked_into.then(|| store::wrong_anchor(&config.anchor, &found));
    checks.push(wrong.flatten().unwrap_or(beside));
    checks.extend(backups::check(config, store));
    checks.extend(archive::check(config));
    checks.extend(register::check(config, store));
    checks.push(apart(&config.data, &config.anchor));
    for (free, kind, syncs, path, needs) in [
        (
            "free room (data)",
            "file system (data)",
            "syncs (data)",
            &config.data,
            DATA,
        ),
        (
            "free room (anchor)",
            "file system (anchor)",
            "syncs (anchor)",
            &config.anchor,
            match config.anchor.exists() {
                true => ANCHOR,
                false => NEW_ANCHOR,
            },
        ),
    ] {
        let place = existing(path);
        checks.push(room(
            free,
            volume(&place).map_err(|error| error.to_string()),
            &needs,
        ));
        checks.push(file_system(kind, FileSystem::of(&place)));
        checks.push(syncs_of(syncs, measure_syncs(&place)));
    }
    let places = config.listen.iter();
    checks.extend(places.filter_map(|place| match place {
        ListenAddress::Socket(path) => Some(socket(path)),
        ListenAddress::Loopback(_) | ListenAddress::Tls(_) => None,
    }));
    checks
}

/// The nearest directory of a path that is there.
fn existing(path: &Path) -> PathBuf {
    let is_there = |path: &&Path| path.is_dir();
    path.ancestors().find(is_there).unwrap_or(path).to_owned()
}

fn directory(data: &Path) -> Check {
    const NAME: &str = "data directory";
    let shown = data.display();
    let metadata = match fs::metadata(data) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return ok(
                NAME,
                format!("{shown} is not there; the first start makes it"),
            );
        }
        Err(error) => {
            return fail(
                NAME,
                format!("{shown} can't be looked at: {error}"),
                "run this as the daemon's user, and give that user the directory",
            );
        }
    };
    if !metadata.is_dir() {
        return fail(NAME, format!("{shown} is a file"), "name a directory");
    }
    if metadata.mode() & WRITABLE_BY_ALL != 0 {
        return fail(
            NAME,
            format!("every user of this machine may write to {shown}"),
            "take that right away (chmod o-w), and find out whether somebody used it",
        );
    }
    if let Err(error) = RocksStore::check_owner(data) {
        return fail(NAME, error.to_string(), ONE_USER);
    }
    match (RocksStore::is_there(data), fs::read_dir(data)) {
        (Err(error @ StoreError::RestoreUnfinished { .. }), _) => fail(
            NAME,
            error.to_string(),
            "docs/runbook.md, \"A restore was begun and not finished\"",
        ),
        (Err(error), _) => fail(
            NAME,
            format!("{shown} can't be read: {error}"),
            "run this as the daemon's user, and give that user the directory",
        ),
        (_, Err(error)) => fail(
            NAME,
            format!("{shown} can't be read: {error}"),
            "run this as the daemon's user, and give that user the directory",
        ),
        (Ok(holds_store), Ok(_)) if metadata.mode() & OPEN_TO_OTHERS != 0 => warn(
            NAME,
            format!("{shown} {}, and others may look into it", told(holds_store)),
            "take their rights away (chmod 700)",
        ),
        (Ok(holds_store), Ok(_)) => ok(NAME, format!("{shown} {}", told(holds_store))),
    }
}

/// What keeps files one user's.
const ONE_USER: &str = "run the daemon, and each command that opens its store, as one user, to whom all its files belong";

fn told(holds_store: bool) -> &'static str {
    match holds_store {
        true => "holds a store",
        false => "holds no store yet",
    }
}

fn anchor(data: &Path, anchor: &Path) -> Check {
    const NAME: &str = "anchor";
    let shown = anchor.display();
    if let Err(error) = owner::check_file(anchor) {
        let remedy = match error {
            StoreError::OtherOwner { .. } => ONE_USER,
            _ => "take that right away (chmod o-w), and find out whether somebody used it",
        };
        return fail(NAME, error.to_string(), remedy);
    }
    // What can't be looked at is said of the directory.
    let holds_store = RocksStore::is_there(data).unwrap_or(false);
    match (fs::metadata(anchor), holds_store) {
        (Ok(metadata), _) if !metadata.is_file() => {
            fail(NAME, format!("{shown} is not a file"), "name another path")
        }
        (Ok(_), true) => ok(NAME, format!("{shown} is beside its store")),
        (Ok(_), false) => fail(
            NAME,
            format!("{shown} is there, and its store is not"),
            "mount the volume of the data directory, or restore the newest copy of it",
        ),
        (Err(error), true) if error.kind() == io::ErrorKind::NotFound => fail(
            NAME,
            format!("{shown} is missing beside a store"),
            "mount its volume, or put back the newest copy of it; if the store has no ledger yet, start the daemon",
        ),
        (Err(error), false) if error.kind() == io::ErrorKind::NotFound => {
            ok(NAME, format!("{shown} is made with the first ledger"))
        }
        (Err(error), _) => fail(
            NAME,
            format!("{shown} can't be looked at: {error}"),
            "run this as the daemon's user, and give that user the file",
        ),
    }
}

fn apart(data: &Path, anchor: &Path) -> Check {
    const NAME: &str = "anchor's volume";
    let device = |path: &Path| fs::metadata(existing(path)).map(|found| found.dev());
    match (device(data), device(anchor)) {
        (Ok(one), Ok(other)) if one != other => ok(NAME, "another one than the data's"),
        (Ok(_), Ok(_)) => warn(
            NAME,
            "the same as the data's",
            "put the anchor on another volume: what takes the one back to an older state then leaves the other",
        ),
        _ => warn(NAME, "not known", "run this as the daemon's user"),
    }
}

/// What a volume must have free.
struct Needs {
    /// Below this the daemon does not do what it should.
    least_bytes: u64,
    /// What it does not do then.
    otherwise: &'static str,
    /// Below this somebody should know.
    warned_bytes: u64,
}

const DATA: Needs = Needs {
    least_bytes: DISK_FREE_BYTES_MIN,
    otherwise: "make room: with so little, ledgers take no appends",
    warned_bytes: FREE_BYTES_WARNED,
};

/// An anchor that is there takes nothing more for the ledgers that it has: appends go on on a full volume.
const ANCHOR: Needs = Needs {
    least_bytes: 0,
    otherwise: "",
    warned_bytes: ANCHOR_FREE_BYTES_WARNED,
};

const NEW_ANCHOR: Needs = Needs {
    least_bytes: 2 * Anchor::STEP_BYTES,
    otherwise: "make room: the anchor does not fit, so no ledger can be created",
    warned_bytes: ANCHOR_FREE_BYTES_WARNED,
};

fn room(name: &'static str, found: Result<Volume, String>, needs: &Needs) -> Check {
    let volume = match found {
        Err(problem) => return warn(name, problem, "run this as the daemon's user"),
        Ok(volume) => volume,
    };
    if volume.is_read_only {
        return fail(
            name,
            "the volume is mounted read-only",
            "find out why (the kernel's log tells: dmesg -T), and mount it read-write",
        );
    }
    let found = format!("{} are free", bytes_for_people(volume.free_bytes));
    if volume.free_bytes < needs.least_bytes {
        fail(name, found, needs.otherwise)
    } else if volume.free_bytes < needs.warned_bytes {
        warn(name, found, "make room, or make the volume larger")
    } else {
        ok(name, found)
    }
}

fn file_system(name: &'static str, found: io::Result<FileSystem>) -> Check {
    match found {
        Ok(FileSystem::Local) => ok(name, "on a disk"),
        Ok(FileSystem::Memory) => warn(
            name,
            "in memory: nothing on it outlives a restart of the machine",
            "use a volume on a disk for whatever is to last",
        ),
        Ok(FileSystem::Network) => warn(
            name,
            "on another machine, which decides what a sync is worth",
            "use a local volume, or one whose service says that a sync is durable",
        ),
        Ok(FileSystem::Overlay) => warn(
            name,
            "a container's own layer, which goes with the container",
            "mount a volume there",
        ),
        Err(error) => warn(
            name,
            format!("not known: {error}"),
            "run this as the daemon's user",
        ),
    }
}

fn syncs_of(name: &'static str, measured: io::Result<SyncTimes>) -> Check {
    let times = match measured {
        Ok(times) => times,
        Err(error) => {
            let remedy = match error.kind() {
                io::ErrorKind::ReadOnlyFilesystem => "mount the volume read-write",
                _ => "run this as the daemon's user, who can write there",
            };
            return warn(name, format!("not measured: {error}"), remedy);
        }
    };
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
    let (median, longest) = (millis(times.median), millis(times.longest));
    let found = format!("{median} in the middle, {longest} at the most");
    if times.median >= SYNC_UNFIT {
        fail(
            name,
            found,
            "use a faster volume: clients would run into their time limits",
        )
    } else if times.median >= SYNC_SLOW {
        warn(
            name,
            found,
            "use a faster volume: each append waits for a sync here",
        )
    } else {
        ok(name, found)
    }
}

fn socket(path: &Path) -> Check {
    const NAME: &str = "socket";
    let shown = path.display();
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => ok(NAME, format!("{shown} is there")),
        Ok(_) => fail(
            NAME,
            format!("{shown} is something else than a socket"),
            "move it away, or name another path to listen",
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().unwrap_or(path);
            match parent.is_dir() {
                true => ok(NAME, format!("{shown} is made by the daemon")),
                false => warn(
                    NAME,
                    format!("its directory {} is not there", parent.display()),
                    "make it (RuntimeDirectory= of the unit does), unless it is the one that the daemon makes itself",
                ),
            }
        }
        Err(error) => fail(
            NAME,
            format!("{shown} can't be looked at: {error}"),
            "run this as the daemon's user, and let that user into the directory",
        ),
    }
}

#[cfg(test)]
mod tests;
