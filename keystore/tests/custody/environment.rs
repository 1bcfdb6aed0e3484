//! The environment provider: what the variable may hold, and what everything else gets.

use base64::{Engine, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use indelible_keystore::{
    EnvironmentProvider, KEK_VARIABLE, KekConfigError, KekProvider, KeyContext, KeyError,
    KeyPurpose, ProviderKind, SecretKey, WrappedKey, suite,
};

use crate::child;

const KEY: [u8; 32] = [
    0x5f, 0x0b, 0xc2, 0x91, 0x3a, 0xee, 0x74, 0xd8, 0x06, 0xb9, 0x4c, 0x13, 0xfa, 0x67, 0x88, 0x25,
    0xd1, 0x9e, 0x40, 0x7b, 0x2c, 0xe6, 0x53, 0xaf, 0x18, 0x84, 0xcb, 0x39, 0xf2, 0x60, 0x0d, 0x97,
];

fn hexadecimal(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Runs in a process of its own: the two variables hold different KEKs.
#[test]
#[ignore = "run by the_environment_provider_keeps_the_contract, in an environment of its own"]
fn with_two_keks() {
    let provider = EnvironmentProvider::read(KEK_VARIABLE).expect("it is fit");
    let other = EnvironmentProvider::read("OTHER_KEK").expect("it is fit");
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
    let described = provider.describe();
    assert_eq!(described.kind, ProviderKind::Environment);
    assert!(described.outlives_process);
    assert!(described.detail.contains(KEK_VARIABLE));
}

#[test]
fn the_environment_provider_keeps_the_contract() {
    let mut other = KEY;
    other[31] ^= 1;
    let (kek, other) = (STANDARD.encode(KEY), hexadecimal(&other));
    let variables = [(KEK_VARIABLE, kek.as_str()), ("OTHER_KEK", &other)];
    child::passes("environment::with_two_keks", &variables);
}

/// Runs in a process of its own: every variable but the last says the same KEK.
#[test]
#[ignore = "run by a_kek_may_be_written_in_several_ways, in an environment of its own"]
fn with_one_kek_in_several_ways() {
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [1; 16]).expect("valid");
    let key = SecretKey::generate().expect("random bytes");
    let read = |name| EnvironmentProvider::read(name).expect("it is fit");
    let wrapped = read("PADDED").wrap(&context, &key).expect("it wraps");
    let wrapped = WrappedKey::from_bytes(wrapped.as_bytes()).expect("readable");
    for name in ["PADDED", "UNPADDED", "LOWER", "UPPER", "LINE"] {
        let opened = read(name).unwrap_key(&context, &wrapped).expect("it opens");
        assert_eq!(opened.expose(), key.expose(), "{name}");
    }
    let error = read("OTHER")
        .unwrap_key(&context, &wrapped)
        .expect_err("refused");
    assert!(matches!(error, KeyError::OtherKek { .. }), "{error:?}");
}

#[test]
fn a_kek_may_be_written_in_several_ways() {
    let padded = STANDARD.encode(KEY);
    let (lower, mut other) = (hexadecimal(&KEY), KEY);
    other[0] ^= 0x80;
    child::passes(
        "environment::with_one_kek_in_several_ways",
        &[
            ("PADDED", &padded),
            ("UNPADDED", padded.trim_end_matches('=')),
            ("LOWER", &lower),
            ("UPPER", &lower.to_uppercase()),
            ("LINE", &format!("{padded}\n")),
            ("OTHER", &hexadecimal(&other)),
        ],
    );
}

/// Runs in a process of its own: each variable's name begins with what it must get.
#[test]
#[ignore = "run by what_is_no_kek_is_refused_by_its_kind, in an environment of its own"]
fn with_what_is_no_kek() {
    let mut seen = 0;
    for (name, value) in std::env::vars() {
        let error = EnvironmentProvider::read(&name)
            .map(drop)
            .expect_err("it is unfit");
        let expected = match &error {
            KekConfigError::EnvironmentUnset { .. } => "UNSET",
            KekConfigError::EnvironmentMalformed { .. } => "MALFORMED",
            KekConfigError::EnvironmentWeak { .. } => "WEAK",
            other => panic!("{name}: {other:?}"),
        };
        assert!(name.starts_with(expected), "{name}: {error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(&name), "{text}");
        assert!(
            value.trim().is_empty() || !text.contains(value.trim()),
            "{text}"
        );
        seen += 1;
    }
    assert_eq!(seen, 15);
}

#[test]
fn what_is_no_kek_is_refused_by_its_kind() {
    let fit = STANDARD.encode(KEY);
    let weak = |bytes: [u8; 32]| STANDARD.encode(bytes);
    let half = std::array::from_fn(|at| KEY[at % 16]);
    let counting = std::array::from_fn(|at| at as u8);
    let few = std::array::from_fn(|at| KEY[at * at % 15]);
    child::passes(
        "environment::with_what_is_no_kek",
        &[
            ("UNSET_EMPTY", ""),
            ("UNSET_BLANK", " \n"),
            ("MALFORMED_SHORT", &STANDARD.encode([7; 31])),
            ("MALFORMED_LONG", &STANDARD.encode([7; 33])),
            ("MALFORMED_HEX_SHORT", &hexadecimal(&KEY)[1..]),
            ("MALFORMED_HEX", &format!("g{}", &hexadecimal(&KEY)[1..])),
            (
                "MALFORMED_ALPHABET",
                &fit.replace(['+', '/'], "_").replacen('X', "-", 1),
            ),
            (
                "MALFORMED_INSIDE",
                &format!("{} {}", &fit[..20], &fit[21..]),
            ),
            ("MALFORMED_TRAILING_BITS", &format!("{}b=", &fit[..42])),
            ("WEAK_ZERO", &weak([0; 32])),
            ("WEAK_ONE_BYTE", &hexadecimal(&[0xa7; 32])),
            ("WEAK_COUNTING", &weak(counting)),
            ("WEAK_HALVES", &weak(half)),
            ("WEAK_FEW", &weak(few)),
            ("WEAK_TEXT", &weak(*b"correct horse battery staple, 32")),
        ],
    );
}

#[test]
fn a_variable_that_is_not_there_is_named() {
    for name in ["INDELIBLE_TEST_NOT_THERE", "", "A=B", "A\0B"] {
        let error = EnvironmentProvider::read(name)
            .map(drop)
            .expect_err("it is not there");
        assert!(
            matches!(error, KekConfigError::EnvironmentUnset { .. }),
            "{error:?}"
        );
    }
}
