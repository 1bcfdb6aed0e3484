//! Whose key it is, what for, and which one: what every wrapped key is bound to.

use crate::{crypto::derive::derive, error::KeyError};

/// The longest scope, in bytes; an origin fits.
pub const SCOPE_BYTES_MAX: usize = 512;

const ENCODING_LABEL: &[u8] = b"indelible/key-context@v0\n";
/// The same with what else the key is bound to.
const BOUND_LABEL: &[u8] = b"indelible/key-context@v1\n";
const ID_CONTEXT: &str = "indelible 2026-11-20 key context id v0";

/// What a key is for. The byte is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum KeyPurpose {
    /// The seed of a ledger's identity key.
    Identity = 1,
    /// The key under which a ledger hashes its idempotency keys and index terms.
    Index = 2,
    /// A key that encrypts bodies and payloads.
    Data = 3,
}

impl KeyPurpose {
    /// A fixed name, for key services whose context is text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Index => "index",
            Self::Data => "data",
        }
    }
}

/// The context of a key. A wrapped key opens only under the context it was wrapped for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyContext {
    scope: String,
    purpose: KeyPurpose,
    key_id: [u8; 16],
    bound_to: Option<[u8; 16]>,
}

impl KeyContext {
    /// Names a key. The scope is the origin of the ledger, or what names the store
    /// for a key that ledgers share; the key id is random and never derived from a name.
    pub fn new(
        scope: impl Into<String>,
        purpose: KeyPurpose,
        key_id: [u8; 16],
    ) -> Result<Self, KeyError> {
        let scope = scope.into();
        let problem = if scope.is_empty() {
            "has an empty scope"
        } else if scope.len() > SCOPE_BYTES_MAX {
            "has a scope of more than 512 bytes"
        } else if scope.chars().any(char::is_control) {
            "has a control character in its scope"
        } else {
            return Ok(Self {
                scope,
                purpose,
                key_id,
                bound_to: None,
            });
        };
        Err(KeyError::ContextUnfit { problem })
    }

    /// The ledger's origin, or the store's name.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// What the key is for.
    pub fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// Which key of that scope and purpose it is.
    pub fn key_id(&self) -> &[u8; 16] {
        &self.key_id
    }

    /// The same context, bound to something more that its owner compares, such as the keyed tag of a person.
    #[must_use]
    pub fn bound_to(self, what: [u8; 16]) -> Self {
        Self {
            bound_to: Some(what),
            ..self
        }
    }

    /// The one encoding, used as additional authenticated data: label, purpose, key id, what else the key is bound to
    /// (under a label of its own), scope.
    ///
    /// Everything before the scope has a fixed length under its label, so no two contexts share one.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BOUND_LABEL.len() + 33 + self.scope.len());
        out.extend_from_slice(match self.bound_to {
            None => ENCODING_LABEL,
            Some(_) => BOUND_LABEL,
        });
        out.push(self.purpose as u8);
        out.extend_from_slice(&self.key_id);
        out.extend_from_slice(self.bound_to.as_ref().map_or(&[], <[u8; 16]>::as_slice));
        out.extend_from_slice(self.scope.as_bytes());
        out
    }

    /// A public digest that distinguishes a misplaced wrapped key from a damaged one.
    pub(crate) fn id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        derive(ID_CONTEXT, &[&self.encode()], &mut id);
        id
    }
}
