//! What a rule archives lies in files that any verifier reads, and is shown as if it had never left; the daemon may be killed
//! at any change of a file meanwhile.

use std::{fs, path::PathBuf, process::Command};

use indelible_proto::v1::{PartState, RetentionAction, RetentionParts, RetentionRule};
use serde_json::Value;

use super::{DAY, assert_intact, disposals, dispose, rule, set, states};
use crate::support::{
    Named,
    calls::{SOURCE, batch, create, event, sequences},
    chance::Chance,
    command::{done, run},
    daemon::{Client, Daemon, Retention},
    faults::ShiftedClock,
    keys::{event_of, get},
    kill_point::KillPoint,
    place::Place,
    tier::{counts, report},
    verifier::{assert_verifies, export, verify},
};

/// No run has so many changes of files.
const CHANGES_MAX: u64 = 2_000;
const OPEN: (PartState, PartState) = (PartState::Present, PartState::Present);
const ARCHIVED: (PartState, PartState) = (PartState::Archived, PartState::Archived);

fn archiving() -> RetentionRule {
    RetentionRule {
        action: RetentionAction::Archive.into(),
        ..rule("away", RetentionParts::All)
    }
}

fn archive(place: &Place) -> PathBuf {
    place.file("archive")
}

/// The files in the archive that hold something.
fn files(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(archive(place)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "tar"))
        .collect()
}

fn with_archive(mut command: Command, place: &Place) -> Command {
    command
        .env("INDELIBLE__RETENTION__ARCHIVE", archive(place))
        // Days pass faster here than the clock may go ahead.
        .env("INDELIBLE__CLOCK__MAX_STEP_HOURS", "87600");
    command
}

async fn start(clock: &ShiftedClock, place: &Place) -> Daemon {
    let command = with_archive(clock.serve(place), place);
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_rule_archives_is_evidence_by_itself_and_shown_as_before() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    fs::create_dir(archive(&place)).unwrap();
    let mut daemon = start(&clock, &place).await;
    let (mut client, mut retention) = (daemon.client().await, daemon.retention().await);
    let named = Named::from(&create(&mut client, "audit").await);
    let events = vec![event("wacholder"), event_of("erika", "e1")];
    batch(&mut client, "audit", events).await.unwrap();
    set(&mut retention, "audit", vec![archiving()])
        .await
        .unwrap();
    clock.set(2 * DAY);
    let result = dispose(&mut retention, "audit").await.unwrap();
    assert!(
        result.complete && result.archived_record_count == 2,
        "{result:?}"
    );
    assert_eq!(result.archive_files.len(), 1);
    let listed = disposals(&mut retention, "audit").await;
    assert_eq!(listed[0].archive, Some(result.archive_files[0].clone()));

    // The file alone, as somebody finds it who has nothing but the key.
    let file = PathBuf::from(&result.archive_files[0].location);
    assert_eq!(files(&place), std::slice::from_ref(&file));
    let verified = verify(&file, &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    let told = verified.report.to_string();
    assert!(told.contains("\"away\""), "{told}");
    // As if it had never left.
    for sequence in [2, 3] {
        assert_eq!(states(&mut client, sequence).await, OPEN);
    }
    let dry = ["erase", "audit", "--subject", "erika", "--dry-run"];
    let dry = done(&daemon, &dry).text();
    assert!(dry.contains("contents of 1 event"), "{dry}");
    assert_intact(&mut client).await;
    assert_verifies(&mut client, &named, &place.file("whole.tar")).await;
    let whole = verify(&place.file("whole.tar"), &named.verifier_key, &[]);
    assert_eq!(
        whole.report["bundle"]["bodies"]["archived"], 0,
        "{whole:#?}"
    );
    let without = place.file("without.tar");
    let path = without.to_str().unwrap();
    done(
        &daemon,
        &["export", "audit", "--out", path, "--without-archived"],
    );
    let verified = verify(&without, &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    assert_eq!(verified.report["bundle"]["bodies"]["archived"], 2);
    let shown = done(&daemon, &["retention", "list", "audit"]).text();
    assert!(
        shown.contains(".tar") && shown.contains("archive"),
        "{shown}"
    );

    // Away, and after a restart: it is said, and no answer passes for a whole one.
    daemon.stop();
    let away = place.file("away");
    fs::rename(archive(&place), &away).unwrap();
    daemon = start(&clock, &place).await;
    client = daemon.client().await;
    let record = get(&mut client, "audit", 2, true).await;
    assert_eq!((record.body_state(), record.payload_state()), ARCHIVED);
    assert!(record.archive_problem.contains(".tar"), "{record:?}");
    let status = done(&daemon, &["status"]).text();
    assert!(status.contains("ARCHIVE_UNAVAILABLE"), "{status}");
    let report = run(&daemon, &["verify", "audit"]);
    assert_ne!(report.code, 0, "it can't be called sound: {report:?}");
    let lacking = place.file("lacking.tar");
    let path = lacking.to_str().unwrap();
    let exported = run(
        &daemon,
        &["export", "audit", "--out", path, "--output", "json"],
    );
    assert_eq!(exported.json()["records_lacking_archived"], 2);
    assert!(
        exported.code == 6 && exported.remarks.contains("2 records"),
        "{exported:?}"
    );
    assert_not_whole(&daemon, &place);
    fs::rename(&away, archive(&place)).unwrap();
    let end = ["ledger", "end", "audit", "--yes", "--bundle", path];
    let refused = run(&daemon, &end);
    assert!(
        refused.code == 1 && refused.remarks.contains("BUNDLE_DIFFERS"),
        "{refused:?}"
    );
    assert!(
        refused.remarks.contains("2 bodies and 2 payloads"),
        "{refused:?}"
    );
    assert_eq!(states(&mut client, 2).await, OPEN);
    assert_intact(&mut client).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_says_which_files_of_the_archive_it_needs_beside_itself() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let backups = place.file("backups");
    for directory in [archive(&place), backups.clone()] {
        fs::create_dir(directory).unwrap();
    }
    let mut command = with_archive(clock.serve(&place), &place);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", &backups)
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let (mut client, mut retention) = (daemon.client().await, daemon.retention().await);
    create(&mut client, "audit").await;
    batch(&mut client, "audit", vec![event("wacholder")])
        .await
        .unwrap();
    let create = ["backup", "create", "--output", "json"];
    assert_eq!(done(&daemon, &create).json()["archive_files"], 0);
    set(&mut retention, "audit", vec![archiving()])
        .await
        .unwrap();
    clock.set(2 * DAY);
    dispose(&mut retention, "audit").await.unwrap();
    assert_eq!(done(&daemon, &create).json()["archive_files"], 1);
    let (place_of, of_archive) = (backups.to_str().unwrap(), archive(&place));
    let verify = ["backup", "verify", place_of, "--output", "json"];
    let with = |more: &[&str]| run(&daemon, &[&verify[..], more].concat());
    let told = with(&[]);
    assert_eq!(told.code, 0, "{told:?}");
    let file = files(&place).remove(0);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert_eq!(told.json()["archive_files"], serde_json::json!([name]));
    assert_eq!(told.json()["archive_complete"], serde_json::Value::Null);
    let checked = ["--archive", of_archive.to_str().unwrap()];
    let whole = with(&checked);
    assert_eq!(whole.code, 0, "{whole:?}");
    assert_eq!(whole.json()["archive_complete"], true);
    let lacking = place.file("copy of the archive");
    fs::create_dir(&lacking).unwrap();
    let missing = with(&["--archive", lacking.to_str().unwrap()]);
    assert_eq!(missing.code, 6, "the backup is intact: {missing:?}");
    assert_eq!(missing.json()["intact"], true);
    assert_eq!(missing.json()["archive_complete"], false);
    assert!(missing.remarks.contains("is intact, but"), "{missing:?}");
    let data = place.file("restored");
    let into = data.to_str().unwrap();
    let restored = run(
        &daemon,
        &[
            "backup",
            "restore",
            place_of,
            "--into",
            into,
            "--anchor-of-backup",
            "--yes",
        ],
    );
    assert!(
        restored.code == 0 && restored.text().contains("needs archive"),
        "{restored:?}"
    );
    let mut altered = fs::read(&file).unwrap();
    altered[8_000] ^= 1;
    fs::write(&file, altered).unwrap();
    let wrong = with(&checked);
    assert!(
        wrong.code == 1 && wrong.text().contains("SHA-256"),
        "{wrong:?}"
    );
    assert_eq!(
        (&wrong.json()["intact"], &wrong.json()["archive_complete"]),
        (&true.into(), &false.into())
    );
    daemon.stop();
}

/// While the archive is away, what would need it says so, with its exit code and a count.
fn assert_not_whole(daemon: &Daemon, place: &Place) {
    let source = ["list", "audit", "--source", SOURCE];
    let listed = run(daemon, &source);
    assert!(
        listed.code == 6 && listed.remarks.contains("ARCHIVE_UNAVAILABLE"),
        "{listed:?}"
    );
    let fact = run(daemon, &["list", "audit", "--fact", "amount=7"]);
    assert_eq!(fact.code, 6, "{fact:?}");
    let erika = place.file("erika.tar");
    let out = erika.to_str().unwrap();
    let theirs = [
        "subject",
        "export",
        "--subject",
        "erika",
        "--out",
        out,
        "--output",
        "json",
    ];
    let theirs = run(daemon, &theirs);
    assert_eq!(theirs.code, 6, "{theirs:?}");
    assert_eq!(theirs.json()["records_lacking_archived"], 1);
    let summary = Command::new("tar")
        .args(["--extract", "--to-stdout", "--wildcards", "--file", out])
        .arg("*/summary.json")
        .output()
        .unwrap();
    let summary: Value = serde_json::from_slice(&summary.stdout).unwrap();
    assert_eq!(summary["records_lacking_archived"], 1, "{summary}");
    let events = place.file("events.ndjson");
    let out = events.to_str().unwrap();
    let form = ["export-events", "audit", "--form", "ndjson", "--out", out];
    let events = run(daemon, &[&form[..], &["--output", "json"]].concat());
    assert_eq!(events.code, 6, "{events:?}");
    assert_eq!(events.json()["records_lacking_archived"], 2);
    let payload = run(daemon, &["get", "audit", "2", "--payload-out", "-"]);
    assert!(
        payload.code == 6 && payload.remarks.contains(".tar"),
        "{payload:?}"
    );
}

struct Trial {
    place: Place,
    clock: ShiftedClock,
    kill_point: KillPoint,
    days: i64,
    batches: u64,
}

struct Running {
    daemon: Daemon,
    client: Client,
    retention: Retention,
}

impl Trial {
    async fn start(&self) -> Running {
        let command = with_archive(self.clock.serve(&self.place), &self.place);
        let mut command = self.kill_point.preload(command);
        let library = self.clock.library().display().to_string();
        let kills = command.get_envs().find(|(name, _)| *name == "LD_PRELOAD");
        let kills = kills.and_then(|(_, value)| value).unwrap().to_owned();
        command.env("LD_PRELOAD", format!("{}:{library}", kills.display()));
        let mut daemon = Daemon::spawn(command, &self.place).unwrap();
        daemon.await_serving().await;
        let (client, retention) = (daemon.client().await, daemon.retention().await);
        Running {
            daemon,
            client,
            retention,
        }
    }

    /// Archives two events, the daemon to be killed before a change. Says how many changes there were, if it was too late.
    async fn killed(&mut self, mut running: Running, nth: u64) -> (Running, Option<u64>) {
        self.batches += 1;
        let id = |of: &str| format!("{of}{}", self.batches);
        let events = vec![event(&id("a")), event_of(&id("erika"), &id("b"))];
        let answer = batch(&mut running.client, "audit", events).await.unwrap();
        let found = sequences(2, answer.appended.as_ref(), &answer.repeats);
        self.days += 2;
        self.clock.set(self.days * DAY);
        self.kill_point.arm(nth, None);
        let outcome = dispose(&mut running.retention, "audit").await;
        let seen = self.kill_point.disarm();
        let mut changes = None;
        if self.kill_point.hit().is_none() {
            outcome.unwrap();
            changes = Some(seen.values().sum());
        } else {
            running.daemon.kill();
            running = self.start().await;
            for sequence in &found {
                assert_eq!(states(&mut running.client, *sequence).await, OPEN);
            }
            dispose(&mut running.retention, "audit").await.unwrap();
        }
        for sequence in &found {
            assert_eq!(states(&mut running.client, *sequence).await, OPEN);
        }
        let listed = disposals(&mut running.retention, "audit").await;
        assert!(listed.iter().all(|disposal| disposal.complete));
        assert_eq!(listed.len(), files(&self.place).len(), "a file for each");
        (running, changes)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archiving_is_killed_at_its_steps_and_loses_nothing() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    fs::create_dir(archive(&place)).unwrap();
    let mut trial = Trial {
        kill_point: KillPoint::new(&place),
        place,
        clock,
        days: 0,
        batches: 0,
    };
    let mut running = trial.start().await;
    let named = Named::from(&create(&mut running.client, "audit").await);
    set(&mut running.retention, "audit", vec![archiving()])
        .await
        .unwrap();
    let (mut running, changes) = trial.killed(running, CHANGES_MAX).await;
    let changes = changes.expect("it has no so many changes");
    let mut chance = Chance::new("kills while archiving");
    let trials = counts().kills_at_changes / 4;
    let mut kills = 0_u64;
    for _ in 0..trials {
        let nth = chance.within(1..changes + 1);
        let (next, too_late) = trial.killed(running, nth).await;
        kills += u64::from(too_late.is_none());
        running = next;
    }
    assert!(kills >= trials / 2, "{kills} of {trials}");
    assert_intact(&mut running.client).await;
    let bundle = trial.place.file("bundle.tar");
    export(&mut running.client, &named.origin, None, &bundle).await;
    let verified = verify(&bundle, &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    assert_eq!(verified.report["bundle"]["bodies"]["archived"], 0);
    running.daemon.stop();
    report(format_args!(
        "archiving: {changes} changes of files, killed {kills} times"
    ));
}
