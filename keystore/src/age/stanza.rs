//! A stanza: what a header holds for one recipient, and what all X25519 stanzas are made of.

use data_encoding::BASE64_NOPAD;
use x25519_dalek::{PublicKey, SharedSecret};

use super::{
    error::AgeError,
    file_key::{Derived, derived},
};

/// The type of the stanzas that this crate makes and opens.
pub(super) const X25519: &str = "X25519";
const X25519_INFO: &[u8] = b"age-encryption.org/v1/X25519";
/// Characters of a line of a stanza's body.
const LINE_CHARACTERS: usize = 64;
/// What a stanza's first line begins with.
pub(super) const BEGINNING: &str = "-> ";

/// What a header holds for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stanza {
    /// The type, and what follows it.
    pub(super) arguments: Vec<String>,
    pub(super) body: Vec<u8>,
}

impl Stanza {
    /// Appends it to a header.
    pub(super) fn write(&self, header: &mut Vec<u8>) {
        header.extend_from_slice(BEGINNING.as_bytes());
        header.extend_from_slice(self.arguments.join(" ").as_bytes());
        header.push(b'\n');
        let body = BASE64_NOPAD.encode(&self.body);
        let mut lines = body.as_bytes().chunks_exact(LINE_CHARACTERS);
        for line in &mut lines {
            header.extend_from_slice(line);
            header.push(b'\n');
        }
        // The last line is a short one, and an empty one where none is left.
        header.extend_from_slice(lines.remainder());
        header.push(b'\n');
    }

    /// Reads the arguments of a first line, without its beginning.
    pub(super) fn of_arguments(line: &str) -> Result<Self, AgeError> {
        let arguments: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let is_argument = |argument: &String| {
            !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match arguments.iter().all(is_argument) {
            true => Ok(Self {
                arguments,
                body: Vec::new(),
            }),
            false => Err(AgeError::Header {
                problem: "a stanza has an argument that is empty or has characters that can't be in one",
            }),
        }
    }

    /// Adds a line of the body; true if it was the last.
    pub(super) fn add_line(&mut self, line: &str) -> Result<bool, AgeError> {
        if line.len() > LINE_CHARACTERS {
            return Err(AgeError::Header {
                problem: "a line of a stanza's body has more than 64 characters",
            });
        }
        let bytes = BASE64_NOPAD.decode(line.as_bytes());
        let bytes = bytes.map_err(|_| AgeError::Header {
            problem: "a stanza's body is not base64 as it is written",
        })?;
        self.body.extend_from_slice(&bytes);
        Ok(line.len() < LINE_CHARACTERS)
    }
}

/// The key that a file's key is wrapped with, for the two public values of an exchange. A point of low order gives nothing that is
/// secret, and is refused.
pub(super) fn wrapping_key(
    shared: &SharedSecret,
    share: &PublicKey,
    recipient: &PublicKey,
) -> Option<Result<Derived, AgeError>> {
    let salt = [*share.as_bytes(), *recipient.as_bytes()].concat();
    shared
        .was_contributory()
        .then(|| derived(&salt, shared.as_bytes(), X25519_INFO))
}
