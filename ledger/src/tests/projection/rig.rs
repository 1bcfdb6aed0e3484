//! Ledgers to project, and what a fold of their records says.

use super::*;

pub(super) async fn prepared(ledger: &Ledger, number: u64) -> Prepared {
    let (id, system) = (format!("event {number}"), format!("system {}", number % 7));
    let subject = format!("subject {}", number / SEALED_EVERY % 3);
    let body = Body {
        id: &id,
        source: "s",
        actor: Some("agent"),
        data_subject: number.is_multiple_of(SEALED_EVERY).then_some(&*subject),
        facts: vec![
            ("system", FactValue::Text(&system)),
            (
                "result",
                FactValue::Text(["pass", "fail"][(number % 2) as usize]),
            ),
        ],
        ..Body::default()
    };
    let input = EventInput {
        body,
        event_type: "ai.decision.v1",
        classification: None,
        payload: None,
    };
    ledger.prepare(input).await.unwrap()
}

/// A ledger of at least so many records.
pub(super) fn filled(bench: &Bench, engine: &Engine, size: u64) -> Ledger {
    let ledger = ledger(bench, engine, false);
    bench.runtime.block_on(async {
        // Numbers go on from what is there.
        let mut number = ledger.summary().size * SEALED_EVERY;
        while ledger.summary().size < size {
            let mut batch = Vec::with_capacity(BATCH_EVENTS_MAX);
            for _ in 0..BATCH_EVENTS_MAX {
                batch.push(prepared(&ledger, number).await);
                number += 1;
            }
            ledger.append(batch, None).await.unwrap();
        }
    });
    ledger
}

/// Waits until each whole segment has a state.
pub(super) fn await_states(ledger: &Ledger) {
    let deadline = Instant::now() + PATIENCE;
    let whole = ledger.summary().size / SEGMENT * SEGMENT;
    while ledger.summary().projected_size < whole {
        assert!(Instant::now() < deadline, "the states are not made");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The stored state of the first segment.
pub(super) fn stored_state(store: &MemoryStore) -> String {
    let mut found = None;
    let mut visit = |_, state: &[u8]| {
        found = Some(String::from_utf8(state.to_vec()).unwrap());
        ControlFlow::Break(())
    };
    store.states(LEDGER, 0..1, &mut visit).unwrap();
    found.unwrap()
}

pub(super) fn digests(states: &Projections) -> Vec<Folded> {
    let folds = FoldName::ALL.iter();
    folds.map(|fold| states.folded(*fold)).collect()
}

/// What the records of the store give, read one by one and folded in one go.
pub(super) fn expected(store: &MemoryStore, from: u64, to: u64) -> Vec<Folded> {
    let mut run = FoldRun::new();
    for sequence in from..to {
        let value = store.record(LEDGER, sequence).unwrap().unwrap();
        let stored = StoredRecord::decode(&value).unwrap();
        let body = match stored.body {
            Part::Present { bytes, .. } => match Body::decode(bytes) {
                Ok(_) => BodyBytes::Open(bytes),
                Err(_) => BodyBytes::Sealed,
            },
            Part::Erased => BodyBytes::Erased,
            Part::Archived => BodyBytes::Archived,
            Part::None => BodyBytes::Missing,
        };
        run.record(stored.header, body).unwrap();
        let header = Header::decode(stored.header).unwrap();
        let has_payload = header
            .kind
            .event()
            .is_some_and(|event| event.payload.is_some());
        if has_payload {
            let state = match stored.payload {
                Part::Present { .. } => PayloadState::There,
                Part::Erased => PayloadState::Erased,
                Part::Archived => PayloadState::Archived,
                Part::None => PayloadState::Missing,
            };
            run.payload(&header, state);
        }
    }
    digests(run.projections())
}

pub(super) fn asked(ledger: &Ledger, projecting: &Projecting<'_>) -> Vec<Folded> {
    ledger
        .project(projecting, |_, states| digests(states))
        .unwrap()
}

pub(super) fn of_range(from: u64, to: u64) -> Projecting<'static> {
    Projecting {
        selection: Selection::Range { from, to: Some(to) }.into(),
        ..Projecting::default()
    }
}

pub(super) fn as_of(size: u64) -> Projecting<'static> {
    let selection = RecordSelection {
        bounds: Selection::Whole,
        as_of: Some(size),
    };
    Projecting {
        selection,
        ..Projecting::default()
    }
}

/// Questions that take whole segments, pieces at either end, and both.
pub(super) fn assert_all_as_expected(ledger: &Ledger, store: &MemoryStore) {
    let size = ledger.summary().size;
    assert_eq!(
        asked(ledger, &Projecting::default()),
        expected(store, 0, size)
    );
    for at in [1, SEGMENT - 1, SEGMENT, SEGMENT + 1, size - 1] {
        assert_eq!(asked(ledger, &as_of(at)), expected(store, 0, at), "{at}");
    }
    for (from, to) in [(1, 2), (SEGMENT, (2 * SEGMENT).min(size)), (5, size - 5)] {
        let answer = asked(ledger, &of_range(from, to));
        assert_eq!(answer, expected(store, from, to), "{from}..{to}");
    }
}
