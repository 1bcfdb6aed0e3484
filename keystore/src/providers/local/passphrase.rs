//! The passphrase provider: a KEK derived by argon2id, held in memory and wiped.

use std::{fmt, path::Path};

use zeroize::{Zeroize, Zeroizing};

use super::{
    kdf::KdfParameters,
    kek::{HoldsKek, LocalKek},
    kek_record::KekRecord,
};
use crate::{
    crypto::{
        derive::{derive, equal},
        entropy,
    },
    error::{KekConfigError, KeyError},
    keys::secret::SecretKey,
    provider::{KekId, ProviderDescription, ProviderKind},
    providers::secret_file,
};

/// The shortest passphrase for a new KEK, in bytes.
pub const PASSPHRASE_BYTES_MIN: usize = 8;
/// The longest passphrase, in bytes.
pub const PASSPHRASE_BYTES_MAX: usize = 1_024;

const KEK_CONTEXT: &str = "indelible 2026-11-20 passphrase kek v0";
const VERIFIER_CONTEXT: &str = "indelible 2026-11-20 passphrase verifier v0";

/// A passphrase as it was typed or read; wiped when dropped.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes a passphrase over. One line end at its end is not part of it, so that
    /// an editor's file and a typed line mean the same.
    pub fn new(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, KekConfigError> {
        secret_file::strip_line_end(&mut bytes);
        let problem = if bytes.is_empty() {
            "is empty"
        } else if bytes.len() > PASSPHRASE_BYTES_MAX {
            "is longer than 1024 bytes"
        } else if secret_file::has_more_than_a_line(&bytes) {
            "has more than one line, or a NUL byte"
        } else {
            return Ok(Self(bytes));
        };
        Err(KekConfigError::PassphraseUnfit { problem })
    }

    /// Reads a passphrase file, of which no copy remains in memory but this one.
    pub fn read(path: &Path) -> Result<Self, KekConfigError> {
        let bytes = secret_file::read(path, PASSPHRASE_BYTES_MAX + 3).map_err(|source| {
            KekConfigError::PassphraseFile {
                path: path.to_owned(),
                source,
            }
        })?;
        Self::new(bytes)
    }

    /// Checks that it may become a KEK. One that opens a KEK already may be of any length.
    pub fn check_new(&self) -> Result<(), KekConfigError> {
        if self.0.len() < PASSPHRASE_BYTES_MIN {
            return Err(KekConfigError::PassphraseUnfit {
                problem: "is shorter than 8 bytes",
            });
        }
        Ok(())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Wraps under a KEK that a passphrase and a stored [`KekRecord`] give.
pub struct PassphraseProvider(LocalKek);

impl PassphraseProvider {
    /// Makes a new KEK for a passphrase. Store the record: without it the
    /// passphrase opens nothing. Takes as long as the parameters say (the default
    /// about a fifth of a second).
    pub fn create(
        passphrase: &Passphrase,
        parameters: KdfParameters,
    ) -> Result<(Self, KekRecord), KeyError> {
        passphrase.check_new()?;
        let (mut id, mut salt) = ([0; 16], [0; 32]);
        entropy::fill(&mut id)?;
        entropy::fill(&mut salt)?;
        let kek_id = KekId::from_bytes(id);
        let (key, verifier) = derive_kek(passphrase, &parameters, &salt, &kek_id)?;
        let record = KekRecord {
            kek_id,
            parameters,
            salt,
            verifier,
        };
        Ok((Self::with_key(kek_id, key, parameters), record))
    }

    /// Opens the KEK of a stored record.
    pub fn open(passphrase: &Passphrase, record: &KekRecord) -> Result<Self, KeyError> {
        let (key, verifier) =
            derive_kek(passphrase, &record.parameters, &record.salt, &record.kek_id)?;
        if !equal(&verifier, &record.verifier) {
            return Err(KeyError::WrongPassphrase);
        }
        Ok(Self::with_key(record.kek_id, key, record.parameters))
    }

    fn with_key(kek_id: KekId, key: SecretKey, parameters: KdfParameters) -> Self {
        let weak = if parameters.is_weak() {
            ", too weak for anything but tests"
        } else {
            ""
        };
        let description = ProviderDescription {
            kind: ProviderKind::Passphrase,
            kek_id,
            outlives_process: true,
            detail: format!(
                "argon2id, {} KiB, passes {}, lanes {}{weak}",
                parameters.memory_kib(),
                parameters.passes(),
                parameters.lanes()
            ),
        };
        Self(LocalKek::new(description, key))
    }
}

/// One derivation gives the KEK and the verifier, under two contexts: the
/// verifier, which is stored, tells nothing of the KEK.
fn derive_kek(
    passphrase: &Passphrase,
    parameters: &KdfParameters,
    salt: &[u8; 32],
    kek_id: &KekId,
) -> Result<(SecretKey, [u8; 32]), KeyError> {
    let mut derived = parameters.derive(&passphrase.0, salt)?;
    let mut key = SecretKey::zeroed();
    let mut verifier = [0; 32];
    derive(
        KEK_CONTEXT,
        &[derived.as_slice(), kek_id.as_bytes()],
        key.expose_mut(),
    );
    derive(
        VERIFIER_CONTEXT,
        &[derived.as_slice(), kek_id.as_bytes()],
        &mut verifier,
    );
    derived.zeroize();
    Ok((key, verifier))
}

impl HoldsKek for PassphraseProvider {
    fn kek(&self) -> &LocalKek {
        &self.0
    }
}
