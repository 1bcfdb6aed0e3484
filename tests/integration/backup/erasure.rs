//! A backup that was made before an erasure still holds the person, and whoever erases is told which.

use std::time::{Duration, Instant};

use indelible_proto::v1::{CreateBackupRequest, ListErasureBackupsRequest, event::Payload};

use super::*;
use crate::{
    administrator::support::{CATALOGUE, KEYS, RECORDS, StoppedStore, of_ledger as key_of},
    support::{
        calls::{append, batch, create},
        daemon::Keys,
        keys::{erase, event_of},
    },
};

/// Bytes of what is looked for: a run of what was encrypted, which no table compresses.
const NEEDLE_BYTES: usize = 24;

/// A run of the stored record, and of the wrapped keys of its ledger, as they lie in a restored backup.
fn needles(restored: &Place, name: &str, sequence: u64) -> Vec<Vec<u8>> {
    let store = StoppedStore::open(restored);
    let named = format!("\"name\":\"{name}\"");
    let descriptors = store.with_prefix(CATALOGUE, &[0x10]);
    let own = descriptors
        .iter()
        .find(|(_, descriptor)| String::from_utf8_lossy(descriptor).contains(&named));
    let number = u32::from_be_bytes(own.unwrap().0[1..].try_into().unwrap());
    let record = store.get(RECORDS, &key_of(number, &sequence.to_be_bytes()));
    let record = record.unwrap();
    assert!(record.len() > 1_000, "the payload is in it");
    let keys = store.with_prefix(KEYS, &[]);
    let wrapped = keys
        .iter()
        .filter(|(key, _)| key.get(4) == Some(&b'k'))
        .map(|(_, value)| value[value.len() - NEEDLE_BYTES..].to_vec());
    let middle = record.len() / 2;
    let mut needles: Vec<_> = wrapped.collect();
    needles.push(record[middle..middle + NEEDLE_BYTES].to_vec());
    needles
}

/// Which of them some file below a directory has.
fn found(needles: &[Vec<u8>], directory: &Path) -> Vec<bool> {
    let files: Vec<_> = files_below(directory)
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    let is_in = |needle: &Vec<u8>| {
        files.iter().any(|bytes| {
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_slice())
        })
    };
    needles.iter().map(is_in).collect()
}

/// An event of a person with a payload that no table compresses.
fn noisy(subject: &str, id: &str, bytes: usize) -> indelible_proto::v1::Event {
    let mut noise = vec![0; bytes];
    getrandom::fill(&mut noise).unwrap();
    indelible_proto::v1::Event {
        payload: Some(Payload::Plaintext(noise.into())),
        ..event_of(subject, id)
    }
}

pub(super) async fn that_may_hold(daemon: &Daemon, sequence: u64) -> Vec<String> {
    let request = ListErasureBackupsRequest {
        ledger: "audit".into(),
        sequence,
        recorded_elsewhere: false,
    };
    let mut client = client_of(daemon).await;
    let answer = client.list_erasure_backups(request).await.unwrap();
    let backups = answer.into_inner().backups.into_iter();
    backups.map(|backup| backup.backup_id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_is_in_no_backup_that_the_answer_does_not_name() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let erika = append(&mut client, "audit", noisy("erika", "e1", 4_000));
    let sequence = erika.await.unwrap().sequence;
    append(&mut client, "audit", noisy("max", "m1", 4_000))
        .await
        .unwrap();
    let first = back_up(&daemon);
    let before = Place::new();
    assert_eq!(restore(&place, &before, &["--anchor-lost"]).code, 0);
    let needles = needles(&before, "audit", sequence);

    let mut keys: Keys = daemon.keys().await;
    let dry = dry_run(&daemon);
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    let named: Vec<_> = erased.backups.iter().map(|one| &one.backup_id).collect();
    assert_eq!(named, [first["backup"].as_str().unwrap()]);
    assert_eq!(dry["in_backups"][0]["backup"], first["backup"], "{dry}");
    assert_eq!(dry["backups"], erased.backup_advice, "{dry}");
    assert!(erased.backups[0].keep_until_time.is_some());
    let number = erased.sequence.to_string();
    let certificate = done(&daemon, &["certificate", "audit", &number]).text();
    assert!(
        certificate.contains(first["backup"].as_str().unwrap()),
        "{certificate}"
    );

    let second = back_up(&daemon);
    assert_eq!(second["may_hold_erased"], false);
    let list = done(&daemon, &["backup", "list", "--output", "json"]).text();
    let listed: Vec<Value> = list
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&listed[0]["may_hold_erased"], &listed[1]["may_hold_erased"]),
        (&false.into(), &true.into())
    );
    assert_eq!(
        that_may_hold(&daemon, erased.sequence).await,
        named_of(&first)
    );

    // The person is found in what is named, and in nothing else. Max is found in both.
    let after = Place::new();
    assert_eq!(restore(&place, &after, &["--anchor-lost"]).code, 0);
    let (was, is) = (
        found(&needles, &before.data()),
        found(&needles, &after.data()),
    );
    assert!(was.iter().all(|found| *found), "{was:?}");
    assert!(!is.last().unwrap(), "the record is in the second backup");
    assert_eq!(
        is.iter().filter(|found| **found).count(),
        needles.len() - 2,
        "the person's record and key, and nothing else, are gone"
    );
    let keep = ["backup", "prune", "--keep-days", "0", "--yes"];
    done(&daemon, &keep);
    let left = found(&needles, &backups(&place));
    assert!(!left.last().unwrap(), "the record is left in the directory");
    assert!(that_may_hold(&daemon, erased.sequence).await.is_empty());
    daemon.stop();
    let daemon = start(&place).await;
    assert!(that_may_hold(&daemon, erased.sequence).await.is_empty());
    daemon.stop();
}

/// It holds none of the person's records, and could hold a key: so it is named, and said to be what it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_from_before_a_persons_first_record_is_said_to_have_at_most_a_key() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let before = back_up(&daemon);
    append(&mut client, "audit", noisy("erika", "e1", 100))
        .await
        .unwrap();
    let with = back_up(&daemon);
    let dry = dry_run(&daemon);
    let foretold = [0, 1].map(|at| &dry["in_backups"][at]["key_alone"]);
    assert_eq!(foretold, [false, true], "{dry}");
    let erased = erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    let named: Vec<_> = erased
        .backups
        .iter()
        .map(|backup| (backup.backup_id.as_str(), backup.key_alone))
        .collect();
    assert_eq!(
        named,
        [
            (with["backup"].as_str().unwrap(), false),
            (before["backup"].as_str().unwrap(), true)
        ]
    );
    let number = erased.sequence.to_string();
    let certificate = done(&daemon, &["certificate", "audit", &number]).text();
    for words in [
        "none of these records",
        "which is wrapped",
        "a key may be in backup",
        "may be in backup",
    ] {
        assert!(certificate.contains(words), "{words}: {certificate}");
    }
    daemon.stop();
}

/// What an erasure of the person would do.
fn dry_run(daemon: &Daemon) -> Value {
    let asked = ["erase", "audit", "--subject", "erika", "--dry-run"];
    done(daemon, &[&asked[..], &["--output", "json"]].concat()).json()
}

fn named_of(backup: &Value) -> Vec<String> {
    vec![backup["backup"].as_str().unwrap().to_owned()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_does_not_wait_for_a_backup_which_begins_again_without_the_person() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for number in 0..6 {
        let events = (0..5).map(|one| noisy("erika", &format!("e{number}-{one}"), 200_000));
        batch(&mut client, "audit", events.collect()).await.unwrap();
    }
    let mut backup = client_of(&daemon).await;
    let request = CreateBackupRequest {
        bytes_per_second: 2 << 20,
        ..CreateBackupRequest::default()
    };
    let mut progress = backup.create_backup(request).await.unwrap().into_inner();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !place.data().join("cut").exists() {
        assert!(Instant::now() < deadline, "no cut is taken");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut keys: Keys = daemon.keys().await;
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    assert!(erased.complete);
    assert_eq!(erased.backups.len(), 1, "the one that is being made");
    let mut made = None;
    while let Some(message) = progress.message().await.unwrap() {
        made = message.backup.or(made);
    }
    let made = made.unwrap();
    assert!(that_may_hold(&daemon, erased.sequence).await.is_empty());
    assert!(made.total_bytes < 3_000_000, "{made:?}");
    assert_eq!(verify(&place).code, 0);
    let left: u64 = files_below(&backups(&place))
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert!(
        left < 3_000_000,
        "what the first cut had is left: {left} bytes"
    );
    daemon.stop();
}
