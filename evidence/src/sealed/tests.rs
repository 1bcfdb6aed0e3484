//! What is sealed opens under its own key, in its own place, and nowhere else.

use super::*;
use crate::testing::origin;

const DATA_KEY: [u8; 32] = [7; 32];

fn id() -> DataKeyId {
    DataKeyId::from_bytes([8; 16])
}

fn tag() -> IdentityTag {
    IdentityTag::from_bytes([9; 16])
}

fn key(salt: u8) -> EventKey {
    EventKey::derive(&DATA_KEY, &id(), &Salt::from_bytes([salt; 32]))
}

fn sealed(part: PartKind, plain: &[u8]) -> Vec<u8> {
    let (key, origin) = (key(1), origin());
    let mut out = b"before".to_vec();
    EventCipher::new(&key, &origin, id())
        .seal_into(part, &tag(), plain, &mut out)
        .unwrap();
    assert_eq!(&out[..6], b"before");
    out.split_off(6)
}

#[test]
fn the_derivations_are_those_of_the_page() {
    let salt = [1; 32];
    let input = [&DATA_KEY[..], id().as_bytes(), &salt].concat();
    let expected = blake3::derive_key("indelible 2026-11-20 event key v0", &input);
    assert_eq!(key(1).as_bytes(), &expected);
    assert_eq!(format!("{:?}", key(1)), "EventKey(..)");
    assert_eq!(
        key(1).commitment().as_bytes(),
        &blake3::derive_key("indelible 2026-11-20 event key commitment v0", &expected)
    );
    let input = [&expected[..], &[0x12]].concat();
    assert_eq!(
        key(1).inner_salt(PartKind::Payload).as_bytes(),
        &blake3::derive_key("indelible 2026-11-20 inner salt v0", &input)
    );
}

#[test]
fn the_layout_is_that_of_the_page() {
    use aes_gcm::aead::Aead;
    use aes_gcm::aead::Payload;
    let cipher_key = blake3::derive_key("indelible 2026-11-20 cipher key v0", key(1).as_bytes());
    let mut aad = b"indelible/sealed@v0\n\x12".to_vec();
    aad.extend_from_slice(&[8; 16]);
    aad.extend_from_slice(&[9; 16]);
    aad.extend_from_slice(origin().as_str().as_bytes());
    let inner = blake3::keyed_hash(
        key(1).inner_salt(PartKind::Payload).as_bytes(),
        b"\x02the payload",
    );
    let msg = [inner.as_bytes().as_slice(), b"the payload"].concat();
    let expected = Aes256Gcm::new(&cipher_key.into())
        .encrypt(
            &Nonce::from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12]),
            Payload {
                msg: &msg,
                aad: &aad,
            },
        )
        .unwrap();
    let found = sealed(PartKind::Payload, b"the payload");
    assert_eq!(found, [&[9; 16][..], &expected].concat());
    assert_eq!(found.len(), b"the payload".len() + SEALED_OVERHEAD_BYTES);
    assert_eq!(identity_tag(&found), Some(tag()));
}

#[test]
fn what_was_sealed_opens() {
    let (key, origin) = (key(1), origin());
    let by = EventCipher::new(&key, &origin, id()).sealed_by();
    let opener = EventCipher::for_event(&key, &origin, &by).unwrap();
    for part in [PartKind::Body, PartKind::Payload] {
        for length in [0, 1, 15, 16, 17, 1_000, part.plain_bytes_max()] {
            let plain = vec![0x5a; length];
            let bytes = sealed(part, &plain);
            assert!(has_sealed_length(part, bytes.len()));
            assert_eq!(opener.open(part, &bytes), Ok(plain));
        }
    }
}

#[test]
fn what_is_too_long_is_not_sealed() {
    let (key, origin) = (key(1), origin());
    let cipher = EventCipher::new(&key, &origin, id());
    for part in [PartKind::Body, PartKind::Payload] {
        let mut out = vec![1];
        let plain = vec![0; part.plain_bytes_max() + 1];
        let refused = cipher.seal_into(part, &tag(), &plain, &mut out);
        assert_eq!(refused.unwrap_err().found, plain.len());
        assert_eq!(out, [1]);
        assert!(!has_sealed_length(part, plain.len() + 64));
        assert!(!has_sealed_length(part, 63));
    }
}

#[test]
fn no_flipped_bit_opens() {
    let (key, origin) = (key(1), origin());
    let cipher = EventCipher::new(&key, &origin, id());
    for part in [PartKind::Body, PartKind::Payload] {
        let good = sealed(part, b"some words");
        for bit in 0..good.len() * 8 {
            let mut flipped = good.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(cipher.open(part, &flipped), Err(DoesNotOpen), "bit {bit}");
        }
        for length in 0..good.len() {
            assert_eq!(cipher.open(part, &good[..length]), Err(DoesNotOpen));
        }
    }
}

#[test]
fn nothing_opens_in_another_place() {
    let (right, other) = (key(1), key(2));
    let (here, elsewhere) = (
        origin(),
        Origin::parse("audit.example.com/payments/000102abcdee").unwrap(),
    );
    let body = sealed(PartKind::Body, b"some words");
    let cipher = EventCipher::new(&right, &here, id());
    assert!(cipher.open(PartKind::Body, &body).is_ok());
    assert_eq!(cipher.open(PartKind::Payload, &body), Err(DoesNotOpen));
    for wrong in [
        EventCipher::new(&other, &here, id()),
        EventCipher::new(&right, &elsewhere, id()),
        EventCipher::new(&right, &here, DataKeyId::from_bytes([7; 16])),
    ] {
        assert_eq!(wrong.open(PartKind::Body, &body), Err(DoesNotOpen));
    }
    let by = cipher.sealed_by();
    assert!(EventCipher::for_event(&other, &here, &by).is_err());
    let mut commitment = *by.key_commitment.as_bytes();
    commitment[31] ^= 1;
    let by = SealedBy {
        key_commitment: KeyCommitment::from_bytes(commitment),
        ..by
    };
    assert!(EventCipher::for_event(&right, &here, &by).is_err());
}

/// Whoever holds the key can encrypt anything; what lies inside must still commit to the plaintext.
#[test]
fn the_inner_commitment_is_checked() {
    let (key, origin) = (key(1), origin());
    let cipher = EventCipher::new(&key, &origin, id());
    let mut text = [[0; 32].as_slice(), b"other words"].concat();
    let mut aad = [0; AAD_BYTES_MAX];
    let aad = cipher.write_aad(PartKind::Body, tag().as_bytes(), &mut aad);
    let gcm_tag = cipher
        .cipher
        .encrypt_inout_detached(&nonce(PartKind::Body), aad, text.as_mut_slice().into())
        .unwrap();
    let forged = [tag().as_bytes().as_slice(), &text, &gcm_tag].concat();
    assert_eq!(cipher.open(PartKind::Body, &forged), Err(DoesNotOpen));
}
