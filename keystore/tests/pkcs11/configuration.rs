//! What is refused before any token is asked.

use std::{fs, io::ErrorKind, time::Duration};

use indelible_keystore::{
    KekConfigError, KeyError, MechanismChoice, PIN_BYTES_MAX, Pin, Pkcs11Options, Pkcs11Provider,
};
use zeroize::Zeroizing;

use crate::rig::pin;

fn options() -> Pkcs11Options {
    Pkcs11Options::new("/usr/lib/no-such-module.so", "token", "key")
}

type Change = fn(&mut Pkcs11Options);

#[test]
fn unfit_options_are_refused_with_the_reason() {
    let changes: [(Change, &str); 8] = [
        (|it| it.module = "module.so".into(), "not absolute"),
        (|it| it.token_label.clear(), "token label"),
        (|it| it.token_label = "x".repeat(256), "token label"),
        (|it| it.key_label = None, "neither the label nor the id"),
        (|it| it.key_label = Some(String::new()), "1 to 255 bytes"),
        (|it| it.key_id = Some(vec![0; 256]), "1 to 255 bytes"),
        (
            |it| (it.key_label, it.key_id, it.create) = (None, Some(vec![1]), true),
            "without a label",
        ),
        (|it| it.timeout = Duration::ZERO, "timeout is zero"),
    ];
    for (change, reason) in changes {
        let mut options = options();
        change(&mut options);
        let error = Pkcs11Provider::open(options, pin("1234").into())
            .map(drop)
            .expect_err("unfit");
        assert!(
            matches!(
                error,
                KeyError::Config(KekConfigError::ProviderOptions { .. })
            ),
            "{error:?}"
        );
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn mechanisms_have_names_in_the_configuration() {
    for (name, choice) in [
        ("auto", MechanismChoice::Auto),
        ("aes-gcm", MechanismChoice::AesGcm),
        ("kwp", MechanismChoice::Kwp),
        ("kw", MechanismChoice::Kw),
        ("hmac", MechanismChoice::Hmac),
    ] {
        assert_eq!(MechanismChoice::from_name(name), Some(choice));
    }
    assert_eq!(MechanismChoice::from_name("AES-GCM"), None);
}

#[test]
fn unfit_pins_are_refused_with_the_reason() {
    let long = "1".repeat(PIN_BYTES_MAX + 1);
    for (unfit, reason) in [
        ("", "is empty"),
        ("\n", "is empty"),
        ("12\n34", "more than one line"),
        ("1234\n\n", "more than one line"),
        ("12\x0034", "NUL byte"),
        (long.as_str(), "longer than 255 bytes"),
    ] {
        let error = Pin::new(Zeroizing::new(unfit.as_bytes().to_vec())).expect_err("unfit");
        assert!(error.to_string().contains(reason), "{unfit:?}: {error}");
    }
    assert_eq!(format!("{:?}", pin("1234")), "Pin(..)");
}

#[test]
fn a_pin_file_is_read_whole_or_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pin");
    for content in ["1234", "1234\n", "1234\r\n", &"1".repeat(PIN_BYTES_MAX)] {
        fs::write(&path, content).expect("it is written");
        Pin::read(&path).expect("it is read");
    }
    fs::write(&path, "1".repeat(1 << 20)).expect("it is written");
    assert!(matches!(
        Pin::read(&path),
        Err(KekConfigError::PinUnfit { .. })
    ));
    let missing = directory.path().join("missing");
    let Err(KekConfigError::PinFile { path, source }) = Pin::read(&missing) else {
        panic!("it is not there");
    };
    assert_eq!((path, source.kind()), (missing, ErrorKind::NotFound));
}
