//! A successor: what it carries, and who makes it where _system lost records, too.

use std::process::Output;

use serde_json::Value;

use super::*;
use crate::access::{self as by_users, STRANGER, begin, is_root, open_socket, run_as, said};

/// Has this user ask for a successor, somebody else approve it, and this user make it. No daemon may have the store.
async fn by_two(place: &Place, ledger: &str) -> Output {
    let (_open, address) = open_socket();
    let mut daemon = begin(
        place,
        &format!(
            "listen = {address:?}\n[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\nroles = [\"approver\"]\n\
             on = [\"@store\"]\n"
        ),
    );
    daemon.await_serving().await;
    let succeed = ["ledger", "succeed", ledger];
    let ask = [&succeed[..], &["--request", "--output", "json"]].concat();
    let asked: Value = serde_json::from_str(&by_users::done(run_as(None, &address, &ask))).unwrap();
    let id = asked["request_id"].as_str().unwrap();
    let approve = ["request", "approve", id, "--yes"];
    by_users::done(run_as(Some(STRANGER), &address, &approve));
    let carry_out = [&succeed[..], &["--yes", "--approved", id]].concat();
    let output = run_as(None, &address, &carry_out);
    daemon.stop();
    output
}

async fn genesis(client: &mut Client, name: &str) -> Predecessor {
    let request = GetRecordRequest {
        ledger: name.into(),
        record: Some(Record::Sequence(0)),
        include_evidence: true,
        open_sealed: false,
        ..Default::default()
    };
    let record = client
        .get_record(request)
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
    repair_system(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let old = ledger(&mut client, "audit").await;
    assert_eq!(
        notice(&mut client, "LEDGER_QUARANTINED")
            .await
            .ledger_origin,
        old.origin
    );
    let unasked = run(&daemon, &["ledger", "succeed", "audit"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    assert!(unasked.remarks.contains("--yes"), "{unasked:?}");
    assert_eq!(ledger(&mut client, "audit").await.origin, old.origin);
    // What said whether two people are needed may be lost, too: it takes two.
    let alone = run(&daemon, &["ledger", "succeed", "audit", "--yes"]);
    assert!(alone.remarks.contains("two people"), "{alone:?}");
    daemon.stop();
    if !is_root() {
        eprintln!(
            "a successor by two people did NOT run: it takes two users of this machine, and only root can be both"
        );
        return;
    }
    by_users::done(by_two(&place, "audit").await);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let status = done(&daemon, &["status", "--output", "json"]).text();
    assert!(!status.contains("LEDGER_QUARANTINED"), "{status}");
    let new = ledger(&mut client, "audit").await;
    assert_ne!(new.origin, old.origin);
    assert_eq!(
        (new.state(), &new.predecessor_origin),
        (LedgerState::Open, &old.origin)
    );
    let listed = done(&daemon, &["ledger", "list"]).text();
    for called in ["audit (replaced)", "audit (successor)"] {
        assert!(listed.contains(called), "{called}: {listed}");
    }
    // The replaced one lacks what it lacked.
    let replaced = ledger(&mut client, &old.origin).await;
    assert!(replaced.may_lack_records && !new.may_lack_records);
    let holds = run(&daemon, &["hold", "list", &old.origin]);
    let more = "there may be more than is told here";
    assert!(holds.remarks.contains(more), "{holds:?}");
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
        .appended
        .unwrap();
    let new = Named::from(&new);
    assert_verifies(&mut client, &new, &place.file("successor.tar")).await;
    let closed = append(&mut client, &audit.origin, event("more")).await;
    assert_refused(
        closed,
        Code::FailedPrecondition,
        ErrorReason::LedgerClosed,
        "",
    );
    daemon.stop();
    let again = said(&by_two(&place, &audit.origin).await);
    assert!(again.contains("LEDGER_NOT_QUARANTINED"), "{again}");

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
