//! The scrub: every ledger is verified again and again in the background, at a set pace and behind the writer, and the rest
//! of the store is read through once between two rounds.
//!
//! What it finds puts the ledger into quarantine, as a verification does. What it could not read it says nothing of: the
//! ledger's pass has not ended then. Where it goes on after a restart is stored, and decides nothing else; a place at which
//! something was found stays the next one until it was found sound.

pub(crate) mod archive_look;
pub(crate) mod reports;
pub(crate) mod standing;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use indelible_store::{LedgerId, LookPlace, StoreError};
use tracing::{error, info, warn};

use crate::{
    check::{
        finding::Finding,
        recovery,
        scrub::{Pass, Stepped},
    },
    core::Core,
    operations::scrub::{archive_look::ArchiveLook, reports::Reports},
    state::{
        bell::Stop,
        limits::{
            SCRUB_KEPT, SCRUB_LOOK, SCRUB_PAUSE_MIN, SCRUB_STEPS_MAX, SCRUB_YIELD, SCRUB_YIELDS_MAX,
        },
        notice::NoticeCode,
        scrubbed::{EndedPass, ScrubRule, Scrubbed},
        shared::{Availability, LedgerState},
        steps::{Next, Steps},
    },
};

/// What the notice about the store as a whole is about.
const STORE: &str = "scrub of the store";

/// The loop that reads everything again.
pub(crate) struct Scrub {
    core: Arc<Core>,
    stop: Stop,
    rule: ScrubRule,
    has_begun: bool,
    /// Nothing is done before.
    next: Duration,
    /// How often in a row it let the writer go first.
    yields: u32,
    /// The ledger that is being read.
    pass: Option<(Arc<LedgerState>, Pass)>,
    /// Until when ledgers that could not be read are left alone.
    set_aside: BTreeMap<LedgerId, Duration>,
    look: Look,
    archive: ArchiveLook,
    reports: Reports,
    /// Ledgers of which it is not stored how far they are.
    unkept: BTreeSet<LedgerId>,
    kept: Duration,
}

/// The look through the rest of the store.
#[derive(Default)]
struct Look {
    /// Where it goes on.
    place: Option<LookPlace>,
    /// When the next one begins.
    next: Duration,
}

impl Steps for Scrub {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            self.keep();
            return Next::Ended;
        }
        let now = self.core.environment.elapsed();
        if !self.has_begun {
            self.begin(now);
        }
        if now >= self.next {
            self.next = now + self.due_step(now);
        }
        Next::PausesUntil(self.next)
    }
}

impl Scrub {
    pub(crate) fn new(core: &Arc<Core>, rule: ScrubRule, stop: Stop) -> Self {
        Self {
            core: Arc::clone(core),
            stop,
            rule,
            has_begun: false,
            next: Duration::ZERO,
            yields: 0,
            pass: None,
            set_aside: BTreeMap::new(),
            look: Look::default(),
            archive: ArchiveLook::default(),
            reports: Reports::new(core),
            unkept: BTreeSet::new(),
            kept: Duration::ZERO,
        }
    }

    /// Reads how far it was. Where something was found, it looks at once whether that is so still.
    fn begin(&mut self, now: Duration) {
        self.has_begun = true;
        let mut has_finding = false;
        for cell in self.core.registry.cells() {
            let stored = match self.core.store.get(&key(cell.id)) {
                Ok(stored) => stored,
                Err(error) => {
                    warn!(ledger = %cell.origin(), %error, "it is not known how far the scrub was, so it begins anew");
                    None
                }
            };
            let state = stored.and_then(|stored| Scrubbed::decode(&stored, cell.size()));
            let state = state.unwrap_or_default();
            has_finding |= state.has_finding;
            cell.scrubbed.set(state);
        }
        self.kept = now;
        let delay = match has_finding {
            true => Duration::ZERO,
            false => self.rule.start_delay,
        };
        self.next = now + delay;
        self.look.next = now + delay;
        self.archive.next = now + delay;
    }

    /// Takes a step, unless the writer goes first; returns the pause after it.
    fn due_step(&mut self, now: Duration) -> Duration {
        let reports_wait = self.reports.step(&self.core, now, &mut self.unkept);
        if now >= self.kept + SCRUB_KEPT {
            self.kept = now;
            self.keep();
        }
        if self.core.halt.is_stopped() {
            return SCRUB_LOOK;
        }
        if self.writer_has_work() && self.yields < SCRUB_YIELDS_MAX {
            self.yields += 1;
            return SCRUB_YIELD;
        }
        self.yields = 0;
        match self.steps(now) {
            Some(bytes) => self.rule.time_for(bytes).max(SCRUB_PAUSE_MIN),
            None if reports_wait => SCRUB_YIELD,
            None => SCRUB_LOOK,
        }
    }

    fn writer_has_work(&self) -> bool {
        let progress = self.core.queue.progress();
        progress.queued != progress.taken
    }

    /// Takes as many steps as read little together: a pause after each would wake the process for almost nothing. Returns how
    /// many bytes they have read; none if nothing was due.
    fn steps(&mut self, now: Duration) -> Option<u64> {
        let mut read = None;
        for _ in 0..SCRUB_STEPS_MAX {
            let Some(bytes) = self.one_step(now) else {
                break;
            };
            let together = read.unwrap_or(0) + bytes;
            read = Some(together);
            if together >= self.rule.step_bytes / SCRUB_STEPS_MAX || self.writer_has_work() {
                break;
            }
        }
        read
    }

    fn one_step(&mut self, now: Duration) -> Option<u64> {
        if self.pass.is_none() {
            self.pass = self.choose(now);
        }
        match self.pass.take() {
            Some((cell, pass)) => Some(self.go_on(cell, pass, now)),
            None if now >= self.look.next => Some(self.look_through(now)),
            None if now >= self.archive.next => {
                let (bytes, rest) = (self.rule.step_bytes, self.rule.pass_interval);
                Some(self.archive.step(&self.core, bytes, now, rest))
            }
            None => None,
        }
    }

    /// The ledger whose turn it is, if one is due: first where something was found, then where a pass goes on, then the
    /// one whose last pass is the longest ago.
    fn choose(&mut self, now: Duration) -> Option<(Arc<LedgerState>, Pass)> {
        let wall = self.core.environment.now();
        self.set_aside.retain(|_, until| *until > now);
        let mut due: Vec<_> = self
            .core
            .registry
            .cells()
            .into_iter()
            .filter(|cell| !cell.is_suspect() && !self.set_aside.contains_key(&cell.id))
            .map(|cell| (cell.scrubbed.get(), cell))
            .filter(|(state, _)| state.is_due(wall, self.rule.pass_interval))
            .collect();
        due.sort_by_key(|(state, cell)| {
            let last = state.ended.map_or(0, |ended| ended.at);
            (!state.has_finding, !state.is_running(), last, cell.id)
        });
        let (state, cell) = due.into_iter().next()?;
        let state = match state.is_running() {
            true => state,
            false => Scrubbed {
                began: wall.max(1),
                upto: 0,
                target: cell.size(),
                unread: None,
                ..state
            },
        };
        let begun = Pass::begin(&cell, &*self.core.store, state.upto, state.target);
        cell.scrubbed.set(state);
        match begun {
            Ok(pass) => Some((cell, pass)),
            Err(stepped) => {
                self.came_to(&cell, stepped, now);
                None
            }
        }
    }

    /// Takes the next step of a pass; returns how many bytes it has read.
    fn go_on(&mut self, cell: Arc<LedgerState>, pass: Pass, now: Duration) -> u64 {
        // What a reader has found meanwhile is known.
        if cell.is_suspect() {
            return 0;
        }
        let environment = &self.core.environment;
        let store = &*self.core.store;
        let seed = || environment.bytes();
        let (stepped, bytes) = pass.step(&cell, store, self.rule.step_bytes, seed);
        if let Some(pass) = self.came_to(&cell, stepped, now) {
            self.pass = Some((cell, pass));
        }
        bytes
    }

    /// Takes in what a step came to; returns the pass if it goes on.
    fn came_to(
        &mut self,
        cell: &Arc<LedgerState>,
        stepped: Stepped,
        now: Duration,
    ) -> Option<Pass> {
        let mut state = cell.scrubbed.get();
        let goes_on = match stepped {
            Stepped::GoesOn(pass) => {
                state.upto = pass.upto();
                Some(pass)
            }
            Stepped::Sound => {
                self.ended(cell, &mut state);
                None
            }
            Stepped::Unread(why) => {
                warn!(
                    ledger = %cell.origin(), why,
                    "the scrub could not read on, so nothing is known of what follows; it tries again"
                );
                state.unread = Some(why);
                self.set_aside.insert(cell.id, now + SCRUB_LOOK);
                None
            }
            Stepped::Damaged(finding) => {
                self.found(cell, &finding, &mut state);
                None
            }
        };
        let has_finding = state.has_finding;
        cell.scrubbed.set(state);
        self.unkept.insert(cell.id);
        if has_finding {
            self.keep();
        }
        goes_on
    }

    fn ended(&self, cell: &LedgerState, state: &mut Scrubbed) {
        let now = self.core.environment.now();
        if state.has_finding {
            info!(ledger = %cell.origin(), "what the scrub had found in the ledger is not there any more");
        }
        *state = Scrubbed {
            ended: Some(EndedPass {
                at: now.max(1),
                took_seconds: now.saturating_sub(state.began) / 1_000_000_000,
                size: state.target,
            }),
            ..Scrubbed::default()
        };
    }

    /// Puts the ledger into quarantine, and tells of it.
    fn found(&mut self, cell: &LedgerState, finding: &Finding, state: &mut Scrubbed) {
        let reason = recovery::quarantine(cell, finding);
        error!(ledger = %cell.origin(), reason, "the scrub has found damage");
        state.has_finding = true;
        state.finding = Some(reason);
        if !state.is_recorded {
            self.reports.add_of_ledger(cell, finding);
        }
    }

    /// Reads some of what no ledger's pass reads. Of damage there nothing that was acknowledged is known to be wrong, so it
    /// is told, and no ledger is put into quarantine.
    fn look_through(&mut self, now: Duration) -> u64 {
        let from = self.look.place.take();
        let looked = self
            .core
            .store
            .look_through(from.as_ref(), self.rule.step_bytes);
        match looked {
            Ok(looked) => {
                self.look.place = looked.place;
                if self.look.place.is_none() {
                    self.look.next = now + self.rule.pass_interval.max(SCRUB_PAUSE_MIN);
                }
                looked.bytes
            }
            Err(error @ StoreError::Damaged { .. }) => {
                self.found_in_store(&error);
                self.look.place = Some(LookPlace::next_part(from.as_ref()));
                0
            }
            Err(error) => {
                warn!(%error, "the scrub could not read on; it tries again");
                self.look.place = from;
                self.look.next = now + SCRUB_LOOK;
                0
            }
        }
    }

    fn found_in_store(&mut self, error: &StoreError) {
        let detail = format!(
            "a file of the store is damaged, which the scrub has found: {error}. Stop the daemon, keep the files, and \
             restore the newest copy of the data directory beside the newest anchor"
        );
        if self
            .core
            .troubles
            .put(STORE, NoticeCode::ScrubFound, detail)
        {
            error!(%error, "the scrub has found damage in the store");
            self.reports.add_of_store();
        }
    }

    /// Stores how far it is. Where that fails, it goes on from an earlier place after a restart.
    fn keep(&mut self) {
        let cells = self.core.registry.cells();
        // What little room there is, is not the scrub's.
        let is_read_only = cells
            .iter()
            .any(|cell| cell.state().0 == Availability::ReadOnly);
        if self.unkept.is_empty() || is_read_only || self.core.halt.is_stopped() {
            return;
        }
        let values: Vec<_> = cells
            .iter()
            .filter(|cell| self.unkept.contains(&cell.id))
            .map(|cell| (key(cell.id), cell.scrubbed.get().encode()))
            .collect();
        let values: Vec<_> = values
            .iter()
            .map(|(key, value)| (&key[..], &value[..]))
            .collect();
        match self.core.store.put_all(&values) {
            Ok(()) => self.unkept.clear(),
            Err(error) => warn!(%error, "how far the scrub is could not be stored"),
        }
    }
}

fn key(ledger: LedgerId) -> Vec<u8> {
    format!("scrub/{}", ledger.number()).into_bytes()
}
