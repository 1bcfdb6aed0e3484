//! What nobody has written to is read once, and what somebody has written to is read again.

use std::{fs, ops::ControlFlow, path::Path, thread, time::Duration};

use indelible_keystore::age::Identity;

use super::*;
use crate::{
    create::{self, Manner},
    target::Held,
    testing::{fill, held, sealing},
};

/// Longer than the steps in which file systems tell the time.
const TICK: Duration = Duration::from_millis(20);

/// What copying a cut took: blocks that were read or written, and bytes that were copied.
fn copy(held: &Held, cut: &Path, manner: Manner<'_>) -> (usize, u64) {
    let mut told = 0;
    let mut count = |_| {
        told += 1;
        ControlFlow::Continue(())
    };
    let (files, copied) = create::copy_files(held, cut, manner, &mut count).unwrap();
    // Each file is told of once more when it is done.
    (told - files.len(), copied.copied_bytes)
}

#[test]
fn only_what_is_new_or_changes_in_place_is_read_after_the_first_backup() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    let seen = Seen::default();
    let manner = Manner {
        seen: Some(&seen),
        ..Manner::default()
    };
    fill(&cut, &[("1.sst", &[1; 3_000_000]), ("CURRENT", b"one")]);
    // Read, and copied: the read-back is not told of.
    assert_eq!(copy(&held, &cut, manner), (8, 3_000_003));
    // The same table under a further name, as in the next cut, and one more.
    let next = place.path().join("next");
    fill(&next, &[("2.sst", b"new"), ("CURRENT", b"one")]);
    fs::hard_link(cut.join("1.sst"), next.join("1.sst")).unwrap();
    assert_eq!(copy(&held, &next, manner), (3, 3));
    // Nothing is new: the one file that changes in place is read.
    assert_eq!(copy(&held, &next, manner), (1, 0));
    // Whoever has not seen them reads all of them, and all that lies there.
    assert_eq!(copy(&held, &next, Manner::default()), (10, 0));
}

#[test]
fn what_somebody_has_written_to_is_read_again() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    let seen = Seen::default();
    let manner = Manner {
        seen: Some(&seen),
        ..Manner::default()
    };
    fill(&cut, &[("1.sst", b"what counts")]);
    let (files, _) =
        create::copy_files(&held, &cut, manner, &mut |_| ControlFlow::Continue(())).unwrap();
    let object = backups.join(files[0].digest.file());
    thread::sleep(TICK);
    fs::write(&object, b"what c0unts").unwrap();
    assert_eq!(copy(&held, &cut, manner).1, 11);
    assert_eq!(fs::read(&object).unwrap(), b"what counts");
    fs::remove_file(&object).unwrap();
    assert_eq!(copy(&held, &cut, manner).1, 11);
    // The table, too, with as many bytes as before.
    thread::sleep(TICK);
    fs::write(cut.join("1.sst"), b"what is new").unwrap();
    assert_eq!(copy(&held, &cut, manner).1, 11);
}

#[test]
fn a_table_is_encrypted_once_for_the_same_recipients() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    let seen = Seen::default();
    let [first, second] = [(); 2].map(|()| sealing(&[&Identity::generate().unwrap()]));
    let manner = |sealing| Manner {
        sealing: Some(sealing),
        seen: Some(&seen),
        ..Manner::default()
    };
    fill(&cut, &[("1.sst", &[1; 3_000_000])]);
    let (_, copied) = copy(&held, &cut, manner(&first));
    assert!(copied > 3_000_000);
    assert_eq!(copy(&held, &cut, manner(&first)), (0, 0));
    assert_eq!(copy(&held, &cut, manner(&second)).1, copied);
}
