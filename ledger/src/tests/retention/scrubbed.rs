//! The scrub sees what was disposed of as disposed, and a ledger that ended as sound.

use std::sync::atomic::Ordering;

use super::rig::{DAY, Rig, given, rule};
use crate::{
    Availability, EndLedger, Ledger,
    check::scrub::{Pass, Stepped},
    tests::privacy::verified,
};

/// Bytes that one step reads: a tile's records, so that there are some steps.
const STEP_BYTES: u64 = 1;

/// Scrubs all of a ledger; `between` is called between steps.
fn scrubbed(rig: &Rig, ledger: &Ledger, mut between: impl FnMut(u64)) {
    let (cell, size) = (ledger.cell(), ledger.summary().size);
    let Ok(mut pass) = Pass::begin(cell, &*rig.store, 0, size) else {
        panic!("the pass does not begin");
    };
    for nth in 0.. {
        between(nth);
        pass = match pass.step(cell, &*rig.store, STEP_BYTES, || [7; 32]).0 {
            Stepped::GoesOn(pass) => pass,
            Stepped::Sound => return,
            Stepped::Unread(why) => panic!("it could not be read: {why}"),
            Stepped::Damaged(finding) => panic!("step {nth}: {finding}"),
        };
    }
}

#[test]
fn the_scrub_takes_what_was_disposed_of_for_disposed_also_while_it_goes() {
    // Before which step it is disposed of: of the records, and of the index, which has a step for each record.
    for at in [0, 1, 2, 3, 100, 300] {
        let rig = Rig::new();
        let (engine, ledger) = rig.open();
        for nth in 0..300 {
            let id = nth.to_string();
            let given = given(&id, "x");
            let given = if nth % 2 == 0 {
                given
            } else {
                given.of("erika")
            };
            rig.append(&ledger, given);
        }
        let size = ledger.summary().size;
        ledger.cell().want_index(size);
        rig.until("it is never indexed", || {
            engine.core.followers.ring();
            ledger.cell().indexed.load(Ordering::Acquire) >= size
        });
        ledger
            .set_retention(vec![rule("old").after(1).made()], None)
            .unwrap();
        rig.pass(2 * DAY);
        scrubbed(&rig, &ledger, |nth| {
            if nth == at {
                assert_eq!(ledger.dispose(&mut |_| {}).unwrap().records, 300);
            }
        });
        assert_eq!(ledger.disposals().unwrap().len(), 1, "it was disposed of");
        scrubbed(&rig, &ledger, |_| {});
        assert_eq!(ledger.summary().state, Availability::Open);
        engine.drain().unwrap();
    }
}

#[test]
fn the_scrub_finds_nothing_in_a_ledger_that_ended() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    rig.append(&ledger, given("a", "x"));
    rig.append(&ledger, given("b", "of erika").of("erika"));
    let end = EndLedger {
        bundle_size: ledger.summary().size,
        bundle_sha256: [7; 32],
        reason: None,
    };
    scrubbed(&rig, &ledger, |nth| {
        if nth == 1 {
            ledger.end(&end, &mut |_| {}).unwrap();
        }
    });
    scrubbed(&rig, &ledger, |_| {});
    verified(&ledger);
    engine.drain().unwrap();
}
