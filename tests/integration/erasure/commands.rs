//! Erasures and holds on the command line.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_erase_only_what_is_meant() {
    let place = Place::new();
    let (daemon, mut client, _keys, _named) = filled(&place).await;
    let size = ledger(&mut client, "audit").await.size;
    let held = done(
        &daemon,
        &[
            "hold",
            "place",
            "audit",
            "--subject",
            "erika",
            "--reason",
            "claim",
            "--output",
            "json",
        ],
    );
    let hold = held.json()["hold_id"].as_str().unwrap().to_owned();
    // Nobody is there to be asked.
    let arguments = ["erase", "audit", "--subject", "erika", "--basis", BASIS];
    let unasked = run(&daemon, &arguments);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    assert!(unasked.remarks.contains("--yes"), "{unasked:?}");
    let refused = run(
        &daemon,
        &[
            "erase",
            "audit",
            "--subject",
            "erika",
            "--basis",
            BASIS,
            "--yes",
        ],
    );
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.remarks.contains(ErrorReason::ErasureHeld.name()),
        "{refused:?}"
    );
    let listed = done(&daemon, &["hold", "list", "audit"]).text();
    assert!(
        listed.contains(&hold) && listed.contains("claim"),
        "{listed}"
    );
    done(&daemon, &["hold", "release", "audit", &hold]);
    assert_eq!(done(&daemon, &["hold", "list", "audit"]).text(), "");

    let erased = run_with(
        &daemon,
        &[
            "erase",
            "audit",
            "--subject-file",
            "-",
            "--basis",
            BASIS,
            "--yes",
            "--output",
            "json",
        ],
        b"erika\n",
    );
    assert_eq!(erased.code, 0, "{erased:?}");
    assert!(
        erased
            .remarks
            .contains(&format!("recorded as {}", size + 2)),
        "{erased:?}"
    );
    let result = erased.json();
    assert_eq!(
        (&result["events"], &result["complete"]),
        (&3.into(), &true.into())
    );
    let listed = done(&daemon, &["erasures", "audit"]).text();
    assert!(
        listed.contains("complete") && listed.contains(BASIS),
        "{listed}"
    );
    let shown = done(&daemon, &["get", "audit", "2", "--decrypt"]).text();
    assert!(shown.contains("erased"), "{shown}");
    let again = run(
        &daemon,
        &[
            "erase",
            "audit",
            "--subject",
            "erika",
            "--basis",
            BASIS,
            "--yes",
        ],
    );
    assert_eq!(again.code, 4, "{again:?}");
    daemon.stop();
}
