//! A provider that is measured: the contract holds, and every call is counted.

use std::sync::Arc;

use indelible_keystore::{
    IdentityKey, IdentitySource, KekProvider, KeyContext, KeyError, KeyPurpose, MemoryProvider,
    Metered, ProviderCall, ProviderDescription, ProviderMeters, SecretKey, Signer, WrappedKey,
    suite,
};

fn memory() -> Arc<dyn KekProvider> {
    Arc::new(MemoryProvider::generate().expect("it is made"))
}

fn context() -> KeyContext {
    KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [1; 16]).expect("valid")
}

/// Calls and failures of one kind.
fn counted(meters: &ProviderMeters, call: ProviderCall) -> (u64, u64) {
    let meter = meters.of(call);
    (meter.seconds.read().count, meter.failures.get())
}

#[test]
fn a_measured_provider_keeps_the_contract() {
    let meters = Arc::new(ProviderMeters::default());
    let provider = Metered::over(memory(), Arc::clone(&meters));
    let other = Metered::over(memory(), Arc::clone(&meters));
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
    let (wrapped, _) = counted(&meters, ProviderCall::Wrap);
    assert!(wrapped > 0);
}

#[test]
fn each_call_is_counted_and_so_is_each_that_fails() {
    let meters = Arc::new(ProviderMeters::default());
    let provider = Metered::over(memory(), Arc::clone(&meters));
    let key = SecretKey::generate().expect("random bytes");
    let wrapped = provider.wrap(&context(), &key).expect("it wraps");
    provider.unwrap_key(&context(), &wrapped).expect("it opens");
    let stranger = memory();
    let refused = provider.unwrap_key(
        &context(),
        &stranger.wrap(&context(), &key).expect("it wraps"),
    );
    assert!(refused.is_err());
    assert_eq!(counted(&meters, ProviderCall::Wrap), (1, 0));
    assert_eq!(counted(&meters, ProviderCall::Unwrap), (2, 1));
    assert_eq!(counted(&meters, ProviderCall::Sign), (0, 0));
}

/// A provider that recognises another of its kind, as key services do, and has identity keys.
struct Service(MemoryProvider);

impl KekProvider for Service {
    fn describe(&self) -> ProviderDescription {
        self.0.describe()
    }
    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.0.wrap(context, key)
    }
    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.0.unwrap_key(context, wrapped)
    }
    fn health(&self) -> Result<(), KeyError> {
        self.0.health()
    }
    fn rewrap(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
        from: &dyn KekProvider,
    ) -> Result<WrappedKey, KeyError> {
        let any: &dyn std::any::Any = from;
        assert!(
            any.is::<Self>(),
            "it sees another service and nothing around it"
        );
        self.wrap(context, &from.unwrap_key(context, wrapped)?)
    }
    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self)
    }
}

impl IdentitySource for Service {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let identity = IdentityKey::generate()?;
        Ok((key_id.to_vec(), Box::new(identity)))
    }
    fn open(&self, _: &[u8], _: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
        Err(KeyError::OtherIdentity)
    }
}

#[test]
fn what_is_around_a_provider_hides_nothing_of_it() {
    let meters = Arc::new(ProviderMeters::default());
    let service = || Arc::new(Service(MemoryProvider::generate().expect("it is made")));
    let from = Metered::over(service(), Arc::clone(&meters));
    let to = Metered::over(service(), Arc::clone(&meters));
    let key = SecretKey::generate().expect("random bytes");
    let wrapped = from.wrap(&context(), &key).expect("it wraps");
    to.rewrap(&context(), &wrapped, &from).expect("it moves");
    assert_eq!(counted(&meters, ProviderCall::Rewrap), (1, 0));

    let identities = to.identities().expect("it has some");
    let (_, signer) = identities.create(&[7; 16]).expect("it is made");
    signer.sign(b"message").expect("it signs");
    assert!(identities.open(&[], &signer.public()).is_err());
    assert_eq!(counted(&meters, ProviderCall::CreateIdentity), (1, 0));
    assert_eq!(counted(&meters, ProviderCall::Sign), (1, 0));
    assert_eq!(counted(&meters, ProviderCall::OpenIdentity), (1, 1));
    let plain = Metered::over(memory(), meters);
    assert!(plain.identities().is_none());
}
