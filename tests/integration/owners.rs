//! Whose files a store's are: a command of another user writes nothing there, and what may not be read is not called damaged.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use crate::{
    access::{STRANGER, is_root, said},
    support::{
        calls::{append, create, event},
        command::done,
        daemon::{Daemon, INDELIBLE, serve},
        place::Place,
    },
};

/// All that lies below a directory, with it.
fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        if path.is_dir() {
            let entries = fs::read_dir(path).unwrap();
            found.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

/// Gives the whole place to a user.
fn give(place: &Place, user: u32) {
    let root = place.data().parent().unwrap().to_owned();
    for path in below(&root) {
        chown(path, Some(user), Some(user)).unwrap();
    }
    let passphrase = place.passphrase();
    chown(passphrase, Some(user), Some(user)).unwrap();
}

/// Whose each file of the data directory is, and when it was changed.
fn owners(place: &Place) -> Vec<(PathBuf, u32, i64)> {
    let of = |path: PathBuf| {
        let found = fs::metadata(&path).unwrap();
        (path, found.uid(), found.mtime_nsec())
    };
    below(&place.data()).into_iter().map(of).collect()
}

fn assert_said(code: Option<i32>, said: &str, words: &[&str]) {
    assert_eq!(code, Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("damaged"), "{said}");
}

fn assert_refused(output: &Output, words: &[&str]) {
    let said = said(output) + &String::from_utf8_lossy(&output.stdout);
    assert_said(output.status.code(), &said, words);
}

/// Starts a daemon that is to end by itself.
fn assert_no_start(command: Command, place: &Place, words: &[&str]) {
    let (status, log) = Daemon::spawn(command, place).unwrap().wait();
    assert_said(status.code(), &log, words);
}

fn indelible(arguments: &[&str], place: &Place) -> Output {
    let mut command = Command::new(INDELIBLE);
    command
        .args(arguments)
        .arg("--data")
        .arg(place.data())
        .output()
        .unwrap()
}

/// A store that a daemon of another user serves, stopped.
async fn of_a_stranger() -> Place {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    give(&place, STRANGER);
    place
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn root_is_told_as_whom_to_run_what_would_leave_its_files_in_another_users_store() {
    if !is_root() {
        return;
    }
    let place = of_a_stranger().await;
    let before = owners(&place);
    let as_whom = format!("setpriv --reuid {STRANGER} --regid {STRANGER}");
    let passphrase = place.passphrase().to_str().unwrap().to_owned();
    assert_no_start(serve(&place), &place, &[&as_whom]);
    for output in [
        indelible(
            &[
                "system",
                "succeed",
                "--yes",
                "--passphrase-file",
                &passphrase,
            ],
            &place,
        ),
        indelible(&["upgrade", "confirm", "--yes"], &place),
    ] {
        assert_refused(&output, &[&as_whom]);
    }
    assert_eq!(owners(&place), before);
    let doctor = indelible(
        &["doctor", "--offline", "--passphrase-file", &passphrase],
        &place,
    );
    assert_eq!(doctor.status.code(), Some(1), "{doctor:?}");
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains(&as_whom), "{told}");
    assert_eq!(owners(&place), before);
    // Its own user starts it.
    let mut command = serve(&place);
    command.uid(STRANGER).gid(STRANGER);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_be_read_is_not_called_damaged() {
    if !is_root() {
        return;
    }
    let place = of_a_stranger().await;
    let current = place.data().join("store-0001/CURRENT");
    let start = |words: &[&str]| {
        let mut command = serve(&place);
        command.uid(STRANGER).gid(STRANGER);
        assert_no_start(command, &place, words);
    };
    chown(&current, Some(0), Some(0)).unwrap();
    fs::set_permissions(&current, fs::Permissions::from_mode(0o600)).unwrap();
    start(&["CURRENT belongs to user 0", "chown -R"]);
    chown(&current, Some(STRANGER), Some(STRANGER)).unwrap();
    fs::set_permissions(&current, fs::Permissions::from_mode(0o000)).unwrap();
    start(&["CURRENT", "may not do that"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anchor_that_everybody_may_write_to_is_refused() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    fs::set_permissions(place.anchor(), fs::Permissions::from_mode(0o666)).unwrap();
    let words = ["every user of this machine may write to", ".anchor"];
    assert_no_start(serve(&place), &place, &words);
    fs::set_permissions(place.anchor(), fs::Permissions::from_mode(0o600)).unwrap();
    Daemon::start(&place).await.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_in_which_the_anchor_could_not_be_written_anew_is_told_before_it_has_to_be() {
    if !is_root() {
        return;
    }
    let place = of_a_stranger().await;
    let mut command = serve(&place);
    command.uid(STRANGER).gid(STRANGER);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let directory = place.anchor().parent().unwrap().to_owned();
    let mut client = daemon.client().await;
    let steps = [(STRANGER, false), (0, true), (STRANGER, false)];
    for (number, (owner, is_told)) in steps.into_iter().enumerate() {
        chown(&directory, Some(owner), None).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let status = done(&daemon, &["status"]).text();
            if status.contains("ANCHOR_DIRECTORY_UNWRITABLE") == is_told {
                break;
            }
            assert!(Instant::now() < deadline, "{status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // Nothing is refused for it.
        let id = number.to_string();
        append(&mut client, "audit", event(&id)).await.unwrap();
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anchor_that_could_not_be_written_anew_is_there_before_the_restart() {
    if !is_root() {
        return;
    }
    let place = of_a_stranger().await;
    let begin = || {
        let mut command = serve(&place);
        command.uid(STRANGER).gid(STRANGER);
        Daemon::spawn(command, &place).unwrap()
    };
    let directory = place.anchor().parent().unwrap().to_owned();
    let allow = |owner| chown(&directory, Some(owner), None).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
    for is_seen_while_it_runs in [true, false] {
        let mut daemon = begin();
        daemon.await_serving().await;
        let mut client = daemon.client().await;
        let id = format!("acknowledged {is_seen_while_it_runs}");
        append(&mut client, "audit", event(&id)).await.unwrap();
        allow(0);
        fs::remove_file(place.anchor()).unwrap();
        let status = told(&daemon, "LEDGER_STOPPED").await;
        let status = match status.contains("STORAGE_FAILED") {
            true => status,
            false => told(&daemon, "STORAGE_FAILED").await,
        };
        assert!(status.contains("don't restart the daemon"), "{status}");
        let status = told(&daemon, "ANCHOR_DIRECTORY_UNWRITABLE").await;
        assert!(!status.contains("Appends go on"), "{status}");
        assert!(!place.anchor().exists());
        allow(STRANGER);
        if is_seen_while_it_runs {
            let status = told(&daemon, "restart the daemon").await;
            assert!(!status.contains("don't restart"), "{status}");
            assert!(place.anchor().exists());
        }
        daemon.stop();
        assert!(place.anchor().exists(), "the stop writes it at the latest");
    }
    let mut daemon = begin();
    daemon.await_serving().await;
    let status = done(&daemon, &["status"]).text();
    assert!(!status.contains("QUARANTINED"), "{status}");
    let mut client = daemon.client().await;
    append(&mut client, "audit", event("goes on"))
        .await
        .unwrap();
    daemon.stop();
}

/// The status once it tells of something.
async fn told(daemon: &Daemon, what: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let status = done(daemon, &["status"]).text();
        let is_told = status.contains(what);
        // Words against a thing are no words for it.
        if is_told && (what != "restart the daemon" || !status.contains("don't restart")) {
            return status;
        }
        assert!(Instant::now() < deadline, "{what}: {status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
