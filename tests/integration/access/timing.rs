//! Somebody else's ledger and one that is not there are refused after the same time.

use std::time::{Duration, Instant};

use indelible_proto::v1::ledger_service_client::LedgerServiceClient;
use tonic::transport::Channel;

use super::{
    certificates::{host, workload},
    net::Net,
    wire::{Method, Outcome, methods},
};
use crate::support::{
    calls::create,
    tier::{counts, report},
};

/// Of one length, so that nothing but the ledger makes a difference.
const FOREIGN: &str = "foreigners";
const ABSENT: &str = "nobody-has";

/// One that reads, one that writes, one that only looks.
const CALLS: [&str; 3] = ["ListEvents", "Append", "GetLedger"];

/// The medians may be apart by a twentieth.
const APART: f64 = 0.05;

async fn time(method: &Method, channel: &Channel, ledger: &str) -> Duration {
    let begun = Instant::now();
    let answer = method.call(channel, ledger, None).await;
    let took = begun.elapsed();
    assert_eq!(Outcome::of(&answer), Outcome::Denied, "{answer:?}");
    took
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

/// In pairs, whose order changes, so that whatever else the machine does meets both alike.
async fn medians(method: &Method, channel: &Channel, calls: usize) -> (f64, f64) {
    let (mut foreign, mut absent) = (Vec::with_capacity(calls), Vec::with_capacity(calls));
    for number in 0..calls {
        if number % 2 == 0 {
            foreign.push(time(method, channel, FOREIGN).await);
            absent.push(time(method, channel, ABSENT).await);
        } else {
            absent.push(time(method, channel, ABSENT).await);
            foreign.push(time(method, channel, FOREIGN).await);
        }
    }
    (median(&mut foreign), median(&mut absent))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_ledger_and_an_absent_one_are_refused_in_the_same_time() {
    let text = "[[access]]\nprincipals = [\"dns:maker.example\"]\nroles = [\"operator\"]\non = [\"*\"]\n\
                [[access]]\nprincipals = [\"spiffe://else.example/reader\"]\nroles = [\"reader\", \"writer\"]\non = [\"mine\"]\n";
    let net = Net::start("\"127.0.0.1:0\"", text).await.unwrap();
    let maker = net.issue("maker", host("maker.example"));
    let maker = net.channel(Some(&maker)).await;
    create(&mut LedgerServiceClient::new(maker), FOREIGN).await;
    let reader = net.issue("reader", workload("spiffe://else.example/reader"));
    let channel = net.channel(Some(&reader)).await;
    for name in CALLS {
        let methods = methods();
        let method = methods.iter().find(|method| method.name == name).unwrap();
        let calls = counts().refusals;
        let (foreign, absent) = medians(method, &channel, calls).await;
        report(format_args!(
            "{name}, {calls} refusals each: median {foreign:.1} µs of a foreign ledger, {absent:.1} µs of an absent one"
        ));
        let apart = (foreign - absent).abs() / foreign.max(absent);
        // Few calls say little of time, and other tests run beside them.
        assert!(
            calls < 10_000 || apart < APART,
            "{name}: {foreign} and {absent} µs are {apart} apart"
        );
    }
    net.daemon.stop();
}
