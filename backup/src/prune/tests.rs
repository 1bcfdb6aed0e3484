//! What a prune takes away, and what it must not touch.

use std::{fs, ops::ControlFlow, os::unix::fs::symlink, path::Path};

use super::*;
use crate::{
    check,
    testing::{back_up, fill, held, id},
};

/// A prune of all that lies there.
fn prune(held: &Held, keep_days: u64, now_ns: u64) -> Result<Pruned, BackupError> {
    take_away(
        held,
        over(held, &|_| true, &crate::Seen::default(), keep_days, now_ns)?,
    )
}

#[test]
fn objects_of_other_backups_stay() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(
        &cut,
        &[("1.sst", b"shared"), ("2.sst", b"of the first alone")],
    );
    back_up(&held, &cut, 1);
    fill(
        &cut,
        &[("1.sst", b"shared"), ("3.sst", b"of the second alone")],
    );
    let (second, _) = back_up(&held, &cut, 2);
    let pruned = prune(&held, 1, 3 + DAY_NS).unwrap();
    assert_eq!(pruned.backups, [id(1)]);
    assert!(pruned.bytes >= 18, "{pruned:?}");
    let go_on = &mut |_| ControlFlow::Continue(());
    let damaged = check::objects(held.target(), &second, go_on).unwrap();
    assert!(damaged.is_empty(), "{damaged:?}");
    assert_eq!(held.target().ids().unwrap(), [id(2)]);
    let first = crate::Digest::of(b"of the first alone");
    assert!(!backups.join(first.file()).exists());
}

#[test]
fn the_newest_stays_and_what_is_not_over_stays() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"shared")]);
    back_up(&held, &cut, 1);
    back_up(&held, &cut, 5);
    assert_eq!(prune(&held, 1, DAY_NS).unwrap(), Pruned::default());
    assert_eq!(prune(&held, 1, 1 + DAY_NS).unwrap().backups, [id(1)]);
    assert_eq!(prune(&held, 1, u64::MAX).unwrap().backups, []);
    // Whose they are, somebody else says: what is not own stays, and keeps nothing else from being the newest.
    let (other, _) = back_up(&held, &cut, 7);
    let own = |manifest: &Manifest| manifest.id != other.id;
    assert_eq!(
        over(&held, &own, &crate::Seen::default(), 0, u64::MAX).unwrap(),
        []
    );
    assert_eq!(
        over(&held, &|_| false, &crate::Seen::default(), 0, u64::MAX).unwrap(),
        []
    );
    assert_eq!(
        over(&held, &|_| true, &crate::Seen::default(), 0, u64::MAX).unwrap(),
        [id(5)]
    );
}

/// A volume that lost a file of the newest backup has not left nothing that can be restored.
#[test]
fn the_last_one_that_has_all_its_objects_stays_beside_a_newest_one_that_lacks_some() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"shared")]);
    back_up(&held, &cut, 1);
    back_up(&held, &cut, 2);
    fill(
        &cut,
        &[("1.sst", b"shared"), ("2.sst", b"of the newest alone")],
    );
    back_up(&held, &cut, 3);
    fs::remove_file(backups.join(crate::Digest::of(b"of the newest alone").file())).unwrap();
    assert_eq!(prune(&held, 0, u64::MAX).unwrap().backups, [id(1)]);
    assert_eq!(held.target().ids().unwrap(), [id(2), id(3)]);
    let second = held.target().manifest(&id(2)).unwrap();
    let go_on = &mut |_| ControlFlow::Continue(());
    let damaged = check::objects(held.target(), &second, go_on).unwrap();
    assert!(damaged.is_empty(), "{damaged:?}");
}

/// Whoever may write to the place could otherwise have the daemon take away the last one that can be restored.
#[test]
fn the_last_one_that_is_as_it_should_be_stays_beside_a_newest_one_that_was_altered() {
    let alter = |object: &Path| fs::write(object, b"of the newest alon3").unwrap();
    let link = |object: &Path| {
        let elsewhere = object.with_extension("elsewhere");
        fs::rename(object, &elsewhere).unwrap();
        symlink(elsewhere, object).unwrap();
    };
    let attacks: [&dyn Fn(&Path); 2] = [&alter, &link];
    for attack in attacks {
        let place = tempfile::tempdir().unwrap();
        let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
        let held = held(&backups);
        fill(&cut, &[("1.sst", b"shared")]);
        back_up(&held, &cut, 1);
        back_up(&held, &cut, 2);
        fill(
            &cut,
            &[("1.sst", b"shared"), ("2.sst", b"of the newest alone")],
        );
        back_up(&held, &cut, 3);
        attack(&backups.join(crate::Digest::of(b"of the newest alone").file()));
        assert_eq!(prune(&held, 0, u64::MAX).unwrap().backups, [id(1)]);
        assert_eq!(held.target().ids().unwrap(), [id(2), id(3)]);
    }
}

/// Whoever may write to the place could otherwise have the daemon read without end.
#[test]
fn a_manifest_that_is_longer_than_any_is_refused_before_it_is_read() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"shared")]);
    back_up(&held, &cut, 1);
    let manifest = backups.join("manifests").join(format!("{}.json", id(1)));
    let sparse = fs::File::options().write(true).open(manifest).unwrap();
    sparse.set_len(40 << 30).unwrap();
    let refused = held.target().manifest(&id(1)).unwrap_err();
    assert!(
        matches!(refused, crate::BackupError::TooLong { bytes, .. } if bytes == 40 << 30),
        "{refused}"
    );
}

#[test]
fn nothing_goes_while_a_manifest_can_t_be_used() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"shared")]);
    let (first, _) = back_up(&held, &cut, 1);
    back_up(&held, &cut, 2);
    let manifest = backups.join("manifests").join(format!("{}.json", id(2)));
    fs::write(manifest, b"{}").unwrap();
    assert!(prune(&held, 0, u64::MAX).is_err());
    assert!(backups.join(first.files[0].digest.file()).exists());
    assert_eq!(held.target().ids().unwrap().len(), 2);
}

/// Whatever a crash leaves of a prune, what is listed is whole, and the next one takes the rest away.
#[test]
fn a_prune_that_was_broken_off_leaves_whole_backups() {
    let place = tempfile::tempdir().unwrap();
    let (cut, backups) = (place.path().join("cut"), place.path().join("backups"));
    let held = held(&backups);
    fill(&cut, &[("1.sst", b"shared"), ("2.sst", b"old")]);
    back_up(&held, &cut, 1);
    fill(&cut, &[("1.sst", b"shared")]);
    let (second, _) = back_up(&held, &cut, 2);
    // The note is gone, and nothing else.
    fs::remove_file(backups.join("manifests").join(format!("{}.note", id(1)))).unwrap();
    assert_eq!(held.target().ids().unwrap(), [id(2)]);
    held.sweep().unwrap();
    assert!(
        !backups
            .join("manifests")
            .join(format!("{}.json", id(1)))
            .exists()
    );
    assert!(!backups.join(crate::Digest::of(b"old").file()).exists());
    let go_on = &mut |_| ControlFlow::Continue(());
    let damaged = check::objects(held.target(), &second, go_on).unwrap();
    assert!(damaged.is_empty(), "{damaged:?}");
}
