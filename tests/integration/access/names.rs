//! A user of this machine has a name and a number: what they did is found by either.

use super::{begin, done, is_root, open_socket, run_as, said};
use crate::support::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_user_did_is_found_by_name_and_by_number() {
    if !is_root() {
        eprintln!("skipped: only root has a name that every machine knows");
        return;
    }
    let place = Place::new();
    let (_open, address) = open_socket();
    let mut daemon = begin(&place, &format!("listen = {address:?}\n"));
    daemon.await_serving().await;
    done(run_as(None, &address, &["ledger", "create", "payments"]));
    let log = |principal: &str, more: &[&str]| {
        let arguments = ["access", "log", "--principal", principal];
        run_as(None, &address, &[&arguments[..], more].concat())
    };
    for name in ["unix:root", "unix:#0"] {
        let told = done(log(name, &[]));
        assert!(told.contains("CreateLedger"), "{name}: {told}");
        assert!(told.contains("by the names unix:#0"), "{name}: {told}");
    }
    // A group is nobody, and what is said of nobody is not that all is well.
    for (name, says) in [
        ("unix-group:root", "is a group"),
        ("unix:#00", "number"),
        ("root", "must begin with"),
    ] {
        let refused = log(name, &[]);
        assert_eq!(refused.status.code(), Some(2), "{name}");
        assert!(said(&refused).contains(says), "{name}: {}", said(&refused));
    }
    let mistyped = log("unix:no-such-user-here", &[]);
    let told = said(&mistyped);
    assert!(
        told.contains(
            "nothing on record of unix:no-such-user-here (this machine has no such user) since "
        ),
        "{told}"
    );
    let elsewhere = log("unix:#0", &["--ledger", "other"]);
    let told = said(&elsewhere);
    assert!(
        told.contains("other: there is no ledger of this name"),
        "{told}"
    );
    daemon.stop();
}
