//! Whether an erasure would be refused is told to those who may do it and to those who may not.

use super::*;

/// A user of this machine who may erase.
const OFFICER: u32 = 54_322;
/// One who may erase, and may not read what others did.
const NO_READER: u32 = 54_323;

/// Refusals are recorded within a second or two, all together.
async fn await_refusal(log: impl Fn() -> String) {
    let begun = std::time::Instant::now();
    while !log().contains("denied") {
        assert!(begun.elapsed().as_secs() < 60, "{}", log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_that_the_caller_may_not_do_is_tried_out_in_vain() {
    let place = Place::new();
    let (_open, address) = open_socket();
    let binding = |user: u32, roles: &str, on: &str| {
        format!("[[access]]\nprincipals = [\"unix:#{user}\"]\nroles = {roles}\non = [\"{on}\"]\n")
    };
    let bindings = [
        format!("listen = {address:?}\n"),
        binding(STRANGER, "[\"auditor\"]", "audit"),
        binding(STRANGER, "[\"auditor\"]", "@store"),
        binding(OFFICER, "[\"privacy-officer\", \"reader\"]", "audit"),
        binding(NO_READER, "[\"privacy-officer\"]", "trailed"),
    ];
    let mut daemon = begin(&place, &bindings.concat());
    daemon.await_serving().await;
    done(run_as(None, &address, &["ledger", "create", "audit"]));
    let event = [
        "--id",
        "1",
        "--type",
        "com.example.sale.v1",
        "--source",
        "s",
    ];
    let of_erika = [
        &["append", "audit"][..],
        &event,
        &["--data-subject", "erika"],
    ]
    .concat();
    done(run_as(None, &address, &of_erika));
    let tried = ["erase", "audit", "--subject", "erika", "--dry-run"];
    // Root may do everything.
    done(run_as(None, &address, &tried));
    // Only root can be somebody else.
    if is_root() {
        let officer = run_as(Some(OFFICER), &address, &tried);
        assert_eq!(officer.status.code(), Some(0), "{}", said(&officer));
        assert_eq!(said(&officer), "", "nothing is left open");
        let auditor = run_as(Some(STRANGER), &address, &tried);
        assert_eq!(auditor.status.code(), Some(1), "{}", said(&auditor));
        let shown = String::from_utf8_lossy(&auditor.stdout);
        assert!(shown.contains("would be refused"), "{shown}");
        assert!(shown.contains("privacy-officer"), "{shown}");
        assert!(!shown.contains("would be erased"), "{shown}");
    }
    // What takes a right to read is told as not looked at, and all else is shown.
    done(run_as(
        None,
        &address,
        &["ledger", "create", "trailed", "--access-trail"],
    ));
    let in_trailed = [&["append", "trailed"], &of_erika[2..]].concat();
    done(run_as(None, &address, &in_trailed));
    if is_root() {
        let tried = ["erase", "trailed", "--subject", "erika", "--dry-run"];
        let officer = run_as(Some(NO_READER), &address, &tried);
        assert_eq!(officer.status.code(), Some(0), "{}", said(&officer));
        let shown = String::from_utf8_lossy(&officer.stdout);
        assert!(shown.contains("body and payload of 1 event"), "{shown}");
        assert!(
            shown.contains("the ledger's access trail was not read"),
            "{shown}"
        );
    }
    // Nothing was asked for the officer that the officer may not do: _system has nothing against them.
    let log = |who: u32| {
        let who = format!("unix:#{who}");
        let log = ["access", "log", "--principal", &who, "--output", "json"];
        done(run_as(None, &address, &log))
    };
    if is_root() {
        await_refusal(|| log(STRANGER)).await;
        assert!(!log(OFFICER).contains("denied"), "{}", log(OFFICER));
    }
    // Nobody was erased by any of these.
    let listed = done(run_as(
        None,
        &address,
        &["list", "audit", "--data-subject", "erika"],
    ));
    assert!(listed.contains("com.example.sale.v1"), "{listed}");
    daemon.stop();
}
