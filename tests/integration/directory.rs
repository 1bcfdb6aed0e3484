//! What an operator may do to a data directory: hold it twice, bring another version's, lose it, or damage it.

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_proto::v1::{LedgerState, VerifyLedgerRequest};
use tonic::Code;

use crate::quarantine::rolled_on;
use crate::support::{
    calls::{append, batch, create, event, events, ledger},
    daemon::{Daemon, serve},
    place::Place,
};

/// Checks that a daemon does not start, and returns what it says.
fn does_not_start(place: &Place, code: i32) -> String {
    match Daemon::spawn(serve(place), place) {
        Ok(daemon) => {
            let (status, log) = daemon.wait();
            assert_eq!(status.code(), Some(code), "{log}");
            log
        }
        Err(problem) => panic!("it ended before it listened: {problem}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_is_held_by_one_daemon_and_opened_by_its_own_passphrase() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let complaint = does_not_start(&place, 6);
    let holder = format!("is held by process {}", daemon.process());
    assert!(complaint.contains(&holder), "{complaint}");
    assert!(
        complaint.contains("stop that process, or choose"),
        "{complaint}"
    );
    append(&mut client, "audit", event("a")).await.unwrap();
    daemon.stop();

    let right = fs::read(place.passphrase()).unwrap();
    fs::write(place.passphrase(), "another one\n").unwrap();
    let complaint = does_not_start(&place, 1);
    assert!(complaint.contains("passphrase"), "{complaint}");
    fs::write(place.passphrase(), right).unwrap();
    let daemon = Daemon::start(&place).await;
    assert!(
        append(&mut daemon.client().await, "audit", event("a"))
            .await
            .unwrap()
            .repeat
    );
    daemon.stop();
}

#[test]
fn a_data_directory_that_is_a_file_is_said_so() {
    let place = Place::new();
    fs::write(place.data(), "words").unwrap();
    let told = does_not_start(&place, 2);
    assert!(
        told.contains("can't be the data directory: it is a file"),
        "{told}"
    );
    assert_eq!(fs::read(place.data()).unwrap(), b"words");
}

/// Whoever reads where a daemon listens may rely on it that there is one.
#[test]
fn a_new_passphrase_that_is_too_short_is_refused_before_anything_listens() {
    let place = Place::new();
    fs::write(place.passphrase(), "seven77\n").unwrap();
    let ended = serve(&place).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let words = String::from_utf8_lossy(&ended.stderr);
    assert!(words.contains("shorter than 8 bytes"), "{words}");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "");
    assert!(!place.data().exists(), "it opened nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_stopped_while_it_recovers_ends_soon() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    for signal in [libc::SIGTERM, libc::SIGINT] {
        // It listens, and derives its key from the passphrase, which takes a moment.
        let daemon = Daemon::begin(&place);
        let begun = Instant::now();
        daemon.signal(signal);
        let (status, log) = daemon.wait();
        assert!(status.success(), "{status}: {log}");
        assert!(begun.elapsed() < Duration::from_secs(8), "{log}");
        assert!(log.contains("stopped while recovering"), "{log}");
        assert!(!log.ends_with("serving\n"), "{log}");
    }
    let daemon = Daemon::start(&place).await;
    append(&mut daemon.client().await, "audit", event("a"))
        .await
        .unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_versions_directory_is_left_alone() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    let live = place.data().join("live");
    let text = fs::read_to_string(&live).unwrap();
    let newer = text.replace("layout 4", "layout 5");
    assert_ne!(text, newer);
    fs::write(&live, newer).unwrap();
    let complaint = does_not_start(&place, 8);
    assert!(
        complaint
            .contains("has store layout 5, but this program reads layouts 3 to 4: a newer release"),
        "{complaint}"
    );
    fs::write(&live, text).unwrap();
    Daemon::start(&place).await.stop();
}

/// What a daemon makes of a damaged store.
#[derive(Debug, PartialEq)]
enum Found {
    Refused,
    Quarantined,
    Named,
    /// Everything acknowledged is there and verifies.
    Whole,
}

async fn examine(place: &Place, size: u64) -> Found {
    let Ok(mut daemon) = Daemon::spawn(serve(place), place) else {
        return Found::Refused;
    };
    loop {
        if daemon.ended().is_some() {
            return Found::Refused;
        }
        if daemon.health().await
            == Some(tonic_health::pb::health_check_response::ServingStatus::Serving)
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut client = daemon.client().await;
    let found = ledger(&mut client, "audit").await;
    if found.state() == LedgerState::Quarantined {
        return Found::Quarantined;
    }
    let request = VerifyLedgerRequest {
        ledger: "audit".into(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut last = None;
    loop {
        match progress.message().await {
            Ok(Some(message)) => last = message.result.or(last),
            Ok(None) => break,
            Err(status) => {
                assert_eq!(status.code(), Code::DataLoss, "{status:?}");
                return Found::Named;
            }
        }
    }
    if last.unwrap().intact {
        assert!(
            found.size >= size,
            "{} of {size} records, and nobody says so",
            found.size
        );
        return Found::Whole;
    }
    Found::Named
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_anywhere_in_the_store_never_hides_a_record() {
    let place = Place::new();
    let (_audit, _older) = rolled_on(&place).await;
    // Some of it in a log, too: a daemon that is killed leaves its last records there.
    let daemon = Daemon::start(&place).await;
    batch(&mut daemon.client().await, "audit", events("last", 0..50))
        .await
        .unwrap();
    daemon.kill();
    let size = 253;
    let pristine = place.copy_data("pristine");
    let anchor = fs::read(place.anchor()).unwrap();
    let mut seen = Vec::new();
    let store = pristine.join("store-0001");
    let mut files: Vec<_> = fs::read_dir(&store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&file).unwrap();
        if bytes.is_empty()
            || name.starts_with("LOG")
            || name.starts_with("OPTIONS")
            || name == "LOCK"
        {
            continue;
        }
        for part in [3, 2] {
            place.restore_data(&pristine);
            fs::write(place.anchor(), &anchor).unwrap();
            let mut bytes = bytes.clone();
            let at = bytes.len() / part;
            bytes[at] ^= 0x10;
            fs::write(place.data().join("store-0001").join(&name), bytes).unwrap();
            seen.push((name.clone(), at, examine(&place, size).await));
        }
    }
    let damage = seen
        .iter()
        .filter(|(_, _, found)| *found != Found::Whole)
        .count();
    assert!(
        damage * 2 > seen.len(),
        "hardly any damage was noticed: {seen:?}"
    );
    let log = seen
        .iter()
        .any(|(name, _, found)| name.ends_with(".log") && *found == Found::Quarantined);
    assert!(
        log,
        "a flaw in the log, behind which acknowledged records lie, quarantines: {seen:?}"
    );
}
