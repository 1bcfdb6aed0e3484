//! Projections over gRPC: what an auditor folds from the evidence, whatever of it comes from stored states; pages that
//! hold together; and states that somebody has changed, found.

mod commands;
mod pages;

use std::ops::ControlFlow;

use indelible_proto::v1::{
    self, CreateLedgerRequest, ErrorReason, EventFilter, GetProjectionsRequest, ListEventsRequest,
    QueryProjectionRequest, RebuildProjectionsRequest, RecordSelection, SequenceRange, TimeRange,
    record_selection::Bounds,
};
use indelible_store::{
    Catalog as _, ProjectionStore as _,
    rocks::{RocksStore, RocksTuning},
};
use serde_json::Value;
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, create, ledger},
    command::{done, run},
    daemon::Daemon,
    keys::{erase, event_of},
    place::Place,
    projections::{
        Compliance, EVENTS, SEGMENT, SOURCES, answers, as_of, ask, audited, compliance, decide,
        decision, list, mapping_of_all, only, query, rows, said, settled,
    },
};

use commands::run_cli;

/// A decision about somebody, so that it is sealed.
fn about(subject: &str, number: u64) -> v1::Event {
    v1::Event {
        data_subject: subject.to_owned(),
        ..decision(number)
    }
}

async fn rebuilt(client: &mut Compliance) -> v1::RebuildResult {
    let request = RebuildProjectionsRequest {
        ledger: "audit".to_owned(),
    };
    let mut steps = client.rebuild_projections(request).await.unwrap();
    while let Some(step) = steps.get_mut().message().await.unwrap() {
        assert!(step.done <= step.total);
        if let Some(rebuilt) = step.result {
            return rebuilt;
        }
    }
    panic!("the rebuild breaks off");
}

fn range(start: u64, end: u64) -> Option<RecordSelection> {
    Some(RecordSelection {
        bounds: Some(Bounds::SequenceRange(SequenceRange { start, end })),
        as_of_size: 0,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_folds_the_same_before_and_after_an_erasure_and_a_rebuild() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut projections = compliance(&daemon).await;
    let named = Named::from(&create(&mut client, "audit").await);
    append(&mut client, "audit", about("erika", 1_000_000))
        .await
        .unwrap();
    decide(&mut client, 0..EVENTS / 2).await;
    append(&mut client, "audit", about("erika", 1_000_001))
        .await
        .unwrap();
    append(&mut client, "audit", about("max", 1_000_002))
        .await
        .unwrap();
    decide(&mut client, EVENTS / 2..EVENTS).await;
    let before = settled(&mut client).await;
    assert!(before > 2 * SEGMENT);
    let mapping = mapping_of_all(&mut projections, &place).await;

    let (size, theirs) = audited(&mut client, &named, &mapping, &place).await;
    assert_eq!(size, before);
    let ours = answers(&mut projections, query("")).await;
    assert_eq!(ours.0, theirs.0, "the folds");
    assert_eq!(ours.1.to_string(), theirs.1.to_string(), "the tables");
    let tables = ours.1.to_string();
    for shown in ["decisions.by_model", "model 4", "urn:source/499"] {
        assert!(tables.contains(shown), "{shown}");
    }

    // A range of its own, across the segments: a report folds what it verifies, and no stored state.
    let (from, to) = (SEGMENT - 5, 2 * SEGMENT + 7);
    let of_range = QueryProjectionRequest {
        selection: range(from, to),
        ..query("")
    };
    let bounds = [from.to_string(), to.to_string()];
    let mut arguments = vec!["--output", "json", "report", &mapping, "--ledger", "audit"];
    arguments.extend(["--tables", "--from", &bounds[0], "--to", &bounds[1]]);
    let report = done(&daemon, &arguments).json();
    assert_eq!(
        answers(&mut projections, of_range.clone()).await,
        said(&report)
    );
    let holds = list(&mut projections, &of_range).await.coverage.unwrap();
    let (start, end) = (from, to);
    assert_eq!(holds.sequence_range, Some(SequenceRange { start, end }));
    let of_period = QueryProjectionRequest {
        selection: Some(RecordSelection {
            bounds: Some(Bounds::RecordedTimeRange(TimeRange {
                start: None,
                end: holds.last_recorded_time,
            })),
            as_of_size: 0,
        }),
        ..query("")
    };
    let holds = list(&mut projections, &of_period).await.coverage.unwrap();
    let folded = holds.sequence_range.unwrap();
    assert!(
        folded.start == 0 && folded.end < to && folded.end > from,
        "{holds:?}"
    );

    // What is erased is counted as erased, and all that was put together before is put together anew.
    erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    let after = settled(&mut client).await;
    let (size, theirs) = audited(&mut client, &named, &mapping, &place).await;
    assert_eq!(size, after);
    let live = answers(&mut projections, query("")).await;
    assert_eq!(live, theirs);
    assert_ne!(live.0, ours.0);
    let of_size = |size| QueryProjectionRequest {
        selection: as_of(size),
        ..query("")
    };
    let earlier = answers(&mut projections, of_size(before)).await;
    assert_ne!(earlier.0, ours.0, "erased is erased, as of any size");

    let rebuilt = rebuilt(&mut projections).await;
    assert_eq!(rebuilt.coverage.unwrap().size, after);
    assert!(rebuilt.folds.len() > 10);
    for fold in &rebuilt.folds {
        assert!(
            fold.unchanged && fold.digest_before == fold.digest_after,
            "{fold:?}"
        );
    }
    assert_eq!(answers(&mut projections, of_size(after)).await, theirs);
    assert_eq!(answers(&mut projections, of_size(before)).await, earlier);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_opened_for_an_answer_is_on_record_and_in_no_other_answer() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut projections = compliance(&daemon).await;
    let request = CreateLedgerRequest {
        name: "audit".into(),
        access_trail: true,
        ..Default::default()
    };
    client.create_ledger(request).await.unwrap();
    append(&mut client, "audit", about("erika", 1))
        .await
        .unwrap();
    append(&mut client, "audit", event_of("max", "m1"))
        .await
        .unwrap();
    append(&mut client, "audit", decision(2)).await.unwrap();
    let opened = |page_token: &str| QueryProjectionRequest {
        open_sealed: true,
        purpose: "complaint 118".into(),
        page_size: 1,
        page_token: page_token.into(),
        ..query("decisions.by_model")
    };
    let first = ask(&mut projections, &opened("")).await.unwrap();
    assert_eq!(first.matching_row_count, 2);
    let second = ask(&mut projections, &opened(&first.next_page_token))
        .await
        .unwrap();
    assert_eq!(
        (second.rows.len(), second.next_page_token.as_str()),
        (1, "")
    );
    let sizes = [&first, &second].map(|page| page.coverage.as_ref().unwrap().size);
    assert_eq!(sizes[0], sizes[1]);
    let sealed = ask(&mut projections, &query("decisions.by_model"))
        .await
        .unwrap();
    assert_eq!(
        sealed.matching_row_count, 1,
        "for others it is sealed still"
    );
    let nobody = QueryProjectionRequest {
        purpose: "a\nb".into(),
        ..opened("")
    };
    let refused = ask(&mut projections, &nobody).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "purpose",
    );

    let request = ListEventsRequest {
        ledger: "audit".into(),
        filter: Some(EventFilter {
            r#type: "indelible.access.decrypted.v1".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let trail = client
        .list_events(request)
        .await
        .unwrap()
        .into_inner()
        .records;
    assert_eq!(
        trail.len(),
        2,
        "one for each page, and none for what was not opened"
    );
    for record in trail {
        let facts = record.event.unwrap().facts;
        let text = |name: &str| format!("{:?}", facts[name].value);
        assert!(text("call").contains("projections"), "{facts:?}");
        assert!(text("purpose").contains("complaint 118"), "{facts:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_state_that_somebody_changed_is_found_by_a_rebuild() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    decide(&mut client, 0..EVENTS).await;
    settled(&mut client).await;
    let right = ask(&mut compliance(&daemon).await, &query("decisions.by_model"))
        .await
        .unwrap();
    assert!(right.rows.len() == 5 && rows(&right).to_string().contains("model 4"));
    daemon.stop();

    let store = RocksStore::open(&place.data(), &RocksTuning::default())
        .unwrap()
        .store;
    let (id, _) = store.ledgers().unwrap().remove(1);
    let mut states = Vec::new();
    let mut visit = |run: std::ops::Range<u64>, state: &[u8]| {
        states.push((run, String::from_utf8(state.to_vec()).unwrap()));
        ControlFlow::Continue(())
    };
    store.states(id, 0..u64::MAX, &mut visit).unwrap();
    assert_eq!(states.len(), 2, "two whole segments");
    let (run, state) = states.remove(1);
    let forged = state.replace("model 4", "model X");
    assert_ne!(forged, state);
    store.put_state(id, run, forged.as_bytes()).unwrap();
    drop(store);

    let daemon = Daemon::start(&place).await;
    let mut projections = compliance(&daemon).await;
    let wrong = ask(&mut projections, &query("decisions.by_model"))
        .await
        .unwrap();
    assert!(
        rows(&wrong).to_string().contains("model X"),
        "it is believed, and the threat model says so"
    );
    let answer = run_cli(&daemon);
    assert_eq!(answer.code, 1, "{answer:?}");
    for says in ["not what the records say", "decisions"] {
        assert!(answer.remarks.contains(says), "{answer:?}");
    }
    let mended = ask(&mut projections, &query("decisions.by_model"))
        .await
        .unwrap();
    assert_eq!(mended.rows, right.rows);
    assert_eq!(run_cli(&daemon).code, 0, "they are the same now");
    daemon.stop();
}
