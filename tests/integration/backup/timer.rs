//! Verification by a timer: how old the newest backup may be, waiting for one that is made, and what the daemon is told.

use indelible_proto::v1::{CreateBackupRequest, event::Payload};

use super::*;
use crate::support::{
    calls::{batch, create, events},
    command::run,
};

fn newest(daemon: &Daemon) -> Value {
    let listed = done(daemon, &["backup", "list", "--output", "json"]).text();
    serde_json::from_str(listed.lines().next().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_says_if_the_newest_is_too_old_and_the_daemon_keeps_when_one_was_sound() {
    let (place, other) = (Place::new(), Place::new());
    let daemon = start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    back_up(&daemon);
    let directory = backups(&place);
    let verify = ["backup", "verify", directory.to_str().unwrap()];
    let with = |more: &[&str]| run(&daemon, &[&verify[..], more].concat());
    assert_eq!(with(&["--max-age", "1h"]).code, 0);
    assert_eq!(newest(&daemon)["verified_time"], "");
    let old = with(&["--max-age", "0s", "--tell-daemon"]);
    assert!(
        old.code == 1 && old.remarks.contains("--max-age"),
        "{old:?}"
    );
    assert_eq!(newest(&daemon)["verified_time"], "", "it is not told of");
    assert_eq!(with(&["--max-age", "yesterday"]).code, 2);
    let told = with(&["--max-age", "1h", "--tell-daemon"]);
    assert_eq!(told.code, 0, "{told:?}");
    for words in ["has put on record that backup", "0 hours old"] {
        assert!(told.remarks.contains(words), "{words}: {told:?}");
    }
    let status = done(&daemon, &["status", "--output", "json"]).json();
    let newest_backup = newest(&daemon)["backup"].clone();
    assert_eq!(status["backup"]["verified_backup"], newest_backup);
    assert_ne!(status["backup"]["verified_made_time"], "");
    let verified = newest(&daemon)["verified_time"].clone();
    assert_ne!(verified, "");

    // A backup of which this daemon knows nothing.
    let stranger = start(&other).await;
    back_up(&stranger);
    stranger.stop();
    let theirs = backups(&other);
    let unknown = run(
        &daemon,
        &[
            "backup",
            "verify",
            theirs.to_str().unwrap(),
            "--tell-daemon",
        ],
    );
    assert!(
        unknown.code == 4 && unknown.remarks.contains("BACKUP_UNKNOWN"),
        "{unknown:?}"
    );
    daemon.stop();
    let daemon = start(&place).await;
    assert_eq!(newest(&daemon)["verified_time"], verified, "on record");
    let log = daemon.log();
    assert!(!log.contains("is not understood"), "{log}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_waits_for_a_backup_that_is_made_if_it_may() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let mut large = events("e", 0..12);
    for event in &mut large {
        let mut noise = vec![0; 250_000];
        getrandom::fill(&mut noise).unwrap();
        event.payload = Some(Payload::Plaintext(noise.into()));
    }
    for some in large.chunks(4) {
        batch(&mut client, "audit", some.to_vec()).await.unwrap();
    }
    back_up(&daemon);
    large.truncate(4);
    for event in &mut large {
        event.id = format!("again {}", event.id);
    }
    batch(&mut client, "audit", large).await.unwrap();
    let directory = backups(&place);
    let verify = ["backup", "verify", directory.to_str().unwrap()];
    let mut backup = client_of(&daemon).await;
    // Some seconds.
    let request = CreateBackupRequest {
        bytes_per_second: 1 << 18,
        ..CreateBackupRequest::default()
    };
    let mut progress = backup.create_backup(request).await.unwrap().into_inner();
    progress.message().await.unwrap().expect("it goes on");
    let refused = run(&daemon, &verify);
    assert_eq!(refused.code, 6, "{refused:?}");
    // Who waits reads the newest afterwards.
    let waiting = [&verify[..], &["--wait", "2m", "--output", "json"]].concat();
    let verified = run(&daemon, &waiting);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.json()["backup"], newest(&daemon)["backup"]);
    daemon.stop();
}
