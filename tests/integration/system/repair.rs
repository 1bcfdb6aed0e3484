//! `_system` in quarantine: the daemon does nothing but read, and only its operator, at the machine itself, ends that.

use std::{fs, process::Command};

use indelible_proto::v1::{
    self, CreateLedgerRequest, CreateReportRequest, EraseDataSubjectRequest, ErrorReason,
    ExportBundleRequest, GetCheckpointRequest, GetRecordRequest, ListEventsRequest,
    PlaceHoldRequest, RotateEpochKeyRequest, RotateKekRequest,
    compliance_service_client::ComplianceServiceClient, get_record_request::Record,
};
use tonic::{Code, Status};

use super::{await_told, told};
use crate::{
    administrator::support::{CATALOGUE, RECORDS, StoppedStore, of_ledger},
    support::{
        Named,
        calls::{append, create, event, ledger, refusal},
        command::run,
        daemon::{Client, Daemon, INDELIBLE},
        keys::{erase, event_of},
        place::Place,
        verifier::assert_verifies,
    },
};

/// The number of the store's own ledger in its catalogue.
fn number(store: &StoppedStore) -> u32 {
    let descriptors = store.with_prefix(CATALOGUE, &[0x10]);
    let own = descriptors.iter().find(|(_, descriptor)| {
        String::from_utf8_lossy(descriptor).contains("\"name\":\"_system\"")
    });
    u32::from_be_bytes(own.unwrap().0[1..].try_into().unwrap())
}

/// Alters a record of `_system`, as whoever can write the store's files can.
fn alter(place: &Place) {
    let store = StoppedStore::open(place);
    let own = number(&store);
    let key = of_ledger(own, &2_u64.to_be_bytes());
    store.change(RECORDS, &key, |record| {
        let last = record.len() - 1;
        record[last] ^= 1;
    });
}

/// Alters the head of `_system`, which recovery finds.
fn alter_head(place: &Place) {
    let store = StoppedStore::open(place);
    let head = [&[0x11][..], &number(&store).to_be_bytes()].concat();
    store.change(CATALOGUE, &head, |head| head[12] ^= 1);
}

fn assert_not_done<T: std::fmt::Debug>(what: &str, outcome: Result<T, Status>) {
    let status = outcome.unwrap_err();
    let (code, reason, _) = refusal(&status);
    assert_eq!(
        (code, reason),
        (
            Code::FailedPrecondition,
            Some(ErrorReason::LedgerQuarantined)
        ),
        "{what}: {status:?}"
    );
    assert!(status.message().contains("_system"), "{what}: {status:?}");
}

fn opening(open_sealed: bool) -> GetRecordRequest {
    GetRecordRequest {
        ledger: "payments".into(),
        record: Some(Record::Sequence(2)),
        open_sealed,
        ..Default::default()
    }
}

async fn assert_only_reads(daemon: &Daemon, client: &mut Client) {
    let size = ledger(client, "payments").await.size;
    let mut keys = daemon.keys().await;
    let mut compliance = ComplianceServiceClient::new(daemon.connect().await);
    let name = || "payments".to_owned();
    client.get_record(opening(false)).await.unwrap();
    let request = ListEventsRequest {
        ledger: name(),
        ..Default::default()
    };
    client.list_events(request).await.unwrap();
    let request = GetCheckpointRequest {
        ledger: name(),
        ..Default::default()
    };
    client.get_checkpoint(request).await.unwrap();
    assert_eq!(run(daemon, &["verify", "payments"]).code, 0);

    assert_not_done("append", append(client, "payments", event("more")).await);
    assert_not_done("open", client.get_record(opening(true)).await);
    let request = CreateLedgerRequest {
        name: "other".into(),
        ..Default::default()
    };
    assert_not_done("create", client.create_ledger(request).await);
    let request = PlaceHoldRequest {
        ledger: name(),
        data_subject: Some("erika".into()),
        ..Default::default()
    };
    assert_not_done("hold", keys.place_hold(request).await);
    let request = EraseDataSubjectRequest {
        ledger: name(),
        data_subject: "erika".into(),
        basis: "wish".into(),
        ..Default::default()
    };
    assert_not_done("erase", keys.erase_data_subject(request).await);
    let request = RotateEpochKeyRequest {
        ledger: name(),
        ..RotateEpochKeyRequest::default()
    };
    assert_not_done("rotate", keys.rotate_epoch_key(request).await);
    assert_not_done("rotate", keys.rotate_kek(RotateKekRequest::default()).await);
    let request = ExportBundleRequest {
        ledger: name(),
        ..Default::default()
    };
    assert_not_done("export", client.export_bundle(request).await);
    let mapping = indelible_compliance::frameworks::SHIPPED[0].text;
    let request = CreateReportRequest {
        ledger: name(),
        mapping: mapping.into(),
        ..Default::default()
    };
    assert_not_done("report", compliance.create_report(request).await);
    assert_eq!(
        ledger(client, "payments").await.size,
        size,
        "nothing was done"
    );
}

fn succeed(place: &Place) -> std::process::Output {
    Command::new(INDELIBLE)
        .args(["system", "succeed", "--yes", "--output", "json", "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .output()
        .unwrap()
}

#[test]
fn a_directory_without_a_store_is_told_and_gets_none() {
    let place = Place::new();
    let (data, anchor) = (place.data(), place.anchor());
    let told = || {
        let refused = succeed(&place);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("has no store"), "{said}");
    };
    assert!(!data.exists());
    told();
    assert!(!data.exists() && !anchor.exists());
    std::fs::create_dir(&data).unwrap();
    told();
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    assert!(!anchor.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_quarantined_nothing_is_done_but_reading_until_its_operator_repairs_it() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "payments").await;
    append(&mut client, "payments", event_of("erika", "e1"))
        .await
        .unwrap();
    let healthy = ledger(&mut client, "_system").await;
    daemon.stop();
    let needless = succeed(&place);
    assert!(!needless.status.success(), "{needless:?}");
    assert!(
        String::from_utf8_lossy(&needless.stderr).contains("not in quarantine"),
        "{needless:?}"
    );

    alter(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let found = run(&daemon, &["verify", "_system"]);
    assert!(
        found.code == 1 && found.remarks.contains("the daemon exports nothing"),
        "{found:?}"
    );
    assert_only_reads(&daemon, &mut client).await;
    // A daemon has the store, so nobody else repairs it meanwhile.
    assert!(!succeed(&place).status.success());
    daemon.stop();

    // Only what recovery finds is succeeded: the head is made wrong as well.
    alter_head(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_only_reads(&daemon, &mut client).await;
    daemon.stop();
    let done = succeed(&place);
    assert!(done.status.success(), "{done:?}");
    let made: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(made["predecessor"], healthy.origin, "{made}");

    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let successor = ledger(&mut client, "_system").await;
    assert_eq!(made["origin"], successor.origin, "{made}");
    let uid = fs::metadata(place.data()).map(|data| std::os::unix::fs::MetadataExt::uid(&data));
    let principal = format!("principal=unix:#{}", uid.unwrap());
    await_told(
        &mut client,
        "ledger_created",
        &[&principal, "authentication=process"],
    )
    .await;
    append(&mut client, "payments", event("again"))
        .await
        .unwrap();
    client.get_record(opening(true)).await.unwrap();
    assert_eq!(told(&mut client, "decrypted").await.len(), 1);
    assert_verifies(
        &mut client,
        &Named::from(&successor),
        &place.file("system.tar"),
    )
    .await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_an_earlier_version_gets_it_at_its_first_start() {
    let scene = crate::administrator::support::Scene::of_earlier_build("stopped");
    let daemon = scene.with(|_| {}).await;
    let mut client = daemon.client().await;
    let system = ledger(&mut client, "_system").await;
    assert!(system.origin.contains("/_system/log/"), "{}", system.origin);
    await_told(&mut client, "started", &[]).await;
    let request = v1::ListLedgersRequest::default();
    let ledgers = client.list_ledgers(request).await.unwrap().into_inner();
    assert_eq!(
        ledgers
            .ledgers
            .iter()
            .filter(|one| one.name == "_system")
            .count(),
        1
    );
    daemon.stop();
}

/// Whoever can damage the store's own ledger must not get rid of the second person by having it succeeded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_ledger_before_it_can_not_be_read_two_people_are_needed() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "payments").await;
    for (subject, id) in [("erika", "e1"), ("otto", "o1")] {
        append(&mut client, "payments", event_of(subject, id))
            .await
            .unwrap();
    }
    daemon.stop();
    alter_head(&place);
    let made = succeed(&place);
    assert!(made.status.success(), "{made:?}");

    let store = StoppedStore::open(&place);
    // Of two of this name, the one before has the lower number.
    let before = number(&store).to_be_bytes();
    for kind in [0x10, 0x11] {
        store.delete(CATALOGUE, &[&[kind][..], &before].concat());
    }
    drop(store);
    let daemon = Daemon::start(&place).await;
    let refused = erase(&mut daemon.keys().await, "payments", "otto").await;
    // Over this listener nobody is asked who they are, so it can't be asked for either.
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
    assert!(
        refused.message().contains("takes two people"),
        "{refused:?}"
    );
    await_told(&mut daemon.client().await, "two_people_required", &[]).await;
    daemon.stop();
}
