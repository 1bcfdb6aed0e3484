//! Several volumes under one path: which of them somebody means who forgets backups, and what an erasure finds on one that is back.

use super::*;
use crate::support::{
    calls::{batch, create},
    command::run,
    keys::event_of,
};

fn listed(daemon: &Daemon) -> Vec<Value> {
    let list = done(daemon, &["backup", "list", "--output", "json"]).text();
    let lines = list.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn id(made: &Value) -> String {
    made["backup"].as_str().unwrap().to_owned()
}

/// A daemon with a backup of a person on a volume that is away, and one on the volume that took its place.
async fn two_volumes(place: &Place) -> (Daemon, Value, Value) {
    let daemon = start(place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", vec![event_of("erika", "e")])
        .await
        .unwrap();
    let first = back_up(&daemon);
    fs::rename(backups(place), place.file("first volume")).unwrap();
    fs::create_dir(backups(place)).unwrap();
    let second = done(
        &daemon,
        &["backup", "create", "--new-target", "--output", "json"],
    );
    (daemon, first, second.json())
}

fn erased(daemon: &Daemon) -> Value {
    let erase = [
        "erase",
        "audit",
        "--subject",
        "erika",
        "--basis",
        "GDPR Art. 17",
        "--yes",
        "--output",
        "json",
    ];
    done(daemon, &erase).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_on_a_volume_that_is_only_away_are_forgotten_only_by_name() {
    let place = Place::new();
    let (daemon, first, second) = two_volumes(&place).await;
    // A slash at its end makes no other place.
    let directory = format!("{}/", backups(&place).display());
    let forget = |more: &[&str]| {
        let arguments = [&["backup", "forget", directory.as_str(), "--yes"][..], more].concat();
        run(&daemon, &[&arguments[..], &["--output", "json"]].concat())
    };
    let refused = forget(&[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let (first_id, volume) = (id(&first), first["place_id"].as_str().unwrap());
    for words in ["another volume under the same path", &*first_id, volume] {
        assert!(refused.remarks.contains(words), "{words}: {refused:?}");
    }
    assert_eq!(listed(&daemon).len(), 2);
    let there = forget(&["--backup", &id(&second)]);
    assert!(
        there.code == 1 && there.remarks.contains("is there"),
        "{there:?}"
    );
    let unknown = forget(&["--place-id", "0000000000000000"]);
    assert_eq!(unknown.code, 4, "{unknown:?}");

    // One that is missing from the volume which is there goes without a name, and the other volume's stay.
    let third = back_up(&daemon);
    for ending in ["json", "note"] {
        let file = format!("manifests/{}.{ending}", id(&second));
        fs::remove_file(backups(&place).join(file)).unwrap();
    }
    let fourth = back_up(&daemon);
    let forgotten = forget(&[]);
    assert_eq!(forgotten.code, 0, "{forgotten:?}");
    let told = forgotten.json();
    assert_eq!(told["backups"], serde_json::json!([id(&second)]), "{told}");
    let left = told["left"].as_array().unwrap();
    let reasons: Vec<_> = left
        .iter()
        .map(|one| {
            (
                one["backup"].as_str().unwrap(),
                one["reason"].as_str().unwrap(),
            )
        })
        .collect();
    let (third, fourth) = (id(&third), id(&fourth));
    assert_eq!(
        reasons,
        [
            (&*first_id, "other-volume"),
            (&*third, "there"),
            (&*fourth, "there")
        ]
    );
    let list = done(&daemon, &["backup", "list"]).text();
    assert!(
        list.contains("on another volume under the same path"),
        "{list}"
    );
    let forgotten = forget(&["--place-id", volume]).json();
    assert_eq!(
        forgotten["backups"],
        serde_json::json!([first_id]),
        "{forgotten}"
    );
    let left = listed(&daemon);
    assert_eq!(left.len(), 2);
    daemon.stop();
    let daemon = start(&place).await;
    assert_eq!(listed(&daemon), left, "the records say the same");
    let log = daemon.log();
    assert!(!log.contains("is not understood"), "{log}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_names_what_lies_on_a_volume_that_is_back_though_it_was_forgotten() {
    let place = Place::new();
    let (daemon, first, second) = two_volumes(&place).await;
    let directory = backups(&place).display().to_string();
    let first_id = id(&first);
    let forget = [
        "backup",
        "forget",
        directory.as_str(),
        "--yes",
        "--backup",
        first_id.as_str(),
    ];
    done(&daemon, &forget);
    // The volume is there again, in the place of the other one.
    fs::rename(&directory, place.file("second volume")).unwrap();
    fs::rename(place.file("first volume"), &directory).unwrap();
    let answer = erased(&daemon);
    let named = answer["in_backups"].as_array().unwrap();
    let of = |made: &Value| named.iter().find(|one| one["backup"] == made["backup"]);
    assert!(of(&second).is_some(), "{answer}");
    let back = of(&first).unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(back["other_volume"], true, "{answer}");
    assert_eq!(back["place_id"], first["place_id"], "{answer}");
    // A look found it, and no record tells of it: it is there all the same.
    let still_there = run(&daemon, &forget);
    assert!(
        still_there.code == 1 && still_there.remarks.contains("is there"),
        "{still_there:?}"
    );
    let sequence = answer["sequence"].to_string();
    let certificate = done(&daemon, &["certificate", "audit", &sequence]).text();
    for words in [&*id(&first), "another volume under the same path"] {
        assert!(certificate.contains(words), "{words}: {certificate}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_volumes_are_exchanged_or_away_no_answer_promises_what_no_prune_does() {
    let place = Place::new();
    let (daemon, first, second) = two_volumes(&place).await;
    let would = |daemon: &Daemon, made: &Value| {
        let erase = ["erase", "audit", "--subject", "erika", "--dry-run"];
        let answer = done(daemon, &[&erase[..], &["--output", "json"]].concat()).json();
        let named = answer["in_backups"].as_array().unwrap().iter();
        let mut found = named.filter(|one| one["backup"] == made["backup"]);
        let one = found.next().unwrap_or_else(|| panic!("{answer}")).clone();
        let day = one["keep_until_time"].as_str().unwrap();
        (
            !day.is_empty(),
            one["other_volume"] == true,
            one["place_away"] == true,
        )
    };
    assert_eq!(would(&daemon, &first), (false, true, false));
    assert_eq!(would(&daemon, &second), (true, false, false));
    let directory = backups(&place);
    fs::rename(&directory, place.file("second volume")).unwrap();
    assert_eq!(would(&daemon, &second), (false, false, true), "it is away");
    let list = done(&daemon, &["backup", "list"]).text();
    assert!(list.contains("not known: it is not there now"), "{list}");
    fs::rename(place.file("first volume"), &directory).unwrap();
    assert_eq!(would(&daemon, &first), (true, false, false), "exchanged");
    assert_eq!(would(&daemon, &second), (false, true, false), "exchanged");
    let prune = ["backup", "prune", "--keep-days", "0", "--yes"];
    let pruned = done(&daemon, &[&prune[..], &["--output", "json"]].concat()).json();
    assert_eq!(
        pruned["unreached"],
        serde_json::json!([id(&second)]),
        "{pruned}"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_was_deleted_by_hand_is_not_said_to_be_there() {
    let place = Place::new();
    let daemon = start(&place).await;
    let first = id(&back_up(&daemon));
    back_up(&daemon);
    for ending in ["json", "note"] {
        let file = format!("manifests/{first}.{ending}");
        fs::remove_file(backups(&place).join(file)).unwrap();
    }
    let directory = backups(&place).display().to_string();
    let forget = ["backup", "forget", &directory, "--backup", &first, "--yes"];
    let forgotten = done(&daemon, &[&forget[..], &["--output", "json"]].concat()).json();
    assert_eq!(forgotten["backups"], serde_json::json!([first]));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_fails_where_the_place_of_the_backups_is_empty_or_another_volume() {
    let place = Place::new();
    let daemon = start(&place).await;
    back_up(&daemon);
    let doctor = |daemon: &Daemon| {
        let output = Command::new(INDELIBLE)
            .args([
                "--address",
                daemon.address(),
                "doctor",
                "--output",
                "json",
                "--data",
            ])
            .arg(place.data())
            .arg("--passphrase-file")
            .arg(place.passphrase())
            .env("INDELIBLE__BACKUP__DIRECTORY", backups(&place))
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap().iter();
        let mut found = checks.filter(|check| check["name"] == "backups' volume");
        let outcome = found
            .next()
            .map(|check| check["outcome"].as_str().unwrap().to_owned());
        (output.status.code().unwrap(), outcome)
    };
    assert_eq!(doctor(&daemon), (0, Some("ok".to_owned())));
    fs::rename(backups(&place), place.file("away")).unwrap();
    fs::create_dir(backups(&place)).unwrap();
    assert_eq!(
        doctor(&daemon),
        (1, Some("fail".to_owned())),
        "an empty mount point"
    );
    let other = Place::new();
    let of_other = start(&other).await;
    back_up(&of_other);
    of_other.stop();
    fs::remove_dir(backups(&place)).unwrap();
    fs::rename(backups(&other), backups(&place)).unwrap();
    assert_eq!(
        doctor(&daemon),
        (1, Some("fail".to_owned())),
        "another volume"
    );
    daemon.stop();
}

#[test]
fn a_place_that_is_away_is_told_from_one_that_can_not_be_meant() {
    let place = Place::new();
    let directory = place.file("mount point");
    let verify = || offline(&["backup", "verify", directory.to_str().unwrap()]);
    assert_eq!(verify().code, 6, "nothing is there");
    fs::create_dir(&directory).unwrap();
    let away = verify();
    assert!(
        away.code == 6 && away.remarks.contains("mount it"),
        "{away:?}"
    );
    fs::write(directory.join("thesis.txt"), "mine").unwrap();
    assert_eq!(verify().code, 2, "somebody else's directory");
}
