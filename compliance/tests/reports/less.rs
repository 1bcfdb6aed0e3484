//! Less never grades better: whatever is sealed, erased, withheld, archived, missing or does not fit, no clause claims
//! more than over the whole.

use std::collections::BTreeSet;

use indelible_compliance::reports::OutcomeFacts;
use proptest::prelude::*;

use crate::full;
use crate::ledger::{Shown, Told, claim, reports, states, subject_from};

/// Some of these events with less to see: mostly those that there are few of, for there one more or less counts.
fn lessened(ledger: &[Told], chosen: &[(usize, usize)]) -> Vec<Told> {
    let mut lessened = ledger.to_vec();
    let rare: Vec<_> = full::rare(ledger)
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    for (place, how) in chosen {
        let place = match place % 5 {
            0 => place % lessened.len(),
            _ => rare[place % rare.len()],
        };
        let how = Shown::LESS[how % Shown::LESS.len()];
        lessened[place] = lessened[place].shown(how);
    }
    lessened
}

/// What does not fit its type is there and says otherwise; here it is only hidden.
fn hidden(ledger: &[Told]) -> Vec<Told> {
    let hide = |event: &Told| match event.shown {
        Shown::Misfit => event.shown(Shown::Sealed),
        shown => event.shown(shown),
    };
    ledger.iter().map(hide).collect()
}

/// Criteria that are met of less and not of all, or not met of less and otherwise of all. How much is kept is measured
/// by what is there.
fn overturned(less: &[Told], more: &[Told]) -> Vec<String> {
    let decided = |ledger: &[Told]| -> Vec<(String, OutcomeFacts)> {
        let reports = reports(&subject_from(0, ledger));
        let clauses = reports.iter().flat_map(|report| {
            let name = &report.framework.id;
            report.clauses.iter().map(move |clause| (name, clause))
        });
        let criteria = clauses.flat_map(|(name, clause)| {
            let criteria = clause.criteria.iter();
            criteria.map(move |criterion| {
                let (id, measure) = (&clause.id, &criterion.measure);
                (format!("{name} {id} {measure}"), criterion.outcome)
            })
        });
        criteria.collect()
    };
    let pairs = decided(less).into_iter().zip(decided(more));
    let otherwise = pairs.filter(|((_, less), (_, more))| {
        matches!(less, OutcomeFacts::Met | OutcomeFacts::NotMet) && less != more
    });
    let otherwise = otherwise.filter(|((criterion, _), _)| !criterion.contains(" retention."));
    let words = otherwise.map(|((criterion, less), (_, more))| {
        format!("{criterion} is {less:?} of less, and {more:?} of all")
    });
    words.collect()
}

/// The clauses that claim more of less.
fn raised(less: &[Told], more: &[Told]) -> Vec<String> {
    let pairs = states(less).into_iter().zip(states(more));
    let raised =
        pairs.filter(|((_, with_less), (_, with_more))| claim(*with_less) > claim(*with_more));
    let words = raised.map(|((clause, with_less), (_, with_more))| {
        format!("{clause} is {with_less:?} of less, and {with_more:?} of all")
    });
    words.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A ledger of everything that clauses look at, with a little of it said otherwise by lot; then two steps of less.
    #[test]
    fn less_never_grades_better(
        spoilt in prop::collection::vec((any::<usize>(), 0..48_usize), 0..4),
        first in prop::collection::vec((any::<usize>(), any::<usize>()), 0..4),
        second in prop::collection::vec((any::<usize>(), any::<usize>()), 1..6),
    ) {
        let ledger = full::spoilt(&spoilt);
        let less = lessened(&ledger, &first);
        prop_assert_eq!(raised(&less, &ledger), Vec::<String>::new());
        let least = lessened(&less, &second);
        prop_assert_eq!(raised(&least, &less), Vec::<String>::new());
        let (less, least) = (hidden(&less), hidden(&least));
        prop_assert_eq!(overturned(&less, &ledger), Vec::<String>::new());
        prop_assert_eq!(overturned(&least, &less), Vec::<String>::new());
    }
}

/// What can't be read may be what another record names: a decision, a request, an opening, a release.
#[test]
fn no_single_event_speaks_against_a_clause_by_what_it_hides() {
    let ledger = full::ledger();
    for (place, event) in full::rare(&ledger) {
        let mut less = ledger.clone();
        less[place] = event.shown(Shown::Sealed);
        let wrong = overturned(&less, &ledger);
        assert!(wrong.is_empty(), "{}: {wrong:?}", event.event_type);
    }
}

/// Whoever closes the one event that speaks against a clause gains nothing.
#[test]
fn what_speaks_against_a_clause_is_not_hidden_by_closing_it() {
    for (place, spoilt) in full::each_spoilt() {
        for how in [Shown::Sealed, Shown::Erased, Shown::Misfit] {
            let mut less = spoilt.clone();
            less[place] = spoilt[place].shown(how);
            let raised = raised(&less, &spoilt);
            assert!(
                raised.is_empty(),
                "{} {how:?}: {raised:?}",
                spoilt[place].event_type
            );
        }
    }
}

/// Each event alone.
#[test]
fn no_single_event_raises_a_clause_by_what_it_hides() {
    let ledger = full::all_spoilt();
    for (place, event) in full::rare(&ledger).into_iter().step_by(3) {
        for how in [Shown::Sealed, Shown::Misfit] {
            let mut less = ledger.clone();
            less[place] = event.shown(how);
            let mut wrong = raised(&less, &ledger);
            if how == Shown::Sealed {
                wrong.extend(overturned(&less, &ledger));
            }
            assert!(wrong.is_empty(), "{} {how:?}: {wrong:?}", event.event_type);
        }
    }
}

/// Criteria that are not decided over these, and are not said to be so with a reason and, where events leave them open,
/// with how many these are.
fn without_reason(ledger: &[Told], named: &mut BTreeSet<String>) -> Vec<String> {
    let mut without = Vec::new();
    for report in reports(&subject_from(0, ledger)) {
        let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
        for one in criteria.filter(|one| one.outcome == OutcomeFacts::Undecided) {
            let (_, why) = one.words.split_once("; not decided: ").unwrap_or_default();
            let plain = why.replace(',', "");
            let numbers: Vec<_> = plain
                .split(|character: char| !character.is_ascii_digit())
                .collect();
            let open = [one.unread, one.unsaid];
            let mut open = open.iter().filter(|number| **number > 0);
            let says_how_many = numbers.iter().any(|number| !number.is_empty())
                && (why.contains("may")
                    || why.contains("time")
                    || open.all(|open| numbers.contains(&open.to_string().as_str())));
            if !says_how_many {
                without.push(format!("{}: {}", one.measure, one.words));
            }
            named.insert(one.measure.clone());
        }
    }
    without
}

/// Whatever keeps a criterion from being decided, its line says what, and how many events it is.
#[test]
fn what_is_not_decided_is_said_with_a_reason_and_a_number() {
    let hidden = |how| {
        let mut ledger = crate::full::ledger();
        for event in ledger.iter_mut().skip(1) {
            event.shown = how;
        }
        ledger
    };
    let mut named = BTreeSet::new();
    for how in [Shown::Sealed, Shown::Erased, Shown::Misfit] {
        let without = without_reason(&hidden(how), &mut named);
        assert!(without.is_empty(), "{how:?}: {without:#?}");
    }
    // Of each kind the half, so that populations are there, and what is taken of them is not.
    for half in 0..2 {
        let mut ledger = crate::full::ledger();
        for event in ledger.iter_mut().skip(half).step_by(2) {
            event.shown = Shown::Sealed;
        }
        let without = without_reason(&ledger, &mut named);
        assert!(without.is_empty(), "{half}: {without:#?}");
    }
    assert!(named.len() > 60, "{named:?}");
    for measure in [
        "agents.coverage",
        "requests.access_share_in_time",
        "requests.erasure_share_fulfilled_by_erasures",
        "subjects.share_with_known_basis",
    ] {
        assert!(named.contains(measure), "{measure} is decided");
    }
}

/// Over what nobody can read, a report does not say that there is nothing.
#[test]
fn what_can_not_be_read_is_not_called_absent() {
    let mut sealed = crate::full::ledger();
    for event in sealed.iter_mut().skip(1) {
        event.shown = Shown::Sealed;
    }
    for report in reports(&subject_from(0, &sealed)) {
        let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
        for one in criteria.filter(|one| one.unread > 0) {
            let absent = one.words.starts_with("not computable: no ");
            assert!(!absent || one.words.contains(" read"), "{one:?}");
        }
    }
}
