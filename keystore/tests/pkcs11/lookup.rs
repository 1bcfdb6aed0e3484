//! Which token and which key the provider finds, and which it refuses.

use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, KeyType, ObjectClass},
    types::Ulong,
};
use indelible_keystore::{KekProvider as _, MechanismChoice, ProviderFault};

use crate::{
    cases::{with, works},
    rig::{KEY, PIN, Rig, TOKEN, fault},
};

pub(crate) fn says_what_it_found_and_refused(rig: &Rig) {
    let described = rig.open().describe();
    for part in [
        "\"indelible tests\"",
        "serial",
        "\"kek\"",
        "made in the token",
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
