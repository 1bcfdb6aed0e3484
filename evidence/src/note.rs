//! C2SP `signed-note`: a text with the signature lines under it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::limits::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX};
use crate::verifier_key::is_key_name;

pub use crate::verifier_key::{SignatureType, VerifierKey, VerifierKeyError, key_id};

/// What every signature line begins with: an em dash and a space.
const LINE_BEGINNING: &str = "\u{2014} ";

/// Why bytes are not a signed note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Too long.
    #[error("the note has {found} bytes, more than {NOTE_BYTES_MAX}")]
    TooLong {
        /// How long it is.
        found: usize,
    },
    /// Not UTF-8.
    #[error("the note is not UTF-8")]
    NotUtf8,
    /// A control character other than newline.
    #[error("the note holds the control character {found:#04x}")]
    ControlCharacter {
        /// The first one.
        found: u8,
    },
    /// No empty line with signature lines after it.
    #[error("the note has no signatures")]
    NoSignatures,
    /// The last line does not end.
    #[error("the note does not end with a newline")]
    NoFinalNewline,
    /// A signature line that is not of the form.
    #[error("signature line {number} {problem}")]
    Line {
        /// From 1.
        number: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Too many signature lines.
    #[error("the note has more than {NOTE_SIGNATURES_MAX} signature lines")]
    TooManySignatures,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub key_id: [u8; 4],
    /// What follows the key id: for Ed25519 64 bytes, for a cosignature the time before them.
    pub signature: Vec<u8>,
}

/// A signed note, parsed; nothing is verified by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// The text that is signed, its final newline included.
    pub text: String,
    /// The signature lines, in order; at least one in a note that was parsed.
    pub signatures: Vec<SignatureLine>,
}

impl SignedNote {
    /// Parses a note. Printing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong { found: bytes.len() });
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if let Some(found) = note.bytes().find(|&byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::ControlCharacter { found });
        }
        let empty_line = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, lines) = (&note[..=empty_line], &note[empty_line + 2..]);
        if lines.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoFinalNewline)?;
        let mut signatures = Vec::new();
        for (index, line) in lines.split('\n').enumerate() {
            if index == NOTE_SIGNATURES_MAX {
                return Err(NoteError::TooManySignatures);
            }
            let number = index + 1;
            let line = SignatureLine::parse(line)
                .map_err(|problem| NoteError::Line { number, problem })?;
            signatures.push(line);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The lines whose name and key id are the key's. They may be forged: verify each.
    pub fn lines_of(&self, key: &VerifierKey) -> impl Iterator<Item = &SignatureLine> {
        let (name, key_id) = (key.name().to_owned(), key.key_id());
        self.signatures
            .iter()
            .filter(move |line| line.name == name && line.key_id == key_id)
    }
}

impl SignatureLine {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let rest = line
            .strip_prefix(LINE_BEGINNING)
            .ok_or("does not begin with an em dash and a space")?;
        let (name, base64) = rest.split_once(' ').ok_or("has no signature")?;
        if !is_key_name(name) {
            return Err("names no key");
        }
        let bytes = STANDARD
            .decode(base64)
            .map_err(|_| "is not canonical base64")?;
        match bytes.split_first_chunk::<4>() {
            Some((key_id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            }),
            _ => Err("is too short"),
        }
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_vec();
        bytes.extend_from_slice(&self.signature);
        writeln!(
            formatter,
            "{LINE_BEGINNING}{} {}",
            self.name,
            STANDARD.encode(bytes)
        )
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|line| line.fmt(formatter))
    }
}

#[cfg(test)]
mod tests;
