//! What the engine measures of its own work.

use super::engine::{Bench, events, store};

#[test]
fn what_is_durable_is_counted_and_each_stage_is_timed() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    let (groups, records, bytes) = {
        let meters = engine.meters();
        (
            meters.groups.get(),
            meters.records.get(),
            meters.bytes.get(),
        )
    };
    for ids in [&["a", "b"][..], &["c"]] {
        let appended = ledger.append(events(&ledger, ids), None);
        bench.runtime.block_on(appended).unwrap();
    }
    let meters = engine.meters();
    assert_eq!(meters.records.get() - records, 3);
    assert_eq!(meters.groups.get() - groups, 2, "each was alone");
    assert!(meters.bytes.get() - bytes > 3 * 64);
    assert_eq!(meters.queued.read().count, 2, "one for each append");
    assert!(meters.signed.read().count >= 2);
    assert_eq!(meters.committed.read().count, meters.groups.get());
    assert_eq!(meters.anchored.read().count, meters.groups.get());
    assert_eq!(engine.waiting(), (0, 0));
    let anchor = engine.anchor_figures();
    assert!(anchor.is_usable && anchor.replaced == 0);
    engine.drain().unwrap();
}
