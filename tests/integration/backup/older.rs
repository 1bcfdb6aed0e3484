//! A store that is behind backups of its own: a restore of an older one says so before it writes, and the daemon says so while it
//! serves.

use std::time::{Duration, Instant};

use super::{erasure::that_may_hold, *};
use crate::support::{
    calls::{batch, create, events},
    daemon::Keys,
    keys::{erase, event_of},
};

/// Waits until a daemon has a notice, and returns what that says.
async fn noticed(daemon: &Daemon, code: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let status = done(daemon, &["status", "--output", "json"]).json();
        let mut notices = status["notices"].as_array().unwrap().iter();
        if let Some(notice) = notices.find(|notice| notice["code"] == code) {
            return notice["detail"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < deadline, "no {code}: {status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What a daemon says of a backup.
fn state(daemon: &Daemon, made: &Value) -> String {
    let list = done(daemon, &["backup", "list", "--output", "json"]).text();
    let all = list
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut of = all.filter(|one| one["backup"] == made["backup"]);
    of.next().unwrap()["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_backup_with_its_own_anchor_is_restored_only_if_somebody_says_so_and_the_store_says_it_is_behind()
 {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let with_erika = vec![event_of("erika", "e0")];
    batch(&mut client, "audit", with_erika).await.unwrap();
    let first = back_up(&daemon);
    batch(&mut client, "audit", events("later", 0..5))
        .await
        .unwrap();
    let mut keys: Keys = daemon.keys().await;
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    let second = back_up(&daemon);
    daemon.stop();

    let restored = Place::new();
    let older = [
        "--anchor-of-backup",
        "--backup",
        first["backup"].as_str().unwrap(),
    ];
    let refused = restore(&place, &restored, &older);
    assert_eq!(refused.code, 1, "{refused:?}");
    let erasure = format!("an erasure (record {})", erased.sequence);
    for words in [
        second["backup"].as_str().unwrap(),
        "records of audit",
        &*erasure,
    ] {
        assert!(refused.remarks.contains(words), "{words}: {refused:?}");
    }
    assert!(!restored.data().exists());
    // Beside no anchor all is quarantined, and the same is said.
    let lost = Place::new();
    let answer = restore(
        &place,
        &lost,
        &[&["--anchor-lost"][..], &older[1..]].concat(),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.remarks.contains(&erasure), "{answer:?}");
    assert_eq!(answer.json()["erasures_may_be_missing"], true);

    let answer = restore(
        &place,
        &restored,
        &[&older[..], &["--behind-newer-backup"]].concat(),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(
        answer.remarks.contains("repeat every erasure"),
        "{answer:?}"
    );
    let mut command = serve(&restored);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", backups(&place))
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, &restored).unwrap();
    daemon.await_serving().await;
    let detail = noticed(&daemon, "BACKUP_AHEAD").await;
    for words in [
        second["backup"].as_str().unwrap(),
        "of audit, and the store",
    ] {
        assert!(detail.contains(words), "{words}: {detail}");
    }
    // The one that it was restored from is there as a whole, though its records end before it was.
    assert_eq!(state(&daemon, &first), "made");
    let copied = &listed(&daemon, &first).unwrap()["copied_bytes"];
    assert_eq!(*copied, Value::Null, "no record says how much was copied");
    // Whoever is erased now may be in the newer one: that has more records, and they are not this store's.
    let mut keys: Keys = daemon.keys().await;
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    let holding = that_may_hold(&daemon, erased.sequence).await;
    for backup in [&first, &second] {
        let id = backup["backup"].as_str().unwrap();
        assert!(holding.iter().any(|held| held == id), "{id}: {holding:?}");
    }
    let pruned = done(&daemon, &["backup", "prune", "--yes"]);
    assert!(
        pruned
            .remarks
            .contains("the store is behind backups of its own"),
        "{pruned:?}"
    );
    // The next backup puts on record what lies there, and the store is behind it all the same.
    back_up(&daemon);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(notices(&daemon).contains(&"BACKUP_AHEAD".to_owned()));
    a_prune_keeps_what_the_store_lacks(&daemon, &first, &second);
    daemon.stop();
}

/// What the daemon says of a backup in its list.
fn listed(daemon: &Daemon, made: &Value) -> Option<Value> {
    let list = done(daemon, &["backup", "list", "--output", "json"]).text();
    let mut all = list
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.find(|one| one["backup"] == made["backup"])
}

/// Of two backups whose time is over, the newer one has what the store lacks.
fn a_prune_keeps_what_the_store_lacks(daemon: &Daemon, older: &Value, newer: &Value) {
    let prune = || {
        let all = ["--keep-days", "0", "--yes", "--output", "json"];
        done(daemon, &[&["backup", "prune"][..], &all].concat()).json()
    };
    let pruned = prune();
    assert_eq!(
        pruned["kept"],
        serde_json::json!([newer["backup"]]),
        "{pruned}"
    );
    assert_eq!(
        pruned["backups"],
        serde_json::json!([older["backup"]]),
        "{pruned}"
    );
    let kept = listed(daemon, newer).unwrap();
    assert_eq!(kept["kept_ahead"], true, "{kept}");
    assert_eq!(kept["keep_until_time"], "", "{kept}");
    let directory = kept["directory"].as_str().unwrap();
    let id = newer["backup"].as_str().unwrap();
    let forget = ["backup", "forget", directory, "--backup", id, "--yes"];
    let released = done(daemon, &[&forget[..], &["--output", "json"]].concat()).json();
    assert_eq!(released["released"], serde_json::json!([id]), "{released}");
    assert_eq!(released["backups"], serde_json::json!([]), "{released}");
    assert_eq!(listed(daemon, newer).unwrap()["kept_ahead"], false);
    let pruned = prune();
    assert_eq!(pruned["backups"], serde_json::json!([id]), "{pruned}");
    assert!(listed(daemon, newer).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_of_other_stores_in_the_place_are_a_notice() {
    let (place, other) = (Place::new(), Place::new());
    let daemon = start(&place).await;
    back_up(&daemon);
    daemon.stop();
    let mut command = serve(&other);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", backups(&place))
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, &other).unwrap();
    daemon.await_serving().await;
    let detail = noticed(&daemon, "BACKUP_PLACE_SHARED").await;
    assert!(detail.contains("lies 1 backup of other stores"), "{detail}");
    assert!(!notices(&daemon).contains(&"BACKUP_AHEAD".to_owned()));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_an_anchor_that_a_daemon_has_open_a_restore_says_what_to_stop() {
    let place = Place::new();
    let daemon = start(&place).await;
    back_up(&daemon);
    let (restored, anchor) = (Place::new(), place.anchor());
    let refused = restore(&place, &restored, &["--anchor", anchor.to_str().unwrap()]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(
        refused.remarks.contains("systemctl stop indelible"),
        "{refused:?}"
    );
    assert!(!restored.data().exists());
    daemon.stop();
}
