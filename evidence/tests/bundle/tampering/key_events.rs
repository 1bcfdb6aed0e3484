//! Key events of a bundle that are not lawful, or not there.

use super::*;

fn selections() -> [Selection; 2] {
    [Selection::Whole, Selection::Range { from: 4, to: 6 }]
}

#[test]
fn custody_names_what_is_wrong_with_genesis() {
    let elsewhere = Ledger::new("elsewhere", 1).origin;
    let stranger =
        indelible_evidence::PublicKey::from_bytes(signing_key(9).verifying_key().to_bytes())
            .unwrap();
    for selection in selections() {
        for change in 0..3 {
            let mut ledger = Ledger::empty("custody", 1);
            ledger.genesis(|genesis| match change {
                0 => genesis.origin = elsewhere.clone(),
                1 => genesis.identity = stranger.into(),
                _ => genesis.created += 1,
            });
            ledger.epoch(1000);
            ledger.events(8);
            assert_eq!(
                custody(&mut ledger, selection),
                [(FindingCode::GenesisInvalid, Some(0))],
                "{change}"
            );
        }
        let mut twice = Ledger::new("custody", 1);
        twice.genesis(|_| ());
        twice.events(8);
        assert_eq!(
            custody(&mut twice, selection),
            [(FindingCode::GenesisInvalid, Some(2))]
        );
    }
}

#[test]
fn custody_names_what_is_wrong_with_a_certificate() {
    let elsewhere = Ledger::new("elsewhere", 1).origin;
    let invalid = (FindingCode::CertificateInvalid, Some(2));
    for selection in selections() {
        let case = |signer: u8, change: &dyn Fn(&mut indelible_evidence::EpochCertificate)| {
            let mut ledger = Ledger::new("custody", 1);
            ledger.epoch_with(&signing_key(signer), change);
            ledger.events(8);
            custody(&mut ledger, selection)
        };
        assert_eq!(case(1, &|_| ()), []);
        assert_eq!(case(9, &|_| ()), [invalid]);
        assert_eq!(
            case(1, &|certificate| certificate.origin = elsewhere.clone()),
            [invalid]
        );
        assert_eq!(case(1, &|certificate| certificate.first = 3), [invalid]);
        let root = indelible_evidence::TreeHash::from_bytes([3; 32]);
        assert_eq!(
            case(1, &|certificate| certificate.root = root),
            [(FindingCode::CertificateRoot, Some(2))]
        );
        assert_eq!(case(1, &|certificate| certificate.last = 2), [invalid]);
        assert_eq!(
            case(1, &|certificate| certificate.last = 10),
            [(FindingCode::CertificateSpan, Some(10))]
        );
        assert_eq!(case(1, &|certificate| certificate.last = 11), []);
    }
}

#[test]
fn custody_holds_spans_against_the_next_certificate() {
    for selection in selections() {
        let mut early = Ledger::empty("custody", 1);
        early.genesis(|_| ());
        early.epoch(5);
        early.events(3);
        early.epoch(100);
        early.events(3);
        assert_eq!(custody(&mut early, selection), []);
        let mut late = Ledger::empty("custody", 1);
        late.genesis(|_| ());
        late.epoch(5);
        late.events(5);
        late.epoch(100);
        late.events(2);
        assert_eq!(
            custody(&mut late, selection),
            [(FindingCode::CertificateSpan, Some(5))]
        );
        let mut none = Ledger::empty("custody", 1);
        none.genesis(|_| ());
        none.events(1);
        none.epoch(100);
        none.events(7);
        assert_eq!(
            custody(&mut none, selection),
            [(FindingCode::CertificateSpan, Some(1))]
        );
    }
}

#[test]
fn a_ledger_needs_a_genesis() {
    let mut ledger = Ledger::empty("custody", 1);
    ledger.events(10);
    let key_events = std::mem::take(&mut Ledger::new("custody", 1).key_events);
    ledger.key_events = key_events[..1].to_vec();
    let tar = ledger.bundle(Selection::Whole);
    let verdict = verdict(&tar, &ledger);
    assert_eq!(
        listed(&verdict.integrity),
        [(FindingCode::KeyEventsMismatch, Some(0))]
    );
    assert!(!verdict.custody.holds());
}

#[test]
fn a_hidden_key_event_is_found() {
    let build = || {
        let mut ledger = Ledger::new("hidden", 1);
        ledger.events(2);
        ledger.epoch(100);
        ledger.events(3);
        ledger.epoch(100);
        ledger.events(3);
        ledger
    };
    for selection in [
        Selection::Whole,
        Selection::Range { from: 5, to: 6 },
        Selection::Range { from: 9, to: 11 },
    ] {
        let mut ledger = build();
        let files = unpack(&ledger.bundle(selection));
        for hidden in 0..4 {
            let mut files = files.clone();
            edit(&mut files, "key-events", |list| drop(list.remove(hidden)));
            expect_detected(&pack(&files), &ledger, || {
                format!("{hidden} of {selection:?}")
            });
        }
        for (first, second) in [(0, 1), (1, 2), (2, 3)] {
            let mut files = files.clone();
            edit(&mut files, "key-events", |list| list.swap(first, second));
            expect_detected(&pack(&files), &ledger, || {
                format!("{first} and {second} of {selection:?}")
            });
        }
    }
}
