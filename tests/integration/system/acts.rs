//! Every kind of act is in `_system`.

use std::fs;

use indelible_proto::v1::{
    self, AcceptClockRequest, CreateReportRequest, CreateTokenRequest, EraseDataSubjectRequest,
    ErrorReason, ExportBundleRequest, GetRecordRequest, ListSigningKeysRequest, PlaceHoldRequest,
    RebuildProjectionsRequest, ReleaseHoldRequest, RevokeSigningKeyRequest, RevokeTokenRequest,
    RotateDataKeyRequest, RotateEpochKeyRequest, RotateIdentityKeyRequest, RotateKekRequest,
    access_service_client::AccessServiceClient, compliance_service_client::ComplianceServiceClient,
    get_record_request::Record,
};
use tonic::Code;

use super::{await_told, drain, now, told};
use crate::support::{
    Named,
    calls::{append, assert_refused, create, event, ledger},
    command::{done, run},
    daemon::Daemon,
    keys::event_of,
    place::Place,
    verifier::{export, verify},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_is_on_record_with_who_and_how_it_ended() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut keys = daemon.keys().await;
    let named = Named::from(&create(&mut client, "payments").await);
    for (subject, id) in [("erika", "e1"), ("max", "m1")] {
        append(&mut client, "payments", event_of(subject, id))
            .await
            .unwrap();
    }
    // The end of an act is recorded behind its answer.
    await_told(&mut client, "ledger_created", &["outcome=done"]).await;
    await_told(&mut client, "configuration_loaded", &[]).await;
    let before = ledger(&mut client, "_system").await.size;
    for number in 0..20 {
        append(&mut client, "payments", event(&format!("plain-{number}")))
            .await
            .unwrap();
    }
    assert_eq!(
        ledger(&mut client, "_system").await.size,
        before,
        "appends and reads write nothing"
    );

    let who = [
        "principal=insecure:local",
        "authentication=nothing",
        "ledger=payments",
    ];
    let says = |more: &[&'static str]| [&who[..], more].concat();
    await_told(
        &mut client,
        "ledger_created",
        &says(&["method=CreateLedger", "outcome=begun"]),
    )
    .await;
    await_told(&mut client, "ledger_created", &says(&["outcome=done"])).await;
    await_told(&mut client, "started", &[]).await;
    await_told(&mut client, "configuration_loaded", &["first=true"]).await;

    let request = GetRecordRequest {
        ledger: "payments".into(),
        record: Some(Record::Sequence(2)),
        open_sealed: true,
        purpose: "complaint of Erika Mustermann".into(),
        ..Default::default()
    };
    client.get_record(request).await.unwrap();
    let opened = await_told(
        &mut client,
        "decrypted",
        &says(&["call=get", "sequences=2"]),
    )
    .await;
    assert!(!opened.contains("Mustermann"), "{opened}");

    let request = PlaceHoldRequest {
        ledger: "payments".into(),
        data_subject: Some("erika".into()),
        reason: "a lawsuit of Mustermann".into(),
    };
    let hold = keys.place_hold(request).await.unwrap().into_inner();
    let held = await_told(
        &mut client,
        "held",
        &says(&["outcome=done", "method=PlaceHold"]),
    )
    .await;
    assert!(
        held.contains(&format!("sequence={}", hold.sequence)),
        "{held}"
    );
    let begun = await_told(
        &mut client,
        "held",
        &says(&["outcome=begun", "data_key_count=1"]),
    )
    .await;
    for named in ["erika", "mustermann"] {
        assert!(!begun.to_lowercase().contains(named), "{begun}");
    }
    let request = ReleaseHoldRequest {
        ledger: "payments".into(),
        hold_id: hold.hold_id,
    };
    keys.release_hold(request).await.unwrap();
    await_told(&mut client, "released", &says(&["outcome=done"])).await;

    let request = EraseDataSubjectRequest {
        ledger: "payments".into(),
        data_subject: "erika".into(),
        basis: "wish of Mustermann".into(),
        ..Default::default()
    };
    drain(keys.erase_data_subject(request).await.unwrap().into_inner()).await;
    let erased = await_told(&mut client, "erased", &says(&["outcome=done", "events=1"])).await;
    for named in ["erika", "mustermann"] {
        assert!(!erased.to_lowercase().contains(named), "{erased}");
    }
    let request = EraseDataSubjectRequest {
        ledger: "payments".into(),
        data_subject: "erika".into(),
        basis: "again".into(),
        ..Default::default()
    };
    let again = keys.erase_data_subject(request).await;
    if let Ok(again) = again {
        let _refused = again.into_inner().message().await;
        await_told(
            &mut client,
            "erased",
            &says(&["outcome=failed", "reason=ALREADY_ERASED"]),
        )
        .await;
    }

    let request = ExportBundleRequest {
        ledger: "payments".into(),
        ..Default::default()
    };
    drain(client.export_bundle(request).await.unwrap().into_inner()).await;
    await_told(&mut client, "exported", &says(&["outcome=done", "first=0"])).await;
    let mut compliance = ComplianceServiceClient::new(daemon.connect().await);
    let mapping = indelible_compliance::frameworks::SHIPPED[0].text;
    let request = CreateReportRequest {
        ledger: "payments".into(),
        mapping: mapping.into(),
        ..Default::default()
    };
    drain(
        compliance
            .create_report(request)
            .await
            .unwrap()
            .into_inner(),
    )
    .await;
    await_told(&mut client, "reported", &says(&["outcome=done"])).await;
    let request = RebuildProjectionsRequest {
        ledger: "payments".into(),
    };
    drain(
        compliance
            .rebuild_projections(request)
            .await
            .unwrap()
            .into_inner(),
    )
    .await;
    await_told(
        &mut client,
        "administered",
        &says(&["method=RebuildProjections", "outcome=done"]),
    )
    .await;

    let request = RotateEpochKeyRequest {
        ledger: "payments".into(),
        reason: v1::RotationReason::Scheduled.into(),
    };
    keys.rotate_epoch_key(request.clone()).await.unwrap();
    await_told(
        &mut client,
        "key_operation",
        &says(&[
            "method=RotateEpochKey",
            "outcome=begun",
            "rotation_reason=scheduled",
        ]),
    )
    .await;
    // What this release does not understand is not left out of a record.
    let unknown = RotateEpochKeyRequest {
        reason: 77,
        ..request
    };
    assert_refused(
        keys.rotate_epoch_key(unknown).await,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "reason",
    );
    await_told(
        &mut client,
        "key_operation",
        &says(&["method=RotateEpochKey", "outcome=done"]),
    )
    .await;
    let request = RotateDataKeyRequest {
        ledger: "payments".into(),
        ..RotateDataKeyRequest::default()
    };
    keys.rotate_data_key(request).await.unwrap_err();
    await_told(
        &mut client,
        "key_operation",
        &says(&[
            "method=RotateDataKey",
            "outcome=failed",
            "reason=NO_LEDGER_KEY",
        ]),
    )
    .await;
    let request = RotateIdentityKeyRequest {
        reason: v1::RotationReason::Incident.into(),
        ..RotateIdentityKeyRequest::default()
    };
    drain(
        keys.rotate_identity_key(request)
            .await
            .unwrap()
            .into_inner(),
    )
    .await;
    await_told(
        &mut client,
        "key_operation",
        &["method=RotateIdentityKey", "outcome=done"],
    )
    .await;
    let listed = keys
        .list_signing_keys(ListSigningKeysRequest {
            ledger: "payments".into(),
            ..ListSigningKeysRequest::default()
        })
        .await
        .unwrap()
        .into_inner();
    let reasons: Vec<_> = listed.keys.iter().map(|key| key.reason.as_str()).collect();
    assert!(reasons.contains(&"incident"), "{reasons:?}");
    drain(
        keys.rotate_kek(RotateKekRequest::default())
            .await
            .unwrap()
            .into_inner(),
    )
    .await;
    await_told(
        &mut client,
        "key_operation",
        &["method=RotateKek", "outcome=done"],
    )
    .await;
    let request = RevokeSigningKeyRequest {
        ledger: "payments".into(),
        kind: v1::SigningKeyKind::Epoch.into(),
        public_key: vec![7; 32].into(),
        trusted_size: Some(0),
        ..Default::default()
    };
    keys.revoke_signing_key(request).await.unwrap_err();
    await_told(
        &mut client,
        "key_operation",
        &says(&["method=RevokeSigningKey", "outcome=failed"]),
    )
    .await;
    let request = AcceptClockRequest { time: Some(now()) };
    client.accept_clock(request).await.unwrap();
    await_told(
        &mut client,
        "clock_accepted",
        &["principal=insecure:local", "outcome=done"],
    )
    .await;

    // It verifies like any other ledger, by the daemon and by the program that trusts no daemon. Since the identity was
    // replaced, that one needs a head that somebody has seen.
    for name in ["_system", "payments"] {
        assert_eq!(run(&daemon, &["verify", name]).code, 0);
        let (bundle, head) = (place.file("bundle.tar"), place.file("head"));
        let first_key = match name {
            "payments" => named.verifier_key.clone(),
            _ => ledger(&mut client, name).await.verifier_key,
        };
        fs::write(&head, done(&daemon, &["checkpoint", name]).data).unwrap();
        export(&mut client, name, None, &bundle).await;
        let known = ["--known-head", head.to_str().unwrap()];
        let verified = verify(&bundle, &first_key, &known);
        assert_eq!(verified.code, 0, "{verified:#?}");
    }
    daemon.stop();

    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(told(&mut client, "stopped").await.len(), 1);
    await_told(&mut client, "configuration_loaded", &["first=false"]).await;
    daemon.kill();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    await_told(&mut client, "stopped", &["outcome=unseen", "late=true"]).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_made_and_revoked_by_one_record_each() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut access = AccessServiceClient::new(daemon.connect().await);
    let request = CreateTokenRequest {
        name: "till 1".into(),
        roles: vec!["writer".into()],
        on: vec!["payments".into()],
        ..Default::default()
    };
    let made = access.create_token(request).await.unwrap().into_inner();
    let token = made.token.unwrap();
    // The answer comes after the record.
    let told_now = told(&mut client, "token_created").await;
    assert_eq!(told_now.len(), 1, "{told_now:?}");
    for part in [
        "principal=insecure:local",
        "method=CreateToken",
        "outcome=done",
        "on=payments",
        "roles=writer",
        "token_name=till 1",
        &format!("token=token:{}", token.token_id),
    ] {
        assert!(told_now[0].contains(part), "{part}: {told_now:?}");
    }
    let request = RevokeTokenRequest {
        token_id: token.token_id.clone(),
    };
    for _ in 0..2 {
        let revoked = access.revoke_token(request.clone()).await.unwrap();
        assert!(revoked.into_inner().sequence > token.sequence);
    }
    let told_now = told(&mut client, "token_revoked").await;
    assert_eq!(told_now.len(), 1, "{told_now:?}");
    assert!(told_now[0].contains(&format!("token=token:{}", token.token_id)));
    daemon.stop();
}
