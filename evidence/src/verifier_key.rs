//! C2SP verifier keys: a name, a signature type and a public key in one line of text.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::ed25519::{KeyError, PublicKey};
use crate::hash::write_hexadecimal;

/// The signature types of C2SP `signed-note` that the format uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SignatureType {
    /// Ed25519 over the note's text.
    Ed25519 = 1,
    /// Ed25519 over a time and the note's text, as in C2SP `tlog-cosignature`.
    Cosignature = 4,
}

/// Why a text is not a verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Not `<name>+<key id>+<base64>`.
    #[error("a verifier key is <name>+<key id, 8 lower-case hexadecimal digits>+<base64>")]
    Form,
    /// The name is empty, or holds a space or `+`.
    #[error("the name of a key must not be empty or contain a space, a control character or '+'")]
    Name,
    /// A key of a type that the format uses, but not of its length; or no key at all.
    #[error("the key is not of type Ed25519 (1) or cosignature (4), with 32 bytes")]
    Type,
    /// A type that the format does not use.
    #[error("the key is of type {0:#04x}, which this version does not know")]
    UnknownType(u8),
    /// The key id is not that of name, type and key.
    #[error("the key id is {found}, but name and key have {computed}")]
    KeyId {
        /// The one that belongs to name and key.
        computed: String,
        /// The one in the text.
        found: String,
    },
    /// The key itself is refused.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A verifier key: what a user pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    signature_type: SignatureType,
    key_id: [u8; 4],
    public: PublicKey,
}

impl VerifierKey {
    /// Reads a C2SP vkey.
    pub fn parse(vkey: &str) -> Result<Self, VerifierKeyError> {
        // Names hold no '+', base64 may.
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(found), Some(base64)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VerifierKeyError::Form);
        };
        let bytes = STANDARD
            .decode(base64)
            .map_err(|_| VerifierKeyError::Form)?;
        let known = match bytes.split_first() {
            Some((1, public)) => Some((SignatureType::Ed25519, public)),
            Some((4, public)) => Some((SignatureType::Cosignature, public)),
            Some((_, [_, ..])) => None,
            _ => return Err(VerifierKeyError::Type),
        };
        let known = known.map(|(of, public)| Some((of, <[u8; 32]>::try_from(public).ok()?)));
        if known == Some(None) {
            return Err(VerifierKeyError::Type);
        }
        if !is_key_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let computed = key_id_text(typed_key_id(name, &bytes));
        if computed != found {
            return Err(VerifierKeyError::KeyId {
                computed,
                found: found.to_owned(),
            });
        }
        match known.flatten() {
            Some((signature_type, public)) => Self::new(name, signature_type, public),
            None => Err(VerifierKeyError::UnknownType(bytes[0])),
        }
    }

    /// Makes one of its parts. Refuses a key of small order or with torsion.
    pub fn new(
        name: &str,
        signature_type: SignatureType,
        public: [u8; 32],
    ) -> Result<Self, VerifierKeyError> {
        Self::of_public_key(name, signature_type, PublicKey::from_bytes(public)?)
    }

    /// Makes one of a key that was checked before.
    pub fn of_public_key(
        name: &str,
        signature_type: SignatureType,
        public: PublicKey,
    ) -> Result<Self, VerifierKeyError> {
        if !is_key_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let key_id = key_id(name, signature_type, public.as_bytes());
        Ok(Self {
            name: name.to_owned(),
            signature_type,
            key_id,
            public,
        })
    }

    /// The key's name; for a ledger's identity key that is the origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key's signatures sign.
    pub fn signature_type(&self) -> SignatureType {
        self.signature_type
    }

    /// The first four bytes of the hash of name, type and key.
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// The key's 32 bytes.
    pub fn public(&self) -> [u8; 32] {
        *self.public.as_bytes()
    }

    /// The checked key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The same key and name for signatures of another type.
    pub fn with_type(&self, signature_type: SignatureType) -> Self {
        let key_id = key_id(&self.name, signature_type, self.public.as_bytes());
        Self {
            name: self.name.clone(),
            signature_type,
            key_id,
            public: self.public,
        }
    }

    /// Verifies a bare signature over a message, strictly.
    pub fn verify_message(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.public.verify(message, signature)
    }
}

fn key_id_text(key_id: [u8; 4]) -> String {
    let mut text = String::with_capacity(8);
    // Writing to a String does not fail.
    let _ = write_hexadecimal(&mut text, &key_id);
    text
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = [self.signature_type as u8; 33];
        typed[1..].copy_from_slice(self.public.as_bytes());
        write!(
            formatter,
            "{}+{}+{}",
            self.name,
            key_id_text(self.key_id),
            STANDARD.encode(typed)
        )
    }
}

/// The id of a key: `SHA-256(name || 0x0A || type || public)[:4]`.
pub fn key_id(name: &str, signature_type: SignatureType, public: &[u8; 32]) -> [u8; 4] {
    let mut typed = [signature_type as u8; 33];
    typed[1..].copy_from_slice(public);
    typed_key_id(name, &typed)
}

/// The id of a key of any type, from its type byte and key.
pub(crate) fn typed_key_id(name: &str, typed: &[u8]) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update(b"\n");
    hasher.update(typed);
    let hash: [u8; 32] = hasher.finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Whether a text can name a key in a note: not empty, no Unicode space, no `+`, and none of the
/// control characters that a note can't hold.
pub(crate) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    !name.is_empty() && !name.contains(forbidden)
}
