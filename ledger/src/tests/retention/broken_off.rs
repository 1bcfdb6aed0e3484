//! A disposal that is broken off at any of its writes: before its record nothing is gone, and after it everything goes.

use indelible_store::memory::Fault;

use super::rig::{DAY, Rig, by_actor, given, rule, verified_bundle};
use crate::{
    Availability,
    tests::privacy::{payload, verified},
};

#[test]
fn a_disposal_that_is_broken_off_at_any_write_is_completed_at_the_next_start() {
    for fault in [Fault::Lost, Fault::Persisted] {
        let mut completed = false;
        for nth in 0..40 {
            completed = broken_off(nth, fault);
            if completed {
                assert!(nth >= 2, "a disposal has more writes than {nth}");
                break;
            }
        }
        assert!(completed, "the last run has no fault");
    }
}

/// Disposes with the `nth` write after the record failing; true if there was no such write.
fn broken_off(nth: u64, fault: Fault) -> bool {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let gone = rig.append(&ledger, given("a", "clear").with("go away"));
    let sealed = rig.append(&ledger, given("b", "of erika").of("erika"));
    let kept = rig.append(&ledger, given("c", "kept").typed("u"));
    let rule = rule("old").typed("t").after(1).made();
    ledger.set_retention(vec![rule], None).unwrap();
    rig.pass(2 * DAY);
    rig.store.fail_write(nth, fault);
    let completed = ledger.dispose(&mut |_| {}).is_ok();
    let _failed = engine.drain();
    drop((engine, ledger));

    let rig = rig.restarted();
    let (engine, ledger) = rig.open();
    assert_eq!(ledger.summary().state, Availability::Open);
    let disposals = ledger.disposals().unwrap();
    assert_eq!(disposals.len(), 1, "write {nth} comes after the record");
    rig.until(
        &format!("{fault:?} write {nth}: it was not taken up"),
        || ledger.disposals().unwrap()[0].1,
    );
    for gone in [gone, sealed] {
        assert_eq!(
            rig.parts(&ledger, gone),
            (true, true),
            "{fault:?} write {nth}"
        );
    }
    assert!(by_actor(&ledger, "clear").is_empty());
    assert_eq!(payload(&ledger, kept).unwrap(), b"kept");
    verified(&ledger);
    verified_bundle(&ledger);
    engine.drain().unwrap();
    completed
}
