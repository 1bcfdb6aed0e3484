//! Keys in every state, as the emulators have them.

use indelible_keystore::{AwsKmsProvider, KekProvider, KeyError, ProviderFault as F};

use super::{Credentials, connect, context, fault, key, try_connect, wrap};
use crate::rigs::{Emulator, Flavour};

#[test]
fn a_disabled_key_refuses_until_it_is_enabled() {
    let emulator = Emulator::shared(Flavour::MiniStack);
    let arn = emulator.create_key();
    let (provider, key) = (connect(&emulator, &arn), key());
    let wrapped = wrap(&provider, &key);
    emulator.on_key("DisableKey", &arn);
    assert_eq!(
        fault(provider.unwrap_key(&context(), &wrapped)).0,
        F::KeyDisabled
    );
    assert_eq!(
        fault(provider.wrap(&context(), &key).map(drop)).0,
        F::KeyDisabled
    );
    assert_eq!(fault(provider.health()).0, F::KeyDisabled);
    assert_eq!(
        fault(try_connect(&emulator, &arn).map(drop)).0,
        F::KeyDisabled
    );
    emulator.on_key("EnableKey", &arn);
    let opened = provider
        .unwrap_key(&context(), &wrapped)
        .expect("it opens again");
    assert_eq!(opened.expose(), key.expose());
}

#[test]
fn a_deleted_key_says_that_it_will_be_gone() {
    let emulator = Emulator::shared(Flavour::MiniStack);
    let arn = emulator.create_key();
    let provider = connect(&emulator, &arn);
    let wrapped = wrap(&provider, &key());
    emulator.on_key("ScheduleKeyDeletion", &arn);
    let (found, detail) = fault(provider.unwrap_key(&context(), &wrapped));
    assert_eq!(found, F::KeyPendingDeletion, "{detail}");
    assert_eq!(
        fault(try_connect(&emulator, &arn).map(drop)).0,
        F::KeyPendingDeletion
    );
    emulator.on_key("CancelKeyDeletion", &arn);
    emulator.on_key("EnableKey", &arn);
    assert!(provider.unwrap_key(&context(), &wrapped).is_ok());
}

/// moto goes on using a disabled key; connecting sees its state all the same.
#[test]
fn a_disabled_key_is_seen_when_connecting_to_a_server_that_does_not_mind() {
    let emulator = Emulator::shared(Flavour::Moto);
    let arn = emulator.create_key();
    let provider = connect(&emulator, &arn);
    emulator.on_key("DisableKey", &arn);
    assert!(
        provider.health().is_ok(),
        "moto refuses disabled keys now: no deviation any more"
    );
    assert_eq!(
        fault(try_connect(&emulator, &arn).map(drop)).0,
        F::KeyDisabled
    );
}

#[test]
fn a_key_that_is_not_there_is_missing() {
    for flavour in [Flavour::MiniStack, Flavour::Moto] {
        let emulator = Emulator::shared(flavour);
        let arn = emulator.create_key();
        let (front, _) = arn.rsplit_once('/').expect("an ARN");
        for missing in [
            format!("{front}/00000000-0000-0000-0000-000000000000"),
            "alias/nobody".to_owned(),
        ] {
            let (found, detail) = fault(try_connect(&emulator, &missing).map(drop));
            assert_eq!(found, F::KeyMissing, "{flavour:?} {missing}: {detail}");
        }
    }
}

#[test]
fn a_key_that_does_not_encrypt_is_unfit() {
    for flavour in [Flavour::MiniStack, Flavour::Moto] {
        let emulator = Emulator::shared(flavour);
        let body = r#"{"KeyUsage":"SIGN_VERIFY","KeySpec":"ECC_NIST_P256"}"#;
        let arn = emulator.create(body);
        assert_eq!(
            fault(try_connect(&emulator, &arn).map(drop)).0,
            F::KeyUnfit,
            "{flavour:?}"
        );
    }
}

#[test]
fn a_key_is_the_same_by_arn_id_and_alias() {
    for flavour in [Flavour::MiniStack, Flavour::Moto] {
        let emulator = Emulator::shared(flavour);
        let (arn, other) = (emulator.create_key(), emulator.create_key());
        let alias = format!("alias/{}", arn.rsplit('-').next().expect("an id"));
        emulator.alias(&alias, &arn, "CreateAlias");
        let provider = connect(&emulator, &arn);
        let wrapped = wrap(&provider, &key());
        let by_alias = connect(&emulator, &alias);
        let by_id = connect(&emulator, arn.rsplit('/').next().expect("an id"));
        for same in [&by_alias, &by_id] {
            assert_eq!(same.arn(), arn);
            assert_eq!(same.describe(), provider.describe());
            assert!(same.unwrap_key(&context(), &wrapped).is_ok());
        }
        // The alias moves on; who has connected stays with the key.
        emulator.alias(&alias, &other, "UpdateAlias");
        assert!(by_alias.unwrap_key(&context(), &wrapped).is_ok());
        let moved = connect(&emulator, &alias);
        assert_eq!(moved.arn(), other);
        let error = moved.unwrap_key(&context(), &wrapped).expect_err("refused");
        assert!(matches!(error, KeyError::OtherKek { .. }), "{error:?}");
    }
}

#[test]
fn a_service_that_went_away_is_unreachable_and_comes_back() {
    let emulator = Emulator::start(Flavour::MiniStack);
    let credentials = Credentials::new();
    let mut options = credentials.options(&emulator.url(), &emulator.create_key());
    options.attempt_timeout = std::time::Duration::from_secs(2);
    options.total_timeout = options.attempt_timeout;
    let provider = AwsKmsProvider::connect(&options).expect("it connects");
    emulator.pause();
    assert_eq!(fault(provider.health()).0, F::TimedOut);
    emulator.resume();
    provider.health().expect("it is back");
    drop(emulator);
    assert_eq!(fault(provider.health()).0, F::Unreachable);
}
