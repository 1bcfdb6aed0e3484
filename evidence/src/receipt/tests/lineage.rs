//! Receipts by a later identity: who leads from the pinned key to it.

use super::*;
use crate::key_event::{IdentityKeys, UnknownKey};

const SECOND: u8 = 21;
const THIRD: u8 = 22;
/// Where the second identity and the third one begin.
const PLACES: [u64; 2] = [4, 7];

/// Genesis, a certificate, events, and two rotations.
fn rotated_from(genesis: &Genesis, changes: [fn(&mut IdentityChange); 2]) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.push(header_file(header_of_genesis(genesis)));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.event();
    ledger.event();
    ledger.identity(SECOND, IDENTITY_SEED, changes[0]);
    ledger.epoch(31, SECOND);
    ledger.event();
    ledger.identity(THIRD, SECOND, |change| {
        change.prior = PLACES[0];
        changes[1](change);
    });
    ledger.epoch(32, THIRD);
    ledger.event();
    ledger.event();
    ledger
}

fn rotated() -> Ledger {
    rotated_from(&genesis(), [|_| (), |_| ()])
}

/// A receipt with the headers that lead to the last identity, which signed.
fn receipt(ledger: &Ledger, index: u64) -> Receipt {
    Receipt {
        genesis: Some(ledger.header(0)),
        identities: PLACES.map(|place| ledger.header(place)).to_vec(),
        checkpoint: ledger.note_by(THIRD),
        ..ledger.receipt(index)
    }
}

/// The header with another place, time or prior key event.
fn changed(header: &[u8], change: impl FnOnce(&mut Header<'_>)) -> Vec<u8> {
    let mut header = Header::decode(header).unwrap();
    change(&mut header);
    header.encode()
}

#[test]
fn every_record_has_a_receipt_by_the_last_identity() {
    let ledger = rotated();
    for index in 0..ledger.size() {
        let receipt = receipt(&ledger, index);
        assert_eq!(
            Receipt::parse(receipt.to_string().as_bytes()),
            Ok(receipt.clone())
        );
        let verdict = ledger.verify(&receipt).unwrap();
        assert!(verdict.is_provisional());
        assert_eq!(verdict.rotations, PLACES);
        assert_eq!(verdict.unsigned_places, []);
    }
}

#[test]
fn the_last_epoch_vouches_for_what_came_after_its_certificate() {
    let ledger = rotated();
    for index in 0..ledger.size() {
        let receipt = Receipt {
            certificate: Some(ledger.header(8)),
            checkpoint: ledger.epoch_note_by(32, 8),
            ..receipt(&ledger, index)
        };
        assert_eq!(ledger.verify(&receipt).is_ok(), index >= 8, "{index}");
    }
}

#[test]
fn identities_are_all_there_in_their_order() {
    let ledger = rotated();
    let good = receipt(&ledger, 9);
    let with = |identities: &[u64]| {
        let identities = identities.iter().map(|place| ledger.header(*place));
        ledger.verify(&Receipt {
            identities: identities.collect(),
            ..good.clone()
        })
    };
    assert!(with(&PLACES).is_ok());
    assert!(is_identity_refused(with(&[7, 4])));
    assert!(is_identity_refused(with(&[7])));
    assert!(is_identity_refused(with(&[4, 4])));
    assert!(is_identity_refused(with(&[4, 7, 7])));
    // The last but one did not sign.
    assert!(matches!(with(&[4]), Err(ReceiptError::Checkpoint(_))));
    for other_kind in [0, 1, 2] {
        let outcome = with(&[4, other_kind]);
        let failure = outcome.unwrap_err().failure();
        assert_eq!(failure, ReceiptFailure::Malformed, "{other_kind}");
    }
    let genesis_of_another_kind = Receipt {
        genesis: Some(ledger.header(1)),
        ..good.clone()
    };
    let outcome = ledger.verify(&genesis_of_another_kind);
    assert!(is_identity_refused(outcome));
}

#[test]
fn the_place_of_an_identity_is_signed() {
    let ledger = rotated();
    for place in [2, 3, 5, 6] {
        let mut moved = receipt(&ledger, 10);
        moved.identities[0] = changed(&moved.identities[0], |header| header.sequence = place);
        assert!(is_identity_refused(ledger.verify(&moved)), "{place}");
    }
}

#[test]
fn what_the_first_draft_made_has_no_place() {
    let genesis = Genesis {
        settings: None,
        ..genesis()
    };
    let unplaced: fn(&mut IdentityChange) = |change| change.sequence = None;
    let placed: fn(&mut IdentityChange) = |_| ();
    let ledger = rotated_from(&genesis, [unplaced, unplaced]);
    let verdict = ledger.verify(&receipt(&ledger, 10)).unwrap();
    assert_eq!(verdict.unsigned_places, PLACES);
    // Settings may have come in between.
    let ledger = rotated_from(&genesis, [unplaced, placed]);
    let verdict = ledger.verify(&receipt(&ledger, 10)).unwrap();
    assert_eq!(verdict.unsigned_places, PLACES[..1]);
    let ledger = rotated_from(&genesis, [placed, placed]);
    assert!(ledger.verify(&receipt(&ledger, 10)).is_ok());
    let ledger = rotated_from(&genesis, [placed, unplaced]);
    assert!(is_identity_refused(ledger.verify(&receipt(&ledger, 10))));
    let ledger = rotated_from(&super::genesis(), [unplaced, placed]);
    assert!(is_identity_refused(ledger.verify(&receipt(&ledger, 10))));
}

#[test]
fn a_place_that_nobody_signed_can_still_not_contradict_the_rest() {
    let genesis = Genesis {
        settings: None,
        ..genesis()
    };
    let unplaced: fn(&mut IdentityChange) = |change| change.sequence = None;
    let ledger = rotated_from(&genesis, [unplaced, unplaced]);
    // The next one's `prior` states where an identity began; only the last one can be moved.
    let moved = |index, place, prior| {
        let mut moved = receipt(&ledger, index);
        moved.identities[1] = changed(&moved.identities[1], |header| {
            (header.sequence, header.prior_key_event) = (place, prior);
        });
        ledger.verify(&moved)
    };
    assert!(moved(10, 7, 5).is_ok());
    assert!(moved(10, 6, 5).is_ok(), "nobody can tell");
    assert!(is_out_of_place(moved(10, 7, 0)), "no key event before it");
    assert!(
        is_out_of_place(moved(10, 7, 4)),
        "its prior's certificate is later"
    );
    assert!(is_out_of_place(moved(10, 7, 7)), "itself");
    assert!(
        is_identity_refused(moved(10, 5, 4)),
        "no room for a certificate"
    );
    assert!(
        is_identity_refused(moved(10, 1, 0)),
        "the first certificate's place"
    );
    assert!(
        is_out_of_place(moved(10, 8, 5)),
        "the record names an older one"
    );
    assert!(is_out_of_place(moved(9, 9, 8)), "the record's own place");
    assert!(
        is_out_of_place(moved(9, 8, 5)),
        "the record is no certificate"
    );
    assert!(
        is_out_of_place(moved(7, 6, 5)),
        "the record is that identity"
    );
    let mut late = receipt(&ledger, 10);
    late.identities[0] = changed(&late.identities[0], |header| header.time += 1);
    assert!(is_out_of_place(ledger.verify(&late)), "times decrease");
    let mut beyond = receipt(&ledger, 10);
    beyond.identities[1] = changed(&beyond.identities[1], |header| {
        header.sequence = ledger.size();
    });
    assert!(
        is_identity_refused(ledger.verify(&beyond)),
        "past the checkpoint"
    );
}

#[test]
fn a_record_that_introduces_an_identity_is_one_that_is_shown() {
    let ledger = rotated();
    let mut short = receipt(&ledger, 7);
    short.identities.pop();
    short.checkpoint = ledger.note_by(SECOND);
    assert!(is_out_of_place(ledger.verify(&short)));
    // Another header of that place, over which the same keys signed the same statement.
    let mut other = receipt(&ledger, 7);
    other.identities[1] = changed(&other.identities[1], |header| header.time -= 1);
    assert!(ledger.verify(&other).is_err());
}

#[test]
fn a_key_that_the_ledger_had_before_makes_no_identity() {
    let again: fn(&mut IdentityChange) = |change| {
        change.identity = public_key(IDENTITY_SEED).into();
    };
    let mut ledger = rotated_from(&genesis(), [|_| (), again]);
    assert!(is_identity_refused(ledger.verify(&receipt(&ledger, 10))));
    // An epoch's key that is an identity's certifies nothing.
    ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(IDENTITY_SEED, IDENTITY_SEED);
    ledger.event();
    let receipt = Receipt {
        certificate: Some(ledger.header(1)),
        checkpoint: ledger.epoch_note_by(IDENTITY_SEED, 1),
        ..ledger.receipt(2)
    };
    let outcome = ledger.verify(&receipt);
    assert!(matches!(
        outcome,
        Err(ReceiptError::CertificateRefused { .. })
    ));
}

#[test]
fn an_identity_with_an_unknown_key_is_not_judged() {
    let unknown = |signature_type| UnknownKey::from_typed_bytes(&[signature_type, 1]).unwrap();
    let beside: fn(&mut IdentityChange) = |change| {
        let key = UnknownKey::from_typed_bytes(&[6, 1]).unwrap();
        change.identity = IdentityKeys::new(public_key(SECOND).into(), vec![key]).unwrap();
    };
    // The second identity has two keys, and so what it signs has two signatures.
    let mut ledger = Ledger::default();
    ledger.push(header_file(genesis_header()));
    ledger.epoch(EPOCH_SEED, IDENTITY_SEED);
    ledger.identity(SECOND, IDENTITY_SEED, beside);
    let certificate = EpochCertificate {
        first: 3,
        root: ledger.root(),
        key: public_key(31),
        ..certificate(100)
    };
    let statement = certificate.encode();
    let signature = sign(SECOND, &EpochCertificate::message(&statement));
    ledger.key_event(RecordKind::Epoch, &statement, &[&signature, b"not known"]);
    ledger.event();
    let receipt = Receipt {
        genesis: Some(ledger.header(0)),
        identities: vec![ledger.header(2)],
        checkpoint: ledger.note_by(SECOND),
        ..ledger.receipt(4)
    };
    let told = crate::verify::UnknownKeyType {
        signature_type: unknown(6).signature_type(),
        sequence: 2,
    };
    let unjudged = ReceiptError::Unjudged(vec![told]);
    assert_eq!(
        unjudged.to_string(),
        "it can't be judged: record 2 introduces a key of type 0x06, which is not known"
    );
    assert_eq!(unjudged.failure(), ReceiptFailure::Unjudged);
    assert_eq!(ledger.verify(&receipt), Err(unjudged));
    // What is wrong is told first.
    let mut wrong = receipt.clone();
    wrong.previous = ledger.chains[3];
    assert_eq!(ledger.verify(&wrong), Err(ReceiptError::NotIncluded));
    let wrong = Receipt {
        checkpoint: ledger.note_by(IDENTITY_SEED),
        ..receipt
    };
    assert!(matches!(
        ledger.verify(&wrong),
        Err(ReceiptError::Checkpoint(_))
    ));
}
