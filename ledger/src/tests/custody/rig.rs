//! An engine over a provider that can be switched off.

use super::*;
use crate::{
    state::{environment::Environment, limits::KEYS_PROBE},
    tests::remote_keys::RemoteSigner,
};

/// A provider that can be switched off, as a whole or for its identities, and that loses them when told to.
pub(super) struct Switched {
    pub(super) inner: MemoryProvider,
    pub(super) fault: Mutex<Option<ProviderFault>>,
    /// Calls that it answers still before the fault shows.
    pub(super) answers: AtomicUsize,
    pub(super) identity_fault: Mutex<Option<ProviderFault>>,
    /// What signatures fail with.
    pub(super) signing_fault: Mutex<Option<ProviderFault>>,
    pub(super) identities: Mutex<HashMap<Vec<u8>, Arc<IdentityKey>>>,
    /// How often somebody has opened it, or tried to.
    pub(super) opened: AtomicUsize,
    /// How often it has refused.
    pub(super) refused: AtomicUsize,
}

pub(super) fn failing(fault: ProviderFault) -> KeyError {
    KeyError::Provider {
        provider: ProviderKind::AwsKms,
        fault,
        detail: "as the test wants it".into(),
    }
}

impl Switched {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryProvider::generate().unwrap(),
            fault: Mutex::default(),
            answers: AtomicUsize::new(0),
            identity_fault: Mutex::default(),
            signing_fault: Mutex::default(),
            identities: Mutex::default(),
            opened: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        })
    }

    pub(super) fn switch(&self, fault: impl Into<Option<ProviderFault>>) {
        *self.fault.lock().unwrap() = fault.into();
    }

    pub(super) fn check(&self) -> Result<(), KeyError> {
        match *self.fault.lock().unwrap() {
            Some(fault) if self.answers.load(Ordering::SeqCst) == 0 => {
                self.refused.fetch_add(1, Ordering::SeqCst);
                Err(failing(fault))
            }
            Some(_) => {
                self.answers.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn open(self: &Arc<Self>) -> Result<Arc<KekSet>, KeyError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        let set = KekSet::new(Arc::new(Of(Arc::clone(self))), Vec::new());
        Ok(Arc::new(set.unwrap()))
    }

    pub(super) fn keys(self: &Arc<Self>) -> Keys {
        let again = Arc::clone(self);
        Keys {
            keks: self.open(),
            reopen: Box::new(move || again.open().map_err(NotOpened::from)),
        }
    }

    pub(super) fn lose_identities(&self) {
        self.identities.lock().unwrap().clear();
    }
}

pub(super) struct Of(pub(super) Arc<Switched>);

impl KekProvider for Of {
    fn describe(&self) -> ProviderDescription {
        self.0.inner.describe()
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.0.check()?;
        self.0.inner.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.0.check()?;
        self.0.inner.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.0.check()
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self)
    }
}

impl Of {
    fn signer(&self, key: Arc<IdentityKey>) -> Box<dyn Signer> {
        Box::new(SwitchedSigner {
            of: Arc::clone(&self.0),
            inner: RemoteSigner(key),
        })
    }
}

/// A signer whose provider can be switched off.
struct SwitchedSigner {
    of: Arc<Switched>,
    inner: RemoteSigner,
}

impl Signer for SwitchedSigner {
    fn public(&self) -> [u8; 32] {
        self.inner.public()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        match *self.of.signing_fault.lock().unwrap() {
            Some(fault) => Err(failing(fault)),
            None => self.inner.sign(message),
        }
    }
}

impl IdentitySource for Of {
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let key = Arc::new(IdentityKey::generate()?);
        let mut identities = self.0.identities.lock().unwrap();
        identities.insert(key_id.to_vec(), Arc::clone(&key));
        Ok((key_id.to_vec(), self.signer(key)))
    }

    fn open(&self, locator: &[u8], _: &[u8; 32]) -> Result<Box<dyn Signer>, KeyError> {
        self.0.check()?;
        if let Some(fault) = *self.0.identity_fault.lock().unwrap() {
            return Err(failing(fault));
        }
        match self.0.identities.lock().unwrap().get(locator) {
            Some(key) => Ok(self.signer(Arc::clone(key))),
            None => Err(failing(ProviderFault::KeyMissing)),
        }
    }
}

/// A store, what opens its keys, and an engine over both.
pub(super) struct Rig {
    pub(super) bench: Bench,
    pub(super) store: Arc<MemoryStore>,
    pub(super) provider: Arc<Switched>,
    /// Time between two looks at the provider.
    pub(super) probe: Duration,
    /// Where time comes from, if not from the system.
    pub(super) environment: Option<Environment>,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self {
            bench: Bench::new(),
            store: store(),
            provider: Switched::new(),
            probe: KEYS_PROBE,
            environment: None,
        }
    }

    pub(super) fn open(&self) -> Result<Engine, OpenError> {
        let environment = self.environment.clone();
        let options = EngineOptions {
            environment: environment.unwrap_or_else(Environment::system),
            keys_retry: Duration::from_millis(5),
            keys_probe: self.probe,
            ..EngineOptions::new("localhost")
        };
        // Threads that a drain does not wait for may hold the anchor a moment longer.
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let parts = Parts {
                store: Arc::clone(&self.store) as Arc<dyn Store>,
                settle: None,
                keys: self.provider.keys(),
            };
            match Engine::open(parts, &self.bench.anchor(), options.clone()) {
                Err(OpenError::Anchor(AnchorError::Locked { .. })) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                opened => return opened,
            }
        }
    }

    /// Stops the engine as an operator does, and starts it again.
    pub(super) fn restarted(&mut self, engine: Engine) -> Engine {
        engine.drain().unwrap();
        drop(engine);
        self.reopen();
        self.open().unwrap()
    }

    /// A store that ended in a crash: of its ledger's four records the first two are signed for by the identity key, and
    /// the last one is an event.
    pub(super) fn crashed() -> Self {
        let mut rig = Self::new();
        let engine = rig.open().unwrap();
        rig.create(&engine, "l", None).unwrap();
        let engine = rig.restarted(engine);
        let ledger = engine.ledger("l").unwrap();
        assert_eq!(rig.append(&ledger, "a", None).unwrap(), 3);
        // A publication is durable once the store is closed.
        rig.reopen();
        let _stopped = engine.drain();
        rig
    }

    pub(super) fn reopen(&mut self) {
        self.store = Arc::new(self.store.reopen());
    }

    pub(super) fn create(
        &self,
        engine: &Engine,
        name: &str,
        recovery: Option<[u8; 32]>,
    ) -> Result<Ledger, LedgerError> {
        let request = CreateLedger {
            name: LedgerName::parse(name).unwrap(),
            request_id: String::new(),
            recovery,
            encrypts_all: false,
            access_trail: false,
            checks_events: false,
        };
        self.bench.runtime.block_on(engine.create_ledger(request))?;
        engine.ledger(name)
    }

    pub(super) fn append(
        &self,
        ledger: &Ledger,
        id: &str,
        subject: Option<&str>,
    ) -> Result<u64, Refused> {
        let body = Body {
            id,
            source: "s",
            data_subject: subject,
            ..Body::default()
        };
        let input = EventInput {
            body,
            event_type: "t",
            classification: None,
            payload: None,
        };
        self.bench.runtime.block_on(async {
            let prepared = ledger.prepare(input).await.map_err(Refused::Unprepared)?;
            let appended = ledger.append(vec![prepared], None).await;
            Ok(appended.map_err(Refused::NotAppended)?.new.unwrap().first)
        })
    }
}

#[derive(Debug)]
pub(super) enum Refused {
    Unprepared(PrepareError),
    NotAppended(AppendError),
}

pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(super) fn keys_come_back(engine: &Engine) {
    until("the keys do not come back", || {
        *engine.watch_keys().borrow()
    });
}

/// Verifies an export of everything under the key that was pinned first, with a head of today.
pub(super) fn assert_verified(ledger: &Ledger) {
    let outcome = ledger.verify(&mut |_, _| {});
    assert_eq!((outcome.findings, outcome.unanswered), (vec![], vec![]));
    let mut tar = Vec::new();
    let summary = ledger
        .export(Selection::Whole, &ExportForm::default(), &mut tar)
        .unwrap();
    assert_eq!(summary.size, ledger.summary().size);
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let head = ledger.published_checkpoint().unwrap().to_string();
    let mut trust = Trust::in_key(key.clone());
    trust.known_head = Some(KnownHead::parse(head.as_bytes(), &key).unwrap());
    let report = verify(TarSource::new(tar.as_slice()), &trust).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
}
