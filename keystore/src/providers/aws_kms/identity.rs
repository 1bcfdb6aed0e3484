//! Identity keys that are born in KMS and never leave it.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use indelible_evidence::PublicKey;

use super::{
    refusal::{Refusal, error},
    remote::{Remote, of_key},
    retry::Repeat,
};
use crate::{
    error::{KeyError, ProviderFault},
    keys::signer::Signer,
};

/// The longest message that KMS signs as it is, in bytes.
const MESSAGE_BYTES_MAX: usize = 4_096;
/// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410), up to the key.
const PUBLIC_KEY_INFO: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// One Ed25519 key in KMS.
pub(crate) struct KmsIdentity {
    remote: Arc<Remote>,
    arn: String,
    public: PublicKey,
}

impl KmsIdentity {
    /// Makes a key. If it is unknown whether the key was made, the call is not repeated: a key costs
    /// money until somebody finds it.
    pub(crate) fn create(remote: Arc<Remote>, key_id: &[u8; 16]) -> Result<Self, KeyError> {
        let description = format!("Indelible identity key {}", HEXLOWER.encode(key_id));
        let arn = remote.call(Repeat::OnlyIfRefused, move |service| {
            let description = description.clone();
            async move { service.create_identity(&description).await }
        });
        let arn = arn.map_err(Refusal::into_error)?.ok_or_else(|| {
            error(
                ProviderFault::InconsistentAnswer,
                "CreateKey: the answer has no ARN",
            )
        })?;
        Self::find(remote, arn)
    }

    /// Finds a key by its ARN.
    pub(crate) fn find(remote: Arc<Remote>, arn: String) -> Result<Self, KeyError> {
        let name = arn.clone();
        let answer = remote.call(Repeat::Harmless, move |service| {
            let name = name.clone();
            async move { service.public_key(&name).await }
        });
        let answer = answer.map_err(|refusal| remote.explain(&arn, refusal))?;
        let raw = of_key(answer, &arn, "GetPublicKey")?;
        let Some(public) = raw
            .strip_prefix(PUBLIC_KEY_INFO.as_slice())
            .and_then(|key| <[u8; 32]>::try_from(key).ok())
        else {
            return Err(error(
                ProviderFault::KeyUnfit,
                "GetPublicKey: the key is not an Ed25519 key",
            ));
        };
        let public = PublicKey::from_bytes(public).map_err(|_| KeyError::NotTrustworthy)?;
        Ok(Self {
            remote,
            arn,
            public,
        })
    }

    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }
}

impl Signer for KmsIdentity {
    fn is_remote(&self) -> bool {
        true
    }

    fn public(&self) -> [u8; 32] {
        *self.public.as_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(error(
                ProviderFault::KeyUnfit,
                format!(
                    "Sign: the message has {} bytes, more than 4096",
                    message.len()
                ),
            ));
        }
        let (arn, message) = (
            Arc::<str>::from(self.arn.as_str()),
            Arc::<[u8]>::from(message),
        );
        let sent = (arn.clone(), message.clone());
        let answer = self.remote.call(Repeat::Harmless, move |service| {
            let (arn, message) = sent.clone();
            async move { service.sign(&arn, &message).await }
        });
        let answer = answer.map_err(|refusal| self.remote.explain(&arn, refusal))?;
        let signature = of_key(answer, &arn, "Sign")?;
        // What does not verify here would break the ledger's custody later.
        <[u8; 64]>::try_from(signature)
            .ok()
            .filter(|signature| self.public.verify(&message, signature))
            .ok_or_else(|| {
                error(
                    ProviderFault::InconsistentAnswer,
                    "Sign: the signature does not verify",
                )
            })
    }
}
