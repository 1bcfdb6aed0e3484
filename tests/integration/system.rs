//! The store's own ledger: every act is in it, nobody but the daemon writes to it, and what can't be recorded does not
//! happen.

mod acts;
mod given_up;
mod log;
mod refused;
mod repair;
mod unwritable;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indelible_proto::{
    time::{Timestamp, timestamp},
    v1::{
        self, CreateLedgerRequest, CreateSuccessorRequest, EraseDataSubjectRequest,
        ListEventsRequest, PlaceHoldRequest, fact_value::Value,
    },
};
use tonic::Code;

use crate::support::{
    calls::{append, create, event, ledger},
    daemon::{Client, Daemon},
    place::Place,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// All that `_system` has of a type, as one text for each: `name=value` of every fact, in order.
pub(crate) async fn told(client: &mut Client, kind: &str) -> Vec<String> {
    let request = ListEventsRequest {
        ledger: "_system".into(),
        filter: Some(v1::EventFilter {
            r#type: format!("indelible.system.{kind}.v1"),
            ..Default::default()
        }),
        page_size: 1_000,
        ..Default::default()
    };
    let page = client.list_events(request).await.unwrap().into_inner();
    let text = |event: &v1::Event| {
        let mut facts: Vec<_> = event.facts.iter().collect();
        facts.sort_by_key(|(name, _)| *name);
        let facts = facts.into_iter().map(|(name, fact)| match &fact.value {
            Some(Value::Text(text)) => format!("{name}={text}"),
            Some(Value::Uint(number)) => format!("{name}={number}"),
            Some(Value::Boolean(truth)) => format!("{name}={truth}"),
            None => format!("{name}="),
        });
        facts.collect::<Vec<_>>().join(" ")
    };
    let events = page
        .records
        .iter()
        .filter_map(|record| record.event.as_ref());
    events
        .inspect(|event| assert_eq!(event.source, "urn:indelible:system"))
        .map(text)
        .collect()
}

/// Waits until `_system` has an event of a type that says all of these.
pub(crate) async fn await_told(client: &mut Client, kind: &str, says: &[&str]) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = told(client, kind).await;
        let has = |text: &&String| {
            says.iter()
                .all(|part| text.split(' ').any(|word| word == *part))
        };
        if let Some(found) = all.iter().find(has) {
            return found.clone();
        }
        assert!(
            Instant::now() < deadline,
            "{kind} {says:?} is not among {all:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn drain<T>(mut stream: tonic::Streaming<T>) -> Vec<T> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        messages.push(message);
    }
    messages
}

/// The time, as a person sees it.
fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    timestamp(now.as_nanos().try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_the_daemon_writes_to_it() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut keys = daemon.keys().await;
    let origin = ledger(&mut client, "_system").await.origin;
    for name in ["_system", origin.as_str()] {
        let refused = append(&mut client, name, event("forged"))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let request = CreateSuccessorRequest {
            ledger: name.to_owned(),
            ..Default::default()
        };
        let refused = client.create_successor(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let request = PlaceHoldRequest {
            ledger: name.to_owned(),
            ..Default::default()
        };
        let refused = keys.place_hold(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let request = EraseDataSubjectRequest {
            ledger: name.to_owned(),
            data_subject: "p".into(),
            basis: "b".into(),
            ..Default::default()
        };
        let refused = keys.erase_data_subject(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    }
    for name in ["_system", "_other", "_"] {
        let request = CreateLedgerRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let refused = client.create_ledger(request).await.unwrap_err();
        let expected = [Code::PermissionDenied, Code::InvalidArgument];
        assert!(expected.contains(&refused.code()), "{name}: {refused}");
    }
    let forged = v1::Event {
        r#type: "indelible.system.erased.v1".into(),
        ..event("forged")
    };
    create(&mut client, "payments").await;
    let refused = append(&mut client, "payments", forged).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    daemon.stop();
}
