//! Commits: conditional, atomic, durable.

use super::factory::Factory;
use super::reads::expect_records;
use super::sample;
use crate::block::FullTile;
use crate::contracts::{Commit, CommitStore, LedgerId, ReadStore, Store, Term};
use crate::error::CommitError;

const LEDGER: LedgerId = LedgerId::new(0);
const OTHER: LedgerId = LedgerId::new(1);

fn expect_state(store: &impl Store, ledger: LedgerId, size: u64) {
    let head = store.head(ledger).expect("a head can be read");
    assert_eq!(head, (size > 0).then(|| sample::head(ledger, size)));
    expect_records(store, ledger, 0, size);
    assert_eq!(store.record(ledger, size).expect("readable"), None);
    for index in 0..size / 256 {
        let tile = store.tile(ledger, 0, index).expect("a tile can be read");
        assert_eq!(tile, Some(sample::tile(ledger, 0, index).hashes.into_vec()));
    }
    let next = store.tile(ledger, 0, size / 256).expect("readable");
    assert_eq!(next, None);
}

/// What is committed is there at once, and there again after a restart.
pub fn are_read_back_before_and_after_a_restart(mut factory: impl Factory) {
    let store = factory.open();
    assert_eq!(store.head(LEDGER).expect("readable"), None);
    let term = store.acquire().expect("a term is given");
    let mut size = 0;
    for count in [1, 2, 252, 1, 1, 600] {
        let commit = sample::commit(LEDGER, term, size, count);
        store.commit(&[commit]).expect("the commit is taken");
        size += count;
        expect_state(&store, LEDGER, size);
    }
    drop(store);
    expect_state(&factory.open(), LEDGER, size);
}

/// A commit whose expected size is not the stored one changes nothing.
pub fn with_a_stale_size_are_refused(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    store
        .commit(&[sample::commit(LEDGER, term, 0, 10)])
        .expect("the commit is taken");
    for stale in [0, 9, 11] {
        match store.commit(&[sample::commit(LEDGER, term, stale, 5)]) {
            Err(CommitError::Conflict {
                ledger: LEDGER,
                actual_size: 10,
                actual_term,
            }) => assert_eq!(actual_term, term),
            other => panic!("a conflict was expected, not {other:?}"),
        }
    }
    expect_state(&store, LEDGER, 10);
    store
        .commit(&[sample::commit(LEDGER, term, 10, 5)])
        .expect("a conflict stops nothing");
    drop(store);
    expect_state(&factory.open(), LEDGER, 15);
}

/// Terms grow, over restarts too, and only the newest commits.
pub fn of_an_old_term_are_refused(mut factory: impl Factory) {
    let store = factory.open();
    let first = store.acquire().expect("a term is given");
    let second = store.acquire().expect("a term is given");
    assert!(second > first);
    let unheard = Term::new(second.number() + 1);
    for wrong in [first, unheard] {
        match store.commit(&[sample::commit(LEDGER, wrong, 0, 1)]) {
            Err(CommitError::Conflict {
                ledger: LEDGER,
                actual_size: 0,
                actual_term,
            }) => assert_eq!(actual_term, second),
            other => panic!("a conflict was expected, not {other:?}"),
        }
    }
    expect_state(&store, LEDGER, 0);
    drop(store);
    let store = factory.open();
    let third = store.acquire().expect("a term is given");
    assert!(third > second);
    assert!(
        store
            .commit(&[sample::commit(LEDGER, second, 0, 1)])
            .is_err()
    );
    store
        .commit(&[sample::commit(LEDGER, third, 0, 1)])
        .expect("the commit is taken");
}

/// One commit that is refused refuses its group.
pub fn of_a_group_stand_or_fall_together(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    let group = |from| {
        [
            sample::commit(LEDGER, term, 0, 300),
            sample::commit(OTHER, term, from, 3),
        ]
    };
    match store.commit(&group(1)) {
        Err(CommitError::Conflict { ledger: OTHER, .. }) => {}
        other => panic!("a conflict was expected, not {other:?}"),
    }
    expect_state(&store, LEDGER, 0);
    expect_state(&store, OTHER, 0);
    store.commit(&group(0)).expect("the group is taken");
    expect_state(&store, LEDGER, 300);
    expect_state(&store, OTHER, 3);
    store.commit(&[]).expect("an empty group is no mistake");
}

/// A commit that contradicts itself is refused as a whole.
pub fn that_are_malformed_are_refused(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    let good = || sample::commit(LEDGER, term, 0, 300);
    let with_tile = |tile: FullTile| Commit {
        tiles: vec![tile],
        ..good()
    };
    let short = FullTile {
        hashes: vec![0; 32].into(),
        ..sample::tile(LEDGER, 0, 0)
    };
    let bad = [
        vec![Commit {
            head: sample::head(LEDGER, 299),
            ..good()
        }],
        vec![with_tile(sample::tile(LEDGER, 0, 1))],
        vec![with_tile(sample::tile(LEDGER, 1, 0))],
        vec![with_tile(short)],
        vec![good(), sample::commit(LEDGER, term, 300, 1)],
    ];
    for group in bad {
        match store.commit(&group) {
            Err(CommitError::Malformed { ledger: LEDGER, .. }) => {}
            other => panic!("a refusal was expected, not {other:?}"),
        }
        expect_state(&store, LEDGER, 0);
    }
    store.commit(&[good()]).expect("the good one is taken");
}

/// A commit without records replaces the head.
pub fn may_change_the_head_alone(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    store
        .commit(&[sample::commit(LEDGER, term, 0, 2)])
        .expect("the commit is taken");
    let mut commit = sample::commit(LEDGER, term, 2, 0);
    commit.head.checkpoint = "another note\n".to_owned();
    let expected = Some(commit.head.clone());
    store.commit(&[commit]).expect("the commit is taken");
    assert_eq!(store.head(LEDGER).expect("readable"), expected);
    drop(store);
    let store = factory.open();
    assert_eq!(store.head(LEDGER).expect("readable"), expected);
    expect_records(&store, LEDGER, 0, 2);
}

/// Of two writers with the same idea of the size, one wins.
pub fn of_rivals_are_won_by_one(mut factory: impl Factory) {
    const ROUNDS: u64 = 50;
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    let race = || {
        let mut wins = 0;
        let mut size = 0;
        while size < ROUNDS {
            match store.commit(&[sample::commit(LEDGER, term, size, 1)]) {
                Ok(_) => {
                    wins += 1;
                    size += 1;
                }
                Err(CommitError::Conflict { actual_size, .. }) => size = actual_size,
                Err(error) => panic!("a conflict was expected, not {error}"),
            }
        }
        wins
    };
    let wins: u64 = std::thread::scope(|scope| {
        let rivals = [scope.spawn(race), scope.spawn(race)];
        rivals
            .map(|rival| rival.join().expect("no panic"))
            .iter()
            .sum()
    });
    assert_eq!(wins, ROUNDS);
    expect_state(&store, LEDGER, ROUNDS);
}

/// Ledgers share a store and nothing else.
pub fn of_many_ledgers_are_kept_apart(mut factory: impl Factory) {
    let store = factory.open();
    let term = store.acquire().expect("a term is given");
    let ledgers = [0, 1, 2, 255, 256, u32::MAX - 1, u32::MAX].map(LedgerId::new);
    for from in [0, 100] {
        let group = ledgers.map(|ledger| sample::commit(ledger, term, from, 100));
        store.commit(&group).expect("the group is taken");
    }
    drop(store);
    let store = factory.open();
    for ledger in ledgers {
        expect_state(&store, ledger, 200);
    }
    expect_state(&store, LedgerId::new(3), 0);
}
