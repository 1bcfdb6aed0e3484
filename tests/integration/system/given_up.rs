//! Reports and exports that their clients give up: neither done nor failed.

use indelible_proto::v1::{
    CreateReportRequest, ExportBundleRequest, compliance_service_client::ComplianceServiceClient,
};

use super::{await_told, told};
use crate::support::{
    calls::{append, create, large},
    daemon::Daemon,
    place::Place,
};

/// More than the windows of a connection and the pieces that wait for it hold together.
const EVENTS: u32 = 24;
const EVENT_BYTES: usize = 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_client_gives_up_is_cancelled_and_neither_done_nor_failed() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for number in 0..EVENTS {
        let event = large(&number.to_string(), EVENT_BYTES);
        append(&mut client, "audit", event).await.unwrap();
    }
    let mut compliance = ComplianceServiceClient::new(daemon.connect().await);
    let request = CreateReportRequest {
        ledger: "audit".into(),
        mapping: indelible_compliance::frameworks::SHIPPED[0].text.into(),
        include_bundle: true,
        ..Default::default()
    };
    let report = compliance.create_report(request).await.unwrap();
    await_told(&mut client, "reported", &["outcome=begun"]).await;
    drop(report);
    await_told(&mut client, "reported", &["outcome=cancelled"]).await;

    let request = ExportBundleRequest {
        ledger: "audit".into(),
        ..Default::default()
    };
    let export = client.clone().export_bundle(request).await.unwrap();
    await_told(&mut client, "exported", &["outcome=begun"]).await;
    drop(export);
    await_told(&mut client, "exported", &["outcome=cancelled"]).await;
    for kind in ["reported", "exported"] {
        let all = told(&mut client, kind).await;
        assert_eq!(all.len(), 2, "{all:#?}");
    }
    daemon.stop();
}
