//! The provider: what is sent to KMS, and what of its answers is believed.

use std::{any::Any, sync::Arc};

use zeroize::Zeroizing;

use super::{
    identity::KmsIdentity,
    options::AwsKmsOptions,
    refusal::{Refusal, error, state_fault},
    remote::{Remote, of_key},
    retry::Repeat,
    sdk::EncryptionContext,
    sealed::{KIND, Parts, check_length, encryption_context, join},
};
use crate::{
    crypto::derive::derive,
    error::{KeyError, ProviderFault},
    keys::{
        context::{KeyContext, KeyPurpose},
        secret::{KEY_BYTES, SecretKey},
        signer::Signer,
        wrapped::WrappedKey,
    },
    provider::{IdentitySource, KekId, KekProvider, ProviderDescription},
};

const KEK_ID_CONTEXT: &str = "indelible 2026-11-20 aws kms kek id v0";

/// Wraps with a symmetric key in AWS KMS.
///
/// What it appends to the front is KMS's ciphertext and a seal (32 bytes) over front and
/// ciphertext. KMS authenticates, as encryption context, the scope, the purpose, the key id and the
/// key commitment, under fixed names: a key policy can hold a daemon to its own ledgers by them, and
/// they stand in CloudTrail.
///
/// Copies of a key stay in memory that this process has freed, in the buffers of the SDK and of TLS,
/// until something else is written there.
pub struct AwsKmsProvider {
    remote: Arc<Remote>,
    arn: String,
    kek_id: KekId,
    native_identities: bool,
}

impl AwsKmsProvider {
    /// Resolves the key to its ARN, pins that, and looks whether the key can be used. It wraps nothing
    /// yet: see [`KekProvider::health`].
    pub fn connect(options: &AwsKmsOptions) -> Result<Self, KeyError> {
        let remote = Remote::new(options)?;
        let described = remote.describe(&options.key).map_err(Refusal::into_error)?;
        let arn = described
            .arn
            .filter(|arn| options.may_be(arn))
            .ok_or_else(|| {
                error(
                    ProviderFault::InconsistentAnswer,
                    "DescribeKey: the answer names another key",
                )
            })?;
        if let Some((fault, what)) = state_fault(described.state.as_deref().unwrap_or_default()) {
            return Err(error(fault, format!("DescribeKey: {what}")));
        }
        if described.usage.as_deref() != Some("ENCRYPT_DECRYPT")
            || described.spec.as_deref() != Some("SYMMETRIC_DEFAULT")
        {
            return Err(error(
                ProviderFault::KeyUnfit,
                "DescribeKey: the key is not a symmetric encryption key",
            ));
        }
        let mut id = [0; 16];
        derive(KEK_ID_CONTEXT, &[arn.as_bytes()], &mut id);
        Ok(Self {
            remote: Arc::new(remote),
            arn,
            kek_id: KekId::from_bytes(id),
            native_identities: options.native_identities,
        })
    }

    /// The ARN of the key, which was pinned at [`Self::connect`].
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Opens KMS's ciphertext, and checks nothing: the key may differ from the one that went in.
    fn decrypt(
        &self,
        context: EncryptionContext,
        ciphertext: &[u8],
    ) -> Result<SecretKey, KeyError> {
        let sent = Arc::new((self.arn.clone(), context, ciphertext.to_vec()));
        let answer = self.remote.call(Repeat::Harmless, move |service| {
            let sent = sent.clone();
            async move { service.decrypt(&sent.0, sent.1.clone(), &sent.2).await }
        });
        let answer = answer.map_err(|refusal| self.remote.explain(&self.arn, refusal))?;
        let plaintext: Zeroizing<Vec<u8>> = of_key(answer, &self.arn, "Decrypt")?;
        if plaintext.len() != KEY_BYTES {
            return Err(KeyError::WrappedDamaged);
        }
        let mut key = SecretKey::zeroed();
        key.expose_mut().copy_from_slice(&plaintext);
        Ok(key)
    }

    /// Takes over a key from another key of this service, without sending it the plaintext.
    fn move_from(
        &self,
        from: &Self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<WrappedKey, Moving> {
        let parts = Parts::of(wrapped, &from.kek_id, context)?;
        let names = encryption_context(context, parts.front);
        let sent = Arc::new((
            from.arn.clone(),
            self.arn.clone(),
            names.clone(),
            parts.ciphertext.to_vec(),
        ));
        let moved = self.remote.call(Repeat::Harmless, move |service| {
            let sent = sent.clone();
            async move {
                let (from, to, names, ciphertext) = &*sent;
                service
                    .re_encrypt(from, to, names.clone(), ciphertext)
                    .await
            }
        });
        let (moved, source) = match moved {
            Ok(moved) => moved,
            Err(Refusal::Fault {
                fault:
                    ProviderFault::AccessDenied | ProviderFault::KeyUnfit | ProviderFault::KeyMissing,
                ..
            }) => return Err(Moving::NotThisWay),
            Err(Refusal::State { .. }) => return Err(Moving::NotThisWay),
            Err(refusal) => return Err(refusal.into_error().into()),
        };
        if source.as_deref() != Some(from.arn.as_str()) {
            return Err(error(
                ProviderFault::InconsistentAnswer,
                "ReEncrypt: the answer names another source key",
            )
            .into());
        }
        let moved = of_key(moved, &self.arn, "ReEncrypt")?;
        // The old wrapped key must not be given up for a new one that has never been opened.
        let key = self.decrypt(names, check_length(&moved)?)?;
        parts.check(context, wrapped, &key)?;
        Ok(join(wrapped.front_under(&self.kek_id), &moved, &key))
    }
}

/// Why a key did not move by ReEncrypt.
enum Moving {
    /// The service can't, or won't for us: opening and wrapping may still do.
    NotThisWay,
    Failed(KeyError),
}

impl From<KeyError> for Moving {
    fn from(error: KeyError) -> Self {
        Self::Failed(error)
    }
}

impl KekProvider for AwsKmsProvider {
    fn describe(&self) -> ProviderDescription {
        ProviderDescription {
            kind: KIND,
            kek_id: self.kek_id,
            outlives_process: true,
            detail: self.arn.clone(),
        }
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        let front = WrappedKey::front(KIND, &self.kek_id, context, key);
        let mut copy = SecretKey::zeroed();
        copy.expose_mut().copy_from_slice(key.expose());
        let sent = Arc::new((self.arn.clone(), encryption_context(context, &front), copy));
        let answer = self.remote.call(Repeat::Harmless, move |service| {
            let sent = sent.clone();
            async move { service.encrypt(&sent.0, sent.1.clone(), &sent.2).await }
        });
        let answer = answer.map_err(|refusal| self.remote.explain(&self.arn, refusal))?;
        let ciphertext = of_key(answer, &self.arn, "Encrypt")?;
        check_length(&ciphertext)?;
        Ok(join(front, &ciphertext, key))
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        let parts = Parts::of(wrapped, &self.kek_id, context)?;
        let key = self.decrypt(encryption_context(context, parts.front), parts.ciphertext)?;
        parts.check(context, wrapped, &key)?;
        Ok(key)
    }

    fn health(&self) -> Result<(), KeyError> {
        let context = KeyContext::new("health", KeyPurpose::Data, [0; 16])?;
        let wrapped = self.wrap(&context, &SecretKey::generate()?)?;
        self.unwrap_key(&context, &wrapped).map(drop)
    }

    fn rewrap(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
        from: &dyn KekProvider,
    ) -> Result<WrappedKey, KeyError> {
        let from_any: &dyn Any = from;
        let sibling = from_any
            .downcast_ref::<Self>()
            .filter(|from| from.remote.is_same_service(&self.remote));
        if let Some(sibling) = sibling {
            match self.move_from(sibling, context, wrapped) {
                Ok(moved) => return Ok(moved),
                Err(Moving::Failed(error)) => return Err(error),
                Err(Moving::NotThisWay) => {}
            }
        }
        self.wrap(context, &from.unwrap_key(context, wrapped)?)
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        self.native_identities.then_some(self as _)
    }
}

/// Ed25519 keys in the same account and region. Where the service has none, `create` answers
/// [`ProviderFault::KeyUnfit`].
impl IdentitySource for AwsKmsProvider {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let identity = KmsIdentity::create(self.remote.clone(), key_id)?;
        Ok((identity.arn().as_bytes().to_vec(), Box::new(identity)))
    }

    fn open(
        &self,
        locator: &[u8],
        expected_public: &[u8; 32],
    ) -> Result<Box<dyn Signer>, KeyError> {
        let arn = std::str::from_utf8(locator)
            .ok()
            .filter(|arn| arn.starts_with("arn:") && AwsKmsOptions::new(*arn).may_be(arn))
            .ok_or_else(|| {
                error(
                    ProviderFault::KeyMissing,
                    "the locator is not the ARN of a key",
                )
            })?;
        let identity = KmsIdentity::find(self.remote.clone(), arn.to_owned())?;
        if identity.public() != *expected_public {
            return Err(KeyError::OtherIdentity);
        }
        Ok(Box::new(identity))
    }
}
