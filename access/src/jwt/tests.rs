mod properties;

use serde_json::{Value, json};

use super::*;

/// Keys and tokens that another implementation made: Python's PyJWT and cryptography. The private keys are gone.
const VECTORS: &str = include_str!("../../tests/vectors/jwt.json");

/// When the tokens are valid, in seconds.
const NOW: u64 = 1_700_000_100;
const END: u64 = 1_700_003_600;
const ALL: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn terms<'a>() -> IssuerTerms<'a> {
    IssuerTerms {
        name: "https://id.example.org",
        audiences: &["indelible"],
        algorithms: &ALL,
        groups_claim: Some("groups"),
        leeway_seconds: 30,
        stale_seconds: 24 * 3_600,
    }
}

fn keys_of(jwks: &Value, fetched: u64) -> KeySet {
    KeySet::parse(&jwks.to_string(), fetched * SECOND_NS).unwrap()
}

fn on(terms: &IssuerTerms<'_>, token: &str, now: u64) -> Result<Caller, JwtError> {
    let keys = keys_of(&vectors()["jwks"], NOW);
    let issuers = [(Issuer::new(terms).unwrap(), keys)];
    Issuer::verify(&issuers, token, now * SECOND_NS).map(|verified| verified.caller)
}

fn token(name: &str) -> String {
    vectors()["tokens"][name].as_str().unwrap().to_owned()
}

fn names(caller: &Caller) -> Vec<&str> {
    caller
        .names()
        .map(crate::principal::Principal::as_str)
        .collect()
}

#[test]
fn tokens_that_somebody_else_made_are_read() {
    for name in ["rs256", "es256", "eddsa", "audiences", "fraction"] {
        let caller =
            on(&terms(), &token(name), NOW).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            names(&caller),
            [
                "jwt:https://id.example.org#alice",
                "jwt-group:https://id.example.org#staff",
                "jwt-group:https://id.example.org#Domain Admins",
            ],
            "{name}"
        );
    }
    let one = on(&terms(), &token("one-group"), NOW).unwrap();
    assert_eq!(names(&one)[1..], ["jwt-group:https://id.example.org#staff"]);
    let none = IssuerTerms {
        groups_claim: None,
        ..terms()
    };
    assert_eq!(names(&on(&none, &token("eddsa"), NOW).unwrap()).len(), 1);
}

#[test]
fn each_wrong_token_is_refused_for_what_is_wrong() {
    let vectors = vectors();
    let refused = vectors["refused"].as_object().unwrap();
    assert!(refused.len() >= 20, "{}", refused.len());
    for (name, vector) in refused {
        let error = on(&terms(), vector["token"].as_str().unwrap(), NOW).unwrap_err();
        let said = format!("{error:?}");
        let why = vector["why"].as_str().unwrap();
        assert!(said.starts_with(why), "{name}: {said}");
    }
}

#[test]
fn every_changed_character_is_seen() {
    let token = token("es256");
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(on(&terms(), &changed, NOW).is_err(), "{at}");
    }
    for wrong in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        &format!("{token}."),
        &format!(".{token}"),
    ] {
        assert!(on(&terms(), wrong, NOW).is_err(), "{wrong}");
    }
    let long = "a".repeat(JWT_BYTES_MAX + 1);
    assert!(matches!(on(&terms(), &long, NOW), Err(JwtError::Form(_))));
}

#[test]
fn a_token_ends_and_its_caller_with_it() {
    let caller = on(&terms(), &token("eddsa"), END + 29).unwrap();
    assert!(!caller.has_expired((END + 30) * SECOND_NS - 1));
    assert!(caller.has_expired((END + 30) * SECOND_NS));
    assert_eq!(
        on(&terms(), &token("eddsa"), END + 30),
        Err(JwtError::Expired)
    );
    let early = 1_700_000_000 - 30;
    assert!(on(&terms(), &token("eddsa"), early).is_ok());
    assert_eq!(
        on(&terms(), &token("eddsa"), early - 1),
        Err(JwtError::TooEarly)
    );
}

#[test]
fn an_algorithm_that_is_not_the_issuer_s_is_refused_before_its_key() {
    let only = IssuerTerms {
        algorithms: &[Algorithm::EdDsa],
        ..terms()
    };
    assert_eq!(on(&only, &token("rs256"), NOW), Err(JwtError::Algorithm));
    assert!(on(&only, &token("eddsa"), NOW).is_ok());
}

#[test]
fn old_keys_verify_nothing() {
    let terms = IssuerTerms {
        stale_seconds: 3_600,
        leeway_seconds: 60,
        ..terms()
    };
    let fetched = |ago| {
        let keys = keys_of(&vectors()["jwks"], NOW - ago);
        let issuers = [(Issuer::new(&terms).unwrap(), keys)];
        Issuer::verify(&issuers, &token("eddsa"), NOW * SECOND_NS).map(|_| ())
    };
    assert_eq!(fetched(3_599), Ok(()));
    assert_eq!(fetched(3_600), Err(JwtError::KeysStale));
    let never = [(Issuer::new(&terms).unwrap(), KeySet::unknown())];
    for now in [0, NOW * SECOND_NS] {
        let refused = Issuer::verify(&never, &token("eddsa"), now);
        assert_eq!(refused, Err(JwtError::KeysStale));
    }
}

#[test]
fn what_is_verified_is_verified_again_when_the_keys_or_the_token_are_over() {
    let until = |stale_seconds| {
        let terms = IssuerTerms {
            stale_seconds,
            ..terms()
        };
        let issuers = [(
            Issuer::new(&terms).unwrap(),
            keys_of(&vectors()["jwks"], NOW),
        )];
        let verified = Issuer::verify(&issuers, &token("eddsa"), NOW * SECOND_NS).unwrap();
        verified.until / SECOND_NS
    };
    assert_eq!(until(60), NOW + 60);
    assert_eq!(until(24 * 3_600), END + 30);
}

/// A reader that takes the first of two, and one that takes the last, would see different groups.
#[test]
fn a_claim_that_comes_twice_is_refused_whichever_it_is() {
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","kid":"ed"}"#);
    for twice in [r#""groups":["a"],"groups":["b"]"#, r#""x":1,"x":1"#] {
        let claims = format!(
            r#"{{"iss":"https://id.example.org","sub":"s","aud":"indelible","exp":{END},{twice}}}"#
        );
        let claims = BASE64_URL_SAFE_NO_PAD.encode(claims);
        let refused = on(&terms(), &format!("{header}.{claims}.AAAA"), NOW);
        assert!(matches!(refused, Err(JwtError::Form(_))), "{refused:?}");
    }
}

#[test]
fn a_token_without_a_key_s_id_needs_the_only_key() {
    assert_eq!(
        on(&terms(), &token("no-kid"), NOW),
        Err(JwtError::KeyUnknown { issuer: 0 })
    );
    let one = json!({ "keys": [vectors()["jwks"]["keys"][2]] });
    let issuers = [(Issuer::new(&terms()).unwrap(), keys_of(&one, NOW))];
    assert!(Issuer::verify(&issuers, &token("no-kid"), NOW * SECOND_NS).is_ok());
}

#[test]
fn keys_that_verify_nothing_here_are_left_out() {
    let vectors = vectors();
    let parse = |keys: Value| KeySet::parse(&json!({ "keys": keys }).to_string(), 0).map(|_| ());
    let good = vectors["jwks"]["keys"][2].clone();
    let with = |field: &str, value: Value| {
        let mut key = good.clone();
        key[field] = value;
        key
    };
    for useless in [
        vectors["weak"].clone(),
        with("use", json!("enc")),
        with("alg", json!("RS256")),
        with("alg", json!("HS256")),
        with("crv", json!("X25519")),
        with("x", json!("AAAA")),
        json!({ "kty": "oct", "k": "AAAA", "kid": "secret" }),
        json!({ "kty": "RSA", "n": "" }),
        json!("a key"),
    ] {
        assert_eq!(
            parse(json!([useless])),
            Err(KeysError::Nothing),
            "{useless}"
        );
        assert_eq!(parse(json!([useless, good])), Ok(()), "{useless}");
    }
    let twice = KeysError::Twice {
        kid: "ed".to_owned(),
    };
    assert_eq!(parse(json!([good, good])), Err(twice));
    let many = vec![good.clone(); KEY_SET_KEYS + 1];
    assert_eq!(
        parse(json!(many)),
        Err(KeysError::TooMany {
            found: KEY_SET_KEYS + 1
        })
    );
    assert_eq!(KeySet::parse("[]", 0).map(|_| ()), Err(KeysError::Form));
}

const KEY_SET_KEYS: usize = crate::limits::KEY_SET_KEYS_MAX;

#[test]
fn an_issuer_on_terms_that_believe_anybody_is_refused() {
    for (terms, error) in [
        (
            IssuerTerms {
                audiences: &[],
                ..terms()
            },
            IssuerError::Audiences,
        ),
        (
            IssuerTerms {
                audiences: &[""],
                ..terms()
            },
            IssuerError::Audiences,
        ),
        (
            IssuerTerms {
                algorithms: &[],
                ..terms()
            },
            IssuerError::Algorithms,
        ),
        (
            IssuerTerms {
                leeway_seconds: 61,
                ..terms()
            },
            IssuerError::Leeway,
        ),
        (
            IssuerTerms {
                stale_seconds: 24 * 3_600 + 1,
                ..terms()
            },
            IssuerError::Stale,
        ),
        (
            IssuerTerms {
                stale_seconds: 0,
                ..terms()
            },
            IssuerError::Stale,
        ),
        (
            IssuerTerms {
                name: "id",
                ..terms()
            },
            IssuerError::Name(PrincipalError::Issuer),
        ),
    ] {
        assert_eq!(Issuer::new(&terms), Err(error));
    }
}

#[test]
fn unknown_keys_ask_the_issuer_once_a_minute() {
    let minute = 60 * SECOND_NS;
    assert!(may_fetch_keys(None, 0));
    assert!(!may_fetch_keys(Some(minute), 2 * minute - 1));
    assert!(may_fetch_keys(Some(minute), 2 * minute));
    assert!(!may_fetch_keys(Some(minute), 0));
}
