//! What holds on every token.

use std::time::Duration;

use cryptoki::{
    mechanism::{Mechanism, aead::GcmParams},
    object::{Attribute, ObjectClass},
    types::Ulong,
};
use ed25519_dalek::{Signature, VerifyingKey};
use indelible_keystore::{
    KekProvider, KeyContext, KeyError, KeyPurpose, MechanismChoice, Pkcs11Options, Pkcs11Provider,
    ProviderFault, ProviderKind, SecretKey, WrappedKey, suite,
};

use crate::{
    memory::{masked, occurrences},
    rig::{KEY, Make, PIN, Rig, fault},
};

/// A token that was not found again is not looked for at once.
pub(crate) const RECOVERY_PAUSE: Duration = Duration::from_millis(1_100);

pub(crate) fn context() -> KeyContext {
    KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [3; 16]).expect("valid")
}

pub(crate) fn key() -> SecretKey {
    SecretKey::generate().expect("random bytes")
}

/// Wraps and unwraps.
pub(crate) fn works(provider: &Pkcs11Provider) {
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    assert_opens(provider, &wrapped, &key);
    provider.health().expect("it is healthy");
}

pub(crate) fn assert_opens(provider: &Pkcs11Provider, wrapped: &WrappedKey, key: &SecretKey) {
    let opened = provider.unwrap_key(&context(), wrapped).expect("it opens");
    assert_eq!(opened.expose(), key.expose());
}

pub(crate) fn with(
    rig: &Rig,
    change: impl FnOnce(&mut Pkcs11Options),
) -> Result<Pkcs11Provider, KeyError> {
    let mut options = rig.options();
    change(&mut options);
    rig.try_open(options, PIN)
}

/// The shared suite, with two KEKs of one token.
fn contract(rig: &Rig, mechanism: MechanismChoice, name: &str) {
    let open = |label: &str| {
        with(rig, |options| {
            options.mechanism = mechanism;
            options.key_label = Some(label.to_owned());
        })
        .expect("it opens")
    };
    let (provider, other) = (open(KEY), open("another kek"));
    let described = provider.describe();
    assert!(described.detail.contains(name), "{}", described.detail);
    assert_eq!(described.kind, ProviderKind::Pkcs11);
    assert!(described.outlives_process);
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
}

pub(crate) fn keeps_the_contract(rig: &Rig) {
    contract(rig, MechanismChoice::Auto, "AES-GCM");
}

pub(crate) fn keeps_the_contract_by_key_wrap_with_padding(rig: &Rig) {
    contract(rig, MechanismChoice::Kwp, "RFC 5649");
}

pub(crate) fn keeps_the_contract_by_key_wrap(rig: &Rig) {
    contract(rig, MechanismChoice::Kw, "RFC 3394");
}

pub(crate) fn keeps_the_contract_with_a_derived_key(rig: &Rig) {
    contract(rig, MechanismChoice::Hmac, "HMAC-SHA-256");
}

/// The token itself refuses a key whose front or context is another one: its cipher has
/// them as additional data, and an IV of 96 bits that never comes twice.
pub(crate) fn binds_front_and_context_in_the_token(rig: &Rig) {
    let provider = rig.open();
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    let (front, sealed) = wrapped.as_bytes().split_at(66);
    let (mechanism, body) = sealed.split_first().expect("a mechanism");
    assert_eq!((*mechanism, body.len()), (1, 12 + 32 + 16));
    let (_library, _, session) = rig.session();
    let kek = session
        .find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)])
        .expect("objects")[0];
    let open = |additional: &[u8]| {
        let mut iv = body[..12].to_vec();
        let parameters = GcmParams::new(&mut iv, additional, Ulong::new(128));
        let mechanism = Mechanism::AesGcm(parameters.expect("parameters"));
        session.decrypt(&mechanism, kek, &body[12..])
    };
    let whole = [front, &context().encode()].concat();
    assert_eq!(open(&whole).expect("it opens"), key.expose());
    for at in [0, 1, 2, 18, 34, 65, 66, whole.len() - 1] {
        let mut other = whole.clone();
        other[at] ^= 1;
        assert!(open(&other).is_err(), "byte {at}");
    }
    let mut ivs = (0..1_000)
        .map(|_| {
            provider
                .wrap(&context(), &key)
                .expect("it wraps")
                .as_bytes()[67..79]
                .to_vec()
        })
        .collect::<Vec<_>>();
    ivs.sort();
    ivs.dedup();
    assert_eq!(ivs.len(), 1_000);
}

/// The mechanism is in the wrapped key, so the operator may change it at any time.
pub(crate) fn opens_what_another_mechanism_wrapped(rig: &Rig) {
    let choices = [
        MechanismChoice::AesGcm,
        MechanismChoice::Kwp,
        MechanismChoice::Kw,
    ];
    let key = key();
    let providers = choices
        .map(|mechanism| with(rig, |options| options.mechanism = mechanism).expect("it opens"));
    for one in &providers {
        let wrapped = one.wrap(&context(), &key).expect("it wraps");
        for other in &providers {
            assert_opens(other, &wrapped, &key);
        }
        let mut altered = wrapped.as_bytes().to_vec();
        *altered.last_mut().expect("a byte") ^= 1;
        for other in &providers {
            let altered = WrappedKey::from_bytes(&altered).expect("it looks whole");
            let opened = other.unwrap_key(&context(), &altered);
            assert!(
                matches!(opened, Err(KeyError::WrappedDamaged)),
                "{opened:?}"
            );
        }
    }
}

pub(crate) fn opens_what_an_earlier_process_wrapped(rig: &Rig) {
    let key = key();
    let provider = rig.open();
    let (id, wrapped) = (
        provider.describe().kek_id,
        provider.wrap(&context(), &key).expect("it wraps"),
    );
    // The last one closes the module, and the next one prepares it anew.
    drop(provider);
    let again = with(rig, |options| options.create = false).expect("the key is there");
    assert_eq!(again.describe().kek_id, id);
    assert_opens(&again, &wrapped, &key);
}

pub(crate) fn keeps_identities(rig: &Rig) {
    let provider = rig.open();
    let source = provider.identities().expect("it has Ed25519");
    let (locator, signer) = source.create(&[7; 16]).expect("a key");
    let public = signer.public();
    let verifies = |message: &[u8], signature: &[u8; 64]| {
        VerifyingKey::from_bytes(&public)
            .expect("a public key")
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    };
    for message in [&b"indelible/test@v1\n"[..], b"", &[0xa5; 100_000]] {
        let signature = signer.sign(message).expect("it signs");
        assert!(verifies(message, &signature));
    }
    // A creation that was cut off is repeated, and another id is another key.
    let (same, again) = source.create(&[7; 16]).expect("a key");
    assert_eq!((same, again.public()), (locator.clone(), public));
    let (elsewhere, other) = source.create(&[8; 16]).expect("a key");
    assert_ne!(other.public(), public);
    assert_ne!(elsewhere, locator);

    // The private half can't be had, by any means that the token has.
    let (_library, _, session) = rig.session();
    let private = session
        .find_objects(&[
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(vec![7; 16]),
        ])
        .expect("objects");
    let facts = session
        .get_attributes(
            private[0],
            &[
                cryptoki::object::AttributeType::Sensitive,
                cryptoki::object::AttributeType::Extractable,
                cryptoki::object::AttributeType::Value,
            ],
        )
        .expect("attributes");
    assert!(facts.contains(&Attribute::Sensitive(true)), "{facts:?}");
    assert!(facts.contains(&Attribute::Extractable(false)), "{facts:?}");
    assert!(
        !facts
            .iter()
            .any(|fact| matches!(fact, Attribute::Value(value) if !value.is_empty()))
    );
    drop(session);

    // A signer outlives its provider, and a later process finds the key.
    drop(provider);
    signer.sign(b"message").expect("it signs");
    drop((signer, again, other));
    let provider = rig.open();
    let source = provider.identities().expect("it has Ed25519");
    let signer = source.open(&locator, &public).expect("it opens");
    assert_eq!(signer.public(), public);
    assert!(verifies(
        b"message",
        &signer.sign(b"message").expect("it signs")
    ));
}

/// This build of Kryoptic has no Ed25519.
pub(crate) fn has_no_identities(rig: &Rig) {
    assert!(rig.open().identities().is_none());
}

pub(crate) fn refuses_another_identity(rig: &Rig) {
    let provider = rig.open();
    let source = provider.identities().expect("it has Ed25519");
    let (locator, one) = source.create(&[1; 16]).expect("a key");
    let (_, other) = source.create(&[2; 16]).expect("a key");
    let opened = source.open(&locator, &other.public()).map(drop);
    assert!(matches!(opened, Err(KeyError::OtherIdentity)), "{opened:?}");
    // The neutral element: signatures under it say nothing.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let opened = source.open(&locator, &neutral).map(drop);
    assert!(
        matches!(opened, Err(KeyError::NotTrustworthy)),
        "{opened:?}"
    );
    let mut missing = locator.clone();
    missing[2] ^= 1;
    let (fault, detail) = fault(source.open(&missing, &one.public()).map(drop));
    assert_eq!(fault, ProviderFault::KeyMissing, "{detail}");
    for damaged in [&[][..], &[0], &[1, 0], &[0, 200, 1], &locator[..5]] {
        let opened = source.open(damaged, &one.public()).map(drop);
        assert!(
            matches!(opened, Err(KeyError::WrappedDamaged)),
            "{damaged:?}: {opened:?}"
        );
    }
}

/// A search of this process's memory for a key that was wrapped, unwrapped and dropped.
/// SoftHSM is written to wipe what it decrypts.
pub(crate) fn leaves_no_key_behind_in_memory(rig: &Rig) {
    assert_eq!(rig.make, Make::SoftHsm);
    let provider = rig.open();
    let key = key();
    let needle = masked(key.expose());
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    let opened = provider.unwrap_key(&context(), &wrapped).expect("it opens");
    assert!(occurrences(&needle) >= 2);
    drop((key, opened));
    works(&provider);
    assert_eq!(occurrences(&needle), 0);
}

/// Whoever ends the process without closing anything must not crash it.
pub(crate) fn lets_the_process_end_with_a_session_open(rig: &Rig) {
    let provider = rig.open();
    works(&provider);
    std::mem::forget(provider);
}
