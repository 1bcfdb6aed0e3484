//! The requests in memory: no call looks at the store for them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use indelible_access::{
    ApprovalError, Asked, Caller, Principal, Request, State, Table, limits::DAY_NS,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    history::{History, Used},
    room::{self, Full},
    stored::text,
    wanted::WantedAct,
};
use crate::limits::{APPROVALS_ENDED_DAYS, APPROVALS_OPEN_MAX};

/// All requests. Cheap to clone: all clones are of the same.
#[derive(Clone, Default)]
pub(crate) struct Approvals(Arc<Shared>);

#[derive(Default)]
struct Shared {
    known: RwLock<Known>,
    /// One is made, answered or used up at a time, so that what is in memory is in the order of the records.
    changing: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Known {
    /// The origin of the ledger whose records say this; none before these were read.
    origin: Option<String>,
    by_id: HashMap<String, Arc<Entry>>,
    /// Whether a record of that ledger says that a second person is needed.
    is_required: bool,
    /// Why what was said before that ledger can't all be read.
    gap: Option<String>,
}

/// What records say.
pub(crate) struct Loaded {
    /// The origin of the ledger whose records they are.
    pub(super) origin: String,
    pub(super) entries: Vec<Entry>,
    /// Whether one of them says that what can't be undone takes two people.
    pub(super) is_required: bool,
    /// Whether a ledger said so whose place this one took, or may have said so.
    pub(super) was_required: bool,
    /// Why what those ledgers said can't all be read.
    pub(super) gap: Option<String>,
}

impl Loaded {
    /// Whether what can't be undone takes two people.
    pub(crate) fn takes_two(&self) -> bool {
        self.is_required || self.was_required
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) request: Request,
    pub(crate) act: WantedAct,
    /// Of the record that made it.
    pub(crate) sequence: u64,
    /// What became of it since, for those who look.
    pub(crate) history: History,
}

/// A request that is being used up. Until this is dropped, nothing else is done with any request.
pub(crate) struct UsingUp {
    approvals: Approvals,
    entry: Entry,
    /// When.
    pub(crate) at: u64,
    _alone: OwnedMutexGuard<()>,
}

impl Entry {
    /// The id, as people have it.
    pub(crate) fn id(&self) -> String {
        text(&self.request.asked().id)
    }

    /// Since when it is over.
    fn ended(&self, now: u64) -> Option<u64> {
        match self.request.state_at(now) {
            State::Pending | State::Approved { .. } => None,
            State::Declined { at, .. } | State::Withdrawn { at } | State::CarriedOut { at } => {
                Some(at)
            }
            State::Expired => Some(self.request.asked().expires),
        }
    }
}

impl Approvals {
    /// The origin of the ledger whose records were read.
    pub(crate) fn origin(&self) -> Option<String> {
        self.known().origin.clone()
    }

    /// Whether a record of that ledger says that what can't be undone takes two people.
    pub(crate) fn is_required(&self) -> bool {
        self.known().is_required
    }

    /// Notes that there is such a record.
    pub(crate) fn required(&self) {
        self.changed().is_required = true;
    }

    /// Puts in force what records say, in the place of all from before.
    pub(crate) fn take(&self, loaded: Loaded) {
        let entries = loaded.entries.into_iter();
        let by_id = entries.map(|entry| (entry.id(), Arc::new(entry))).collect();
        *self.changed() = Known {
            origin: Some(loaded.origin),
            by_id,
            is_required: loaded.is_required,
            gap: loaded.gap,
        };
    }

    /// Why what was said before that ledger can't all be read, so that a second person is needed whatever it was.
    pub(crate) fn gap(&self) -> Option<String> {
        self.known().gap.clone()
    }

    /// The request of an id.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Entry>> {
        self.known().by_id.get(id).cloned()
    }

    /// All that are known, in the order of their records.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        let mut all: Vec<_> = self.known().by_id.values().cloned().collect();
        all.sort_unstable_by_key(|entry| entry.sequence);
        all
    }

    /// How many wait for a second person, and how many for the act that was approved.
    pub(crate) fn open(&self, now: u64) -> (u64, u64) {
        let known = self.known();
        let states = known
            .by_id
            .values()
            .map(|entry| entry.request.state_at(now));
        states.fold((0, 0), |(pending, approved), state| match state {
            State::Pending => (pending + 1, approved),
            State::Approved { .. } => (pending, approved + 1),
            _ => (pending, approved),
        })
    }

    /// Waits until nobody else makes, answers or uses up one.
    pub(crate) async fn changing(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.0.changing).lock_owned().await
    }

    /// Whether somebody may make one more, who administers the store or does not. The caller has waited for
    /// [`Self::changing`].
    pub(crate) fn has_room(
        &self,
        wanted: &Asked,
        administers_the_store: bool,
        now: u64,
    ) -> Result<(), Full> {
        let known = self.known();
        let open = known.by_id.values();
        let open = open.filter(|entry| entry.ended(now).is_none());
        let open = open.map(|entry| entry.request.asked());
        room::check(open, &wanted.persons, administers_the_store)
    }

    /// What a principal has asked for and nobody has ended, as it is once it is taken back. The caller has waited for
    /// [`Self::changing`].
    pub(crate) fn taken_back(&self, requester: &Principal, now: u64) -> Vec<Entry> {
        let known = self.known();
        let open = known.by_id.values();
        let open = open.filter(|entry| entry.ended(now).is_none());
        let own = open.filter(|entry| entry.request.asked().persons.first() == Some(requester));
        own.map(|entry| Entry {
            request: Request::restore(entry.request.asked().clone(), State::Withdrawn { at: now }),
            ..Entry::clone(entry)
        })
        .collect()
    }

    /// Puts one in force whose record is durable, in the place of what it was before.
    pub(crate) fn put(&self, entry: Entry, now: u64) -> Arc<Entry> {
        let entry = Arc::new(entry);
        let mut known = self.changed();
        known.by_id.insert(entry.id(), Arc::clone(&entry));
        tidy(&mut known.by_id, now);
        entry
    }

    /// Begins to use a request up for an act that is about to begin; none, if there is no such request.
    ///
    /// # Errors
    /// Why the act must not happen.
    pub(crate) async fn use_up(
        &self,
        (id, act): (&str, &WantedAct),
        (table, caller): (&Table, &Caller),
        now: impl Fn() -> u64,
    ) -> Result<Option<UsingUp>, ApprovalError> {
        let alone = self.changing().await;
        let now = now();
        let Some(entry) = self.get(id) else {
            return Ok(None);
        };
        let mut entry = Entry::clone(&entry);
        let request = &mut entry.request;
        let used = act.with(|wanted| request.carry_out(table, caller, wanted, now));
        // What the rules can't look at is nothing that was approved.
        used.unwrap_or(Err(ApprovalError::Other))?;
        Ok(Some(UsingUp {
            approvals: self.clone(),
            entry,
            at: now,
            _alone: alone,
        }))
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UsingUp {
    /// Which request it is, as it is then.
    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// It is used up: the record that says so is durable, and so is that of the act, given in this order.
    pub(crate) fn done(self, sequence: u64, act: u64) {
        let mut entry = self.entry.clone();
        let by = entry.request.asked().persons.first().cloned();
        entry.history.used = by.map(|by| Used {
            by,
            at: self.at,
            sequence,
            act,
        });
        self.approvals.put(entry, self.at);
    }
}

/// Forgets what ended long ago, and of the rest that ended the oldest, beyond as many as there may be.
pub(super) fn tidy<T: AsRef<Entry>>(by_id: &mut HashMap<String, T>, now: u64) {
    let kept = APPROVALS_ENDED_DAYS * DAY_NS;
    let ended = |entry: &T| entry.as_ref().ended(now);
    by_id.retain(|_, entry| ended(entry).is_none_or(|end| now.saturating_sub(end) <= kept));
    let mut ends: Vec<_> = by_id.values().filter_map(ended).collect();
    if ends.len() > APPROVALS_OPEN_MAX {
        ends.sort_unstable_by(|one, other| other.cmp(one));
        let oldest = ends[APPROVALS_OPEN_MAX];
        by_id.retain(|_, entry| ended(entry).is_none_or(|end| end > oldest));
    }
}

impl AsRef<Self> for Entry {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::stored::{
        read_requested,
        tests::{NOW, officer, request},
    };

    fn approved() -> (Approvals, String, WantedAct) {
        let (asked, record) = request("01");
        let (_, act) = read_requested(&record).unwrap();
        let by = Principal::parse("unix:bob").unwrap();
        let entry = Entry {
            request: Request::restore(asked.asked().clone(), State::Approved { by, at: NOW }),
            act: act.clone(),
            sequence: 3,
            history: History::default(),
        };
        let approvals = Approvals::default();
        let id = approvals.put(entry, NOW).id();
        (approvals, id, act)
    }

    #[tokio::test]
    async fn of_two_calls_at_once_one_uses_an_approval_up() {
        let (approvals, id, act) = approved();
        let (table, alice) = officer();
        let by = (&table, &alice);
        // What could not be recorded leaves it usable.
        let undone = approvals.use_up((&id, &act), by, || NOW).await;
        drop(undone.unwrap().unwrap());
        let first = approvals.use_up((&id, &act), by, || NOW).await;
        let first = first.unwrap().unwrap();
        let (other, named, same) = (approvals.clone(), id.clone(), act.clone());
        let second = tokio::spawn(async move {
            let (table, alice) = officer();
            let used = other.use_up((&named, &same), (&table, &alice), || NOW);
            used.await.err()
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        first.done(5, 6);
        let found = "used";
        assert_eq!(second.await.unwrap(), Some(ApprovalError::State { found }));
        let used = approvals.get(&id).unwrap().history.used.clone().unwrap();
        assert_eq!(
            (&used.by, used.sequence, used.act),
            (alice.principal(), 5, 6)
        );
    }
}
