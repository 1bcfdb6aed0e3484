//! What happens to keys: rotation, revocation, erasure, and what only somebody outside can vouch for.

use crate::rotations::{self, PROVIDERS};
use crate::support::{
    Ledger,
    bundling::{cosign, witness_key},
    signing_key,
};
use ed25519_dalek::SigningKey;
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::policy::Policy;
use indelible_evidence::verdict::{Answer, FindingCode};
use indelible_evidence::verify::{KnownHead, Report, Trust, verify};
use indelible_evidence::{DataKeyId, Domain};

const ROTATIONS: u64 = 120;

fn identity(number: u64) -> SigningKey {
    let seed = blake3::hash(&number.to_le_bytes());
    SigningKey::from_bytes(seed.as_bytes())
}

fn data_key(number: u8) -> DataKeyId {
    DataKeyId::from_bytes([number; 16])
}

fn report(ledger: &mut Ledger, selection: Selection, trust: &Trust) -> Report {
    let tar = ledger.bundle(selection);
    verify(TarSource::new(tar.as_slice()), trust).unwrap()
}

fn knowing(ledger: &Ledger, head: &str) -> Trust {
    let known_head = KnownHead::parse(head.as_bytes(), &ledger.key()).unwrap();
    Trust {
        known_head: Some(known_head),
        ..Trust::in_key(ledger.key())
    }
}

#[test]
fn a_long_line_of_identities_holds_with_a_head_at_its_end() {
    let mut ledger = Ledger::new("rotations", 1);
    let mut heads = Vec::new();
    for number in 0..ROTATIONS {
        ledger.events(2);
        heads.push(ledger.checkpoint(&[]).to_string());
        ledger.rotate(identity(number));
    }
    ledger.events(2);
    let newest = ledger.checkpoint(&[]).to_string();
    let size = ledger.size();
    for selection in [
        Selection::Whole,
        Selection::Range {
            from: 100,
            to: size,
        },
    ] {
        let trust = knowing(&ledger, &newest);
        let known = report(&mut ledger, selection, &trust);
        let verdict = &known.verdict;
        assert!(verdict.integrity.holds(), "{:?}", verdict.integrity);
        assert!(verdict.custody.holds(), "{:?}", verdict.custody);
        assert!(verdict.completeness.holds(), "{:?}", verdict.completeness);
        assert_eq!(known.bundle.keys.identities.total(), ROTATIONS + 1);
        let trust = Trust::in_key(ledger.key());
        let alone = report(&mut ledger, selection, &trust);
        let least = size - 3;
        let missing = format!("a known or witnessed head at or past size {least}");
        assert_eq!(alone.verdict.custody, Answer::unanswerable(missing));
    }
    // Each head is by another identity, and none of them is past the last rotation.
    for head in heads.iter().step_by(7) {
        let trust = knowing(&ledger, head);
        let verdict = report(&mut ledger, Selection::Whole, &trust).verdict;
        assert!(verdict.completeness.holds(), "{:?}", verdict.completeness);
        assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
    }
}

#[test]
fn an_identity_that_was_replaced_signs_no_head() {
    let mut ledger = Ledger::new("replaced", 1);
    ledger.events(3);
    let before = ledger.checkpoint(&[]).to_string();
    ledger.rotate(identity(0));
    ledger.events(3);
    let mut thief = ledger.clone();
    thief.identity = thief.pinned.clone();
    let late = thief.checkpoint(&[]).to_string();
    for head in [&before, &late] {
        let trust = knowing(&ledger, head);
        let verdict = report(&mut ledger, Selection::Whole, &trust).verdict;
        assert!(verdict.integrity.holds());
        assert!(matches!(verdict.custody, Answer::Unanswerable(_)), "{head}");
        assert_eq!(verdict.completeness.holds(), head == &before);
    }
    // Nor a bundle's checkpoint.
    let tar = ledger.bundle_with(Selection::Whole, &thief.checkpoint(&[]));
    let trust = Trust::in_key(ledger.key());
    let verdict = verify(TarSource::new(tar.as_slice()), &trust)
        .unwrap()
        .verdict;
    let codes: Vec<_> = verdict
        .integrity
        .findings()
        .iter()
        .map(|it| it.code)
        .collect();
    assert_eq!(codes, [FindingCode::CheckpointSignature]);
    assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
}

#[test]
fn witnesses_vouch_for_a_rotation_and_the_ledgers_own_keys_do_not() {
    let mut ledger = Ledger::new("witnessed", 1);
    ledger.rotate(identity(0));
    ledger.events(3);
    let policy = |key: &SigningKey| {
        let vkey = witness_key("w.example", key);
        Policy::parse(format!("witness w {vkey}\nquorum w\n").as_bytes()).unwrap()
    };
    for (seed, holds) in [(signing_key(77), true), (identity(0), false)] {
        let mut note = ledger.checkpoint(&[]);
        let line = cosign(&note.text, "w.example", &seed, 1_800_000_100);
        note.signatures.push(line);
        let tar = ledger.bundle_with(Selection::Whole, &note);
        let trust = Trust {
            policy: Some(policy(&seed)),
            ..Trust::in_key(ledger.key())
        };
        let verdict = verify(TarSource::new(tar.as_slice()), &trust)
            .unwrap()
            .verdict;
        assert!(verdict.integrity.holds());
        assert_eq!(verdict.custody.holds(), holds);
    }
}

#[test]
fn what_is_erased_must_be_recorded_as_erased() {
    for selection in [Selection::Whole, Selection::Range { from: 2, to: 6 }] {
        for (named, holds) in [(1, true), (2, false)] {
            let mut ledger = Ledger::new("erased", 1);
            ledger.events(1);
            ledger.sealed_event(data_key(1));
            ledger.sealed_event(data_key(1));
            ledger.sealed_event(data_key(3));
            ledger.erase(&[data_key(named), data_key(9)]);
            ledger.events(1);
            for domain in [Domain::Body, Domain::Payload] {
                ledger.states.push((3, domain, Part::Erased));
                ledger.states.push((4, domain, Part::Withheld));
            }
            let trust = Trust::in_key(ledger.key());
            let report = report(&mut ledger, selection, &trust);
            let integrity = &report.verdict.integrity;
            assert_eq!(integrity.holds(), holds, "{integrity:?}");
            for finding in integrity.findings() {
                assert_eq!(
                    (finding.code, finding.sequence),
                    (FindingCode::ErasedUnsupported, Some(3))
                );
            }
            assert!(report.verdict.custody.holds());
            let erasures = report.bundle.keys.erasures;
            assert_eq!(erasures.total(), 1);
            let [erasure] = erasures.listed() else {
                panic!("{erasures:?}");
            };
            let records = if holds { 2 } else { 0 };
            assert_eq!((erasure.sequence, erasure.records), (6, records));
            assert_eq!(
                (erasure.basis.as_str(), erasure.data_keys),
                ("asked for", 2)
            );
        }
    }
}

#[test]
fn custody_holds_across_a_hundred_rotations_and_three_providers_and_says_what_it_saw() {
    let (mut rotated, changes) = rotations::ledger(6_000, 100);
    let (mut plain, none) = rotations::ledger(6_000, 0);
    assert_eq!((changes.total(), none.total()), (100, 0));
    for (ledger, changes) in [(&mut rotated, changes), (&mut plain, none)] {
        let head = ledger.checkpoint(&[]).to_string();
        let trust = knowing(ledger, &head);
        let report = report(ledger, Selection::Whole, &trust);
        let verdict = &report.verdict;
        assert!(verdict.integrity.holds(), "{:?}", verdict.integrity);
        assert!(verdict.custody.holds(), "{:?}", verdict.custody);
        assert!(verdict.completeness.holds(), "{:?}", verdict.completeness);
        let facts = &report.bundle;
        // Genesis has a certificate of its own, and so has each new identity.
        let certificates = 1 + changes.identities + changes.epochs;
        assert_eq!(facts.certificates, certificates);
        assert_eq!(facts.keys.identities.total(), 1 + changes.identities);
        assert_eq!(facts.keys.keks.total(), changes.keks);
        let keks = facts.keys.keks.listed().iter();
        let providers: Vec<_> = keks.map(|kek| kek.provider.as_str()).collect();
        let expected = PROVIDERS.into_iter().cycle().take(changes.keks as usize);
        assert_eq!(providers, expected.collect::<Vec<_>>());
        let bodies = &facts.bodies;
        assert_eq!(bodies.present, 6_000, "{bodies:?}");
    }
    // Without a head past the last rotation nobody can tell that it was the last.
    let trust = Trust::in_key(rotated.key());
    let alone = report(&mut rotated, Selection::Whole, &trust).verdict;
    assert!(matches!(alone.custody, Answer::Unanswerable(_)));
}
