//! Records that were taken out: what they say of keys, erasures and holds is not known then, and nothing is opened.

use std::fmt::Debug;

use indelible_proto::v1::{
    ErrorReason, GetDataSubjectRequest, GetRecordRequest, LedgerState, ListErasuresRequest,
    ListHoldsRequest, ListSigningKeysRequest, get_record_request::Record,
};
use tonic::{Code, Status};

use super::{
    history::record_key,
    support::{RECORDS, Scene},
};
use crate::support::{
    calls::{assert_refused, batch, create, ledger, refusal},
    command::run,
    daemon::{Client, Daemon},
    keys::{erase, event_of, hold},
    place::Place,
};

/// The event of a person who is neither held nor erased.
const OPEN: u64 = 2;
/// The record of a hold, and that of an erasure, of which the first is taken out.
const HOLD: u64 = 5;

async fn scene() -> Scene {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create(&mut client, "audit").await;
    let events = ["erika", "max", "moritz"].map(|person| event_of(person, person));
    batch(&mut client, "audit", events.to_vec()).await.unwrap();
    hold(&mut keys, "audit", Some("max")).await;
    erase(&mut keys, "audit", "moritz").await.unwrap();
    daemon.stop();
    Scene::of(place)
}

async fn opened(client: &mut Client) -> Result<(), Status> {
    let request = GetRecordRequest {
        ledger: "audit".into(),
        record: Some(Record::Sequence(OPEN)),
        open_sealed: true,
        ..Default::default()
    };
    client.get_record(request).await.map(drop)
}

fn assert_not_known<T: Debug>(what: &str, answer: Result<T, Status>) {
    let status = answer.expect_err(what);
    let (code, reason, _) = refusal(&status);
    assert_eq!(
        (code, reason),
        (Code::DataLoss, Some(ErrorReason::Damaged)),
        "{what}: {status:?}"
    );
    assert!(status.message().contains("is not known"), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_key_event_that_is_gone_says_is_not_known_and_nothing_is_opened() {
    let scene = scene().await;
    let daemon = scene
        .with(|store| store.delete(RECORDS, &record_key(1, HOLD)))
        .await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    let state = ledger(&mut client, "audit").await.state();
    assert_eq!(state, LedgerState::Quarantined);
    let name = || "audit".to_owned();
    let request = ListHoldsRequest {
        ledger: name(),
        ..Default::default()
    };
    assert_not_known("holds", keys.list_holds(request).await);
    let request = ListErasuresRequest {
        ledger: name(),
        ..Default::default()
    };
    assert_not_known("erasures", keys.list_erasures(request).await);
    let request = ListSigningKeysRequest {
        ledger: name(),
        ..Default::default()
    };
    assert_not_known("keys", keys.list_signing_keys(request).await);
    let request = GetDataSubjectRequest {
        ledger: name(),
        data_subject: "max".into(),
    };
    assert_not_known("a person", keys.get_data_subject(request).await);
    assert_refused(
        opened(&mut client).await,
        Code::FailedPrecondition,
        ErrorReason::LedgerQuarantined,
        "",
    );
    assert_eq!(run(&daemon, &["verify", "audit"]).code, 1);
    daemon.stop();
}

/// Where the end is gone, the key events that are there are told, and what is sealed stays closed: its erasure may be
/// among what is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_opened_where_the_end_is_gone() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = ["erika", "max"].map(|person| event_of(person, person));
    batch(&mut client, "audit", events.to_vec()).await.unwrap();
    daemon.stop();
    let older = place.copy_data("older");
    let daemon = Daemon::start(&place).await;
    erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    daemon.stop();
    place.restore_data(&older);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_refused(
        opened(&mut client).await,
        Code::FailedPrecondition,
        ErrorReason::LedgerQuarantined,
        "",
    );
    let told = run(&daemon, &["verify", "audit"]);
    assert_eq!(told.code, 1);
    assert!(told.text().contains("[records-missing]"), "{told:?}");
    daemon.stop();
}
