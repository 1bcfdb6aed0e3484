//! Refusals without end, and connections without end, of one address.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use indelible_proto::v1::GetStatusRequest;
use tonic::Code;

use super::{
    believer::{Rig, bearing},
    issuer::{Host, Key, claims},
};

/// What monitoring reads.
fn metrics(log: &str) -> String {
    let (_, rest) = log.split_once("metrics are at /metrics").unwrap();
    let (_, rest) = rest.split_once("address=").unwrap();
    let address = rest.split_whitespace().next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

/// Lines of the log that hold all of these.
fn lines<'a>(log: &'a str, words: &[&str]) -> Vec<&'a str> {
    let holds = |line: &&str| words.iter().all(|word| line.contains(word));
    log.lines().filter(holds).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_without_end_are_few_lines_and_all_are_counted() {
    let key = Key::ed25519("ed", 1);
    let issuer = Host::start(&[&key]);
    let rig = Rig::start(&format!("keys_url = {:?}", issuer.url), "").await;
    rig.eventually("the keys", || {
        rig.daemon.log().contains("took the keys of an issuer")
    })
    .await;
    let (_, tls) = rig.daemon.address().split_once("//").unwrap();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(tls).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        // An alert comes, and the end.
        let _reset = stream.read_to_end(&mut Vec::new());
    }
    let mut client = rig.client().await.unwrap();
    let other = key.sign(&claims("bob", &[], 600));
    for _ in 0..300 {
        let refused = client
            .get_status(bearing(GetStatusRequest {}, Some(&other)))
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    }
    // So many tokens that are refused, and this address waits.
    let mut codes = Vec::new();
    for _ in 0..80 {
        let refused = client
            .get_status(bearing(GetStatusRequest {}, Some("a.b.c")))
            .await;
        codes.push(refused.unwrap_err().code());
    }
    assert_eq!(codes[..60], [Code::Unauthenticated; 60]);
    assert!(codes[60..].contains(&Code::ResourceExhausted), "{codes:?}");
    // A token that was accepted on a connection is looked at there, also while its address waits.
    let known = client.get_status(bearing(GetStatusRequest {}, Some(&other)));
    assert_eq!(known.await.unwrap_err().code(), Code::PermissionDenied);
    rig.eventually("all are counted", || {
        metrics(&rig.daemon.log()).contains("kind=\"handshake\"} 40")
    })
    .await;
    let page = metrics(&rig.daemon.log());
    assert!(
        page.contains("indelible_refusals_total{kind=\"call_denied\"} 301\n"),
        "{page}"
    );
    assert!(
        page.contains("indelible_issuer_keys_age_seconds "),
        "{page}"
    );
    let log = rig.daemon.log();
    for words in [
        &["a handshake failed", "127.0.0.1"][..],
        &[
            "refused a caller who may not do this",
            "jwt:https://id.example.org#bob",
        ],
        &["refused a token", "127.0.0.1"],
    ] {
        assert_eq!(lines(&log, words).len(), 5, "{words:?}");
    }
    let Rig { daemon, place, .. } = rig;
    daemon.stop();
    // Nothing is left out: the rest is told at the end at the latest.
    let log = std::fs::read_to_string(place.log()).unwrap();
    for (kind, count) in [("handshake", 35), ("call_denied", 296)] {
        let words = ["refused more of the same", kind, &format!("count={count}")];
        assert_eq!(lines(&log, &words).len(), 1, "{words:?}:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_no_more_connections_than_it_may() {
    let key = Key::ed25519("ed", 1);
    let issuer = Host::start(&[&key]);
    let limits = "connections_per_address = 3";
    let rig = Rig::start(&format!("keys_url = {:?}", issuer.url), limits).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(rig.client().await.unwrap());
    }
    assert!(rig.client().await.is_err(), "a fourth was let in");
    let log = rig.daemon.log();
    assert_eq!(
        lines(&log, &["limits.connections_per_address", "127.0.0.1"]).len(),
        1,
        "{log}"
    );
    // The operator comes in over the socket, and whoever goes makes room.
    rig.status();
    open.pop();
    for _ in 0..100 {
        if rig.client().await.is_ok() {
            return rig.daemon.stop();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("nobody makes room");
}
