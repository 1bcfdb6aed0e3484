//! A word in the store counts only with the disposal that says so, and what a disposal names is not there.

use indelible_store::{ErasedParts, ReadStore as _, record::StoredRecord};

use super::{
    record,
    rig::{DAY, Rig, given, rule, verified_bundle},
};
use crate::{ReadError, tests::privacy::verified};

#[test]
fn a_part_that_is_gone_and_that_no_disposal_names_is_damage() {
    for parts in [ErasedParts::Bodies, ErasedParts::Payloads] {
        let rig = Rig::new();
        let (engine, ledger) = rig.open();
        let named = rig.append(&ledger, given("a", "x"));
        let other = rig.append(&ledger, given("b", "y").typed("u"));
        let rule = rule("old").typed("t").after(1).made();
        ledger.set_retention(vec![rule], None).unwrap();
        rig.pass(2 * DAY);
        ledger.dispose(&mut |_| {}).unwrap();
        // The disposal's span ends before it, and its rule is on another type.
        let id = ledger.cell().id;
        let value = rig.store.record(id, other).unwrap().unwrap();
        let shortened = StoredRecord::erase(&value, parts).unwrap();
        rig.store.forge(id, other, shortened);
        assert_eq!(rig.parts(&ledger, named), (true, true));
        let codes: Vec<_> = ledger.verify(&mut |_, _| {}).findings;
        let codes: Vec<_> = codes.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["erased-unsupported"]);
        let read = ledger.record(other).map(drop);
        assert!(matches!(read, Err(ReadError::Damaged { sequence, .. }) if sequence == other));
        engine.drain().unwrap();
    }
}

#[test]
fn a_part_that_is_back_is_found_and_shown_to_nobody() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let gone = rig.append(&ledger, given("a", "x"));
    let rule = rule("old").after(1).made();
    ledger.set_retention(vec![rule], None).unwrap();
    let id = ledger.cell().id;
    let whole = rig.store.record(id, gone).unwrap().unwrap();
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    verified(&ledger);
    rig.store.forge(id, gone, Some(whole));
    let view = ledger.record(gone).unwrap();
    assert!(view.body().is_none() && view.payload().is_none());
    let codes: Vec<_> = ledger.verify(&mut |_, _| {}).findings;
    let codes: Vec<_> = codes.iter().map(|finding| finding.code.as_str()).collect();
    assert!(codes.contains(&"erased-part-present"), "{codes:?}");
    engine.drain().unwrap();
}

#[test]
fn from_the_record_on_readers_and_auditors_see_it_gone() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let gone = rig.append(&ledger, given("a", "x"));
    let planned = rule("old").after(1).made();
    ledger.set_retention(vec![planned.clone()], None).unwrap();
    rig.pass(2 * DAY);
    // The record alone: nothing is destroyed yet.
    record(&engine, &planned, gone + 1).unwrap();
    let view = ledger.record(gone).unwrap();
    assert!(view.body().is_none() && view.payload().is_none());
    let report = verified_bundle(&ledger);
    assert_eq!(
        (report.bundle.bodies.erased, report.bundle.payloads.erased),
        (1, 1)
    );
    // Nor is it a finding of the daemon's own that the parts are there for a while.
    verified(&ledger);
    assert!(!ledger.disposals().unwrap()[0].1);
    // The next run completes it, and makes no other.
    let done = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((done.sequences.len(), done.records), (0, 1));
    assert_eq!(rig.parts(&ledger, gone), (true, true));
    engine.drain().unwrap();
}
