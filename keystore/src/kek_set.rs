//! Several providers as one: the current one wraps, and each opens what it has wrapped.

use std::sync::Arc;

use crate::{
    error::{KekConfigError, KeyError},
    keys::{context::KeyContext, secret::SecretKey, wrapped::WrappedKey},
    provider::{IdentitySource, KekId, KekProvider, ProviderDescription},
};

/// A current provider, and earlier ones whose KEKs still wrap some of the stored keys: what a move from one KEK,
/// or one provider, to another needs while it lasts.
pub struct KekSet {
    current: Arc<dyn KekProvider>,
    earlier: Vec<Arc<dyn KekProvider>>,
}

impl KekSet {
    /// A set with its current provider. No two may hold the same KEK.
    pub fn new(
        current: Arc<dyn KekProvider>,
        earlier: Vec<Arc<dyn KekProvider>>,
    ) -> Result<Self, KeyError> {
        let set = Self { current, earlier };
        let mut ids: Vec<_> = set
            .all()
            .map(|provider| provider.describe().kek_id)
            .collect();
        ids.sort_unstable_by_key(|id| *id.as_bytes());
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(KekConfigError::KekTwice.into());
        }
        Ok(set)
    }

    /// The provider that holds a KEK.
    pub fn holder(&self, kek: &KekId) -> Option<&dyn KekProvider> {
        self.all()
            .find(|provider| provider.describe().kek_id == *kek)
            .map(|provider| &**provider)
    }

    /// The earlier providers.
    pub fn earlier(&self) -> impl Iterator<Item = &dyn KekProvider> {
        self.earlier.iter().map(|provider| &**provider)
    }

    /// Wraps a stored key under the current KEK; `None` if it already is. The key is opened under its own KEK first, so
    /// a key that does not open is never carried over.
    pub fn rewrapped(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<Option<WrappedKey>, KeyError> {
        if wrapped.kek_id() == self.current.describe().kek_id {
            return Ok(None);
        }
        let from = self.opener(wrapped)?;
        self.current.rewrap(context, wrapped, from).map(Some)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<dyn KekProvider>> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    fn opener(&self, wrapped: &WrappedKey) -> Result<&dyn KekProvider, KeyError> {
        let wanted = wrapped.kek_id();
        self.holder(&wanted).ok_or_else(|| KeyError::OtherKek {
            wanted,
            held: self.current.describe().kek_id,
        })
    }
}

impl KekProvider for KekSet {
    fn describe(&self) -> ProviderDescription {
        self.current.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.current.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.opener(wrapped)?.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.all().try_for_each(|provider| provider.health())
    }

    fn failed_calls(&self) -> u64 {
        self.all().map(|provider| provider.failed_calls()).sum()
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        self.current.identities()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyPurpose, MemoryProvider, suite};

    fn provider() -> Arc<dyn KekProvider> {
        Arc::new(MemoryProvider::generate().expect("the system gives random bytes"))
    }

    #[test]
    fn a_set_keeps_the_promises_of_its_current_provider() {
        let set = KekSet::new(provider(), vec![provider()]).expect("two KEKs");
        let other = provider();
        suite::run(&suite::Subjects {
            provider: &set,
            other: &*other,
        });
    }

    #[test]
    fn what_an_earlier_one_wrapped_opens_and_moves_to_the_current_one() {
        let (old, new) = (provider(), provider());
        let context =
            KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [1; 16]).expect("it is fit");
        let key = SecretKey::generate().expect("the system gives random bytes");
        let wrapped = old.wrap(&context, &key).expect("it wraps");
        let set = KekSet::new(Arc::clone(&new), vec![Arc::clone(&old)]).expect("two KEKs");
        let opened = set.unwrap_key(&context, &wrapped).expect("it opens");
        assert_eq!(opened.expose(), key.expose());
        let moved = set.rewrapped(&context, &wrapped).expect("it moves");
        let moved = moved.expect("it lay under the old one");
        assert_eq!(moved.kek_id(), new.describe().kek_id);
        assert!(old.unwrap_key(&context, &moved).is_err());
        let opened = new.unwrap_key(&context, &moved).expect("it opens");
        assert_eq!(opened.expose(), key.expose());
        assert!(
            set.rewrapped(&context, &moved)
                .expect("nothing to do")
                .is_none()
        );
        let alone = KekSet::new(Arc::clone(&new), Vec::new()).expect("one KEK");
        let refused = alone.unwrap_key(&context, &wrapped);
        assert!(matches!(refused, Err(KeyError::OtherKek { .. })));
        assert!(matches!(
            KekSet::new(Arc::clone(&old), vec![old]),
            Err(KeyError::Config(KekConfigError::KekTwice))
        ));
    }
}
