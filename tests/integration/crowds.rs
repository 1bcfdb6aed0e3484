//! Honest clients in numbers: budgets and limits let them be.

use indelible_proto::v1::{AppendStreamRequest, ledger_service_client::LedgerServiceClient};
use tokio_stream::StreamExt as _;

use crate::support::{
    calls::{create, event, ledger},
    daemon::{Daemon, connect},
    hostile::raise_own_limit,
    place::Place,
    tier::{counts, report},
};

/// Streams of each connection.
const STREAMS: usize = 16;
/// Messages of each stream.
const MESSAGES: usize = 3;

async fn stream(channel: tonic::transport::Channel, name: String) -> usize {
    let messages = (0..MESSAGES).map(move |number| AppendStreamRequest {
        ledger: "audit".into(),
        events: vec![event(&format!("{name}-{number}"))],
    });
    let answers = LedgerServiceClient::new(channel)
        .append_stream(tokio_stream::iter(messages))
        .await
        .unwrap();
    let acknowledged: Vec<_> = answers.into_inner().collect().await;
    acknowledged.into_iter().map(Result::unwrap).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_with_many_streams_are_all_served() {
    raise_own_limit();
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let mut streams = Vec::new();
    for connection in 0..counts().connections {
        let channel = connect(daemon.address()).await.unwrap();
        for number in 0..STREAMS {
            let name = format!("{connection}-{number}");
            streams.push(tokio::spawn(stream(channel.clone(), name)));
        }
    }
    let mut acknowledged = 0;
    for stream in streams {
        acknowledged += stream.await.unwrap();
    }
    let sent = counts().connections * STREAMS * MESSAGES;
    assert_eq!(acknowledged, sent);
    // Genesis and a certificate stand before them.
    assert_eq!(ledger(&mut client, "audit").await.size, 2 + sent as u64);
    daemon.stop();
    report(format_args!(
        "{} connections with {STREAMS} streams each: {acknowledged} events",
        counts().connections
    ));
}
