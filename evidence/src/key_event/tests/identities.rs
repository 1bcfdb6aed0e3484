//! What an identity can be.

use super::*;
use crate::testing::certificate;

/// The statement of genesis with these bytes for its identity.
fn with_identity(keys: &[&[u8]]) -> Result<Genesis, RecordError> {
    let good = genesis().encode();
    let mut own = Vec::new();
    Encoder::new(&mut own).array(1);
    typed_key::write_key(&public_key(1), &mut Encoder::new(&mut own));
    let at = good
        .windows(own.len())
        .position(|window| window == own)
        .unwrap();
    let mut bytes = good[..at].to_vec();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.array(keys.len());
    keys.iter().for_each(|key| encoder.bytes(key));
    bytes.extend_from_slice(&good[at + own.len()..]);
    let decoded = Genesis::decode(&bytes)?;
    assert_eq!(decoded.encode(), bytes);
    Ok(decoded)
}

fn ed25519(seed: u8) -> Vec<u8> {
    [&[1], public_key(seed).as_bytes().as_slice()].concat()
}

#[test]
fn an_identity_has_one_to_four_keys_of_different_types() {
    let (first, second) = (ed25519(1), ed25519(2));
    for (keys, good) in [
        (&[][..], false),
        (&[&first[..]], true),
        (&[&first, b"\x06a"], true),
        (&[&first, b"\x02a", b"\x06a", b"\xffa"], true),
        (&[&first, b"\x02a", b"\x06a", b"\x07a", b"\x08a"], false),
        (&[&first, b"\x06a", b"\x02a"], false),
        (&[&first, b"\x06a", b"\x06b"], false),
        (&[&first, &second], false),
        (&[&first, b"\x06a", &second], false),
    ] {
        assert_eq!(with_identity(keys).is_ok(), good, "{keys:?}");
    }
}

#[test]
fn a_key_of_an_unknown_type_is_kept_as_it_is() {
    let longest = vec![6; 2_048];
    let first = ed25519(1);
    let genesis = with_identity(&[&first, &longest]).unwrap();
    let unknown: Vec<_> = genesis.identity.unknown().collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].signature_type(), 6);
    assert_eq!(unknown[0].typed_bytes(), longest);
    for length in [0, 1, 2_049] {
        let refused = with_identity(&[&first, &vec![6; length]]);
        assert!(refused.is_err(), "{length}");
    }
    // A first key of such a type is one that only a later version can judge.
    let later = with_identity(&[b"\x06a", b"\x07a"]).unwrap();
    assert_eq!(later.identity.key(), None);
    assert_eq!(later.identity.unknown().count(), 2);
    assert!(with_identity(&[b"\x06a", &first]).is_err());
    assert!(with_identity(&[b"\x06a", b"\x06b"]).is_err());
}

#[test]
fn bad_public_keys_are_refused_in_statements() {
    let good = certificate(9).encode();
    let key = good
        .windows(32)
        .position(|w| w == public_key(crate::testing::EPOCH_SEED).as_bytes())
        .unwrap();
    // All but identities have keys of the one known type.
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
    for bad in [&[1; 32][..], &[1; 34], &[&[1][..], &[0; 32]].concat()] {
        assert!(with_identity(&[bad]).is_err());
        assert!(with_identity(&[&ed25519(1), bad]).is_err());
    }
}

#[test]
fn a_reason_comes_with_a_place() {
    let draft = IdentityChange {
        sequence: None,
        ..change()
    };
    assert_eq!(IdentityChange::decode(&draft.encode()), Ok(draft.clone()));
    let explained = IdentityChange {
        reason: Some("lost".to_owned()),
        ..draft
    };
    assert!(IdentityChange::decode(&explained.encode()).is_err());
}
