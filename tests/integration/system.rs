//! The store's own ledger: every act is in it, nobody but the daemon writes to it, and what can't be recorded does not
//! happen.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indelible_proto::{
    time::{Timestamp, timestamp},
    v1::{
    self, AcceptClockRequest, CreateLedgerRequest, CreateReportRequest, CreateSuccessorRequest,
    EraseDataSubjectRequest, ExportBundleRequest, GetRecordRequest, ListEventsRequest,
    PlaceHoldRequest, RebuildProjectionsRequest, ReleaseHoldRequest, RevokeSigningKeyRequest,
    RotateDataKeyRequest, RotateEpochKeyRequest, RotateIdentityKeyRequest, RotateKekRequest,
    compliance_service_client::ComplianceServiceClient, fact_value::Value,
    get_record_request::Record,
    },
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, create, event, ledger},
    command::{done, run},
    daemon::{Client, Daemon},
    keys::event_of,
    place::Place,
    verifier::assert_verifies,
};

mod refused;
mod repair;
mod unwritable;

const PATIENCE: Duration = Duration::from_secs(20);

/// All that `_system` has of a type, as one text for each: `name=value` of every fact, in order.
pub(crate) async fn told(client: &mut Client, kind: &str) -> Vec<String> {
    let request = ListEventsRequest {
        ledger: "_system".into(),
        filter: Some(v1::EventFilter {
            r#type: format!("indelible.system.{kind}.v1"),
            ..Default::default()
        }),
        page_size: 1_000,
        ..Default::default()
    };
    let page = client.list_events(request).await.unwrap().into_inner();
    let text = |event: &v1::Event| {
        let mut facts: Vec<_> = event.facts.iter().collect();
        facts.sort_by_key(|(name, _)| *name);
        let facts = facts.into_iter().map(|(name, fact)| match &fact.value {
            Some(Value::Text(text)) => format!("{name}={text}"),
            Some(Value::Uint(number)) => format!("{name}={number}"),
            Some(Value::Boolean(truth)) => format!("{name}={truth}"),
            None => format!("{name}="),
        });
        facts.collect::<Vec<_>>().join(" ")
    };
    let events = page
        .records
        .iter()
        .filter_map(|record| record.event.as_ref());
    events
        .inspect(|event| assert_eq!(event.source, "urn:indelible:system"))
        .map(text)
        .collect()
}

/// Waits until `_system` has an event of a type that says all of these.
pub(crate) async fn await_told(client: &mut Client, kind: &str, says: &[&str]) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = told(client, kind).await;
        let has = |text: &&String| {
            says.iter()
                .all(|part| text.split(' ').any(|word| word == *part))
        };
        if let Some(found) = all.iter().find(has) {
            return found.clone();
        }
        assert!(
            Instant::now() < deadline,
            "{kind} {says:?} is not among {all:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn drain<T>(mut stream: tonic::Streaming<T>) -> Vec<T> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        messages.push(message);
    }
    messages
}

/// The time, as a person sees it.
fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    timestamp(now.as_nanos().try_into().unwrap())
}

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
        reason: "a lawsuit of Erika".into(),
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
    assert!(!begun.to_lowercase().contains("erika"), "{begun}");
    let request = ReleaseHoldRequest {
        ledger: "payments".into(),
        hold_id: hold.hold_id,
    };
    keys.release_hold(request).await.unwrap();
    await_told(&mut client, "released", &says(&["outcome=done"])).await;

    let request = EraseDataSubjectRequest {
        ledger: "payments".into(),
        data_subject: "erika".into(),
        basis: "wish of Erika".into(),
    };
    drain(keys.erase_data_subject(request).await.unwrap().into_inner()).await;
    let erased = await_told(&mut client, "erased", &says(&["outcome=done", "events=1"])).await;
    assert!(!erased.to_lowercase().contains("erika"), "{erased}");
    let request = EraseDataSubjectRequest {
        ledger: "payments".into(),
        data_subject: "erika".into(),
        basis: "again".into(),
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
    };
    keys.rotate_epoch_key(request).await.unwrap();
    await_told(
        &mut client,
        "key_operation",
        &says(&["method=RotateEpochKey", "outcome=done"]),
    )
    .await;
    let request = RotateDataKeyRequest {
        ledger: "payments".into(),
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
    let request = RotateIdentityKeyRequest::default();
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
    drain(
        keys.rotate_kek(RotateKekRequest {})
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
        &says(&[
            "method=RevokeSigningKey",
            "outcome=failed",
            "reason=SIGNING_KEY_UNKNOWN",
        ]),
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

    // It verifies like any other ledger, by the daemon and by the program that trusts no daemon.
    assert_eq!(run(&daemon, &["verify", "_system"]).code, 0);
    assert_eq!(run(&daemon, &["verify", "payments"]).code, 0);
    let system = Named::from(&ledger(&mut client, "_system").await);
    assert_verifies(&mut client, &system, &place.file("system.tar")).await;
    assert_verifies(&mut client, &named, &place.file("payments.tar")).await;
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
async fn nobody_but_the_daemon_writes_to_it() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut keys = daemon.keys().await;
    let origin = ledger(&mut client, "_system").await.origin;
    for name in ["_system", origin.as_str()] {
        let refused = append(&mut client, name, event("forged"))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let request = CreateSuccessorRequest {
            ledger: name.to_owned(),
        };
        let refused = client.create_successor(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let request = PlaceHoldRequest {
            ledger: name.to_owned(),
            ..Default::default()
        };
        let refused = keys.place_hold(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let request = EraseDataSubjectRequest {
            ledger: name.to_owned(),
            data_subject: "p".into(),
            basis: "b".into(),
        };
        let refused = keys.erase_data_subject(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    }
    for name in ["_system", "_other", "_"] {
        let request = CreateLedgerRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let refused = client.create_ledger(request).await.unwrap_err();
        let expected = [Code::PermissionDenied, Code::InvalidArgument];
        assert!(expected.contains(&refused.code()), "{name}: {refused}");
    }
    let forged = v1::Event {
        r#type: "indelible.system.erased.v1".into(),
        ..event("forged")
    };
    create(&mut client, "payments").await;
    let refused = append(&mut client, "payments", forged).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_did_and_who_read_about_a_person_is_told_with_proofs() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let request = CreateLedgerRequest {
        name: "trailed".into(),
        access_trail: true,
        ..Default::default()
    };
    client.create_ledger(request).await.unwrap();
    create(&mut client, "plain").await;
    for ledger in ["trailed", "plain"] {
        append(&mut client, ledger, event_of("erika", "e1"))
            .await
            .unwrap();
        append(&mut client, ledger, event_of("max", "m1"))
            .await
            .unwrap();
        done(
            &daemon,
            &[
                "get",
                ledger,
                "2",
                "--decrypt",
                "--purpose",
                "complaint 118",
            ],
        );
    }
    let receipts = place.file("receipts");
    let of_erika = [
        "access",
        "log",
        "--person",
        "erika",
        "--output",
        "json",
        "--receipts",
        receipts.to_str().unwrap(),
    ];
    let told = done(&daemon, &of_erika);
    let lines: Vec<serde_json::Value> = told
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let places: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["recorded_in"].as_str().unwrap(),
                line["ledger"].as_str().unwrap(),
            )
        })
        .collect();
    // The trail of the one that keeps one, and the store's own ledger for both.
    for expected in [
        ("trailed", "trailed"),
        ("_system", "trailed"),
        ("_system", "plain"),
    ] {
        assert!(places.contains(&expected), "{expected:?}: {lines:#?}");
    }
    assert_eq!(places.len(), 3, "{lines:#?}");
    for line in &lines {
        assert_eq!(line["principal"], "insecure:local", "{line}");
        let name = line["recorded_in"].as_str().unwrap();
        let key = ledger(&mut client, name).await.verifier_key;
        let file = |kind: &str| receipts.join(format!("{name}-{}.{kind}", line["sequence"]));
        let verified =
            crate::support::verifier::verify_receipt(&file("receipt"), &file("record"), &key);
        assert_eq!(verified.code, 0, "{verified:?}");
    }
    let nothing = done(
        &daemon,
        &["access", "log", "--person", "max", "--output", "json"],
    );
    assert_eq!(nothing.text(), "");
    let deeds = done(
        &daemon,
        &[
            "access",
            "log",
            "--principal",
            "insecure:local",
            "--ledger",
            "plain",
        ],
    );
    for says in [
        "system.ledger_created.v1",
        "CreateLedger",
        "system.decrypted.v1",
        "begun",
        "done",
    ] {
        assert!(deeds.text().contains(says), "{says}: {}", deeds.text());
    }
    assert!(!deeds.text().contains("trailed"), "{}", deeds.text());
    daemon.stop();
}
