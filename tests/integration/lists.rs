//! Lists of events and of ledgers: exactly what matches, in order, page by page.

use std::collections::{BTreeSet, HashMap};

use indelible_proto::v1::{
    self, ErrorReason, EventFilter, ListEventsRequest, ListLedgersRequest, RecordSelection,
    SequenceRange, TimeRange, record_selection::Bounds,
};
use tonic::Code;

use crate::support::{
    calls::{assert_refused, batch, create, event, ledger},
    daemon::{Client, Daemon},
    place::Place,
};

/// The event of a number, in one of several classes by each attribute.
fn classed(number: u64) -> v1::Event {
    v1::Event {
        r#type: format!("type-{}", number % 2),
        source: format!("urn:source:{}", number % 3),
        subject: format!("subject-{}", number % 5),
        actor: format!("actor-{}", number % 7),
        correlation_id: format!("correlation-{}", number % 11),
        ..event(&format!("n{number}"))
    }
}

/// Among which records, and what events must be like.
type Wanted = (Option<RecordSelection>, EventFilter);

fn among(bounds: Option<Bounds>, as_of_size: u64) -> Option<RecordSelection> {
    Some(RecordSelection { bounds, as_of_size })
}

async fn page(
    client: &mut Client,
    wanted: &Wanted,
    size: i32,
    token: &str,
    newest_first: bool,
) -> Result<v1::ListEventsResponse, tonic::Status> {
    let request = ListEventsRequest {
        ledger: "audit".to_owned(),
        selection: wanted.0,
        filter: Some(wanted.1.clone()),
        page_size: size,
        page_token: token.to_owned(),
        include_evidence: false,
        open_sealed: false,
        newest_first,
        ..Default::default()
    };
    Ok(client.list_events(request).await?.into_inner())
}

async fn list(client: &mut Client, wanted: &Wanted, size: i32, newest_first: bool) -> Vec<u64> {
    let mut sequences = Vec::new();
    let mut token = String::new();
    loop {
        let answer = page(client, wanted, size, &token, newest_first)
            .await
            .unwrap();
        assert!(answer.records.len() <= size as usize);
        sequences.extend(answer.records.iter().map(|record| record.sequence));
        token = answer.next_page_token;
        if token.is_empty() {
            return sequences;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_hold_exactly_what_matches_before_and_after_it_is_indexed() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let mut times = HashMap::new();
    let count = 1_200;
    for first in (0..count).step_by(100) {
        let events = (first..first + 100).map(classed).collect();
        let range = batch(&mut client, "audit", events)
            .await
            .unwrap()
            .appended
            .unwrap();
        times.insert(first, range.recorded_time);
    }
    let matching = |matches: &dyn Fn(u64) -> bool| {
        (0..count)
            .filter(|number| matches(*number))
            .map(|number| number + 2)
            .collect::<Vec<_>>()
    };
    type Case = (Wanted, Box<dyn Fn(u64) -> bool>);
    let mut cases: Vec<Case> = Vec::new();
    let none = EventFilter::default;
    cases.push(((None, none()), Box::new(|_| true)));
    cases.push((
        (
            None,
            EventFilter {
                r#type: "type-1".into(),
                ..none()
            },
        ),
        Box::new(|n| n % 2 == 1),
    ));
    cases.push((
        (
            None,
            EventFilter {
                source: "urn:source:2".into(),
                ..none()
            },
        ),
        Box::new(|n| n % 3 == 2),
    ));
    cases.push((
        (
            None,
            EventFilter {
                subject: "subject-4".into(),
                ..none()
            },
        ),
        Box::new(|n| n % 5 == 4),
    ));
    cases.push((
        (
            None,
            EventFilter {
                actor: "actor-3".into(),
                ..none()
            },
        ),
        Box::new(|n| n % 7 == 3),
    ));
    let correlation = EventFilter {
        correlation_id: "correlation-10".into(),
        ..none()
    };
    cases.push(((None, correlation), Box::new(|n| n % 11 == 10)));
    let two = EventFilter {
        r#type: "type-0".into(),
        actor: "actor-0".into(),
        ..none()
    };
    cases.push(((None, two), Box::new(|n| n % 14 == 0)));
    cases.push((
        (
            None,
            EventFilter {
                r#type: "type-".into(),
                ..none()
            },
        ),
        Box::new(|_| false),
    ));
    let beginning = |prefixes: &[&str]| EventFilter {
        type_prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        ..none()
    };
    cases.push(((None, beginning(&["type-"])), Box::new(|_| true)));
    cases.push(((None, beginning(&["type-1"])), Box::new(|n| n % 2 == 1)));
    cases.push(((None, beginning(&["type-2", "ype"])), Box::new(|_| false)));
    let besides = EventFilter {
        types: vec!["type-0".into()],
        actor: "actor-0".into(),
        ..beginning(&["type-1"])
    };
    cases.push(((None, besides), Box::new(|n| n % 7 == 0)));
    let of_one = EventFilter {
        subject: "subject-0".into(),
        ..none()
    };
    let numbers = |start, end| Some(Bounds::SequenceRange(SequenceRange { start, end }));
    let until = (among(numbers(702, 902), 0), of_one.clone());
    cases.push((until, Box::new(|n| (700..900).contains(&n) && n % 5 == 0)));
    cases.push(((among(None, 302), none()), Box::new(|n| n < 300)));
    let late = (among(numbers(702, 0), 0), of_one);
    cases.push((late, Box::new(|n| n >= 700 && n % 5 == 0)));
    let (from, to) = (times[&300], times[&900]);
    let period = Bounds::RecordedTimeRange(TimeRange {
        start: from,
        end: to,
    });
    cases.push((
        (among(Some(period), 0), none()),
        Box::new(|n| (300..900).contains(&n)),
    ));

    for indexed in [false, true] {
        if indexed {
            while ledger(&mut client, "audit").await.indexed_size < count + 2 {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        for (wanted_of, matches) in &cases {
            let wanted = matching(matches);
            let backwards: Vec<_> = wanted.iter().rev().copied().collect();
            for size in [97, 1_000] {
                for (newest_first, wanted) in [(false, &wanted), (true, &backwards)] {
                    assert_eq!(
                        &list(&mut client, wanted_of, size, newest_first).await,
                        wanted,
                        "{wanted_of:?}, {size}, indexed: {indexed}, newest first: {newest_first}"
                    );
                }
            }
        }
    }

    // A token goes on with its own query only.
    let first = page(&mut client, &cases[1].0, 10, "", false).await.unwrap();
    let token = first.next_page_token;
    let turned = page(&mut client, &cases[1].0, 10, &token, true).await;
    assert_refused(
        turned,
        Code::InvalidArgument,
        ErrorReason::PageTokenInvalid,
        "page_token",
    );
    let other = page(&mut client, &cases[2].0, 10, &token, false).await;
    assert_refused(
        other,
        Code::InvalidArgument,
        ErrorReason::PageTokenInvalid,
        "page_token",
    );
    let garbled = page(&mut client, &cases[1].0, 10, &token[1..], false).await;
    assert_refused(
        garbled,
        Code::InvalidArgument,
        ErrorReason::PageTokenInvalid,
        "page_token",
    );
    let negative = page(&mut client, &cases[1].0, -1, "", false).await;
    assert_refused(
        negative,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "page_size",
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledgers_are_listed_by_name_in_pages_and_created_once() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let names: BTreeSet<String> = (0..23).map(|number| format!("ledger-{number}")).collect();
    for name in &names {
        create(&mut client, name).await;
    }
    let mut listed = Vec::new();
    let mut token = String::new();
    loop {
        let request = ListLedgersRequest {
            page_size: 5,
            page_token: token,
        };
        let answer = client.list_ledgers(request).await.unwrap().into_inner();
        listed.extend(answer.ledgers.into_iter().map(|ledger| ledger.name));
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(listed.remove(0), "_system");
    assert_eq!(listed, names.into_iter().collect::<Vec<_>>());

    let request = |id: &str| v1::CreateLedgerRequest {
        name: "twice".into(),
        request_id: id.into(),
        ..Default::default()
    };
    let first = client
        .create_ledger(request("r1"))
        .await
        .unwrap()
        .into_inner()
        .ledger
        .unwrap();
    let again = client
        .create_ledger(request("r1"))
        .await
        .unwrap()
        .into_inner()
        .ledger
        .unwrap();
    assert_eq!(first.origin, again.origin);
    for id in ["r2", ""] {
        let other = client.create_ledger(request(id)).await;
        assert_refused(other, Code::AlreadyExists, ErrorReason::LedgerExists, "");
    }
    daemon.stop();
}
