//! Notes and verifier keys, good and bad.

use proptest::prelude::*;

use super::*;
use crate::ed25519::KeyError;
use crate::testing::{identity_key, sign};

/// The example of the Go package that first had notes.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\
    \n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn parse(note: &str) -> Result<SignedNote, NoteError> {
    SignedNote::parse(note.as_bytes())
}

#[test]
fn a_note_of_another_implementation_verifies() {
    let key = VerifierKey::parse(GO_KEY).unwrap();
    assert_eq!(key.to_string(), GO_KEY);
    assert_eq!(key.name(), "PeterNeumann");
    assert_eq!(key.key_id(), [0xc7, 0x4f, 0x20, 0xa3]);
    let note = parse(GO_NOTE).unwrap();
    assert_eq!(note.to_string(), GO_NOTE);
    let lines: Vec<_> = note.lines_of(&key).collect();
    assert_eq!(lines.len(), 1);
    let signature = lines[0].signature.as_slice().try_into().unwrap();
    assert!(key.verify_message(note.text.as_bytes(), signature));
    assert!(!key.verify_message(b"another text\n", signature));
}

#[test]
fn the_identity_key_of_a_fixed_seed_has_this_vkey() {
    let key = identity_key();
    let text = key.to_string();
    assert_eq!(
        text,
        "audit.example.com/payments/000102abcdef+51a04eab+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
    );
    assert_eq!(VerifierKey::parse(&text), Ok(key.clone()));
    let timestamped = key.with_type(SignatureType::Cosignature);
    assert_ne!(timestamped.key_id(), key.key_id());
    assert_eq!(timestamped.public(), key.public());
    assert_eq!(
        VerifierKey::parse(&timestamped.to_string()),
        Ok(timestamped.clone())
    );
    assert_eq!(timestamped.with_type(SignatureType::Ed25519), key);
}

#[test]
fn bad_verifier_keys_are_refused() {
    let good = GO_KEY;
    for (vkey, error) in [
        (String::new(), VerifierKeyError::Form),
        ("PeterNeumann+c74f20a3".to_owned(), VerifierKeyError::Form),
        (format!("{good}="), VerifierKeyError::Form),
        (good.replace("PeterNeumann", ""), VerifierKeyError::Name),
        (
            good.replace("PeterNeumann", "Peter Neumann"),
            VerifierKeyError::Name,
        ),
        (
            good.replace("PeterNeumann", "Peter\u{a0}Neumann"),
            VerifierKeyError::Name,
        ),
        ("a+00000000+AQ==".to_owned(), VerifierKeyError::Type),
        ("a+00000000+".to_owned(), VerifierKeyError::Type),
    ] {
        assert_eq!(VerifierKey::parse(&vkey), Err(error), "{vkey}");
    }
    for other in [
        good.replace("c74f20a3", "C74F20A3"),
        good.replace("+ARpc", "+Ahpc"),
        good.replace("PeterNeumann", "Peter"),
    ] {
        let error = VerifierKey::parse(&other).unwrap_err();
        assert!(matches!(error, VerifierKeyError::KeyId { .. }), "{error}");
    }
    assert_eq!(
        VerifierKey::new("a", SignatureType::Ed25519, [0; 32]),
        Err(VerifierKeyError::Key(KeyError::SmallOrder))
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn bad_notes_are_refused() {
    let line = "\u{2014} name AAAAAAA=\n";
    let bad_line = |problem| Err(NoteError::Line { number: 1, problem });
    for (note, expected) in [
        (String::new(), Err(NoteError::NoSignatures)),
        ("text\n".to_owned(), Err(NoteError::NoSignatures)),
        ("text\n\n".to_owned(), Err(NoteError::NoSignatures)),
        (format!("text\n{line}"), Err(NoteError::NoSignatures)),
        (
            format!("text\n\n{}", line.trim_end()),
            Err(NoteError::NoFinalNewline),
        ),
        (
            format!("te\txt\n\n{line}"),
            Err(NoteError::ControlCharacter { found: b'\t' }),
        ),
        (
            format!("text\r\n\n{line}"),
            Err(NoteError::ControlCharacter { found: b'\r' }),
        ),
        (
            format!("text\n\n-{line}"),
            bad_line("does not begin with an em dash and a space"),
        ),
        (
            "text\n\n\u{2014} name\n".to_owned(),
            bad_line("has no signature"),
        ),
        (
            "text\n\n\u{2014}  AAAAAAA=\n".to_owned(),
            bad_line("names no key"),
        ),
        (
            "text\n\n\u{2014} a+b AAAAAAA=\n".to_owned(),
            bad_line("names no key"),
        ),
        (
            "text\n\n\u{2014} a\u{2003}b AAAAAAA=\n".to_owned(),
            bad_line("names no key"),
        ),
        (
            "text\n\n\u{2014} name AAAAAAB=\n".to_owned(),
            bad_line("is not canonical base64"),
        ),
        (
            "text\n\n\u{2014} name AAAAAAA\n".to_owned(),
            bad_line("is not canonical base64"),
        ),
        (
            "text\n\n\u{2014} name AAAA AAA=\n".to_owned(),
            bad_line("is not canonical base64"),
        ),
        (
            "text\n\n\u{2014} name AAAAAA==\n".to_owned(),
            bad_line("is too short"),
        ),
        (
            "text\n\n\u{2014} name AAAA\n".to_owned(),
            bad_line("is too short"),
        ),
        (
            format!("text\n\n{}", line.repeat(65)),
            Err(NoteError::TooManySignatures),
        ),
    ] {
        assert_eq!(parse(&note).map(|_| ()), expected, "{note:?}");
    }
    assert_eq!(SignedNote::parse(b"\xff\n\n"), Err(NoteError::NotUtf8));
    let long = format!("{}\n\n{line}", "x".repeat(NOTE_BYTES_MAX));
    assert_eq!(parse(&long), Err(NoteError::TooLong { found: long.len() }));
    assert_eq!(
        parse(&format!("text\n\n{}", line.repeat(64)))
            .unwrap()
            .signatures
            .len(),
        64
    );
}

#[test]
fn the_last_empty_line_ends_the_text() {
    let note = parse("a\n\nb\n\n\n\u{2014} name AAAAAAA=\n").unwrap();
    assert_eq!(note.text, "a\n\nb\n\n");
    assert_eq!(note.signatures.len(), 1);
}

#[test]
fn lines_belong_to_a_key_by_name_and_id() {
    let key = identity_key();
    let line = |name: &str, key_id| SignatureLine {
        name: name.to_owned(),
        key_id,
        signature: sign(1, b"text\n").to_vec(),
    };
    let note = SignedNote {
        text: "text\n".to_owned(),
        signatures: vec![
            line(key.name(), key.key_id()),
            line("other", key.key_id()),
            line(key.name(), [0; 4]),
        ],
    };
    let found: Vec<_> = note.lines_of(&key).collect();
    assert_eq!(found, [&note.signatures[0]]);
}

proptest! {
    #[test]
    fn notes_come_back(
        lines in proptest::collection::vec("[^\u{0}-\u{1f}]{0,40}", 1..6),
        signatures in proptest::collection::vec(
            ("[a-z./#]{1,30}", any::<[u8; 4]>(), proptest::collection::vec(any::<u8>(), 1..100)),
            1..9,
        ),
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let line = |(name, key_id, signature)| SignatureLine { name, key_id, signature };
        let note = SignedNote { text, signatures: signatures.into_iter().map(line).collect() };
        prop_assert_eq!(parse(&note.to_string()), Ok(note));
    }

    #[test]
    fn what_parses_prints_the_same(
        at: prop::sample::Index,
        byte: u8,
    ) {
        let mut bytes = GO_NOTE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(note) = SignedNote::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
        }
    }
}
