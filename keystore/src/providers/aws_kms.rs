//! The AWS KMS provider: a symmetric key that never leaves the service wraps by Encrypt and Decrypt.
//!
//! A server that speaks KMS's protocol need not be strict. Whatever one answers, a key comes out
//! only if it is the one that went in, for this context, and not one bit of the wrapped key has
//! changed: see [`seal`].

mod identity;
mod options;
mod patience;
mod refusal;
mod remote;
mod sdk;
mod thread;

use std::{any::Any, sync::Arc};

use zeroize::Zeroizing;

use self::{
    identity::KmsIdentity,
    patience::Repeat,
    refusal::{Refusal, error, state_fault},
    remote::Remote,
    sdk::{Answer, EncryptionContext},
};
use crate::{
    crypto::derive::{derive, equal},
    error::{KeyError, ProviderFault},
    keys::{
        context::{KeyContext, KeyPurpose},
        secret::{KEY_BYTES, SecretKey},
        signer::Signer,
        wrapped::{FRONT_BYTES, WRAPPED_KEY_BYTES_MAX, WrappedKey},
    },
    provider::{IdentitySource, KekId, KekProvider, ProviderDescription, ProviderKind},
};

pub use options::AwsKmsOptions;

const KIND: ProviderKind = ProviderKind::AwsKms;
const SEAL_BYTES: usize = 32;
const CIPHERTEXT_BYTES_MAX: usize = WRAPPED_KEY_BYTES_MAX - FRONT_BYTES - SEAL_BYTES;
const KEK_ID_CONTEXT: &str = "indelible 2026-11-20 aws kms kek id v0";
const SEAL_CONTEXT: &str = "indelible 2026-11-20 aws kms seal v0";

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
            .ok_or_else(|| error(ProviderFault::Lying, "DescribeKey: another key's ARN"))?;
        if let Some((fault, what)) = state_fault(described.state.as_deref().unwrap_or_default()) {
            return Err(error(fault, format!("DescribeKey: {what}")));
        }
        if described.usage.as_deref() != Some("ENCRYPT_DECRYPT")
            || described.spec.as_deref() != Some("SYMMETRIC_DEFAULT")
        {
            return Err(error(
                ProviderFault::KeyUnfit,
                "DescribeKey: it is not a symmetric key that encrypts",
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

    /// Opens KMS's ciphertext, and nothing more: the key may be another than the one that went in.
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
        let parts = from.parts(context, wrapped)?;
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
            return Err(error(ProviderFault::Lying, "ReEncrypt: another source key").into());
        }
        let moved = of_key(moved, &self.arn, "ReEncrypt")?;
        // Nobody may throw the old one away for a new one that has never been opened.
        let key = self.decrypt(names, check_length(&moved)?)?;
        check(context, wrapped, &parts, &key)?;
        Ok(join(wrapped.front_under(&self.kek_id), &moved, &key))
    }

    /// Checks what stands in the clear, then splits the rest.
    fn parts<'a>(
        &self,
        context: &KeyContext,
        wrapped: &'a WrappedKey,
    ) -> Result<Parts<'a>, KeyError> {
        let (front, sealed) = wrapped.open(KIND, &self.kek_id, context)?;
        match sealed.split_last_chunk() {
            Some((ciphertext, seal)) if !ciphertext.is_empty() => Ok(Parts {
                front,
                ciphertext,
                seal,
            }),
            _ => Err(KeyError::WrappedDamaged),
        }
    }
}

/// What a wrapped key of this provider consists of.
struct Parts<'a> {
    front: &'a [u8],
    ciphertext: &'a [u8],
    seal: &'a [u8; SEAL_BYTES],
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
        let parts = self.parts(context, wrapped)?;
        let key = self.decrypt(encryption_context(context, parts.front), parts.ciphertext)?;
        check(context, wrapped, &parts, &key)?;
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
        let sibling = from
            .as_any()
            .and_then(|from| from.downcast_ref::<Self>())
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

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
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
            .ok_or_else(|| error(ProviderFault::KeyMissing, "the locator is no key's ARN"))?;
        let identity = KmsIdentity::find(self.remote.clone(), arn.to_owned())?;
        if identity.public() != *expected_public {
            return Err(KeyError::OtherIdentity);
        }
        Ok(Box::new(identity))
    }
}

/// What KMS authenticates with a ciphertext, from the context and a front's commitment. The names
/// never change: one of the two emulators takes `{"a": "bc"}` for `{"ab": "c"}`.
fn encryption_context(context: &KeyContext, front: &[u8]) -> EncryptionContext {
    vec![
        ("indelible-scope", context.scope().to_owned()),
        ("indelible-purpose", context.purpose().name().to_owned()),
        ("indelible-key-id", hexadecimal(context.key_id())),
        ("indelible-commitment", hexadecimal(&front[34..FRONT_BYTES])),
    ]
}

/// Binds every byte of a wrapped key to the key inside, as an authenticating server would. It is
/// checked with the key that came out, so it holds whatever the server left unchecked, and tells
/// nothing of the key, which is 32 random bytes.
fn seal(key: &SecretKey, front: &[u8], ciphertext: &[u8]) -> [u8; SEAL_BYTES] {
    let mut out = [0; SEAL_BYTES];
    derive(SEAL_CONTEXT, &[key.expose(), front, ciphertext], &mut out);
    out
}

/// Checks that the key that came out is the one that went in, and that nothing around it has changed.
fn check(
    context: &KeyContext,
    wrapped: &WrappedKey,
    parts: &Parts<'_>,
    key: &SecretKey,
) -> Result<(), KeyError> {
    wrapped.check_commitment(context, key)?;
    if equal(parts.seal, &seal(key, parts.front, parts.ciphertext)) {
        Ok(())
    } else {
        Err(KeyError::WrappedDamaged)
    }
}

fn join(front: Vec<u8>, ciphertext: &[u8], key: &SecretKey) -> WrappedKey {
    let seal = seal(key, &front, ciphertext);
    WrappedKey::seal(front, &[ciphertext, &seal].concat())
}

fn check_length(ciphertext: &[u8]) -> Result<&[u8], KeyError> {
    if (1..=CIPHERTEXT_BYTES_MAX).contains(&ciphertext.len()) {
        Ok(ciphertext)
    } else {
        Err(error(
            ProviderFault::Lying,
            format!("a ciphertext of {} bytes", ciphertext.len()),
        ))
    }
}

/// The answer's bytes, if they are of the key that was asked.
fn of_key<T>(answer: Answer<T>, arn: &str, operation: &str) -> Result<T, KeyError> {
    if answer.key.as_deref() == Some(arn) {
        Ok(answer.bytes)
    } else {
        Err(error(
            ProviderFault::Lying,
            format!("{operation}: the answer is of another key"),
        ))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever may call Encrypt can wrap one key behind a commitment to another, with a seal that is
    /// right: the commitment alone tells.
    #[test]
    fn a_key_behind_a_commitment_to_another_is_refused() {
        let random = || SecretKey::generate().expect("the system gives random bytes");
        let (committed, wrapped) = (random(), random());
        let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [2; 16])
            .expect("the context is valid");
        let front = WrappedKey::front(KIND, &KekId::from_bytes([1; 16]), &context, &committed);
        let check_with = |key: &SecretKey| {
            let seal = seal(key, &front, b"ciphertext");
            let parts = Parts {
                front: &front,
                ciphertext: b"ciphertext",
                seal: &seal,
            };
            check(
                &context,
                &join(front.clone(), b"ciphertext", key),
                &parts,
                key,
            )
        };
        let error = check_with(&wrapped).expect_err("it is refused");
        assert!(matches!(error, KeyError::WrappedDamaged), "{error:?}");
        check_with(&committed).expect("it is whole");
    }
}
