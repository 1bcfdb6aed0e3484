//! What the key events that one receipt holds say of each other, and of its checkpoint's lines.

use super::*;
use crate::checkpoint::CheckpointError;
use crate::key_event::{
    IdentityKeys, ProducerAction, ProducerChange, SettingsChange, TypedKey, UnknownKey,
};
use crate::note::SignatureLine;
use crate::testing::settings;

const SECOND: u8 = 21;

/// Genesis, a certificate, a record that `third` appends, and a new identity with its certificate.
fn rotated(
    genesis: &Genesis,
    third: impl FnOnce(&mut Ledger),
    change: impl FnOnce(&mut IdentityChange),
) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.push(header_file(header_of_genesis(genesis)));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    third(&mut ledger);
    ledger.identity(SECOND, IDENTITY_SEED, change);
    ledger.epoch(31, SECOND);
    ledger.event();
    ledger
}

/// A receipt by the second identity, which is record 3.
fn receipt(ledger: &Ledger, index: u64) -> Receipt {
    Receipt {
        genesis: Some(ledger.header(0)),
        identities: vec![ledger.header(3)],
        checkpoint: ledger.note_by(SECOND),
        ..ledger.receipt(index)
    }
}

fn register(ledger: &mut Ledger, key: u8) {
    let proof = ProducerChange::proof_message(&origin(), &public_key(key), "till", &[]);
    let action = ProducerAction::Register {
        name: "till".to_owned(),
        sources: Vec::new(),
        proof: sign(key, &proof),
    };
    let statement = ProducerChange {
        origin: origin(),
        key: public_key(key),
        action,
    }
    .encode();
    let signature = sign(IDENTITY_SEED, &ProducerChange::message(&statement));
    ledger.key_event(RecordKind::Producer, &statement, &[&signature]);
}

#[test]
fn a_key_that_the_record_introduced_is_not_new_further_on() {
    let other = rotated(&genesis(), |ledger| register(ledger, 50), |_| ());
    assert!(other.verify(&receipt(&other, 2)).is_ok());
    let same = rotated(&genesis(), |ledger| register(ledger, SECOND), |_| ());
    assert!(is_identity_refused(same.verify(&receipt(&same, 2))));
    // Where the record is another one, nothing shows it.
    assert!(same.verify(&receipt(&same, 5)).is_ok());
    // A key that only a later record introduces is new.
    let mut later = rotated(&genesis(), Ledger::event, |_| ());
    let statement = EpochCertificate {
        first: 6,
        root: later.root(),
        key: public_key(50),
        ..certificate(100)
    }
    .encode();
    let signature = sign(SECOND, &EpochCertificate::message(&statement));
    later.key_event(RecordKind::Epoch, &statement, &[&signature]);
    assert!(later.verify(&receipt(&later, 6)).is_ok());
    let mut again = rotated(&genesis(), Ledger::event, |_| ());
    let root = again.root();
    let statement = EpochCertificate {
        first: 6,
        root,
        key: public_key(SECOND),
        ..certificate(100)
    }
    .encode();
    let signature = sign(SECOND, &EpochCertificate::message(&statement));
    again.key_event(RecordKind::Epoch, &statement, &[&signature]);
    assert!(is_out_of_place(again.verify(&receipt(&again, 6))));
}

#[test]
fn settings_that_the_record_states_are_those_before_an_identity() {
    let first_draft = Genesis {
        settings: None,
        ..genesis()
    };
    let state = |ledger: &mut Ledger| {
        let statement = SettingsChange {
            origin: origin(),
            settings: settings(),
            reason: None,
        }
        .encode();
        let signature = sign(IDENTITY_SEED, &SettingsChange::message(&statement));
        ledger.key_event(RecordKind::Settings, &statement, &[&signature]);
    };
    let stated = rotated(&first_draft, state, |_| ());
    let verdict = stated.verify(&receipt(&stated, 2)).unwrap();
    assert_eq!(verdict.unsigned_places, [0; 0]);
    let unstated = rotated(&first_draft, state, |change| change.sequence = None);
    assert!(is_identity_refused(unstated.verify(&receipt(&unstated, 2))));
    let verdict = unstated.verify(&receipt(&unstated, 5)).unwrap();
    assert_eq!(verdict.unsigned_places, [3], "nothing shows the settings");
}

#[test]
fn lines_by_the_key_of_the_records_own_certificate_verify() {
    let ledger = |last| {
        let mut ledger = Ledger::default();
        ledger.push(header_file(genesis_header()));
        let statement = certificate(last).encode();
        let signature = sign(IDENTITY_SEED, &EpochCertificate::message(&statement));
        ledger.key_event(RecordKind::Epoch, &statement, &[&signature]);
        ledger.event();
        ledger
    };
    let verify = |last, index, change: fn(&mut SignatureLine)| {
        let ledger = ledger(last);
        let mut line = ledger.epoch_note().signatures.remove(0);
        change(&mut line);
        let mut receipt = ledger.receipt(index);
        receipt.checkpoint.signatures.push(line);
        ledger.verify(&receipt).map(|_| ())
    };
    let spoil: fn(&mut SignatureLine) = |line| line.signature[0] ^= 1;
    let shorten: fn(&mut SignatureLine) = |line| line.signature.truncate(63);
    assert_eq!(verify(100, 1, |_| ()), Ok(()));
    for change in [spoil, shorten] {
        let outcome = verify(100, 1, change);
        assert!(
            matches!(
                outcome,
                Err(ReceiptError::Checkpoint(
                    CheckpointError::BadSignature { .. }
                ))
            ),
            "{outcome:?}"
        );
        assert_eq!(verify(100, 2, change), Ok(()), "no certificate is held");
        assert!(verify(3, 1, change).is_err(), "the last of its span");
        assert_eq!(verify(2, 1, change), Ok(()), "beyond its span");
    }
    assert_eq!(verify(100, 1, |line| line.key_id[0] ^= 1), Ok(()));
}

/// A ledger whose second identity has one key, of a type that is not known.
fn unknown_first(last: u64) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.event();
    let key = UnknownKey::from_typed_bytes(b"\x06key").unwrap();
    let statement = IdentityChange {
        origin: origin(),
        prior: 0,
        sequence: Some(3),
        identity: IdentityKeys::new(TypedKey::Unknown(key), Vec::new()).unwrap(),
        reason: None,
    }
    .encode();
    let by_old = sign(IDENTITY_SEED, &IdentityChange::message(&statement));
    ledger.key_event(RecordKind::Identity, &statement, &[b"not known", &by_old]);
    let statement = EpochCertificate {
        first: 4,
        root: ledger.root(),
        key: public_key(31),
        last,
        ..certificate(100)
    }
    .encode();
    ledger.key_event(RecordKind::Epoch, &statement, &[b"not known"]);
    ledger.event();
    ledger
}

#[test]
fn lines_of_an_identity_whose_first_key_is_unknown_are_left_unchecked() {
    let unjudged = |outcome: Result<ReceiptVerdict, ReceiptError>| match outcome {
        Err(ReceiptError::Unjudged(unknown)) => unknown[0].sequence == 3,
        _ => false,
    };
    let ledger = unknown_first(100);
    let by_anyone = Receipt {
        checkpoint: ledger.note_by(77),
        ..receipt(&ledger, 5)
    };
    assert!(unjudged(ledger.verify(&by_anyone)));
    let by_an_epoch = |ledger: &Ledger, index| {
        let mut note = ledger.epoch_note_by(31, 4);
        note.signatures[0].signature[0] ^= 1;
        ledger.verify(&Receipt {
            certificate: Some(ledger.header(4)),
            checkpoint: note,
            ..receipt(ledger, index)
        })
    };
    assert!(unjudged(by_an_epoch(&ledger, 5)));
    assert!(unjudged(by_an_epoch(&ledger, 4)));
    assert!(matches!(
        by_an_epoch(&ledger, 2),
        Err(ReceiptError::BeforeEpoch { .. })
    ));
    assert!(matches!(
        by_an_epoch(&unknown_first(5), 5),
        Err(ReceiptError::Checkpoint(
            CheckpointError::OutsideSpan { .. }
        ))
    ));
    // What else is wrong is told.
    let mut elsewhere = by_anyone.clone();
    elsewhere.previous = ledger.chains[0];
    assert_eq!(ledger.verify(&elsewhere), Err(ReceiptError::NotIncluded));
}
