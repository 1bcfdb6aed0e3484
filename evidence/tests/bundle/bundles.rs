//! Bundles are written and verified, whole and in part.

use crate::support::{CHECKPOINT_TIME, Ledger, bundling::witness_key, signing_key};
use indelible_evidence::bundle::{Selection, TarSource};
use indelible_evidence::policy::Policy;
use indelible_evidence::verdict::{Answer, FindingCode, Question};
use indelible_evidence::verify::{KnownHead, Report, Trust, Word, verify};

fn check(tar: &[u8], trust: &Trust) -> Report {
    verify(TarSource::new(tar), trust).unwrap()
}

fn codes(answer: &Answer) -> Vec<FindingCode> {
    answer
        .findings()
        .iter()
        .map(|finding| finding.code)
        .collect()
}

#[test]
fn whole_bundles_of_every_shape_hold() {
    for size in [2, 3, 10, 255, 256, 257, 511, 512, 4095, 4096, 4097, 9000] {
        let mut ledger = Ledger::new("shapes", 1);
        while ledger.size() < size {
            if ledger.size() % 1000 == 777 {
                ledger.epoch(1_000_000);
            } else {
                ledger.events(1);
            }
        }
        let tar = ledger.bundle(Selection::Whole);
        let report = check(&tar, &Trust::in_key(ledger.key()));
        assert_eq!(report.verdict.integrity, Answer::Holds, "{size}");
        assert_eq!(report.verdict.custody, Answer::Holds, "{size}");
        assert_eq!(report.bundle.records, size);
        assert_eq!(report.bundle.root, Some(ledger.root()));
        assert_eq!(
            tar,
            ledger.bundle(Selection::Whole),
            "the same evidence gives the same tar"
        );
    }
}

#[test]
fn ranges_of_every_shape_hold() {
    let mut ledger = Ledger::new("ranges", 1);
    while ledger.size() < 5000 {
        if ledger.size() % 1000 == 777 {
            ledger.epoch(1_000_000);
        } else {
            ledger.events(1);
        }
    }
    let sizes = [
        0, 1, 2, 3, 255, 256, 777, 778, 4095, 4096, 4097, 4777, 4998, 4999, 5000,
    ];
    for (at, from) in sizes.into_iter().enumerate() {
        for to in sizes[at + 1..].iter().copied() {
            let tar = ledger.bundle(Selection::Range { from, to });
            let report = check(&tar, &Trust::in_key(ledger.key()));
            assert_eq!(report.verdict.integrity, Answer::Holds, "{from} to {to}");
            assert_eq!(report.verdict.custody, Answer::Holds, "{from} to {to}");
            assert_eq!(
                (report.bundle.records, report.bundle.certificates),
                (to - from, 6)
            );
        }
    }
}

#[test]
fn large_payloads_are_written_and_read_without_being_held() {
    let mut ledger = Ledger::new("large", 1);
    for byte in 0..20 {
        ledger.event(Some(&vec![byte; 1 << 20]));
    }
    let tar = ledger.bundle(Selection::Whole);
    let report = check(&tar, &Trust::in_key(ledger.key()));
    assert_eq!(report.verdict.integrity, Answer::Holds);
    assert_eq!(report.bundle.payloads.present, 20);
}

#[test]
fn a_known_head_answers_completeness() {
    let mut ledger = Ledger::new("known", 1);
    let mut heads = Vec::new();
    for _ in 0..600 {
        ledger.events(1);
        heads.push(ledger.checkpoint(&[]));
    }
    let older = ledger.clone().bundle(Selection::Whole);
    let range = ledger
        .clone()
        .bundle(Selection::Range { from: 300, to: 400 });
    ledger.events(1);
    let newer = ledger.checkpoint(&[]);
    let mut trust = Trust::in_key(ledger.key());
    let mut answer = |tar: &[u8], note: &str| {
        trust.known_head = Some(KnownHead::parse(note.as_bytes(), &trust.key).unwrap());
        check(tar, &trust).verdict.completeness
    };
    for head in &heads {
        assert_eq!(
            answer(&older, &head.to_string()),
            Answer::Holds,
            "{}",
            head.text
        );
        let size: u64 = head.text.lines().nth(1).unwrap().parse().unwrap();
        let provable = (300..=400).contains(&size) || size == 602;
        assert_eq!(
            answer(&range, &head.to_string()).holds(),
            provable,
            "{size}"
        );
        assert!(!answer(&range, &head.to_string()).is_broken(), "{size}");
    }
    assert_eq!(
        codes(&answer(&older, &newer.to_string())),
        [FindingCode::KnownHeadLarger]
    );
    assert_eq!(
        codes(&answer(&range, &newer.to_string())),
        [FindingCode::KnownHeadLarger]
    );
    let mut fork = Ledger::new("known", 1);
    fork.events(330);
    fork.event(Some(b"another story"));
    for (note, bundle) in [
        (fork.checkpoint(&[]), &older),
        (fork.checkpoint(&[]), &range),
    ] {
        assert_eq!(
            codes(&answer(bundle, &note.to_string())),
            [FindingCode::KnownHeadDiffers]
        );
    }
    fork.events(600 - 331);
    assert_eq!(
        codes(&answer(&older, &fork.checkpoint(&[]).to_string())),
        [FindingCode::KnownHeadDiffers]
    );
}

#[test]
fn a_known_head_must_be_the_pinned_keys() {
    let mut ledger = Ledger::new("known", 1);
    let parse = |stranger: &Ledger| {
        let note = stranger.checkpoint(&[]).to_string();
        KnownHead::parse(note.as_bytes(), &ledger.key())
    };
    assert!(parse(&Ledger::new("elsewhere", 1)).is_err());
    assert!(KnownHead::parse(b"not a note", &ledger.key()).is_err());
    // One of the same name by another key may be a later identity's, as far as the note tells.
    let known_head = parse(&Ledger::new("known", 2)).unwrap();
    let trust = Trust {
        known_head: Some(known_head),
        ..Trust::in_key(ledger.key())
    };
    let tar = ledger.bundle(Selection::Whole);
    let verdict = verify(TarSource::new(tar.as_slice()), &trust)
        .unwrap()
        .verdict;
    assert!(verdict.integrity.holds());
    assert!(matches!(verdict.completeness, Answer::Unanswerable(_)));
    assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
}

fn policy(lines: &str, witnesses: &[(&str, u8)]) -> Policy {
    let mut text = String::new();
    for (name, seed) in witnesses {
        text += &format!(
            "witness {name} {}\n",
            witness_key(&format!("{name}.example"), &signing_key(*seed))
        );
    }
    Policy::parse((text + lines).as_bytes()).unwrap()
}

#[test]
fn a_quorum_of_witnesses_answers_completeness_and_freshness() {
    let mut ledger = Ledger::new("witnessed", 1);
    ledger.events(5);
    let note = ledger.checkpoint(&[
        ("a.example", 50, 1_800_000_150),
        ("b.example", 51, 1_800_000_120),
    ]);
    let tar = ledger.bundle_with(Selection::Whole, &note);
    let mut trust = Trust {
        now: Some(1_800_000_200),
        age_seconds_max: Some(60),
        ..Trust::in_key(ledger.key())
    };
    let names = [("a", 50), ("b", 51), ("c", 52)];
    trust.policy = Some(policy("group g any a b c\nquorum g\n", &names));
    let report = check(&tar, &trust);
    assert_eq!(
        (&report.verdict.completeness, &report.verdict.freshness),
        (&Answer::Holds, &Answer::Holds)
    );
    assert_eq!(
        report.freshness.time,
        Some((1_800_000_150, Word::Witnesses))
    );
    trust.policy = Some(policy("group g 2 a b c\nquorum g\n", &names));
    let report = check(&tar, &trust);
    assert_eq!(report.verdict.completeness, Answer::Holds);
    assert_eq!(codes(&report.verdict.freshness), [FindingCode::TooOld]);
    assert_eq!(report.freshness.age_seconds, Some(80));
    trust.policy = Some(policy("group g all a b c\nquorum g\n", &names));
    let report = check(&tar, &trust);
    assert!(matches!(
        report.verdict.completeness,
        Answer::Unanswerable(_)
    ));
    assert!(matches!(report.verdict.freshness, Answer::Unanswerable(_)));
    assert_eq!(report.freshness.witnesses.len(), 2);
    trust.policy = Some(Policy::parse(b"quorum none\n").unwrap());
    let report = check(&tar, &trust);
    assert!(matches!(
        report.verdict.completeness,
        Answer::Unanswerable(_)
    ));
    assert_eq!(
        report.freshness.time,
        Some((CHECKPOINT_TIME, Word::Operator))
    );
}

#[test]
fn a_forged_cosignature_does_not_count() {
    let mut ledger = Ledger::new("witnessed", 1);
    ledger.events(5);
    let mut note = ledger.checkpoint(&[("a.example", 50, CHECKPOINT_TIME)]);
    note.signatures[2].signature[7] ^= 1;
    let tar = ledger.bundle_with(Selection::Whole, &note);
    let mut trust = Trust::in_key(ledger.key());
    trust.policy = Some(policy("quorum a\n", &[("a", 50)]));
    assert!(!check(&tar, &trust).verdict.completeness.holds());
}

#[test]
fn keys_of_the_ledgers_own_history_are_no_witnesses() {
    for (name, seed) in [("identity", 1), ("epoch", 200), ("recovery", 99)] {
        let mut ledger = Ledger::empty("own", 1);
        ledger.genesis(|genesis| {
            let recovery = signing_key(99).verifying_key().to_bytes();
            genesis.recovery = Some(indelible_evidence::PublicKey::from_bytes(recovery).unwrap());
        });
        ledger.epoch(1000);
        ledger.events(5);
        let witness = format!("{name}.example");
        let note = ledger.checkpoint(&[(witness.as_str(), seed, CHECKPOINT_TIME)]);
        let mut trust = Trust::in_key(ledger.key());
        trust.policy = Some(policy(&format!("quorum {name}\n"), &[(name, seed)]));
        for selection in [Selection::Whole, Selection::Range { from: 3, to: 5 }] {
            let report = check(&ledger.bundle_with(selection, &note), &trust);
            assert_eq!(report.verdict.integrity, Answer::Holds);
            assert!(
                matches!(report.verdict.completeness, Answer::Unanswerable(_)),
                "{name}"
            );
        }
    }
}

#[test]
fn a_policy_that_lists_other_logs_does_not_speak_for_this_one() {
    let mut ledger = Ledger::new("listed", 1);
    let note = ledger.checkpoint(&[("a.example", 50, CHECKPOINT_TIME)]);
    let tar = ledger.bundle_with(Selection::Whole, &note);
    let mut trust = Trust::in_key(ledger.key());
    for (log, holds) in [
        (Ledger::new("listed", 1).key(), true),
        (Ledger::new("other", 2).key(), false),
    ] {
        trust.policy = Some(policy(&format!("log {log}\nquorum a\n"), &[("a", 50)]));
        assert_eq!(check(&tar, &trust).verdict.completeness.holds(), holds);
    }
}

#[test]
fn freshness_needs_a_time_and_an_age() {
    let mut ledger = Ledger::new("fresh", 1);
    let tar = ledger.bundle(Selection::Whole);
    let answer = |now, age_seconds_max| {
        let report = check(
            &tar,
            &Trust {
                now,
                age_seconds_max,
                ..Trust::in_key(Ledger::new("fresh", 1).key())
            },
        );
        (report.verdict.freshness, report.freshness.age_seconds)
    };
    assert!(matches!(
        answer(None, Some(5)),
        (Answer::Unanswerable(_), None)
    ));
    assert!(matches!(
        answer(Some(CHECKPOINT_TIME + 9), None),
        (Answer::Unanswerable(_), Some(9))
    ));
    assert_eq!(
        answer(Some(CHECKPOINT_TIME + 9), Some(9)),
        (Answer::Holds, Some(9))
    );
    assert_eq!(
        codes(&answer(Some(CHECKPOINT_TIME + 10), Some(9)).0),
        [FindingCode::TooOld]
    );
    assert_eq!(
        answer(Some(CHECKPOINT_TIME - 300), Some(9)),
        (Answer::Holds, Some(-300))
    );
    assert_eq!(
        codes(&answer(Some(CHECKPOINT_TIME - 301), Some(9)).0),
        [FindingCode::FromFuture]
    );
}

#[test]
fn states_of_parts_are_counted_and_unsupported_ones_found() {
    use indelible_evidence::Domain;
    use indelible_evidence::bundle::Part;
    let mut ledger = Ledger::new("states", 1);
    ledger.events(12);
    let state = |sequence, domain, part| (sequence, domain, part);
    ledger.states = vec![
        state(4, Domain::Payload, Part::Withheld),
        state(5, Domain::Body, Part::Withheld),
    ];
    let report = check(
        &ledger.bundle(Selection::Whole),
        &Trust::in_key(ledger.key()),
    );
    assert_eq!(report.verdict.integrity, Answer::Holds);
    assert_eq!(
        (
            report.bundle.bodies.withheld,
            report.bundle.payloads.withheld
        ),
        (1, 1)
    );
    ledger.states = vec![
        state(5, Domain::Payload, Part::Archived),
        state(7, Domain::Payload, Part::Erased),
        state(8, Domain::Body, Part::Missing),
    ];
    let report = check(
        &ledger.bundle(Selection::Whole),
        &Trust::in_key(ledger.key()),
    );
    assert_eq!(
        codes(&report.verdict.integrity),
        [
            FindingCode::PartMissing,
            FindingCode::ArchivedUnsupported,
            FindingCode::ErasedUnsupported
        ]
    );
    assert_eq!(report.verdict.custody, Answer::Holds);
    assert_eq!(
        report.verdict.answers().map(|(question, _)| question)[0],
        Question::Integrity
    );
}
