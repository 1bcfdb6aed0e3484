//! Who may sign overrides: principals with a role and a key.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    limits::{GOVERNED_NAME_BYTES_MAX, STATE_SIGNERS_MAX},
    record::{OverrideSigned, SignatureKind, SignerRegistered},
    state::overrides::{OverrideRefusal, ROLES},
};

/// What the message of an override is a digest of.
const MESSAGE: &str = "indelible 2026 override message v1";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Signers {
    signers: BTreeMap<String, SignerRegistered>,
}

/// Why somebody can't be registered as a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerRefusal {
    /// The name can't be one.
    #[error(
        "the name of a signer has 1 to {GOVERNED_NAME_BYTES_MAX} bytes and no control characters"
    )]
    Name,
    /// The role does not sign.
    #[error("a signer is a risk_lead or a security_lead")]
    Role,
    /// The key is not one.
    #[error("the key is not a public key of Ed25519: 64 hexadecimal digits of lower case")]
    Key,
    /// The key is somebody else's.
    #[error("the key is registered for another signer; two people need two keys")]
    SharedKey,
    /// There are as many as there may be.
    #[error("the ledger has {STATE_SIGNERS_MAX} signers, which is the limit")]
    TooMany,
}

/// The digest that both people sign: of the act, why it is to be done all the same, and the gates that failed, in the order
/// of the alphabet. It is signed as its 32 bytes.
pub fn override_message(act: &Digest, justification: &str, failed_gates: &[String]) -> Digest {
    let mut gates: Vec<_> = failed_gates.iter().map(|gate| gate.as_bytes()).collect();
    gates.sort_unstable();
    gates.dedup();
    let parts = [vec![&act.as_bytes()[..], justification.as_bytes()], gates].concat();
    Digest::of_parts(MESSAGE, &parts)
}

impl Signers {
    pub(super) fn is_empty(&self) -> bool {
        self.signers.is_empty()
    }

    pub(super) fn register(&mut self, signer: &SignerRegistered) {
        self.signers.insert(signer.signer.clone(), signer.clone());
    }

    /// Whether somebody may be registered.
    pub(super) fn check(&self, signer: &SignerRegistered) -> Result<(), SignerRefusal> {
        let name = &signer.signer;
        if !(1..=GOVERNED_NAME_BYTES_MAX).contains(&name.len()) || name.contains(char::is_control) {
            return Err(SignerRefusal::Name);
        }
        if !ROLES.contains(&&*signer.role) {
            return Err(SignerRefusal::Role);
        }
        if key(&signer.key).is_none() {
            return Err(SignerRefusal::Key);
        }
        let mut others = self.signers.values().filter(|other| other.signer != *name);
        if others.any(|other| other.key == signer.key) {
            return Err(SignerRefusal::SharedKey);
        }
        match !self.signers.contains_key(name) && self.signers.len() >= STATE_SIGNERS_MAX {
            true => Err(SignerRefusal::TooMany),
            false => Ok(()),
        }
    }

    /// All, by name.
    pub(super) fn all(&self) -> Vec<SignerRegistered> {
        self.signers.values().cloned().collect()
    }

    /// Whether the signer is registered in the role, and the signature verifies.
    pub(super) fn verify(&self, signed: &OverrideSigned) -> Result<(), OverrideRefusal> {
        let signer = self.signers.get(&signed.signer);
        let signer = signer.ok_or(OverrideRefusal::NotASigner)?;
        if signer.role != signed.role {
            return Err(OverrideRefusal::OtherRole);
        }
        let SignatureKind::Ed25519 = signer.algorithm;
        let key = key(&signer.key).ok_or(OverrideRefusal::Signature)?;
        let signature = bytes::<64>(&signed.signature).map(|bytes| Signature::from_bytes(&bytes));
        let signature = signature.ok_or(OverrideRefusal::Signature)?;
        let is_of_kind = signer.algorithm == signed.algorithm;
        let verified = key.verify_strict(signed.message.as_bytes(), &signature);
        match is_of_kind && verified.is_ok() {
            true => Ok(()),
            false => Err(OverrideRefusal::Signature),
        }
    }
}

/// A key that signatures can be held against: no point of small order, with which more than one message would verify.
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
