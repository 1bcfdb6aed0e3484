//! People of whom there is no event, though appends about them were tried.

use super::*;
use crate::support::keys::erasures;

/// Nothing was appended of them, so they are as unknown as whoever was never heard of, and no erasure of them is recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_only_in_refused_appends_is_unknown() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    let elsewhere = v1::AppendRequest {
        ledger: "audit".into(),
        event: Some(event_of("ghost", "g1")),
        expected_sequence: Some(77),
    };
    let refused = client.append(elsewhere).await;
    assert_refused(refused, Code::Aborted, ErrorReason::SequenceMismatch, "");
    let other = append(&mut client, "audit", event_of("other", "e1")).await;
    assert_refused(other, Code::AlreadyExists, ErrorReason::EventConflict, "");
    for nobody in ["ghost", "other"] {
        let listed = list(&mut client, "audit", about(nobody)).await;
        assert_refused(listed, UNKNOWN.0, UNKNOWN.1, "");
        assert_refused(found(&mut keys, nobody).await, UNKNOWN.0, UNKNOWN.1, "");
        let erased = erase(&mut keys, "audit", nobody).await;
        assert_refused(erased, UNKNOWN.0, UNKNOWN.1, "");
        for command in [
            &["list", "audit", "--data-subject", nobody][..],
            &["subject", "show", "--subject", nobody],
            &["hold", "place", "audit", "--subject", nobody],
            &[
                "erase",
                "audit",
                "--subject",
                nobody,
                "--basis",
                "b",
                "--yes",
            ],
        ] {
            let told = run(&daemon, command);
            assert_eq!(told.code, 4, "{command:?}: {told:?}");
        }
    }
    assert!(erasures(&mut keys, "audit").await.is_empty());
    // What the refused appends left is gone, and the first event makes them known.
    append(&mut client, "audit", event_of("ghost", "g1"))
        .await
        .unwrap();
    let theirs = list(&mut client, "audit", about("ghost")).await.unwrap();
    assert_eq!(theirs, ids(["g1"]));
    assert!(done(&daemon, &["verify", "audit"]).code == 0);
    daemon.stop();
}
