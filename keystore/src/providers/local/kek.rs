//! A KEK held in this process's memory, and the wrapping that every such provider shares.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{
    crypto::{
        aead::{self, NONCE_BYTES, TAG_BYTES},
        derive::derive,
        entropy::{Entropy, SystemEntropy},
    },
    error::KeyError,
    keys::{
        context::{KeyContext, KeyPurpose},
        secret::{KEY_BYTES, SecretKey},
        wrapped::{WrappedKey, additional_data},
    },
    provider::{KekProvider, ProviderDescription},
};

const SALT_BYTES: usize = 32;
const SEALED_BYTES: usize = SALT_BYTES + KEY_BYTES + TAG_BYTES;
const WRAPPING_CONTEXT: &str = "indelible 2026-11-20 local wrapping key v0";

/// A provider whose KEK is in this process's memory.
pub(crate) trait HoldsKek: Send + Sync {
    fn kek(&self) -> &LocalKek;
}

impl<P: HoldsKek + 'static> KekProvider for P {
    fn describe(&self) -> ProviderDescription {
        self.kek().description.clone()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.kek().wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.kek().unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.kek().health()
    }
}

/// The KEK itself, and what its provider says of it.
pub(crate) struct LocalKek {
    description: ProviderDescription,
    key: SecretKey,
    /// Where the salts of its wrappings come from.
    entropy: Arc<dyn Entropy>,
}

impl LocalKek {
    pub(crate) fn new(description: ProviderDescription, key: SecretKey) -> Self {
        Self::drawing_from(Arc::new(SystemEntropy), description, key)
    }

    /// One whose salts come from elsewhere than the operating system.
    pub(crate) fn drawing_from(
        entropy: Arc<dyn Entropy>,
        description: ProviderDescription,
        key: SecretKey,
    ) -> Self {
        Self {
            description,
            key,
            entropy,
        }
    }

    /// AES-256-GCM under a key and nonce of its own for each wrapping, both
    /// derived from the KEK and a random salt: 96-bit random nonces under one key
    /// would set a limit on how many keys a KEK may ever wrap.
    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        let front = self.front(context, key);
        self.seal(front, context, key)
    }

    fn front(&self, context: &KeyContext, key: &SecretKey) -> Vec<u8> {
        WrappedKey::front(
            self.description.kind,
            &self.description.kek_id,
            context,
            key,
        )
    }

    /// Seals a key behind a front, whatever the front says.
    fn seal(
        &self,
        front: Vec<u8>,
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<WrappedKey, KeyError> {
        let mut sealed = Zeroizing::new([0_u8; SEALED_BYTES]);
        let (salt, rest) = sealed.split_at_mut(SALT_BYTES);
        let (secret, tag) = rest.split_at_mut(KEY_BYTES);
        self.entropy.fill(salt)?;
        secret.copy_from_slice(key.expose());
        let (wrapping, nonce) = self.wrapping_key(salt);
        let made = aead::seal(
            wrapping.expose(),
            &nonce,
            &additional_data(&front, context),
            secret,
        )
        .map_err(|_| KeyError::WrappedDamaged)?;
        tag.copy_from_slice(&made);
        Ok(WrappedKey::seal(front, sealed.as_slice()))
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        let (front, sealed) =
            wrapped.open(self.description.kind, &self.description.kek_id, context)?;
        if sealed.len() != SEALED_BYTES {
            return Err(KeyError::WrappedDamaged);
        }
        let (salt, rest) = sealed.split_at(SALT_BYTES);
        let (secret, tag) = rest.split_at(KEY_BYTES);
        let tag = <[u8; TAG_BYTES]>::try_from(tag).map_err(|_| KeyError::WrappedDamaged)?;
        let mut key = SecretKey::zeroed();
        key.expose_mut().copy_from_slice(secret);
        let (wrapping, nonce) = self.wrapping_key(salt);
        aead::open(
            wrapping.expose(),
            &nonce,
            &additional_data(front, context),
            key.expose_mut(),
            &tag,
        )
        .map_err(|_| KeyError::WrappedDamaged)?;
        wrapped.check_commitment(context, &key)?;
        Ok(key)
    }

    /// A round trip with a key that is thrown away.
    fn health(&self) -> Result<(), KeyError> {
        let context = KeyContext::new("health", KeyPurpose::Data, [0; 16])?;
        let canary = SecretKey::draw(&*self.entropy)?;
        let wrapped = self.wrap(&context, &canary)?;
        self.unwrap_key(&context, &wrapped).map(drop)
    }

    fn wrapping_key(&self, salt: &[u8]) -> (SecretKey, [u8; NONCE_BYTES]) {
        let mut material = Zeroizing::new([0; KEY_BYTES + NONCE_BYTES]);
        derive(
            WRAPPING_CONTEXT,
            &[self.key.expose(), salt],
            material.as_mut_slice(),
        );
        let (key, nonce_bytes) = material.split_at(KEY_BYTES);
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(nonce_bytes);
        let mut wrapping = SecretKey::zeroed();
        wrapping.expose_mut().copy_from_slice(key);
        (wrapping, nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{KekId, ProviderKind};

    /// Whoever holds the KEK can seal one key behind a commitment to another, with
    /// a tag that is right: the commitment alone tells.
    #[test]
    fn a_key_behind_a_commitment_to_another_is_refused() {
        let random = || SecretKey::generate().expect("the system gives random bytes");
        let description = ProviderDescription {
            kind: ProviderKind::Memory,
            kek_id: KekId::from_bytes([1; 16]),
            outlives_process: false,
            detail: String::new(),
        };
        let kek = LocalKek::new(description, random());
        let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [2; 16])
            .expect("the context is valid");
        let (committed, sealed) = (random(), random());
        let front = kek.front(&context, &committed);
        let crossed = kek
            .seal(front.clone(), &context, &sealed)
            .expect("it seals");
        let error = kek
            .unwrap_key(&context, &crossed)
            .expect_err("it is refused");
        assert!(matches!(error, KeyError::WrappedDamaged), "{error:?}");
        let straight = kek.seal(front, &context, &committed).expect("it seals");
        assert!(kek.unwrap_key(&context, &straight).is_ok());
    }
}
