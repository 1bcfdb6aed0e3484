//! Clients that want all memory, all open files or all slots: they get their part, and others are served.

mod files;
mod honest;
mod memory;

use std::time::{Duration, Instant};

use indelible_proto::v1::{self, event::Payload};

use crate::support::{
    calls::{append, event},
    daemon::Client,
};

/// How long one append of somebody else may take beside a hostile client, on a busy machine.
const APPEND_MAX: Duration = Duration::from_secs(3);

/// An event with a payload of that size.
fn large(id: &str, bytes: usize) -> v1::Event {
    v1::Event {
        payload: Some(Payload::Plaintext(vec![7; bytes].into())),
        ..event(id)
    }
}

/// Appends one event after the other for a while; returns how long the slowest took.
async fn append_for(client: &mut Client, ledger: &str, prefix: &str, time: Duration) -> Duration {
    let (begun, mut slowest, mut number) = (Instant::now(), Duration::ZERO, 0);
    while begun.elapsed() < time {
        let asked = Instant::now();
        append(client, ledger, event(&format!("{prefix}{number}")))
            .await
            .unwrap();
        slowest = slowest.max(asked.elapsed());
        number += 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(slowest < APPEND_MAX, "an append took {slowest:?}");
    slowest
}
