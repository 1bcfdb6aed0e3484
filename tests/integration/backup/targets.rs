//! Directories of backups that are not what they were, and backups that somebody asked for and that were not made.

use std::{
    os::unix::process::ExitStatusExt as _,
    time::{Duration, Instant},
};

use super::*;
use crate::support::{
    calls::{batch, create, events},
    command::run,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_somebody_asked_for_and_that_was_not_made_is_told() {
    let place = Place::new();
    let daemon = start(&place).await;
    fs::rename(backups(&place), place.file("away")).unwrap();
    let refused = run(&daemon, &["backup", "create"]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(notices(&daemon).contains(&"BACKUP_FAILED".to_owned()));
    assert!(daemon.log().contains("a backup was not made"));
    fs::rename(place.file("away"), backups(&place)).unwrap();
    back_up(&daemon);
    assert!(!notices(&daemon).contains(&"BACKUP_FAILED".to_owned()));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_directory_in_the_place_of_the_backups_is_refused_until_it_is_said_to_be_new() {
    let place = Place::new();
    let daemon = start(&place).await;
    let lost = back_up(&daemon);
    let lost = lost["backup"].as_str().unwrap();
    // Its volume is not mounted.
    fs::rename(backups(&place), place.file("volume")).unwrap();
    fs::create_dir(backups(&place)).unwrap();
    let refused = run(&daemon, &["backup", "create"]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.remarks.contains("BACKUP_PLACE_AWAY"), "{refused:?}");
    assert!(refused.remarks.contains("--new-target"), "{refused:?}");
    assert_eq!(files_below(&backups(&place)), Vec::<PathBuf>::new());
    let pruned = run(&daemon, &["backup", "prune", "--keep-days", "0", "--yes"]);
    assert_eq!(pruned.code, 6, "{pruned:?}");

    done(&daemon, &["backup", "create", "--new-target"]);
    back_up(&daemon);
    let prune = [
        "backup",
        "prune",
        "--keep-days",
        "0",
        "--yes",
        "--output",
        "json",
    ];
    let pruned = done(&daemon, &prune).json();
    assert_eq!(pruned["unreached"], serde_json::json!([lost]), "{pruned}");
    assert_eq!(pruned["backups"].as_array().unwrap().len(), 1, "{pruned}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_of_two_stores_in_one_directory_are_told_apart() {
    let (one, other) = (Place::new(), Place::new());
    let daemon = start(&one).await;
    let of_one = back_up(&daemon);
    daemon.stop();
    let shared = backups(&one);
    let mut command = serve(&other);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", &shared)
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, &other).unwrap();
    daemon.await_serving().await;
    let of_other = back_up(&daemon);
    assert!(daemon.log().contains("those of other stores"));
    daemon.stop();

    let restored = Place::new();
    let refused = restore(&one, &restored, &["--anchor-lost"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for made in [&of_one, &of_other] {
        let id = made["backup"].as_str().unwrap();
        assert!(refused.remarks.contains(id), "{refused:?}");
    }
    assert!(!restored.data().exists());
    assert_eq!(verify(&one).code, 2);
    let id = of_one["backup"].as_str().unwrap();
    let answer = restore(&one, &restored, &["--anchor-lost", "--backup", id]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["store"].as_str().unwrap().len(), 32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_that_is_interrupted_leaves_nothing() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for number in 0..20 {
        let events = events(&format!("e{number}"), 0..1_000);
        batch(&mut client, "audit", events).await.unwrap();
    }
    back_up(&daemon);
    daemon.stop();
    let scratch = place.file("scratch");
    fs::create_dir(&scratch).unwrap();
    let mut verifying = Command::new(INDELIBLE)
        .args(["backup", "verify"])
        .arg(backups(&place))
        .arg("--scratch")
        .arg(&scratch)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while fs::read_dir(&scratch).unwrap().next().is_none() {
        assert!(Instant::now() < deadline, "it does not begin");
        assert_eq!(verifying.try_wait().unwrap(), None, "it ended");
    }
    done_with(
        &Command::new("kill")
            .arg(verifying.id().to_string())
            .output()
            .unwrap(),
    );
    let status = verifying.wait().unwrap();
    assert!(
        !status.success() && status.signal() != Some(libc::SIGKILL),
        "{status}"
    );
    assert_eq!(
        fs::read_dir(&scratch).unwrap().count(),
        0,
        "scratch is left"
    );
}

fn done_with(output: &std::process::Output) {
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_system_is_in_quarantine_nobody_says_that_a_backup_is_late() {
    let place = Place::new();
    let daemon = start(&place).await;
    back_up(&daemon);
    daemon.stop();
    fs::rename(place.anchor(), place.file("lost.anchor")).unwrap();
    let daemon = start_with(&place, &[("INDELIBLE__BACKUP__EVERY_HOURS", "1")]).await;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let status = done(&daemon, &["status", "--output", "json"]).json();
        let unread = status["backup"]["unread"].as_str().unwrap();
        if unread.contains("_system is in quarantine") {
            break;
        }
        assert!(Instant::now() < deadline, "{status}");
    }
    assert!(!notices(&daemon).contains(&"BACKUP_LATE".to_owned()));
    let listed = run(&daemon, &["backup", "list"]);
    assert_eq!(listed.code, 1, "{listed:?}");
    for words in ["not known", "quarantine", "backup list DIR"] {
        assert!(listed.remarks.contains(words), "{words}: {listed:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_prune_does_not_reach_is_told_as_what_somebody_must_destroy() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let of_erika = crate::support::keys::event_of("erika", "e");
    batch(&mut client, "audit", vec![of_erika]).await.unwrap();
    back_up(&daemon);
    daemon.stop();
    // Another directory is configured. It needs no word: nothing is lost by it.
    let (old, new) = (backups(&place), place.file("elsewhere"));
    fs::create_dir(&new).unwrap();
    let elsewhere = [("INDELIBLE__BACKUP__DIRECTORY", new.to_str().unwrap())];
    let daemon = start_with(&place, &elsewhere).await;
    back_up(&daemon);
    let erase = [
        "erase",
        "audit",
        "--subject",
        "erika",
        "--basis",
        "GDPR Art. 17",
        "--yes",
    ];
    let erased = done(&daemon, &[&erase[..], &["--output", "json"]].concat()).json();
    let holding = erased["in_backups"].as_array().unwrap();
    let of = |directory: &Path| {
        let mut all = holding.iter();
        all.find(|one| one["directory"] == directory.to_str().unwrap())
            .unwrap()
    };
    assert_eq!(of(&old)["not_pruned"], true, "{erased}");
    assert_eq!(of(&old)["keep_until_time"], "", "{erased}");
    assert_eq!(of(&new)["not_pruned"], false, "{erased}");
    let sequence = erased["sequence"].to_string();
    let certificate = done(&daemon, &["certificate", "audit", &sequence]).text();
    assert!(
        certificate.contains("is not taken away by this daemon"),
        "{certificate}"
    );
    let list = done(&daemon, &["backup", "list"]).text();
    assert!(list.contains("not taken away"), "{list}");

    let of_old = ["backup", "forget", old.to_str().unwrap(), "--yes"];
    let refused = run(&daemon, &of_old);
    assert!(
        refused.code == 1 && refused.remarks.contains("delete all that lies in it"),
        "{refused:?}"
    );
    // The volume of the place that is configured is not mounted: that destroys nothing.
    let away = place.file("away");
    fs::rename(&new, &away).unwrap();
    fs::create_dir(&new).unwrap();
    let refused = run(
        &daemon,
        &["backup", "forget", new.to_str().unwrap(), "--yes"],
    );
    assert!(
        refused.code == 6 && refused.remarks.contains("mount it"),
        "{refused:?}"
    );
    fs::remove_dir(&new).unwrap();
    fs::rename(&away, &new).unwrap();
    fs::remove_dir_all(&old).unwrap();
    done(&daemon, &of_old);
    let list = done(&daemon, &["backup", "list"]).text();
    assert!(!list.contains("not taken away"), "{list}");
    daemon.stop();
}
