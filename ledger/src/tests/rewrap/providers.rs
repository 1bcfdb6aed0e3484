//! Providers that misbehave.

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
