//! Backups: made while the daemon serves, verified without it, and restored where the anchor judges.

mod after_repair;
mod bucket;
mod commands;
mod disposal;
mod encrypted;
mod erasure;
mod foreign;
mod kills;
mod older;
mod restore;
mod restore_kills;
mod schedule;
mod stopping;
mod targets;
mod timer;
mod volumes;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use indelible_proto::v1::backup_service_client::BackupServiceClient;
use serde_json::Value;
use tonic::transport::Channel;

use crate::support::{
    command::{Answer, done},
    daemon::{Daemon, INDELIBLE, serve},
    place::Place,
};

/// Where the backups of a place go.
fn backups(place: &Place) -> PathBuf {
    place.file("backups")
}

/// A daemon that makes backups when it is asked; `more` settings can be added.
async fn start_with(place: &Place, more: &[(&str, &str)]) -> Daemon {
    let mut command = serve(place);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", backups(place))
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0")
        .envs(more.iter().copied());
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

/// The same with a directory for backups that is there.
async fn start(place: &Place) -> Daemon {
    fs::create_dir_all(backups(place)).unwrap();
    start_with(place, &[]).await
}

/// Makes a backup; what the command says of it.
fn back_up(daemon: &Daemon) -> Value {
    done(daemon, &["backup", "create", "--output", "json"]).json()
}

/// Runs a command that needs no daemon.
fn offline(arguments: &[&str]) -> Answer {
    let output = Command::new(INDELIBLE)
        .args(arguments)
        .args(["--output", "json"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Answer {
        code: output.status.code().unwrap(),
        data: output.stdout,
        remarks: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Verifies the newest backup.
fn verify(place: &Place) -> Answer {
    let directory = backups(place);
    let scratch = place.file("scratch");
    fs::create_dir_all(&scratch).unwrap();
    let answer = offline(&[
        "backup",
        "verify",
        directory.to_str().unwrap(),
        "--scratch",
        scratch.to_str().unwrap(),
    ]);
    assert_eq!(fs::read_dir(scratch).unwrap().count(), 0, "scratch is left");
    answer
}

/// Restores the newest backup of a place into another one.
fn restore(from: &Place, to: &Place, judge: &[&str]) -> Answer {
    let (directory, data) = (backups(from), to.data());
    let arguments = [
        &[
            "backup",
            "restore",
            directory.to_str().unwrap(),
            "--yes",
            "--into",
            data.to_str().unwrap(),
        ][..],
        judge,
    ];
    offline(&arguments.concat())
}

/// What a restore says of a ledger.
fn of_ledger<'a>(restored: &'a Value, name: &str) -> &'a Value {
    let mut ledgers = restored["ledgers"].as_array().unwrap().iter();
    ledgers.find(|ledger| ledger["ledger"] == name).unwrap()
}

/// The codes of the notices that a daemon has.
fn notices(daemon: &Daemon) -> Vec<String> {
    let status = done(daemon, &["status", "--output", "json"]).json();
    let notices = status["notices"].as_array().unwrap().iter();
    notices
        .map(|notice| notice["code"].as_str().unwrap().to_owned())
        .collect()
}

/// A client of the backup service.
async fn client_of(daemon: &Daemon) -> BackupServiceClient<Channel> {
    BackupServiceClient::new(daemon.connect().await)
}

/// All files below a directory.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => left.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}
