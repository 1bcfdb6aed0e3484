//! What is known of backups follows the records.

use indelible_compliance::time;
use indelible_ledger::OrderToDestroy;

use super::super::reach::Reach;
use super::super::stored::{Begun, CutOf, Ended, Forgotten, Going, MadeOf};
use super::*;

const ORIGIN: &str = "example/loans/log/1";

fn id(number: u32) -> BackupId {
    BackupId::new("2026-11-29T17:45:00Z", number.to_be_bytes()).unwrap()
}

fn begun(number: u32) -> Begun {
    Begun {
        backup: id(number),
        target: "disk".into(),
        directory: "/backups".into(),
        begun_ns: u64::from(number),
        encrypted_to: Vec::new(),
    }
}

/// A backup that has the ledger with 10 records, of which the erasures `unfinished` were not complete.
fn made(number: u32, unfinished: &[u64], there: &[u32]) -> Ended {
    Ended {
        made: Some(MadeOf {
            backup: id(number),
            made_ns: u64::from(number),
            total_bytes: 100,
            copied_bytes: Some(10),
            ledgers: Some(vec![CutOf {
                origin: ORIGIN.into(),
                size: 10,
                unfinished: unfinished.to_vec(),
            }]),
            archive_files: 0,
            manifest: None,
        }),
        ..pruned(there)
    }
}

/// What is there after a prune.
fn pruned(there: &[u32]) -> Ended {
    Ended {
        made: None,
        target: "disk".into(),
        there: there.iter().copied().map(id).collect(),
        foreign: Vec::new(),
        foreign_more: 0,
        is_whole_look: true,
    }
}

fn standings(catalogue: &Catalogue) -> Vec<(BackupId, Standing)> {
    let all = catalogue.all();
    all.map(|known| (known.id.clone(), known.standing))
        .collect()
}

fn that_may_hold(catalogue: &Catalogue, origin: &str, erasure: u64) -> Vec<BackupId> {
    that_may_hold_from(catalogue, origin, (erasure, 0))
}

/// The same where nothing before a record is concerned.
fn that_may_hold_from(
    catalogue: &Catalogue,
    origin: &str,
    (sequence, first): (u64, u64),
) -> Vec<BackupId> {
    let backups = Backups::new(None);
    backups.take("system".into(), catalogue.clone(), 1);
    let order = OrderToDestroy { sequence, first };
    let all = backups.all().into_iter();
    let found = all.filter(|known| known.may_hold_erased((origin, origin), order));
    found.map(|known| known.id).collect()
}

#[test]
fn a_disposal_names_no_backup_that_ends_before_its_first_record() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    catalogue.end(made(1, &[], &[1]));
    assert_eq!(that_may_hold_from(&catalogue, ORIGIN, (20, 9)), [id(1)]);
    assert_eq!(that_may_hold_from(&catalogue, ORIGIN, (20, 10)), []);
    let backups = Backups::new(None);
    assert!(!backups.are_any());
    backups.take("system".into(), catalogue.clone(), 1);
    assert!(backups.are_any());
    let known = backups.all().remove(0);
    assert!(known.ends_before(ORIGIN, 10) && !known.ends_before(ORIGIN, 9));
    // What is not known to have ended before may hold anything.
    catalogue.begin(begun(2));
    assert_eq!(that_may_hold_from(&catalogue, ORIGIN, (20, 10)), [id(2)]);
    backups.take("system".into(), catalogue, 1);
    assert!(!backups.all()[0].ends_before(ORIGIN, 10));
}

#[test]
fn an_erasure_names_the_backups_that_were_made_before_it_was_complete() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    catalogue.end(made(1, &[], &[1]));
    catalogue.begin(begun(2));
    catalogue.end(made(2, &[7], &[1, 2]));
    // Before the erasure's record, while it was carried out, and after it.
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 10), [id(2), id(1)]);
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 7), [id(2)]);
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 6), []);
    // It has nothing of a ledger that was made later.
    assert_eq!(that_may_hold(&catalogue, "example/later/log/2", 10), []);
}

#[test]
fn an_erasure_that_another_ledger_records_names_the_backups_that_lack_the_record() {
    const SYSTEM: &str = "example/_system/log/2";
    let holds = |cuts: &[CutOf]| {
        let mut catalogue = Catalogue::default();
        catalogue.begin(begun(1));
        let mut ended = made(1, &[], &[1]);
        if let Some(made) = &mut ended.made {
            made.ledgers.as_mut().unwrap().extend_from_slice(cuts);
        }
        catalogue.end(ended);
        let order = OrderToDestroy {
            sequence: 3,
            first: 0,
        };
        let mut all = catalogue.all();
        all.any(|known| known.may_hold_erased((ORIGIN, SYSTEM), order))
    };
    let cut = |size, unfinished: &[u64]| CutOf {
        origin: SYSTEM.to_owned(),
        size,
        unfinished: unfinished.to_vec(),
    };
    assert!(holds(&[]), "it was made before that ledger began");
    assert!(holds(&[cut(3, &[])]) && holds(&[cut(4, &[3])]));
    assert!(!holds(&[cut(4, &[])]));
}

#[test]
fn what_is_not_known_to_be_clean_is_named() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 0), [id(1)]);
    catalogue.break_off(&id(1));
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 0), [id(1)]);
    // Ledgers that did not fit the record.
    let mut ended = made(1, &[], &[1]);
    if let Some(made) = &mut ended.made {
        made.ledgers = None;
    }
    catalogue.end(ended);
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 0), [id(1)]);
}

#[test]
fn what_is_gone_from_its_directory_is_known_no_more() {
    let mut catalogue = Catalogue::default();
    for number in 1..=3 {
        catalogue.begin(begun(number));
    }
    let mut elsewhere = begun(4);
    elsewhere.target = "another disk".into();
    catalogue.begin(elsewhere);
    catalogue.break_off(&id(1));
    catalogue.break_off(&id(2));
    // The second is whole: a crash came before its record. What the first had copied was swept away.
    catalogue.end(made(3, &[], &[2, 3]));
    // What lies elsewhere was not looked at.
    catalogue.break_off(&id(4));
    assert_eq!(
        standings(&catalogue),
        [
            (id(2), Standing::Made),
            (id(3), Standing::Made),
            (id(4), Standing::Unfinished)
        ]
    );
}

#[test]
fn what_no_prune_took_is_missing_and_named_until_somebody_says_that_it_is_destroyed() {
    let mut catalogue = Catalogue::default();
    for number in 1..=3 {
        let there: Vec<_> = (1..=number).collect();
        catalogue.begin(begun(number));
        catalogue.end(made(number, &[], &there));
    }
    // Somebody took the first away while the fourth was made.
    catalogue.begin(begun(4));
    catalogue.end(made(4, &[], &[2, 3, 4]));
    assert_eq!(standings(&catalogue)[0], (id(1), Standing::Missing));
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 10).last(), Some(&id(1)));
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 9), []);
    // A prune took the second; a crash came before the record of its end.
    let going = Going { going: vec![id(2)] };
    catalogue.let_go(going);
    catalogue.begin(begun(5));
    catalogue.end(made(5, &[], &[3, 4, 5]));
    let ids: Vec<_> = standings(&catalogue)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, [id(1), id(3), id(4), id(5)]);
    // What lies there again is what it was.
    catalogue.end(pruned(&[1, 3, 4, 5]));
    assert_eq!(standings(&catalogue)[0], (id(1), Standing::Made));
    catalogue.end(pruned(&[3, 4, 5]));
    let mut said = pruned(&[3, 4, 5]);
    said.is_whole_look = false;
    catalogue.end(said);
    assert_eq!(standings(&catalogue).len(), 3);
}

#[test]
fn what_is_foreign_is_named_and_counts_for_nothing() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    let mut ended = made(1, &[], &[1]);
    ended.foreign = vec![id(9)];
    catalogue.end(ended);
    assert_eq!(standings(&catalogue)[1], (id(9), Standing::Foreign));
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 5), [id(9)]);
    let backups = Backups::new(None);
    backups.take("system".into(), catalogue.clone(), 1);
    assert_eq!(backups.newest().map(|known| known.id), Some(id(1)));
    assert_eq!(backups.count(), 1);
    catalogue.end(pruned(&[1]));
    assert_eq!(standings(&catalogue).len(), 1);
}

#[test]
fn one_at_a_time() {
    let backups = Backups::new(None);
    let turn = backups.turn();
    assert!(turn.is_some() && backups.turn().is_none());
    drop(turn);
    assert!(backups.turn().is_some());
}

#[test]
fn a_prune_reaches_what_lies_where_the_configuration_says_and_nothing_else() {
    let configured = Backup {
        location: Location::from("/backups"),
        every: None,
        at: None,
        keep_days: 30,
        bytes_per_second: None,
        recipients: None,
    };
    let mut catalogue = Catalogue::default();
    let mut elsewhere = begun(1);
    (elsewhere.target, elsewhere.directory) = ("old disk".into(), "/old".into());
    let mut before = begun(2);
    before.target = "disk before".into();
    let mut moved = begun(3);
    moved.directory = "/where it was mounted".into();
    for begun in [elsewhere, before, moved, begun(4)] {
        catalogue.begin(begun);
    }
    let backups = Backups::new(Some(configured));
    backups.take("system".into(), catalogue.clone(), 1);
    let reached: Vec<_> = backups
        .all()
        .iter()
        .rev()
        .map(|known| backups.reach(known))
        .collect();
    assert_eq!(
        reached,
        [
            Reach::Elsewhere,
            Reach::Elsewhere,
            Reach::There,
            Reach::There
        ]
    );
    let backups = Backups::new(None);
    backups.take("system".into(), catalogue, 1);
    let all = backups.all();
    assert!(
        all.iter()
            .all(|known| backups.reach(known) == Reach::Elsewhere)
    );
}

#[test]
fn how_far_a_backup_is_is_known_while_it_is_made_and_after_it_was_broken_off() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    catalogue.advance(&id(1), 7, 100);
    catalogue.break_off(&id(1));
    let backups = Backups::new(None);
    backups.take("system".into(), catalogue, 1);
    let known = backups.all().remove(0);
    assert_eq!((known.copied_bytes, known.total_bytes), (Some(7), 100));
}

#[test]
fn backups_that_are_named_as_destroyed_are_known_no_more_and_the_others_stay_as_they_are() {
    let mut catalogue = Catalogue::default();
    for number in 1..=3 {
        catalogue.begin(begun(number));
        catalogue.end(made(number, &[], &[2, number]));
    }
    let (missing, there) = ((id(1), Standing::Missing), (id(2), Standing::Made));
    assert_eq!(standings(&catalogue)[..2], [missing.clone(), there]);
    catalogue.forget(&Forgotten {
        forgotten: vec![id(2)],
        released: Vec::new(),
    });
    assert_eq!(standings(&catalogue), [missing, (id(3), Standing::Made)]);
    assert!(
        catalogue.was_begun(&id(2)),
        "this store made it all the same"
    );
}

#[test]
fn one_that_is_there_as_a_whole_is_not_unfinished() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    catalogue.begin(begun(2));
    catalogue.break_off(&id(1));
    for number in [1, 2] {
        let made = made(number, &[], &[]).made.unwrap();
        catalogue.find_whole(made);
    }
    // The second is being made, and says itself when it is done.
    let all = [(id(1), Standing::Made), (id(2), Standing::Running)];
    assert_eq!(standings(&catalogue), all);
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 9), [id(2)]);
}

#[test]
fn how_many_more_are_foreign_is_known_with_the_last_of_them() {
    let mut catalogue = Catalogue::default();
    catalogue.begin(begun(1));
    let mut ended = made(1, &[], &[1]);
    (ended.foreign, ended.foreign_more) = (vec![id(8), id(9)], 5);
    catalogue.end(ended.clone());
    let more = |catalogue: &Catalogue| -> Vec<u64> {
        catalogue.all().map(|known| known.foreign_more).collect()
    };
    assert_eq!(more(&catalogue), [0, 5, 0]);
    ended.foreign_more = 0;
    catalogue.end(ended);
    assert_eq!(more(&catalogue), [0, 0, 0]);
}

#[test]
fn slashes_in_the_record_of_an_earlier_release_make_no_other_place() {
    let mut catalogue = Catalogue::default();
    let mut first = begun(1);
    first.directory = "/backups//".into();
    catalogue.begin(first);
    catalogue.begin(begun(2));
    let directories: Vec<_> = catalogue
        .all()
        .map(|known| known.directory.clone())
        .collect();
    assert_eq!(directories, ["/backups", "/backups"]);
    assert_eq!(catalogue.places().len(), 1);
}

#[test]
fn what_was_forgotten_and_lies_there_again_is_known_again() {
    let mut catalogue = Catalogue::default();
    for number in 1..=2 {
        catalogue.begin(begun(number));
        catalogue.end(made(number, &[], &[1, 2]));
    }
    // Somebody says that all of them are destroyed, while their volume is away.
    let mut gone = pruned(&[]);
    gone.is_whole_look = false;
    catalogue.end(gone);
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 5), []);
    catalogue.begin(begun(3));
    catalogue.end(made(3, &[], &[1, 2, 3]));
    // What they hold nobody says any more, so that they are named.
    assert_eq!(that_may_hold(&catalogue, ORIGIN, 5), [id(2), id(1)]);
    let backups = Backups::new(None);
    backups.take("system".into(), catalogue, 1);
    let found = backups.all();
    let found = found.iter().find(|known| known.id == id(1)).unwrap();
    assert_eq!(found.directory, "/backups");
    let day = time::parse("2026-11-29T17:45:00Z").unwrap();
    assert_eq!(found.made_ns, day);
}
