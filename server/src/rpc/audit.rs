//! The audit of the auditors: what is done to the store and its ledgers is recorded in the store's own ledger, `_system`.
//!
//! - An act is recorded first, durably; if it can't be, it does not happen ([`act`]).
//! - What can't be prevented is noted: it is recorded as soon as that can be done, and marked late if that was not at once.
//!   Refusals are summed up before, so that a flood of them is one record a second and caller ([`refusals`]).

pub(super) mod act;
pub(super) mod actions;
mod configuration;
mod names;
mod refusals;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use data_encoding::HEXLOWER;
use indelible_access::{Method, Scope};
use indelible_ledger::{AppendError, Engine, NewRange, SystemEvent, SystemFact, SystemKind};
use indelible_proto::v1::{self, ErrorReason};
use tokio::sync::{Notify, watch};

pub(crate) use self::configuration::Loaded;
use self::{configuration::taken::Taken, refusals::Refusals};
pub(super) use self::{names::OtherNames, refusals::Refused};
use super::refusal::Refusal;
use crate::{
    issuers::now,
    limits::{
        SYSTEM_FIRST_SECONDS_MAX, SYSTEM_LOADED_MAX, SYSTEM_NOTES_MAX, SYSTEM_RECORDS_AT_ONCE,
        SYSTEM_ROUND_MS,
    },
};

/// A start that is recorded after this time was not recorded at once.
const LATE_NS: u64 = 2_000_000_000;

/// Records in the store's own ledger.
#[derive(Default)]
pub(crate) struct Audit {
    engine: OnceLock<Engine>,
    notes: Mutex<Notes>,
    refusals: Refusals,
    /// Tells that there is something to record.
    noted: Notify,
    /// One round at a time, so that what is noted is recorded in its order.
    rounds: tokio::sync::Mutex<()>,
    /// Whether the log has said that nothing can be recorded.
    is_told: AtomicBool,
    /// The configuration in force, for operators.
    taken: Mutex<Option<Taken>>,
}

/// What waits to be recorded.
#[derive(Default)]
struct Notes {
    /// Configurations that were loaded, in their order.
    loaded: VecDeque<Loading>,
    /// Each with the time at which it was noted.
    waiting: VecDeque<(u64, SystemEvent)>,
    /// Notes that found no room: they are told by their number.
    left_out: u64,
}

/// A configuration that was loaded.
struct Loading {
    loaded: Loaded,
    /// When. 0, if nothing was there yet that knows.
    at: u64,
    /// Whether the daemon began to serve with it.
    is_start: bool,
}

impl Audit {
    /// Begins to record, with the daemon's start and its configuration. What can't be recorded now is later.
    pub(crate) async fn open(self: &Arc<Self>, engine: Engine, loaded: Loaded) {
        let now = engine.now();
        let _first = self.engine.set(engine);
        let start = Loading {
            loaded,
            at: now,
            is_start: true,
        };
        // What was loaded meanwhile came after it.
        self.notes().loaded.push_front(start);
        let audit = Arc::clone(self);
        let first = tokio::spawn(async move { audit.round().await });
        // A provider of keys may take its time. The round goes on, and the daemon serves what needs none.
        let patience = Duration::from_secs(SYSTEM_FIRST_SECONDS_MAX);
        let _on_its_way = tokio::time::timeout(patience, first).await;
    }

    /// Records what is noted until the daemon is about to stop.
    pub(crate) async fn keep(self: Arc<Self>, mut draining: watch::Receiver<bool>) {
        let pause = Duration::from_millis(SYSTEM_ROUND_MS);
        loop {
            tokio::select! {
                // An error says that the daemon is gone.
                _ = draining.wait_for(|draining| *draining) => return,
                () = self.noted.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
            if !self.round().await {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Records that the daemon stops, after all else that is noted.
    pub(crate) async fn close(&self) {
        self.gather_refusals(true);
        self.note(SystemEvent::new(SystemKind::Stopped));
        if !self.round().await {
            tracing::warn!(
                "the stop could not be recorded in the store's own ledger; the next start says so there"
            );
        }
    }

    /// Notes that a configuration file was not taken: which one, by the SHA-256 of its bytes, if it could be read.
    pub(crate) fn not_taken(&self, file: Option<[u8; 32]>) {
        let digest = file.map(|digest| HEXLOWER.encode(&digest));
        let event = SystemEvent::new(SystemKind::ConfigurationRefused)
            .with("file_sha256", SystemFact::Text(digest.unwrap_or_default()))
            .with("outcome", SystemFact::Text("denied".into()));
        self.note(event);
    }

    /// Notes what can't be prevented.
    pub(super) fn note(&self, event: SystemEvent) {
        let now = self.engine.get().map_or(0, Engine::now);
        let mut notes = self.notes();
        match notes.waiting.len() < SYSTEM_NOTES_MAX {
            true => notes.waiting.push_back((now, event)),
            false => notes.left_out += 1,
        }
        drop(notes);
        self.noted.notify_one();
    }

    /// Notes a configuration that is in force from now on.
    pub(crate) fn reloaded(&self, loaded: Loaded) {
        let at = self.engine.get().map_or(0, Engine::now);
        let mut notes = self.notes();
        if notes.loaded.len() >= SYSTEM_LOADED_MAX {
            notes.loaded.pop_back();
            notes.left_out += 1;
        }
        notes.loaded.push_back(Loading {
            loaded,
            at,
            is_start: false,
        });
        drop(notes);
        self.noted.notify_one();
    }

    /// Keeps which configuration is in force from now on, for operators to be told.
    pub(crate) fn took(&self, loaded: &Loaded) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = Some(Taken::next(taken.take(), loaded, now()));
    }

    /// Which configuration is in force, and since when; none before the first was taken.
    pub(super) fn in_force(&self) -> Option<v1::ConfigurationStatus> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.as_ref().map(Taken::status)
    }

    /// Counts a refusal.
    pub(super) fn refused(&self, refused: Refused<'_>) {
        self.refusals.count(Refused {
            scope: self.known(refused.scope),
            ..refused
        });
    }

    /// Counts a call with a token of the daemon's own that is not accepted any more, of which nothing else was looked at.
    pub(crate) fn token_is_over(&self, principal: &str) {
        self.refused(Refused {
            principal: Some(principal),
            other_names: OtherNames::default(),
            shown: Method::Token.name(),
            action: None,
            scope: Scope::Store,
            reason: Some(ErrorReason::TokenNotAccepted),
        });
    }

    /// A scope as it may be kept: what names no ledger that is there, nor the beginning of names, may be any words of a caller's.
    fn known<'a>(&self, scope: Scope<'a>) -> Scope<'a> {
        let is_there = |name: &str| {
            let engine = self.engine.get();
            engine.is_some_and(|engine| engine.ledger(name).is_ok())
        };
        match scope {
            Scope::Ledger(name) if !name.ends_with(['*', '/']) && !is_there(name) => {
                Scope::Ledger("")
            }
            scope => scope,
        }
    }

    /// Records an event; it is durable when this returns.
    ///
    /// # Errors
    /// If it is not: then what it tells of must not happen.
    async fn record(&self, event: SystemEvent) -> Result<(), Refusal> {
        self.recorded(event).await.map(drop)
    }

    /// The same for what is done by its record alone, and which record that is.
    pub(super) async fn recorded(&self, event: SystemEvent) -> Result<NewRange, Refusal> {
        self.recorded_all(&[event]).await
    }

    /// The same for several, in their order: all or none.
    pub(super) async fn recorded_all(&self, events: &[SystemEvent]) -> Result<NewRange, Refusal> {
        let engine = self.engine.get().ok_or_else(Refusal::recovering)?;
        let pending = engine.record_system(events).map_err(not_recorded)?;
        let appended = pending.await.map_err(not_recorded)?;
        let none = || Refusal::internal(&"an event of the daemon's own was taken for a repeat");
        appended.new.ok_or_else(none)
    }

    /// Records what is noted, as far as it can be; false if something is left for which there was no way.
    async fn round(&self) -> bool {
        let _one_at_a_time = self.rounds.lock().await;
        let Some(engine) = self.engine.get() else {
            return true;
        };
        match self.record_all(engine).await {
            Ok(()) => {
                self.is_told.store(false, Ordering::Relaxed);
                true
            }
            Err(problem) => {
                for (noted, event) in &mut self.notes().waiting {
                    event.happened.get_or_insert(*noted);
                }
                if !self.is_told.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        problem,
                        "the store's own ledger takes no records: acts are refused, and what can't be is recorded later"
                    );
                }
                false
            }
        }
    }

    async fn record_all(&self, engine: &Engine) -> Result<(), String> {
        engine
            .begin_system()
            .await
            .map_err(|error| error.to_string())?;
        // Once another identity is there. Nothing of what it has is missing, so nobody needs to look at it first.
        if engine.system_has_lost_its_identity() {
            let successor = engine.succeed_system().await;
            let successor = successor.map_err(|error| error.to_string())?;
            tracing::warn!(
                origin = successor.origin,
                "the identity key of the store's own ledger is lost: it has a successor"
            );
        }
        loop {
            self.gather_loaded(engine).await?;
            if self.notes().waiting.is_empty() {
                self.gather_refusals(false);
            }
            let events = self.first_notes(engine);
            if events.is_empty() {
                return Ok(());
            }
            let recorded = match engine.record_system(&events) {
                Ok(pending) => pending.await.map(drop),
                Err(error) => Err(error),
            };
            recorded.map_err(|error| error.to_string())?;
            if events.iter().any(is_loaded) {
                let reads = engine.clone();
                let noted = tokio::task::spawn_blocking(move || reads.rescue_is_on_record()).await;
                let noted = noted.map_err(|panicked| panicked.to_string())?;
                noted.map_err(|error| error.to_string())?;
            }
            drop(self.notes().waiting.drain(..events.len()));
        }
    }

    fn first_notes(&self, engine: &Engine) -> Vec<SystemEvent> {
        let mut notes = self.notes();
        if notes.waiting.len() < SYSTEM_NOTES_MAX && notes.left_out > 0 {
            let count = std::mem::take(&mut notes.left_out);
            let left_out = SystemEvent::new(SystemKind::Administered)
                .with("outcome", SystemFact::Text("not-recorded".into()))
                .with("count", SystemFact::Uint(count));
            notes.waiting.push_back((engine.now(), left_out));
        }
        let first = notes.waiting.iter().take(SYSTEM_RECORDS_AT_ONCE);
        first.map(|(_, event)| event.clone()).collect()
    }

    /// Puts the first configuration that was loaded before all that is noted, once it can be held against the one before it:
    /// that must be on record.
    async fn gather_loaded(&self, engine: &Engine) -> Result<(), String> {
        let (loaded, at, is_start) = {
            let notes = self.notes();
            let is_next = |_: &&Loading| !notes.waiting.iter().any(|(_, event)| is_loaded(event));
            match notes.loaded.front().filter(is_next) {
                Some(first) => (first.loaded.clone(), first.at, first.is_start),
                None => return Ok(()),
            }
        };
        let reads = engine.clone();
        let events =
            tokio::task::spawn_blocking(move || configuration::events(&reads, &loaded, is_start));
        let events = events.await.map_err(|panicked| panicked.to_string())??;
        let now = engine.now();
        let at = if at == 0 { now } else { at };
        let is_late = now.saturating_sub(at) > LATE_NS;
        let mut notes = self.notes();
        notes.loaded.pop_front();
        for mut event in events.into_iter().rev() {
            let is_unseen = event.kind == SystemKind::Stopped;
            event.happened = (is_unseen || is_late).then_some(at);
            notes.waiting.push_front((at, event));
        }
        Ok(())
    }

    /// Makes notes of the refusals since the last time, once a second, or at once `if_any`.
    fn gather_refusals(&self, if_any: bool) {
        let now = self.engine.get().map_or(0, Engine::now);
        let events = self.refusals.gather(if_any);
        self.notes()
            .waiting
            .extend(events.map(|event| (now, event)));
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is not carried out, since that can't be recorded. The reason is why not, so that clients try again where
/// that passes.
fn not_recorded(error: AppendError) -> Refusal {
    Refusal::from(error)
        .but("nothing was done, since it can't be recorded in the store's own ledger, _system")
        .with("unrecorded", "_system")
}

/// Whether it tells of a configuration that was loaded.
fn is_loaded(event: &SystemEvent) -> bool {
    event.kind == SystemKind::ConfigurationLoaded
}
