//! Only one writes to a bucket; who is gone does not keep others from it, and who was thought gone adds nothing.

use super::*;
use crate::buckets::{Act, rule};

#[test]
fn only_one_writes_at_a_time_and_gives_it_back() {
    let rig = Rig::new();
    let first = held(&rig);
    let second = target(&rig).hold([5; 8]);
    let Err(BackupError::HeldByOther {
        seconds: Some(seconds),
        ..
    }) = second
    else {
        panic!("{second:?}");
    };
    assert!((500..=600).contains(&seconds), "{seconds}");
    // Whoever reads is not kept from it.
    target(&rig).keep_still().unwrap();
    drop(first);
    drop(target(&rig).hold([5; 8]).unwrap());
    assert!(rig.object("lock").is_none());
}

#[test]
fn who_was_taken_over_makes_no_backup_and_keeps_the_others_lock() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    fill(&cut, &[("1.sst", b"what counts")]);
    let first = held(&rig);
    // As another one does, once nothing was heard for long.
    rig.put("lock", b"indelible-hold 1 other 0\n");
    let refused = try_back_up(&first, &cut, 1);
    assert!(
        matches!(refused, Err(BackupError::HoldLost { .. })),
        "{refused:?}"
    );
    assert!(target(&rig).ids().unwrap().is_empty());
    assert!(matches!(first.sweep(), Err(BackupError::HoldLost { .. })));
    drop(first);
    assert_eq!(rig.object("lock").unwrap(), b"indelible-hold 1 other 0\n");
}

/// It is taken over between the last look and the note.
#[test]
fn a_note_that_came_too_late_is_taken_away_again() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    fill(&cut, &[("1.sst", b"what counts")]);
    let first = held(&rig);
    rig.proxy
        .add(rule("PUT", "/lock", Act::Refuse(412, "PreconditionFailed")).after(1));
    let refused = try_back_up(&first, &cut, 1);
    assert!(
        matches!(refused, Err(BackupError::HoldLost { .. })),
        "{refused:?}"
    );
    let seen = rig.proxy.seen();
    assert!(
        seen.iter()
            .any(|line| line.starts_with("PUT") && line.contains(".note"))
    );
    assert!(target(&rig).ids().unwrap().is_empty());
}

/// What a program that was killed left behind ends after its time, by the server's clock.
#[test]
fn a_hold_of_which_nothing_was_heard_is_taken_over() {
    let rig = Rig::new();
    drop(held(&rig));
    rig.put("lock", b"indelible-hold 1 dead 0\n");
    assert!(target(&rig).hold([5; 8]).is_err());
    rig.proxy.add(rule("HEAD", "/lock", Act::LaterBy(601)));
    let own = target(&rig).hold([5; 8]).unwrap();
    let lock = String::from_utf8(rig.object("lock").unwrap()).unwrap();
    assert!(lock.contains("0505050505050505"), "{lock}");
    drop(own);
}

/// A server that does not say how old it is says nothing of its end.
#[test]
fn a_hold_of_no_age_is_never_taken_over() {
    let rig = Rig::new();
    drop(held(&rig));
    rig.put("lock", b"indelible-hold 1 dead 0\n");
    rig.proxy
        .add(rule("HEAD", "/lock", Act::AnswerWithout("last-modified")));
    let refused = target(&rig).hold([5; 8]);
    assert!(
        matches!(refused, Err(BackupError::HeldByOther { seconds: None, .. })),
        "{refused:?}"
    );
}

#[test]
fn a_server_that_overwrites_in_spite_of_the_condition_is_refused() {
    for (header, shown) in [("if-none-match", "If-None-Match"), ("if-match", "If-Match")] {
        let rig = Rig::new();
        rig.proxy.add(rule("PUT", "", Act::Without(header)));
        let target = Target::open_or_make(location(&rig), [3; 8]).unwrap();
        let refused = target.hold([5; 8]).unwrap_err().to_string();
        assert!(refused.contains(shown), "{refused}");
    }
}
