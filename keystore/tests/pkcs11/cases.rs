//! What holds on every token.

use std::{fs, process::Command, time::Duration};

use cryptoki::{
    mechanism::{Mechanism, aead::GcmParams},
    object::{Attribute, KeyType, ObjectClass},
    types::Ulong,
};
use ed25519_dalek::{Signature, VerifyingKey};
use indelible_keystore::{
    KekProvider, KeyContext, KeyError, KeyPurpose, MechanismChoice, Pkcs11Options, Pkcs11Provider,
    ProviderFault, ProviderKind, SecretKey, WrappedKey, suite,
};

use crate::memory::{masked, occurrences};
use crate::rig::{KEY, Make, OTHER_TOKEN, PIN, Rig, TOKEN, fault, succeed};

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

fn with(rig: &Rig, change: impl FnOnce(&mut Pkcs11Options)) -> Result<Pkcs11Provider, KeyError> {
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

pub(crate) fn says_what_it_found_and_refused(rig: &Rig) {
    let described = rig.open().describe();
    for part in [
        "\"indelible tests\"",
        "serial",
        "\"kek\"",
        "made there",
        "AES-GCM",
    ] {
        assert!(described.detail.contains(part), "{}", described.detail);
    }
    assert!(!described.detail.contains(PIN));
}

/// SoftHSM encrypts by neither key wrap: who asks for them by name gets nothing else.
pub(crate) fn leaves_a_mechanism_to_the_operator(rig: &Rig) {
    for (mechanism, name) in [
        (MechanismChoice::Kwp, "RFC 5649"),
        (MechanismChoice::Kw, "RFC 3394"),
    ] {
        let (fault, detail) = fault(with(rig, |options| options.mechanism = mechanism));
        assert_eq!(fault, ProviderFault::MechanismMissing);
        assert!(detail.contains(name), "{detail}");
        assert!(detail.contains("CKR_MECHANISM_INVALID"), "{detail}");
    }
    // A key of another kind is not made to do.
    drop(rig.open());
    let (fault, detail) = fault(with(rig, |options| {
        options.mechanism = MechanismChoice::Hmac
    }));
    assert_eq!(fault, ProviderFault::KeyUnfit, "{detail}");
}

pub(crate) fn finds_a_token_by_its_serial_number(rig: &Rig) {
    rig.make_token(TOKEN);
    let (fault, detail) = fault(with(rig, |_| {}));
    assert_eq!(fault, ProviderFault::TokenMissing);
    assert!(detail.contains("more than one"), "{detail}");
    let serials = detail
        .split("(serial ")
        .skip(1)
        .map(|rest| rest.split_once(')').expect("a serial number").0.to_owned())
        .collect::<Vec<_>>();
    assert_eq!(serials.len(), 2, "{detail}");
    for serial in &serials {
        let found = with(rig, |options| options.token_serial = Some(serial.clone()));
        let detail = found.expect("it opens").describe().detail;
        assert!(detail.contains(serial), "{detail}");
    }
    let (fault, _) = crate::rig::fault(with(rig, |options| {
        options.token_serial = Some("0000".to_owned());
    }));
    assert_eq!(fault, ProviderFault::TokenMissing);
}

pub(crate) fn finds_a_key_by_its_id(rig: &Rig) {
    let named = |label: &str, id: u8| {
        with(rig, |options| {
            options.key_label = Some(label.to_owned());
            options.key_id = Some(vec![id; 20]);
        })
        .expect("it opens")
        .describe()
        .kek_id
    };
    let ids = [named(KEY, 1), named(KEY, 2)];
    assert_ne!(ids[0], ids[1]);
    for (id, kek_id) in [1, 2].into_iter().zip(ids) {
        let found = with(rig, |options| {
            options.key_label = None;
            options.key_id = Some(vec![id; 20]);
            options.create = false;
        });
        assert_eq!(found.expect("it opens").describe().kek_id, kek_id);
    }
    let (fault, detail) = fault(with(rig, |_| {}));
    assert_eq!(fault, ProviderFault::KeyUnfit);
    assert!(detail.contains("2 keys"), "{detail}");
}

pub(crate) fn creates_only_when_asked(rig: &Rig) {
    let (fault, detail) = fault(with(rig, |options| options.create = false));
    assert_eq!(fault, ProviderFault::KeyMissing);
    assert!(detail.contains("\"kek\""), "{detail}");
    let made = rig.open().describe().kek_id;
    // Asked again, it takes the one that is there.
    assert_eq!(rig.open().describe().kek_id, made);
}

/// Keys that the token would hand out, keys that are too short, and keys of another kind.
pub(crate) fn refuses_keys_that_are_no_keks(rig: &Rig) {
    let template = |label: &str, change: &[Attribute]| {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Label(label.into()),
        ];
        template.extend_from_slice(change);
        template
    };
    {
        let (library, session) = rig.session_alone();
        let aes = |label: &str, bytes, is_sensitive, is_extractable| {
            let uses = [
                Attribute::Encrypt(true),
                Attribute::Decrypt(true),
                Attribute::ValueLen(Ulong::new(bytes)),
                Attribute::Sensitive(is_sensitive),
                Attribute::Extractable(is_extractable),
            ];
            session
                .generate_key(&Mechanism::AesKeyGen, &template(label, &uses))
                .expect("a key");
        };
        aes("open", 32, false, false);
        aes("extractable", 32, true, true);
        aes("short", 16, true, false);
        aes("fit", 32, true, false);
        let other = [
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::KeyType(KeyType::DES3),
        ];
        session
            .generate_key(&Mechanism::Des3KeyGen, &template("other", &other))
            .expect("a key");
        drop(session);
        library.finalize().expect("it ends");
    }
    for (label, reason) in [
        ("open", "not sensitive"),
        ("extractable", "is extractable"),
        ("short", "not 32 bytes"),
        ("other", "neither an AES nor an HMAC key"),
    ] {
        let (fault, detail) = fault(with(rig, |options| {
            options.key_label = Some(label.to_owned())
        }));
        assert_eq!(fault, ProviderFault::KeyUnfit);
        assert!(detail.contains(reason), "{label}: {detail}");
    }
    works(&with(rig, |options| options.key_label = Some("fit".to_owned())).expect("it opens"));
}

pub(crate) fn tells_a_wrong_pin_and_tries_it_once(rig: &Rig) {
    let (fault, detail) = fault(rig.try_open(rig.options(), "wrong"));
    assert_eq!(fault, ProviderFault::WrongPin, "{detail}");
    assert!(!detail.contains("wrong"), "{detail}");
    works(&rig.open());
}

/// Kryoptic counts: after too many wrong ones it refuses the right one too.
fn spend_tries(rig: &Rig, is_enough: fn(&cryptoki::slot::TokenInfo) -> bool) {
    let wrong = cryptoki::types::AuthPin::new("wrong".into());
    let (library, session) = rig.session_alone();
    session.logout().expect("it logs out");
    let slot = session.get_session_info().expect("facts").slot_id();
    for _ in 0..100 {
        if is_enough(&library.get_token_info(slot).expect("facts")) {
            drop(session);
            library.finalize().expect("it ends");
            return;
        }
        session
            .login(cryptoki::session::UserType::User, Some(&wrong))
            .expect_err("it is wrong");
    }
    panic!("the token does not count");
}

/// A daemon that is started again and again with a wrong PIN must not lock the token.
pub(crate) fn leaves_the_last_try_to_a_person(rig: &Rig) {
    drop(rig.open());
    for _ in 0..30 {
        let (fault, detail) = fault(rig.try_open(rig.options(), "wrong"));
        assert_eq!(fault, ProviderFault::WrongPin, "{detail}");
    }
    // Not even the right one is tried now: only a person can know that it is.
    let (fault, detail) = fault(with(rig, |_| {}));
    assert_eq!(fault, ProviderFault::WrongPin);
    assert!(detail.contains("by hand"), "{detail}");
    let (library, session) = rig.session_alone();
    drop(session);
    library.finalize().expect("it ends");
    works(&rig.open());
}

pub(crate) fn tells_a_locked_pin(rig: &Rig) {
    drop(rig.open());
    spend_tries(rig, |facts| facts.user_pin_locked());
    let (fault, detail) = fault(with(rig, |_| {}));
    assert_eq!(fault, ProviderFault::PinLocked, "{detail}");
}

pub(crate) fn tells_a_missing_module(rig: &Rig) {
    let missing = rig.directory.join("missing.so");
    let (fault, detail) = fault(with(rig, |options| options.module = missing.clone()));
    assert_eq!(fault, ProviderFault::ModuleMissing);
    assert!(detail.contains("missing.so"), "{detail}");
    // A file that is no library, and a library that is no module.
    fs::write(&missing, "no library").expect("it is written");
    let (fault, _) = crate::rig::fault(with(rig, |options| options.module = missing.clone()));
    assert_eq!(fault, ProviderFault::ModuleMissing);
    let source = rig.directory.join("empty.c");
    fs::write(&source, "int nothing;\n").expect("it is written");
    let library = rig.directory.join("empty.so");
    succeed(
        Command::new("cc")
            .args(["-shared", "-o"])
            .args([&library, &source]),
    );
    let (fault, detail) = crate::rig::fault(with(rig, |options| options.module = library));
    assert_eq!(fault, ProviderFault::ModuleMissing);
    assert!(detail.contains("C_GetFunctionList"), "{detail}");
}

pub(crate) fn tells_a_missing_token(rig: &Rig) {
    let (fault, detail) = fault(with(rig, |options| {
        options.token_label = "no such token".to_owned();
    }));
    assert_eq!(fault, ProviderFault::TokenMissing);
    assert!(
        detail.contains("no such token") && detail.contains(TOKEN),
        "{detail}"
    );
}

/// The directory of the token goes while the provider is open, and comes back.
pub(crate) fn tells_a_token_that_was_taken_away(rig: &Rig) {
    rig.make_token(OTHER_TOKEN);
    let provider = rig.open();
    let identity = provider
        .identities()
        .expect("it has Ed25519")
        .create(&[5; 16])
        .expect("a key")
        .1;
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    let (tokens, away) = (rig.directory.join("tokens"), rig.directory.join("away"));
    fs::rename(&tokens, &away).expect("it is moved");
    fs::create_dir(&tokens).expect("an empty one");
    let (fault, detail) = fault(provider.health());
    assert_eq!(fault, ProviderFault::TokenRemoved, "{detail}");
    assert!(fault.is_transient());
    for outcome in [
        provider.wrap(&context(), &key).map(drop),
        provider.unwrap_key(&context(), &wrapped).map(drop),
        identity.sign(b"message").map(drop),
    ] {
        assert_eq!(crate::rig::fault(outcome).0, ProviderFault::TokenRemoved);
    }
    fs::remove_dir(&tokens).expect("it is empty");
    fs::rename(&away, &tokens).expect("it is moved back");
    std::thread::sleep(RECOVERY_PAUSE);
    assert_opens(&provider, &wrapped, &key);
    identity.sign(b"message").expect("it signs again");
    works(&provider);
}

pub(crate) fn logs_in_again_after_a_logout(rig: &Rig) {
    let provider = rig.open();
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    // A logout hits all sessions of the process.
    let (_library, _, session) = rig.session();
    session.logout().expect("it logs out");
    assert_opens(&provider, &wrapped, &key);
    works(&provider);
}

/// Somebody else in the process ends the module.
pub(crate) fn logs_in_again_after_the_module_was_ended(rig: &Rig) {
    let provider = rig.open();
    let source = provider.identities();
    let identity = source.map(|source| source.create(&[5; 16]).expect("a key").1);
    let key = key();
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    let end = || {
        let (library, _, session) = rig.session();
        drop(session);
        library.finalize().expect("it ends");
    };
    end();
    assert_opens(&provider, &wrapped, &key);
    end();
    if let Some(identity) = identity {
        identity.sign(b"message").expect("it signs");
        end();
    }
    works(&provider);
}

/// Found again under its old name and id, a KEK that opens nothing of before is not it.
pub(crate) fn sees_that_the_key_was_replaced(rig: &Rig) {
    let id = vec![9; 16];
    let provider = with(rig, |options| options.key_id = Some(id.clone())).expect("it opens");
    let (library, slot, session) = rig.session();
    let old = session
        .find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)])
        .expect("objects");
    assert_eq!(old.len(), 1);
    session.destroy_object(old[0]).expect("it is destroyed");
    let (found, detail) = fault(provider.health());
    assert_eq!(found, ProviderFault::KeyMissing, "{detail}");
    drop(session);

    // Its place is taken by another one.
    let replaced = with(rig, |options| options.key_id = Some(id)).expect("it opens");
    assert_eq!(replaced.describe().kek_id, provider.describe().kek_id);
    std::thread::sleep(RECOVERY_PAUSE);
    let (found, detail) = fault(provider.wrap(&context(), &key()));
    assert_eq!(found, ProviderFault::KeyMissing, "{detail}");
    works(&replaced);
    drop((library, slot));
}

/// Two providers on one token share its login; one PIN is right for both.
pub(crate) fn shares_a_token_with_another_provider(rig: &Rig) {
    let one = rig.open();
    let other = with(rig, |options| options.key_label = Some("other".to_owned()));
    let other = other.expect("it opens");
    works(&one);
    works(&other);
    // The token would not look at the PIN of the second one.
    let (fault, detail) = fault(rig.try_open(rig.options(), "wrong"));
    assert_eq!(fault, ProviderFault::WrongPin);
    assert!(detail.contains("another PIN"), "{detail}");
    drop(one);
    works(&other);
    let (_library, _, session) = rig.session();
    session.logout().expect("it logs out");
    works(&other);
    let again = rig.open();
    works(&again);
    works(&other);
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
