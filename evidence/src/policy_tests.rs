use ed25519_dalek::SigningKey;

use super::*;
use crate::hash::Hex;

fn key(name: &str, seed: u8, signature_type: SignatureType) -> String {
    let public = SigningKey::from_bytes(&[seed; 32])
        .verifying_key()
        .to_bytes();
    VerifierKey::new(name, signature_type, public)
        .unwrap()
        .to_string()
}

fn witness(name: &str, seed: u8) -> String {
    format!(
        "witness {name} {}\n",
        key(&format!("{name}.example"), seed, SignatureType::Cosignature)
    )
}

fn two_levels() -> String {
    let mut text = format!(
        "# two groups\n\tlog {} https://log.example/\n\n",
        key("log.example/a/0123456789ab", 99, SignatureType::Ed25519)
    );
    for (seed, name) in ["X1", "X2", "X3", "Y1", "Y2"].iter().enumerate() {
        text += &witness(name, seed as u8);
    }
    text + "group X 2 X1 X2 X3\ngroup Y any Y1 Y2\ngroup both all X Y\nquorum both\n"
}

#[test]
fn groups_of_groups_are_evaluated() {
    let policy = Policy::parse(two_levels().as_bytes()).unwrap();
    assert_eq!(policy.witnesses().len(), 5);
    let met = |names: &[&str]| {
        policy.quorum_met(|at| names.contains(&policy.witnesses()[at].name.as_str()))
    };
    assert!(met(&["X1", "X3", "Y2"]));
    assert!(met(&["X1", "X2", "X3", "Y1", "Y2"]));
    assert!(!met(&["X1", "Y1", "Y2"]));
    assert!(!met(&["X1", "X2", "X3"]));
    assert!(!met(&[]));
}

#[test]
fn a_single_witness_or_none_can_be_the_quorum() {
    let text = format!("{}quorum W\n", witness("W", 1));
    let policy = Policy::parse(text.as_bytes()).unwrap();
    assert!(
        policy.requires_witnesses() && policy.quorum_met(|_| true) && !policy.quorum_met(|_| false)
    );
    let none = Policy::parse(b"quorum none\n").unwrap();
    assert!(!none.requires_witnesses() && none.quorum_met(|_| false));
}

/// A key of a type that this version does not know, under a key id that is right for it.
fn unknown_key(name: &str, seed: u8) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let typed = [6, seed, 1, 2, 3];
    let id = crate::verifier_key::typed_key_id(name, &typed);
    let id = Hex(&id).to_string();
    format!("{name}+{id}+{}", STANDARD.encode(typed))
}

#[test]
fn keys_of_unknown_types_are_listed_and_count_for_nothing() {
    let (known, unknown) = (witness("W", 1), unknown_key("m.example", 7));
    let text = format!("{known}witness M {unknown}\ngroup any 1 W M\nquorum any\n");
    let policy = Policy::parse(text.as_bytes()).unwrap();
    let keys: Vec<bool> = policy.witnesses().iter().map(|w| w.key.is_some()).collect();
    assert_eq!(keys, [true, false]);
    let note_key = key("n.example", 3, SignatureType::Ed25519);
    let policy = Policy::parse(format!("witness N {note_key}\nquorum N\n").as_bytes()).unwrap();
    assert!(policy.witnesses()[0].key.is_none());
    let twice = format!("{known}witness M {unknown}\nwitness N {unknown}\nquorum M\n");
    assert!(Policy::parse(twice.as_bytes()).is_err());
    // A log of such a type is another log.
    let log = VerifierKey::parse(&key(
        "log.example/a/0123456789ab",
        9,
        SignatureType::Ed25519,
    ));
    let other = format!(
        "log {}\nquorum none\n",
        unknown_key("log.example/a/0123456789ab", 9)
    );
    let policy = Policy::parse(other.as_bytes()).unwrap();
    assert!(!policy.speaks_of(&log.unwrap()));
    let wrong_id = unknown.replacen('+', "+0", 1);
    assert!(Policy::parse(format!("witness M {wrong_id}\nquorum M\n").as_bytes()).is_err());
}

#[test]
fn names_are_opaque_bytes() {
    let mut text = b"witness \xff\xfe ".to_vec();
    text.extend_from_slice(key("w.example", 1, SignatureType::Cosignature).as_bytes());
    text.extend_from_slice(b"\nquorum \xff\xfe\n");
    assert!(Policy::parse(&text).is_ok());
    let other = String::from_utf8_lossy(&text)
        .into_owned()
        .replace("quorum \u{fffd}", "quorum x");
    assert!(Policy::parse(other.as_bytes()).is_err());
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_wrong_is_refused_with_its_line() {
    let (w1, w2) = (witness("W1", 1), witness("W2", 2));
    let log = key("log.example/a/0123456789ab", 9, SignatureType::Ed25519);
    let cases = [
        ("no quorum", w1.clone()),
        ("two quorums", "quorum none\nquorum none\n".to_owned()),
        ("undefined quorum", "quorum X\n".to_owned()),
        ("defined later", format!("quorum W1\n{w1}")),
        (
            "group of later names",
            format!("group G any W1\n{w1}quorum G\n"),
        ),
        (
            "member twice in a group",
            format!("{w1}group G 2 W1 W1\nquorum G\n"),
        ),
        (
            "member of two groups",
            format!("{w1}group G any W1\ngroup H any W1\nquorum G\n"),
        ),
        (
            "none as a member",
            format!("{w1}group G any none\nquorum G\n"),
        ),
        (
            "none as a name",
            format!("{}quorum none\n", witness("none", 1)),
        ),
        (
            "name twice",
            format!("{w1}{}quorum none\n", witness("W1", 3)),
        ),
        (
            "same key twice",
            format!("{w1}{}quorum none\n", witness("W3", 1)),
        ),
        (
            "same log twice",
            format!("log {log}\nlog {log}\nquorum none\n"),
        ),
        (
            "threshold 0",
            format!("{w1}{w2}group G 0 W1 W2\nquorum G\n"),
        ),
        (
            "threshold too great",
            format!("{w1}{w2}group G 3 W1 W2\nquorum G\n"),
        ),
        (
            "threshold not decimal",
            format!("{w1}{w2}group G +1 W1 W2\nquorum G\n"),
        ),
        (
            "threshold with a leading zero",
            format!("{w1}{w2}group G 01 W1 W2\nquorum G\n"),
        ),
        ("no member", "group G any\nquorum G\n".to_owned()),
        (
            "a bad key",
            "witness W w.example+00000000+AAAA\nquorum W\n".to_owned(),
        ),
        ("an unknown word", "quorum none\nallow all\n".to_owned()),
        ("too many words", "quorum none none\n".to_owned()),
        ("a carriage return", "quorum none\r\n".to_owned()),
    ];
    for (what, text) in cases {
        assert!(Policy::parse(text.as_bytes()).is_err(), "{what}");
    }
    let error = Policy::parse(b"# fine\n\nquorum X\n").unwrap_err();
    assert_eq!(
        error,
        PolicyError::Line {
            line: 3,
            problem: "X is not defined on an earlier line".to_owned()
        }
    );
}

#[test]
fn everything_has_a_limit() {
    assert_eq!(
        Policy::parse(&vec![b' '; POLICY_BYTES_MAX + 1]).unwrap_err(),
        PolicyError::TooLong
    );
}
