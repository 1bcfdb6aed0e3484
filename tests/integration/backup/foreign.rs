//! Backups that somebody else signed, and own ones that somebody took away: what counts, what is told, and what is restored.

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_backup::{BackupId, Manifest, note, statement};

use super::*;
use crate::support::{command::run, place::copy};

/// Puts a manifest of the attacker's beside the backups, which says that it is the newest of the store, and returns its id.
/// Every object that it names is there.
fn planted(place: &Place, like: &str, time: &str) -> String {
    let manifests = backups(place).join("manifests");
    let key = SigningKey::from_bytes(&[7; 32]);
    let text = fs::read_to_string(manifests.join(format!("{like}.json"))).unwrap();
    let mut manifest: Manifest = serde_json::from_str(&text).unwrap();
    manifest.id = BackupId::new(time, [7; 4]).unwrap();
    manifest.made = time.to_owned();
    manifest.made_ns += 5 * 365 * 86_400 * 1_000_000_000;
    manifest.signed_by.public_key = hex(key.verifying_key().as_bytes());
    let signature = key.sign(statement(&manifest).as_bytes()).to_bytes();
    let note = note(&manifest, &signature).unwrap();
    let mut text = serde_json::to_string_pretty(&manifest).unwrap();
    text.push('\n');
    fs::write(manifests.join(format!("{}.json", manifest.id)), text).unwrap();
    fs::write(manifests.join(format!("{}.note", manifest.id)), note).unwrap();
    manifest.id.to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn states(daemon: &Daemon) -> Vec<(String, String)> {
    let listed = done(daemon, &["backup", "list", "--output", "json"]);
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let lines = String::from_utf8(listed.data).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|one| (text(&one, "backup"), text(&one, "state")))
        .collect()
}

/// The verifier key of the store's own ledger, which an operator keeps elsewhere.
fn key_of_system(daemon: &Daemon, place: &Place) -> PathBuf {
    let shown = done(daemon, &["ledger", "show", "_system", "--output", "json"]).json();
    let path = place.file("system.vkey");
    fs::write(&path, shown["verifier_key"].as_str().unwrap()).unwrap();
    path
}

fn made(answer: &Value) -> String {
    answer["backup"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manifest_that_somebody_else_signed_counts_for_nothing() {
    let place = Place::new();
    let daemon = start(&place).await;
    let first = made(&back_up(&daemon));
    let planted = planted(&place, &first, "2031-11-29T17:45:00Z");
    let second = made(&back_up(&daemon));
    let told = states(&daemon);
    assert!(
        told.contains(&(planted.clone(), "foreign".into())),
        "{told:?}"
    );
    assert!(told.contains(&(second.clone(), "made".into())), "{told:?}");
    assert!(notices(&daemon).contains(&"BACKUP_FOREIGN".to_owned()));
    let status = done(&daemon, &["status", "--output", "json"]).json();
    assert_eq!(status["backup"]["newest"], second.as_str(), "{status}");

    // It is not the newest of a prune, which leaves the daemon's own newest one, and it stays for whoever looks into it.
    done(&daemon, &["backup", "prune", "--keep-days", "0", "--yes"]);
    let left: Vec<_> = states(&daemon).into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [planted.clone(), second.clone()]);

    // Nobody can have it noted as verified, nor restore it.
    let told = offline(&[
        "backup",
        "verify",
        backups(&place).to_str().unwrap(),
        "--backup",
        &planted,
    ]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        String::from_utf8_lossy(&told.data).contains("is not the identity of"),
        "{told:?}"
    );
    let restored = Place::new();
    let refused = restore(&place, &restored, &["--anchor-lost", "--backup", &planted]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.remarks.contains("no file of it is left"),
        "{refused:?}"
    );
    // The lock alone: nothing is to be completed there.
    let left = files_below(&restored.data());
    let left: Vec<_> = left.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(left, ["lock"]);
    let answer = restore(&place, &restored, &["--anchor-lost", "--backup", &second]);
    assert_eq!(answer.code, 0, "{answer:?}");

    // Once it is taken away by hand, nothing is told any more.
    for ending in ["json", "note"] {
        let file = backups(&place).join(format!("manifests/{planted}.{ending}"));
        fs::remove_file(file).unwrap();
    }
    back_up(&daemon);
    assert!(!notices(&daemon).contains(&"BACKUP_FOREIGN".to_owned()));
    daemon.stop();
}

/// However many somebody puts there, an answer stays small, and says that it does not name all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_says_how_many_foreign_backups_it_does_not_name() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    crate::support::calls::create(&mut client, "audit").await;
    let of_erika = crate::support::keys::event_of("erika", "e");
    crate::support::calls::batch(&mut client, "audit", vec![of_erika])
        .await
        .unwrap();
    let first = made(&back_up(&daemon));
    for minute in 0..70 {
        let time = format!("2031-11-29T{:02}:{:02}:00Z", minute / 60, minute % 60);
        planted(&place, &first, &time);
    }
    let mut keys = daemon.keys().await;
    let erased = crate::support::keys::erase(&mut keys, "audit", "erika")
        .await
        .unwrap();
    let of = |erased: &[indelible_proto::v1::Backup]| {
        let foreign = indelible_proto::v1::BackupState::Foreign;
        let all = erased.iter().filter(|one| one.state() == foreign);
        let more: u64 = all.clone().map(|one| one.more_foreign_count).sum();
        (all.count(), more)
    };
    assert_eq!(of(&erased.backups), (64, 6), "none is on record yet");
    let number = erased.sequence.to_string();
    let certificate = done(&daemon, &["certificate", "audit", &number]).text();
    assert!(
        certificate.contains("lie 6 more that are not named here"),
        "{certificate}"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_in_the_place_of_another_is_not_noted_as_verified() {
    let place = Place::new();
    let daemon = start(&place).await;
    let first = made(&back_up(&daemon));
    let report = |digest: &str| indelible_proto::v1::ReportBackupVerifiedRequest {
        backup_id: first.clone(),
        manifest_digest: digest.to_owned(),
    };
    let mut client = client_of(&daemon).await;
    for (digest, code) in [
        ("", tonic::Code::InvalidArgument),
        (&*"0".repeat(64), tonic::Code::FailedPrecondition),
    ] {
        let refused = client.report_backup_verified(report(digest)).await;
        assert_eq!(refused.unwrap_err().code(), code);
    }
    let listed = done(&daemon, &["backup", "list", "--output", "json"]).json();
    assert_eq!(listed["verified_time"], "");
    let verified = run(
        &daemon,
        &[
            "backup",
            "verify",
            backups(&place).to_str().unwrap(),
            "--tell-daemon",
        ],
    );
    assert_eq!(verified.code, 0, "{verified:?}");
    let listed = done(&daemon, &["backup", "list", "--output", "json"]).json();
    assert_ne!(listed["verified_time"], "");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_store_of_somebody_else_is_not_restored_beside_the_key_that_came_another_way() {
    let (place, theirs, restored) = (Place::new(), Place::new(), Place::new());
    let daemon = start(&place).await;
    let key = key_of_system(&daemon, &place);
    back_up(&daemon);
    daemon.stop();
    let daemon = start(&theirs).await;
    back_up(&daemon);
    daemon.stop();
    let key = key.to_str().unwrap();
    let refused = restore(&theirs, &restored, &["--anchor-lost", "--key", key]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(
        refused.remarks.contains("and not the one that was given"),
        "{refused:?}"
    );
    let answer = restore(&place, &restored, &["--anchor-lost", "--key", key]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["key_was_given"], true);
    // Without a key, what is restored says itself whose it is.
    let theirs_restored = Place::new();
    let answer = restore(&theirs, &theirs_restored, &["--anchor-lost"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["key_was_given"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_was_taken_away_stays_known_and_is_named() {
    let place = Place::new();
    let daemon = start(&place).await;
    let first = made(&back_up(&daemon));
    let second = made(&back_up(&daemon));
    let away = place.file("away");
    fs::create_dir(&away).unwrap();
    let moved = |from: &Path, to: &Path| {
        for ending in ["json", "note"] {
            let name = format!("{first}.{ending}");
            fs::rename(from.join(&name), to.join(&name)).unwrap();
        }
    };
    let manifests = backups(&place).join("manifests");
    let objects = backups(&place).join("objects");
    copy(&objects, &place.file("objects"));
    moved(&manifests, &away);
    let third = made(&back_up(&daemon));
    let state = |id: &str| {
        let all = states(&daemon);
        let mut found = all.into_iter().filter(|(one, _)| one == id);
        found.next().map(|(_, state)| state)
    };
    assert_eq!(state(&first).as_deref(), Some("missing"));
    assert!(notices(&daemon).contains(&"BACKUP_MISSING".to_owned()));
    // Without the objects that it alone names, which the third has swept away, it is not there again.
    moved(&away, &manifests);
    back_up(&daemon);
    assert_eq!(state(&first).as_deref(), Some("missing"));
    // With them it is what it was, and nobody has verified it.
    copy(&place.file("objects").join("."), &objects);
    done(&daemon, &["backup", "create"]);
    assert_eq!(state(&first).as_deref(), Some("made"));
    assert!(!notices(&daemon).contains(&"BACKUP_MISSING".to_owned()));
    // What a prune took is not missing; what is missing stays known after a start, until somebody says that it is destroyed.
    moved(&manifests, &away);
    done(&daemon, &["backup", "prune", "--keep-days", "0", "--yes"]);
    assert_eq!(state(&second), None);
    assert_eq!(state(&third), None);
    assert_eq!(state(&first).as_deref(), Some("missing"));
    daemon.stop();
    let daemon = start(&place).await;
    assert!(notices(&daemon).contains(&"BACKUP_MISSING".to_owned()));
    let directory = backups(&place);
    done(
        &daemon,
        &["backup", "forget", directory.to_str().unwrap(), "--yes"],
    );
    assert!(!notices(&daemon).contains(&"BACKUP_MISSING".to_owned()));
    let left = states(&daemon);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].1, "made");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_is_made_where_its_place_can_not_be_looked_through_and_one_without_its_objects_is_missing()
 {
    let place = Place::new();
    let daemon = start(&place).await;
    let first = made(&back_up(&daemon));
    let manifests = backups(&place).join("manifests");
    let garbage = ["json", "note"]
        .map(|ending| manifests.join(format!("20261130T153700.000Z-bbbbbbbb.{ending}")));
    for file in &garbage {
        fs::write(file, "x").unwrap();
    }
    let notes = || fs::read_dir(&manifests).unwrap().count();
    let before = notes();
    let refused = run(&daemon, &["backup", "create"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(notes(), before, "nothing is there that nobody knows of");
    for file in &garbage {
        fs::remove_file(file).unwrap();
    }
    let second = made(&back_up(&daemon));
    let state = |id: &str| {
        let all = states(&daemon);
        all.into_iter().find(|(one, _)| one == id).unwrap().1
    };
    assert_eq!(
        states(&daemon).len(),
        2,
        "the one that failed has left nothing"
    );
    // An object that the first alone names.
    let names = |id: &str| {
        let text = fs::read_to_string(manifests.join(format!("{id}.json"))).unwrap();
        let manifest: Manifest = serde_json::from_str(&text).unwrap();
        let digests = manifest.files.iter().map(|file| file.digest.to_string());
        digests.collect::<std::collections::BTreeSet<_>>()
    };
    let own = names(&first);
    let alone = own.difference(&names(&second)).next().unwrap().clone();
    fs::remove_file(backups(&place).join(format!("objects/{}/{alone}", &alone[..2]))).unwrap();
    back_up(&daemon);
    assert_eq!(state(&first), "missing");
    assert_eq!(state(&second), "made");
    assert!(daemon.log().contains("a backup is not whole"));
    daemon.stop();
}
