//! Going back in time, in every way that files allow: the directory, one family of the store, the engine's own list of its
//! files, its log, the anchor, a mixture of them, a backup. What was acknowledged is there, or its ledger takes nothing and
//! says which records are missing, or the daemon does not start.

mod files;

use std::{fs, path::PathBuf, process::Command};

use indelible_proto::v1::{LedgerRecord, LedgerState, RotateIdentityKeyRequest};

use super::support::{FAMILIES, notices};
use crate::support::{
    calls::{append, batch, create, event, events, ledger, records},
    command::{done, run},
    daemon::{Client, Daemon, INDELIBLE, serve},
    keys::{create_encrypting_all, erase, event_of},
    place::{Place, copy},
    tier::report,
};
use files::{copy_file, exchange, is_log, live, names, remove, take};

/// Who is erased on the way.
const PERSON: &str = "erika";
/// The ledger that all of it is about, and one that is younger than most of the copies.
const NAMES: [&str; 2] = ["audit", "late"];

/// What of the newest store is as it was.
#[derive(Clone, Copy, Debug)]
enum Back {
    /// The data directory.
    Directory,
    /// The data directory, and the anchor as it was one copy later.
    DirectoryAndLaterAnchor,
    /// The anchor.
    Anchor,
    /// Both, which nothing on the machine can tell from what is right.
    Both,
    /// The engine's list of its files, and what points to it.
    Manifest,
    /// The engine's log of what is in no table yet.
    Log,
    /// The tables that were written since are gone.
    Tables,
    /// The data directory, out of a backup.
    Backup,
    /// One family of the store.
    Family(&'static str),
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The daemon does not start.
    Refused,
    /// A ledger takes nothing, and says which records are missing.
    Quarantined,
    /// Every record that was acknowledged is there, and is as it was.
    Whole,
    /// Less is there, and the daemon says that it could not notice.
    Undetectable,
}

/// A copy of a stopped store, and the backup that was made right before.
struct Copy {
    data: PathBuf,
    anchor: PathBuf,
    backup: String,
}

/// What was acknowledged in the end, and copies of the store on the way.
struct History {
    place: Place,
    copies: Vec<Copy>,
    newest: Copy,
    acknowledged: Vec<Vec<LedgerRecord>>,
}

async fn start(place: &Place) -> Daemon {
    let mut command = serve(place);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", place.file("backups"))
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

/// Makes a backup and a copy, between which nothing is appended.
fn keep(place: &Place, daemon: Daemon, name: &str) -> Copy {
    let made = done(&daemon, &["backup", "create", "--output", "json"]).json();
    daemon.stop();
    let anchor = place.file(&format!("{name}.anchor"));
    copy(&place.anchor(), &anchor);
    Copy {
        data: place.copy_data(name),
        anchor,
        backup: made["backup"].as_str().unwrap().to_owned(),
    }
}

async fn all(client: &mut Client, name: &str) -> Vec<LedgerRecord> {
    let size = ledger(client, name).await.size;
    records(client, name, 0, size).await
}

impl History {
    async fn make() -> Self {
        let place = Place::new();
        fs::create_dir(place.file("backups")).unwrap();
        let mut copies = Vec::new();
        for step in 0..6 {
            let daemon = start(&place).await;
            let mut client = daemon.client().await;
            match step {
                0 => {
                    create_encrypting_all(&mut client, NAMES[0]).await;
                    let first = event_of(PERSON, "person");
                    append(&mut client, NAMES[0], first).await.unwrap();
                    batch(&mut client, NAMES[0], events("first", 0..20))
                        .await
                        .unwrap();
                }
                1 => {
                    append(&mut client, NAMES[0], event("one")).await.unwrap();
                }
                2 => {
                    batch(&mut client, NAMES[0], events("many", 0..300))
                        .await
                        .unwrap();
                }
                3 => {
                    let request = RotateIdentityKeyRequest::default();
                    let mut keys = daemon.keys().await;
                    keys.rotate_identity_key(request).await.unwrap();
                }
                4 => {
                    let mut keys = daemon.keys().await;
                    erase(&mut keys, NAMES[0], PERSON).await.unwrap();
                }
                _ => {
                    create(&mut client, NAMES[1]).await;
                }
            }
            copies.push(keep(&place, daemon, &format!("copy-{step}")));
        }
        let daemon = start(&place).await;
        let mut client = daemon.client().await;
        let mut acknowledged = Vec::new();
        for name in NAMES {
            batch(&mut client, name, events("newest", 0..10))
                .await
                .unwrap();
            acknowledged.push(all(&mut client, name).await);
        }
        // It is killed, so that there is a log.
        daemon.kill();
        let anchor = place.file("newest.anchor");
        copy(&place.anchor(), &anchor);
        let newest = Copy {
            data: place.copy_data("newest"),
            anchor,
            backup: String::new(),
        };
        Self {
            place,
            copies,
            newest,
            acknowledged,
        }
    }

    /// Makes of the newest store what went back to a copy.
    fn go_back(&self, back: Back, number: usize) {
        let place = &self.place;
        let older = &self.copies[number];
        place.restore_data(&self.newest.data);
        copy_file(&self.newest.anchor, &place.anchor());
        let (now, then) = (live(&place.data()), live(&older.data));
        match back {
            Back::Directory => place.restore_data(&older.data),
            Back::DirectoryAndLaterAnchor => {
                place.restore_data(&older.data);
                let later = self.copies.get(number + 1).unwrap_or(&self.newest);
                copy_file(&later.anchor, &place.anchor());
            }
            Back::Anchor => copy_file(&older.anchor, &place.anchor()),
            Back::Both => {
                place.restore_data(&older.data);
                copy_file(&older.anchor, &place.anchor());
            }
            Back::Manifest => {
                remove(&now, |name| {
                    name.starts_with("MANIFEST-") || name == "CURRENT"
                });
                take(&then, &now, |name| {
                    name.starts_with("MANIFEST-") || name == "CURRENT"
                });
            }
            Back::Log => {
                remove(&now, is_log);
                take(&then, &now, is_log);
            }
            Back::Tables => {
                let kept: Vec<_> = names(&then);
                remove(&now, |name| {
                    name.ends_with(".sst") && !kept.iter().any(|kept| kept == name)
                });
            }
            Back::Backup => {
                fs::remove_dir_all(place.data()).unwrap();
                let restored = Command::new(INDELIBLE)
                    .args(["backup", "restore", "--yes", "--backup", &older.backup])
                    .arg("--into")
                    .arg(place.data())
                    .arg("--anchor")
                    .arg(place.anchor())
                    .arg(place.file("backups"))
                    .output()
                    .unwrap();
                assert!(restored.status.success(), "{restored:?}");
            }
            Back::Family(family) => exchange(place, &older.data, family),
        }
    }

    /// Starts a daemon over what is there, and finds out what became of it.
    async fn outcome(&self, what: &str) -> Outcome {
        let place = &self.place;
        let mut daemon = match Daemon::spawn(serve(place), place) {
            Ok(daemon) => daemon,
            Err(said) => {
                let is_told = said.contains("ended with exit status") && !said.contains("panicked");
                assert!(is_told, "{what}: {said}");
                return Outcome::Refused;
            }
        };
        if !daemon.serves_or_ends().await {
            let (status, log) = daemon.wait();
            let is_told = status.code().is_some_and(|code| code != 0) && !log.contains("panicked");
            assert!(is_told, "{what}: {status} {log}");
            return Outcome::Refused;
        }
        let mut client = daemon.client().await;
        let told = notices(&mut client).await;
        let mut outcome = Outcome::Whole;
        for (name, acknowledged) in NAMES.iter().zip(&self.acknowledged) {
            let found = self.of_ledger(&daemon, &told, name, acknowledged, what);
            let found = found.await;
            if found == Outcome::Quarantined || outcome == Outcome::Whole {
                outcome = found;
            }
        }
        daemon.stop();
        outcome
    }

    async fn of_ledger(
        &self,
        daemon: &Daemon,
        told: &[(String, String)],
        name: &str,
        acknowledged: &[LedgerRecord],
        what: &str,
    ) -> Outcome {
        let mut client = daemon.client().await;
        let is_told = |code: &str| told.iter().any(|(found, _)| found == code);
        let has_older_anchor = what.contains("Anchor") || what.starts_with("Both");
        let status = done(daemon, &["ledger", "list", "--output", "json"]).text();
        if !status.contains(&format!("\"name\":\"{name}\"")) {
            // A ledger that is gone as a whole: the anchor names it, or there was nothing that could.
            if is_told("LEDGER_MISSING") {
                return Outcome::Quarantined;
            }
            assert!(
                is_told("ROLLBACK_UNDETECTABLE") && has_older_anchor,
                "{what}: {name}: {told:?}"
            );
            return Outcome::Undetectable;
        }
        let found = ledger(&mut client, name).await;
        let there = usize::try_from(found.size).unwrap();
        match found.state() {
            LedgerState::Open if there < acknowledged.len() => {
                // Only one whose anchor has gone back, too, is open and lacks records.
                assert!(
                    is_told("ROLLBACK_UNDETECTABLE") && has_older_anchor,
                    "{what}: {name} is open and lacks records: {told:?}"
                );
                Outcome::Undetectable
            }
            LedgerState::Open => {
                let now = all(&mut client, name).await;
                for (now, then) in now.iter().zip(acknowledged) {
                    assert_eq!(now, then, "{what}: {name}");
                }
                let verified = run(daemon, &["verify", name]);
                assert_eq!(verified.code, 0, "{what}: {name}: {verified:?}");
                Outcome::Whole
            }
            LedgerState::Quarantined => {
                // The anchor knows how far it went, and one that went back itself no further than that.
                let missing = match what.starts_with("DirectoryAndLaterAnchor") {
                    true => format!("records {there} to "),
                    false => format!("records {there} to {}", acknowledged.len() - 1),
                };
                let reason = &found.state_reason;
                assert!(!reason.is_empty(), "{what}: {name}");
                if there < acknowledged.len() {
                    assert!(reason.contains(&missing), "{what}: {name}: {reason}");
                }
                let refused = append(&mut client, name, event("more")).await;
                refused.unwrap_err();
                Outcome::Quarantined
            }
            other => panic!("{what}: {name} is {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_back_nothing_acknowledged_is_missed_in_silence() {
    let history = History::make().await;
    let mut ways = vec![
        Back::Directory,
        Back::DirectoryAndLaterAnchor,
        Back::Anchor,
        Back::Both,
        Back::Manifest,
        Back::Log,
        Back::Tables,
        Back::Backup,
    ];
    ways.extend(FAMILIES.map(Back::Family));
    let (mut tried, mut refused, mut quarantined, mut whole) = (0, 0, 0, 0);
    for way in ways {
        for number in 0..history.copies.len() {
            let what = format!("{way:?} as in copy {number}");
            history.go_back(way, number);
            let outcome = history.outcome(&what).await;
            eprintln!("{what}: {outcome:?}");
            let is_expected = match way {
                Back::Directory | Back::DirectoryAndLaterAnchor | Back::Backup => {
                    outcome == Outcome::Quarantined
                }
                Back::Both => outcome == Outcome::Undetectable,
                _ => outcome != Outcome::Undetectable,
            };
            assert!(is_expected, "{what}: {outcome:?}");
            tried += 1;
            match outcome {
                Outcome::Refused => refused += 1,
                Outcome::Quarantined => quarantined += 1,
                Outcome::Whole => whole += 1,
                Outcome::Undetectable => {}
            }
        }
    }
    assert!(tried >= 60 && quarantined > 0 && refused > 0);
    report(format_args!(
        "{tried} ways back: {refused} refused, {quarantined} quarantined, {whole} with everything there"
    ));
}
