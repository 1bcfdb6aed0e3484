//! What the one who verifies trusts: a key as it was typed, and files of their own.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use data_encoding::BASE64;
use indelible_evidence::{Origin, SignatureType, VerifierKey};

use crate::failure::Failure;
use crate::text_file::{explained, plain_text};

/// No key is longer, in whatever encoding.
const KEY_BYTES_MAX: usize = 4_096;
/// The lines around a public key in PEM (RFC 7468).
const PEM_LINES: (&str, &str) = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----");
/// What stands in a SubjectPublicKeyInfo before the 32 bytes of an Ed25519 key (RFC 8410).
const ED25519_INFO: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A key as it was typed, or from the file that was named: a verifier key, or one in PEM, which names no ledger. Then
/// `origin` does, or nothing is pinned: that a bundle says whose it is, is no reason to believe it.
pub(crate) fn read_key(typed: &Path, origin: Option<&str>) -> Result<VerifierKey, Failure> {
    let key = match key_in(&typed.to_string_lossy(), origin) {
        Ok(key) => key,
        Err(_) if typed.exists() => {
            let path = typed;
            let bytes = read_trusted(path, KEY_BYTES_MAX)?;
            if bytes
                .strip_prefix(&ED25519_INFO)
                .is_some_and(|key| key.len() == 32)
            {
                let file = path.display();
                return Err(unusable(
                    path,
                    format!(
                        "it is a public key in DER; \"openssl pkey -pubin -inform DER -in {file} -out {file}.pem\" writes it \
                         in PEM, which --key takes together with --origin"
                    ),
                ));
            }
            let text = plain_text(&bytes)
                .ok_or_else(|| unusable(path, explained(path, &bytes, "it is not text")))?;
            key_in(&text, origin).map_err(|error| unusable(path, error))?
        }
        Err(error) => {
            return Err(Failure::Usage(format!(
                "--key is neither a verifier key ({error}) nor a file"
            )));
        }
    };
    if key.signature_type() != SignatureType::Ed25519 {
        let problem = "the key to pin is the ledger's plain one, of type 0x01";
        return Err(Failure::Usage(problem.to_owned()));
    }
    if let Err(error) = Origin::parse(key.name()) {
        let problem = format!("the name of the key to pin is not a ledger's origin: {error}");
        return Err(Failure::Usage(problem));
    }
    match origin {
        Some(origin) if origin != key.name() => Err(Failure::Usage(format!(
            "the key is for {}, but --origin names {origin}",
            key.name()
        ))),
        _ => Ok(key),
    }
}

/// The key in a text.
fn key_in(text: &str, origin: Option<&str>) -> Result<VerifierKey, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    // Other programs write in front of a key in PEM what is in it.
    let begins = text.starts_with("-----BEGIN ") || text.contains("\n-----BEGIN ");
    if !begins {
        return VerifierKey::parse(text).map_err(|error| error.to_string());
    }
    let public = pem_key(text)?;
    let origin = origin.ok_or(
        "a key in PEM names no ledger; give the ledger's name too, as its operator told it: --origin ORIGIN",
    )?;
    VerifierKey::new(origin, SignatureType::Ed25519, public).map_err(|error| error.to_string())
}

/// The key in a PEM text: an Ed25519 key as SubjectPublicKeyInfo.
fn pem_key(text: &str) -> Result<[u8; 32], String> {
    let mut blocks = text.match_indices("-----BEGIN ");
    let (first, more) = (blocks.next(), blocks.next());
    let block = first.filter(|_| more.is_none()).map(|(at, _)| &text[at..]);
    let within = block.and_then(|block| block.strip_prefix(PEM_LINES.0));
    let within = within.and_then(|block| block.split_once(PEM_LINES.1));
    let (within, _) = within.ok_or_else(|| {
        format!(
            "it is not one public key in PEM, between {} and {}; a certificate or a private key is none (\"openssl x509 -pubkey \
             -noout\" or \"openssl pkey -pubout\" writes the public key)",
            PEM_LINES.0, PEM_LINES.1
        )
    })?;
    let base64: String = within.split_whitespace().collect();
    let info = BASE64.decode(base64.as_bytes());
    let info = info.map_err(|_| "what is between the lines of the PEM is not base64")?;
    info.strip_prefix(&ED25519_INFO)
        .and_then(|key| key.try_into().ok())
        .ok_or_else(|| "the PEM holds a key that is not of type Ed25519".to_owned())
}

pub(crate) fn read_trusted(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = bytes_max as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| unusable(path, error))?;
    if bytes.len() > bytes_max {
        return Err(unusable(path, format!("longer than {bytes_max} bytes")));
    }
    Ok(bytes)
}

pub(crate) fn unusable(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("can't use {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.1.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    const ORIGIN: &str = "tests.example/ledger/0123456789ab";

    #[test]
    fn a_key_in_pem_is_the_same_key_and_needs_the_ledgers_name() {
        let key = read_key(Path::new(PEM), Some(ORIGIN)).unwrap();
        assert_eq!(key.name(), ORIGIN);
        assert_eq!(key.public()[..4], [0x19, 0xbf, 0x44, 0x09]);
        assert_eq!(read_key(Path::new(&key.to_string()), None).unwrap(), key);
        assert_eq!(
            read_key(
                Path::new(&format!("\u{feff} {}\r\n", PEM.replace('\n', "\r\n"))),
                Some(ORIGIN)
            )
            .unwrap(),
            key
        );
        // openssl -text writes the key in figures first; what comes after the block plays no part either.
        let told = format!("ED25519 Public-Key:\npub:\n    19:bf:44\n{PEM}# of 2026\n");
        assert_eq!(read_key(Path::new(&told), Some(ORIGIN)).unwrap(), key);
        let two = format!("{PEM}{PEM}");
        for (text, origin, words) in [
            (two.as_str(), Some(ORIGIN), "one public key"),
            (PEM, None, "--origin"),
            (PEM, Some("no origin"), "name of a key"),
            (
                &key.to_string(),
                Some("tests.example/x/0123456789ab"),
                "--origin names",
            ),
            (&PEM.replace("MCow", "MCox"), Some(ORIGIN), "Ed25519"),
            (
                &PEM.replace("PUBLIC", "PRIVATE"),
                Some(ORIGIN),
                "public key",
            ),
            (&PEM.replace("Gb9", "G*9"), Some(ORIGIN), "base64"),
        ] {
            let error = read_key(Path::new(text), origin).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
