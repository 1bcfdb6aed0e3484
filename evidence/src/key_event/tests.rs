//! Statements come back as they were, and hold only for their own ledger and key.

use super::*;
use crate::hash::HoldId;
use crate::hash::{ChainHash, TreeHash};
use crate::header::{Header, RecordKind};
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, certificate, certificate_header, check_every_flip, genesis,
    genesis_header, identity_key, origin, public_key, sign,
};
use proptest::prelude::*;

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

fn signed(statement: &[u8], signatures: Vec<[u8; 64]>) -> SignedStatement<'_> {
    SignedStatement {
        statement,
        signatures,
    }
}

fn change() -> IdentityChange {
    IdentityChange {
        origin: origin(),
        prior: 0,
        identity: vec![public_key(7)],
    }
}

fn ids(numbers: &[u8]) -> Vec<DataKeyId> {
    let ids = numbers
        .iter()
        .map(|number| DataKeyId::from_bytes([*number; 16]));
    ids.collect()
}

fn erasure(numbers: &[u8]) -> Erasure {
    Erasure {
        origin: origin(),
        data_keys: ids(numbers),
        basis: "asked for".to_owned(),
    }
}

fn place(data_keys: Option<Vec<DataKeyId>>, reason: Option<&str>) -> Hold {
    Hold {
        origin: origin(),
        hold: HoldId::from_bytes([5; 16]),
        action: HoldAction::Place {
            data_keys,
            reason: reason.map(str::to_owned),
        },
    }
}

#[test]
fn no_changed_byte_of_the_other_kinds_passes_unseen() {
    check_every_flip(&change().encode(), |bytes| {
        IdentityChange::decode(bytes).ok().map(|it| it.encode())
    });
    for reason in [None, Some("lost".to_owned())] {
        let revocation = Revocation {
            origin: origin(),
            key: public_key(3),
            size: 70_000,
            reason,
        };
        check_every_flip(&revocation.encode(), |bytes| {
            Revocation::decode(bytes).ok().map(|it| it.encode())
        });
    }
    let kek = KekChange {
        origin: origin(),
        kek: [6; 16],
        provider: "pkcs11".to_owned(),
    };
    check_every_flip(&kek.encode(), |bytes| {
        KekChange::decode(bytes).ok().map(|it| it.encode())
    });
    let data_key = DataKeyChange {
        origin: origin(),
        data_key: DataKeyId::from_bytes([7; 16]),
    };
    check_every_flip(&data_key.encode(), |bytes| {
        DataKeyChange::decode(bytes).ok().map(|it| it.encode())
    });
    check_every_flip(&erasure(&[1, 2, 3]).encode(), |bytes| {
        Erasure::decode(bytes).ok().map(|it| it.encode())
    });
    let release = Hold {
        action: HoldAction::Release,
        ..place(None, None)
    };
    for hold in [
        place(None, None),
        place(Some(ids(&[1, 2])), Some("case 7")),
        release,
    ] {
        assert_eq!(Hold::decode(&hold.encode()), Ok(hold.clone()));
        check_every_flip(&hold.encode(), |bytes| {
            Hold::decode(bytes).ok().map(|it| it.encode())
        });
    }
}

#[test]
fn sets_of_data_keys_are_bounded_and_ascending() {
    let most: Vec<u8> = (0..64).collect();
    assert_eq!(
        Erasure::decode(&erasure(&most).encode()),
        Ok(erasure(&most))
    );
    let above: Vec<u8> = (0..65).collect();
    for numbers in [&[][..], &[2, 1], &[1, 1], &above] {
        let refused = Erasure::decode(&erasure(numbers).encode());
        let held = Hold::decode(&place(Some(ids(numbers)), None).encode());
        assert!(matches!(refused, Err(RecordError::Invalid { .. })));
        assert!(matches!(held, Err(RecordError::Invalid { .. })));
    }
}

#[test]
fn words_have_their_limits() {
    let text = |length: usize| "w".repeat(length);
    assert!(check_statement_text("basis", &text(1_024)).is_ok());
    for basis in [text(1_025), String::new(), "a\nb".to_owned()] {
        assert!(check_statement_text("basis", &basis).is_err());
        let statement = Erasure {
            basis: basis.clone(),
            ..erasure(&[1])
        };
        assert!(Erasure::decode(&statement.encode()).is_err());
        assert!(Hold::decode(&place(None, Some(&basis)).encode()).is_err());
    }
    let kek = |provider: String| KekChange {
        origin: origin(),
        kek: [6; 16],
        provider,
    };
    assert!(KekChange::decode(&kek(text(64)).encode()).is_ok());
    assert!(KekChange::decode(&kek(text(65)).encode()).is_err());
}

#[test]
fn a_new_identity_is_signed_by_itself_and_by_the_one_before() {
    let statement = change().encode();
    let message = IdentityChange::message(&statement);
    let verify = |signers: &[u8], recovery: Option<u8>| {
        let signatures = signers.iter().map(|seed| sign(*seed, &message)).collect();
        let recovery = recovery.map(public_key);
        let signed = signed(&statement, signatures);
        IdentityChange::verify(&signed, &identity_key(), recovery.as_ref())
    };
    assert_eq!(verify(&[7, IDENTITY_SEED], None), Ok(change()));
    assert_eq!(verify(&[7, 9], Some(9)), Ok(change()));
    let bad = Err(KeyEventError::BadSignature);
    assert_eq!(verify(&[IDENTITY_SEED, 7], None), bad);
    assert_eq!(verify(&[7, 7], None), bad);
    assert_eq!(verify(&[IDENTITY_SEED, IDENTITY_SEED], None), bad);
    assert_eq!(verify(&[7, 9], None), bad);
    assert_eq!(
        verify(&[7, IDENTITY_SEED], Some(9)),
        bad,
        "the old key alone"
    );
    for signers in [&[7][..], &[7, IDENTITY_SEED, 9]] {
        let (expected, found) = (2, signers.len());
        let count = KeyEventError::SignatureCount { expected, found };
        assert_eq!(verify(signers, None), Err(count));
    }
}

#[test]
fn a_signature_is_one_of_its_own_kind() {
    let statement = erasure(&[1]).encode();
    let by = |message: Vec<u8>| {
        let signatures = vec![sign(IDENTITY_SEED, &message)];
        Erasure::verify(&signed(&statement, signatures), &identity_key())
    };
    assert_eq!(by(Erasure::message(&statement)), Ok(erasure(&[1])));
    for message in [
        Hold::message(&statement),
        KekChange::message(&statement),
        DataKeyChange::message(&statement),
        Revocation::message(&statement),
        IdentityChange::message(&statement),
        Genesis::message(&statement),
        statement.clone(),
    ] {
        assert_eq!(by(message), Err(KeyEventError::BadSignature));
    }
    assert!(Erasure::message(b"").starts_with(b"indelible/erasure@v1\n"));
    assert!(DataKeyChange::message(b"").starts_with(b"indelible/data-key@v1\n"));
}

proptest! {
    #[test]
    fn statements_come_back(
        prior in 0..=crate::limits::UINT_MAX,
        size in 0..=crate::limits::UINT_MAX,
        seed in 1_u8..,
        words in "\\PC{1,80}",
        numbers in proptest::collection::btree_set(any::<[u8; 16]>(), 1..=64),
        id: [u8; 16],
        whole: bool,
    ) {
        let data_keys: Vec<_> = numbers.into_iter().map(DataKeyId::from_bytes).collect();
        let change = IdentityChange { prior, identity: vec![public_key(seed)], ..change() };
        prop_assert_eq!(IdentityChange::decode(&change.encode()), Ok(change));
        let reason = (!whole).then(|| words.clone());
        let revocation = Revocation { origin: origin(), key: public_key(seed), size, reason };
        prop_assert_eq!(Revocation::decode(&revocation.encode()), Ok(revocation));
        let provider = words.chars().take(16).collect();
        let kek = KekChange { origin: origin(), kek: id, provider };
        prop_assert_eq!(KekChange::decode(&kek.encode()), Ok(kek));
        let data_key = DataKeyChange { origin: origin(), data_key: DataKeyId::from_bytes(id) };
        prop_assert_eq!(DataKeyChange::decode(&data_key.encode()), Ok(data_key));
        let erasure = Erasure { origin: origin(), data_keys: data_keys.clone(), basis: words.clone() };
        prop_assert_eq!(Erasure::decode(&erasure.encode()), Ok(erasure));
        let hold = Hold { hold: HoldId::from_bytes(id), ..place((!whole).then_some(data_keys), Some(&words)) };
        prop_assert_eq!(Hold::decode(&hold.encode()), Ok(hold));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for again in [
            IdentityChange::decode(&bytes).map(|it| it.encode()),
            Revocation::decode(&bytes).map(|it| it.encode()),
            KekChange::decode(&bytes).map(|it| it.encode()),
            DataKeyChange::decode(&bytes).map(|it| it.encode()),
            Erasure::decode(&bytes).map(|it| it.encode()),
            Hold::decode(&bytes).map(|it| it.encode()),
        ].into_iter().flatten() {
            prop_assert_eq!(&again, &bytes);
        }
    }
}
