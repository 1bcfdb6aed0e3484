//! Which backups there are, in memory, as the records say.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use indelible_backup::{BackupId, BucketOptions, Location, Seen};

use super::{
    catalogue::{Catalogue, Known, Standing},
    looked::Looked,
};
use crate::{config::Backup, limits::BACKUP_LOOKS_MAX};

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400 * 1_000_000_000;

/// How the last backup of the schedule ended.
#[derive(Clone, Debug, Default)]
struct LastTry {
    /// Why it failed, if it did.
    problem: Option<String>,
}

#[derive(Default)]
pub(super) struct State {
    /// The ledger that was read; none before.
    origin: Option<String>,
    pub(super) catalogue: Catalogue,
    is_running: bool,
    /// The backup that somebody has stopped, until its turn ends.
    stopped: Option<BackupId>,
    last_try: LastTry,
    /// Why the records can't be read; none if they were, or were not tried yet.
    unread: Option<String>,
    /// What was seen in each place when it was looked at last, by the place's name.
    looked: BTreeMap<String, Looked>,
    /// What is in each place, as far as anybody has looked.
    pub(super) there: BTreeMap<String, Option<String>>,
    /// When the places were looked at last, nanoseconds since 1970 UTC; 0 if they are to be looked at now.
    looked_ns: u64,
    /// Looks for answers that have not ended.
    looks: usize,
    /// Since when the daemon could have made backups, nanoseconds since 1970 UTC.
    since_ns: u64,
}

/// What the daemon knows of backups. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Backups {
    state: Arc<Mutex<State>>,
    /// What was read of files since the start.
    seen: Arc<Seen>,
    configured: Option<Arc<Backup>>,
}

/// A look for an answer that has not ended.
pub(crate) struct LookTurn(Backups);

impl Drop for LookTurn {
    fn drop(&mut self) {
        self.0.state().looks -= 1;
    }
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
            seen: Arc::default(),
            configured: configured.map(Arc::new),
        }
    }

    /// What the configuration says.
    pub(crate) fn configured(&self) -> Option<&Backup> {
        self.configured.as_deref()
    }

    /// What was read of files, so that it is not read again.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
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

    /// What the records say, for a question to them.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Catalogue) -> T) -> T {
        question(&self.state().catalogue)
    }

    /// The places where backups may lie that no record tells of: the one that is configured, and each directory where one was ever
    /// begun. How to get to a bucket that is configured no longer is not known.
    pub(crate) fn places(&self) -> Vec<Location> {
        let configured = self.location();
        let own = configured.as_ref().map(Location::to_string);
        let state = self.state();
        let others = state
            .catalogue
            .places()
            .iter()
            .filter(|name| !BucketOptions::is_address(name) && own.as_ref() != Some(*name));
        let others = others.map(|name| Location::from(Path::new(name)));
        configured.into_iter().chain(others).collect()
    }

    /// Notes what was seen in a place; nothing if nothing is there.
    pub(crate) fn saw(&self, place: &str, looked: Option<Looked>) {
        let found = looked.as_ref().map(|looked| looked.target.clone());
        let mut state = self.state();
        state.there.insert(place.to_owned(), found);
        match looked {
            Some(looked) => state.looked.insert(place.to_owned(), looked),
            None => state.looked.remove(place),
        };
    }

    /// What was seen in each place when it was looked at last, by the place's name.
    pub(crate) fn looked(&self) -> BTreeMap<String, Looked> {
        self.state().looked.clone()
    }

    /// Whether the places are to be looked at again, as they are every so many nanoseconds. Whoever asks does so then.
    pub(crate) fn is_look_due(&self, every_ns: u64, now_ns: u64) -> bool {
        let mut state = self.state();
        let is_due = state.looked_ns == 0 || now_ns.abs_diff(state.looked_ns) >= every_ns;
        if is_due {
            state.looked_ns = now_ns;
        }
        is_due
    }

    /// A look for an answer; none if too many have not ended yet.
    pub(crate) fn look_turn(&self) -> Option<LookTurn> {
        let mut state = self.state();
        (state.looks < BACKUP_LOOKS_MAX).then(|| {
            state.looks += 1;
            LookTurn(self.clone())
        })
    }

    /// Has the places looked at again soon: something was written there.
    pub(crate) fn look_soon(&self) {
        self.state().looked_ns = 0;
    }

    /// What tells apart the volumes or buckets where backups were made under the name that is configured, as far as they are known.
    pub(crate) fn place_ids(&self) -> Vec<String> {
        let Some(place) = self.location().map(|place| place.to_string()) else {
            return Vec::new();
        };
        let state = self.state();
        let there = state
            .catalogue
            .all()
            .filter(|known| known.directory == place);
        let ids: BTreeSet<_> = there.map(|known| known.target.clone()).collect();
        ids.into_iter().collect()
    }

    /// All of them, newest first.
    pub(crate) fn all(&self) -> Vec<Known> {
        let state = self.state();
        state.catalogue.all().rev().cloned().collect()
    }

    /// Those that are older than so many days and lie in another directory than the one of an id, oldest first.
    pub(crate) fn elsewhere(&self, target: &str, keep_days: u64, now_ns: u64) -> Vec<BackupId> {
        let kept_ns = keep_days.saturating_mul(DAY_NS);
        let over = |known: &Known| known.made_ns.saturating_add(kept_ns) <= now_ns;
        let state = self.state();
        let all = state.catalogue.all();
        let elsewhere = all.filter(|known| known.target != target);
        elsewhere
            .filter(|known| known.standing != Standing::Running && over(known))
            .map(|known| known.id.clone())
            .collect()
    }

    /// Whether backups are made, or any are known, wherever they are.
    pub(crate) fn are_any(&self) -> bool {
        self.configured.is_some() || self.state().catalogue.all().next().is_some()
    }

    /// How many there are that the daemon made, or is making.
    pub(crate) fn count(&self) -> usize {
        let state = self.state();
        let all = state.catalogue.all();
        all.filter(|known| known.standing.is_there()).count()
    }

    /// The ids of those that have come to something, oldest first.
    pub(crate) fn that_are(&self, standing: Standing) -> Vec<BackupId> {
        let state = self.state();
        let all = state.catalogue.all();
        all.filter(|known| known.standing == standing)
            .map(|known| known.id.clone())
            .collect()
    }

    /// The newest that is there.
    pub(crate) fn newest(&self) -> Option<Known> {
        let all = self.all();
        let made = all
            .into_iter()
            .filter(|known| known.standing == Standing::Made);
        made.max_by_key(|known| known.made_ns)
    }

    /// The backup that is there and was verified last, as somebody reported; none if nobody did.
    pub(crate) fn verified(&self) -> Option<Known> {
        let state = self.state();
        let all = state.catalogue.all();
        let verified =
            all.filter(|known| known.standing == Standing::Made && known.verified_ns > 0);
        verified.max_by_key(|known| known.verified_ns).cloned()
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

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
