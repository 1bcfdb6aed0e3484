//! The format, as its specification says: what is written is read, and nothing else is.

use std::io::Read as _;

use data_encoding::BASE64_NOPAD;
use x25519_dalek::{PublicKey, StaticSecret};

use super::{file_key::FileKey, header::Header, limits::*, stanza::Stanza, stream::*, *};
use crate::{Entropy, KeyError, crypto::entropy::SystemEntropy};

fn identity() -> Identity {
    Identity::generate().unwrap()
}

fn to(identities: &[&Identity]) -> Recipients {
    Recipients::new(identities.iter().map(|one| one.recipient())).unwrap()
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|n| (n * 31 % 251) as u8).collect()
}

fn opened(identity: Identity, file: &[u8]) -> Result<Vec<u8>, AgeError> {
    Ok(decrypt(&[identity], file)?.to_vec())
}

fn again(identity: &Identity) -> Identity {
    Identity::parse(&identity.expose()).unwrap()
}

/// Where a file's content begins, behind its header and nonce.
fn content_begins(file: &[u8]) -> usize {
    let end = file.windows(5).position(|five| five == b"\n--- ").unwrap() + 1;
    end + file[end..].iter().position(|byte| *byte == b'\n').unwrap() + 1 + 16
}

#[test]
fn every_recipient_opens_it_and_nobody_else_does() {
    let (first, second, other) = (identity(), identity(), identity());
    for bytes in [
        0,
        1,
        PART_BYTES - 1,
        PART_BYTES,
        PART_BYTES + 1,
        3 * PART_BYTES,
        3 * PART_BYTES + 77,
    ] {
        let file = encrypt(&to(&[&first, &second]), &content(bytes)).unwrap();
        for one in [&first, &second] {
            assert_eq!(opened(again(one), &file).unwrap(), content(bytes));
        }
        let refused = opened(again(&other), &file).unwrap_err();
        assert!(matches!(refused, AgeError::OtherRecipients), "{refused}");
        let both = [again(&other), again(&second)];
        assert_eq!(*decrypt(&both, &file).unwrap(), content(bytes));
    }
}

#[test]
fn its_length_is_known_before() {
    let all = to(&[&identity(), &identity()]);
    for bytes in [0, 1, PART_BYTES, PART_BYTES + 1, 5 * PART_BYTES - 1] {
        let content = content(bytes);
        let mut file = Encryptor::new(&all, content.as_slice(), &SystemEntropy).unwrap();
        let told = file.sealed_bytes(bytes as u64);
        assert_eq!(file.read_to_end(&mut Vec::new()).unwrap() as u64, told);
    }
}

/// Cuts a file at every boundary of a part, beside each, and in the header: never is it taken for whole.
#[test]
fn a_file_that_was_cut_off_is_found_wherever_that_was() {
    let key = identity();
    for bytes in [0, PART_BYTES, 3 * PART_BYTES, 2 * PART_BYTES + 5] {
        let file = encrypt(&to(&[&key]), &content(bytes)).unwrap();
        let begins = content_begins(&file);
        let ends = (begins..file.len()).step_by(SEALED_BYTES);
        let beside = ends.flat_map(|end| [end.saturating_sub(1), end, end + 1, end + 15, end + 16]);
        for end in (0..begins).chain(beside).filter(|end| *end < file.len()) {
            let refused = opened(again(&key), &file[..end]).unwrap_err();
            let is_at_a_boundary = end < begins || (end - begins) % SEALED_BYTES < 16;
            match refused {
                AgeError::CutOff => {}
                AgeError::Altered { .. } if !is_at_a_boundary => {}
                // The first line is a beginning of itself; what is left of the last one is no code.
                other => panic!("cut at {end} of {}: {other}", file.len()),
            }
        }
    }
}

#[test]
fn an_empty_last_part_behind_others_is_refused() {
    let key = identity();
    let file = encrypt(&to(&[&key]), &content(PART_BYTES)).unwrap();
    let header = Header::read(&mut file.as_slice()).unwrap();
    let file_key = header.file_key(&[again(&key)]).unwrap();
    let begins = content_begins(&file);
    let nonce = file[begins - 16..begins].try_into().unwrap();
    let forged = super::stream::testing::parts(
        &file_key,
        &nonce,
        &[(content(PART_BYTES), false), (vec![], true)],
    );
    let forged = [&file[..begins], &forged].concat();
    let refused = opened(key, &forged).unwrap_err();
    assert!(
        matches!(refused, AgeError::Altered { part: 1 }),
        "{refused}"
    );
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    let key = identity();
    let file = encrypt(&to(&[&key, &identity()]), &content(300)).unwrap();
    for at in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        assert!(opened(again(&key), &flipped).is_err(), "bit {at}");
    }
    let mut longer = file.clone();
    longer.push(0);
    assert!(opened(again(&key), &longer).is_err());
}

#[test]
fn parts_that_are_exchanged_repeated_or_appended_are_found() {
    let key = identity();
    let file = encrypt(&to(&[&key]), &content(3 * PART_BYTES)).unwrap();
    let begins = content_begins(&file);
    let part = |n: usize| &file[begins + n * SEALED_BYTES..begins + (n + 1) * SEALED_BYTES];
    let of = |parts: &[&[u8]]| [&[&file[..begins]], parts].concat().concat();
    assert!(opened(again(&key), &of(&[part(0), part(1), part(2)])).is_ok());
    for wrong in [
        of(&[part(1), part(0), part(2)]),
        of(&[part(0), part(0), part(1), part(2)]),
        of(&[part(0), part(2)]),
    ] {
        let refused = opened(again(&key), &wrong).unwrap_err();
        assert!(matches!(refused, AgeError::Altered { .. }), "{refused}");
    }
    let appended = of(&[part(0), part(1), part(2), part(2)]);
    let refused = opened(again(&key), &appended).unwrap_err();
    assert!(
        matches!(refused, AgeError::PastTheEnd { part: 2 }),
        "{refused}"
    );
}

/// What is read before an error is authentic, and after the error comes no end that looks like one.
#[test]
fn a_reader_that_goes_on_after_an_error_gets_it_again() {
    let key = identity();
    let file = encrypt(&to(&[&key]), &content(2 * PART_BYTES)).unwrap();
    let cut = &file[..content_begins(&file) + SEALED_BYTES];
    let mut reader = Decryptor::new(&[key], cut).unwrap();
    let mut seen = Vec::new();
    assert!(reader.read_to_end(&mut seen).is_err());
    assert!(reader.read(&mut [0; 9]).is_err());
    assert!(seen.is_empty() || content(PART_BYTES).starts_with(&seen));
}

#[test]
fn texts_of_keys_are_as_age_writes_them() {
    // From `age-keygen` 1.1.1.
    let secret = "AGE-SECRET-KEY-1CMSZ32ZKTSDTT5WS57M4R5U8T5X70GE2RM8VA6U2UH2C6YRFVS6QQA974N";
    let recipient = "age1ugjmdsvqpxspmz7fr8v52u98k9n8kagqakwjmm8tul7kusmmggys3w640l";
    let identity = Identity::parse(secret).unwrap();
    assert_eq!(identity.recipient().to_string(), recipient);
    assert_eq!(identity.expose().as_str(), secret);
    assert_eq!(
        recipient.parse::<Recipient>().unwrap(),
        identity.recipient()
    );
    assert!(!format!("{identity:?}").contains("SECRET"));
    let mut long = vec![recipient.to_owned(); 3];
    assert_eq!(Recipients::parse(&long).unwrap().texts(), [recipient]);
    long.clear();
    assert!(Recipients::parse(&long).is_err());
}

#[test]
fn what_is_not_a_recipient_is_refused_and_a_secret_is_not_shown() {
    let key = identity();
    let good = key.recipient().to_string();
    let upper = good.to_uppercase();
    let low_order = super::key_text::encode("age", &[0; 32]);
    for wrong in [
        "",
        "age1",
        "loans@example.com",
        "ssh-ed25519 AAAA",
        &good[..good.len() - 1],
        &upper,
        &low_order,
        "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
        &format!(" {good}"),
        &super::key_text::encode("age", &[7; 31]),
    ] {
        let refused = wrong.parse::<Recipient>();
        assert!(
            matches!(refused, Err(AgeError::Recipient { .. })),
            "{wrong}"
        );
    }
    let secret = key.expose();
    let refused = secret.parse::<Recipient>().unwrap_err().to_string();
    assert!(
        refused.contains("secret half") && !refused.contains(&secret[16..]),
        "{refused}"
    );
}

#[test]
fn a_file_of_identities_is_read_and_what_is_wrong_is_said_by_its_line() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("key.txt");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        identities(&path)
    };
    let (first, second) = (identity().expose(), identity().expose());
    let text = format!("# created\n# public key\n{}\n\n{}\r\n", *first, *second);
    assert_eq!(read(&text).unwrap().len(), 2);
    assert!(matches!(read("# nothing\n"), Err(AgeError::NoIdentity)));
    let encrypted = read("age-encryption.org/v1\n-> scrypt x 18\n");
    assert!(matches!(encrypted, Err(AgeError::IdentityEncrypted)));
    // In the binary form, which is no text, and as text of its own.
    let mut binary = b"age-encryption.org/v1\n-> scrypt x 18\n--- y\n".to_vec();
    binary.extend([0xff, 0xfe, 0x00, 0x80]);
    std::fs::write(&path, &binary).unwrap();
    let told = identities(&path).unwrap_err();
    assert!(told.to_string().contains("age -d"), "{told}");
    let armoured = read("\n-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n");
    assert!(matches!(armoured, Err(AgeError::IdentityEncrypted)));
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(identities(&path), Err(AgeError::NoIdentity)));
    let recipient = identity().recipient().to_string();
    let lower = first.to_lowercase();
    for wrong in [
        "AGE-SECRET-KEY-1QQ",
        "AGE-PLUGIN-YUBIKEY-1QQ",
        &recipient,
        &lower,
    ] {
        let refused = read(&format!("# one\n{wrong}\n")).unwrap_err();
        assert!(
            matches!(refused, AgeError::Identity { line: 2, .. }),
            "{wrong}"
        );
        assert!(!refused.to_string().contains(wrong), "{refused}");
    }
}

/// A header with an authentication code that is right, so that only what is tried is wrong.
fn with_header(key: &Identity, header: &str) -> Vec<u8> {
    let file_key = FileKey::from_bytes(zeroize::Zeroizing::new([9; 16]));
    let mut stanza = Vec::new();
    let made = key.recipient().stanza(&file_key, &SystemEntropy).unwrap();
    made.write(&mut stanza);
    let header = header.replace("STANZA\n", std::str::from_utf8(&stanza).unwrap());
    let mac = BASE64_NOPAD.encode(&file_key.header_mac(header.as_bytes()).unwrap());
    let nonce = [4; 16];
    let content = super::stream::testing::parts(&file_key, &nonce, &[(b"content".to_vec(), true)]);
    [
        header.as_bytes(),
        b" ",
        mac.as_bytes(),
        b"\n",
        &nonce,
        &content,
    ]
    .concat()
}

#[test]
fn headers_are_as_the_specification_says() {
    let key = identity();
    let full = "QUFB".repeat(16);
    for right in [
        "age-encryption.org/v1\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n-> grease a b c\n\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n-> x\nQUFB\nSTANZA\n-> y !\nQUFBQQ\n---".to_owned(),
        format!("age-encryption.org/v1\n-> x\n{full}\n{full}\nQUFB\nSTANZA\n---"),
        format!("age-encryption.org/v1\n-> x\n{full}\n\nSTANZA\n---"),
    ] {
        let found = opened(again(&key), &with_header(&key, &right));
        assert_eq!(found.unwrap(), b"content", "{right}");
    }
    let share = BASE64_NOPAD.encode(PublicKey::from(&StaticSecret::from([3; 32])).as_bytes());
    let body = BASE64_NOPAD.encode(&[0; 32]);
    let zero = BASE64_NOPAD.encode(&[0; 32]);
    for wrong in [
        "age-encryption.org/v2\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\r\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n->  x\n\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n-> x \n\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n-> \n\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n->x\n\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n-> x \u{e4}\n\nSTANZA\n---".to_owned(),
        // Padding, bits past the end, a line that is too long, and a body without its short line.
        "age-encryption.org/v1\n-> x\nQUFBQQ==\nSTANZA\n---".to_owned(),
        "age-encryption.org/v1\n-> x\nQUFBQR\nSTANZA\n---".to_owned(),
        format!("age-encryption.org/v1\n-> x\n{full}QUFB\nSTANZA\n---"),
        format!("age-encryption.org/v1\n-> x\n{full}\nSTANZA\n---"),
        "age-encryption.org/v1\nSTANZA\n----".to_owned(),
        "age-encryption.org/v1\n---".to_owned(),
        "age-encryption.org/v1\n-> scrypt c2FsdA 18\nQUFB\nSTANZA\n---".to_owned(),
        // Stanzas of our type that are not as they must be, beside one that opens.
        format!("age-encryption.org/v1\nSTANZA\n-> X25519\n{body}\n---"),
        format!("age-encryption.org/v1\nSTANZA\n-> X25519 {share} {share}\n{body}\n---"),
        format!(
            "age-encryption.org/v1\nSTANZA\n-> X25519 {}\n{body}\n---",
            &share[1..]
        ),
        format!("age-encryption.org/v1\nSTANZA\n-> X25519 {share}=\n{body}\n---"),
        format!("age-encryption.org/v1\nSTANZA\n-> X25519 {share}\nQUFB\n---"),
        format!("age-encryption.org/v1\nSTANZA\n-> X25519 {zero}\n{body}\n---"),
    ] {
        let found = opened(again(&key), &with_header(&key, &wrong));
        assert!(found.is_err(), "{wrong}");
    }
    let other = opened(again(&key), b"# a shell script, which is something else\n").unwrap_err();
    assert!(matches!(other, AgeError::NotAge), "{other}");
    let long = format!(
        "age-encryption.org/v1\n-> x {}\n",
        "a".repeat(AGE_HEADER_BYTES_MAX)
    );
    let refused = opened(key, long.as_bytes()).unwrap_err();
    assert!(matches!(refused, AgeError::Header { .. }), "{refused}");
}

#[test]
fn a_header_with_another_code_is_said_to_be_altered() {
    let key = identity();
    let mut file = encrypt(&to(&[&key]), b"content").unwrap();
    let code = file.windows(4).position(|four| four == b"--- ").unwrap() + 4;
    file[code] = if file[code] == b'A' { b'B' } else { b'A' };
    let refused = opened(key, &file).unwrap_err();
    assert!(matches!(refused, AgeError::HeaderAltered), "{refused}");
}

/// Gives bytes that count up.
struct Counted(std::sync::atomic::AtomicU8);

impl Entropy for Counted {
    fn fill(&self, out: &mut [u8]) -> Result<(), KeyError> {
        out.fill_with(|| self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        Ok(())
    }
}

#[test]
fn all_that_is_random_comes_from_the_source_of_random_bytes() {
    let all = to(&[&identity(), &identity()]);
    let made = || {
        let entropy = Counted(0.into());
        let mut file = Vec::new();
        let content = content(70_000);
        let mut sealed = Encryptor::new(&all, content.as_slice(), &entropy).unwrap();
        sealed.read_to_end(&mut file).unwrap();
        file
    };
    assert_eq!(made(), made());
    assert_ne!(encrypt(&all, b"x").unwrap(), encrypt(&all, b"x").unwrap());
}

#[test]
fn a_stanza_of_whole_lines_ends_with_an_empty_one() {
    let stanza = Stanza {
        arguments: vec!["x".into()],
        body: vec![0; 48],
    };
    let mut written = Vec::new();
    stanza.write(&mut written);
    assert_eq!(written, format!("-> x\n{}\n\n", "A".repeat(64)).as_bytes());
}
