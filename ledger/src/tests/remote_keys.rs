//! A provider whose identity keys never leave it, as in a token: the certifier certifies, and requests are parked meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use indelible_keystore::{
    Entropy, IdentityKey, IdentitySource, KekProvider, KeyContext, KeyError, MemoryProvider,
    ProviderDescription, SecretKey, Signer, WrappedKey,
};

/// Wraps keys as memory does, and keeps the identity keys.
pub(super) struct RemoteKeys {
    keks: MemoryProvider,
    entropy: Arc<dyn Entropy>,
    identities: Mutex<HashMap<Vec<u8>, Arc<IdentityKey>>>,
}

impl RemoteKeys {
    pub(super) fn new(keks: MemoryProvider, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            keks,
            entropy,
            identities: Mutex::default(),
        }
    }
}

impl KekProvider for RemoteKeys {
    fn describe(&self) -> ProviderDescription {
        self.keks.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.keks.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.keks.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        Ok(())
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self)
    }
}

impl IdentitySource for RemoteKeys {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let key = Arc::new(IdentityKey::draw(&*self.entropy)?);
        let mut identities = self.identities.lock().unwrap();
        identities.insert(key_id.to_vec(), Arc::clone(&key));
        Ok((key_id.to_vec(), Box::new(RemoteSigner(key))))
    }

    fn open(&self, locator: &[u8], _: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
        let identities = self.identities.lock().unwrap();
        Ok(Box::new(RemoteSigner(Arc::clone(&identities[locator]))))
    }
}

/// The signer of an identity key that its provider holds.
pub(super) struct RemoteSigner(pub(super) Arc<IdentityKey>);

impl Signer for RemoteSigner {
    fn public(&self) -> [u8; 32] {
        self.0.public()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.0.sign(message)
    }
}
