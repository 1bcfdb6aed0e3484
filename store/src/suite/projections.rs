//! States of folds: what is kept, and what an erasure makes forget.

use std::ops::{ControlFlow, Range};

use super::factory::Factory;
use super::index::{LEDGER, OTHER, commit};
use crate::contracts::{LedgerId, ProjectionStore as _, Store};
use crate::error::StoreError;

const SIZE: u64 = 1_000;

fn fill(store: &impl Store) {
    for ledger in [LEDGER, OTHER] {
        commit(store, ledger, 0, SIZE);
        for start in (0..SIZE).step_by(100) {
            let state = format!("{ledger}/{start}");
            store
                .put_state(ledger, start..start + 100, state.as_bytes())
                .expect("the state is taken");
        }
    }
}

fn states(store: &impl Store, ledger: LedgerId, from: Range<u64>) -> Vec<(Range<u64>, String)> {
    let mut found = Vec::new();
    store
        .states(ledger, from, &mut |run, state| {
            found.push((run, String::from_utf8_lossy(state).into_owned()));
            ControlFlow::Continue(())
        })
        .expect("readable");
    found
}

fn starts(store: &impl Store) -> Vec<u64> {
    let found = states(store, LEDGER, 0..u64::MAX);
    found.into_iter().map(|(run, _)| run.start).collect()
}

/// States come back as they were put, in order, of one ledger, from anywhere; the newest of a run is the one.
pub fn are_kept_by_run(mut factory: impl Factory) {
    let store = factory.open();
    assert!(states(&store, LEDGER, 0..u64::MAX).is_empty());
    fill(&store);
    store
        .put_state(LEDGER, 300..350, b"anew")
        .expect("the state is taken");
    let found = states(&store, LEDGER, 250..500);
    let expected = [
        (300..350, "anew".to_owned()),
        (400..500, format!("{LEDGER}/400")),
    ];
    assert_eq!(found, expected);
    assert_eq!(states(&store, OTHER, 0..u64::MAX).len(), 10);
    let mut visited = 0;
    store
        .states(LEDGER, 0..SIZE, &mut |_, _| {
            visited += 1;
            ControlFlow::Break(())
        })
        .expect("readable");
    assert_eq!(visited, 1);
    for run in [900..SIZE + 1, 5..5, SIZE..SIZE + 1] {
        assert!(matches!(
            store.put_state(LEDGER, run, b""),
            Err(StoreError::Malformed { .. })
        ));
    }
}

/// Just the runs with one of the records go, in one ledger, and for good.
pub fn are_forgotten_with_the_records_they_hold(mut factory: impl Factory) {
    let store = factory.open();
    fill(&store);
    store
        .forget_states(OTHER, &[950])
        .expect("the states are forgotten");
    let doomed = [0, 99, 250, 251, 699, 999, 5_000];
    let forgotten = store.forget_states(LEDGER, &doomed).expect("forgotten");
    assert_eq!(forgotten, 4);
    assert_eq!(starts(&store), [100, 300, 400, 500, 700, 800]);
    assert_eq!(store.forget_states(LEDGER, &doomed).expect("forgotten"), 0);
    assert_eq!(states(&store, OTHER, 0..u64::MAX).len(), 9);
    drop(store);
    let store = factory.open();
    let gone = [0, 200, 600, 900];
    assert!(starts(&store).iter().all(|start| !gone.contains(start)));
    store.forget_all_states(LEDGER).expect("forgotten");
    assert!(starts(&store).is_empty());
}
