//! What a ledger's governance begins with that takes another's place.

use super::*;

#[test]
fn a_successor_begins_with_everything_halted_until_a_person_resumes_it() {
    let store = store();
    let rig = Rig::new(&store);
    rig.govern(POLICY);
    let Rig {
        bench,
        engine,
        ledger,
    } = rig;
    drop(ledger);
    engine.drain().unwrap();
    drop(engine);
    std::fs::remove_file(bench.anchor()).unwrap();
    let store = std::sync::Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let successor = engine.create_successor("l");
    bench.runtime.block_on(successor).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let rig = Rig {
        bench,
        engine,
        ledger,
    };
    let code = |id: &str| {
        let decided = rig.decide(request(id, "s", "search")).unwrap();
        decided.decision.failure.unwrap().code
    };
    assert_eq!(code("1"), "HALTED");
    let resumed = rig.ledger.resume(HaltOf::Everything, person("unix:second"));
    let (_, goes_on) = rig.bench.runtime.block_on(resumed).unwrap();
    assert!(goes_on);
    assert_eq!(code("2"), "NO_BINDING");
    rig.engine.drain().unwrap();
}
