//! Live projections over a store in memory: whatever is asked, whenever, and whatever became of the stored states, the
//! answer is what a fold of the records gives.

mod rig;

use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use indelible_compliance::projections::{
    fold_run::{BodyBytes, FoldRun},
    folds::{FoldName, Folded, Projections},
    measure::Value,
    record::PayloadState,
};
use indelible_evidence::{
    body::{Body, FactValue},
    header::Header,
};
use indelible_store::{
    LedgerId, ProjectionStore as _, ReadStore as _,
    memory::MemoryStore,
    record::{Part, StoredRecord},
};

use crate::{
    Access, AppendError, Engine, EngineOptions, EventInput, Ledger, NoticeCode, Prepared,
    Projecting, ReadError, RecordSelection, Selection,
    state::{
        access_error::AccessError,
        limits::{BATCH_EVENTS_MAX, PROJECTION_SEGMENT_RECORDS},
    },
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger, payload},
    },
};
use rig::*;

const LEDGER: LedgerId = LedgerId::new(0);
const SEGMENT: u64 = PROJECTION_SEGMENT_RECORDS;
/// Every so many events are of a data subject, and so sealed.
const SEALED_EVERY: u64 = 100;
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn every_answer_is_that_of_a_fold_of_the_records() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = filled(&bench, &engine, 1_000);
    // Nothing is stored yet, and nobody waits.
    let first = asked(&ledger, &Projecting::default());
    assert_eq!(first, expected(&store, 0, ledger.summary().size));

    filled(&bench, &engine, 2 * SEGMENT + 1_000);
    await_states(&ledger);
    assert_all_as_expected(&ledger, &store);
    // The total goes on from where it was.
    appended(&bench, &ledger, "one more", None, "payload");
    assert_all_as_expected(&ledger, &store);

    let (size, root) = (ledger.summary().size, ledger.summary().root);
    let holds = ledger.project(&Projecting::default(), |holds, _| holds.clone());
    let holds = holds.unwrap();
    assert_eq!((holds.size, holds.root), (size, root));
    assert_eq!((holds.from, holds.to), (0, size));
    assert!(holds.times[0] < holds.times[1]);

    // Once more from the stored states alone, with nothing in memory.
    engine.drain().unwrap();
    drop((engine, ledger));
    let store = Arc::new(store.reopen());
    let engine = bench.open(&store).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_all_as_expected(&ledger, &store);
    await_states(&ledger);
    assert_all_as_expected(&ledger, &store);
}

#[test]
fn what_is_not_there_is_refused() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = filled(&bench, &engine, 10);
    let size = ledger.summary().size;
    let refused = |projecting| match ledger.project(&projecting, |_, _| ()) {
        Err(AccessError::Read(error)) => error,
        other => panic!("{other:?}"),
    };
    for at in [0, size + 1] {
        let error = refused(as_of(at));
        assert!(
            matches!(
                error,
                ReadError::NoProof { .. } | ReadError::EmptySelection(_)
            ),
            "{error:?}"
        );
    }
    let error = refused(of_range(5, size + 1));
    assert!(matches!(error, ReadError::EmptySelection(_)));
    let later = Projecting {
        selection: RecordSelection {
            bounds: Selection::Range { from: 5, to: None },
            as_of: Some(5),
        },
        ..Projecting::default()
    };
    assert!(matches!(refused(later), ReadError::EmptySelection(_)));
}

#[test]
fn an_erasure_is_in_every_answer_live_and_rebuilt_alike() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = filled(&bench, &engine, 2 * SEGMENT + 1_000);
    await_states(&ledger);
    let size = ledger.summary().size;
    let before = asked(&ledger, &as_of(size));
    let erased = ledger.erase("subject 1", "GDPR Art. 17(1)(a)", &mut |_| {});
    assert!(erased.unwrap().events > 100);

    // The same size, and other records now: the total in memory does not hold any more, nor do the states.
    let after = asked(&ledger, &as_of(size));
    assert_ne!(before, after);
    assert_eq!(after, expected(&store, 0, size));
    assert_all_as_expected(&ledger, &store);
    await_states(&ledger);
    assert_all_as_expected(&ledger, &store);
    let rebuilt = ledger.rebuild_projections(&mut |_, _| ()).unwrap();
    for [before, after] in &rebuilt.folds {
        assert_eq!(before, after);
    }
    assert_all_as_expected(&ledger, &store);
}

#[test]
fn a_state_that_somebody_changed_is_found_by_a_rebuild() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = filled(&bench, &engine, SEGMENT + 1_000);
    await_states(&ledger);
    asked(&ledger, &Projecting::default());
    let state = stored_state(&store);
    assert!(state.contains("system 1"));
    let forged = state.replace("system 1", "system 2");
    store.put_state(LEDGER, 0..SEGMENT, forged.as_bytes()).ok();
    // It is found although the total that is in memory is right still.
    let size = ledger.summary().size;
    let from_memory = asked(&ledger, &Projecting::default());
    assert_eq!(from_memory, expected(&store, 0, size));
    let rebuilt = ledger.rebuild_projections(&mut |_, _| ()).unwrap();
    let differs = |[before, after]: &&[Folded; 2]| before.digest != after.digest;
    assert!(rebuilt.folds.iter().any(|folds| differs(&folds)));
    assert_all_as_expected(&ledger, &store);
    let again = ledger.rebuild_projections(&mut |_, _| ()).unwrap();
    assert!(!again.folds.iter().any(|folds| differs(&folds)));
}

#[test]
fn states_of_other_folds_or_other_records_are_made_anew() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = filled(&bench, &engine, SEGMENT + 1_000);
    await_states(&ledger);
    let of_now = stored_state(&store);
    let earlier = of_now.replacen("records 1", "records 0", 1);
    let of_one_less = expected_state(&store, 1, SEGMENT);
    engine.drain().unwrap();
    drop((engine, ledger));
    for other in [earlier, of_one_less, "no state".to_owned()] {
        let store = Arc::new(store.reopen());
        store
            .put_state(LEDGER, 0..SEGMENT, other.as_bytes())
            .unwrap();
        let engine = bench.open(&store).unwrap();
        let ledger = engine.ledger("l").unwrap();
        assert_all_as_expected(&ledger, &store);
        engine.drain().unwrap();
    }
}

fn expected_state(store: &MemoryStore, from: u64, to: u64) -> String {
    let mut run = FoldRun::new();
    for sequence in from..to {
        let value = store.record(LEDGER, sequence).unwrap().unwrap();
        let stored = StoredRecord::decode(&value).unwrap();
        run.record(stored.header, BodyBytes::Withheld).unwrap();
    }
    run.finish().encode()
}

#[test]
fn a_record_that_can_not_be_folded_is_named_and_stops_nothing_else() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    filled(&bench, &engine, SEGMENT / 2);
    let damaged = SEGMENT / 2 - 7;
    let value = store.record(LEDGER, damaged).unwrap().unwrap();
    store.forge(LEDGER, damaged, None);
    let ledger = filled(&bench, &engine, SEGMENT + 1_000);
    let deadline = Instant::now() + PATIENCE;
    let notice = loop {
        let notices = engine.status().notices;
        let found = notices
            .into_iter()
            .find(|notice| notice.code == NoticeCode::ProjectionsStopped);
        if let Some(notice) = found {
            break notice;
        }
        assert!(Instant::now() < deadline, "nobody is told");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(notice.ledger, Some(ledger.summary().origin));
    let error = ledger
        .project(&Projecting::default(), |_, _| ())
        .unwrap_err();
    assert!(
        error.to_string().contains(&format!("record {damaged}")),
        "{error}"
    );
    let others = of_range(damaged + 1, ledger.summary().size);
    assert_eq!(
        asked(&ledger, &others),
        expected(&store, damaged + 1, ledger.summary().size)
    );
    store.forge(LEDGER, damaged, Some(value));
    assert_eq!(
        asked(&ledger, &Projecting::default()),
        expected(&store, 0, ledger.summary().size)
    );
}

#[test]
fn what_is_sealed_is_folded_for_those_who_may_open_it_and_kept_in_no_state() {
    let (bench, store) = (Bench::new(), store());
    let engine = bench.open(&store).unwrap();
    let ledger = filled(&bench, &engine, SEGMENT + 1_000);
    let hers = appended(&bench, &ledger, "hers", Some("erika"), "hers");
    assert!(payload(&ledger, hers).is_some());
    await_states(&ledger);
    let decided = |access: Option<&Access>| {
        let projecting = Projecting {
            access,
            ..Projecting::default()
        };
        let recorded = |states: &Projections| states.measures().0["decisions.recorded"].clone();
        let shown = ledger.project(&projecting, |_, states| recorded(states));
        match shown.unwrap().value {
            Value::Count(count) => count,
            other => panic!("{other:?}"),
        }
    };
    let access = Access::new("local", "projections", "complaint 118").unwrap();
    let (closed, opened) = (decided(None), decided(Some(&access)));
    let sealed = opened.div_ceil(SEALED_EVERY);
    assert_eq!(closed + sealed, opened);
    let state = stored_state(&store);
    assert!(!state.contains("subject 1") && !state.contains("erika"));
}

#[test]
fn a_ledger_that_outgrows_its_states_is_held_up_until_they_follow() {
    let (bench, store) = (Bench::new(), store());
    let options = EngineOptions {
        projection_lag: SEGMENT,
        ..EngineOptions::new("localhost")
    };
    let engine = bench.open_with(&store, options).unwrap();
    let ledger = ledger(&bench, &engine, false);
    let append = |number| {
        let event = bench.runtime.block_on(prepared(&ledger, number));
        bench.runtime.block_on(ledger.append(vec![event], None))
    };
    // The thread that makes states waits for its turn meanwhile.
    let turn = ledger.cell().projected.changing();
    filled(&bench, &engine, 2 * SEGMENT - BATCH_EVENTS_MAX as u64);
    let mut number = 1_000_000_000;
    let refused = loop {
        number += 1;
        match append(number) {
            Ok(_) => assert!(ledger.summary().size <= 2 * SEGMENT, "nobody is held up"),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(refused, AppendError::QueueFull { .. }),
        "{refused:?}"
    );
    assert_eq!(ledger.summary().size, 2 * SEGMENT);
    drop(turn);
    await_states(&ledger);
    append(number + 1).unwrap();
}
