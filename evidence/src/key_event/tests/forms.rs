//! Every statement comes back, and no changed byte of one passes unseen.

use proptest::prelude::*;

use super::*;
use crate::testing::{certificate, check_every_flip, check_every_mutation};

/// Decodes a statement and encodes it again.
macro_rules! again {
    ($kind:ident) => {
        |bytes: &[u8]| $kind::decode(bytes).ok().map(|it| it.encode())
    };
}

/// One of each kind with and without what is optional, and how each is encoded again.
type Again = fn(&[u8]) -> Option<Vec<u8>>;

fn all() -> Vec<(Vec<u8>, Again)> {
    let draft = IdentityChange {
        sequence: None,
        ..change()
    };
    let rotated = IdentityChange {
        reason: Some("lost".to_owned()),
        identity: two_keys(7),
        ..change()
    };
    let release = Hold {
        action: HoldAction::Release,
        ..place(None, None)
    };
    vec![
        (genesis().encode(), again!(Genesis)),
        (successor().encode(), again!(Genesis)),
        (certificate(9).encode(), again!(EpochCertificate)),
        (change().encode(), again!(IdentityChange)),
        (draft.encode(), again!(IdentityChange)),
        (rotated.encode(), again!(IdentityChange)),
        (revocation(public_key(3), None).encode(), again!(Revocation)),
        (
            revocation(TypedKey::Unknown(unknown(6, 1)), Some("lost")).encode(),
            again!(Revocation),
        ),
        (kek(None).encode(), again!(KekChange)),
        (kek(Some("moved")).encode(), again!(KekChange)),
        (data_key().encode(), again!(DataKeyChange)),
        (erasure(&[1, 2, 3]).encode(), again!(Erasure)),
        (place(None, None).encode(), again!(Hold)),
        (
            place(Some(ids(&[1, 2])), Some("case 7")).encode(),
            again!(Hold),
        ),
        (release.encode(), again!(Hold)),
        (
            settings_change(settings(), None).encode(),
            again!(SettingsChange),
        ),
        (
            settings_change(full_settings(), Some("the board's wish")).encode(),
            again!(SettingsChange),
        ),
        (registration(&[]).encode(), again!(ProducerChange)),
        (
            registration(&["urn:a", "urn:b"]).encode(),
            again!(ProducerChange),
        ),
        (producer_revocation(None).encode(), again!(ProducerChange)),
        (
            producer_revocation(Some("lost")).encode(),
            again!(ProducerChange),
        ),
        (disposal(&[(2, 7)], false).encode(), again!(Disposal)),
        (
            disposal(&[(2, 7), (8, 70_000)], true).encode(),
            again!(Disposal),
        ),
        (closed(None, None).encode(), again!(Closed)),
        (
            closed(Some("wound up"), Some(SUCCESSOR)).encode(),
            again!(Closed),
        ),
    ]
}

#[test]
fn no_changed_byte_passes_unseen() {
    for (statement, again) in all() {
        check_every_flip(&statement, again);
    }
    // Those without a public key are quick to decode.
    let statement = settings_change(full_settings(), Some("r")).encode();
    check_every_mutation(&statement, again!(SettingsChange));
    let statement = disposal(&[(2, 7), (8, 70_000)], true).encode();
    check_every_mutation(&statement, again!(Disposal));
}

#[test]
fn what_is_stated_is_what_is_read() {
    assert_eq!(Genesis::decode(&successor().encode()), Ok(successor()));
    let settings = settings_change(full_settings(), Some("r"));
    assert_eq!(SettingsChange::decode(&settings.encode()), Ok(settings));
    for producer in [registration(&["a", "b"]), producer_revocation(Some("r"))] {
        assert_eq!(ProducerChange::decode(&producer.encode()), Ok(producer));
    }
    let disposal = disposal(&[(0, 1), (2, 3)], true);
    assert_eq!(Disposal::decode(&disposal.encode()), Ok(disposal));
    let closed = closed(Some("r"), Some(SUCCESSOR));
    assert_eq!(Closed::decode(&closed.encode()), Ok(closed));
}

/// Holds the keys of every map in an item to their order, by another reader.
fn check_order(decoder: &mut minicbor::Decoder<'_>) {
    use minicbor::data::Type;
    match decoder.datatype().unwrap() {
        Type::Map => {
            let mut previous = String::new();
            for _ in 0..decoder.map().unwrap().unwrap() {
                let key = decoder.str().unwrap().to_owned();
                let order = crate::cbor::compare_keys(&previous, &key);
                assert!(order.is_lt(), "{previous} {key}");
                previous = key;
                check_order(decoder);
            }
        }
        Type::Array => {
            for _ in 0..decoder.array().unwrap().unwrap() {
                check_order(decoder);
            }
        }
        _ => decoder.skip().unwrap(),
    }
}

#[test]
fn keys_are_in_the_order_of_their_encodings() {
    for (statement, _) in all() {
        let mut decoder = minicbor::Decoder::new(&statement);
        check_order(&mut decoder);
        assert_eq!(decoder.position(), statement.len());
    }
    let proof = ProducerChange::proof_message(&origin(), &public_key(8), "n", &["s".to_owned()]);
    let recovery = change().recovery_message();
    for (prefix, message) in [
        (&b"indelible/producer-proof@v1\n"[..], proof),
        (b"indelible/recovery@v1\n", recovery),
    ] {
        let map = message.strip_prefix(prefix).unwrap();
        check_order(&mut minicbor::Decoder::new(map));
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
    for words in [text(1_025), String::new(), "a\nb".to_owned()] {
        assert!(check_statement_text("basis", &words).is_err());
        let words = words.as_str();
        let statement = Erasure {
            basis: words.to_owned(),
            ..erasure(&[1])
        };
        assert!(Erasure::decode(&statement.encode()).is_err());
        assert!(Hold::decode(&place(None, Some(words)).encode()).is_err());
        assert!(KekChange::decode(&kek(Some(words)).encode()).is_err());
        assert!(Closed::decode(&closed(Some(words), None).encode()).is_err());
        let rotated = IdentityChange {
            reason: Some(words.to_owned()),
            ..change()
        };
        assert!(IdentityChange::decode(&rotated.encode()).is_err());
        let settings = settings_change(settings(), Some(words));
        assert!(SettingsChange::decode(&settings.encode()).is_err());
        let revoked = producer_revocation(Some(words));
        assert!(ProducerChange::decode(&revoked.encode()).is_err());
    }
    let provided = |length| KekChange {
        provider: text(length),
        ..kek(None)
    };
    assert!(KekChange::decode(&provided(64).encode()).is_ok());
    assert!(KekChange::decode(&provided(65).encode()).is_err());
}

#[test]
fn a_span_of_an_epoch_is_not_empty() {
    for (last, good) in [(0, false), (1, false), (2, true)] {
        let decoded = EpochCertificate::decode(&certificate(last).encode());
        assert_eq!(decoded.is_ok(), good, "{last}");
    }
}

#[test]
fn a_ledger_neither_succeeds_nor_precedes_itself() {
    let mut genesis = successor();
    genesis.predecessor.as_mut().unwrap().origin = origin();
    assert!(Genesis::decode(&genesis.encode()).is_err());
    let end = closed(None, Some(origin().as_str()));
    assert!(Closed::decode(&end.encode()).is_err());
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
        let reason = (!whole).then_some(words.as_str());
        let identity = IdentityChange {
            prior,
            identity: public_key(seed).into(),
            reason: reason.map(str::to_owned),
            ..change()
        };
        prop_assert_eq!(IdentityChange::decode(&identity.encode()), Ok(identity));
        let revoked = Revocation { size, ..revocation(public_key(seed), reason) };
        prop_assert_eq!(Revocation::decode(&revoked.encode()), Ok(revoked));
        let provider = words.chars().take(16).collect();
        let kek = KekChange { kek: id, provider, ..kek(reason) };
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
        for (_, again) in all() {
            if let Some(again) = again(&bytes) {
                prop_assert_eq!(&again, &bytes);
            }
        }
    }
}
