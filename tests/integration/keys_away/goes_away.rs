//! A key service that goes away under a daemon that runs and is busy, stays away, and comes back.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::*;

/// How soon everything is as before, from when the service can be reached again.
const BACK_WITHIN: Duration = Duration::from_secs(10);
/// How soon an outage is told where calls fail: a look is five seconds after the one before, and a call of the service may
/// take ten.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// The code of the notice.
const AWAY: &str = "KEY_PROVIDER_AWAY";

fn is_told(daemon: &Daemon) -> bool {
    let status = done(daemon, &["status", "--output", "json"]).json();
    let notices = status["notices"].as_array().unwrap();
    notices.iter().any(|notice| notice["code"] == AWAY)
}

/// Waits until something is so, and says for how long.
async fn until(what: &str, within: Duration, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < within, "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    began.elapsed()
}

/// Appends events in the clear, one after the other, until it is told to stop; gives back the ids that were acknowledged.
fn busy(mut client: Client, of: &str, is_over: &Arc<AtomicBool>) -> JoinHandle<BTreeSet<String>> {
    let (of, is_over) = (of.to_owned(), Arc::clone(is_over));
    tokio::spawn(async move {
        let mut acknowledged = BTreeSet::new();
        let mut number = 0;
        while !is_over.load(Ordering::SeqCst) {
            let id = format!("{of}{number}");
            // It needs no key that is not open.
            append(&mut client, "trail", event(&id)).await.unwrap();
            acknowledged.insert(id);
            number += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        acknowledged
    })
}

async fn refused(client: &mut Client, subject: &str, id: &str) {
    let refused = append(client, "trail", event_of(subject, id)).await;
    let status = refused.expect_err("the service is away");
    assert_eq!(status.code(), tonic::Code::Unavailable, "{status}");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, ErrorReason::KeysUnavailable.name(), "{status}");
    assert_eq!(info.metadata["key"], "data", "{status}");
    assert!(details.retry_info().is_some());
}

/// The ids of all events of the ledger.
async fn ids(client: &mut Client) -> BTreeSet<String> {
    let (mut ids, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let request = ListEventsRequest {
            ledger: "trail".to_owned(),
            page_token,
            ..Default::default()
        };
        let page = client.list_events(request).await.unwrap().into_inner();
        let events = page.records.into_iter().filter_map(|record| record.event);
        ids.extend(events.map(|event| event.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_service_that_goes_away_under_load_is_told_and_everything_goes_on_when_it_is_back() {
    let place = Place::new();
    let emulator = Emulator::shared(Flavour::MiniStack);
    let key = emulator.create_key();
    let mut way = Way::to(&emulator.url());
    let daemon = start(&place, kms_at(&place, &way.url(), &key)).await;
    let ledger = filled(&daemon).await;
    let mut client = daemon.client().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let load = [
        busy(daemon.client().await, "a", &is_over),
        busy(daemon.client().await, "b", &is_over),
    ];
    assert!(!is_told(&daemon));
    for round in 0..2 {
        let id = |what: &str| format!("{what}-{round}");
        way.shut();
        refused(&mut client, &id("max"), &id("early")).await;
        until("the outage is not told", TOLD_WITHIN, async || {
            is_told(&daemon)
        })
        .await;
        // It lasts: each call is refused anew, and whoever has a key that is open goes on.
        for again in 0..2 {
            refused(&mut client, &id("max"), &id(&format!("late{again}"))).await;
        }
        append(&mut client, "trail", event_of("erika", &id("open")))
            .await
            .unwrap();
        assert!(is_told(&daemon));
        let keys = key_service_server::SERVICE_NAME;
        let health = daemon.health_of(keys).await.unwrap();
        assert_eq!(health, ServingStatus::Serving, "it started with its keys");

        way.open();
        let opened = Instant::now();
        until("it does not go on", BACK_WITHIN, async || {
            append(&mut client, "trail", event_of(&id("max"), &id("back")))
                .await
                .is_ok()
        })
        .await;
        let left = BACK_WITHIN.saturating_sub(opened.elapsed());
        until("that it is back is not told", left, async || {
            !is_told(&daemon)
        })
        .await;
    }
    is_over.store(true, Ordering::SeqCst);
    let mut acknowledged = BTreeSet::new();
    for one in load {
        acknowledged.append(&mut one.await.unwrap());
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    let there = ids(&mut client).await;
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let log = daemon.log();
    assert!(
        log.contains("the provider of the keys can be used again"),
        "{log}"
    );
    done(&daemon, &["receipt", "trail", "3", "--wait"]);
    assert_export_verifies(&place, &daemon, &ledger).await;
    daemon.stop();
}
