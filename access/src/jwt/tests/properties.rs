//! Whatever is brought as a token.

#![expect(clippy::print_stdout, reason = "a campaign prints its figures")]

use std::env;

use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

use super::*;

/// How many tokens are tried.
fn cases() -> u32 {
    match env::var("INDELIBLE_TEST_TIER").as_deref() {
        Ok("long") => 1_000_000,
        _ => 4_000,
    }
}

/// From `INDELIBLE_TEST_SEED`, or by chance.
fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig::with_cases(cases);
    let seed = env::var("INDELIBLE_TEST_SEED").ok();
    match seed.and_then(|seed| seed.parse::<u64>().ok()) {
        Some(seed) => {
            let bytes = [seed.to_le_bytes(); 4].concat();
            let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
            TestRunner::new_with_rng(config, chance)
        }
        None => TestRunner::new(config),
    }
}

fn issuers() -> [(Issuer, KeySet); 1] {
    [(
        Issuer::new(&terms()).unwrap(),
        keys_of(&vectors()["jwks"], NOW),
    )]
}

/// What somebody may make of three parts.
fn brought() -> impl Strategy<Value = Vec<u8>> {
    let header = prop_oneof![
        Just(br#"{"alg":"EdDSA","kid":"ed"}"#.to_vec()),
        Just(br#"{"alg":"RS256","kid":"ed"}"#.to_vec()),
        Just(br#"{"alg":"none"}"#.to_vec()),
        Just(br#"{"alg":"HS256","kid":"ed"}"#.to_vec()),
        Just(b"[[[[[[[[[[[[[[[[[[[[".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    let end = prop_oneof![
        any::<u64>().prop_map(|end| end.to_string()),
        any::<i64>().prop_map(|end| end.to_string()),
        any::<f64>().prop_map(|end| end.to_string()),
        Just("1e400".to_owned()),
        Just("[".repeat(300)),
        Just("null".to_owned()),
    ];
    let payload = prop_oneof![
        end.prop_map(|end| format!(
            r#"{{"iss":"https://id.example.org","sub":"a","aud":"indelible","exp":{end},"iat":{end}}}"#
        )
        .into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..80),
    ];
    let signature = proptest::collection::vec(any::<u8>(), 0..80);
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let parts = (header, payload, signature).prop_map(move |(header, payload, signature)| {
        format!("{}.{}.{}", text(&header), text(&payload), text(&signature)).into_bytes()
    });
    prop_oneof![
        4 => parts,
        1 => proptest::collection::vec(any::<u8>(), 0..200),
        4 => changed(),
    ]
}

/// A genuine token in which something is another.
fn changed() -> impl Strategy<Value = Vec<u8>> {
    let genuine = prop_oneof![Just("rs256"), Just("es256"), Just("eddsa")];
    let place = any::<proptest::sample::Index>();
    (genuine, place, any::<u8>(), 0..4_u8).prop_map(|(name, place, byte, how)| {
        let mut token = token(name).into_bytes();
        let at = place.index(token.len());
        match how {
            0 => token[at] = byte,
            1 => token.insert(at, byte),
            2 => drop(token.remove(at)),
            _ => token.truncate(at),
        }
        token
    })
}

/// Nothing but what the issuer signed, to the byte, is believed, and nothing makes the verification fail otherwise.
#[test]
fn only_what_the_issuer_signed_is_believed() {
    let issuers = issuers();
    let genuine = ["rs256", "es256", "eddsa"].map(token);
    let mut runner = runner(cases());
    let tried = runner.run(&brought(), |brought| {
        let Ok(text) = std::str::from_utf8(&brought) else {
            return Ok(());
        };
        if Issuer::verify(&issuers, text, NOW * SECOND_NS).is_ok() {
            prop_assert!(
                genuine.iter().any(|token| token == text),
                "{text} is believed"
            );
        }
        Ok(())
    });
    tried.unwrap();
    println!("campaign: {} tokens", cases());
}

/// A set of keys is read whole or refused, whatever it is.
#[test]
fn whatever_is_answered_is_a_set_of_keys_or_refused() {
    let set = vectors()["jwks"].to_string();
    let place = any::<proptest::sample::Index>();
    let changed = (place, any::<char>(), 0..3_u8).prop_map(move |(place, other, how)| {
        let mut set = set.clone();
        let mut at = place.index(set.len());
        while !set.is_char_boundary(at) {
            at -= 1;
        }
        match how {
            0 => set.insert(at, other),
            1 => set.truncate(at),
            _ => drop(set.remove(at)),
        }
        set
    });
    let mut runner = runner(2_000);
    let tried = runner.run(&prop_oneof![changed, any::<String>()], |text| {
        if let Ok(keys) = KeySet::parse(&text, 7) {
            prop_assert_eq!(keys.fetched(), Some(7));
        }
        Ok(())
    });
    tried.unwrap();
}
