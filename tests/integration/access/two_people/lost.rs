//! `_system` loses what it said, and with it perhaps that an approver was bound.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    access::{STRANGER, begin, done, open_socket, run_as, said},
    support::{
        daemon::{Daemon, repair_system},
        place::Place,
    },
};

const PATIENCE: Duration = Duration::from_secs(30);
const ERASE: [&str; 7] = [
    "erase",
    "hr",
    "--subject",
    "erika",
    "--basis",
    "wish 118",
    "--yes",
];

/// A daemon on a socket, whose user may do everything, with an approver or without.
async fn serving(place: &Place, address: &str, has_approver: bool) -> Daemon {
    let approver = format!(
        "[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\nroles = [\"approver\"]\non = [\"@store\"]\n"
    );
    let bindings = match has_approver {
        true => approver.as_str(),
        false => "",
    };
    let mut daemon = begin(place, &format!("listen = {address:?}\n{bindings}"));
    daemon.await_serving().await;
    daemon
}

fn assert_takes_two(address: &str) -> String {
    let refused = run_as(None, address, &ERASE);
    let told = said(&refused);
    assert!(told.contains("APPROVAL_REQUIRED"), "{told}");
    told
}

/// Two people were needed after the copy was made, which is put back: what said so is missing.
async fn lose_what_said_so(place: &Place, address: &str) {
    let daemon = serving(place, address, false).await;
    done(run_as(None, address, &["ledger", "create", "hr"]));
    let event = [
        "--id",
        "1",
        "--source",
        "/hr",
        "--type",
        "com.example.hired.v1",
    ];
    let append = [&["append", "hr", "--data-subject", "erika"][..], &event].concat();
    done(run_as(None, address, &append));
    daemon.stop();
    let older = place.copy_data("older");
    let daemon = serving(place, address, true).await;
    assert_takes_two(address);
    let kind = "indelible.system.two_people_required.v1";
    let begun = Instant::now();
    loop {
        let list = ["list", "_system", "--type", kind, "--output", "json"];
        if done(run_as(None, address, &list)).contains(kind) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it is never on record");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    daemon.kill();
    place.restore_data(&older);
}

async fn assert_still_needed(place: &Place, address: &str) {
    repair_system(place);
    for _start in 0..2 {
        let daemon = serving(place, address, false).await;
        let told = assert_takes_two(address);
        assert!(
            told.contains("an earlier _system can't all be read"),
            "{told}"
        );
        let status = done(run_as(None, address, &["status", "--output", "json"]));
        assert!(!status.contains("ONE_PERSON_SUFFICES"), "{status}");
        daemon.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_of_a_system_that_lost_records_needs_two_people() {
    let place = Place::new();
    let (_open, address) = open_socket();
    lose_what_said_so(&place, &address).await;
    let daemon = serving(&place, &address, false).await;
    let told = done(run_as(None, &address, &["status", "--output", "json"]));
    assert!(told.contains("indelible system succeed"), "{told}");
    daemon.stop();
    assert_still_needed(&place, &address).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_of_a_system_without_its_anchor_needs_two_people() {
    let place = Place::new();
    let (_open, address) = open_socket();
    lose_what_said_so(&place, &address).await;
    fs::remove_file(place.anchor()).unwrap();
    assert_still_needed(&place, &address).await;
    assert!(Path::new(&place.anchor()).exists());
}
