//! Each thing that can be wrong with files and volumes, made wrong.

use std::os::unix::{fs::PermissionsExt as _, net::UnixListener};

use super::*;
use crate::cli::daemon::doctor::check::Outcome;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A directory that looks as if it held a store.
fn with_store(path: &Path) {
    fs::create_dir(path).unwrap();
    chmod(path, 0o700);
    fs::write(
        path.join("live"),
        "indelible-store layout 3 live store-0001\n",
    )
    .unwrap();
    assert!(RocksStore::is_there(path).unwrap());
}

#[test]
fn a_directory_that_others_may_write_to_is_a_failure() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    assert_eq!(directory(&data).outcome, Outcome::Ok, "not there yet");
    with_store(&data);
    let found = directory(&data);
    assert!(found.found.contains("holds a store"), "{found:?}");
    assert_eq!(found.outcome, Outcome::Ok);
    chmod(&data, 0o755);
    assert_eq!(directory(&data).outcome, Outcome::Warn);
    chmod(&data, 0o777);
    assert_eq!(directory(&data).outcome, Outcome::Fail);
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(directory(&file).outcome, Outcome::Fail);
}

#[test]
fn an_anchor_and_a_store_without_each_other_are_a_failure() {
    let place = tempfile::tempdir().unwrap();
    let (data, path) = (place.path().join("data"), place.path().join("anchor"));
    assert_eq!(
        anchor(&data, &path).outcome,
        Outcome::Ok,
        "neither is there"
    );
    fs::write(&path, "").unwrap();
    assert_eq!(anchor(&data, &path).outcome, Outcome::Fail, "no store");
    with_store(&data);
    assert_eq!(anchor(&data, &path).outcome, Outcome::Ok);
    fs::remove_file(&path).unwrap();
    assert_eq!(anchor(&data, &path).outcome, Outcome::Fail, "no anchor");
    fs::create_dir(&path).unwrap();
    assert_eq!(anchor(&data, &path).outcome, Outcome::Fail, "a directory");
    assert_eq!(apart(&data, &path).outcome, Outcome::Warn, "one volume");
}

fn free(free_bytes: u64) -> Result<Volume, String> {
    Ok(Volume {
        free_bytes,
        is_read_only: false,
    })
}

#[test]
fn little_room_is_a_warning_and_too_little_a_failure() {
    for (bytes, outcome) in [
        (DISK_FREE_BYTES_MIN - 1, Outcome::Fail),
        (DISK_FREE_BYTES_MIN, Outcome::Warn),
        (FREE_BYTES_WARNED, Outcome::Ok),
    ] {
        assert_eq!(room("room", free(bytes), &DATA).outcome, outcome, "{bytes}");
    }
    let unknown = room("room", Err("no".into()), &DATA);
    assert_eq!(unknown.outcome, Outcome::Warn);
    // An anchor that is there needs no room for records.
    assert_eq!(room("room", free(0), &ANCHOR).outcome, Outcome::Warn);
    assert_eq!(room("room", free(64 << 20), &ANCHOR).outcome, Outcome::Ok);
    assert_eq!(room("room", free(0), &NEW_ANCHOR).outcome, Outcome::Fail);
    let read_only = Volume {
        free_bytes: u64::MAX,
        is_read_only: true,
    };
    for needs in [&DATA, &ANCHOR] {
        assert_eq!(room("room", Ok(read_only), needs).outcome, Outcome::Fail);
    }
}

#[test]
fn volumes_that_forget_or_are_slow_are_told() {
    for (kind, outcome) in [
        (FileSystem::Local, Outcome::Ok),
        (FileSystem::Memory, Outcome::Warn),
        (FileSystem::Network, Outcome::Warn),
        (FileSystem::Overlay, Outcome::Warn),
    ] {
        assert_eq!(file_system("kind", Ok(kind)).outcome, outcome, "{kind:?}");
    }
    for (millis, outcome) in [(1, Outcome::Ok), (20, Outcome::Warn), (500, Outcome::Fail)] {
        let time = Duration::from_millis(millis);
        let times = SyncTimes {
            median: time,
            longest: time,
        };
        assert_eq!(syncs_of("syncs", Ok(times)).outcome, outcome, "{millis}");
    }
    let refused = syncs_of("syncs", Err(io::ErrorKind::PermissionDenied.into()));
    assert_eq!(refused.outcome, Outcome::Warn);
}

#[test]
fn what_lies_where_a_socket_should_is_told() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("indelible.sock");
    assert_eq!(socket(&path).outcome, Outcome::Ok, "not there yet");
    let listener = UnixListener::bind(&path).unwrap();
    assert_eq!(socket(&path).outcome, Outcome::Ok);
    drop(listener);
    fs::remove_file(&path).unwrap();
    fs::write(&path, "words").unwrap();
    assert_eq!(socket(&path).outcome, Outcome::Fail);
    let nowhere = place.path().join("no/indelible.sock");
    assert_eq!(socket(&nowhere).outcome, Outcome::Warn);
}
