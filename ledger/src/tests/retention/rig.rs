//! An engine under a clock that the test moves, rules and events.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use indelible_compliance::time::shortest;
use indelible_evidence::{
    body::Body,
    bundle::TarSource,
    key_event::{RetentionAction, RetentionClock, RetentionParts, RetentionRule},
    note::VerifierKey,
    verify::{Report, Trust, verify},
};
use indelible_keystore::SystemEntropy;
use indelible_store::{
    ReadStore as _,
    memory::MemoryStore,
    record::{Part, StoredRecord},
};

use tempfile::TempDir;

use crate::{
    Appended, Engine, EngineOptions, EventInput, ExportForm, Filter, Ledger, Selection,
    state::environment::{Clock, Environment},
    tests::{
        engine::{Bench, store},
        privacy,
    },
};

/// How long the engine may take for what it does by itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// Nanoseconds.
pub(super) const DAY: u64 = 86_400_000_000_000;

/// The true time, and what the test adds to it.
#[derive(Clone)]
struct MovedClock {
    since: Instant,
    /// Time that has passed, by both clocks.
    passed: Arc<AtomicU64>,
    /// What the clock on the wall is ahead of that.
    ahead: Arc<AtomicU64>,
}

impl Clock for MovedClock {
    fn now(&self) -> u64 {
        let true_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let moved = self.passed.load(Ordering::SeqCst) + self.ahead.load(Ordering::SeqCst);
        u64::try_from(true_time.as_nanos()).unwrap() + moved
    }

    /// Pauses are as long as they are.
    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    fn since_boot(&self) -> Duration {
        self.since.elapsed() + Duration::from_nanos(self.passed.load(Ordering::SeqCst))
    }
}

pub(super) struct Rig {
    pub(super) bench: Bench,
    pub(super) store: Arc<MemoryStore>,
    clock: MovedClock,
    every: Option<Duration>,
    /// Around the directory of the archive, if there is one.
    pub(super) archive: Option<TempDir>,
    pub(super) encrypts_all: bool,
}

/// An event that is to be appended.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    id: &'a str,
    actor: &'a str,
    event_type: &'a str,
    classification: Option<&'a str>,
    subject: Option<&'a str>,
    time: Option<&'a str>,
    payload: &'a str,
}

/// One of type `t`, with its words as actor and payload.
pub(super) fn given<'a>(id: &'a str, words: &'a str) -> Given<'a> {
    Given {
        id,
        actor: words,
        event_type: "t",
        classification: None,
        subject: None,
        time: None,
        payload: words,
    }
}

impl<'a> Given<'a> {
    pub(super) fn of(self, subject: &'a str) -> Self {
        let subject = Some(subject);
        Self { subject, ..self }
    }

    pub(super) fn typed(self, event_type: &'a str) -> Self {
        Self { event_type, ..self }
    }

    pub(super) fn classified(self, classification: Option<&'a str>) -> Self {
        Self {
            classification,
            ..self
        }
    }

    pub(super) fn at(self, time: &'a str) -> Self {
        let time = Some(time);
        Self { time, ..self }
    }

    pub(super) fn with(self, payload: &'a str) -> Self {
        Self { payload, ..self }
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        Self {
            bench: Bench::new(),
            store: store(),
            clock: MovedClock {
                since: Instant::now(),
                passed: Arc::default(),
                ahead: Arc::default(),
            },
            every: None,
            archive: None,
            encrypts_all: false,
        }
    }

    /// One whose engine disposes by itself.
    pub(super) fn every(every: Duration) -> Self {
        Self {
            every: Some(every),
            ..Self::new()
        }
    }

    pub(super) fn open(&self) -> (Engine, Ledger) {
        let options = EngineOptions {
            environment: Environment::new(self.clock.clone(), SystemEntropy, None),
            retention_every: self.every,
            archive: self.archive.is_some().then(|| self.archive()),
            ..EngineOptions::new("localhost")
        };
        if let Some(place) = &options.archive
            && !self.away().exists()
        {
            fs::create_dir_all(place).unwrap();
        }
        let engine = self.bench.open_with(&self.store, options).unwrap();
        let ledger = privacy::ledger(&self.bench, &engine, self.encrypts_all);
        (engine, ledger)
    }

    /// The same disk, and nothing of what was in memory.
    pub(super) fn restarted(self) -> Self {
        Self {
            store: Arc::new(self.store.reopen()),
            ..self
        }
    }

    /// Lets time pass, nanoseconds.
    pub(super) fn pass(&self, time: u64) {
        self.clock.passed.fetch_add(time, Ordering::SeqCst);
    }

    /// Sets the clock on the wall so far ahead, and lets no time pass.
    pub(super) fn jump(&self, ahead: u64) {
        self.clock.ahead.store(ahead, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.now()
    }

    pub(super) fn text_of_now(&self) -> String {
        shortest(self.now())
    }

    fn appended(&self, ledger: &Ledger, given: Given<'_>) -> Appended {
        let body = Body {
            id: given.id,
            source: "s",
            actor: Some(given.actor),
            data_subject: given.subject,
            time: given.time,
            ..Body::default()
        };
        let input = EventInput {
            body,
            event_type: given.event_type,
            classification: given.classification,
            payload: Some(Bytes::copy_from_slice(given.payload.as_bytes())),
        };
        let appended = self.bench.runtime.block_on(async {
            let prepared = ledger.prepare(input).await.unwrap();
            ledger.append(vec![prepared], None).await
        });
        appended.unwrap()
    }

    /// Appends an event that is new.
    pub(super) fn append(&self, ledger: &Ledger, given: Given<'_>) -> u64 {
        self.appended(ledger, given).new.unwrap().first
    }

    /// Appends an event that is there; returns its record.
    pub(super) fn again(&self, ledger: &Ledger, given: Given<'_>) -> u64 {
        let appended = self.appended(ledger, given);
        assert!(appended.new.is_none());
        appended.repeats[0].1.sequence
    }

    /// Whether body and payload of a record are gone, from the store and for readers.
    pub(super) fn parts(&self, ledger: &Ledger, sequence: u64) -> (bool, bool) {
        let value = self
            .store
            .record(ledger.cell().id, sequence)
            .unwrap()
            .unwrap();
        let stored = StoredRecord::decode(&value).unwrap();
        let gone = (stored.body == Part::Erased, stored.payload == Part::Erased);
        let view = ledger.record(sequence).unwrap();
        let shown = view.stored();
        assert_eq!(
            gone,
            (shown.body == Part::Erased, shown.payload == Part::Erased)
        );
        gone
    }

    pub(super) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub(super) fn by_actor(ledger: &Ledger, actor: &str) -> Vec<u64> {
    let filter = Filter {
        actor: Some(actor.to_owned()),
        ..Filter::default()
    };
    let page = ledger.list(&filter, 0, 100, 1 << 20).unwrap();
    page.records
        .iter()
        .map(crate::RecordView::sequence)
        .collect()
}

/// What a stranger says of the whole ledger, which must hold.
pub(super) fn verified_bundle(ledger: &Ledger) -> Report {
    verified_in_form(ledger, &ExportForm::default())
}

/// The same of a bundle of this form.
pub(super) fn verified_in_form(ledger: &Ledger, form: &ExportForm) -> Report {
    let mut tar = Vec::new();
    ledger.export(Selection::Whole, form, &mut tar).unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let report = verify(TarSource::new(tar.as_slice()), &Trust::in_key(key)).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    report
}

/// A rule that is to be made: both parts of all events, a day after they were recorded.
pub(super) struct Making(RetentionRule);

pub(super) fn rule(name: &str) -> Making {
    Making(RetentionRule {
        name: name.to_owned(),
        action: RetentionAction::Erase,
        parts: RetentionParts::All,
        after_days: 1,
        clock: RetentionClock::Recorded,
        basis: "GDPR Art. 5(1)(e)".to_owned(),
        event_type: None,
        classification: None,
    })
}

impl Making {
    pub(super) fn archives(mut self) -> Self {
        self.0.action = RetentionAction::Archive;
        self
    }

    pub(super) fn typed(mut self, event_type: &str) -> Self {
        self.0.event_type = Some(event_type.to_owned());
        self
    }

    pub(super) fn after(mut self, days: u64) -> Self {
        self.0.after_days = days;
        self
    }

    pub(super) fn parts(mut self, parts: RetentionParts) -> Self {
        self.0.parts = parts;
        self
    }

    pub(super) fn clock(mut self, clock: RetentionClock) -> Self {
        self.0.clock = clock;
        self
    }

    pub(super) fn basis(mut self, basis: &str) -> Self {
        self.0.basis = basis.to_owned();
        self
    }

    pub(super) fn made(self) -> RetentionRule {
        self.0
    }
}
