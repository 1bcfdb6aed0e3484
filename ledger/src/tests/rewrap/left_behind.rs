//! What stays under an earlier KEK, and what is said of it.

use super::*;

#[test]
fn a_provider_that_fails_ends_it_and_a_key_that_does_not_open_is_left_by_name() {
    let (old, new) = (kek(), kek());
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    let events = filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);

    let mut calls = 0;
    let failing = Hooked::over(&old, move |context| {
        calls += u32::from(context.purpose() == KeyPurpose::Data);
        if calls == 2 {
            return Err(KeyError::Provider {
                provider: ProviderKind::Memory,
                fault: ProviderFault::Unreachable,
                detail: "planted".to_owned(),
            });
        }
        Ok(())
    });
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&failing])).unwrap();
    let failed = rewrap(&engine);
    assert!(matches!(failed, Err(KeyEventError::Kek(_))), "{failed:?}");
    // It has come back.
    assert_eq!(rewrap(&engine).unwrap().left, 0);
    assert_readable(&engine.ledger("l").unwrap(), &events);

    // A key of somebody else's in the place of one.
    let id = first_ledger(&store);
    let context = KeyContext::new("somebody/else/0123456789ab", KeyPurpose::Data, [9; 16]).unwrap();
    let strange = old.wrap(&context, &SecretKey::generate().unwrap()).unwrap();
    let swapped = NewDataKey {
        ledger: id,
        key_id: DataKeyId::from_bytes([9; 16]),
        value: strange.as_bytes().to_vec(),
        subject: None,
        mac: None,
        copy: None,
    };
    store.put_data_keys(&[swapped], None).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left, done.reasons.len()), (0, 1, 1));
    assert!(done.reasons[0].contains("0909090909"), "{:?}", done.reasons);
    assert_eq!(codes(&engine), [NoticeCode::KekRotationDue]);
    engine.drain().unwrap();
}

#[test]
fn an_identity_that_never_leaves_its_provider_is_told_of() {
    let old: Kek = Arc::new(RemoteKeys::new(
        MemoryProvider::generate().unwrap(),
        Arc::new(SystemEntropy),
    ));
    let new = kek();
    let (mut bench, mut store) = bench(&old);
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    let done = rewrap(&engine).unwrap();
    assert_eq!((done.moved, done.left), (4, 1));
    assert!(
        done.reasons[0].contains("rotate identity"),
        "{:?}",
        done.reasons
    );
    // The provider is needed, and not told to be given up.
    assert_eq!(codes(&engine), [NoticeCode::KekRotationDue]);
    engine.drain().unwrap();
}

#[test]
fn the_record_of_a_passphrase_goes_only_once_nothing_depends_on_it_and_nobody_names_it() {
    let passphrase = Passphrase::new(b"correct horse battery".to_vec().into()).unwrap();
    let cheap = KdfParameters::weak_for_tests();
    let (provider, record) = PassphraseProvider::create(&passphrase, cheap).unwrap();
    let (old, new): (Kek, _) = (Arc::new(provider), kek());
    let (mut bench, mut store) = bench(&old);
    add_kek_record(&*store, &record).unwrap();
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine);
    engine.drain().unwrap();
    drop(engine);
    let records = |store: &MemoryStore| kek_records(store).unwrap().len();

    let engine = restarted(&mut bench, &mut store, keks(&new, &[&old])).unwrap();
    assert_eq!(counted(&engine), [NoticeCode::KekRotationDue]);
    assert_eq!(records(&store), 1);
    let done = rewrap(&engine).unwrap();
    // It is configured: without it the next start would be refused.
    assert_eq!((done.left, done.retired.len(), records(&store)), (0, 0, 1));
    engine.drain().unwrap();
    drop(engine);

    // A key that is left under it.
    store = Arc::new(store.reopen());
    let id = first_ledger(&store);
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [9; 16]).unwrap();
    let left = NewDataKey {
        ledger: id,
        key_id: DataKeyId::from_bytes([9; 16]),
        value: old
            .wrap(&context, &SecretKey::generate().unwrap())
            .unwrap()
            .as_bytes()
            .to_vec(),
        subject: None,
        mac: None,
        copy: None,
    };
    store.put_data_keys(&[left], None).unwrap();
    bench.use_keks(keks(&new, &[]));
    let engine = bench.open(&store).unwrap();
    assert_eq!(counted(&engine), [NoticeCode::KekRotationDue]);
    assert_eq!(rewrap(&engine).unwrap().left, 1);
    assert_eq!(records(&store), 1);
    store
        .destroy_data_keys(id, &[DataKeyId::from_bytes([9; 16])], None)
        .unwrap();
    assert_eq!(counted(&engine), []);
    assert_eq!(records(&store), 0);
    engine.drain().unwrap();
}
