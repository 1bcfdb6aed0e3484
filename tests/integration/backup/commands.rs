//! The commands, as people use them.

use indelible_proto::v1::{CreateBackupRequest, ErrorReason, PruneBackupsRequest, event::Payload};
use tonic::Code;

use super::*;
use crate::support::{
    calls::{append, assert_refused, batch, create, event, events, ledger},
    command::run,
    daemon::Client,
};

/// Appends events with payloads that no table compresses.
async fn append_noise(client: &mut Client, numbers: std::ops::Range<u64>) {
    let mut next = numbers.start;
    while next < numbers.end {
        let to = numbers.end.min(next + 500);
        let mut noisy = events("n", next..to);
        for event in &mut noisy {
            let mut noise = vec![0; 2_000];
            getrandom::fill(&mut noise).unwrap();
            event.payload = Some(Payload::Plaintext(noise.into()));
        }
        batch(client, "audit", noisy).await.unwrap();
        next = to;
    }
}

/// The backup of one hundredth more, which copies little. Now and then the store has made larger files of smaller ones since the
/// backup before, which are copied whole; the next backup has only what is new again.
async fn one_hundredth_more(daemon: &Daemon, client: &mut Client) -> Value {
    for begin in (4_000..4_160).step_by(40) {
        append_noise(client, begin..begin + 40).await;
        let made = back_up(daemon);
        let bytes = |name: &str| made[name].as_u64().unwrap();
        let (copied, all) = (bytes("copied_bytes"), bytes("bytes"));
        eprintln!("{copied} of {all} bytes were copied for one hundredth more");
        if copied * 20 < all {
            return made;
        }
    }
    panic!("each of four backups copied more than a twentieth for one hundredth more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_listed_verified_and_taken_away() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append_noise(&mut client, 0..4_000).await;
    let first = back_up(&daemon);
    assert_eq!(first["state"], "made");
    assert_eq!(first["copied_bytes"], first["bytes"]);
    let key = done(&daemon, &["ledger", "key", "_system"]).text();
    let key_file = place.file("system.vkey");
    fs::write(&key_file, key).unwrap();

    let verified = verify(&place);
    assert_eq!(verified.code, 0, "{verified:?}");
    let verified = verified.json();
    assert_eq!(
        (&verified["intact"], &verified["ledgers"]),
        (&true.into(), &2.into())
    );
    assert!(verified["records"].as_u64().unwrap() > 4_000);
    let directory = backups(&place);
    let of = |key: &Path| {
        offline(&[
            "backup",
            "verify",
            directory.to_str().unwrap(),
            "--key",
            key.to_str().unwrap(),
        ])
    };
    assert_eq!(of(&key_file).code, 0);
    let wrong = place.file("wrong");
    fs::write(&wrong, "no battery, no staple\n").unwrap();
    for (passphrase, opens, code) in [(place.passphrase(), true, 0), (wrong.as_path(), false, 1)] {
        let verified = offline(&[
            "backup",
            "verify",
            directory.to_str().unwrap(),
            "--passphrase-file",
            passphrase.to_str().unwrap(),
        ]);
        assert_eq!(verified.code, code, "{verified:?}");
        let told = verified.json();
        assert_eq!(told["passphrase_opens"], opens);
        // Records are verified all the same.
        assert_eq!(told["intact"], true);
    }
    let other = place.file("audit.vkey");
    fs::write(&other, done(&daemon, &["ledger", "key", "audit"]).text()).unwrap();
    // Nothing is wrong with the backup: it is another's than the key that was given.
    let not_theirs = of(&other);
    assert_eq!(not_theirs.code, 5, "another ledger's key: {not_theirs:?}");
    assert_eq!(not_theirs.json()["intact"], true, "{not_theirs:?}");
    assert!(
        not_theirs
            .remarks
            .contains("nothing is wrong with the bytes"),
        "{not_theirs:?}"
    );

    // What one hundredth more takes, once the index has all that was there.
    while ledger(&mut client, "audit").await.indexed_size < 4_000 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    back_up(&daemon);
    let second = one_hundredth_more(&daemon, &mut client).await;

    let list = done(&daemon, &["backup", "list", "--output", "json"]).text();
    let listed: Vec<Value> = list
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(listed.len() >= 3, "{list}");
    assert_eq!(listed[0]["backup"], second["backup"]);
    let lying = offline(&["backup", "list", directory.to_str().unwrap()]);
    assert_eq!(lying.text().lines().count(), listed.len(), "{lying:?}");
    let status = done(&daemon, &["status", "--output", "json"]).json();
    assert_eq!(status["backup"]["newest"], second["backup"]);

    let unasked = run(&daemon, &["backup", "prune", "--keep-days", "0"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    let pruned = done(
        &daemon,
        &[
            "backup",
            "prune",
            "--keep-days",
            "0",
            "--yes",
            "--output",
            "json",
        ],
    );
    let gone = pruned.json()["backups"].as_array().unwrap().clone();
    assert_eq!((gone.len(), &gone[0]), (listed.len() - 1, &first["backup"]));
    assert_eq!(verify(&place).code, 0, "what both had is still there");
    let list = done(&daemon, &["backup", "list", "--output", "json"]).text();
    assert_eq!(list.lines().count(), 1, "{list}");

    // It is on record, and known after a restart.
    let log = done(
        &daemon,
        &["list", "_system", "--type", "indelible.system.backed_up.v1"],
    )
    .text();
    assert!(log.matches("backed_up").count() >= 6, "{log}");
    daemon.stop();
    let daemon = start(&place).await;
    let again = done(&daemon, &["backup", "list", "--output", "json"]).text();
    assert_eq!(again, list);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_directory_none_is_made_and_the_reason_is_told() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = client_of(&daemon).await;
    let refused = client.create_backup(CreateBackupRequest::default()).await;
    let code = Code::FailedPrecondition;
    assert_refused(refused, code, ErrorReason::BackupNotConfigured, "");
    let refused = client.prune_backups(PruneBackupsRequest::default()).await;
    assert_refused(refused, code, ErrorReason::BackupNotConfigured, "");
    daemon.stop();

    // One that is not there may be a volume that is not mounted.
    let daemon = start_with(&place, &[]).await;
    let mut client = client_of(&daemon).await;
    let refused = client.create_backup(CreateBackupRequest::default()).await;
    let away = ErrorReason::BackupPlaceAway;
    assert_refused(refused, Code::Unavailable, away, "");
    assert!(!backups(&place).exists());
    fs::create_dir(backups(&place)).unwrap();
    fs::write(backups(&place).join("thesis.txt"), "mine").unwrap();
    let refused = client.create_backup(CreateBackupRequest::default()).await;
    assert_refused(refused, code, ErrorReason::BackupTargetUnusable, "");
    assert_eq!(files_below(&backups(&place)).len(), 1);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_any_file_of_a_backup_is_found() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("e", 0..300))
        .await
        .unwrap();
    back_up(&daemon);
    append(&mut client, "audit", event("later")).await.unwrap();
    daemon.stop();
    assert_eq!(verify(&place).code, 0);
    let files = files_below(&backups(&place));
    assert!(files.len() > 8, "{files:?}");
    for path in files {
        let bytes = fs::read(&path).unwrap();
        for at in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            let mut flipped = bytes.clone();
            let Some(byte) = flipped.get_mut(at) else {
                continue;
            };
            *byte ^= 0x10;
            fs::write(&path, &flipped).unwrap();
            let verified = verify(&place);
            assert_ne!(verified.code, 0, "byte {at} of {}", path.display());
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(verify(&place).code, 0);
}
