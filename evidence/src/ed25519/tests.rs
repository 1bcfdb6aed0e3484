//! Which public keys are accepted.

use super::*;
use crate::testing::{sign, signing_key};

fn bytes_of(text: &str) -> [u8; 32] {
    let digits: Vec<_> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let bytes: Vec<_> = digits
        .chunks(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect();
    bytes.try_into().unwrap()
}

/// One point of each small order, canonically encoded.
fn small_order_points() -> [[u8; 32]; 4] {
    [
        bytes_of("0100000000000000000000000000000000000000000000000000000000000000"),
        bytes_of("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        bytes_of("0000000000000000000000000000000000000000000000000000000000000000"),
        bytes_of("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    ]
}

#[test]
fn a_key_verifies_its_own_signatures_and_no_others() {
    let bytes = signing_key(7).verifying_key().to_bytes();
    let key = PublicKey::from_bytes(bytes).unwrap();
    assert_eq!(key.as_bytes(), &bytes);
    let signature = sign(7, b"message");
    assert!(key.verify(b"message", &signature));
    assert!(!key.verify(b"massage", &signature));
    assert!(!key.verify(b"message", &sign(8, b"message")));
    for position in 0..64 {
        let mut tampered = signature;
        tampered[position] ^= 1;
        assert!(!key.verify(b"message", &tampered), "byte {position}");
    }
}

#[test]
fn points_of_small_order_are_refused() {
    for bytes in small_order_points() {
        assert_eq!(
            PublicKey::from_bytes(bytes),
            Err(KeyError::SmallOrder),
            "{bytes:02x?}"
        );
    }
}

#[test]
fn points_with_torsion_are_refused() {
    let good = signing_key(7).verifying_key().to_edwards();
    for small in small_order_points().into_iter().skip(1) {
        let small = VerifyingKey::from_bytes(&small).unwrap().to_edwards();
        let mixed = (good + small).compress().to_bytes();
        assert_eq!(
            PublicKey::from_bytes(mixed),
            Err(KeyError::Torsion),
            "{mixed:02x?}"
        );
    }
}

#[test]
fn what_is_no_canonical_point_is_refused() {
    // 2^255 - 18, which is 1 in another encoding.
    let one = bytes_of("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    assert!(matches!(
        PublicKey::from_bytes(one),
        Err(KeyError::NotCanonical | KeyError::NotAPoint)
    ));
    let not_a_point = (0..=255_u8)
        .map(|number| {
            let mut bytes = [0; 32];
            bytes[0] = number;
            PublicKey::from_bytes(bytes)
        })
        .filter(|key| *key == Err(KeyError::NotAPoint))
        .count();
    assert!(
        not_a_point > 64,
        "about half of all numbers are no point, found {not_a_point}"
    );
}
