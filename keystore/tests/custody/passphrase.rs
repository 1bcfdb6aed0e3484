//! Passphrases: what is one, where it comes from, and what a wrong one gets.

use std::{fs, io::ErrorKind};

use indelible_keystore::{
    KdfParameters, KekConfigError, KekProvider, KeyContext, KeyError, KeyPurpose, Passphrase,
    PassphraseProvider, SecretKey,
};
use zeroize::Zeroizing;

use crate::{passphrase, quick_provider};

fn parse(bytes: &[u8]) -> Result<Passphrase, KekConfigError> {
    Passphrase::new(Zeroizing::new(bytes.to_vec()))
}

#[test]
fn the_right_passphrase_opens_what_an_earlier_process_wrapped() {
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Index, [3; 16]).expect("valid");
    let key = SecretKey::generate().expect("random bytes");
    let (created, record) =
        PassphraseProvider::create(&passphrase("correct horse"), KdfParameters::default())
            .expect("it is made");
    let wrapped = created.wrap(&context, &key).expect("it wraps");
    drop(created);
    let opened = PassphraseProvider::open(&passphrase("correct horse"), &record).expect("it opens");
    let unwrapped = opened.unwrap_key(&context, &wrapped).expect("it unwraps");
    assert_eq!(unwrapped.expose(), key.expose());
}

#[test]
fn a_wrong_passphrase_is_told_from_damage() {
    let (_, record) = PassphraseProvider::create(
        &passphrase("correct horse"),
        KdfParameters::weak_for_tests(),
    )
    .expect("it is made");
    for wrong in [
        "correct horsf",
        "correct horse ",
        "Correct horse",
        "c",
        "another passphrase",
    ] {
        let opened = PassphraseProvider::open(&passphrase(wrong), &record);
        assert!(
            matches!(opened.map(drop), Err(KeyError::WrongPassphrase)),
            "{wrong:?}"
        );
    }
}

#[test]
fn one_line_end_is_not_part_of_a_passphrase() {
    let (_, record) = PassphraseProvider::create(
        &passphrase("correct horse"),
        KdfParameters::weak_for_tests(),
    )
    .expect("it is made");
    for same in ["correct horse\n", "correct horse\r\n"] {
        assert!(
            PassphraseProvider::open(&passphrase(same), &record).is_ok(),
            "{same:?}"
        );
    }
}

#[test]
fn unfit_passphrases_are_refused_with_the_reason() {
    let long = "x".repeat(1_025);
    for (unfit, reason) in [
        ("", "is empty"),
        ("\n", "is empty"),
        ("two\nlines", "more than one line"),
        ("two line ends\n\n", "more than one line"),
        ("a NUL\0 byte", "NUL byte"),
        (long.as_str(), "longer than 1024 bytes"),
    ] {
        let error = parse(unfit.as_bytes()).expect_err("it is unfit");
        assert!(error.to_string().contains(reason), "{unfit:?}: {error}");
    }
    assert!(parse("x".repeat(1_024).as_bytes()).is_ok());
    assert!(parse(b"not UTF-8 \xff\xfe").is_ok());
}

#[test]
fn a_new_kek_wants_a_passphrase_of_eight_bytes() {
    let create =
        |text: &str| PassphraseProvider::create(&passphrase(text), KdfParameters::weak_for_tests());
    assert!(matches!(
        create("1234567").map(drop),
        Err(KeyError::Config(KekConfigError::PassphraseUnfit { .. }))
    ));
    assert!(create("12345678").is_ok());
}

#[test]
fn a_passphrase_file_means_what_was_typed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("passphrase");
    let (_, record) = PassphraseProvider::create(
        &passphrase("correct horse"),
        KdfParameters::weak_for_tests(),
    )
    .expect("it is made");
    for content in ["correct horse", "correct horse\n", "correct horse\r\n"] {
        fs::write(&path, content).expect("it is written");
        let read = Passphrase::read(&path).expect("it is read");
        assert!(
            PassphraseProvider::open(&read, &record).is_ok(),
            "{content:?}"
        );
    }
    fs::write(&path, format!("{}\r\n", "x".repeat(1_024))).expect("it is written");
    assert!(Passphrase::read(&path).is_ok());
    fs::write(&path, "x".repeat(1 << 20)).expect("it is written");
    assert!(matches!(
        Passphrase::read(&path),
        Err(KekConfigError::PassphraseUnfit { .. })
    ));
}

#[test]
fn a_missing_passphrase_file_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = directory.path().join("missing");
    let error = Passphrase::read(&missing).expect_err("it is not there");
    assert!(error.to_string().contains("missing"), "{error}");
    let KekConfigError::PassphraseFile { path, source } = error else {
        panic!("{error:?}")
    };
    assert_eq!(path, missing);
    assert_eq!(source.kind(), ErrorKind::NotFound);
}

#[test]
fn configured_parameters_are_never_weak() {
    for weak in [
        (19 * 1_024 - 1, 3, 1),
        (64 * 1_024, 1, 1),
        (64 * 1_024, 3, 0),
    ] {
        assert!(
            KdfParameters::new(weak.0, weak.1, weak.2).is_err(),
            "{weak:?}"
        );
    }
    for huge in [(u32::MAX, 3, 1), (64 * 1_024, 65, 1), (64 * 1_024, 3, 17)] {
        assert!(
            KdfParameters::new(huge.0, huge.1, huge.2).is_err(),
            "{huge:?}"
        );
    }
    let default = KdfParameters::default();
    assert_eq!(
        (default.memory_kib(), default.passes(), default.lanes()),
        (65_536, 3, 1)
    );
    assert!(!default.is_weak());
    assert!(KdfParameters::weak_for_tests().is_weak());
    assert!(
        quick_provider("correct horse")
            .describe()
            .detail
            .contains("too weak")
    );
}
