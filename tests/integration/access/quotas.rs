//! What a caller may append in a day, and not more.

use indelible_proto::v1::{
    AppendBatchRequest, AppendRequest, AppendStreamRequest, ErrorReason, Event, FactValue,
    fact_value::Value, ledger_service_client::LedgerServiceClient,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{certificates::host, net::Net};
use crate::support::{
    calls::{create, event, ledger, refusal},
    daemon::Client,
};

/// Three events a day for each who holds a certificate of the tills, and seven for all together.
const ACCESS: &str = "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\"]\non = [\"@store\"]\n\
    [[access]]\nprincipals = [\"dns:one.example\", \"dns:two.example\", \"dns:office.example\"]\nroles = [\"writer\"]\n\
    on = [\"*\"]\n\
    [[quotas]]\nprincipals = [\"dns:one.example\", \"dns:two.example\"]\non = [\"sales\"]\nevents_per_day = 3\n\
    [[quotas]]\non = [\"sales\"]\nevents_per_day = 7\n";

async fn one(client: &mut Client, ledger: &str, id: &str) -> Result<(), Status> {
    let request = AppendRequest {
        ledger: ledger.to_owned(),
        event: Some(event(id)),
        ..Default::default()
    };
    client.append(request).await.map(drop)
}

/// One whose facts have so many bytes each.
async fn with_facts(client: &mut Client, id: &str, bytes: usize) -> Result<(), Status> {
    let fact = |number: usize| {
        let value = Some(Value::Text("x".repeat(bytes)));
        (format!("fact{number}"), FactValue { value })
    };
    let request = AppendRequest {
        ledger: "sales".to_owned(),
        event: Some(Event {
            facts: (0..8).map(fact).collect(),
            ..event(id)
        }),
        ..Default::default()
    };
    client.append(request).await.map(drop)
}

async fn two(client: &mut Client, ids: [&str; 2]) -> Result<(), Status> {
    let request = AppendBatchRequest {
        ledger: "sales".to_owned(),
        events: ids.map(event).into(),
        ..Default::default()
    };
    client.append_batch(request).await.map(drop)
}

async fn streamed(client: &mut Client, ids: &[&str]) -> (u64, Option<Status>) {
    let messages: Vec<_> = ids
        .iter()
        .map(|id| AppendStreamRequest {
            ledger: "sales".to_owned(),
            events: vec![event(id)],
        })
        .collect();
    let answers = client.append_stream(tokio_stream::iter(messages)).await;
    let mut answers = answers.unwrap().into_inner();
    let mut acknowledged = 0;
    loop {
        match answers.message().await {
            Ok(Some(_)) => acknowledged += 1,
            Ok(None) => return (acknowledged, None),
            Err(status) => return (acknowledged, Some(status)),
        }
    }
}

/// What a refusal says of the quota, after a look at the rest of it.
fn used_up(status: &Status) -> String {
    let (code, reason, _) = refusal(status);
    assert_eq!(
        (code, reason),
        (Code::ResourceExhausted, Some(ErrorReason::QuotaExceeded)),
        "{status:?}"
    );
    let retry = status.get_details_retry_info().unwrap().retry_delay;
    let retry = retry.unwrap().as_secs();
    assert!(retry <= 24 * 3_600, "{retry}");
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.metadata["ledger"], "sales");
    format!("{} {}", info.metadata["quota"], info.metadata["per_day"])
}

/// Ends soon before midnight, UTC, when it would begin anew: the test waits for the new day.
pub(super) async fn away_from_midnight() {
    let seconds = || {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since_1970.unwrap().as_secs() % (24 * 3_600)
    };
    while seconds() > 24 * 3_600 - 60 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_refuses_what_goes_beyond_it_and_nothing_else() {
    away_from_midnight().await;
    let net = Net::start("\"127.0.0.1:0\"", ACCESS).await.unwrap();
    let holder = async |name: &str| {
        let files = net.issue(name, host(&format!("{name}.example")));
        LedgerServiceClient::new(net.channel(Some(&files)).await)
    };
    let mut operator = holder("operator").await;
    for name in ["sales", "other"] {
        create(&mut operator, name).await;
    }
    let before = ledger(&mut operator, "sales").await.size;
    let (mut first, mut second) = (holder("one").await, holder("two").await);
    assert!(one(&mut first, "sales", "a").await.is_ok());
    assert!(one(&mut first, "sales", "b").await.is_ok());
    // A call is refused as a whole, costs nothing, and a smaller one still fits.
    let refused = two(&mut first, ["c", "d"]).await.unwrap_err();
    assert_eq!(used_up(&refused), "events_per_day 3");
    assert!(one(&mut first, "sales", "c").await.is_ok());
    let refused = one(&mut first, "sales", "d").await.unwrap_err();
    assert_eq!(used_up(&refused), "events_per_day 3");
    // Another ledger has no quota, whether it is named or written as an origin.
    assert!(one(&mut first, "other", "a").await.is_ok());
    let origin = ledger(&mut operator, "sales").await.origin;
    let refused = one(&mut first, &origin, "d").await.unwrap_err();
    assert_eq!(used_up(&refused), "events_per_day 3");
    // Another caller has one of its own; a stream is acknowledged as far as it goes.
    let (acknowledged, refused) = streamed(&mut second, &["e", "f", "g", "h"]).await;
    assert_eq!(acknowledged, 3);
    let refused = refused.unwrap();
    assert_eq!(used_up(&refused), "events_per_day 3");
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.metadata["message"], "3");
    // Six of seven are there; nobody has more than what all have together.
    let mut office = holder("office").await;
    let refused = two(&mut office, ["i", "j"]).await.unwrap_err();
    assert_eq!(used_up(&refused), "events_per_day 7");
    assert!(one(&mut office, "sales", "i").await.is_ok());
    let refused = one(&mut office, "sales", "j").await.unwrap_err();
    assert_eq!(used_up(&refused), "events_per_day 7");
    assert_eq!(ledger(&mut operator, "sales").await.size, before + 7);
    assert!(net.daemon.log().contains("refused events beyond a quota"));
    net.daemon.stop();
}

/// Two events a day for one, 128 for another, and 9,000 bytes for a third.
const KEPT: &str = "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\"]\non = [\"@store\"]\n\
    [[access]]\nprincipals = [\"dns:one.example\", \"dns:two.example\", \"dns:three.example\"]\nroles = [\"writer\"]\n\
    on = [\"*\"]\n\
    [[quotas]]\nprincipals = [\"dns:one.example\"]\non = [\"sales\"]\nevents_per_day = 2\n\
    [[quotas]]\nprincipals = [\"dns:two.example\"]\non = [\"sales\"]\nevents_per_day = 128\n\
    [[quotas]]\nprincipals = [\"dns:three.example\"]\non = [\"sales\"]\nbytes_per_day = 9000\n";

async fn client(net: &Net, name: &str) -> Client {
    let files = net.issue(name, host(&format!("{name}.example")));
    LedgerServiceClient::new(net.channel(Some(&files)).await)
}

/// Appends single events until the quota is used up; how many these were.
async fn rest(client: &mut Client, prefix: &str) -> usize {
    for number in 0..200 {
        match one(client, "sales", &format!("{prefix}{number}")).await {
            Ok(()) => {}
            Err(status) => {
                used_up(&status);
                return number;
            }
        }
    }
    panic!("the quota has no end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_facts_are_counted_whole_in_a_quota_of_bytes() {
    away_from_midnight().await;
    let net = Net::start("\"127.0.0.1:0\"", KEPT).await.unwrap();
    create(&mut client(&net, "operator").await, "sales").await;
    let mut third = client(&net, "three").await;
    assert!(with_facts(&mut third, "a", 100).await.is_ok());
    let refused = with_facts(&mut third, "b", 1_000).await.unwrap_err();
    assert_eq!(used_up(&refused), "bytes_per_day 9000");
    assert!(with_facts(&mut third, "c", 800).await.is_ok());
    net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_had_of_a_quota_is_had_after_a_kill_and_after_a_restart() {
    away_from_midnight().await;
    let net = Net::start("\"127.0.0.1:0\"", KEPT).await.unwrap();
    create(&mut client(&net, "operator").await, "sales").await;
    let (mut first, mut second) = (client(&net, "one").await, client(&net, "two").await);
    let mut third = client(&net, "three").await;
    assert!(one(&mut first, "sales", "a").await.is_ok());
    for number in 0..10 {
        let id = format!("b{number}");
        assert!(one(&mut second, "sales", &id).await.is_ok());
    }
    assert!(with_facts(&mut third, "c", 800).await.is_ok());

    let net = net.killed().await;
    let (mut first, mut second) = (client(&net, "one").await, client(&net, "two").await);
    let mut third = client(&net, "three").await;
    assert!(one(&mut first, "sales", "d").await.is_ok());
    let refused = one(&mut first, "sales", "e").await.unwrap_err();
    assert_eq!(used_up(&refused), "events_per_day 2");
    let refused = with_facts(&mut third, "f", 400).await.unwrap_err();
    assert_eq!(used_up(&refused), "bytes_per_day 9000");
    for number in 0..10 {
        let id = format!("g{number}");
        assert!(one(&mut second, "sales", &id).await.is_ok());
    }

    // An orderly restart costs nobody anything; a kill costs at most one part in 64.
    let net = net.restart().await;
    let (mut first, mut second) = (client(&net, "one").await, client(&net, "two").await);
    assert!(one(&mut first, "sales", "h").await.is_err());
    let left = rest(&mut second, "i").await;
    assert!((106..=108).contains(&left), "{left}");
    let net = net.killed().await;
    let mut second = client(&net, "two").await;
    assert!(one(&mut second, "sales", "j").await.is_err());
    net.daemon.stop();
}
