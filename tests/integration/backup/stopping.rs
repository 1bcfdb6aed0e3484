//! A backup that somebody stops, and backups that somebody says are gone.

use std::time::{Duration, Instant};

use indelible_proto::v1::{CreateBackupRequest, ErrorReason};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::*;
use crate::support::{
    calls::{batch, create, events},
    command::run,
    keys::erase,
};

/// What the records of `_system` tell of backups, in the order in which they were made: the call, and how it ended.
fn recorded(daemon: &Daemon) -> Vec<(String, String)> {
    let type_of = "indelible.system.backed_up.v1";
    let listed = done(
        daemon,
        &["list", "_system", "--type", type_of, "--output", "json"],
    );
    let text = listed.text();
    let records = text.lines().map(|line| {
        let record: Value = serde_json::from_str(line).unwrap();
        let fact = |name: &str| {
            record["event"]["facts"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        (fact("method"), fact("outcome"))
    });
    records.collect()
}

fn listed(daemon: &Daemon) -> Vec<Value> {
    let listed = done(daemon, &["backup", "list", "--output", "json"]).text();
    let lines = listed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_stopped_ends_and_the_next_one_goes_on_with_what_it_had() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for number in 0..6 {
        let mut large = events(&format!("e{number}"), 0..4);
        for event in &mut large {
            let mut noise = vec![0; 250_000];
            getrandom::fill(&mut noise).unwrap();
            event.payload = Some(indelible_proto::v1::event::Payload::Plaintext(noise.into()));
        }
        batch(&mut client, "audit", large).await.unwrap();
    }
    let refused = run(&daemon, &["backup", "stop"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.remarks.contains("no backup is being made"),
        "{refused:?}"
    );

    let mut backup = client_of(&daemon).await;
    // Some six seconds, if nobody stops it.
    let request = CreateBackupRequest {
        bytes_per_second: 1 << 20,
        ..CreateBackupRequest::default()
    };
    let mut progress = backup.create_backup(request).await.unwrap().into_inner();
    let mut copied = 0;
    while copied == 0 {
        let message = progress.message().await.unwrap().expect("it goes on");
        assert!(message.backup.is_none(), "it ended before it was stopped");
        copied = message.copied_bytes;
    }
    let began = Instant::now();
    let stopped = done(&daemon, &["backup", "stop", "--output", "json"]).json();
    let ended = loop {
        match progress.message().await {
            Ok(Some(message)) => assert!(message.backup.is_none(), "it was made: {message:?}"),
            Ok(None) => panic!("it ended without a result"),
            Err(status) => break status,
        }
    };
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(ended.code(), Code::Aborted, "{ended}");
    let info = ended.get_details_error_info().unwrap();
    assert_eq!(info.reason, ErrorReason::BackupStopped.name());
    let all = listed(&daemon);
    assert_eq!(
        (&all[0]["backup"], &all[0]["state"]),
        (&stopped["backup"], &"unfinished".into())
    );
    assert!(all[0]["copied_bytes"].as_u64().unwrap() > 0, "{all:?}");
    // It is no failure that somebody has to look at.
    let status = done(&daemon, &["status"]).text();
    assert!(!status.contains("BACKUP_FAILED"), "{status}");
    let wanted = [
        ("CreateBackup", "begun"),
        ("StopBackup", "begun"),
        ("StopBackup", "done"),
        ("CreateBackup", "failed"),
    ];
    let mut found = recorded(&daemon);
    found.sort();
    let mut wanted = wanted.map(|(method, outcome)| (method.to_owned(), outcome.to_owned()));
    wanted.sort();
    assert_eq!(found, wanted);

    let made = back_up(&daemon);
    let bytes = |name: &str| made[name].as_u64().unwrap();
    assert!(bytes("copied_bytes") < bytes("bytes"), "{made}");
    assert_eq!(verify(&place).code, 0);
    daemon.stop();
    // After a restart the records say the same.
    let daemon = start(&place).await;
    assert_eq!(listed(&daemon)[0]["backup"], made["backup"]);
    assert!(
        !daemon.log().contains("is not understood"),
        "{}",
        daemon.log()
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_that_are_there_are_not_forgotten_and_those_of_a_destroyed_directory_are() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let of_erika = crate::support::keys::event_of("erika", "e");
    batch(&mut client, "audit", vec![of_erika]).await.unwrap();
    let made = back_up(&daemon);
    let made = made["backup"].as_str().unwrap().to_owned();
    let mut keys = daemon.keys().await;
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    assert_eq!(erased.backups.len(), 1, "it is named");
    let directory = backups(&place);
    let forget = ["backup", "forget", directory.to_str().unwrap(), "--yes"];

    let refused = run(&daemon, &forget);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.remarks.contains("are there"), "{refused:?}");
    let refused = run(&daemon, &["backup", "forget", "/nowhere", "--yes"]);
    assert!(
        refused.remarks.contains("no backup is known"),
        "{refused:?}"
    );
    assert_eq!(listed(&daemon).len(), 1);

    // It is destroyed, and another one takes its place.
    fs::remove_dir_all(&directory).unwrap();
    fs::create_dir(&directory).unwrap();
    done(&daemon, &["backup", "create", "--new-target"]);
    assert_eq!(listed(&daemon).len(), 2);
    // It was on another volume than the one that is there, which has to be named: it could only be away.
    let unnamed = run(&daemon, &forget);
    assert_eq!(unnamed.code, 1, "{unnamed:?}");
    let named = ["--backup", &made, "--output", "json"];
    let forgotten = done(&daemon, &[&forget[..], &named].concat()).json();
    assert_eq!(forgotten["backups"], serde_json::json!([made]));
    let left = listed(&daemon);
    assert_eq!(left.len(), 1);
    assert_ne!(
        left[0]["backup"],
        made.as_str(),
        "what is there stays known"
    );
    let ended = ("ForgetBackups".to_owned(), "done".to_owned());
    assert!(recorded(&daemon).contains(&ended));

    // What is said of the erasure leaves room for what nobody can know.
    let certificate = place.file("certificate.json");
    let sequence = erased.sequence.to_string();
    let path = certificate.to_str().unwrap();
    done(&daemon, &["certificate", "audit", &sequence, "-o", path]);
    let certificate: Value = serde_json::from_slice(&fs::read(&certificate).unwrap()).unwrap();
    assert_eq!(certificate["backups"], serde_json::json!([]));
    let not_looked_at = certificate["not_looked_at"].to_string();
    assert!(
        not_looked_at.contains("backups and other copies"),
        "{not_looked_at}"
    );
    daemon.stop();
    let daemon = start(&place).await;
    assert_eq!(listed(&daemon), left, "a restart does not bring it back");
    daemon.stop();
}
