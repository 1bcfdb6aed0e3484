//! Statements hold only under the keys that must have signed them.

use super::*;
use crate::header::{Header, RecordKind, SignedStatement};
use crate::note::{SignatureType, VerifierKey};
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, certificate, certificate_header, genesis_header, identity,
    identity_key, sign,
};

fn signed<'a>(statement: &'a [u8], signatures: &'a [[u8; 64]]) -> SignedStatement<'a> {
    SignedStatement {
        statement,
        signatures: signatures.iter().map(<[u8; 64]>::as_slice).collect(),
    }
}

#[test]
fn genesis_holds_under_the_key_that_it_names() {
    let header = genesis_header();
    let Ok(Header {
        kind: RecordKind::Genesis(signed),
        ..
    }) = Header::decode(&header)
    else {
        panic!("not a genesis record");
    };
    assert_eq!(Genesis::verify(&signed, &identity_key()), Ok(genesis()));

    let other = VerifierKey::new(
        origin().as_str(),
        SignatureType::Ed25519,
        *public_key(EPOCH_SEED).as_bytes(),
    )
    .unwrap();
    assert_eq!(
        Genesis::verify(&signed, &other),
        Err(KeyEventError::OtherIdentity)
    );

    let mut twice = signed.clone();
    twice.signatures.push(twice.signatures[0]);
    let count = KeyEventError::SignatureCount {
        expected: 1,
        found: 2,
    };
    assert_eq!(Genesis::verify(&twice, &identity_key()), Err(count));

    for forged in [
        sign(EPOCH_SEED, &Genesis::message(signed.statement)).to_vec(),
        // A signature over the same bytes as another kind of statement.
        sign(IDENTITY_SEED, &EpochCertificate::message(signed.statement)).to_vec(),
        // A signature of another length than the key's type has.
        signed.signatures[0][..63].to_vec(),
        [signed.signatures[0], &[0]].concat(),
    ] {
        let forged = SignedStatement {
            statement: signed.statement,
            signatures: vec![&forged],
        };
        assert_eq!(
            Genesis::verify(&forged, &identity_key()),
            Err(KeyEventError::BadSignature)
        );
    }
}

#[test]
fn the_recovery_key_is_not_the_identitys() {
    let genesis = Genesis {
        recovery: Some(public_key(IDENTITY_SEED)),
        ..genesis()
    };
    let statement = genesis.encode();
    let signature = [sign(IDENTITY_SEED, &Genesis::message(&statement))];
    let refused = Genesis::verify(&signed(&statement, &signature), &identity_key());
    assert_eq!(refused, Err(KeyEventError::SameKey));
}

#[test]
fn a_certificate_holds_under_the_identity() {
    let header = certificate_header(&certificate(9), IDENTITY_SEED);
    let Ok(Header {
        kind: RecordKind::Epoch(signed),
        ..
    }) = Header::decode(&header)
    else {
        panic!("not a certificate");
    };
    assert_eq!(
        EpochCertificate::verify(&signed, &identity()),
        Ok(certificate(9))
    );
    let message = EpochCertificate::message(signed.statement);
    assert!(message.starts_with(b"indelible/epoch@v1\n\xa5\x63key"));

    let elsewhere = VerifierKey::new(
        "audit.example.com/payments/000102abcdee",
        SignatureType::Ed25519,
        identity_key().public(),
    )
    .unwrap();
    let refused = EpochCertificate::verify(&signed, &LedgerIdentity::pinned(elsewhere));
    assert!(
        matches!(refused, Err(KeyEventError::OtherOrigin { .. })),
        "{refused:?}"
    );

    let header = certificate_header(&certificate(9), EPOCH_SEED);
    let Ok(Header {
        kind: RecordKind::Epoch(signed),
        ..
    }) = Header::decode(&header)
    else {
        panic!("not a certificate");
    };
    let refused = EpochCertificate::verify(&signed, &identity());
    assert_eq!(refused, Err(KeyEventError::BadSignature));
}

#[test]
fn each_key_of_an_identity_signs() {
    let identity = identity().followed_by(two_keys(IDENTITY_SEED));
    let statement = data_key().encode();
    let good = sign(IDENTITY_SEED, &DataKeyChange::message(&statement));
    let bad = sign(EPOCH_SEED, &DataKeyChange::message(&statement));
    let verify = |signatures: &[&[u8]]| {
        let signed = SignedStatement {
            statement: &statement,
            signatures: signatures.to_vec(),
        };
        DataKeyChange::verify(&signed, &identity)
    };
    // What a key of an unknown type signed is counted and not judged.
    assert_eq!(verify(&[&good, b"whatever"]), Ok(data_key()));
    assert_eq!(
        verify(&[&bad, b"whatever"]),
        Err(KeyEventError::BadSignature)
    );
    assert_eq!(
        verify(&[b"whatever", &good]),
        Err(KeyEventError::BadSignature)
    );
    for signatures in [&[&good[..]][..], &[&good, b"a", b"b"]] {
        let (expected, found) = (2, signatures.len());
        let count = KeyEventError::SignatureCount { expected, found };
        assert_eq!(verify(signatures), Err(count));
    }
}

/// What becomes of a new identity that these keys signed, each over that message.
fn verify_change(
    change: &IdentityChange,
    signatures: &[[u8; 64]],
    recovery: Option<u8>,
) -> Result<IdentityChange, KeyEventError> {
    let statement = change.encode();
    let recovery = recovery.map(public_key);
    IdentityChange::verify(
        &signed(&statement, signatures),
        &identity(),
        recovery.as_ref(),
    )
}

#[test]
fn a_new_identity_is_signed_by_itself_and_by_the_one_before() {
    let message = IdentityChange::message(&change().encode());
    let verify = |signers: &[u8]| {
        let signatures: Vec<_> = signers.iter().map(|seed| sign(*seed, &message)).collect();
        verify_change(&change(), &signatures, None)
    };
    assert_eq!(verify(&[7, IDENTITY_SEED]), Ok(change()));
    let bad = Err(KeyEventError::BadSignature);
    assert_eq!(verify(&[IDENTITY_SEED, 7]), bad);
    assert_eq!(verify(&[7, 7]), bad);
    assert_eq!(verify(&[IDENTITY_SEED, IDENTITY_SEED]), bad);
    assert_eq!(verify(&[7, 9]), bad);
    for signers in [&[7][..], &[7, IDENTITY_SEED, 9]] {
        let (expected, found) = (2, signers.len());
        let count = KeyEventError::SignatureCount { expected, found };
        assert_eq!(verify(signers), Err(count));
    }
}

#[test]
fn a_new_identity_of_several_keys_is_signed_by_all_of_them() {
    let change = IdentityChange {
        identity: two_keys(7),
        ..change()
    };
    let message = IdentityChange::message(&change.encode());
    let [new, old, any] = [sign(7, &message), sign(IDENTITY_SEED, &message), [5; 64]];
    assert!(verify_change(&change, &[new, any, old], None).is_ok());
    let bad = Err(KeyEventError::BadSignature);
    assert_eq!(verify_change(&change, &[new, old, any], None), bad);
    assert_eq!(verify_change(&change, &[any, any, old], None), bad);
    let short = verify_change(&change, &[new, old], None);
    assert!(matches!(short, Err(KeyEventError::SignatureCount { .. })));
}

#[test]
fn the_recovery_key_signs_no_place() {
    let change = change();
    let message = IdentityChange::message(&change.encode());
    let recovery = change.recovery_message();
    assert!(recovery.starts_with(b"indelible/recovery@v1\n\xa3\x65prior"));
    let elsewhere = IdentityChange {
        sequence: Some(46),
        reason: Some("lost".to_owned()),
        ..change.clone()
    };
    assert_eq!(elsewhere.recovery_message(), recovery);

    let verify = |second: [u8; 64]| verify_change(&change, &[sign(7, &message), second], Some(9));
    assert_eq!(verify(sign(9, &recovery)), Ok(change.clone()));
    let bad = Err(KeyEventError::BadSignature);
    assert_eq!(verify(sign(9, &message)), bad, "the first draft's form");
    assert_eq!(
        verify(sign(IDENTITY_SEED, &message)),
        bad,
        "the old key alone"
    );
    assert_eq!(verify(sign(IDENTITY_SEED, &recovery)), bad);
    let three = [
        sign(7, &message),
        sign(IDENTITY_SEED, &message),
        sign(9, &recovery),
    ];
    let count = verify_change(&change, &three, Some(9));
    assert!(matches!(count, Err(KeyEventError::SignatureCount { .. })));
}

#[test]
fn what_the_first_draft_made_is_still_verified() {
    let draft = IdentityChange {
        sequence: None,
        ..change()
    };
    let message = IdentityChange::message(&draft.encode());
    let by = |second, message: &[u8], recovery| {
        let first = sign(7, &IdentityChange::message(&draft.encode()));
        verify_change(&draft, &[first, sign(second, message)], recovery)
    };
    assert_eq!(by(9, &message, Some(9)), Ok(draft.clone()));
    assert_eq!(by(IDENTITY_SEED, &message, None), Ok(draft.clone()));
    let later = change().recovery_message();
    assert_eq!(by(9, &later, Some(9)), Err(KeyEventError::BadSignature));
}

#[test]
fn a_signature_is_one_of_its_own_kind() {
    let statement = erasure(&[1]).encode();
    let by = |message: Vec<u8>| {
        let signatures = [sign(IDENTITY_SEED, &message)];
        Erasure::verify(&signed(&statement, &signatures), &identity())
    };
    assert_eq!(by(Erasure::message(&statement)), Ok(erasure(&[1])));
    for message in [
        Hold::message(&statement),
        KekChange::message(&statement),
        DataKeyChange::message(&statement),
        Revocation::message(&statement),
        IdentityChange::message(&statement),
        Genesis::message(&statement),
        SettingsChange::message(&statement),
        ProducerChange::message(&statement),
        Disposal::message(&statement),
        Closed::message(&statement),
        statement.clone(),
    ] {
        assert_eq!(by(message), Err(KeyEventError::BadSignature));
    }
    for (message, prefix) in [
        (Erasure::message(b""), "indelible/erasure@v1\n"),
        (DataKeyChange::message(b""), "indelible/data-key@v1\n"),
        (SettingsChange::message(b""), "indelible/settings@v1\n"),
        (ProducerChange::message(b""), "indelible/producer@v1\n"),
        (Disposal::message(b""), "indelible/disposal@v1\n"),
        (Closed::message(b""), "indelible/closed@v1\n"),
    ] {
        assert_eq!(message, prefix.as_bytes());
    }
}

#[test]
fn a_registration_is_signed_and_proven() {
    let verify = |change: &ProducerChange, signer| {
        let statement = change.encode();
        let signatures = [sign(signer, &ProducerChange::message(&statement))];
        ProducerChange::verify(&signed(&statement, &signatures), &identity())
    };
    assert_eq!(
        verify(&registration(&[]), IDENTITY_SEED),
        Ok(registration(&[]))
    );
    assert_eq!(
        verify(&registration(&[]), 8),
        Err(KeyEventError::BadSignature)
    );
    let mut unproven = registration(&[]);
    if let ProducerAction::Register { proof, .. } = &mut unproven.action {
        *proof = sign(8, b"something else");
    }
    assert_eq!(
        verify(&unproven, IDENTITY_SEED),
        Err(KeyEventError::NotProven)
    );
}
