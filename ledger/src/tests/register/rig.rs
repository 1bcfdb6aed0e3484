//! A register in memory, which is away, loses answers, and holds what a test puts there; and an engine that has it.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use indelible_evidence::{hash::TreeHash, origin::LedgerName};
use indelible_store::memory::MemoryStore;

use crate::{
    CreateLedger, Engine, EngineOptions, Exchanged, Ledger, NoticeCode, RegisterError,
    RegisterOptions, RegisterPlace,
    state::register::{RegisterValue, Registered},
    tests::engine::{Bench, store},
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A register in memory.
#[derive(Debug, Default)]
pub(super) struct Cell {
    state: Mutex<State>,
    goes_on: Condvar,
}

#[derive(Debug, Default)]
struct State {
    value: Option<Vec<u8>>,
    tag: u64,
    exchanges: u64,
    is_away: bool,
    hangs: bool,
    lost_answers: u32,
}

impl Cell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets nobody reach it.
    pub(super) fn away(&self, is_away: bool) {
        self.state().is_away = is_away;
    }

    /// Lets exchanges wait.
    pub(super) fn hang(&self) {
        self.state().hangs = true;
    }

    pub(super) fn go_on(&self) {
        self.state().hangs = false;
        self.goes_on.notify_all();
    }

    /// Carries out so many exchanges and says nothing of it.
    pub(super) fn lose_answers(&self, count: u32) {
        self.state().lost_answers = count;
    }

    /// How often it was exchanged.
    pub(super) fn exchanges(&self) -> u64 {
        self.state().exchanges
    }

    pub(super) fn value(&self) -> Option<Vec<u8>> {
        self.state().value.clone()
    }

    pub(super) fn set(&self, value: Option<Vec<u8>>) {
        let mut state = self.state();
        state.tag += 1;
        state.value = value;
    }

    /// Changes it as somebody else does.
    pub(super) fn change(&self, change: impl FnOnce(&mut RegisterValue)) {
        let mut value = self.decoded();
        change(&mut value);
        self.set(Some(value.encode()));
    }

    fn decoded(&self) -> RegisterValue {
        RegisterValue::decode(&self.value().unwrap()).unwrap()
    }

    pub(super) fn number(&self) -> u64 {
        self.decoded().number
    }

    /// The size in which it has a ledger.
    pub(super) fn size_of(&self, origin: &str) -> Option<u64> {
        let value = self.decoded();
        value.ledgers.get(origin).map(|held| held.size)
    }
}

impl RegisterPlace for Cell {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn read(&self) -> Result<Option<(Vec<u8>, String)>, RegisterError> {
        let state = self.state();
        match state.is_away {
            true => Err(away()),
            false => Ok(state
                .value
                .clone()
                .map(|value| (value, state.tag.to_string()))),
        }
    }

    fn exchange(&self, value: Vec<u8>, tag: Option<&str>) -> Result<Exchanged, RegisterError> {
        let hangs = |state: &mut State| state.hangs;
        let mut state = self.goes_on.wait_while(self.state(), hangs).unwrap();
        if state.is_away {
            return Err(away());
        }
        let stands = state.value.is_some().then(|| state.tag.to_string());
        if stands.as_deref() != tag {
            return Ok(Exchanged::Refused);
        }
        state.tag += 1;
        state.exchanges += 1;
        state.value = Some(value);
        if state.lost_answers > 0 {
            state.lost_answers -= 1;
            return Err(away());
        }
        Ok(Exchanged::Done(state.tag.to_string()))
    }
}

fn away() -> RegisterError {
    RegisterError {
        reason: "nobody answers".to_owned(),
        is_lasting: false,
    }
}

/// Stops an engine, and gives its anchor back.
pub(super) fn end(engine: Engine) {
    engine.drain().unwrap();
}

/// What a value says of a ledger.
pub(super) fn held<'a>(value: &'a mut RegisterValue, origin: &str) -> &'a mut Registered {
    value.ledgers.get_mut(origin).unwrap()
}

/// A root that no tree has.
pub(super) fn other_root() -> TreeHash {
    TreeHash::from_bytes([9; 32])
}

/// The request for a ledger without anything special.
pub(super) fn plain(name: &str) -> CreateLedger {
    CreateLedger {
        name: LedgerName::parse(name).unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: false,
        checks_events: false,
    }
}

/// A store in memory, and its register.
pub(super) struct Rig {
    pub(super) bench: Bench,
    pub(super) cell: Arc<Cell>,
    store: Mutex<Arc<MemoryStore>>,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self {
            bench: Bench::new(),
            cell: Arc::default(),
            store: Mutex::new(store()),
        }
    }

    /// An engine over the store as it is.
    pub(super) fn open(&self) -> Engine {
        self.opened(false)
    }

    /// One after a restart.
    pub(super) fn reopen(&self, accepts_loss: bool) -> Engine {
        {
            let mut store = self.store.lock().unwrap();
            let again = Arc::new(store.reopen());
            *store = again;
        }
        self.opened(accepts_loss)
    }

    fn opened(&self, accepts_loss: bool) -> Engine {
        let options = EngineOptions {
            publication_interval: Duration::from_millis(20),
            keys_retry: Duration::from_millis(10),
            register: Some(RegisterOptions {
                place: Arc::clone(&self.cell) as Arc<dyn RegisterPlace>,
                accepts_loss,
            }),
            ..EngineOptions::new("localhost")
        };
        let store = Arc::clone(&self.store.lock().unwrap());
        self.bench.open_with(&store, options).unwrap()
    }

    /// Waits until all of a ledger is published.
    pub(super) fn published(&self, ledger: &Ledger) {
        let all = ledger.wait_published(ledger.summary().size);
        self.bench.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, all).await.unwrap().unwrap();
        });
    }

    /// Waits for what must come.
    pub(super) fn until(&self, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "it does not come");
            std::thread::yield_now();
        }
    }

    /// What a notice says, if it is there.
    pub(super) fn notice(&self, engine: &Engine, code: NoticeCode) -> Option<String> {
        let notices = engine.status().notices;
        let found = notices.into_iter().find(|notice| notice.code == code);
        found.map(|notice| notice.detail)
    }
}
