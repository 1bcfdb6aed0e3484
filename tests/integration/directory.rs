//! What an operator may do to a data directory: hold it twice, bring another version's, damage it, or
//! put an older copy in its place; and how a ledger gets out of quarantine.

use std::{fs, path::PathBuf, process::Command};

use indelible_evidence::{
    checkpoint::Checkpoint,
    header::{Header, RecordKind},
    key_event::{Genesis, Predecessor},
    note::SignedNote,
};
use indelible_proto::v1::{
    self, CheckpointKind, CreateSuccessorRequest, GetCheckpointRequest, GetEventRequest,
    GetReceiptRequest, GetStatusRequest, LedgerState, VerifyLedgerRequest, get_event_request::Key,
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, events, ledger, records},
    daemon::{Client, Daemon, INDELIBLE, serve},
    place::{Place, copy},
    verifier::{assert_verifies, verify},
};

/// A closed store whose ledger `audit` has 202 records, and a copy of it as it was with 102.
async fn rolled_on(place: &Place) -> (Named, PathBuf) {
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

/// Checks that a daemon does not start, and returns what it says.
fn does_not_start(place: &Place, code: i32) -> String {
    match Daemon::spawn(serve(place), place) {
        Ok(daemon) => {
            let (status, log) = daemon.wait();
            assert_eq!(status.code(), Some(code), "{log}");
            log
        }
        Err(problem) => panic!("it ended before it listened: {problem}"),
    }
}

async fn notice(client: &mut Client, code: &str) -> v1::Notice {
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    let found = status.notices.iter().find(|notice| notice.code == code);
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
    assert_eq!(notice.ledger, found.origin);
    assert!(
        notice.detail.contains(reason) && notice.detail.contains("succeed"),
        "{}",
        notice.detail
    );
    let refused = append(client, name, event("more")).await;
    assert_refused(refused, Code::FailedPrecondition, "LEDGER_QUARANTINED", "");
    assert_eq!(
        records(client, name, 0, found.size).await.len() as u64,
        found.size
    );
    let request = GetReceiptRequest {
        ledger: name.into(),
        sequence: 50,
        wait_for_publication: false,
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
            .repeated
    );
    assert_verifies(&mut client, &audit, &place.file("whole.tar")).await;
    daemon.stop();
}

async fn genesis(client: &mut Client, name: &str) -> Predecessor {
    let request = GetEventRequest {
        ledger: name.into(),
        key: Some(Key::Sequence(0)),
        include_evidence: true,
    };
    let record = client
        .get_event(request)
        .await
        .unwrap()
        .into_inner()
        .record
        .unwrap();
    let evidence = record.evidence.unwrap();
    let RecordKind::Genesis(signed) = Header::decode(&evidence.header).unwrap().kind else {
        panic!("record 0 is no genesis")
    };
    Genesis::decode(signed.statement)
        .unwrap()
        .predecessor
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_carries_what_was_restored_and_what_was_lost() {
    let place = Place::new();
    let (audit, older) = rolled_on(&place).await;
    place.restore_data(&older);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let old = ledger(&mut client, "audit").await;
    let succeed = Command::new(INDELIBLE)
        .args(["ledger", "succeed", "audit", "--address", daemon.address()])
        .output()
        .unwrap();
    assert!(succeed.status.success(), "{succeed:?}");
    let new = ledger(&mut client, "audit").await;
    assert_ne!(new.origin, old.origin);
    assert_eq!(
        (new.state(), &new.predecessor_origin),
        (LedgerState::Open, &old.origin)
    );
    let predecessor = genesis(&mut client, "audit").await;
    assert_eq!(predecessor.origin.as_str(), audit.origin);
    assert_eq!(predecessor.size, 102);
    assert_eq!(predecessor.root.as_bytes(), old.root_hash.as_ref());
    let lost = SignedNote::parse(predecessor.lost.unwrap().as_bytes()).unwrap();
    let lost = Checkpoint::parse_text(&lost.text).unwrap();
    assert_eq!(
        (lost.size, lost.origin.as_str()),
        (202, audit.origin.as_str())
    );

    // The successor knows nothing of the identities of the old one: these events are new in it.
    batch(&mut client, "audit", events("new", 0..99))
        .await
        .unwrap()
        .range
        .unwrap();
    let new = Named::from(&new);
    assert_verifies(&mut client, &new, &place.file("successor.tar")).await;
    let closed = append(&mut client, &audit.origin, event("more")).await;
    assert_refused(closed, Code::FailedPrecondition, "LEDGER_CLOSED", "");
    let again = CreateSuccessorRequest {
        ledger: audit.origin.clone(),
    };
    let again = client.create_successor(again).await;
    assert_refused(
        again,
        Code::FailedPrecondition,
        "LEDGER_NOT_QUARANTINED",
        "",
    );
    daemon.stop();

    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(ledger(&mut client, "audit").await.origin, new.origin);
    let old = ledger(&mut client, &audit.origin).await;
    assert_eq!((old.state(), old.size), (LedgerState::Closed, 102));
    assert_eq!(records(&mut client, &audit.origin, 0, 102).await.len(), 102);
    append(&mut client, "audit", event("more")).await.unwrap();
    assert_verifies(&mut client, &audit, &place.file("old.tar")).await;
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
    assert_eq!(notice(&mut client, "ANCHOR_UNUSABLE").await.ledger, "");
    assert!(
        !place.anchor().exists(),
        "nothing makes up an anchor by itself"
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
async fn a_directory_is_held_by_one_daemon_and_opened_by_its_own_passphrase() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let complaint = does_not_start(&place, 6);
    let holder = format!("is held by process {}", daemon.process());
    assert!(complaint.contains(&holder), "{complaint}");
    append(&mut client, "audit", event("a")).await.unwrap();
    daemon.stop();

    let right = fs::read(place.passphrase()).unwrap();
    fs::write(place.passphrase(), "another one\n").unwrap();
    let complaint = does_not_start(&place, 1);
    assert!(complaint.contains("passphrase"), "{complaint}");
    fs::write(place.passphrase(), right).unwrap();
    let daemon = Daemon::start(&place).await;
    assert!(
        append(&mut daemon.client().await, "audit", event("a"))
            .await
            .unwrap()
            .repeated
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_versions_directory_is_left_alone() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    let live = place.data().join("live");
    let text = fs::read_to_string(&live).unwrap();
    let newer = text.replace("layout 1", "layout 2");
    assert_ne!(text, newer);
    fs::write(&live, newer).unwrap();
    let complaint = does_not_start(&place, 8);
    assert!(
        complaint.contains("has store layout 2, this program reads layout 1"),
        "{complaint}"
    );
    fs::write(&live, text).unwrap();
    Daemon::start(&place).await.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_store_beside_an_old_anchor_takes_no_ledger() {
    let place = Place::new();
    let (_audit, _older) = rolled_on(&place).await;
    fs::remove_dir_all(place.data()).unwrap();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let anchor = fs::read(place.anchor()).unwrap();
    let request = v1::CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    };
    let refused = client.create_ledger(request).await;
    let message = refused.as_ref().unwrap_err().message().to_owned();
    assert!(message.contains("the anchor belongs to store"), "{message}");
    assert_refused(refused, Code::Unavailable, "LEDGER_STOPPED", "");
    assert_eq!(
        fs::read(place.anchor()).unwrap(),
        anchor,
        "an anchor is never overwritten"
    );
    notice(&mut client, "ANCHOR_UNUSABLE").await;
    daemon.stop();
}

/// What a daemon makes of a damaged store.
#[derive(Debug, PartialEq)]
enum Found {
    Refused,
    Quarantined,
    Named,
    /// Everything acknowledged is there and verifies.
    Whole,
}

async fn examine(place: &Place, size: u64) -> Found {
    let Ok(mut daemon) = Daemon::spawn(serve(place), place) else {
        return Found::Refused;
    };
    loop {
        if daemon.ended().is_some() {
            return Found::Refused;
        }
        if daemon.health().await
            == Some(tonic_health::pb::health_check_response::ServingStatus::Serving)
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut client = daemon.client().await;
    let found = ledger(&mut client, "audit").await;
    if found.state() == LedgerState::Quarantined {
        return Found::Quarantined;
    }
    let request = VerifyLedgerRequest {
        ledger: "audit".into(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut last = None;
    loop {
        match progress.message().await {
            Ok(Some(message)) => last = message.result.or(last),
            Ok(None) => break,
            Err(status) => {
                assert_eq!(status.code(), Code::DataLoss, "{status:?}");
                return Found::Named;
            }
        }
    }
    if last.unwrap().intact {
        assert!(
            found.size >= size,
            "{} of {size} records, and nobody says so",
            found.size
        );
        return Found::Whole;
    }
    Found::Named
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_anywhere_in_the_store_never_hides_a_record() {
    let place = Place::new();
    let (_audit, _older) = rolled_on(&place).await;
    // Some of it in a log, too: a daemon that is killed leaves its last records there.
    let daemon = Daemon::start(&place).await;
    batch(&mut daemon.client().await, "audit", events("last", 0..50))
        .await
        .unwrap();
    daemon.kill();
    let size = 253;
    let pristine = place.copy_data("pristine");
    let anchor = fs::read(place.anchor()).unwrap();
    let mut seen = Vec::new();
    let store = pristine.join("store-0001");
    let mut files: Vec<_> = fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&file).unwrap();
        if bytes.is_empty()
            || name.starts_with("LOG")
            || name.starts_with("OPTIONS")
            || name == "LOCK"
        {
            continue;
        }
        for part in [3, 2] {
            place.restore_data(&pristine);
            fs::write(place.anchor(), &anchor).unwrap();
            let mut bytes = bytes.clone();
            let at = bytes.len() / part;
            bytes[at] ^= 0x10;
            fs::write(place.data().join("store-0001").join(&name), bytes).unwrap();
            seen.push((name.clone(), at, examine(&place, size).await));
        }
    }
    let damage = seen
        .iter()
        .filter(|(_, _, found)| *found != Found::Whole)
        .count();
    assert!(
        damage * 2 > seen.len(),
        "hardly any damage was noticed: {seen:?}"
    );
    let log = seen
        .iter()
        .any(|(name, _, found)| name.ends_with(".log") && *found == Found::Quarantined);
    assert!(
        log,
        "a flaw in the log, behind which acknowledged records lie, quarantines: {seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_of_a_quarantined_ledger_is_an_old_one() {
    let place = Place::new();
    let (audit, older) = rolled_on(&place).await;
    place.restore_data(&older);
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
