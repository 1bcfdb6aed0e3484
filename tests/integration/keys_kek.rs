//! The KEK changes, and who holds it, under load: from one passphrase to another, and from that to the environment.
//! Whatever breaks it off, all events stay readable, and the earlier KEK is needed exactly as long as something lies
//! under it.

mod kek;
mod measured;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    self, ErrorReason, FollowRecordsRequest, GetStatusRequest, KekRotationResult, KekRotationStep,
    RotateKekRequest, event::Payload, key_service_client::KeyServiceClient,
};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, ledger, sequences},
    chance::Chance,
    daemon::{Client, Daemon, INDELIBLE},
    place::Place,
    tier::{self, counts},
    verifier::assert_verifies,
};

use kek::{A, B, Kek, refused, start};

/// How long after the rotation's beginning, in milliseconds.
const KILL_MS: std::ops::Range<u64> = 0..300;
/// Data subjects, each with a key of its own.
const SUBJECTS: u64 = 1_500;
/// Events of one batch.
const BATCH: u64 = 100;
/// How long the daemon may take for what it does by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// The variable of the environment's KEK.
const VARIABLE: &str = "INDELIBLE_TEST_KEK";
/// And what it holds; nothing but this test is under it.
const ENVIRONMENT_KEK: &str = "9c1f04e7a85b36d2f07e6b1948c3d5aa2e7f90b3164d8ce57ab20f9318e46dc5";

fn place() -> Place {
    let place = Place::new();
    fs::write(A.file(&place), "the first of two passphrases\n").unwrap();
    fs::write(B.file(&place), "the second of two passphrases\n").unwrap();
    place
}

/// An event of a data subject.
fn sealed(id: &str, subject: u64) -> v1::Event {
    v1::Event {
        data_subject: format!("subject-{subject}"),
        ..event(id)
    }
}

/// Where each event is.
type Account = HashMap<String, u64>;

/// One event for each of so many data subjects.
async fn seed(client: &mut Client, ledger: &str, subjects: u64) -> Account {
    let mut account = Account::new();
    for first in (0..subjects).step_by(BATCH as usize) {
        let numbers = first..subjects.min(first + BATCH);
        let ids: Vec<_> = numbers
            .clone()
            .map(|number| format!("seed-{number}"))
            .collect();
        let events = ids
            .iter()
            .zip(numbers)
            .map(|(id, number)| sealed(id, number));
        let answer = batch(client, ledger, events.collect()).await.unwrap();
        let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
        account.extend(ids.into_iter().zip(sequences));
    }
    account
}

/// A client that appends one event after the other, many of new data subjects, until it is told to stop or the daemon
/// is gone.
struct Writing {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Written>,
}

#[derive(Default)]
struct Written {
    acknowledged: Account,
    /// How long each took.
    latencies: Vec<Duration>,
    /// What was sent last, if nothing is known of it.
    in_doubt: Option<(String, u64)>,
}

impl Writing {
    async fn start(daemon: &Daemon, ledger: &str, name: &str) -> Self {
        let mut client = daemon.client().await;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, ledger) = (Arc::clone(&stop), ledger.to_owned());
        let name = name.to_owned();
        let task = tokio::spawn(async move {
            let mut written = Written::default();
            for number in 0_u64.. {
                if stopped.load(Ordering::Acquire) {
                    break;
                }
                let id = format!("{name}-{number}");
                // One in three is the first of its subject.
                let subject = SUBJECTS + number / 3;
                let begun = Instant::now();
                match append(&mut client, &ledger, sealed(&id, subject)).await {
                    Ok(acknowledgement) => {
                        written.latencies.push(begun.elapsed());
                        written.acknowledged.insert(id, acknowledgement.sequence);
                    }
                    Err(_) => {
                        written.in_doubt = Some((id, subject));
                        break;
                    }
                }
            }
            written
        });
        Self { stop, task }
    }

    async fn finish(self) -> Written {
        self.stop.store(true, Ordering::Release);
        self.task.await.unwrap()
    }
}

/// Every event is there, opened, with its own content.
async fn assert_readable(client: &mut Client, name: &str, account: &Account) {
    let size = ledger(client, name).await.size;
    let by_sequence: HashMap<u64, &str> = account
        .iter()
        .map(|(id, sequence)| (*sequence, id.as_str()))
        .collect();
    let request = FollowRecordsRequest {
        ledger: name.to_owned(),
        start_sequence: 0,
        include_evidence: false,
        open_sealed: true,
        ..Default::default()
    };
    let mut following = client.follow_records(request).await.unwrap().into_inner();
    let (mut seen, mut found) = (0, 0);
    while seen < size {
        for record in following.message().await.unwrap().unwrap().records {
            seen = record.sequence + 1;
            let Some(id) = by_sequence.get(&record.sequence) else {
                continue;
            };
            let read = record.event.unwrap();
            let wanted = Payload::Plaintext(format!("payload of {id}").into_bytes().into());
            assert_eq!((read.id.as_str(), read.payload), (*id, Some(wanted)));
            found += 1;
        }
    }
    assert_eq!(found, account.len());
}

/// Calls for a rotation, and returns its result and when keys were being moved.
async fn rotate(daemon: &Daemon) -> Result<(KekRotationResult, Duration), Status> {
    let mut client = KeyServiceClient::new(daemon.connect().await);
    let mut stream = client
        .rotate_kek(RotateKekRequest::default())
        .await?
        .into_inner();
    let begun = Instant::now();
    let mut moving = Duration::ZERO;
    while let Some(message) = stream.message().await? {
        if message.step() == KekRotationStep::Checking {
            moving = begun.elapsed();
        }
        if let Some(result) = message.result {
            return Ok((result, moving));
        }
    }
    Err(Status::internal("it ended without a result"))
}

/// The codes of the notices about KEKs, once what the start looks at has been looked at.
async fn notices(client: &mut Client, wanted: &[&str]) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = client.get_status(GetStatusRequest {}).await.unwrap();
        let notices = status.into_inner().notices;
        let codes: Vec<_> = notices.iter().map(|one| one.code().name()).collect();
        let about_keks: Vec<_> = codes
            .iter()
            .copied()
            .filter(|code| code.contains("KEK_") || code.ends_with("_KEK_UNNEEDED"))
            .collect();
        if about_keks == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "{codes:?}, not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The KEK that the daemon says it wraps under, in hexadecimal.
fn kek_id(daemon: &Daemon) -> String {
    let log = daemon.log();
    let (_, after) = log.rsplit_once(" kek=").unwrap();
    after[..32].to_owned()
}

/// Whether some file of a directory holds these bytes.
fn holds(directory: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        // A file that goes away meanwhile holds nothing.
        let found = fs::read(&path).unwrap_or_default();
        found.windows(bytes.len()).any(|window| window == bytes)
    })
}

/// What each key that is wrapped under the KEK of a passphrase begins with, in hexadecimal.
fn wrapped_under(kek: &str) -> String {
    format!("0001{kek}")
}

/// Whether some file holds a key that is wrapped under this KEK. Compression cuts hexadecimal into pieces where some of it
/// stood before, and keys themselves hardly ever.
fn holds_key_under(place: &Place, kek: &str) -> bool {
    let text = wrapped_under(kek);
    holds(&place.data(), &bytes(&text)) || holds(&place.data(), text.as_bytes())
}

/// The bytes of a hexadecimal text.
fn bytes(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// No file holds these bytes, nor their hexadecimal form, which descriptors have.
async fn assert_gone(place: &Place, kek: &str) {
    let bytes = bytes(kek);
    let deadline = Instant::now() + PATIENCE;
    while holds(&place.data(), &bytes) || holds(&place.data(), kek.as_bytes()) {
        assert!(Instant::now() < deadline, "{kek} is still in a file");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_move_from_passphrase_to_passphrase_to_environment_under_load_and_kills() {
    let mut chance = Chance::new("kek");
    let place = place();
    let daemon = start(&place, A, &[]).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let mut account = seed(&mut client, &named.origin, SUBJECTS).await;
    let first = kek_id(&daemon);
    daemon.stop();
    assert!(holds_key_under(&place, &first));

    // From one passphrase to another.
    let daemon = start(&place, B, &[A]).await;
    let mut client = daemon.client().await;
    notices(&mut client, &["KEK_ROTATION_DUE"]).await;
    let writing = Writing::start(&daemon, &named.origin, "under-load").await;
    let (rotated, second) = tokio::join!(rotate(&daemon), rotate(&daemon));
    let (rotated, second) = match (rotated, second) {
        (Ok(rotated), second) | (second, Ok(rotated)) => (rotated.0, second),
        both => panic!("{both:?}"),
    };
    assert_refused(second, Code::Aborted, ErrorReason::RotationRunning, "");
    let left = rotated.remaining_key_count;
    assert_eq!((left, rotated.recorded_ledger_count), (0, 2));
    assert!(rotated.moved_key_count >= SUBJECTS + 2, "{rotated:?}");
    assert_eq!(rotated.provider, "passphrase");
    let written = writing.finish().await;
    assert!(written.in_doubt.is_none() && !written.acknowledged.is_empty());
    account.extend(written.acknowledged);
    assert_readable(&mut client, &named.origin, &account).await;
    notices(&mut client, &["PREVIOUS_KEK_UNNEEDED"]).await;
    assert_gone(&place, &wrapped_under(&first)).await;
    daemon.stop();

    // The first passphrase is not needed any more, and opens nothing.
    fs::rename(A.file(&place), place.file("away")).unwrap();
    let daemon = start(&place, B, &[]).await;
    let mut client = daemon.client().await;
    notices(&mut client, &[]).await;
    // Not even what its passphrase was checked against is there.
    assert_gone(&place, &first).await;
    assert_readable(&mut client, &named.origin, &account).await;
    daemon.stop();
    fs::rename(place.file("away"), A.file(&place)).unwrap();
    let log = refused(&place, A, &[]);
    assert!(
        log.contains("the passphrase is not one that opens this data"),
        "{log}"
    );

    // From the second to the environment and back again, killed while keys move.
    let (mut current, mut previous) = (Kek::Environment, B);
    let kills = counts().kills_of_rewraps;
    let mut broken_off = 0;
    for kill in 0..kills {
        let daemon = start(&place, current, &[previous]).await;
        let writing = Writing::start(&daemon, &named.origin, &format!("kill-{kill}")).await;
        let wait = Duration::from_millis(chance.within(KILL_MS));
        if tokio::time::timeout(wait, rotate(&daemon)).await.is_err() {
            broken_off += 1;
        }
        daemon.kill();
        let written = writing.finish().await;
        account.extend(written.acknowledged);

        let daemon = start(&place, current, &[previous]).await;
        let mut client = daemon.client().await;
        if let Some((id, subject)) = written.in_doubt {
            let acknowledgement = append(&mut client, &named.origin, sealed(&id, subject)).await;
            account.insert(id, acknowledgement.unwrap().sequence);
        }
        assert_readable(&mut client, &named.origin, &account).await;
        if chance.within(0..2) == 0 {
            let (rotated, _) = rotate(&daemon).await.unwrap();
            assert_eq!(rotated.remaining_key_count, 0, "{rotated:?}");
            notices(&mut client, &["PREVIOUS_KEK_UNNEEDED"]).await;
            (current, previous) = (previous, current);
        }
        daemon.stop();
    }
    let daemon = start(&place, Kek::Environment, &[B]).await;
    let output = Command::new(INDELIBLE)
        .args([
            "--output",
            "json",
            "--address",
            daemon.address(),
            "keys",
            "rotate",
            "kek",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["left"], &report["provider"]),
        (&0.into(), &"environment".into())
    );
    daemon.stop();
    let log = refused(&place, B, &[]);
    assert!(
        log.contains("needs KEK") || log.contains("needs the KEK provider"),
        "{log}"
    );
    let daemon = start(&place, Kek::Environment, &[]).await;
    let mut client = daemon.client().await;
    assert_readable(&mut client, &named.origin, &account).await;
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    notices(&mut client, &[]).await;
    daemon.stop();
    tier::report(format_args!(
        "{kills} kills, {broken_off} of them while keys moved, {} events under keys of their own",
        account.len()
    ));
}
