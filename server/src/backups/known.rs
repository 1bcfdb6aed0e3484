//! Which backups there are, in memory, as the records say.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use indelible_backup::{BackupId, Location};
use indelible_compliance::time;
use indelible_ledger::OrderToDestroy;

use super::stored::{Begun, CutOf, Ended, Verified};
use crate::config::Backup;

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400 * 1_000_000_000;

/// What has become of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is being made.
    Running,
    /// It is there.
    Made,
    /// It was broken off; what it had copied may be there.
    Unfinished,
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: BackupId,
    pub(crate) target: String,
    pub(crate) directory: String,
    pub(crate) standing: Standing,
    /// When it was made, or begun; nanoseconds since 1970 UTC.
    pub(crate) made_ns: u64,
    pub(crate) total_bytes: u64,
    pub(crate) copied_bytes: u64,
    /// To whom it is encrypted; nobody, if it is not.
    pub(crate) encrypted_to: Vec<String>,
    /// How far its ledgers had come; none if that is not known.
    pub(crate) ledgers: Option<Vec<CutOf>>,
    /// Files of the archive that it needs beside itself.
    pub(crate) archive_files: u64,
    /// When somebody last reported that it was verified, nanoseconds since 1970 UTC; 0 if nobody did.
    pub(crate) verified_ns: u64,
}

impl Known {
    /// Whether what an erasure or a disposal of a ledger destroyed may be in it. What is not known may.
    pub(crate) fn may_hold_erased(&self, origin: &str, order: OrderToDestroy) -> bool {
        match (&self.ledgers, self.standing) {
            (Some(ledgers), Standing::Made) => ledgers
                .iter()
                .filter(|ledger| ledger.origin == origin)
                .any(|ledger| ledger.may_hold_erased(order)),
            _ => true,
        }
    }

    /// Whether it is known to end before a record of a ledger.
    pub(crate) fn ends_before(&self, origin: &str, record: u64) -> bool {
        let made = self.standing == Standing::Made;
        let ledgers = self.ledgers.as_ref().filter(|_| made);
        ledgers.is_some_and(|ledgers| {
            let mut cuts = ledgers.iter().filter(|ledger| ledger.origin == origin);
            cuts.all(|ledger| ledger.size <= record)
        })
    }
}

/// All backups that records tell of and that were not taken away, by their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue(BTreeMap<BackupId, Known>);

impl Catalogue {
    /// A backup begins.
    pub(crate) fn begin(&mut self, begun: Begun) {
        let known = Known {
            id: begun.backup.clone(),
            target: begun.target,
            directory: begun.directory,
            standing: Standing::Running,
            made_ns: begun.begun_ns,
            total_bytes: 0,
            copied_bytes: 0,
            encrypted_to: begun.encrypted_to,
            ledgers: None,
            archive_files: 0,
            verified_ns: 0,
        };
        self.0.insert(begun.backup, known);
    }

    /// A backup has copied so many bytes, and has so many of the store so far as is known.
    pub(crate) fn advance(&mut self, id: &BackupId, copied_bytes: u64, total_bytes: u64) {
        if let Some(known) = self.0.get_mut(id) {
            known.copied_bytes = copied_bytes;
            known.total_bytes = total_bytes;
        }
    }

    /// A backup was broken off.
    pub(crate) fn break_off(&mut self, id: &BackupId) {
        if let Some(known) = self.0.get_mut(id) {
            known.standing = Standing::Unfinished;
        }
    }

    /// A backup was made, or backups were taken away: what is not in their directory any more is gone, with all that it
    /// had copied.
    pub(crate) fn end(&mut self, mut ended: Ended) {
        if let Some(made) = ended.made.take()
            && let Some(known) = self.0.get_mut(&made.backup)
        {
            known.standing = Standing::Made;
            known.made_ns = made.made_ns;
            known.total_bytes = made.total_bytes;
            known.copied_bytes = made.copied_bytes;
            known.ledgers = made.ledgers;
            known.archive_files = made.archive_files;
        }
        self.0
            .retain(|id, known| known.target != ended.target || ended.there.contains(id));
        self.take_up(&ended);
        for known in self.0.values_mut() {
            // A crash came between the backup and its record.
            if known.target == ended.target && known.standing == Standing::Unfinished {
                known.standing = Standing::Made;
            }
        }
    }

    /// Takes up what lies in a place and is not known: somebody said that it was destroyed, or the store is an older copy, which
    /// does not know what was made later. What it holds is not known either.
    fn take_up(&mut self, ended: &Ended) {
        let mut known = self.0.values();
        let beside = known.find(|known| known.target == ended.target);
        let Some(directory) = beside.map(|known| known.directory.clone()) else {
            return;
        };
        for id in &ended.there {
            self.0.entry(id.clone()).or_insert_with(|| Known {
                id: id.clone(),
                target: ended.target.clone(),
                directory: directory.clone(),
                standing: Standing::Made,
                made_ns: begun_ns(id),
                total_bytes: 0,
                copied_bytes: 0,
                ledgers: None,
                archive_files: 0,
                verified_ns: 0,
                encrypted_to: Vec::new(),
            });
        }
    }

    /// A backup was verified.
    pub(crate) fn verify(&mut self, verified: &Verified) {
        if let Some(known) = self.0.get_mut(&verified.verified) {
            known.verified_ns = known.verified_ns.max(verified.verified_ns);
        }
    }

    /// What the records say runs has ended with the process that ran it.
    pub(crate) fn nothing_runs(&mut self) {
        for known in self.0.values_mut() {
            if known.standing == Standing::Running {
                known.standing = Standing::Unfinished;
            }
        }
    }
}

/// When a backup was begun, as its name says, nanoseconds since 1970 UTC.
fn begun_ns(id: &BackupId) -> u64 {
    let part = |from, to| id.as_str().get(from..to).unwrap_or_default();
    let [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
    let [hour, minute, second] = [part(9, 11), part(11, 13), part(13, 19)];
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    time::parse(&text).unwrap_or_default()
}

/// How the last backup of the schedule ended.
#[derive(Clone, Debug, Default)]
struct LastTry {
    /// Why it failed, if it did.
    problem: Option<String>,
}

#[derive(Default)]
struct State {
    /// The ledger that was read; none before.
    origin: Option<String>,
    catalogue: Catalogue,
    is_running: bool,
    /// The backup that somebody has stopped, until its turn ends.
    stopped: Option<BackupId>,
    last_try: LastTry,
    /// Why the records can't be read; none if they were, or were not tried yet.
    unread: Option<String>,
    /// Since when the daemon could have made backups, nanoseconds since 1970 UTC.
    since_ns: u64,
}

/// What the daemon knows of backups. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Backups {
    state: Arc<Mutex<State>>,
    configured: Option<Arc<Backup>>,
}

/// Somebody who makes a backup or takes some away. Nobody else does while it lives.
pub(crate) struct Turn(Backups);

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_running = false;
        state.stopped = None;
    }
}

impl Backups {
    /// None yet, to go where the configuration says, if it says so.
    pub(crate) fn new(configured: Option<Backup>) -> Self {
        Self {
            state: Arc::default(),
            configured: configured.map(Arc::new),
        }
    }

    /// What the configuration says.
    pub(crate) fn configured(&self) -> Option<&Backup> {
        self.configured.as_deref()
    }

    /// Where backups go.
    pub(crate) fn location(&self) -> Option<Location> {
        self.configured().map(|backup| backup.location.clone())
    }

    /// Takes a turn, if nobody has it.
    pub(crate) fn turn(&self) -> Option<Turn> {
        let mut state = self.state();
        (!state.is_running).then(|| {
            state.is_running = true;
            Turn(self.clone())
        })
    }

    /// Has a backup end that is being made.
    pub(crate) fn stop(&self, id: &BackupId) {
        let mut state = self.state();
        if state.is_running {
            state.stopped = Some(id.clone());
        }
    }

    /// Whether somebody has stopped a backup.
    pub(crate) fn is_stopped(&self, id: &BackupId) -> bool {
        self.state().stopped.as_ref() == Some(id)
    }

    /// The ledger whose records were read; none before.
    pub(crate) fn origin(&self) -> Option<String> {
        self.state().origin.clone()
    }

    /// What the records of a ledger say, in the place of what was known.
    pub(crate) fn take(&self, origin: String, mut catalogue: Catalogue, now_ns: u64) {
        let mut state = self.state();
        if !state.is_running {
            catalogue.nothing_runs();
        }
        state.origin = Some(origin);
        state.unread = None;
        state.catalogue = catalogue;
        if state.since_ns == 0 {
            state.since_ns = now_ns;
        }
    }

    /// Changes what is known as a record does that was just made.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Catalogue)) {
        change(&mut self.state().catalogue);
    }

    /// Whether a prune of this daemon reaches a backup: it lies in what holds the newest one that went where the configuration
    /// says. What was made to another place, or to a volume whose place another one took, stays until somebody destroys it.
    pub(crate) fn reaches(&self, known: &Known) -> bool {
        let Some(place) = self.location() else {
            return false;
        };
        let place = place.to_string();
        let state = self.state();
        let mut newest_first = state.catalogue.0.values().rev();
        let newest = newest_first.find(|known| known.directory == place);
        newest.is_some_and(|newest| newest.target == known.target)
    }

    /// All of them, newest first.
    pub(crate) fn all(&self) -> Vec<Known> {
        let state = self.state();
        state.catalogue.0.values().rev().cloned().collect()
    }

    /// Those that may hold what an erasure or a disposal of a ledger destroyed, newest first.
    pub(crate) fn that_may_hold(&self, origin: &str, order: OrderToDestroy) -> Vec<Known> {
        let mut all = self.all();
        all.retain(|known| known.may_hold_erased(origin, order));
        all
    }

    /// Those that are older than so many days and lie in another directory than the one of an id, oldest first.
    pub(crate) fn elsewhere(&self, target: &str, keep_days: u64, now_ns: u64) -> Vec<BackupId> {
        let kept_ns = keep_days.saturating_mul(DAY_NS);
        let over = |known: &Known| known.made_ns.saturating_add(kept_ns) <= now_ns;
        let state = self.state();
        let elsewhere = state
            .catalogue
            .0
            .values()
            .filter(|known| known.target != target);
        elsewhere
            .filter(|known| known.standing != Standing::Running && over(known))
            .map(|known| known.id.clone())
            .collect()
    }

    /// Whether backups are made, or were.
    pub(crate) fn are_any(&self) -> bool {
        self.configured.is_some() || self.count() > 0
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.state().catalogue.0.len()
    }

    /// The newest that is there.
    pub(crate) fn newest(&self) -> Option<Known> {
        let all = self.all();
        let made = all
            .into_iter()
            .filter(|known| known.standing == Standing::Made);
        made.max_by_key(|known| known.made_ns)
    }

    /// When somebody last reported that a backup which is there was verified, nanoseconds since 1970 UTC; 0 if nobody did.
    pub(crate) fn verified_ns(&self) -> u64 {
        let state = self.state();
        let known = state.catalogue.0.values();
        known.map(|known| known.verified_ns).max().unwrap_or(0)
    }

    /// Notes how a backup ended: why it failed, if it did.
    pub(crate) fn tried(&self, problem: Option<String>) {
        self.state().last_try = LastTry { problem };
    }

    /// Why the last one failed, if it did.
    pub(crate) fn problem(&self) -> Option<String> {
        self.state().last_try.problem.clone()
    }

    /// Notes why the records can't be read.
    pub(crate) fn not_read(&self, why: String) {
        self.state().unread = Some(why);
    }

    /// Why it is not known which backups there are; none if it is.
    pub(crate) fn unread(&self) -> Option<String> {
        let state = self.state();
        let not_yet = || "the records that tell of them are not read yet".to_owned();
        match state.origin {
            Some(_) => None,
            None => Some(state.unread.clone().unwrap_or_else(not_yet)),
        }
    }

    /// Since when backups could have been made, nanoseconds since 1970 UTC.
    pub(crate) fn since_ns(&self) -> u64 {
        self.state().since_ns
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
