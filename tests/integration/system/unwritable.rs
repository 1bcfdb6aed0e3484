//! `_system` on a volume that takes no more: what can't be recorded is not done, and what can't be prevented is recorded
//! afterwards.

use indelible_proto::v1::{
    AcceptClockRequest, CreateReportRequest, CreateTokenRequest, ErrorReason, ExportBundleRequest,
    LedgerState, ListTokensRequest, access_service_client::AccessServiceClient,
    compliance_service_client::ComplianceServiceClient,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{await_told, drain, now, told};
use crate::{
    disks::{LITTLE_MB, VOLUME_MB, await_state, fill},
    power_cut::volume,
    support::{
        calls::{append, create, event, refusal},
        daemon::Daemon,
        place::Place,
    },
};

fn assert_unrecorded<T: std::fmt::Debug>(what: &str, outcome: Result<T, Status>) {
    let status = outcome.unwrap_err();
    let (code, reason, _) = refusal(&status);
    let expected = (Code::ResourceExhausted, Some(ErrorReason::LedgerReadOnly));
    assert_eq!((code, reason), expected, "{what}: {status:?}");
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.metadata["unrecorded"], "_system", "{what}: {status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_recorded_is_not_done_and_what_can_not_be_prevented_is_recorded_late() {
    let Some(volume) = volume("a full disk", VOLUME_MB) else {
        return;
    };
    let place = Place::at(&volume.root());
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut compliance = ComplianceServiceClient::new(daemon.connect().await);
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    let export = || ExportBundleRequest {
        ledger: "audit".into(),
        ..Default::default()
    };
    drain(client.export_bundle(export()).await.unwrap().into_inner()).await;
    await_told(&mut client, "exported", &["outcome=done"]).await;
    let filler = fill(&volume.root(), LITTLE_MB);
    await_state(&mut client, LedgerState::ReadOnly).await;

    // Neither writes to the ledger, so that nothing but the missing record keeps them from being done.
    assert_unrecorded("export", client.export_bundle(export()).await);
    let report = CreateReportRequest {
        ledger: "audit".into(),
        mapping: indelible_compliance::frameworks::SHIPPED[0].text.into(),
        ..Default::default()
    };
    assert_unrecorded("report", compliance.create_report(report).await);
    let token = CreateTokenRequest {
        name: "a program".into(),
        roles: vec!["reader".into()],
        on: vec!["audit".into()],
        ..Default::default()
    };
    let mut access = AccessServiceClient::new(daemon.connect().await);
    assert_unrecorded("token", access.create_token(token).await);
    let listed = access.list_tokens(ListTokensRequest::default()).await;
    assert!(listed.unwrap().into_inner().tokens.is_empty());
    let request = AcceptClockRequest { time: Some(now()) };
    client.accept_clock(request).await.unwrap();
    append(&mut client, "_system", event("forged"))
        .await
        .unwrap_err();
    assert_eq!(
        told(&mut client, "clock_accepted").await,
        Vec::<String>::new()
    );
    assert_eq!(told(&mut client, "exported").await.len(), 2);

    std::fs::remove_file(filler).unwrap();
    await_state(&mut client, LedgerState::Open).await;
    await_told(&mut client, "clock_accepted", &["late=true"]).await;
    await_told(&mut client, "access_denied", &["count=1"]).await;
    drain(client.export_bundle(export()).await.unwrap().into_inner()).await;
    await_told(&mut client, "exported", &["outcome=done"]).await;
    daemon.stop();
}
