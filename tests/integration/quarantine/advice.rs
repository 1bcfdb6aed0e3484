//! What somebody is told who meets a ledger that can't go on.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_anchor_nobody_is_told_to_wait() {
    let place = Place::new();
    let (_audit, _older) = rolled_on(&place).await;
    fs::remove_file(place.anchor()).unwrap();
    let daemon = Daemon::start(&place).await;
    // Waiting helps with neither.
    let one = ["--id", "1", "--source", "s", "--type", "t"];
    for arguments in [
        &["ledger", "create", "other"][..],
        &[&["append", "audit"][..], &one].concat(),
    ] {
        let refused = run(&daemon, arguments);
        assert!(
            refused.code != 0 && !refused.remarks.contains("try again in"),
            "{refused:?}"
        );
        let advice = refused.remarks.split_once("what to do").unwrap().1;
        assert!(advice.contains("anchor"), "{refused:?}");
    }
    daemon.stop();
}
