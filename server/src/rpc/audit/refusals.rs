//! Refusals, summed up by caller: a flood of them is one record a second and caller, and none is dropped.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indelible_access::{Action, Scope, ledger_name};
use indelible_evidence::LedgerName;
use indelible_ledger::{SystemEvent, SystemFact, SystemKind};

use crate::limits::{SYSTEM_REFUSED_CALLERS_MAX, SYSTEM_ROUND_MS};

/// Ledgers that one record names.
const LEDGERS_NAMED_MAX: usize = 8;

/// A call that was refused.
pub(crate) struct Refused<'a> {
    /// Who called, if that is known.
    pub(crate) principal: Option<&'a str>,
    /// How they showed it, or what the connection shows of them.
    pub(crate) shown: &'a str,
    pub(crate) action: Action,
    pub(crate) scope: Scope<'a>,
}

/// All refusals since they were last gathered.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<State>);

#[derive(Default)]
struct State {
    callers: HashMap<(Option<String>, String), Sum>,
    /// Those of callers for whom there was no room.
    others: Sum,
    gathered: Option<Instant>,
}

/// What one caller was refused.
#[derive(Default)]
struct Sum {
    count: u64,
    actions: BTreeSet<&'static str>,
    ledgers: BTreeSet<String>,
    more_ledgers: bool,
}

impl Refusals {
    /// Counts one.
    pub(super) fn count(&self, refused: Refused<'_>) {
        let mut state = self.state();
        let State {
            callers, others, ..
        } = &mut *state;
        let key = (
            refused.principal.map(str::to_owned),
            refused.shown.to_owned(),
        );
        let has_room = callers.len() < SYSTEM_REFUSED_CALLERS_MAX || callers.contains_key(&key);
        match has_room {
            true => callers.entry(key).or_default().add(&refused),
            false => others.add(&refused),
        }
    }

    /// The events that tell of them, once a second, or at once.
    pub(super) fn gather(&self, at_once: bool) -> impl Iterator<Item = SystemEvent> {
        let mut state = self.state();
        let now = Instant::now();
        let pause = Duration::from_millis(SYSTEM_ROUND_MS);
        let is_due = state.gathered.is_none_or(|last| now - last >= pause);
        let (callers, others) = match at_once || is_due {
            true => {
                state.gathered = Some(now);
                (
                    std::mem::take(&mut state.callers),
                    std::mem::take(&mut state.others),
                )
            }
            false => Default::default(),
        };
        drop(state);
        let of_callers = callers
            .into_iter()
            .map(|((principal, shown), sum)| sum.event(principal, shown));
        let others = (others.count > 0).then(|| others.event(None, "many callers".to_owned()));
        of_callers.chain(others)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sum {
    fn add(&mut self, refused: &Refused<'_>) {
        self.count += 1;
        self.actions.insert(refused.action.name());
        let Scope::Ledger(ledger) = refused.scope else {
            return;
        };
        // What is no name may be anything, and is not kept.
        let Ok(name) = LedgerName::parse_stored(ledger_name(ledger)) else {
            return;
        };
        match self.ledgers.len() < LEDGERS_NAMED_MAX || self.ledgers.contains(name.as_str()) {
            true => drop(self.ledgers.insert(name.as_str().to_owned())),
            false => self.more_ledgers = true,
        }
    }

    fn event(self, principal: Option<String>, shown: String) -> SystemEvent {
        let joined = |texts: Vec<&str>| SystemFact::Text(texts.join(","));
        let mut ledgers = self.ledgers.into_iter();
        let only = (ledgers.len() == 1 && !self.more_ledgers).then(|| ledgers.next());
        let rest: Vec<_> = ledgers.collect();
        let mut event = SystemEvent::new(SystemKind::AccessDenied)
            .with("authentication", SystemFact::Text(shown))
            .with("outcome", SystemFact::Text("denied".into()))
            .with("count", SystemFact::Uint(self.count))
            .with("actions", joined(self.actions.into_iter().collect()));
        if !rest.is_empty() {
            let names = rest.iter().map(String::as_str).collect();
            event = event.with("ledgers", joined(names));
        }
        if self.more_ledgers {
            event = event.with("more_ledgers", SystemFact::Boolean(true));
        }
        event.principal = principal;
        event.ledger = only.flatten();
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(refusals: &Refusals, principal: &str, action: Action, ledger: &str) {
        refusals.count(Refused {
            principal: Some(principal),
            shown: "unix-socket",
            action,
            scope: Scope::Ledger(ledger),
        });
    }

    fn number(event: &SystemEvent, name: &str) -> u64 {
        let fact = event.facts.iter().find(|(found, _)| *found == name);
        match fact {
            Some((_, SystemFact::Uint(number))) => *number,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_flood_is_one_record_a_caller_with_its_count() {
        let refusals = Refusals::default();
        for _ in 0..1_000 {
            refuse(&refusals, "unix:alice", Action::Read, "payments");
            refuse(&refusals, "unix:bob", Action::Erase, "a/hr/000102030405");
        }
        let mut events: Vec<_> = refusals.gather(false).collect();
        events.sort_by(|one, other| one.principal.cmp(&other.principal));
        let [alice, bob] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(
            (number(alice, "count"), number(bob, "count")),
            (1_000, 1_000)
        );
        assert_eq!(alice.ledger.as_deref(), Some("payments"));
        assert_eq!(bob.ledger.as_deref(), Some("hr"));
        // The second round is not due, and what comes meanwhile is kept for it.
        refuse(&refusals, "unix:alice", Action::Read, "payments");
        assert_eq!(refusals.gather(false).count(), 0);
        assert_eq!(refusals.gather(true).count(), 1);
    }

    #[test]
    fn no_number_of_callers_takes_more_room_and_none_is_left_out() {
        let refusals = Refusals::default();
        let callers = SYSTEM_REFUSED_CALLERS_MAX + 500;
        for caller in 0..callers {
            let ledger = format!("l{caller}");
            refuse(&refusals, &format!("unix:#{caller}"), Action::Read, &ledger);
        }
        let events: Vec<_> = refusals.gather(true).collect();
        assert_eq!(events.len(), SYSTEM_REFUSED_CALLERS_MAX + 1);
        let all: u64 = events.iter().map(|event| number(event, "count")).sum();
        assert_eq!(all, callers as u64);
    }

    #[test]
    fn what_is_no_name_is_not_kept() {
        let refusals = Refusals::default();
        refuse(&refusals, "unix:alice", Action::Read, "Erika Mustermann");
        let events: Vec<_> = refusals.gather(true).collect();
        assert!(!format!("{events:?}").contains("Erika"), "{events:?}");
        assert_eq!(number(&events[0], "count"), 1);
    }
}
