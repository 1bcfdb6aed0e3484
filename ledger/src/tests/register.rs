//! A register outside the machine: what it lets sign, and what becomes of a store that is behind it.

mod rig;

use indelible_keystore::Remedy;

use self::rig::{Rig, end, held, other_root};
use crate::{
    AppendError, Availability, IdentityError, LedgerError, NoticeCode, tests::engine::events,
};

/// An append, by the ids of its events.
fn append(rig: &Rig, ledger: &crate::Ledger, ids: &[&str]) -> Result<u64, AppendError> {
    let appended = rig
        .bench
        .runtime
        .block_on(ledger.append(events(ledger, ids), None))?;
    Ok(appended.new.unwrap().tree_size)
}

fn is_unregistered(error: &AppendError, remedy: Remedy) -> bool {
    matches!(error, AppendError::Shut(IdentityError::Unregistered(outage)) if outage.remedy == remedy)
}

#[test]
fn what_is_published_is_registered_before_and_once_for_all_ledgers() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledgers: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| rig.bench.named(&engine, name))
        .into();
    for ledger in &ledgers {
        rig.published(ledger);
    }
    // What is signed for one ledger alone, as at its creation, is no exception.
    for ledger in &ledgers {
        let summary = ledger.summary();
        assert!(rig.cell.size_of(&summary.origin) >= Some(summary.published_size));
    }
    let before = rig.cell.exchanges();
    rig.cell.hang();
    for round in 0..50 {
        for ledger in &ledgers {
            append(&rig, ledger, &[&format!("e{round}")]).unwrap();
        }
    }
    // All of them wait for the register, and none was signed before it.
    for ledger in &ledgers {
        assert!(ledger.summary().published_size < ledger.summary().size);
    }
    rig.cell.go_on();
    for ledger in &ledgers {
        rig.published(ledger);
        let summary = ledger.summary();
        assert_eq!(rig.cell.size_of(&summary.origin), Some(summary.size));
    }
    let exchanges = rig.cell.exchanges() - before;
    assert!(exchanges <= 6, "{exchanges} for 200 appends");
    end(engine);
}

/// What was rolled back is what the register has and the store has not.
#[test]
fn a_store_that_is_behind_signs_nothing_and_says_what_is_missing() {
    let rig = Rig::new();
    let engine = rig.open();
    let (l, m) = (rig.bench.named(&engine, "l"), rig.bench.named(&engine, "m"));
    append(&rig, &l, &["a", "b"]).unwrap();
    append(&rig, &m, &["a"]).unwrap();
    for ledger in [&l, &m] {
        rig.published(ledger);
    }
    let (behind, size) = (l.summary().origin, l.summary().size);
    drop((l, m));
    end(engine);
    rig.cell
        .change(|value| held(value, &behind).size = size + 7);

    let engine = rig.reopen(false);
    let l = engine.ledger("l").unwrap();
    assert_eq!(l.summary().state, Availability::Quarantined);
    let missing = format!("records {size} to {} were acknowledged", size + 6);
    let reason = l.summary().state_reason;
    assert!(reason.contains(&missing), "{reason}");
    assert!(reason.contains("the register memory"), "{reason}");
    // The other one is as it was, and may be a copy of one that goes on elsewhere.
    let m = engine.ledger("m").unwrap();
    assert_eq!(m.summary().state, Availability::Open);
    assert!(is_unregistered(
        &append(&rig, &m, &["b"]).unwrap_err(),
        Remedy::Fix
    ));
    let told = rig.notice(&engine, NoticeCode::RegisterDiffers).unwrap();
    assert!(told.contains(&missing) && told.contains(&behind), "{told}");
    let number = rig.cell.number();
    drop((l, m));
    end(engine);
    assert_eq!(rig.cell.number(), number, "it was left alone");

    // Its loss is accepted: it stays in quarantine, and has a successor.
    let engine = rig.reopen(true);
    let l = engine.ledger("l").unwrap();
    assert_eq!(l.summary().state, Availability::Quarantined);
    let m = engine.ledger("m").unwrap();
    append(&rig, &m, &["b"]).unwrap();
    let successor = rig
        .bench
        .runtime
        .block_on(engine.create_successor("l"))
        .unwrap();
    rig.published(&engine.ledger(&successor.origin).unwrap());
    drop((l, m));
    end(engine);
    // From here on nothing has to be accepted.
    let engine = rig.reopen(false);
    assert!(rig.notice(&engine, NoticeCode::RegisterDiffers).is_none());
    let successor = engine.ledger(&successor.origin).unwrap();
    append(&rig, &successor, &["c"]).unwrap();
    drop(successor);
    end(engine);
}

#[test]
fn another_history_of_the_same_size_is_no_less_wrong() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledger = rig.bench.ledger(&engine);
    rig.published(&ledger);
    let origin = ledger.summary().origin;
    drop(ledger);
    end(engine);
    rig.cell
        .change(|value| held(value, &origin).root = other_root());
    let engine = rig.reopen(false);
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(ledger.summary().state, Availability::Quarantined);
    let reason = ledger.summary().state_reason;
    assert!(
        reason.contains("is not the one in the register"),
        "{reason}"
    );
    drop(ledger);
    end(engine);
}

#[test]
fn a_ledger_that_only_the_register_has_is_told_of_and_nothing_is_signed() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledger = rig.bench.ledger(&engine);
    rig.published(&ledger);
    drop(ledger);
    end(engine);
    rig.cell.change(|value| {
        let any = *value.ledgers.values().next().unwrap();
        value.ledgers.insert("localhost/gone/log/1".into(), any);
    });
    let engine = rig.reopen(false);
    let told = rig.notice(&engine, NoticeCode::LedgerMissing).unwrap();
    assert!(told.contains("localhost/gone/log/1"), "{told}");
    let ledger = engine.ledger("l").unwrap();
    assert!(is_unregistered(
        &append(&rig, &ledger, &["b"]).unwrap_err(),
        Remedy::Fix
    ));
    drop(ledger);
    end(engine);
}

#[test]
fn away_at_the_start_it_keeps_ledgers_from_growing_until_they_were_held_against_it() {
    let rig = Rig::new();
    let engine = rig.open();
    let (l, m) = (rig.bench.named(&engine, "l"), rig.bench.named(&engine, "m"));
    for ledger in [&l, &m] {
        append(&rig, ledger, &["a"]).unwrap();
        rig.published(ledger);
    }
    let behind = l.summary();
    drop((l, m));
    end(engine);
    rig.cell
        .change(|value| held(value, &behind.origin).size = behind.size + 1);
    rig.cell.away(true);
    let engine = rig.reopen(true);
    let (l, m) = (engine.ledger("l").unwrap(), engine.ledger("m").unwrap());
    assert!(is_unregistered(
        &append(&rig, &m, &["b"]).unwrap_err(),
        Remedy::Wait
    ));
    let none = engine.create_ledger(rig::plain("n"));
    let none = rig.bench.runtime.block_on(none);
    assert!(matches!(
        none,
        Err(LedgerError::Shut(IdentityError::Unregistered(_)))
    ));
    assert_eq!(
        m.records(0, 10, usize::MAX).unwrap().len() as u64,
        m.summary().size
    );
    let told = rig
        .notice(&engine, NoticeCode::RegisterUnavailable)
        .unwrap();
    assert!(told.contains("nothing is appended"), "{told}");
    assert_eq!(l.summary().state, Availability::Open, "nobody knows yet");

    rig.cell.away(false);
    rig.until(|| l.summary().state == Availability::Quarantined);
    rig.until(|| {
        rig.notice(&engine, NoticeCode::RegisterUnavailable)
            .is_none()
    });
    append(&rig, &m, &["b"]).unwrap();
    rig.published(&m);
    drop((l, m));
    end(engine);
}

#[test]
fn away_later_it_keeps_checkpoints_back_and_no_append() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledger = rig.bench.ledger(&engine);
    append(&rig, &ledger, &["a"]).unwrap();
    rig.published(&ledger);
    rig.cell.away(true);
    let size = append(&rig, &ledger, &["b"]).unwrap();
    rig.until(|| {
        rig.notice(&engine, NoticeCode::RegisterUnavailable)
            .is_some()
    });
    append(&rig, &ledger, &["c"]).unwrap();
    assert!(ledger.summary().published_size < size);
    let status = engine.status().register.unwrap();
    assert!(status.is_confirmed && status.outage.is_some());
    rig.cell.away(false);
    rig.published(&ledger);
    assert!(
        rig.notice(&engine, NoticeCode::RegisterUnavailable)
            .is_none()
    );
    drop(ledger);
    end(engine);
}

/// An exchange is made, and its answer is lost, twice, with other records in between.
#[test]
fn what_was_exchanged_and_not_answered_is_known_again() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledger = rig.bench.ledger(&engine);
    rig.published(&ledger);
    rig.cell.lose_answers(2);
    append(&rig, &ledger, &["a"]).unwrap();
    rig.until(|| {
        rig.notice(&engine, NoticeCode::RegisterUnavailable)
            .is_some()
    });
    append(&rig, &ledger, &["b"]).unwrap();
    rig.published(&ledger);
    assert_eq!(
        rig.cell.size_of(&ledger.summary().origin),
        Some(ledger.summary().size)
    );
    drop(ledger);
    end(engine);
}

#[test]
fn whoever_is_not_alone_signs_nothing_more() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledger = rig.bench.ledger(&engine);
    append(&rig, &ledger, &["a"]).unwrap();
    rig.published(&ledger);
    // As a daemon does that runs from a copy.
    rig.cell.change(|value| {
        value.writer = "another".into();
        value.number += 1;
    });
    let size = append(&rig, &ledger, &["b"]).unwrap();
    rig.until(|| rig.notice(&engine, NoticeCode::RegisterDiffers).is_some());
    assert!(ledger.summary().published_size < size);
    let told = rig.notice(&engine, NoticeCode::RegisterDiffers).unwrap();
    assert!(told.contains("a copy of this store"), "{told}");
    drop(ledger);
    end(engine);
    // A restart holds the ledgers against what the other one wrote: nothing of it is newer.
    let engine = rig.reopen(false);
    let ledger = engine.ledger("l").unwrap();
    rig.published(&ledger);
    drop(ledger);
    end(engine);
}

#[test]
fn what_is_no_register_of_this_store_lets_nothing_be_signed() {
    let rig = Rig::new();
    let engine = rig.open();
    let ledger = rig.bench.ledger(&engine);
    rig.published(&ledger);
    drop(ledger);
    end(engine);
    let kept = rig.cell.value();
    let refused = |words: &str| {
        let engine = rig.reopen(true);
        let ledger = engine.ledger("l").unwrap();
        let error = append(&rig, &ledger, &["x"]).unwrap_err();
        assert!(is_unregistered(&error, Remedy::Fix), "{error}");
        assert!(error.to_string().contains(words), "{error}");
        drop(ledger);
        end(engine);
    };
    rig.cell.set(None);
    refused("is empty");
    rig.cell.set(Some(b"something else".to_vec()));
    refused("no register");
    rig.cell.set(kept.clone());
    rig.cell.change(|value| value.store = "ff".repeat(16));
    refused("another store");
    rig.cell.set(kept.clone());
    rig.cell.change(|value| value.id = "another".into());
    refused("another register");
    rig.cell.set(kept);
    let engine = rig.reopen(false);
    let ledger = engine.ledger("l").unwrap();
    append(&rig, &ledger, &["x"]).unwrap();
    drop(ledger);
    end(engine);
}

/// One that was never answered keeps a new store from beginning ledgers, and none from starting.
#[test]
fn a_new_store_begins_its_ledgers_once_the_register_answers() {
    let rig = Rig::new();
    rig.cell.away(true);
    let engine = rig.open();
    assert!(rig.bench.runtime.block_on(engine.begin_system()).is_err());
    rig.cell.away(false);
    rig.until(|| rig.bench.runtime.block_on(engine.begin_system()).is_ok());
    end(engine);
}
