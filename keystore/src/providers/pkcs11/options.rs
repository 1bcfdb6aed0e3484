//! Which module, token and key: what the operator configures.

use std::{path::PathBuf, time::Duration};

use crate::{error::KekConfigError, provider::ProviderKind};

/// How long a call to a token may take, unless the operator says otherwise.
pub const TOKEN_CALL_TIMEOUT_MS: u64 = 10_000;

/// The longest label or id of a key that is looked for.
const NAME_BYTES_MAX: usize = 255;

/// How the token is to wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MechanismChoice {
    /// The best that is seen to work with the key: AES-GCM, then RFC 5649, then RFC 3394;
    /// with an HMAC key, that.
    #[default]
    Auto,
    /// AES-GCM with the context as additional data.
    AesGcm,
    /// AES key wrap with padding, RFC 5649.
    Kwp,
    /// AES key wrap, RFC 3394.
    Kw,
    /// A wrapping key for each wrapping, derived in the token by HMAC-SHA-256: for tokens
    /// that have no cipher which authenticates.
    Hmac,
}

impl MechanismChoice {
    /// Reads the word of a configuration file.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "auto" => Self::Auto,
            "aes-gcm" => Self::AesGcm,
            "kwp" => Self::Kwp,
            "kw" => Self::Kw,
            "hmac" => Self::Hmac,
            _ => return None,
        })
    }
}

/// What to open. A token is chosen by its label, and by its serial number where two
/// have the same label; never by its slot, whose number changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs11Options {
    /// The module, a shared library, as an absolute path: it becomes part of this process.
    pub module: PathBuf,
    /// The token's label.
    pub token_label: String,
    /// The token's serial number, if the label is not enough.
    pub token_serial: Option<String>,
    /// The label of the KEK.
    pub key_label: Option<String>,
    /// The `CKA_ID` of the KEK. Without a label and an id there is nothing to look for.
    pub key_id: Option<Vec<u8>>,
    /// How to wrap.
    pub mechanism: MechanismChoice,
    /// Whether to make the KEK if the token has none of that name. It needs a label.
    pub create: bool,
    /// How long any call may take.
    pub timeout: Duration,
}

impl Pkcs11Options {
    /// What has to be said; all else as it usually is.
    pub fn new(
        module: impl Into<PathBuf>,
        token_label: impl Into<String>,
        key_label: impl Into<String>,
    ) -> Self {
        Self {
            module: module.into(),
            token_label: token_label.into(),
            token_serial: None,
            key_label: Some(key_label.into()),
            key_id: None,
            mechanism: MechanismChoice::Auto,
            create: false,
            timeout: Duration::from_millis(TOKEN_CALL_TIMEOUT_MS),
        }
    }

    pub(crate) fn check(&self) -> Result<(), KekConfigError> {
        let unfit = |name: &[u8]| name.is_empty() || name.len() > NAME_BYTES_MAX;
        let label = self.key_label.as_deref().map(str::as_bytes);
        let problem = if !self.module.is_absolute() {
            "the path of the module is not absolute"
        } else if unfit(self.token_label.as_bytes()) {
            "the token label must have 1 to 255 bytes"
        } else if label.is_none() && self.key_id.is_none() {
            "neither the label nor the id of the key is given"
        } else if label.is_some_and(unfit) || self.key_id.as_deref().is_some_and(unfit) {
            "the label and the id of the key must have 1 to 255 bytes"
        } else if self.create && label.is_none() {
            "the key can't be created without a label"
        } else if self.timeout.is_zero() {
            "the timeout is zero"
        } else {
            return Ok(());
        };
        Err(KekConfigError::ProviderOptions {
            provider: ProviderKind::Pkcs11,
            problem,
        })
    }
}
