//! What is said to, and of, a person whose records a rule has shortened.

use std::process::Command;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_rule_let_go_of_is_told_as_gone_and_under_which_rule() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let daemon = start(&clock, &place).await;
    let mut client = daemon.client().await;
    let (mut retention, mut keys) = (daemon.retention().await, daemon.keys().await);
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    let rules = vec![rule("old", RetentionParts::All)];
    set(&mut retention, "audit", rules).await.unwrap();
    clock.set(2 * DAY);
    append(&mut client, "audit", event_of("erika", "e2"))
        .await
        .unwrap();
    let disposed = dispose(&mut retention, "audit").await.unwrap();
    assert_eq!(disposed.record_count, 1, "{disposed:?}");

    let archive = place.file("erika.tar");
    let out = archive.to_str().unwrap();
    done(
        &daemon,
        &["subject", "export", "--subject", "erika", "--out", out],
    );
    let tar = Command::new("tar")
        .args(["--extract", "--to-stdout", "--file", out, "index.html"])
        .output()
        .unwrap();
    // Where a line may break, and where not, is no part of what is said.
    let page = ["<wbr>", "<span class=\"unbroken\">", "</span>"]
        .iter()
        .fold(String::from_utf8(tar.stdout).unwrap(), |page, mark| {
            page.replace(mark, "")
        });
    let number = format!("as record {} says", disposed.sequences[0]);
    for said in [
        "its contents were destroyed",
        "GDPR Art. 5(1)(e)",
        &number,
        "No record whose contents are still there names a legal basis",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("No record names a legal basis"), "{page}");
    assert_eq!(
        page.matches("its contents were destroyed").count(),
        1,
        "{page}"
    );

    let dry = [
        "erase",
        "audit",
        "--subject",
        "erika",
        "--dry-run",
        "--output",
        "json",
    ];
    let dry = done(&daemon, &dry).json();
    assert_eq!(dry["would_be_erased"], 1, "{dry}");
    assert_eq!(dry["events_without_content"], 1, "{dry}");
    let erased = crate::support::keys::erase(&mut keys, "audit", "erika").await;
    let erased = erased.unwrap().sequence.to_string();
    let certificate = ["certificate", "audit", &erased, "--output", "json"];
    let certificate = done(&daemon, &certificate).json();
    assert_eq!(certificate["events"], 1, "{certificate}");
    let before = &certificate["events_gone_before"][0];
    assert_eq!(before["events"], 1, "{certificate}");
    assert_eq!(before["disposal"], disposed.sequences[0], "{certificate}");
    assert!(
        before["because"]
            .as_str()
            .unwrap()
            .contains("GDPR Art. 5(1)(e)")
    );
    daemon.stop();
}
