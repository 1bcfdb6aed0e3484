//! Which records can stand at their places, and which an epoch key can't vouch for.

use super::*;
use crate::key_event::{PublicKey, Revocation};

#[test]
fn an_epoch_does_not_vouch_for_what_ends_it() {
    // The next certificate is record 3, and the thief of the first epoch's key signs on.
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.event();
    ledger.epoch(31, IDENTITY_SEED);
    assert!(ledger.verify(&ledger.provisional(2)).is_ok());
    assert!(
        ledger.verify(&ledger.provisional(1)).is_ok(),
        "its own certificate"
    );
    let outcome = ledger.verify(&ledger.provisional(3));
    let ended = ReceiptError::EndsEpoch { index: 3, first: 1 };
    assert_eq!(outcome, Err(ended));
    assert!(ledger.verify(&ledger.receipt(3)).is_ok());
    // The same with a new identity.
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.identity(21, IDENTITY_SEED, |_| ());
    let outcome = ledger.verify(&ledger.provisional(2));
    let ended = ReceiptError::EndsEpoch { index: 2, first: 1 };
    assert_eq!(outcome, Err(ended));
}

#[test]
fn a_certificate_binds_the_tree_to_its_left() {
    for at in 2..12 {
        let mut ledger = Ledger::default();
        ledger.push(header_file(genesis_header()));
        ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
        (2..at).for_each(|_| ledger.event());
        let certificate = EpochCertificate {
            first: at,
            key: public_key(31),
            root: TreeHash::from_bytes([7; 32]),
            ..certificate(100)
        };
        let mut other = Ledger::default();
        for file in &ledger.files {
            other.push(file.clone());
        }
        other.newest_key_event = 1;
        let statement = certificate.encode();
        let signature = sign(IDENTITY_SEED, &EpochCertificate::message(&statement));
        other.key_event(RecordKind::Epoch, &statement, &[&signature]);
        ledger.epoch(31, IDENTITY_SEED);
        for ledger in [&mut ledger, &mut other] {
            (0..at % 5).for_each(|_| ledger.event());
        }
        assert!(ledger.verify(&ledger.receipt(at)).is_ok(), "{at}");
        assert!(is_out_of_place(other.verify(&other.receipt(at))), "{at}");
    }
}

/// The beginning of a ledger, a record of one's own at 2, and an event.
fn with_third(third: impl FnOnce(&mut Ledger)) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    third(&mut ledger);
    ledger.event();
    ledger
}

#[test]
fn an_identity_does_not_revoke_itself() {
    let revoke = |key: PublicKey, size| {
        let revocation = Revocation {
            origin: origin(),
            key: key.into(),
            size,
            reason: None,
        };
        let statement = revocation.encode();
        let signature = sign(IDENTITY_SEED, &Revocation::message(&statement));
        let ledger = with_third(|ledger| {
            ledger.key_event(RecordKind::Revocation, &statement, &[&signature]);
        });
        ledger.verify(&ledger.receipt(2)).map(|_| ())
    };
    assert_eq!(revoke(public_key(EPOCH_SEED), 2), Ok(()));
    assert!(is_out_of_place(revoke(public_key(EPOCH_SEED), 3)));
    assert!(is_out_of_place(revoke(public_key(IDENTITY_SEED), 2)));
}

#[test]
fn from_record_2_on_there_is_a_key_event_before() {
    for (prior, good) in [(0, false), (1, true), (2, false), (3, false)] {
        let ledger = with_third(|ledger| {
            ledger.newest_key_event = prior;
            ledger.event();
            ledger.newest_key_event = 1;
        });
        let outcome = ledger.verify(&ledger.receipt(2));
        assert_eq!(outcome.is_ok(), good, "{prior}");
        assert!(good || is_out_of_place(outcome));
    }
}

#[test]
fn a_record_after_a_certificate_names_it_or_a_later_one() {
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.event();
    ledger.epoch(31, IDENTITY_SEED);
    ledger.newest_key_event = 1;
    ledger.event();
    let receipt = Receipt {
        certificate: Some(ledger.header(3)),
        checkpoint: ledger.epoch_note_by(31, 3),
        ..ledger.receipt(4)
    };
    assert!(is_out_of_place(ledger.verify(&receipt)));
}

#[test]
fn nobody_signs_size_1() {
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    let outcome = ledger.verify(&ledger.receipt(0));
    assert_eq!(outcome, Err(ReceiptError::Size { size: 1 }));
}

#[test]
fn the_tree_before_a_record_is_what_lies_to_its_left() {
    let leaves: Vec<_> = (0..40_u8)
        .map(|byte| leaf_hash(&ChainHash::from_bytes([byte; 32])))
        .collect();
    let root = |size: usize| {
        let mut tree = Frontier::new();
        leaves[..size].iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    };
    for size in 1..=leaves.len() {
        for index in 0..size {
            let proof = inclusion_proof(index as u64, size as u64, |node: NodeId| {
                let begin = (node.index << node.level) as usize;
                let mut tree = Frontier::new();
                let under = &leaves[begin..begin + (1 << node.level)];
                under.iter().for_each(|leaf| tree.push(*leaf));
                Ok::<_, ()>(tree.root())
            });
            let before = crate::tree::root_before(index as u64, size as u64, &proof.unwrap());
            let expected = (index > 0).then(|| root(index));
            assert_eq!(before, expected, "{index} of {size}");
        }
    }
}
