//! Changes of the KEK that a failed write broke off.

use super::*;

#[test]
fn a_change_that_is_broken_off_at_any_write_is_completed_by_the_next() {
    for kind in [Write::Commit, Write::Other] {
        for fault in [Fault::Lost, Fault::Persisted] {
            let mut completed = false;
            for nth in 0..40 {
                completed = broken_off(kind, nth, fault);
                if completed {
                    // One record; mark, data keys, index key, identity, mark.
                    let least = if kind == Write::Commit { 1 } else { 5 };
                    assert!(nth >= least, "a change has more writes than {nth}");
                    break;
                }
            }
            assert!(completed, "the last run has no fault");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Commit,
    Other,
}

/// Changes the KEK with the `nth` write failing; true if there was no such write.
fn broken_off(kind: Write, nth: u64, fault: Fault) -> bool {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let mut events = filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    match kind {
        Write::Commit => store.fail_commit(nth, fault),
        Write::Other => store.fail_write(nth, fault),
    }
    let completed = rewrap(&engine).is_ok();
    let _failed = engine.drain();
    drop(engine);

    // Whatever a start needs is under the old KEK still, or everything that it reads has moved.
    let all_moved = usage(&store).not_under(&new.describe().kek_id) == 0;
    let without_the_old = restarted(&mut bench, &mut store, keks(&new, &[])).map(|engine| {
        engine.drain().unwrap();
    });
    assert_eq!(
        without_the_old.is_ok(),
        all_moved,
        "{kind:?} {nth} {fault:?}"
    );

    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    let unfinished = !all_moved || is_changing(&*store).unwrap();
    let due = counted(&engine).contains(&NoticeCode::KekRotationDue);
    assert_eq!(due, unfinished, "{kind:?} {nth} {fault:?}");
    let ledger = engine.ledger("l").unwrap();
    assert_readable(&ledger, &events);
    events.push((appended(&bench, &ledger, "d", Some("eve"), "four"), "four"));
    let done = rewrap(&engine).unwrap();
    assert_eq!(done.left, 0);
    assert!(!is_changing(&*store).unwrap());
    assert_eq!(codes(&engine), [NoticeCode::PreviousKekUnneeded]);
    assert_all_under(&store, &new);
    engine.drain().unwrap();
    drop((engine, ledger));

    let engine = restarted(&mut bench, &mut store, keks(&new, &[])).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let records = ledger.records(0, 1_000, usize::MAX).unwrap();
    let said = records.iter().filter(|record| {
        matches!(
            record.header().kind,
            indelible_evidence::header::RecordKind::Kek(_)
        )
    });
    assert_eq!(said.count(), 1, "{kind:?} {nth} {fault:?}");
    assert_readable(&ledger, &events);
    verified(&ledger);
    engine.drain().unwrap();
    completed
}
