//! Less never grades better: whatever is sealed, erased, withheld, archived, missing or does not fit, no clause claims
//! more than over the whole.

use proptest::prelude::*;

use crate::full;
use crate::ledger::{Shown, Told, claim, states};

/// Some of these events with less to see.
fn lessened(ledger: &[Told], chosen: &[(usize, usize)]) -> Vec<Told> {
    let mut lessened = ledger.to_vec();
    for (place, how) in chosen {
        let place = place % lessened.len();
        let how = Shown::LESS[how % Shown::LESS.len()];
        lessened[place] = lessened[place].shown(how);
    }
    lessened
}

fn assert_claims_no_more(less: &[Told], more: &[Told]) -> Result<(), TestCaseError> {
    let pairs = states(less).into_iter().zip(states(more));
    for ((clause, with_less), (_, with_more)) in pairs {
        prop_assert!(
            claim(with_less) <= claim(with_more),
            "{clause} is {with_less:?} of less, and {with_more:?} of all"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A ledger of everything that clauses look at, with some of it said otherwise by lot; then two steps of less.
    #[test]
    fn less_never_grades_better(
        spoilt in prop::collection::vec((0..4_096_usize, 0..64_usize), 0..12),
        first in prop::collection::vec((0..4_096_usize, 0..6_usize), 0..10),
        second in prop::collection::vec((0..4_096_usize, 0..6_usize), 1..40),
    ) {
        let ledger = full::spoilt(&spoilt);
        let less = lessened(&ledger, &first);
        assert_claims_no_more(&less, &ledger)?;
        assert_claims_no_more(&lessened(&less, &second), &less)?;
    }
}

/// Each event alone, in each way: this is where what counts is rare.
#[test]
fn no_single_event_raises_a_clause_by_what_it_hides() {
    for ledger in [full::ledger(), full::all_spoilt()] {
        let whole = states(&ledger);
        for (place, event) in full::rare(&ledger).into_iter().step_by(3) {
            for how in [Shown::Sealed, Shown::Misfit] {
                let mut less = ledger.clone();
                less[place] = event.shown(how);
                for ((clause, with_less), (_, state)) in states(&less).into_iter().zip(&whole) {
                    assert!(
                        claim(with_less) <= claim(*state),
                        "{clause} is {with_less:?} with record {place} ({}) {how:?}, and {state:?} of all",
                        event.event_type
                    );
                }
            }
        }
    }
}
