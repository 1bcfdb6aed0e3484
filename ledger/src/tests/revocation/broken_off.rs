//! Revocations that a failed write broke off.

use super::*;

/// Revokes with the `nth` write or commit failing; true if there was none.
fn broken_off(nth: u64, fault: Fault, in_commit: bool, of: SigningKeyKind) -> bool {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    append(&bench, &ledger, "a");
    let key = newest(&ledger, of);
    if of == SigningKeyKind::Identity {
        rotate(&engine);
    }
    let size = ledger.summary().size - 2;
    if in_commit {
        store.fail_commit(nth, fault);
    } else {
        store.fail_write(nth, fault);
    }
    let completed = ledger.revoke_key(revoking(&key, size)).is_ok();
    let _failed = engine.drain();
    drop((engine, ledger));

    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    let summary = ledger.summary();
    assert_eq!(
        summary.state,
        Availability::Open,
        "{fault:?} {nth}: {summary:?}"
    );
    append(&bench, &ledger, "b");
    let before = told(&verified(&ledger)).len();
    assert!(before <= 1 && (!completed || before == 1));
    match ledger.revoke_key(revoking(&key, size)) {
        Ok(_) => assert_eq!(before, 0, "{fault:?} {nth}"),
        outcome => {
            let refusal = refused(outcome);
            assert!(
                matches!(refusal, KeyStateError::Revoked { .. }),
                "{refusal}"
            );
            assert_eq!(before, 1, "{fault:?} {nth}");
        }
    }
    append(&bench, &ledger, "c");
    assert_eq!(told(&verified(&ledger)).len(), 1);
    engine.drain().unwrap();
    completed
}

#[test]
fn a_revocation_that_is_broken_off_at_any_write_is_there_or_can_be_asked_for_again() {
    for of in [SigningKeyKind::Epoch, SigningKeyKind::Identity] {
        for fault in [Fault::Lost, Fault::Persisted] {
            let runs = |in_commit| {
                let broken = |nth: &u64| !broken_off(*nth, fault, in_commit, of);
                (0..20).take_while(broken).count()
            };
            // It is one commit, certificate of the next epoch included, and asks the catalogue for nothing.
            assert_eq!((runs(true), runs(false)), (1, 0), "{of:?} {fault:?}");
        }
    }
}
