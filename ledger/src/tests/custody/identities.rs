//! Identity keys that are away, and those that are lost.

use super::*;

fn is_shut(refused: &Result<u64, Refused>, wanted: Remedy) -> bool {
    matches!(
        refused,
        Err(Refused::NotAppended(AppendError::Shut(IdentityError::Shut { outage, .. })))
            if outage.remedy == wanted
    )
}

#[test]
fn an_identity_that_is_only_away_comes_back_by_itself() {
    let mut rig = Rig::new();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    rig.append(&ledger, "a", None).unwrap();
    drop(ledger);
    *rig.provider.identity_fault.lock().unwrap() = Some(ProviderFault::KeyDisabled);
    let engine = rig.restarted(engine);
    let ledger = engine.ledger("l").unwrap();
    let refused = rig.append(&ledger, "b", None);
    assert!(is_shut(&refused, Remedy::Wait), "{refused:?}");
    // The rest of the keys is there.
    assert_eq!(ledger.find("s", "a").unwrap(), Some(2));
    let waiting = rig.bench.runtime.block_on(ledger.wait_published(99));
    assert!(matches!(waiting, Err(ReadError::Shut(_))), "{waiting:?}");
    let codes: Vec<_> = engine.status().notices.iter().map(|n| n.code).collect();
    assert_eq!(codes, [NoticeCode::IdentityUnavailable]);
    // What only a person mends ends the asking for it, and for nothing else.
    *rig.provider.identity_fault.lock().unwrap() = Some(ProviderFault::InconsistentAnswer);
    until("it is still asked for", || {
        is_shut(&rig.append(&ledger, "b", None), Remedy::Fix)
    });
    assert!(engine.status().keys_away.is_none());
    drop(ledger);
    *rig.provider.identity_fault.lock().unwrap() = Some(ProviderFault::KeyDisabled);
    let engine = rig.restarted(engine);
    let ledger = engine.ledger("l").unwrap();
    let refused = rig.append(&ledger, "b", None);
    assert!(is_shut(&refused, Remedy::Wait), "{refused:?}");
    *rig.provider.identity_fault.lock().unwrap() = None;
    until("it does not come back", || {
        rig.append(&ledger, "b", None).is_ok()
    });
    assert!(engine.status().notices.is_empty());
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, each step after the one before"
)]
fn a_lost_identity_is_replaced_by_the_recovery_key_and_by_nothing_else() {
    let mut rig = Rig::new();
    let recovery = SigningKey::from_bytes(&[7; 32]);
    let engine = rig.open().unwrap();
    let named = rig
        .create(&engine, "r", Some(recovery.verifying_key().to_bytes()))
        .unwrap();
    let unnamed = rig.create(&engine, "n", None).unwrap();
    for ledger in [&named, &unnamed] {
        rig.append(ledger, "a", Some("erika")).unwrap();
    }
    drop((named, unnamed));
    rig.provider.lose_identities();
    let engine = rig.restarted(engine);
    let (named, unnamed) = (engine.ledger("r").unwrap(), engine.ledger("n").unwrap());
    for ledger in [&named, &unnamed] {
        let mut view = ledger.record(2).unwrap();
        ledger.unseal(&mut view).unwrap();
        ledger.receipt(2).unwrap();
        for subject in [None, Some("erika"), Some("max")] {
            let refused = rig.append(ledger, "b", subject);
            let unprepared = matches!(
                &refused,
                Err(Refused::Unprepared(PrepareError::Shut(
                    IdentityError::Shut { .. }
                )))
            );
            assert!(
                is_shut(&refused, Remedy::Replace) || unprepared,
                "{refused:?}"
            );
        }
    }
    // Nothing was made that no record could name.
    assert_eq!(
        rig.store
            .data_keys(rig.store.ledgers().unwrap()[0].0, None, 9)
            .unwrap()
            .len(),
        1
    );
    let refused = rig.create(&engine, "new", None).err();
    assert!(matches!(refused, Some(LedgerError::Shut(_))), "{refused:?}");
    let notices = engine.status().notices;
    assert_eq!(notices[0].code, NoticeCode::IdentityUnavailable);
    assert!(notices[0].detail.ends_with(": 2"), "{}", notices[0].detail);

    let rotate = |signatures: &RecoverySignatures| {
        engine
            .rotate_identity(signatures, None, &mut |_, _| {})
            .unwrap()
    };
    let asked = rotate(&RecoverySignatures::new());
    assert_eq!((asked.rotated.len(), asked.awaiting.len()), (0, 1));
    assert_eq!(asked.left.len(), 1);
    let (origin, why) = &asked.left[0];
    assert_eq!(*origin, unnamed.summary().origin);
    assert!(why.contains("no recovery key"), "{why}");
    let awaiting = &asked.awaiting[0];
    let signature = recovery.sign(&awaiting.message).to_bytes();
    let done = rotate(&HashMap::from([(awaiting.origin.clone(), signature)]));
    assert_eq!((done.rotated.len(), done.left.len()), (1, 1));
    assert_eq!(done.public, asked.public, "it is the same rotation");
    rig.append(&named, "b", Some("max")).unwrap();
    assert_verified(&named);
    assert!(is_shut(&rig.append(&unnamed, "b", None), Remedy::Replace));
    // New ledgers begin under the new one.
    let new = rig.create(&engine, "new", None).unwrap();
    rig.append(&new, "a", None).unwrap();
    drop((named, unnamed, new));

    let engine = rig.restarted(engine);
    for name in ["r", "new"] {
        let ledger = engine.ledger(name).unwrap();
        rig.append(&ledger, "c", None).unwrap();
        assert_verified(&ledger);
    }
    let notices = engine.status().notices;
    assert!(notices[0].detail.ends_with(": 1"), "{}", notices[0].detail);
    let unnamed = engine.ledger("n").unwrap();
    assert!(unnamed.record(2).is_ok());
    assert_eq!(unnamed.verify(&mut |_, _| {}).findings, []);

    // Without a recovery key it ends here, and goes on as another ledger. One that has such a key does not.
    let succeed = |name: &str| {
        let successor = engine.create_successor(name);
        rig.bench.runtime.block_on(successor)
    };
    assert!(matches!(succeed("r"), Err(LedgerError::NotQuarantined(_))));
    let origin = unnamed.summary().origin;
    assert_eq!(succeed("n").unwrap().predecessor, Some(origin.clone()));
    assert_eq!(unnamed.summary().state, Availability::Closed);
    rig.append(&engine.ledger("n").unwrap(), "a", None).unwrap();
    drop(unnamed);
    let engine = rig.restarted(engine);
    assert_eq!(
        engine.ledger(&origin).unwrap().summary().state,
        Availability::Closed
    );
    let successor = engine.ledger("n").unwrap();
    rig.append(&successor, "b", None).unwrap();
    assert_verified(&successor);
    engine.drain().unwrap();
}
