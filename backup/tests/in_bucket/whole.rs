//! What is made is listed, verified, restored and pruned.

use indelible_backup::{BackupError, Held, prune, restore};

use super::*;

const DAY_NS: u64 = 86_400_000_000_000;

/// Takes away whatever lies there for a day.
fn pruned(held: &Held, now_ns: u64) -> Result<prune::Pruned, BackupError> {
    prune::take_away(
        held,
        prune::over(
            held,
            &|_| true,
            &indelible_backup::Seen::default(),
            1,
            now_ns,
        )?,
    )
}

#[test]
fn a_backup_is_made_listed_verified_and_restored() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    let large: Vec<u8> = (0..12_000_000_u32).map(|at| (at % 251) as u8).collect();
    fill(
        &cut,
        &[("1.sst", &large), ("CURRENT", b"one"), ("empty", b"")],
    );
    let held = held(&rig);
    let (first, copied) = back_up(&held, &cut, 1);
    assert_eq!(copied.copied_bytes, 12_000_003);
    // What is there is not sent again, and its content is not fetched to find that out.
    fill(&cut, &[("1.sst", &large), ("CURRENT", b"two")]);
    rig.proxy.seen();
    let (second, copied) = back_up(&held, &cut, 2);
    assert_eq!((copied.copied_bytes, copied.done_bytes), (3, 12_000_003));
    let of_objects = |method: &str| {
        let mut seen = rig.proxy.seen();
        seen.retain(|line| line.starts_with(method) && line.contains("/objects/"));
        seen
    };
    assert_eq!(of_objects("GET"), Vec::<String>::new());
    drop(held);

    let target = target(&rig);
    let listed: Vec<_> = target
        .list()
        .unwrap()
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(listed, [id(1), id(2)]);
    assert_eq!(target.chosen(None).unwrap(), second);
    for manifest in [&first, &second] {
        assert_eq!(damage(&target, manifest), Vec::<String>::new());
    }
    let into = place.path().join("restored");
    restore::files(&target, &plain(&target, &first), &into, &mut go_on).unwrap();
    assert!(fs::read(into.join("1.sst")).unwrap() == large);
    assert_eq!(fs::read(into.join("CURRENT")).unwrap(), b"one");
    assert_eq!(fs::read(into.join("empty")).unwrap(), b"");
    assert_eq!(fs::read_dir(into).unwrap().count(), 3);
    assert!(rig.object("lock").is_none(), "the hold is given back");
}

#[test]
fn what_was_broken_off_goes_on_and_is_no_backup_before() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    let files: Vec<_> = (0..9)
        .map(|n| (format!("{n}.sst"), vec![n; 1_000]))
        .collect();
    let named: Vec<_> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    fill(&cut, &named);
    let held = held(&rig);
    let mut breaks = |copied: Copied| match copied.copied_bytes {
        0..5_000 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let broken = create::copy_files(&held, &cut, create::Manner::default(), &mut breaks);
    assert!(matches!(broken, Err(BackupError::BrokenOff)));
    assert!(held.target().ids().unwrap().is_empty());
    let (_, copied) = back_up(&held, &cut, 1);
    assert_eq!((copied.done_bytes, copied.copied_bytes), (9_000, 4_000));
}

#[test]
fn a_prune_takes_away_what_is_over_and_nothing_that_another_one_needs() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    let held = held(&rig);
    fill(
        &cut,
        &[("1.sst", b"shared"), ("2.sst", b"of the first alone")],
    );
    let (first, _) = back_up(&held, &cut, 1);
    fill(
        &cut,
        &[("1.sst", b"shared"), ("3.sst", b"of the second alone")],
    );
    let (second, _) = back_up(&held, &cut, 2);
    let pruned = pruned(&held, 3 + DAY_NS).unwrap();
    assert_eq!(pruned.backups, [id(1)]);
    assert_eq!(pruned.bytes, 18);
    assert_eq!(damage(held.target(), &second), Vec::<String>::new());
    assert!(rig.object(&key_of(&first, "2.sst")).is_none());
    assert_eq!(rig.keys().len(), 6, "{:?}", rig.keys());
}

#[test]
fn whoever_reads_what_is_taken_away_is_told_so() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    let held = held(&rig);
    fill(&cut, &[("1.sst", b"old")]);
    let (first, _) = back_up(&held, &cut, 1);
    fill(&cut, &[("1.sst", b"new")]);
    back_up(&held, &cut, 2);
    let reader = target(&rig);
    pruned(&held, 3 + DAY_NS).unwrap();
    let found = check::objects(&reader, &first, &mut go_on);
    assert!(
        matches!(found, Err(BackupError::TakenAway { .. })),
        "{found:?}"
    );
}

#[test]
fn only_a_prefix_that_nobody_uses_becomes_a_place_for_backups() {
    let rig = Rig::new();
    rig.put("holiday.jpg", b"x");
    let refused = Target::open_or_make(location(&rig), [3; 8]);
    assert!(
        matches!(refused, Err(BackupError::Occupied { .. })),
        "{refused:?}"
    );
    assert!(matches!(
        Target::open(location(&rig)),
        Err(BackupError::NotATarget { .. })
    ));
    let mut other = options(&rig);
    other.prefix = "there".to_owned();
    Target::open_or_make(Location::Bucket(Box::new(other)), [3; 8]).unwrap();
}
