//! Projections over gRPC: what an auditor folds from the evidence, whatever of it comes from stored states; pages that
//! hold together; and states that somebody has changed, found.

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
async fn pages_hold_for_the_size_of_the_first_while_the_ledger_grows() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut projections = compliance(&daemon).await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", about("erika", 1_000_000))
        .await
        .unwrap();
    decide(&mut client, 0..EVENTS).await;
    settled(&mut client).await;
    let whole = ask(&mut projections, &query("gaps.by_source"))
        .await
        .unwrap();
    assert!(whole.matching_row_count >= SOURCES);
    let holds = whole.coverage.clone().unwrap();
    assert!(holds.checkpoint.starts_with(&holds.origin), "{holds:?}");

    let mut paged = QueryProjectionRequest {
        page_size: 120,
        ..query("gaps.by_source")
    };
    let mut seen = Vec::new();
    let mut grown = EVENTS;
    loop {
        let page = ask(&mut projections, &paged).await.unwrap();
        let found = page.coverage.as_ref().unwrap();
        assert_eq!(
            (found.size, &found.root_hash),
            (holds.size, &holds.root_hash)
        );
        assert_eq!(
            (&page.fold, page.matching_row_count),
            (&whole.fold, whole.matching_row_count)
        );
        seen.extend(page.rows);
        if page.next_page_token.is_empty() {
            break;
        }
        paged.page_token = page.next_page_token;
        decide(&mut client, grown..grown + 900).await;
        grown += 900;
    }
    assert!(grown > EVENTS + 3 * 900, "there were pages");
    assert_eq!(seen, whole.rows);
    let now = ask(&mut projections, &query("gaps.by_source"))
        .await
        .unwrap();
    assert_ne!(now.rows, whole.rows, "it has grown");
    let earlier = QueryProjectionRequest {
        selection: as_of(holds.size),
        ..query("gaps.by_source")
    };
    assert_eq!(
        ask(&mut projections, &earlier).await.unwrap().rows,
        whole.rows
    );

    // A token goes on with its own query, and with no other.
    let others = [
        QueryProjectionRequest {
            table: "records.by_type".into(),
            ..paged.clone()
        },
        QueryProjectionRequest {
            selection: as_of(holds.size),
            ..paged.clone()
        },
        QueryProjectionRequest {
            filters: vec![only("events", "1")],
            ..paged.clone()
        },
        QueryProjectionRequest {
            open_sealed: true,
            ..paged.clone()
        },
        QueryProjectionRequest {
            selection: range(1, 0),
            ..paged.clone()
        },
        QueryProjectionRequest {
            page_token: "AQ".into(),
            ..paged.clone()
        },
    ];
    for other in others {
        let refused = ask(&mut projections, &other).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::PageTokenInvalid,
            "page_token",
        );
    }

    // Rows that an erasure changed can't be counted on from where the page before ended. Others can.
    let mut opened = QueryProjectionRequest {
        open_sealed: true,
        page_size: 1,
        ..query("decisions.by_model")
    };
    let page = ask(&mut projections, &opened).await.unwrap();
    opened.page_token = page.next_page_token;
    ask(&mut projections, &opened).await.unwrap();
    erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    let refused = ask(&mut projections, &opened).await;
    assert_refused(refused, Code::Aborted, ErrorReason::ProjectionChanged, "");
    ask(&mut projections, &paged).await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_those_that_were_asked_for_and_what_there_is_not_is_said() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut projections = compliance(&daemon).await;
    create(&mut client, "audit").await;
    decide(&mut client, 0..105).await;
    let filtered = |filters: Vec<_>| QueryProjectionRequest {
        filters,
        ..query("decisions.by_combination")
    };
    let all = ask(&mut projections, &filtered(vec![])).await.unwrap();
    let column = |name: &str| all.columns.iter().position(|it| it == name).unwrap();
    let (model, result, count) = (column("model"), column("result"), column("decisions"));
    let all = rows(&all);
    let is = |row: &&Value, model_is: &str, result_is: &str| {
        row[model] == model_is && row[result] == result_is
    };
    let expected = all.as_array().unwrap().iter();
    let expected: Vec<_> = expected
        .filter(|row| is(row, "model 2", "fail"))
        .cloned()
        .collect();
    assert_eq!(expected.len(), 3, "one for each system: {all}");
    let filters = vec![only("model", "model 2"), only("result", "fail")];
    let found = ask(&mut projections, &filtered(filters)).await.unwrap();
    assert_eq!(
        (rows(&found), found.matching_row_count),
        (Value::Array(expected.clone()), 3)
    );
    let number = &expected[0][count];
    let filters = vec![only("decisions", &number.to_string())];
    let found = ask(&mut projections, &filtered(filters)).await.unwrap();
    let has = |row: &Value| row[count] == *number;
    assert!(found.matching_row_count > 0 && rows(&found).as_array().unwrap().iter().all(has));
    let unknown = ask(&mut projections, &filtered(vec![only("policy", "")]))
        .await
        .unwrap();
    assert_eq!(
        unknown.matching_row_count,
        all.as_array().unwrap().len() as u64
    );
    let none = ask(&mut projections, &filtered(vec![only("model", "model 9")]))
        .await
        .unwrap();
    assert_eq!((none.matching_row_count, none.rows.len()), (0, 0));

    for table in ["decisions.by_colour", "decisions", "", "nobody.knows"] {
        let status = ask(&mut projections, &query(table)).await.unwrap_err();
        assert!(
            status.message().contains("decisions.by_model"),
            "{status:?}"
        );
        assert_refused(
            Err::<(), _>(status),
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            "table",
        );
    }
    let colours = filtered(vec![only("model", "x"), only("colour", "")]);
    let status = ask(&mut projections, &colours).await.unwrap_err();
    assert!(status.message().contains("model_version"), "{status:?}");
    let field = "filters[1].column";
    assert_refused(
        Err::<(), _>(status),
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        field,
    );
    let too_many = filtered(vec![only("model", "x"); 17]);
    let refused = ask(&mut projections, &too_many).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "filters",
    );

    let size = ledger(&mut client, "audit").await.size;
    let request = QueryProjectionRequest {
        selection: as_of(size + 1),
        ..query("decisions.by_model")
    };
    assert_refused(
        ask(&mut projections, &request).await,
        Code::OutOfRange,
        ErrorReason::SizeOutOfRange,
        "",
    );
    let request = GetProjectionsRequest {
        ledger: "audit".into(),
        selection: as_of(size + 1),
        ..Default::default()
    };
    assert_refused(
        projections.get_projections(request).await,
        Code::OutOfRange,
        ErrorReason::SizeOutOfRange,
        "",
    );
    let beyond = QueryProjectionRequest {
        selection: range(3, 9).map(|range| RecordSelection {
            as_of_size: 5,
            ..range
        }),
        ..query("decisions.by_model")
    };
    assert_refused(
        ask(&mut projections, &beyond).await,
        Code::OutOfRange,
        ErrorReason::SelectionEmpty,
        "",
    );
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
    assert_eq!(sealed.matching_row_count, 1, "sealed for others");
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
    let (id, _) = store.ledgers().unwrap()[0];
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

fn run_cli(daemon: &Daemon) -> crate::support::command::Answer {
    run(daemon, &["projection", "rebuild", "--ledger", "audit"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_programs_get_rows_in_their_own_forms() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    decide(&mut client, 0..105).await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();

    let listed = done(&daemon, &["projection", "list", "--ledger", "audit"]).text();
    for shown in [
        "decisions.recorded",
        "105",
        "table decisions.by_model",
        "5 rows",
        "14.2857 %",
    ] {
        assert!(listed.contains(shown), "{shown}: {listed}");
    }
    let list = [
        "--output",
        "json",
        "projection",
        "list",
        "--ledger",
        "audit",
        "--as-of",
        "3",
    ];
    let listed = done(&daemon, &list).json();
    assert_eq!(listed["holds_for"]["size"], 3);
    let is_decisions = |it: &&Value| it["name"] == "decisions";
    let decisions = listed["projections"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_decisions)
        .unwrap();
    assert_eq!(decisions["digest"].as_str().unwrap().len(), 64);

    let show = [
        "projection",
        "show",
        "decisions.by_model",
        "--ledger",
        "audit",
    ];
    let with = |more: &[&'static str]| [&show[..], more].concat();
    let shown = done(&daemon, &show);
    assert!(shown.remarks.contains("as of size"), "{shown:?}");
    assert_eq!(shown.text().lines().count(), 6, "{shown:?}");
    let csv = done(
        &daemon,
        &with(&["--format", "csv", "--where", "model=model 2"]),
    )
    .text();
    let mut lines = csv.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("model,model_version,decisions,not_passed")
    );
    assert!(lines.next().unwrap().starts_with("model 2,,21,3,"), "{csv}");
    assert_eq!(lines.next(), None);
    let path = place.file("models.ndjson");
    let mut to_file = with(&["-o"]);
    let name = path.display().to_string();
    to_file.push(&name);
    let told = done(&daemon, &to_file).text();
    assert!(told.contains("5 rows"), "{told}");
    let ndjson = std::fs::read_to_string(&path).unwrap();
    let objects: Vec<Value> = ndjson
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(objects.len(), 5);
    assert_eq!(objects[2]["model"], "model 2");
    assert_eq!(objects[2]["model_version"], Value::Null);
    assert_eq!(run(&daemon, &with(&["--where", "colour=red"])).code, 2);
    assert_eq!(run(&daemon, &with(&["-o", "rows.docx"])).code, 2);

    let export = |form: &'static str| {
        done(
            &daemon,
            &["export-events", "audit", "--form", form, "--out", "-"],
        )
        .text()
    };
    let size = ledger(&mut client, "audit").await.size as usize;
    let rows: Vec<Value> = export("ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), size, "the ledger's own records, too");
    let decided = rows.iter().find(|row| row["id"] == "d7").unwrap();
    assert_eq!(
        (&decided["fact.result"], &decided["body"]),
        (&"fail".into(), &"present".into())
    );
    let sealed = &rows[size - 1];
    assert_eq!(
        (&sealed["body"], &sealed["id"]),
        (&"sealed".into(), &Value::Null)
    );
    let csv = export("csv");
    assert!(csv.starts_with("sequence,kind,recorded_time,type,source,id,"));
    assert_eq!(csv.lines().count(), size + 1);
    daemon.stop();
}
