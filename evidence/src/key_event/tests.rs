//! Statements come back as they were, and hold only for their own ledger and key.

use super::*;
use crate::hash::{ChainHash, TreeHash};
use crate::header::{Header, RecordKind};
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, certificate, certificate_header, check_every_flip, genesis,
    genesis_header, identity_key, origin, public_key, sign,
};

fn successor() -> Genesis {
    let lost = "origin\n1\nroot\n\n\u{2014} name AAAAAAA=\n".to_owned();
    let predecessor = Predecessor {
        origin: origin(),
        size: 70_000,
        root: TreeHash::from_bytes([4; 32]),
        chain: ChainHash::from_bytes([5; 32]),
        lost: Some(lost),
    };
    Genesis {
        recovery: Some(public_key(9)),
        predecessor: Some(predecessor),
        ..genesis()
    }
}

fn genesis_again(bytes: &[u8]) -> Option<Vec<u8>> {
    Genesis::decode(bytes).ok().map(|genesis| genesis.encode())
}

fn certificate_again(bytes: &[u8]) -> Option<Vec<u8>> {
    EpochCertificate::decode(bytes)
        .ok()
        .map(|certificate| certificate.encode())
}

#[test]
fn no_changed_byte_passes_unseen() {
    for genesis in [genesis(), successor()] {
        assert_eq!(Genesis::decode(&genesis.encode()), Ok(genesis.clone()));
        check_every_flip(&genesis.encode(), genesis_again);
    }
    assert_eq!(
        EpochCertificate::decode(&certificate(9).encode()),
        Ok(certificate(9))
    );
    check_every_flip(&certificate(9).encode(), certificate_again);
}

#[test]
fn keys_are_in_the_order_of_their_encodings() {
    for bytes in [successor().encode(), certificate(9).encode()] {
        let mut decoder = minicbor::Decoder::new(&bytes);
        let mut maps = vec![decoder.map().unwrap().unwrap()];
        let mut previous = String::new();
        while let Some(left) = maps.last_mut() {
            if *left == 0 {
                maps.pop();
                continue;
            }
            *left -= 1;
            let key = decoder.str().unwrap().to_owned();
            assert!(
                crate::cbor::compare_keys(&previous, &key).is_lt(),
                "{previous} {key}"
            );
            previous.clone_from(&key);
            if key == "predecessor" {
                previous.clear();
                maps.push(decoder.map().unwrap().unwrap());
            } else {
                decoder.skip().unwrap();
            }
        }
        assert_eq!(decoder.position(), bytes.len());
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

    let mut forged = signed.clone();
    forged.signatures[0] = sign(EPOCH_SEED, &Genesis::message(signed.statement));
    assert_eq!(
        Genesis::verify(&forged, &identity_key()),
        Err(KeyEventError::BadSignature)
    );
    // A signature over the same bytes as another kind of statement.
    forged.signatures[0] = sign(IDENTITY_SEED, &EpochCertificate::message(signed.statement));
    assert_eq!(
        Genesis::verify(&forged, &identity_key()),
        Err(KeyEventError::BadSignature)
    );
}

#[test]
fn a_certificate_holds_under_the_identity_key() {
    let header = certificate_header(&certificate(9), IDENTITY_SEED);
    let Ok(Header {
        kind: RecordKind::Epoch(signed),
        ..
    }) = Header::decode(&header)
    else {
        panic!("not a certificate");
    };
    assert_eq!(
        EpochCertificate::verify(&signed, &identity_key()),
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
    let refused = EpochCertificate::verify(&signed, &elsewhere);
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
    let refused = EpochCertificate::verify(&signed, &identity_key());
    assert_eq!(refused, Err(KeyEventError::BadSignature));
}

#[test]
fn bad_public_keys_are_refused_in_statements() {
    let good = certificate(9).encode();
    let key = good
        .windows(32)
        .position(|w| w == public_key(EPOCH_SEED).as_bytes())
        .unwrap();
    let mut other_type = good.clone();
    other_type[key - 1] = 2;
    let mut small_order = good.clone();
    small_order[key..key + 32].fill(0);
    for bytes in [other_type, small_order] {
        let refused = EpochCertificate::decode(&bytes);
        assert!(
            matches!(refused, Err(RecordError::Invalid { field: "key", .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn exactly_one_identity_key_is_named() {
    let two = Genesis {
        identity: vec![public_key(1), public_key(2)],
        ..genesis()
    };
    let none = Genesis {
        identity: vec![],
        ..genesis()
    };
    for genesis in [two, none] {
        let refused = Genesis::decode(&genesis.encode());
        let Err(RecordError::Encoding(CborError::WrongCount { expected: 1, .. })) = refused else {
            panic!("{refused:?}");
        };
    }
}
