//! Wrong PINs, and modules, tokens and keys that are missing or go away.

use std::{fs, process::Command};

use cryptoki::object::{Attribute, ObjectClass};
use indelible_keystore::{KekProvider as _, ProviderFault};

use crate::{
    cases::{RECOVERY_PAUSE, assert_opens, context, key, with, works},
    rig::{OTHER_TOKEN, Rig, TOKEN, fault, succeed},
};

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
