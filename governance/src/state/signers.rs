//! Who may sign overrides, in which role, and with which key; and whether a signature fits.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{
    limits::{GOVERNED_NAME_BYTES_MAX, OVERRIDE_SIGNERS_MAX},
    record::{OverrideSigned, OverrideSigner, override_bytes},
    state::{
        misfit::Misfit,
        overrides::{OverrideRefusal, ROLES},
    },
};

/// A signer's role and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signer {
    pub(super) role: String,
    pub(super) key: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Signers {
    pub(super) signers: BTreeMap<String, Signer>,
}

impl Signers {
    pub(super) fn is_empty(&self) -> bool {
        self.signers.is_empty()
    }

    /// Whether somebody may be registered, or struck off: a key is one person's.
    pub(super) fn check_registration(
        &self,
        signer: &OverrideSigner,
    ) -> Result<(), OverrideRefusal> {
        let name = &signer.signer;
        if !(1..=GOVERNED_NAME_BYTES_MAX).contains(&name.len()) || name.contains(char::is_control) {
            return Err(OverrideRefusal::SignerName);
        }
        let Some(role) = &signer.role else {
            return Ok(());
        };
        if !ROLES.contains(&&**role) {
            return Err(OverrideRefusal::Role);
        }
        if key(&signer.key).is_none() {
            return Err(OverrideRefusal::Key);
        }
        let mut others = self.signers.iter();
        if others.any(|(other, registered)| other != name && registered.key == signer.key) {
            return Err(OverrideRefusal::KeyOfAnother);
        }
        let is_new = !self.signers.contains_key(name);
        match is_new && self.signers.len() >= OVERRIDE_SIGNERS_MAX {
            true => Err(OverrideRefusal::TooManySigners),
            false => Ok(()),
        }
    }

    pub(super) fn register(&mut self, signer: &OverrideSigner) -> Result<(), Misfit> {
        self.check_registration(signer)
            .map_err(|_| Misfit::Signer)?;
        match &signer.role {
            Some(role) => {
                let registered = Signer {
                    role: role.clone(),
                    key: signer.key.clone(),
                };
                self.signers.insert(signer.signer.clone(), registered);
            }
            None => {
                self.signers.remove(&signer.signer);
            }
        }
        Ok(())
    }

    /// Whether whoever signs is registered in the role, with the key, and the signature verifies under it.
    pub(super) fn verify(&self, signed: &OverrideSigned) -> Result<(), OverrideRefusal> {
        let signer = self.signers.get(&signed.signer);
        let signer = signer.ok_or(OverrideRefusal::NotASigner)?;
        if signer.role != signed.role {
            return Err(OverrideRefusal::OtherRole);
        }
        if signer.key != signed.key {
            return Err(OverrideRefusal::OtherKey);
        }
        let key = key(&signer.key).ok_or(OverrideRefusal::Signature)?;
        let signature = bytes::<64>(&signed.signature).map(|bytes| Signature::from_bytes(&bytes));
        let signature = signature.ok_or(OverrideRefusal::Signature)?;
        key.verify_strict(&override_bytes(&signed.message), &signature)
            .map_err(|_| OverrideRefusal::Signature)
    }
}

/// A key that signatures can be verified under: no point of small order, with which more than one message would verify.
fn key(digits: &str) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(&bytes::<32>(digits)?).ok()?;
    (!key.is_weak()).then_some(key)
}

/// The bytes of hexadecimal digits of lower case.
fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
