//! Providers that act up, or that hold identity keys.

use super::*;

/// What happens before a key is opened.
type Hook = dyn FnMut(&KeyContext) -> Result<(), KeyError> + Send;
/// A provider that does something before it opens a key.
pub(super) struct Hooked {
    pub(super) inner: Kek,
    pub(super) hook: Mutex<Box<Hook>>,
}

impl Hooked {
    pub(super) fn over(
        inner: &Kek,
        hook: impl FnMut(&KeyContext) -> Result<(), KeyError> + Send + 'static,
    ) -> Kek {
        Arc::new(Self {
            inner: Arc::clone(inner),
            hook: Mutex::new(Box::new(hook)),
        })
    }
}

impl KekProvider for Hooked {
    fn describe(&self) -> ProviderDescription {
        self.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.inner.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        (self.hook.lock().unwrap())(context)?;
        self.inner.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.inner.health()
    }
}

/// A provider that wraps what does not open.
pub(super) struct Crooked(pub(super) Kek);

impl KekProvider for Crooked {
    fn describe(&self) -> ProviderDescription {
        self.0.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        let mut wrapped = self.0.wrap(context, key)?.as_bytes().to_vec();
        wrapped
            .iter_mut()
            .last()
            .into_iter()
            .for_each(|last| *last ^= 1);
        WrappedKey::from_bytes(&wrapped)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.0.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// A provider that holds identity keys, as a token does.
pub(super) struct Holding {
    pub(super) inner: MemoryProvider,
    pub(super) identities: Mutex<HashMap<Vec<u8>, Arc<IdentityKey>>>,
}

pub(super) struct Held(pub(super) Arc<IdentityKey>);

impl Signer for Held {
    fn public(&self) -> [u8; 32] {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.0.sign(message)
    }
}

impl IdentitySource for Holding {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let key = Arc::new(IdentityKey::generate()?);
        let mut identities = self.identities.lock().unwrap();
        identities.insert(key_id.to_vec(), Arc::clone(&key));
        Ok((key_id.to_vec(), Box::new(Held(key))))
    }

    fn open(&self, locator: &[u8], _: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
        let identities = self.identities.lock().unwrap();
        Ok(Box::new(Held(Arc::clone(&identities[locator]))))
    }
}

impl KekProvider for Holding {
    fn describe(&self) -> ProviderDescription {
        self.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.inner.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.inner.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.inner.health()
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self)
    }
}
