//! A provider whose calls are counted and timed, around any other.

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_meters::{Buckets, Counter, Histogram};

use crate::{
    error::{KeyError, ProviderFault},
    keys::{context::KeyContext, secret::SecretKey, signer::Signer, wrapped::WrappedKey},
    provider::{IdentitySource, KekProvider, ProviderDescription},
};

/// What a call of a provider may take: some microseconds in memory, some milliseconds in a key service, seconds where it is
/// in trouble.
const CALLS: Buckets = &[
    Duration::from_micros(100),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

/// What a provider is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderCall {
    /// To wrap a key.
    Wrap,
    /// To open a wrapped key.
    Unwrap,
    /// To take over a key from another provider.
    Rewrap,
    /// To wrap and open a key that is of no use, to see whether that works.
    Health,
    /// To make an identity key.
    CreateIdentity,
    /// To find an identity key.
    OpenIdentity,
    /// To sign with an identity key.
    Sign,
}

impl ProviderCall {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Wrap,
        Self::Unwrap,
        Self::Rewrap,
        Self::Health,
        Self::CreateIdentity,
        Self::OpenIdentity,
        Self::Sign,
    ];

    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::Rewrap => "rewrap",
            Self::Health => "health",
            Self::CreateIdentity => "create_identity",
            Self::OpenIdentity => "open_identity",
            Self::Sign => "sign",
        }
    }
}

/// What was measured of the calls of one kind.
#[derive(Debug)]
pub struct CallMeter {
    /// How long they took, those that failed included.
    pub seconds: Histogram,
    /// How many failed.
    pub failures: Counter,
}

/// What was measured of all providers together.
#[derive(Debug)]
pub struct ProviderMeters([CallMeter; ProviderCall::ALL.len()]);

impl Default for ProviderMeters {
    fn default() -> Self {
        Self(ProviderCall::ALL.map(|_| CallMeter {
            seconds: Histogram::new(CALLS),
            failures: Counter::new(),
        }))
    }
}

impl ProviderMeters {
    /// What was measured of one kind of call.
    #[must_use]
    pub fn of(&self, call: ProviderCall) -> &CallMeter {
        &self.0[call as usize]
    }

    /// How many calls have failed.
    fn failures(&self) -> u64 {
        self.0.iter().map(|meter| meter.failures.get()).sum()
    }

    fn measure<T>(
        &self,
        call: ProviderCall,
        run: impl FnOnce() -> Result<T, KeyError>,
    ) -> Result<T, KeyError> {
        let began = Instant::now();
        let outcome = run();
        let meter = self.of(call);
        meter.seconds.observe(began.elapsed());
        if outcome.is_err() {
            meter.failures.one();
        }
        outcome
    }
}

/// Counts and times what a provider is asked for, and what the identity keys in it sign.
pub struct Metered {
    inner: Arc<dyn KekProvider>,
    meters: Arc<ProviderMeters>,
}

impl Metered {
    /// The same provider, measured.
    pub fn over(inner: Arc<dyn KekProvider>, meters: Arc<ProviderMeters>) -> Self {
        Self { inner, meters }
    }
}

impl KekProvider for Metered {
    fn describe(&self) -> ProviderDescription {
        self.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        let run = || self.inner.wrap(context, key);
        self.meters.measure(ProviderCall::Wrap, run)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        let run = || self.inner.unwrap_key(context, wrapped);
        self.meters.measure(ProviderCall::Unwrap, run)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.meters
            .measure(ProviderCall::Health, || self.inner.health())
    }

    fn failed_calls(&self) -> u64 {
        self.meters.failures()
    }

    fn rewrap(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
        from: &dyn KekProvider,
    ) -> Result<WrappedKey, KeyError> {
        // A provider recognises another of its kind, so it must see it and not what is around it.
        let any: &dyn Any = from;
        let bare = any
            .downcast_ref::<Self>()
            .map_or(from, |metered| &*metered.inner);
        let run = || self.inner.rewrap(context, wrapped, bare);
        self.meters.measure(ProviderCall::Rewrap, run)
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        self.inner.identities().is_some().then_some(self as _)
    }
}

impl Metered {
    fn source(&self) -> Result<&dyn IdentitySource, KeyError> {
        // `identities` gives nothing where there is none, so nobody gets here then.
        self.inner.identities().ok_or_else(|| KeyError::Provider {
            provider: self.describe().kind,
            fault: ProviderFault::KeyUnfit,
            detail: "it makes no identity keys".to_owned(),
        })
    }

    fn signer(&self, inner: Box<dyn Signer>) -> Box<dyn Signer> {
        let meters = Arc::clone(&self.meters);
        Box::new(MeteredSigner { inner, meters })
    }
}

impl IdentitySource for Metered {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let run = || self.source()?.create(key_id);
        let (locator, signer) = self.meters.measure(ProviderCall::CreateIdentity, run)?;
        Ok((locator, self.signer(signer)))
    }

    fn open(
        &self,
        locator: &[u8],
        expected_public: &[u8; 32],
    ) -> Result<Box<dyn Signer>, KeyError> {
        let run = || self.source()?.open(locator, expected_public);
        let signer = self.meters.measure(ProviderCall::OpenIdentity, run)?;
        Ok(self.signer(signer))
    }
}

/// A signer whose signatures are counted and timed.
struct MeteredSigner {
    inner: Box<dyn Signer>,
    meters: Arc<ProviderMeters>,
}

impl Signer for MeteredSigner {
    fn public(&self) -> [u8; 32] {
        self.inner.public()
    }

    fn is_remote(&self) -> bool {
        self.inner.is_remote()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.meters
            .measure(ProviderCall::Sign, || self.inner.sign(message))
    }
}
