//! What an operator may do to history: put an older copy in its place, lose the anchor, or bring another one; and
//! how a ledger gets out of quarantine.

mod advice;
mod may_lack;
mod one_file;
mod successor;

use std::{fs, path::PathBuf};

use indelible_evidence::{
    checkpoint::Checkpoint,
    header::{Header, RecordKind},
    key_event::{Genesis, Predecessor},
    note::SignedNote,
};
use indelible_proto::v1::{
    self, CheckpointKind, ErrorReason, GetCheckpointRequest, GetReceiptRequest, GetRecordRequest,
    GetStatusRequest, LedgerState, get_record_request::Record,
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, events, ledger, records},
    command::{done, run},
    daemon::{Client, Daemon, repair_system},
    place::{Place, copy},
    verifier::{assert_verifies, verify},
};

/// A closed store whose ledger `audit` has 202 records, and a copy of it as it was with 102.
pub(crate) async fn rolled_on(place: &Place) -> (Named, PathBuf) {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    let ledger = Named::from(&create(&mut client, "audit").await);
    batch(&mut client, "audit", events("old", 0..100))
        .await
        .unwrap();
    daemon.stop();
    let older = place.copy_data("older");
    copy(&place.anchor(), &place.file("older.anchor"));
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    // The second run opens an epoch of its own.
    batch(&mut client, "audit", events("new", 0..99))
        .await
        .unwrap();
    daemon.stop();
    (ledger, older)
}

pub(crate) async fn notice(client: &mut Client, code: &str) -> v1::Notice {
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    let mut notices = status.notices.iter();
    let of_clients = |notice: &v1::Notice| !notice.ledger_origin.contains("/_system/");
    let found = notices.find(|notice| of_clients(notice) && notice.code().name() == code);
    found
        .unwrap_or_else(|| panic!("no {code} in {:?}", status.notices))
        .clone()
}

/// Checks that a ledger is quarantined for a reason, still read and proved, and takes nothing.
async fn assert_quarantined(client: &mut Client, name: &str, reason: &str) {
    let found = ledger(client, name).await;
    assert_eq!(found.state(), LedgerState::Quarantined);
    assert!(
        found.state_reason.contains(reason),
        "{}",
        found.state_reason
    );
    let notice = notice(client, "LEDGER_QUARANTINED").await;
    assert_eq!(notice.ledger_origin, found.origin);
    assert!(
        notice.detail.contains(reason) && notice.detail.contains("succeed"),
        "{}",
        notice.detail
    );
    let refused = append(client, name, event("more")).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::LedgerQuarantined,
        "",
    );
    assert_eq!(
        records(client, name, 0, found.size).await.len() as u64,
        found.size
    );
    let request = GetReceiptRequest {
        ledger: name.into(),
        sequence: 50,
        wait_for_publication: false,
        disclose_key: false,
        ..Default::default()
    };
    client.get_receipt(request).await.unwrap();
    assert_eq!(
        ledger(client, name).await.size,
        found.size,
        "nothing grows in quarantine"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_beside_a_newer_anchor_is_quarantined_until_the_newer_returns() {
    let place = Place::new();
    let (audit, older) = rolled_on(&place).await;
    let newer = place.copy_data("newer");
    place.restore_data(&older);
    repair_system(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(ledger(&mut client, "audit").await.size, 102);
    assert_quarantined(
        &mut client,
        "audit",
        "records 102 to 201 were acknowledged, as the anchor shows",
    )
    .await;
    // Other ledgers are not concerned.
    create(&mut client, "other").await;
    append(&mut client, "other", event("a")).await.unwrap();
    // What there is can still be proved to others, under the checkpoint that was signed for it then.
    assert_verifies(&mut client, &audit, &place.file("quarantined.tar")).await;
    daemon.stop();

    // Nor does a restart end it.
    let daemon = Daemon::start(&place).await;
    assert_quarantined(&mut daemon.client().await, "audit", "records 102 to 201").await;
    daemon.stop();

    place.restore_data(&newer);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let found = ledger(&mut client, "audit").await;
    assert_eq!((found.size, found.state()), (202, LedgerState::Open));
    assert!(
        !append(&mut client, "audit", event("more"))
            .await
            .unwrap()
            .repeat
    );
    assert_verifies(&mut client, &audit, &place.file("whole.tar")).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_anchor_a_store_is_quarantined() {
    let place = Place::new();
    let (_audit, _older) = rolled_on(&place).await;
    let kept = place.file("kept.anchor");
    fs::rename(place.anchor(), &kept).unwrap();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_quarantined(&mut client, "audit", "the anchor is missing").await;
    assert_eq!(
        notice(&mut client, "ANCHOR_UNUSABLE").await.ledger_origin,
        ""
    );
    let request = v1::CreateLedgerRequest {
        name: "other".into(),
        ..Default::default()
    };
    let refused = client.create_ledger(request).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::LedgerQuarantined,
        "",
    );
    assert!(
        !place.anchor().exists(),
        "nothing makes up an anchor by itself, nor for any client"
    );
    daemon.stop();

    // Another store's is no better.
    let other = Place::new();
    let daemon = Daemon::start(&other).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    fs::copy(other.anchor(), place.anchor()).unwrap();
    let daemon = Daemon::start(&place).await;
    assert_quarantined(
        &mut daemon.client().await,
        "audit",
        "the anchor belongs to store",
    )
    .await;
    daemon.stop();

    // Nor a damaged one.
    let mut damaged = fs::read(&kept).unwrap();
    damaged[3] ^= 0x40;
    fs::write(place.anchor(), damaged).unwrap();
    let daemon = Daemon::start(&place).await;
    assert_quarantined(&mut daemon.client().await, "audit", "the anchor is damaged").await;
    daemon.stop();

    fs::rename(&kept, place.anchor()).unwrap();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(
        ledger(&mut client, "audit").await.state(),
        LedgerState::Open
    );
    append(&mut client, "audit", event("more")).await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_anchor_beside_a_newer_store_is_fine() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("old", 0..100))
        .await
        .unwrap();
    daemon.stop();
    let stale = place.file("stale.anchor");
    fs::copy(place.anchor(), &stale).unwrap();
    let daemon = Daemon::start(&place).await;
    batch(&mut daemon.client().await, "audit", events("new", 0..100))
        .await
        .unwrap();
    daemon.stop();
    let newest = fs::read(place.anchor()).unwrap();
    fs::copy(&stale, place.anchor()).unwrap();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(
        ledger(&mut client, "audit").await.state(),
        LedgerState::Open
    );
    // It was brought up to the store before anything was served.
    assert_ne!(fs::read(place.anchor()).unwrap(), fs::read(&stale).unwrap());
    assert_eq!(newest.len(), fs::read(place.anchor()).unwrap().len());
    append(&mut client, "audit", event("more")).await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_history_of_the_same_store_is_quarantined_however_long_it_is() {
    let place = Place::new();
    let (audit, older) = rolled_on(&place).await;
    // A clone that went its own way, and further: its anchor vouches for it, this one does not.
    let clone = Place::new();
    copy(&older, &clone.data());
    copy(&place.file("older.anchor"), &clone.anchor());
    let daemon = Daemon::start(&clone).await;
    let mut client = daemon.client().await;
    let forked = events("forked", 0..300);
    batch(&mut client, "audit", forked).await.unwrap();
    daemon.stop();
    place.restore_data(&clone.data());
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert!(ledger(&mut client, "audit").await.size > 202);
    let reason = "the stored history is not the acknowledged one: at size 202";
    assert_quarantined(&mut client, &audit.origin, reason).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_of_a_quarantined_ledger_is_an_old_one() {
    let place = Place::new();
    let (audit, older) = rolled_on(&place).await;
    place.restore_data(&older);
    repair_system(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let request = GetCheckpointRequest {
        ledger: audit.origin.clone(),
        kind: CheckpointKind::Published.into(),
    };
    let before = client
        .get_checkpoint(request.clone())
        .await
        .unwrap()
        .into_inner();
    // The time of a signature is in whole seconds: one of now would differ.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let bundle = place.file("quarantined.tar");
    crate::support::verifier::export(&mut client, &audit.origin, None, &bundle).await;
    let after = client.get_checkpoint(request).await.unwrap().into_inner();
    assert_eq!(
        before, after,
        "the identity key signed an older history anew"
    );
    assert_eq!(
        verify(&bundle, &audit.verifier_key, &[]).report["bundle"]["size"],
        102
    );
    daemon.stop();
}
