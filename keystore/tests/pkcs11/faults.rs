//! What tokens do that no software token does: they lock, hang, fail and have ways of their own.

use std::{
    thread,
    time::{Duration, Instant},
};

use indelible_keystore::{KekProvider, KeyError, MechanismChoice, ProviderFault, WrappedKey};

use crate::{
    cases::{RECOVERY_PAUSE, assert_opens, context, key, works},
    rig::{PIN, Rig, fault},
};

const GENERAL_ERROR: u32 = 0x05;
const FUNCTION_FAILED: u32 = 0x06;
const DEVICE_ERROR: u32 = 0x30;
const TOKEN_WRITE_PROTECTED: u32 = 0xe2;
const PIN_INCORRECT: u32 = 0xa0;
const PIN_LOCKED: u32 = 0xa4;

/// As AWS CloudHSM does: an IV that is not all zero is refused, and zeros are filled in.
pub(crate) fn takes_the_ivs_of_a_token_that_chooses_them(rig: &Rig) {
    rig.order("own-iv 1\n");
    let provider = rig.open();
    let detail = provider.describe().detail;
    assert!(detail.contains("token's own IVs"), "{detail}");
    works(&provider);
    let mut ivs = Vec::new();
    for _ in 0..8 {
        let wrapped = provider.wrap(&context(), &key()).expect("it wraps");
        let iv = wrapped.as_bytes()[67..79].to_vec();
        assert_ne!(iv, [0; 12]);
        assert!(!ivs.contains(&iv));
        ivs.push(iv);
    }
    // What it wrapped opens with one's own IVs too.
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    rig.order("");
    let other = rig.open();
    let opened = other.unwrap_key(&context(), &wrapped).expect("it opens");
    assert_eq!(opened.expose(), key.expose());
}

/// The same nonce for every key would give them all away.
pub(crate) fn refuses_a_token_that_promises_ivs_and_chooses_none(rig: &Rig) {
    rig.order("own-iv 2\n");
    let mut options = rig.options();
    options.mechanism = MechanismChoice::AesGcm;
    let (found, detail) = fault(rig.try_open(options, PIN));
    assert_eq!(found, ProviderFault::MechanismMissing);
    assert!(detail.contains("left it zero"), "{detail}");

    rig.order("own-iv 1\n");
    let provider = rig.open();
    rig.order("own-iv 2\n");
    let (found, detail) = fault(provider.wrap(&context(), &key()));
    assert_eq!(found, ProviderFault::InconsistentAnswer, "{detail}");
}

pub(crate) fn tells_a_damaged_key_from_a_failing_token(rig: &Rig) {
    let provider = rig.open();
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    let mut altered = wrapped.as_bytes().to_vec();
    *altered.last_mut().expect("a byte") ^= 1;
    let altered = WrappedKey::from_bytes(&altered).expect("it looks whole");
    for code in [GENERAL_ERROR, DEVICE_ERROR, FUNCTION_FAILED] {
        rig.order(&format!("damaged {code}\n"));
        let opened = provider.unwrap_key(&context(), &altered);
        assert!(
            matches!(opened, Err(KeyError::WrappedDamaged)),
            "{opened:?}"
        );
        provider.unwrap_key(&context(), &wrapped).expect("it opens");

        rig.order(&format!("decrypt {code}\n"));
        for wrapped in [&wrapped, &altered] {
            let (found, detail) = fault(provider.unwrap_key(&context(), wrapped));
            assert_eq!(found, ProviderFault::Failing, "{detail}");
            assert!(found.is_transient());
        }
        assert_eq!(fault(provider.health()).0, ProviderFault::Failing);

        rig.order(&format!("encrypt {code}\n"));
        let (found, detail) = fault(provider.wrap(&context(), &key));
        assert_eq!(found, ProviderFault::Failing, "{detail}");
    }
    rig.order("");
    works(&provider);
}

/// A failing token is no reason to wrap in a weaker way.
pub(crate) fn does_not_fall_back_when_the_best_mechanism_fails(rig: &Rig) {
    drop(rig.open());
    for (call, code) in [
        ("encrypt", GENERAL_ERROR),
        ("encrypt", DEVICE_ERROR),
        ("decrypt", DEVICE_ERROR),
    ] {
        rig.order(&format!("{call} {code}\n"));
        let (found, detail) = fault(rig.try_open(rig.options(), PIN));
        assert_eq!(found, ProviderFault::Failing, "{detail}");
        assert!(detail.contains("AES-GCM"), "{detail}");
    }
}

pub(crate) fn tells_that_a_token_takes_no_new_keys(rig: &Rig) {
    rig.order(&format!("generate {TOKEN_WRITE_PROTECTED}\n"));
    let (found, detail) = fault(rig.try_open(rig.options(), PIN));
    assert_eq!(found, ProviderFault::AccessDenied, "{detail}");
}

pub(crate) fn names_each_mechanism_that_is_missing(rig: &Rig) {
    rig.order("no-mechanism 0x1087\n");
    let (found, detail) = fault(rig.try_open(rig.options(), PIN));
    assert_eq!(found, ProviderFault::MechanismMissing);
    for name in ["AES-GCM", "RFC 5649", "RFC 3394", "CKR_MECHANISM_INVALID"] {
        assert!(detail.contains(name), "{detail}");
    }
}

pub(crate) fn refuses_a_cipher_that_does_not_authenticate(rig: &Rig) {
    rig.order("lenient 1\n");
    let (found, detail) = fault(rig.try_open(rig.options(), PIN));
    assert_eq!(found, ProviderFault::MechanismMissing);
    assert!(
        detail.contains("unwraps a key that was altered"),
        "{detail}"
    );
}

pub(crate) fn logs_in_again_after_its_sessions_were_closed(rig: &Rig) {
    let provider = rig.open();
    let source = provider.identities().expect("it has Ed25519");
    let (_, identity) = source.create(&[5; 16]).expect("a key");
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    let before = rig.logins();
    rig.order("close-sessions 1\n");
    assert_opens(&provider, &wrapped, &key);
    rig.order("close-sessions 2\n");
    identity.sign(b"message").expect("it signs");
    rig.order("close-sessions 3\n");
    source.create(&[6; 16]).expect("another key");
    rig.order("close-sessions 4\n");
    works(&provider);
    assert_eq!(rig.logins(), before + 4);
}

pub(crate) fn does_not_wait_for_a_hung_token(rig: &Rig) {
    let mut options = rig.options();
    options.timeout = Duration::from_millis(300);
    let provider = rig.try_open(options, PIN).expect("it opens");
    rig.order("hang-ms 1500\n");
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let (found, detail) = fault(provider.wrap(&context(), &key()));
                assert_eq!(found, ProviderFault::TimedOut, "{detail}");
                assert!(found.is_transient());
            });
        }
    });
    assert_eq!(fault(provider.health()).0, ProviderFault::TimedOut);
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(1_400), "{waited:?}");
    rig.order("");
    // Each C_Encrypt is two calls, and what nobody waits for any more is left out.
    thread::sleep(Duration::from_millis(3_200));
    works(&provider);
}

pub(crate) fn sends_no_pin_to_a_locked_token(rig: &Rig) {
    rig.order("token-flags 0x00040000\n");
    let (found, detail) = fault(rig.try_open(rig.options(), PIN));
    assert_eq!(found, ProviderFault::PinLocked, "{detail}");
    assert_eq!(rig.logins(), 0);
}

pub(crate) fn sends_no_pin_when_one_try_is_left(rig: &Rig) {
    rig.order("token-flags 0x00020000\n");
    let (found, detail) = fault(rig.try_open(rig.options(), PIN));
    assert_eq!(found, ProviderFault::WrongPin);
    assert!(detail.contains("one try is left"), "{detail}");
    assert_eq!(rig.logins(), 0);
}

/// Found out when the session is lost: the PIN is sent once more, and then never again.
pub(crate) fn tells_a_pin_that_locks_or_changes_while_it_runs(rig: &Rig) {
    for (code, expected) in [
        (PIN_INCORRECT, ProviderFault::WrongPin),
        (PIN_LOCKED, ProviderFault::PinLocked),
    ] {
        rig.order("");
        let provider = rig.open();
        let before = rig.logins();
        rig.order(&format!("login {code}\n"));
        {
            let (_library, _, session) = rig.session();
            session.logout().expect("it logs out");
        }
        for _ in 0..2 {
            for _ in 0..5 {
                let (found, detail) = fault(provider.wrap(&context(), &key()));
                assert_eq!(found, expected, "{detail}");
                assert!(!found.is_transient());
            }
            thread::sleep(RECOVERY_PAUSE);
        }
        assert_eq!(rig.logins(), before + 1);
        // Not even when the token would take it again: only a person can know.
        rig.order("");
        assert_eq!(fault(provider.health()).0, expected);
        assert_eq!(rig.logins(), before + 1);
        drop(provider);
        works(&rig.open());
    }
}

pub(crate) fn reads_a_point_without_its_prefix(rig: &Rig) {
    let provider = rig.open();
    let source = provider.identities().expect("it has Ed25519");
    let (_, whole) = source.create(&[4; 16]).expect("a key");
    rig.order("bare-point 1\n");
    let (_, bare) = source.create(&[4; 16]).expect("a key");
    assert_eq!(bare.public(), whole.public());
    let (_, new) = source.create(&[5; 16]).expect("a key");
    new.sign(b"message").expect("it signs");
}

pub(crate) fn gives_out_no_signature_that_does_not_hold(rig: &Rig) {
    let provider = rig.open();
    let source = provider.identities().expect("it has Ed25519");
    let (locator, signer) = source.create(&[4; 16]).expect("a key");
    rig.order("flip-signature 1\n");
    let (found, detail) = fault(signer.sign(b"message"));
    assert_eq!(found, ProviderFault::InconsistentAnswer, "{detail}");
    assert!(source.open(&locator, &signer.public()).is_err());
    rig.order("");
    signer.sign(b"message").expect("it signs");
}

pub(crate) fn has_no_identities_without_the_mechanism(rig: &Rig) {
    for number in ["0x1055", "0x1057"] {
        rig.order(&format!("no-mechanism {number}\n"));
        assert!(rig.open().identities().is_none());
    }
    rig.order("");
    assert!(rig.open().identities().is_some());
}
