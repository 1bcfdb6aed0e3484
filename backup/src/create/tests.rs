//! Files are copied once, whole, and what was broken off goes on.

use std::{fs, ops::ControlFlow};

use super::*;
use crate::{
    Opened, Target, check, restore,
    testing::{all, back_up, fill, held},
};

/// A backup that is not encrypted.
fn plain(held: &Held, manifest: &Manifest) -> Opened {
    Opened::new(held.target(), manifest.clone(), Vec::new()).unwrap()
}

fn go_on(_: Copied) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn what_is_there_is_not_copied_again() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    let large = vec![1; 3_000_000];
    fill(&cut, &[("1.sst", &large), ("CURRENT", b"one")]);
    let (first, copied) = back_up(&held, &cut, 1);
    assert_eq!(copied.copied_bytes, 3_000_003);
    fill(
        &cut,
        &[("1.sst", &large), ("CURRENT", b"two"), ("2.sst", b"new")],
    );
    let (second, copied) = back_up(&held, &cut, 2);
    assert_eq!((copied.copied_bytes, copied.done_bytes), (6, 3_000_006));
    for manifest in [&first, &second] {
        let found = check::objects(held.target(), manifest, &mut go_on).unwrap();
        assert!(found.is_empty(), "{found:?}");
    }
    let into = place.path().join("restored");
    restore::files(held.target(), &plain(&held, &second), &into, &mut go_on).unwrap();
    assert_eq!(fs::read(into.join("CURRENT")).unwrap(), b"two");
    assert_eq!(fs::read(into.join("1.sst")).unwrap(), large);
    assert_eq!(fs::read_dir(into).unwrap().count(), 3);
}

#[test]
fn what_is_only_read_is_linked_if_nobody_ever_writes_to_it() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(
        &cut,
        &[("1.sst", b"a table"), ("MANIFEST-1", b"what is there")],
    );
    let (manifest, _) = back_up(&held, &cut, 1);
    let into = place.path().join("scratch");
    let mut last = Copied::default();
    let mut see = |copied: Copied| {
        last = copied;
        ControlFlow::Continue(())
    };
    restore::files_to_read(held.target(), &plain(&held, &manifest), &into, &mut see).unwrap();
    assert!(last.copied_bytes <= 13, "{last:?}");
    assert!(into.join("1.sst").is_symlink());
    assert_eq!(fs::read(into.join("1.sst")).unwrap(), b"a table");
    // The engine appends to it when it opens a store.
    assert!(!into.join("MANIFEST-1").is_symlink());
    fs::remove_dir_all(into).unwrap();
    let found = check::objects(held.target(), &manifest, &mut go_on).unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_was_broken_off_goes_on_and_is_no_backup_before() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    let files: Vec<_> = (0..9)
        .map(|n| (format!("{n}.sst"), vec![n; 1_000]))
        .collect();
    let named: Vec<_> = files
        .iter()
        .map(|(n, c)| (n.as_str(), c.as_slice()))
        .collect();
    fill(&cut, &named);
    let mut breaks = |copied: Copied| match copied.copied_bytes {
        0..5_000 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let broken = copy_files(&held, &cut, Manner::default(), &mut breaks);
    assert!(matches!(broken, Err(BackupError::BrokenOff)));
    assert!(held.target().ids().unwrap().is_empty());
    let (_, copied) = back_up(&held, &cut, 1);
    assert_eq!((copied.done_bytes, copied.copied_bytes), (9_000, 4_000));
}

#[test]
fn an_object_that_is_not_whole_any_more_is_copied_again() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"what counts")]);
    let (manifest, _) = back_up(&held, &cut, 1);
    let object = backups.join(manifest.files[0].digest.file());
    fs::write(&object, b"what c0unts").unwrap();
    let (_, copied) = back_up(&held, &cut, 2);
    assert_eq!(copied.copied_bytes, 11);
    assert_eq!(fs::read(object).unwrap(), b"what counts");
}

#[test]
fn a_flipped_bit_in_any_file_of_a_backup_is_found() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    fill(
        &cut,
        &[("1.sst", &[5; 2_000]), ("CURRENT", b"one"), ("empty", b"")],
    );
    let manifest = back_up(&held(&backups), &cut, 1).0;
    let sound = || {
        let target = Target::open(&backups)?;
        let manifest = target.manifest(&manifest.id)?;
        let damaged = check::objects(&target, &manifest, &mut go_on)?;
        damaged.into_iter().next().map_or(Ok(()), Err)
    };
    sound().unwrap();
    let files = all(&backups);
    assert_eq!(files.len(), 6, "{:?}", files.keys());
    for (path, bytes) in files {
        for at in (0..bytes.len() * 8).step_by(13) {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            fs::write(&path, &flipped).unwrap();
            assert!(sound().is_err(), "bit {at} of {path}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        fs::write(&path, &longer).unwrap();
        assert!(sound().is_err(), "{path} with a byte more");
        fs::remove_file(&path).unwrap();
        assert!(sound().is_err(), "{path} is missing");
        fs::write(&path, &bytes).unwrap();
    }
    sound().unwrap();
}

#[test]
fn only_one_writes_and_only_to_a_directory_of_backups() {
    let place = tempfile::tempdir().unwrap();
    let backups = place.path().join("backups");
    let first = held(&backups);
    let second = Target::open(&backups).unwrap();
    assert!(matches!(
        second.keep_still(),
        Err(BackupError::InUse { .. })
    ));
    assert!(matches!(
        second.hold([4; 8]),
        Err(BackupError::InUse { .. })
    ));
    drop(first);
    drop(held(&backups));
    let other = place.path().join("other");
    fill(&other, &[("holiday.jpg", b"x")]);
    let refused = Target::open_or_make(&other, [3; 8]);
    assert!(matches!(refused, Err(BackupError::Occupied { .. })));
    assert!(Target::open_or_make(&place.path().join("none"), [3; 8]).is_err());
    assert!(!place.path().join("none").exists());
}

#[test]
fn a_restore_writes_nothing_into_a_directory_that_holds_something() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"what counts")]);
    let (manifest, _) = back_up(&held, &cut, 1);
    let into = place.path().join("full");
    fill(&into, &[("thesis.txt", b"mine")]);
    let refused = restore::files(held.target(), &plain(&held, &manifest), &into, &mut go_on);
    assert!(matches!(refused, Err(BackupError::NotEmpty { .. })));
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
    let object = backups.join(manifest.files[0].digest.file());
    fs::write(object, b"what c0unts").unwrap();
    let into = place.path().join("new");
    let refused = restore::files(held.target(), &plain(&held, &manifest), &into, &mut go_on);
    assert!(matches!(refused, Err(BackupError::Damaged { .. })));
    assert!(!into.exists());
}

/// Whoever may write to the directory can put links and pipes there.
#[test]
fn nothing_is_read_or_removed_by_way_of_a_link_and_no_pipe_is_waited_for() {
    use std::os::unix::fs::symlink;

    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let theirs = place.path().join("theirs");
    let digest = "ee".repeat(32);
    fill(
        &theirs,
        &[("000007.sst", b"a"), ("data.anchor", b"b"), (&digest, b"c")],
    );
    let untouched = || fs::read_dir(&theirs).unwrap().count() == 3;
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"what counts")]);
    let (manifest, _) = back_up(&held, &cut, 1);
    // A folder of objects that leads elsewhere is passed over, and what is in a real one and is no object stays.
    symlink(&theirs, backups.join("objects/ee")).unwrap();
    fs::write(backups.join("objects/notes.txt"), b"of somebody").unwrap();
    fs::write(backups.join("manifests/notes.txt"), b"of somebody").unwrap();
    held.sweep().unwrap();
    assert!(untouched(), "a sweep went through a link");
    assert!(backups.join("objects/notes.txt").exists());
    assert!(backups.join("manifests/notes.txt").exists());
    // So is the folder of all objects, or of all manifests: both are refused.
    for folder in ["objects", "manifests"] {
        let (real, moved) = (backups.join(folder), backups.join("moved"));
        fs::rename(&real, &moved).unwrap();
        symlink(&theirs, &real).unwrap();
        assert!(held.sweep().is_err(), "{folder}");
        assert!(untouched(), "{folder}");
        fs::remove_file(&real).unwrap();
        fs::rename(&moved, &real).unwrap();
    }
    // A pipe in an object's place is not waited for.
    let object = backups.join(manifest.files[0].digest.file());
    fs::remove_file(&object).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(&object)
        .status()
        .unwrap();
    assert!(made.success());
    let target = Target::open(&backups).unwrap();
    assert!(target.manifest(&manifest.id).is_ok());
    let found = check::objects(&target, &manifest, &mut go_on).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    // Nor is a link followed there.
    fs::remove_file(&object).unwrap();
    fs::write(theirs.join(&digest), b"what counts").unwrap();
    symlink(theirs.join(&digest), &object).unwrap();
    let found = check::objects(&target, &manifest, &mut go_on).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    // The next backup puts the object in the link's place, and nothing where that led.
    let (manifest, _) = back_up(&held, &cut, 2);
    let found = check::objects(&target, &manifest, &mut go_on).unwrap();
    assert!(found.is_empty(), "{found:?}");
    assert!(untouched(), "it was written through a link");
}
