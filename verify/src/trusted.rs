//! What the one who verifies trusts: a key as it was typed, and files of their own.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use indelible_evidence::{Origin, SignatureType, VerifierKey};

use crate::failure::Failure;

/// A key as it was typed, or from the file that was named.
pub(crate) fn read_key(typed: &str) -> Result<VerifierKey, Failure> {
    let key = match VerifierKey::parse(typed) {
        Ok(key) => key,
        Err(_) if Path::new(typed).exists() => {
            let path = Path::new(typed);
            let bytes = read_trusted(path, 1024)?;
            let text = std::str::from_utf8(&bytes).map_err(|error| unusable(path, error))?;
            VerifierKey::parse(text.trim_end_matches(['\r', '\n']))
                .map_err(|error| unusable(path, error))?
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
    match Origin::parse(key.name()) {
        Ok(_) => Ok(key),
        Err(error) => {
            let problem = format!("the name of the key to pin is not a ledger's origin: {error}");
            Err(Failure::Usage(problem))
        }
    }
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
