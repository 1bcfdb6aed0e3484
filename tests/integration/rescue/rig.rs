//! A daemon that copies its keys, and a rescue of what it leaves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use indelible_keystore::age::Identity;
use indelible_proto::v1::{GetStatusRequest, RescueStatus};
use serde_json::Value;

use crate::support::{
    Named,
    daemon::{Daemon, INDELIBLE, serve},
    place::Place,
    verifier::verify,
};

/// How long the work in the background may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// An identity and its file.
pub(super) struct Rescuer {
    pub(super) identity: Identity,
    pub(super) file: PathBuf,
}

impl Rescuer {
    pub(super) fn new(place: &Place, name: &str) -> Self {
        let identity = Identity::generate().unwrap();
        let file = place.file(name);
        fs::write(&file, identity.expose().as_bytes()).unwrap();
        Self { identity, file }
    }
}

/// The command of a daemon that copies its keys for these.
pub(super) fn serving(place: &Place, to: &[&Rescuer]) -> Command {
    let texts: Vec<_> = to
        .iter()
        .map(|one| one.identity.recipient().to_string())
        .collect();
    let file = place.file("indelible.toml");
    fs::write(&file, format!("[rescue]\nrecipients = {texts:?}\n")).unwrap();
    let mut command = serve(place);
    command.arg("--config").arg(file);
    command
}

pub(super) async fn status(daemon: &Daemon) -> Option<RescueStatus> {
    let mut client = daemon.client().await;
    let answer = client.get_status(GetStatusRequest {}).await.unwrap();
    answer.into_inner().rescue
}

/// Starts such a daemon, and waits until it has looked at all keys.
pub(super) async fn settled(place: &Place, to: &[&Rescuer]) -> Daemon {
    let mut daemon = Daemon::spawn(serving(place, to), place).unwrap();
    daemon.await_serving().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match status(&daemon).await {
            Some(status) if !status.complete || !status.recorded && !to.is_empty() => {
                assert!(Instant::now() < deadline, "{status:?}");
            }
            Some(status) => {
                assert_eq!(status.lacking_count, 0, "{status:?}");
                return daemon;
            }
            None if to.is_empty() => return daemon,
            None => panic!("the status says nothing of the recipients"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs a rescue beside the newest anchor: its exit code, its answer, and what it said.
pub(super) fn rescue(
    place: &Place,
    data: &Path,
    rescuer: &Rescuer,
    out: &str,
) -> (i32, Value, String) {
    let anchor = place.anchor();
    let anchor = anchor.to_str().unwrap();
    rescue_with(place, data, rescuer, out, &["--anchor", anchor])
}

/// Runs a rescue with these arguments.
pub(super) fn rescue_with(
    place: &Place,
    data: &Path,
    rescuer: &Rescuer,
    out: &str,
    arguments: &[&str],
) -> (i32, Value, String) {
    let output = Command::new(INDELIBLE)
        .args(["--output", "json", "keys", "rescue", "--data"])
        .arg(data)
        .arg("--identity")
        .arg(&rescuer.file)
        .arg("--out")
        .arg(place.file(out))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), answer, said)
}

/// What a rescue says of one ledger.
pub(super) fn of<'a>(answer: &'a Value, origin: &str) -> &'a Value {
    let ledgers = answer["ledgers"].as_array().unwrap();
    let found = ledgers.iter().find(|ledger| ledger["origin"] == origin);
    found.unwrap_or_else(|| panic!("{origin} is not in {answer:#}"))
}

/// How many bodies the verifier opens in a rescued bundle, which must be sound.
pub(super) fn verified(ledger: &Value, named: &Named) -> u64 {
    assert_eq!(ledger["verifier_key"], named.verifier_key.as_str());
    let file = ledger["file"]
        .as_str()
        .unwrap_or_else(|| panic!("{ledger:#}"));
    let verified = verify(Path::new(file), &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    verified.report["bundle"]["bodies"]["opened"]
        .as_u64()
        .unwrap()
}
