use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use indelible_proto::v1::GetStatusRequest;

use super::*;
use crate::cli::exit::Exit;

#[test]
fn an_address_needs_no_scheme() {
    let connection = |address| Connection::new(Where::at(address), Duration::from_secs(1));
    assert_eq!(
        connection("127.0.0.1:1").address(),
        connection("http://127.0.0.1:1").address()
    );
}

#[tokio::test]
async fn each_way_not_to_connect_is_told_from_the_others() {
    let open = async |address: &str| {
        let connection = Connection::new(Where::at(address), Duration::from_secs(1));
        connection.open().await.expect_err("nobody is there")
    };
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    assert!(matches!(open(&address).await, CliError::Unreachable { .. }));
    assert!(matches!(
        open("unix:/nowhere/indelible.sock").await,
        CliError::Unreachable { .. }
    ));
    assert!(matches!(
        open("http://not an address").await,
        CliError::Usage(_)
    ));
}

/// What the daemon sends to a connection for which there is no place: SETTINGS and GOAWAY.
fn frames(words: &str) -> Vec<u8> {
    let mut frames = vec![0, 0, 0, 4, 0, 0, 0, 0, 0];
    frames.extend(&(8 + words.len() as u32).to_be_bytes()[1..]);
    frames.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xb]);
    frames.extend(words.as_bytes());
    frames
}

/// What a command says that is sent away with these words.
async fn sent_away(words: &'static str) -> CliError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(&frames(words)).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            while stream.read(&mut [0; 1_024]).is_ok_and(|read| read > 0) {}
        }
    });
    let connection = Connection::new(Where::at(&address), Duration::from_secs(5));
    let mut client = match connection.open().await {
        Ok(client) => client,
        Err(error) => return connection.explain(error),
    };
    let request = connection.request(GetStatusRequest {});
    let broken = client.get_status(request).await.unwrap_err();
    connection.explain(broken.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_connection_is_told_with_the_limit_and_what_to_do() {
    let error =
        sent_away("CONNECTIONS_MAX: 640 connections are open, which is the most allowed").await;
    let text = error.to_text();
    let told =
        "the daemon refused the connection: 640 connections are open, which is the most allowed\n";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("reason: CONNECTIONS_MAX"), "{text}");
    assert!(text.contains("ss -tnp"), "{text}");
    assert_eq!(error.exit(), Exit::Unavailable);
    let other = sent_away("too_many_resets").await.to_text();
    assert!(!other.contains("refused the connection"), "{other}");
}
