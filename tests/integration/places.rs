//! What others do to the daemon's files while it runs, and to its directories between two runs.

use std::{
    fs::{self, File},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use indelible_proto::v1::{CreateLedgerRequest, ErrorReason, GetStatusRequest, LedgerState};
use tonic::Code;

use crate::{
    quarantine::notice,
    support::{
        calls::{append, assert_refused, create, event, ledger, refusal},
        daemon::{Client, Daemon, serve},
        place::Place,
    },
};

/// How long the daemon may take to notice by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks that a daemon does not start, wherever it ends, and returns what it says.
fn does_not_start(place: &Place, code: i32) -> String {
    match Daemon::spawn(serve(place), place) {
        Ok(daemon) => {
            let (status, log) = daemon.wait();
            assert_eq!(status.code(), Some(code), "{log}");
            log
        }
        Err(problem) => {
            assert!(
                problem.contains(&format!("exit status: {code}")),
                "{problem}"
            );
            problem
        }
    }
}

/// Waits until something holds.
async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn await_state(client: &mut Client, state: LedgerState) {
    let deadline = Instant::now() + PATIENCE;
    while ledger(client, "audit").await.state() != state {
        assert!(
            Instant::now() < deadline,
            "the ledger never becomes {state:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anchor_that_is_taken_away_or_exchanged_is_written_anew() {
    let place = Place::new();
    let anchor = place.anchor();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    create(&mut client, "resting").await;
    let length = || fs::metadata(&anchor).map(|file| file.len()).unwrap_or(0);
    let full = length();
    let misdeeds: [(&str, &dyn Fn()); 3] = [
        ("gone", &|| fs::remove_file(&anchor).unwrap()),
        ("emptied", &|| {
            let file = File::options().write(true).open(&anchor).unwrap();
            file.set_len(0).unwrap();
        }),
        ("another file", &|| {
            fs::write(place.file("foreign"), "somebody's notes").unwrap();
            fs::rename(place.file("foreign"), &anchor).unwrap();
        }),
    ];
    for (number, (found, misdeed)) in misdeeds.into_iter().enumerate() {
        misdeed();
        // What is acknowledged is in an anchor under its path, at once.
        append(&mut client, "audit", event(&format!("e{number}")))
            .await
            .unwrap();
        assert_eq!(length(), full, "{found}");
        let told = notice(&mut client, "ANCHOR_REPLACED").await.detail;
        assert!(told.contains(found), "{told}");
        // Nor does it take an append.
        misdeed();
        eventually(found, || length() == full).await;
    }
    let kept = place.file("data.anchor.found");
    assert_eq!(fs::read(kept).unwrap(), b"somebody's notes");
    assert_eq!(fs::metadata(&anchor).unwrap().mode() & 0o777, 0o600);
    daemon.kill();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in ["audit", "resting"] {
        assert_eq!(ledger(&mut client, name).await.state(), LedgerState::Open);
    }
    append(&mut client, "audit", event("after")).await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anchor_that_can_not_be_written_anew_stops_the_ledgers() {
    let place = Place::new();
    let beside = place.file("anchors");
    fs::create_dir(&beside).unwrap();
    let mut command = serve(&place);
    command.arg("--anchor").arg(beside.join("anchor"));
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    fs::remove_dir_all(&beside).unwrap();
    let status = append(&mut client, "audit", event("b")).await.unwrap_err();
    assert_eq!(refusal(&status).0, Code::Unavailable);
    let stopped = notice(&mut client, "LEDGER_STOPPED").await;
    assert!(stopped.detail.contains("anchor"), "{}", stopped.detail);
}

/// What is said of something that is done to a directory, and what it is.
type Misdeed<'a> = (&'a str, &'a dyn Fn(&Path));

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_directory_that_is_taken_away_stops_the_ledgers() {
    let misdeeds: [Misdeed<'_>; 3] = [
        ("is gone", &|data| {
            fs::rename(data, data.with_extension("away")).unwrap();
        }),
        ("is another directory", &|data| {
            fs::rename(data, data.with_extension("away")).unwrap();
            fs::create_dir(data).unwrap();
        }),
        ("was emptied", &|data| {
            fs::remove_dir_all(data.join("store-0001")).unwrap();
        }),
    ];
    for (found, misdeed) in misdeeds {
        let place = Place::new();
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        create(&mut client, "audit").await;
        append(&mut client, "audit", event("a")).await.unwrap();
        misdeed(&place.data());
        // Nothing more is acknowledged, whoever notices first.
        let status = append(&mut client, "audit", event("b")).await.unwrap_err();
        assert_eq!(refusal(&status).0, Code::Unavailable, "{found}: {status:?}");
        await_state(&mut client, LedgerState::Stopped).await;
        let stopped = notice(&mut client, "LEDGER_STOPPED").await;
        assert!(stopped.detail.contains(found), "{}", stopped.detail);
        drop(daemon);

        // A daemon that rests notices by itself.
        let place = Place::new();
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        create(&mut client, "audit").await;
        misdeed(&place.data());
        await_state(&mut client, LedgerState::Stopped).await;
        eventually("the log says it", || daemon.log().contains(found)).await;
        // Who noticed first says what stopped: the writer of a ledger, or whoever looks at the directory.
        let status = client
            .get_status(GetStatusRequest {})
            .await
            .unwrap()
            .into_inner();
        let mut codes = status.notices.iter().map(|notice| notice.code().name());
        assert!(
            codes.any(|code| ["STORAGE_FAILED", "LEDGER_STOPPED"].contains(&code)),
            "{status:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_store_is_made_beside_an_anchor() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();
    let away = place.file("away");
    fs::rename(place.data(), &away).unwrap();
    let anchor = fs::read(place.anchor()).unwrap();
    for empty in [false, true] {
        if empty {
            fs::create_dir(place.data()).unwrap();
        }
        let complaint = does_not_start(&place, 2);
        assert!(
            complaint.contains("holds no store, but the anchor"),
            "{complaint}"
        );
        assert!(!place.data().join("live").exists());
    }
    assert_eq!(
        fs::read(place.anchor()).unwrap(),
        anchor,
        "it is left alone"
    );
    fs::remove_dir(place.data()).unwrap();
    fs::rename(&away, place.data()).unwrap();
    Daemon::start(&place).await.stop();
    // Whoever moves the anchor away says that a new store is meant.
    fs::rename(place.data(), &away).unwrap();
    fs::remove_file(place.anchor()).unwrap();
    Daemon::start(&place).await.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_of_somebody_else_is_left_alone() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    for name in ["notes.txt", "CURRENT"] {
        fs::write(place.data().join(name), "somebody's").unwrap();
    }
    let complaint = does_not_start(&place, 2);
    assert!(
        complaint.contains("\"CURRENT\", which is not part of a store"),
        "{complaint}"
    );
    assert_eq!(
        fs::read_dir(place.data()).unwrap().count(),
        2,
        "nothing was written"
    );
    for name in ["notes.txt", "CURRENT"] {
        fs::remove_file(place.data().join(name)).unwrap();
    }
    fs::create_dir(place.data().join("lost+found")).unwrap();
    Daemon::start(&place).await.stop();
    // Beside a store, other things don't matter.
    fs::write(place.data().join("notes.txt"), "somebody's").unwrap();
    Daemon::start(&place).await.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_everybody_may_write_to_is_refused() {
    let place = Place::new();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(place.data()).unwrap();
    mode(&place.data(), 0o777);
    let complaint = does_not_start(&place, 2);
    assert!(
        complaint.contains("every user of this machine may write to"),
        "{complaint}"
    );
    mode(&place.data(), 0o755);
    mode(place.passphrase(), 0o666);
    let complaint = does_not_start(&place, 1);
    assert!(
        complaint.contains("every user of this machine may write to it"),
        "{complaint}"
    );
    // As a container gets it.
    mode(place.passphrase(), 0o440);
    let daemon = Daemon::start(&place).await;
    let log = daemon.log();
    assert!(log.contains("may list the data directory"), "{log}");
    assert!(!log.contains("may read the secret"), "{log}");
    daemon.stop();
}

/// A volume of 256 KiB in memory, unmounted when it is dropped. Nothing on a machine that does not let us mount.
struct SmallVolume<'a>(&'a Path);

impl<'a> SmallVolume<'a> {
    fn new(at: &'a Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(at)
            .status();
        if mounted.as_ref().is_ok_and(|status| status.success()) {
            return Some(Self(at));
        }
        eprintln!("a full volume of the anchor did NOT run: it needs root. {mounted:?}");
        None
    }
}

impl Drop for SmallVolume<'_> {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_volume_of_the_anchor_stops_no_ledger() {
    let place = Place::new();
    let beside = place.file("anchors");
    let Some(volume) = SmallVolume::new(&beside) else {
        return;
    };
    let mut command = serve(&place);
    command.arg("--anchor").arg(beside.join("anchor"));
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    // The first step of 64 ledgers, the store's own among them, has room; the second has not.
    for number in 0..63 {
        create(&mut client, &format!("l{number}")).await;
    }
    for _again in 0..2 {
        let request = CreateLedgerRequest {
            name: "one-too-many".into(),
            ..Default::default()
        };
        let refused = client.create_ledger(request).await;
        assert_refused(
            refused,
            Code::ResourceExhausted,
            ErrorReason::ResourcesExhausted,
            "",
        );
    }
    for number in [0, 31, 62] {
        append(&mut client, &format!("l{number}"), event("a"))
            .await
            .unwrap();
    }
    let told = notice(&mut client, "RESOURCES_EXHAUSTED").await.detail;
    assert!(
        told.contains("the anchor") && told.contains("0 more ledgers"),
        "{told}"
    );
    daemon.stop();
    drop(volume);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_holds_no_more_ledgers_than_it_may() {
    let place = Place::new();
    let file = place.file("indelible.toml");
    fs::write(&file, "[limits]\nledgers = 2\n").unwrap();
    let mut command = serve(&place);
    command.arg("--config").arg(&file);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    create(&mut client, "one").await;
    create(&mut client, "two").await;
    let request = |name: &str| CreateLedgerRequest {
        name: name.into(),
        ..Default::default()
    };
    let refused = client.create_ledger(request("three")).await;
    assert_refused(
        refused,
        Code::ResourceExhausted,
        ErrorReason::LedgersExhausted,
        "",
    );
    let taken = client.create_ledger(request("one")).await;
    assert_refused(taken, Code::AlreadyExists, ErrorReason::LedgerExists, "");
    append(&mut client, "two", event("a")).await.unwrap();
    daemon.stop();
}
