//! The environment provider: a KEK in an environment variable, for containers.

use std::{env, ffi::OsString};

use base64ct::{Base64, Base64Unpadded, Encoding};
use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use super::kek::{HoldsKek, LocalKek};
use crate::{
    crypto::derive::derive,
    error::KekConfigError,
    keys::secret::{KEY_BYTES, SecretKey},
    provider::{KekId, ProviderDescription, ProviderKind},
};

/// The variable that is read unless another is named.
pub const KEK_VARIABLE: &str = "INDELIBLE_KEK";

const ID_CONTEXT: &str = "indelible 2026-11-20 environment kek id v0";
/// Of 32 random bytes fewer are different about once in 10¹⁷ draws.
const DISTINCT_BYTES_MIN: usize = 16;

/// Wraps under a KEK that an environment variable holds: 32 random bytes, as base64 (RFC 4648 §4,
/// with or without padding) or hexadecimal.
///
/// The variable is read once. It can't be taken out of the environment safely while threads run,
/// and a copy would stay in the memory the kernel keeps it in anyway: whoever may read
/// `/proc/PID/environ`, which is this process's user and root, can read the KEK for as long as the
/// process lives, and so can every program that the process starts with its own environment.
pub struct EnvironmentProvider(LocalKek);

impl EnvironmentProvider {
    /// Reads the variable of that name.
    pub fn read(name: &str) -> Result<Self, KekConfigError> {
        let unset = || KekConfigError::EnvironmentUnset {
            name: name.to_owned(),
        };
        // std panics at names that can't be any variable's.
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(unset());
        }
        let value = env::var_os(name).ok_or_else(unset)?;
        let value = Zeroizing::new(OsString::into_encoded_bytes(value));
        if value.trim_ascii().is_empty() {
            return Err(unset());
        }
        let key =
            decode(value.trim_ascii()).ok_or_else(|| KekConfigError::EnvironmentMalformed {
                name: name.to_owned(),
            })?;
        if let Some(problem) = weakness(key.expose()) {
            return Err(KekConfigError::EnvironmentWeak {
                name: name.to_owned(),
                problem,
            });
        }
        // The id is public. It hides the key because the key is 32 random bytes: see `weakness`.
        let mut id = [0; 16];
        derive(ID_CONTEXT, &[key.expose()], &mut id);
        let description = ProviderDescription {
            kind: ProviderKind::Environment,
            kek_id: KekId::from_bytes(id),
            outlives_process: true,
            detail: format!("the environment variable {name}"),
        };
        Ok(Self(LocalKek::new(description, key)))
    }
}

/// Base64 or hexadecimal of 32 bytes; which of the two shows in the length.
fn decode(text: &[u8]) -> Option<SecretKey> {
    let mut key = SecretKey::zeroed();
    let out = key.expose_mut();
    let filled = match text.len() {
        64 => HEXLOWER_PERMISSIVE.decode_mut(text, out).ok()?,
        44 => Base64::decode(text, out.as_mut_slice()).ok()?.len(),
        43 => Base64Unpadded::decode(text, out.as_mut_slice()).ok()?.len(),
        _ => return None,
    };
    (filled == KEY_BYTES).then_some(key)
}

/// Why these bytes were not drawn at random. It catches slips, not somebody who means to.
fn weakness(key: &[u8; KEY_BYTES]) -> Option<&'static str> {
    let mut seen = [false; 256];
    key.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let step = key[1].wrapping_sub(key[0]);
    if key
        .windows(2)
        .all(|two| two[1].wrapping_sub(two[0]) == step)
    {
        Some("counts up or repeats one byte")
    } else if key[..KEY_BYTES / 2] == key[KEY_BYTES / 2..] {
        Some("repeats its first half")
    } else if key.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        Some("is text, not random bytes")
    } else if distinct < DISTINCT_BYTES_MIN {
        Some("has too few different bytes to be random")
    } else {
        None
    }
}

impl HoldsKek for EnvironmentProvider {
    fn kek(&self) -> &LocalKek {
        &self.0
    }
}
