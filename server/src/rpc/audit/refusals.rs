//! Refusals, summed up by caller and place: a flood of them is a few records a second and caller, and none is dropped.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indelible_access::{Action, Place, Reach, Scope, ledger_name};
use indelible_evidence::LedgerName;
use indelible_ledger::{SystemEvent, SystemFact, SystemKind};
use indelible_proto::v1::ErrorReason;

use super::names::OtherNames;
use crate::limits::{SYSTEM_REFUSED_CALLERS_MAX, SYSTEM_REFUSED_PLACES_MAX, SYSTEM_ROUND_MS};

/// Ledgers that one record names.
const LEDGERS_NAMED_MAX: usize = 8;

/// The place of what is about the store as a whole.
const STORE: &str = "@store";

/// A call that was refused.
pub(crate) struct Refused<'a> {
    /// Who called, if that is known.
    pub(crate) principal: Option<&'a str>,
    /// The caller's names beside that.
    pub(crate) other_names: OtherNames,
    /// How they showed it, or what the connection shows of them.
    pub(crate) shown: &'a str,
    /// What was asked for; none where nothing of the call was looked at.
    pub(crate) action: Option<Action>,
    pub(crate) scope: Scope<'a>,
    /// What the caller was told, unless it was that nothing grants it.
    pub(crate) reason: Option<ErrorReason>,
}

/// All refusals since they were last gathered.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<State>);

#[derive(Default)]
struct State {
    callers: HashMap<Who, OfCaller>,
    /// Those of callers for whom there was no room.
    others: Sum,
    gathered: Option<Instant>,
}

/// Who was refused.
#[derive(Default, PartialEq, Eq, Hash)]
struct Who {
    principal: Option<String>,
    other_names: OtherNames,
    shown: String,
}

/// What one caller was refused: place by place, and for places beyond as many as are told by themselves all together.
#[derive(Default)]
struct OfCaller {
    places: BTreeMap<Option<String>, Sum>,
    rest: Sum,
}

/// Refusals that are told together.
#[derive(Default)]
struct Sum {
    count: u64,
    actions: BTreeSet<&'static str>,
    reasons: BTreeSet<&'static str>,
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
        let key = Who {
            principal: refused.principal.map(str::to_owned),
            other_names: refused.other_names.clone(),
            shown: refused.shown.to_owned(),
        };
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
        let of_callers = callers.into_iter().flat_map(|(who, all)| all.events(&who));
        let who = Who {
            shown: "many callers".to_owned(),
            ..Who::default()
        };
        let others = (others.count > 0).then(|| others.event(&who, None));
        of_callers.chain(others)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place that a call was about, as a binding would name it: a ledger, a prefix or the store. None if it is about no place,
/// or about what can be no place: that may be anything, and is not kept.
fn place(action: Option<Action>, scope: Scope<'_>) -> Option<String> {
    let ledger = match (Place::of(action?, scope), scope) {
        (Place::Store, _) => return Some(STORE.to_owned()),
        (Place::Anywhere, _) | (Place::Ledger, Scope::Store) => return None,
        (Place::Ledger, Scope::Ledger(ledger)) => ledger,
    };
    match Reach::parse(ledger) {
        Ok(Reach::Prefix(_)) => Some(ledger.to_owned()),
        _ => ledger_of(scope).map(|name| name.as_str().to_owned()),
    }
}

fn ledger_of(scope: Scope<'_>) -> Option<LedgerName> {
    match scope {
        Scope::Ledger(ledger) => LedgerName::parse_stored(ledger_name(ledger)).ok(),
        Scope::Store => None,
    }
}

impl OfCaller {
    fn add(&mut self, refused: &Refused<'_>) {
        let place = place(refused.action, refused.scope);
        let has_room =
            self.places.len() < SYSTEM_REFUSED_PLACES_MAX || self.places.contains_key(&place);
        match has_room {
            true => self.places.entry(place).or_default().add(refused),
            false => self.rest.add(refused),
        }
    }

    fn events(self, who: &Who) -> Vec<SystemEvent> {
        let Self { places, rest } = self;
        let places = places.into_iter();
        let places = places.map(|(place, sum)| sum.event(who, place));
        let rest = (rest.count > 0).then_some(rest);
        let rest = rest.map(|rest| rest.event(who, None));
        places.chain(rest).collect()
    }
}

impl Sum {
    fn add(&mut self, refused: &Refused<'_>) {
        self.count += 1;
        self.actions.extend(refused.action.map(Action::name));
        self.reasons
            .extend(refused.reason.map(|reason| reason.name()));
        let Some(name) = ledger_of(refused.scope) else {
            return;
        };
        match self.ledgers.len() < LEDGERS_NAMED_MAX || self.ledgers.contains(name.as_str()) {
            true => drop(self.ledgers.insert(name.as_str().to_owned())),
            false => self.more_ledgers = true,
        }
    }

    fn event(self, who: &Who, place: Option<String>) -> SystemEvent {
        let joined = |texts: Vec<&str>| SystemFact::Text(texts.join(","));
        let mut ledgers = self.ledgers.into_iter();
        let only = (ledgers.len() == 1 && !self.more_ledgers).then(|| ledgers.next());
        let rest: Vec<_> = ledgers.collect();
        let mut event = SystemEvent::new(SystemKind::AccessDenied)
            .with("authentication", SystemFact::Text(who.shown.clone()))
            .with("outcome", SystemFact::Text("denied".into()))
            .with("count", SystemFact::Uint(self.count))
            .with("actions", joined(self.actions.into_iter().collect()))
            .with("reasons", joined(self.reasons.into_iter().collect()))
            .with("place", SystemFact::Text(place.unwrap_or_default()));
        if !rest.is_empty() {
            let names = rest.iter().map(String::as_str).collect();
            event = event.with("ledgers", joined(names));
        }
        if self.more_ledgers {
            event = event.with("more_ledgers", SystemFact::Boolean(true));
        }
        event.facts.extend(who.other_names.facts());
        event.principal.clone_from(&who.principal);
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
            other_names: OtherNames::default(),
            shown: "unix-socket",
            action: Some(action),
            scope: Scope::Ledger(ledger),
            reason: None,
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

    fn text(event: &SystemEvent, name: &str) -> Option<String> {
        let fact = event.facts.iter().find(|(found, _)| *found == name);
        match fact {
            Some((_, SystemFact::Text(text))) => Some(text.clone()),
            _ => None,
        }
    }

    #[test]
    fn refusals_of_two_places_are_two_sums() {
        let refusals = Refusals::default();
        for place in ["hr", "*", "*", "a/hr/000102030405"] {
            refuse(&refusals, "unix:alice", Action::MakeToken, place);
        }
        refusals.count(Refused {
            principal: Some("unix:alice"),
            other_names: OtherNames::default(),
            shown: "unix-socket",
            action: Some(Action::MakeToken),
            scope: Scope::Store,
            reason: None,
        });
        let told: Vec<_> = refusals
            .gather(true)
            .map(|event| {
                let place = text(&event, "place").unwrap();
                (place, event.ledger.clone(), number(&event, "count"))
            })
            .collect();
        let said = |place: &str, ledger: Option<&str>, count| {
            (place.to_owned(), ledger.map(str::to_owned), count)
        };
        let expected = [
            said("*", None, 2),
            said("@store", None, 1),
            said("hr", Some("hr"), 2),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn why_somebody_was_refused_is_told_with_the_sum() {
        let refusals = Refusals::default();
        for reason in [
            ErrorReason::ApprovalRequired,
            ErrorReason::ApprovalNotUsable,
        ] {
            refusals.count(Refused {
                principal: Some("unix:alice"),
                other_names: OtherNames::default(),
                shown: "unix-socket",
                action: Some(Action::Erase),
                scope: Scope::Ledger("hr"),
                reason: Some(reason),
            });
        }
        // Nothing is known of what was asked for with a token that is over.
        refusals.count(Refused {
            principal: Some("token:4Kd02Lmx"),
            other_names: OtherNames::default(),
            shown: "token",
            action: None,
            scope: Scope::Store,
            reason: Some(ErrorReason::TokenNotAccepted),
        });
        let mut events: Vec<_> = refusals.gather(true).collect();
        events.sort_by(|one, other| one.principal.cmp(&other.principal));
        let [token, alice] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(
            text(alice, "reasons").unwrap(),
            "APPROVAL_NOT_USABLE,APPROVAL_REQUIRED"
        );
        assert_eq!(
            (number(alice, "count"), alice.ledger.as_deref()),
            (2, Some("hr"))
        );
        assert_eq!(text(token, "reasons").unwrap(), "TOKEN_NOT_ACCEPTED");
        assert_eq!((text(token, "actions"), text(token, "place")), (None, None));
    }

    #[test]
    fn places_beyond_as_many_as_are_told_apart_are_one_sum() {
        let refusals = Refusals::default();
        for place in 0..SYSTEM_REFUSED_PLACES_MAX + 3 {
            refuse(&refusals, "unix:alice", Action::Read, &format!("l{place}"));
        }
        let events: Vec<_> = refusals.gather(true).collect();
        assert_eq!(events.len(), SYSTEM_REFUSED_PLACES_MAX + 1);
        let rest: Vec<_> = events
            .iter()
            .filter_map(|event| text(event, "ledgers"))
            .collect();
        assert_eq!(rest, ["l10,l8,l9"]);
        let all: u64 = events.iter().map(|event| number(event, "count")).sum();
        assert_eq!(all, SYSTEM_REFUSED_PLACES_MAX as u64 + 3);
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
