//! Status, health and reflection: what tells operators and tools of the daemon.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use indelible_proto::v1::{
    DaemonState, ErrorReason, GetLedgerRequest, GetStatusRequest, LedgerState,
};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_reflection::pb::{v1, v1alpha};

use crate::support::{
    calls::{append, assert_refused, create, event, ledger},
    daemon::{Daemon, serve},
    place::Place,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_serving_only_once_recovery_is_done() {
    let place = Place::new();
    let mut daemon = Daemon::begin(&place);
    // Opening the keys alone takes longer than this call.
    assert_eq!(daemon.health().await, Some(ServingStatus::NotServing));
    let mut client = daemon.client().await;
    let request = GetLedgerRequest {
        ledger: "audit".into(),
    };
    assert_refused(
        client.get_ledger(request).await,
        Code::Unavailable,
        ErrorReason::Recovering,
        "",
    );
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(status.state(), DaemonState::Recovering);
    daemon.await_serving().await;
    for service in [
        "LedgerService",
        "KeyService",
        "ComplianceService",
        "AccessService",
        "ApprovalService",
        "RetentionService",
        "BackupService",
    ] {
        let service = format!("indelible.v1.{service}");
        let told = daemon.health_of(&service).await.unwrap();
        assert_eq!(told, ServingStatus::Serving);
    }
    for unknown in ["indelible.v1.LedgerServices", "x"] {
        assert_refused(
            daemon.health_of(unknown).await,
            Code::NotFound,
            ErrorReason::ServiceUnknown,
            "",
        );
    }
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(status.state(), DaemonState::Serving);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_counts_ledgers_and_says_what_nobody_would_notice() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "a").await;
    create(&mut client, "b").await;
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(status.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(status.evidence_format, "0, second draft");
    assert_eq!(status.ledgers.len(), 1);
    assert_eq!(
        (status.ledgers[0].state(), status.ledgers[0].count),
        // The store's own ledger is one of them.
        (LedgerState::Open, 3)
    );
    assert!(status.disk_free_bytes > 0 && status.started_time.is_some());
    assert!(
        status.identity_custody.contains("passphrase"),
        "{}",
        status.identity_custody
    );
    let codes: Vec<_> = status
        .notices
        .iter()
        .map(|notice| notice.code().name())
        .collect();
    assert_eq!(codes, ["ROLLBACK_UNDETECTABLE", "ACCESS_OPEN"]);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reflection_describes_the_service_in_both_versions() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let channel = daemon.connect().await;

    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let answers = client
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .unwrap();
    let answer = answers
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap()
        .message_response;
    let Some(v1::server_reflection_response::MessageResponse::ListServicesResponse(list)) = answer
    else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    for service in [
        "indelible.v1.LedgerService",
        "indelible.v1.KeyService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.contains(&service), "{names:?}");
    }

    for described in ["indelible.v1.LedgerService", "grpc.health.v1.Health"] {
        let request = v1alpha::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(
                v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
                    described.into(),
                ),
            ),
        };
        let mut client =
            v1alpha::server_reflection_client::ServerReflectionClient::new(channel.clone());
        let answers = client
            .server_reflection_info(tokio_stream::iter([request]))
            .await
            .unwrap();
        let answer = answers
            .into_inner()
            .message()
            .await
            .unwrap()
            .unwrap()
            .message_response;
        let Some(v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(
            files,
        )) = answer
        else {
            panic!("{answer:?}")
        };
        assert!(!files.file_descriptor_proto.is_empty(), "{described}");
    }
    daemon.stop();
}

/// The answer to one request in plain HTTP, as monitoring sends it.
fn get(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn monitoring_reads_numbers_and_no_names() {
    let place = Place::new();
    let mut command = serve(&place);
    command.args(["--metrics", "127.0.0.1:0"]);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let log = daemon.log();
    let line = log.lines().find(|line| line.contains("/metrics")).unwrap();
    let address = line.rsplit_once("address=").unwrap().1;
    let mut client = daemon.client().await;
    create(&mut client, "confidential").await;
    append(&mut client, "confidential", event("a"))
        .await
        .unwrap();
    let size = ledger(&mut client, "confidential").await.size;

    let page = get(
        address,
        "GET /metrics HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
    );
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("text/plain; version=0.0.4"), "{page}");
    for line in [
        "indelible_serving 1".to_owned(),
        "indelible_ledgers{state=\"open\"} 2".to_owned(),
    ] {
        assert!(page.lines().any(|found| found == line), "{line}: {page}");
    }
    // The records of the store's own ledger count, too.
    for name in [
        "indelible_records",
        "indelible_lag_records{of=\"projections\"}",
    ] {
        let value = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        assert!(
            value.is_some_and(|count: u64| count > size),
            "{name}: {page}"
        );
    }
    assert!(!page.contains("confidential"));

    let elsewhere = get(address, "GET / HTTP/1.0\r\n\r\n");
    assert!(elsewhere.starts_with("HTTP/1.0 404 "), "{elsewhere}");
    let written = get(address, "POST /metrics HTTP/1.0\r\n\r\n");
    assert!(written.starts_with("HTTP/1.0 405 "), "{written}");
    let head = format!(
        "GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n",
        "x".repeat(1 << 16)
    );
    let long = get_or_reset(address, &head);
    assert!(!long.contains("indelible_"), "{long}");
    daemon.stop();
}

/// What came before the connection was reset, if it was.
fn get_or_reset(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let _reset = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
