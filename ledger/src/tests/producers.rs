//! Producers' own signatures: who may sign, from when on, until when, and for what.

mod rig;

use std::sync::Arc;

use indelible_store::{Catalog as _, Commit, CommitStore as _, ReadStore as _, RecordBlock};

use self::rig::{
    Event, Refused, SOURCE, append, appended, input, key, origin, refused, register, registration,
    revocation, state_error,
};
use crate::{
    KeyEventError, KeyStateError, PrepareError, ProducerRefusal, RegisterProducer,
    tests::{
        engine::{Bench, store},
        privacy::{ledger, verified},
    },
};

#[test]
fn signed_events_are_taken_between_the_registration_and_the_revocation_also_after_a_restart() {
    let bench = Bench::new();
    let memory = store();
    let engine = bench.open(&memory).unwrap();
    let audit = ledger(&bench, &engine, false);
    let (key, origin) = (key(1), origin(&audit));
    let public = key.verifying_key().to_bytes();
    let early = Event::signed("early", &key, &origin);
    let unknown = ProducerRefusal::Unknown { key: public };
    assert_eq!(refused(&bench, &audit, &early), unknown);
    let registered = register(&audit, &key, &[]);
    let first = appended(&bench, &audit, &early);
    assert_eq!((registered, first), (2, 3));
    let again = audit.register_producer(registration(&audit, &key, &[SOURCE]));
    let there = KeyStateError::ProducerThere { sequence: 2 };
    assert_eq!(state_error(again.unwrap_err()), there);
    verified(&audit);
    engine.drain().unwrap();
    drop((engine, audit));

    // The chain says who is registered, and nothing else has to.
    let memory = Arc::new(memory.reopen());
    let engine = bench.open(&memory).unwrap();
    let audit = ledger(&bench, &engine, false);
    let second = appended(&bench, &audit, &Event::signed("second", &key, &origin));
    let revoked = audit
        .revoke_producer(revocation(&key, Some(second)))
        .unwrap();
    let late = Event::signed("late", &key, &origin);
    let by = ProducerRefusal::Revoked {
        key: public,
        sequence: revoked.first,
    };
    assert_eq!(refused(&bench, &audit, &late), by);
    let twice = audit.revoke_producer(revocation(&key, None)).unwrap_err();
    let there = KeyStateError::ProducerRevoked {
        sequence: revoked.first,
    };
    assert_eq!(state_error(twice), there);
    // A revoked key does not come back.
    let back = audit.register_producer(registration(&audit, &key, &[]));
    assert!(matches!(
        state_error(back.unwrap_err()),
        KeyStateError::ProducerThere { .. }
    ));
    engine.drain().unwrap();
    drop((engine, audit));

    let memory = Arc::new(memory.reopen());
    let engine = bench.open(&memory).unwrap();
    let audit = ledger(&bench, &engine, false);
    assert_eq!(refused(&bench, &audit, &late), by);
    let [producer] = &audit.producers()[..] else {
        panic!("{:?}", audit.producers());
    };
    let revocation = producer.revoked.as_ref().unwrap();
    assert_eq!(
        (producer.sequence, revocation.sequence, revocation.from),
        (2, revoked.first, second)
    );
    // What was there before is only repeated, by a key that is revoked as well.
    let repeat = append(&bench, &audit, &[early]).unwrap();
    assert_eq!((repeat.new, repeat.repeats[0].1.sequence), (None, first));
    verified(&audit);
    engine.drain().unwrap();
}

#[test]
fn a_signature_is_for_one_ledger_one_source_and_one_content() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let (audit, other) = (bench.named(&engine, "audit"), bench.named(&engine, "other"));
    let (key, origin) = (key(1), origin(&audit));
    let public = key.verifying_key().to_bytes();
    let registered = register(&audit, &key, &[SOURCE, "urn:till:8"]);
    register(&other, &key, &[]);
    let good = Event::signed("a", &key, &origin);
    let wrong = ProducerRefusal::BadSignature { key: public };
    // Taken over from another ledger, where the key is registered as well.
    assert_eq!(refused(&bench, &other, &good), wrong);
    let changes: [fn(&mut Event); 3] = [
        |event| event.id.push('x'),
        |event| event.source = "urn:till:8",
        |event| event.signed.as_mut().unwrap().1[3] ^= 1,
    ];
    for change in changes {
        let mut altered = good.clone();
        change(&mut altered);
        assert_eq!(refused(&bench, &audit, &altered), wrong);
    }
    let elsewhere = Event {
        source: "urn:till:9",
        ..Event::plain("b")
    };
    let elsewhere = elsewhere.by(&key, &origin);
    let other_source = ProducerRefusal::OtherSource {
        key: public,
        sequence: registered,
        source_of_event: "urn:till:9".to_owned(),
    };
    assert_eq!(refused(&bench, &audit, &elsewhere), other_source);
    let digests: [fn(&mut Event); 3] = [
        |event| event.payload = Some(b"another"),
        |event| event.payload = None,
        |event| event.digest = None,
    ];
    for change in digests {
        let mut altered = good.clone();
        change(&mut altered);
        let refused = append(&bench, &audit, &[altered]).unwrap_err();
        assert_eq!(refused.field(), "digests");
    }
    appended(&bench, &audit, &good);
    // A key of small order would verify anything.
    let weak = RegisterProducer {
        public: [0; 32],
        ..registration(&audit, &key, &[])
    };
    let weak = audit.register_producer(weak);
    assert!(matches!(weak, Err(KeyEventError::Field(_))), "{weak:?}");
    engine.drain().unwrap();
}

#[test]
fn of_many_signatures_the_first_that_is_wrong_is_named_and_nothing_is_appended() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let audit = ledger(&bench, &engine, false);
    let (key, origin) = (key(1), origin(&audit));
    register(&audit, &key, &[]);
    let mut events: Vec<_> = (0..100)
        .map(|number| Event::signed(&number.to_string(), &key, &origin))
        .collect();
    events[17] = Event::plain("unsigned");
    for place in [88, 41] {
        events[place].signed.as_mut().unwrap().1[0] ^= 1;
    }
    let (place, refusal) = append(&bench, &audit, &events).unwrap_err().by_producer();
    assert_eq!(place, 41);
    assert!(matches!(refusal, ProducerRefusal::BadSignature { .. }));
    assert_eq!(audit.summary().last_event, None);
    for place in [88, 41] {
        events[place].signed.as_mut().unwrap().1[0] ^= 1;
    }
    let all = append(&bench, &audit, &events).unwrap();
    assert_eq!(all.new.unwrap().count, 100);
    verified(&audit);
    engine.drain().unwrap();
}

#[test]
fn what_hides_that_an_event_is_signed_hides_no_wrong_signature() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let audit = ledger(&bench, &engine, false);
    let (key, origin) = (key(1), origin(&audit));
    register(&audit, &key, &[]);
    let mut forged = Event::signed("a", &key, &origin);
    forged.signed.as_mut().unwrap().1[0] ^= 1;
    let hidden = audit.prepare_all(std::slice::from_ref(&forged), |_| false, input);
    let hidden = bench.runtime.block_on(hidden);
    assert!(
        matches!(hidden, Err((0, PrepareError::Producer(_)))),
        "{hidden:?}"
    );
    engine.drain().unwrap();
}

#[test]
fn a_revocation_takes_effect_at_its_record_also_for_what_was_prepared_before() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let audit = ledger(&bench, &engine, false);
    let (key, origin) = (key(1), origin(&audit));
    register(&audit, &key, &[]);
    let event = Event::signed("a", &key, &origin);
    let prepared = bench
        .runtime
        .block_on(audit.prepare(input(&event).unwrap()));
    let revoked = audit.revoke_producer(revocation(&key, None)).unwrap();
    let late = audit.append(vec![prepared.unwrap()], None);
    let late = Refused::Append(bench.runtime.block_on(late).unwrap_err());
    let by = ProducerRefusal::Revoked {
        key: key.verifying_key().to_bytes(),
        sequence: revoked.first,
    };
    assert_eq!(late.by_producer(), (0, by));
    engine.drain().unwrap();
}

#[test]
fn a_source_that_must_be_signed_takes_nothing_else_whatever_is_encrypted() {
    for (name, encrypts_all, subject) in [
        ("clear", false, None),
        ("all", true, None),
        ("subject", false, Some("erika")),
    ] {
        let bench = Bench::new();
        let memory = store();
        let engine = bench.open(&memory).unwrap();
        let audit = ledger(&bench, &engine, encrypts_all);
        let (key, origin) = (key(1), origin(&audit));
        register(&audit, &key, &[]);
        let event = |id: &str| Event {
            subject,
            ..Event::plain(id)
        };
        let before = event("before");
        let first = appended(&bench, &audit, &before);
        let sources = vec!["urn:z".to_owned(), SOURCE.to_owned()];
        audit.set_signed_sources(sources, None).unwrap();
        let unsigned = ProducerRefusal::Unsigned {
            source_of_event: SOURCE.to_owned(),
        };
        let batch = [
            event("signed").by(&key, &origin),
            Event {
                source: "urn:free",
                ..event("free")
            },
            event("unsigned"),
        ];
        let (place, refusal) = append(&bench, &audit, &batch).unwrap_err().by_producer();
        assert_eq!((place, refusal), (2, unsigned.clone()), "{name}");
        append(&bench, &audit, &batch[..2]).unwrap();
        // What was there before the settings is only repeated.
        let repeat = append(&bench, &audit, std::slice::from_ref(&before)).unwrap();
        assert_eq!(repeat.repeats[0].1.sequence, first, "{name}");
        assert_eq!(audit.summary().signed_sources, [SOURCE, "urn:z"]);
        assert_eq!(audit.summary().encrypts_all, encrypts_all);
        verified(&audit);
        engine.drain().unwrap();
        drop((engine, audit));

        let memory = Arc::new(memory.reopen());
        let engine = bench.open(&memory).unwrap();
        let audit = ledger(&bench, &engine, encrypts_all);
        assert_eq!(refused(&bench, &audit, &event("unsigned")), unsigned);
        audit.set_signed_sources(Vec::new(), None).unwrap();
        appended(&bench, &audit, &event("unsigned"));
        engine.drain().unwrap();
    }
}

#[test]
fn what_would_not_fit_the_ledger_s_keys_and_events_is_not_recorded() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let audit = ledger(&bench, &engine, false);
    let key = key(1);
    let field = |refused: Result<_, KeyEventError>| match refused {
        Err(KeyEventError::Field(violation)) => violation.field,
        other => panic!("{other:?}"),
    };
    let sources = |sources: &[String]| field(audit.set_signed_sources(sources.to_vec(), None));
    // The daemon signs nothing as a producer, so its own events could not be appended any more.
    for own in ["urn:indelible:access", "urn:INDELIBLE:report"] {
        assert_eq!(sources(&[own.to_owned()]), "sources");
        let refused = audit.register_producer(registration(&audit, &key, &[own]));
        assert_eq!(field(refused), "sources");
    }
    let many: Vec<_> = (0..65).map(|number| format!("urn:{number}")).collect();
    assert_eq!(sources(&many), "sources");
    assert_eq!(sources(&["a".to_owned(), "a".to_owned()]), "sources");
    assert_eq!(sources(&["a".to_owned(), String::new()]), "sources[1]");
    let long: Vec<_> = (0..64).map(|n| format!("{n:0>200}")).collect();
    assert_eq!(sources(&long), "sources");
    let most: Vec<_> = (0..64).map(|n| format!("{n:0>128}")).collect();
    let reason = Some("r".repeat(1_024));
    audit.set_signed_sources(most.clone(), reason).unwrap();
    let most: Vec<_> = most.iter().map(String::as_str).collect();
    register(&audit, &key, &most);

    let other = self::key(2);
    let unproven = RegisterProducer {
        name: "till 8".to_owned(),
        ..registration(&audit, &other, &[])
    };
    let unproven = audit.register_producer(unproven);
    assert!(matches!(unproven, Err(KeyEventError::ProducerProof)));
    let unknown = audit.revoke_producer(revocation(&other, None)).unwrap_err();
    let public = other.verifying_key().to_bytes();
    assert_eq!(state_error(unknown), KeyStateError::NoProducer { public });
    let beyond = audit.revoke_producer(revocation(&key, Some(1_000)));
    assert!(matches!(beyond, Err(KeyEventError::SizePastHead { .. })));
    verified(&audit);
    engine.drain().unwrap();
}

#[test]
fn a_key_that_signs_for_the_ledger_is_no_producer_s() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let recovery = key(9);
    let request = crate::CreateLedger {
        name: indelible_evidence::LedgerName::parse("l").unwrap(),
        request_id: String::new(),
        recovery: Some(recovery.verifying_key().to_bytes()),
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    };
    let created = engine.create_ledger(request);
    bench.runtime.block_on(created).unwrap();
    let audit = engine.ledger("l").unwrap();
    let taken = audit.register_producer(registration(&audit, &recovery, &[]));
    assert_eq!(state_error(taken.unwrap_err()), KeyStateError::KeyTaken);
    verified(&audit);
    engine.drain().unwrap();
}

#[test]
fn a_successor_demands_the_same_signatures_and_knows_no_producer() {
    let bench = Bench::new();
    let memory = store();
    let engine = bench.open(&memory).unwrap();
    let audit = ledger(&bench, &engine, false);
    let key = key(1);
    register(&audit, &key, &[]);
    let sources = vec![SOURCE.to_owned()];
    audit.set_signed_sources(sources.clone(), None).unwrap();
    engine.drain().unwrap();
    drop((engine, audit));

    // A head that its records contradict.
    let memory = Arc::new(memory.reopen());
    let (id, _) = memory.ledgers().unwrap()[0];
    let mut head = memory.head(id).unwrap().unwrap();
    head.time += 1;
    let commit = Commit {
        ledger: id,
        term: memory.acquire().unwrap(),
        expected_size: head.size,
        records: RecordBlock::default(),
        tiles: Vec::new(),
        head,
    };
    memory.commit(&[commit]).unwrap();
    let engine = bench.open(&memory).unwrap();
    let successor = engine.create_successor("l");
    let successor = bench.runtime.block_on(successor).unwrap();
    assert_eq!(successor.signed_sources, sources);
    let audit = engine.ledger("l").unwrap();
    assert_eq!(audit.producers(), []);
    let unsigned = refused(&bench, &audit, &Event::plain("a"));
    assert!(
        matches!(unsigned, ProducerRefusal::Unsigned { .. }),
        "{unsigned:?}"
    );
    let signed = Event::signed("a", &key, &origin(&audit));
    let unknown = refused(&bench, &audit, &signed);
    assert!(
        matches!(unknown, ProducerRefusal::Unknown { .. }),
        "{unknown:?}"
    );
    register(&audit, &key, &[]);
    appended(&bench, &audit, &signed);
    verified(&audit);
    engine.drain().unwrap();
}
