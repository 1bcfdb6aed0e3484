//! A backup that was made before a disposal or the end of a ledger still holds what went, and whoever does it is told which.
//! What was disposed of, and a ledger that ended, are sound in a backup, after a restore, for the scrub and for `doctor`.

use std::time::{Duration, Instant};

use indelible_proto::v1::{RetentionClock, RetentionParts, RetentionRule};

use super::{erasure::that_may_hold, *};
use crate::{
    retention::{dispose, rule, set},
    support::{
        calls::{append, create, event, ledger},
        command::run,
        keys::event_of,
    },
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A rule by the producer's own time, so that no clock need go ahead.
fn by_own_time() -> RetentionRule {
    RetentionRule {
        clock: RetentionClock::Event.into(),
        ..rule("old", RetentionParts::All)
    }
}

fn names(backups: &[indelible_proto::v1::Backup]) -> Vec<&str> {
    let names = backups.iter().map(|backup| backup.backup_id.as_str());
    names.collect()
}

/// Waits until a pass over a ledger has ended, which found nothing.
async fn await_scrubbed(daemon: &Daemon, name: &str) {
    let mut client = daemon.client().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = ledger(&mut client, name).await.scrub.unwrap();
        assert!(
            !found.has_finding && found.unread_reason.is_empty(),
            "{found:?}"
        );
        if found.pass_end_time.is_some() {
            return;
        }
        assert!(Instant::now() < deadline, "{found:?}: {}", daemon.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// All that looks at what is stored, and must find nothing.
async fn assert_sound(daemon: &Daemon) {
    for name in ["audit", "trial"] {
        let verified = run(daemon, &["verify", name]);
        assert_eq!(verified.code, 0, "{verified:?}");
        await_scrubbed(daemon, name).await;
    }
    let listed = done(daemon, &["ledger", "list"]).text();
    assert!(listed.contains("ended"), "{listed}");
}

/// The doctor finds nothing that is serious.
fn assert_healthy(daemon: &Daemon, place: &Place) {
    let (data, passphrase) = (place.data(), place.passphrase().to_owned());
    let arguments = [
        "doctor",
        "--output",
        "json",
        "--data",
        data.to_str().unwrap(),
        "--passphrase-file",
        passphrase.to_str().unwrap(),
    ];
    let doctor = run(daemon, &arguments).json();
    let checks = doctor["checks"].as_array().unwrap();
    let failed: Vec<_> = checks
        .iter()
        .filter(|one| one["outcome"] == "fail")
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_disposed_of_and_what_ended_is_told_of_backups_and_sound_in_them() {
    let place = Place::new();
    let no_scrub = ("INDELIBLE__SCRUB__BYTES_PER_SECOND", "0");
    let at_once = ("INDELIBLE__SCRUB__START_DELAY_SECONDS", "0");
    fs::create_dir_all(backups(&place)).unwrap();
    let daemon = start_with(&place, &[no_scrub]).await;
    let mut client = daemon.client().await;
    let mut retention = daemon.retention().await;
    create(&mut client, "audit").await;
    create(&mut client, "trial").await;
    let old = indelible_proto::v1::Event {
        time: "2020-01-01T00:00:00Z".into(),
        ..event("old")
    };
    append(&mut client, "audit", old).await.unwrap();
    append(&mut client, "audit", event("undated"))
        .await
        .unwrap();
    append(&mut client, "trial", event_of("erika", "e1"))
        .await
        .unwrap();
    set(&mut retention, "audit", vec![by_own_time()])
        .await
        .unwrap();
    let first = back_up(&daemon);
    let first = first["backup"].as_str().unwrap();

    let disposed = dispose(&mut retention, "audit").await.unwrap();
    assert_eq!((disposed.record_count, disposed.sequences.len()), (1, 1));
    assert_eq!(names(&disposed.backups), [first]);
    assert_eq!(that_may_hold(&daemon, disposed.sequences[0]).await, [first]);
    let second = back_up(&daemon);
    assert_eq!(second["may_hold_erased"], false, "{second}");
    let second = second["backup"].as_str().unwrap();
    let nothing = done(
        &daemon,
        &["retention", "run", "audit", "--yes", "--output", "json"],
    );
    assert_eq!(nothing.json()["in_backups"], serde_json::json!([]));

    let bundle = place.file("trial.tar");
    let bundle = bundle.to_str().unwrap();
    done(&daemon, &["export", "trial", "--out", bundle]);
    let end = ["ledger", "end", "trial", "--bundle", bundle, "--yes"];
    let ended = done(&daemon, &[&end[..], &["--output", "json"]].concat()).json();
    let holding = ended["in_backups"].as_array().unwrap();
    let holding: Vec<_> = holding
        .iter()
        .map(|one| one["backup"].as_str().unwrap())
        .collect();
    assert_eq!(holding, [second, first]);
    let list = done(&daemon, &["backup", "list", "--output", "json"]).text();
    let holds: Vec<Value> = list
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["may_hold_erased"].clone())
        .collect();
    assert_eq!(holds, [true, true]);

    let third = back_up(&daemon);
    assert_eq!(third["may_hold_erased"], false, "{third}");
    let verified = verify(&place);
    assert_eq!(verified.code, 0, "{verified:?}");
    daemon.stop();
    let daemon = start_with(&place, &[at_once]).await;
    assert_sound(&daemon).await;
    assert_healthy(&daemon, &place);
    daemon.stop();

    let after = Place::new();
    assert_eq!(restore(&place, &after, &["--anchor-of-backup"]).code, 0);
    let daemon = start_with(&after, &[("INDELIBLE__BACKUP__DIRECTORY", ""), at_once]).await;
    assert_sound(&daemon).await;
    daemon.stop();
}
