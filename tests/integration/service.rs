//! Status, health and reflection: what tells operators and tools of the daemon.

use indelible_proto::v1::{GetLedgerRequest, GetStatusRequest, LedgerState};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_reflection::pb::{v1, v1alpha};

use crate::support::{
    calls::{assert_refused, create},
    daemon::Daemon,
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
        "RECOVERING",
        "",
    );
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(status.state, "recovering");
    daemon.await_serving().await;
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(status.state, "serving");
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
    assert_eq!(status.evidence_format, "0, draft");
    assert_eq!(status.ledgers.len(), 1);
    assert_eq!(
        (status.ledgers[0].state(), status.ledgers[0].count),
        (LedgerState::Open, 2)
    );
    assert!(status.disk_free_bytes > 0 && status.started_time_unix_nano > 0);
    assert!(
        status.identity_custody.contains("passphrase"),
        "{}",
        status.identity_custody
    );
    let codes: Vec<_> = status
        .notices
        .iter()
        .map(|notice| notice.code.as_str())
        .collect();
    assert_eq!(codes, ["ROLLBACK_UNDETECTABLE"]);
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
    for service in ["indelible.v1.LedgerService", "indelible.v1.KeyService"] {
        assert!(names.contains(&service), "{names:?}");
    }

    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
                "indelible.v1.LedgerService".into(),
            ),
        ),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
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
    let Some(v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(files)) =
        answer
    else {
        panic!("{answer:?}")
    };
    assert!(!files.file_descriptor_proto.is_empty());
    daemon.stop();
}
