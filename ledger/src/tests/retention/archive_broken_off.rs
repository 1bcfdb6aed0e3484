//! Archiving that is broken off, or that meets another file than it wrote: nothing leaves the store that the archive does
//! not have.

use std::fs;

use indelible_store::memory::Fault;

use super::{
    archive_read_back::archived,
    rig::{DAY, Rig, given, rule, verified_bundle},
};
use crate::{
    ArchiveError, Availability, Disposing, KeyEventError, NoticeCode,
    tests::privacy::{payload, verified},
};

/// What becomes of a file's bytes; none if it goes.
type Change<'c> = &'c dyn Fn(&[u8]) -> Option<Vec<u8>>;

#[test]
fn whatever_write_fails_everything_can_be_read_and_the_next_run_ends_it() {
    for fault in [Fault::Lost, Fault::Persisted] {
        let mut completed = false;
        for nth in 0..40 {
            completed = broken_off(nth, fault);
            if completed {
                assert!(nth >= 3, "archiving has more writes than {nth}");
                break;
            }
        }
        assert!(completed, "the last run has no fault");
    }
}

/// Archives with the `nth` write failing; true if there was no such write.
fn broken_off(nth: u64, fault: Fault) -> bool {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, other]) = archived(&rig);
    rig.store.fail_write(nth, fault);
    let completed = ledger.dispose(&mut |_| {}).is_ok();
    let _failed = engine.drain();
    drop((engine, ledger));

    let rig = rig.restarted();
    let (engine, ledger) = rig.open();
    assert_eq!(ledger.summary().state, Availability::Open);
    let place = format!("{fault:?} write {nth}");
    let readable = || {
        for (sequence, text) in [
            (plain, "in the clear"),
            (sealed, "of erika"),
            (other, "of another type"),
        ] {
            let found = payload(&ledger, sequence);
            assert_eq!(found.unwrap(), text.as_bytes(), "{place}: {sequence}");
        }
    };
    readable();
    ledger.dispose(&mut |_| {}).unwrap();
    readable();
    for gone in [plain, sealed] {
        assert_eq!(
            rig.words(&ledger, gone),
            ("archived", "archived"),
            "{place}"
        );
    }
    let disposals = ledger.disposals().unwrap();
    assert!(disposals.iter().all(|(_, complete)| *complete), "{place}");
    assert_eq!(disposals.len(), rig.files().len(), "{place}");
    verified(&ledger);
    verified_bundle(&ledger);
    engine.drain().unwrap();
    completed
}

#[test]
fn what_a_broken_off_run_left_goes_and_files_that_a_newer_store_may_name_stay() {
    let rig = Rig::archiving();
    let (engine, ledger, _) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let kept = rig.files();
    let name = kept[0].file_name().unwrap().to_str().unwrap();
    let own = name.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let left = format!("{own}.5-9.unfinished");
    let of_newer = format!("{own}.5-9.{}.tar", "0".repeat(64));
    let others = ["thesis.tar", "m.0123456789ab.5-9.00.tar", &of_newer];
    for name in others.into_iter().chain([&*left]) {
        fs::write(rig.archive().join(name), "x").unwrap();
    }
    ledger.dispose(&mut |_| {}).unwrap();
    assert!(!rig.archive().join(&left).exists());
    for name in others {
        assert!(rig.archive().join(name).exists(), "{name}");
    }
    assert!(kept[0].exists());
    engine.drain().unwrap();
}

#[test]
fn a_file_that_is_gone_or_altered_before_its_parts_left_lets_nothing_leave() {
    // Far from all bodies and payloads, so that only a look at the whole file finds it.
    let altered = |right: &[u8]| {
        let mut altered = right.to_vec();
        let page = b"An evidence bundle is one ustar archive";
        let at = altered.windows(page.len()).position(|bytes| bytes == page);
        altered[at.unwrap()] ^= 1;
        Some(altered)
    };
    let cut = |right: &[u8]| Some(right[..right.len() - 512].to_vec());
    let gone = |_: &[u8]| None;
    let changes: [Change<'_>; 3] = [&altered, &cut, &gone];
    for change in changes {
        let rig = Rig::archiving();
        let (engine, ledger, [plain, sealed, _]) = archived(&rig);
        // The mark of the archive, the name of the file, and then the first parts that leave.
        rig.store.fail_write(2, Fault::Lost);
        ledger.dispose(&mut |_| {}).unwrap_err();
        assert_eq!(ledger.disposals().unwrap().len(), 1);
        let _failed = engine.drain();
        drop((engine, ledger));
        let file = rig.files().remove(0);
        let right = fs::read(&file).unwrap();
        match change(&right) {
            Some(changed) => fs::write(&file, changed).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let rig = rig.restarted();
        let (engine, ledger) = rig.open();
        let refused = ledger.dispose(&mut |_| {}).unwrap_err();
        assert!(
            matches!(
                refused,
                KeyEventError::Archive(ArchiveError::CopyDiffers { .. } | ArchiveError::Shelf(_))
            ),
            "{refused:?}"
        );
        for kept in [plain, sealed] {
            assert_eq!(rig.words(&ledger, kept), ("present", "present"));
        }
        let codes: Vec<_> = engine
            .status()
            .notices
            .iter()
            .map(|notice| notice.code)
            .collect();
        assert!(
            codes.contains(&NoticeCode::ArchiveDamaged)
                || codes.contains(&NoticeCode::ArchiveUnavailable),
            "{codes:?}"
        );
        assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
        fs::write(&file, &right).unwrap();
        ledger.dispose(&mut |_| {}).unwrap();
        assert_eq!(rig.words(&ledger, plain), ("archived", "archived"));
        assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
        engine.drain().unwrap();
    }
}

#[test]
fn a_copy_that_is_altered_before_it_was_verified_is_not_recorded() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    let mut altered = false;
    let refused = ledger.dispose(&mut |doing| {
        if let Disposing::Archiving { .. } = doing {
            let file = rig.files().remove(0);
            let mut bytes = fs::read(&file).unwrap();
            // In the format's page, far from what is archived.
            bytes[8_000] ^= 1;
            fs::write(&file, &bytes).unwrap();
            altered = true;
        }
    });
    assert!(altered);
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, KeyEventError::Archive(ArchiveError::Shelf(_))),
        "{refused:?}"
    );
    assert_eq!(ledger.disposals().unwrap(), []);
    for kept in [plain, sealed] {
        assert_eq!(rig.words(&ledger, kept), ("present", "present"));
    }
    // The next run makes another one.
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, plain), ("archived", "archived"));
    assert_eq!(rig.files().len(), 1);
    engine.drain().unwrap();
}

#[test]
fn what_a_record_names_and_its_file_lacks_stays_in_the_store() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    let again = rig.append(&ledger, given("d", "again in the clear"));
    rig.pass(2 * DAY);
    let (hold, _) = ledger.place_hold(Some("erika"), None).unwrap();
    let mut hold = Some(hold);
    ledger
        .dispose(&mut |doing| {
            // The file is written without what the hold keeps, and then the hold is no more.
            if matches!(doing, Disposing::Archiving { .. })
                && let Some(hold) = hold.take()
            {
                ledger.release_hold(hold).unwrap();
            }
        })
        .unwrap();
    for gone in [plain, again] {
        assert_eq!(rig.words(&ledger, gone), ("archived", "archived"));
    }
    assert_eq!(rig.words(&ledger, sealed), ("present", "present"));
    assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
    verified(&ledger);
    // The next run archives it.
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, sealed), ("archived", "archived"));
    assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
    verified_bundle(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_directory_that_is_not_the_archive_gets_nothing() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, ..]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let later = rig.append(&ledger, given("d", "later"));
    rig.pass(2 * DAY);
    // What is below the mount point while nothing is mounted there.
    rig.unmount();
    fs::create_dir(rig.archive()).unwrap();
    let refused = ledger.dispose(&mut |_| {}).unwrap_err();
    assert!(
        matches!(
            refused,
            KeyEventError::Archive(ArchiveError::NotTheArchive { .. })
        ),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(rig.archive()).unwrap().count(), 0);
    assert_eq!(rig.words(&ledger, later), ("present", "present"));
    fs::remove_dir(rig.archive()).unwrap();
    rig.mount();
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, later), ("archived", "archived"));
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    engine.drain().unwrap();
}

#[test]
fn a_hold_keeps_what_it_covers_out_of_the_archive() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    let (hold, _) = ledger.place_hold(Some("erika"), None).unwrap();
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, plain), ("archived", "archived"));
    assert_eq!(rig.words(&ledger, sealed), ("present", "present"));
    verified_bundle(&ledger);
    ledger.release_hold(hold).unwrap();
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, sealed), ("archived", "archived"));
    assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
    // A rule without an archive to go to is refused before it is recorded.
    rig.unmount();
    let again = rule("again").archives().after(1).made();
    let refused = ledger.set_retention(vec![again], None).unwrap_err();
    assert!(matches!(
        refused,
        KeyEventError::Archive(ArchiveError::Io { .. })
    ));
    engine.drain().unwrap();
}
