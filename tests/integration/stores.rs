//! Stores that earlier builds wrote: what was acknowledged then is served, proved and verified now, and they go on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_proto::v1::{
    Encryption, IdentityRotationResult, LedgerState, RecoverySignature, RotateIdentityKeyRequest,
};
use indelible_store::{
    Catalog as _,
    rocks::{RocksStore, RocksTuning},
};
use serde_json::Value;

use crate::support::{
    calls::{append, event, ledger, records},
    command::{done, run},
    daemon::{Client, Daemon, Keys, serve},
    place::Place,
    verifier::{export, verify},
};

/// How long the settings of an older ledger may take to be recorded.
const PATIENCE: Duration = Duration::from_secs(30);

/// An unpacked store, and what the build that made it said of it.
struct Kept {
    place: Place,
    folder: PathBuf,
    expected: Value,
}

impl Kept {
    fn unpack(name: &str) -> Self {
        let stores = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stores/layout-3");
        let folder = Path::new(stores).join(name);
        let place = Place::new();
        let status = Command::new("tar")
            .arg("-xzf")
            .arg(folder.with_extension("tar.gz"))
            .arg("-C")
            .arg(place.data().parent().unwrap())
            .status()
            .unwrap();
        assert!(status.success(), "{name} can't be unpacked");
        let expected = fs::read(folder.join("expected.json")).unwrap();
        Self {
            place,
            folder,
            expected: serde_json::from_slice(&expected).unwrap(),
        }
    }

    fn ledgers(&self) -> Vec<&Value> {
        let ledgers = &self.expected["ledgers"];
        match ledgers.as_array() {
            Some(ledgers) => ledgers.iter().collect(),
            None => ledgers.as_object().unwrap().values().collect(),
        }
    }

    /// Those that take records.
    fn open(&self) -> Vec<&Value> {
        let all = self.ledgers().into_iter();
        all.filter(|ledger| text(&ledger["state"]) == "open")
            .collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Waits until every open ledger of a store says its settings.
async fn await_settings(client: &mut Client, kept: &Kept) {
    let deadline = Instant::now() + PATIENCE;
    for expected in kept.open() {
        let origin = text(&expected["origin"]);
        while ledger(client, origin).await.settings_sequence.is_none() {
            assert!(Instant::now() < deadline, "{origin} gets no settings");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The records of a kind, from one on.
async fn of_kind(client: &mut Client, origin: &str, from: u64, kind: &str) -> Vec<u64> {
    let size = ledger(client, origin).await.size;
    let records = records(client, origin, from, size).await;
    let found = records.iter().filter(|record| record.kind().name() == kind);
    found.map(|record| record.sequence).collect()
}

/// What the daemon now says of every record that there was, as `tail` shows it.
fn assert_reads_as_before(daemon: &Daemon, kept: &Kept, expected: &Value) {
    let origin = text(&expected["origin"]);
    let told = fs::read_to_string(kept.folder.join(text(&expected["files"]["records"]))).unwrap();
    let arguments = [
        "tail",
        origin,
        "--from",
        "0",
        "--decrypt",
        "--purpose",
        "a test",
        "--output",
        "json",
    ];
    let now = done(daemon, &arguments).text();
    let size = usize::try_from(number(&expected["size"])).unwrap();
    assert_eq!(told.lines().count(), size, "{origin}");
    for (then, now) in told.lines().zip(now.lines()) {
        let (then, now): (Value, Value) = (
            serde_json::from_str(then).unwrap(),
            serde_json::from_str(now).unwrap(),
        );
        assert_eq!(then, now, "{origin}");
    }
}

/// Exports a ledger, and has it verified against a head of now: everything must hold.
async fn assert_verifies(daemon: &Daemon, client: &mut Client, kept: &Kept, expected: &Value) {
    let (origin, key) = (text(&expected["origin"]), text(&expected["verifier_key"]));
    let (bundle, head) = (kept.place.file("bundle.tar"), kept.place.file("head"));
    export(client, origin, None, &bundle).await;
    let _replaced = fs::remove_file(&head);
    done(
        daemon,
        &["checkpoint", origin, "--out", head.to_str().unwrap()],
    );
    let known = ["--known-head", head.to_str().unwrap()];
    let verified = verify(&bundle, key, &known);
    for question in ["integrity", "completeness", "custody"] {
        assert_eq!(
            verified.answer(question),
            "holds",
            "{origin}: {verified:#?}"
        );
    }
    assert_eq!(verified.code, 0, "{origin}: {verified:#?}");
    // What was exported then is of the earlier draft, and told to be.
    let old = kept.folder.join(text(&expected["files"]["bundle"]));
    assert_eq!(verify(&old, key, &[]).code, 3, "{origin}");
    // A head from before still proves that nothing was taken away; custody needs a newer one after a rotation.
    let old_head = kept.folder.join(text(&expected["files"]["head"]));
    let verified = verify(&bundle, key, &["--known-head", old_head.to_str().unwrap()]);
    assert_eq!(
        verified.answer("completeness"),
        "holds",
        "{origin}: {verified:#?}"
    );
}

/// Rotates the identity of all ledgers; recovery keys sign what is asked for.
async fn rotate(keys: &mut Keys, kept: &Kept) -> IdentityRotationResult {
    let seed = text(&kept.expected["recovery_seed"]);
    let seed: Vec<u8> = (0..seed.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&seed[at..at + 2], 16).unwrap())
        .collect();
    let recovery = SigningKey::from_bytes(&seed.try_into().unwrap());
    let mut request = RotateIdentityKeyRequest::default();
    let mut before = Vec::new();
    loop {
        let mut progress = keys
            .rotate_identity_key(request.clone())
            .await
            .unwrap()
            .into_inner();
        let mut result = None;
        while let Some(message) = progress.message().await.unwrap() {
            result = message.result.or(result);
        }
        let mut result = result.unwrap();
        if result.recovery_statements.is_empty() || !request.recovery_signatures.is_empty() {
            result.rotated_ledgers.append(&mut before);
            return result;
        }
        before.append(&mut result.rotated_ledgers);
        let signatures = result.recovery_statements.iter().map(|awaits| {
            assert!(awaits.message.starts_with(b"indelible/recovery@v1\n"));
            RecoverySignature {
                origin: awaits.origin.clone(),
                signature: recovery.sign(&awaits.message).to_bytes().to_vec().into(),
            }
        });
        request.recovery_signatures = signatures.collect();
    }
}

/// Opens a kept store, and sees everything that was there, the settings, and that it goes on.
async fn goes_on(name: &str) {
    let kept = Kept::unpack(name);
    let daemon = Daemon::start(&kept.place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    await_settings(&mut client, &kept).await;
    for expected in kept.ledgers() {
        let (origin, size) = (text(&expected["origin"]), number(&expected["size"]));
        let now = ledger(&mut client, origin).await;
        let is_open = text(&expected["state"]) == "open";
        let settings = of_kind(&mut client, origin, 0, "settings").await;
        if is_open {
            let first = now.settings_sequence.unwrap();
            assert!(first >= size, "{origin}: {first}");
            assert_eq!(settings, [first], "{origin}");
            assert_eq!(now.state(), LedgerState::Open);
        } else {
            assert_eq!((now.settings_sequence, now.size), (None, size), "{origin}");
            assert_eq!(settings, [0; 0], "{origin}");
        }
        assert_eq!(now.access_trail, expected["access_trail"], "{origin}");
        assert_eq!(now.checks_events, expected["checks_events"], "{origin}");
        let shown = done(&daemon, &["ledger", "show", origin]).text();
        assert!(shown.contains("the operator's word"), "{shown}");
        let checked = run(&daemon, &["verify", origin]);
        // What is there agrees in any case; one in quarantine lacks what was acknowledged.
        let is_quarantined = text(&expected["state"]) == "quarantined";
        assert_eq!(checked.code, i32::from(is_quarantined), "{checked:?}");
        assert!(
            checked.text().contains("the operator's word"),
            "{checked:?}"
        );
        assert_reads_as_before(&daemon, &kept, expected);
        if text(&expected["state"]) != "quarantined" {
            assert_verifies(&daemon, &mut client, &kept, expected).await;
        }
    }
    let mut rotated = rotate(&mut keys, &kept).await;
    // The store's own ledger is rotated with them.
    let all = kept.open().len() + 1;
    if rotated.rotated_ledgers.len() < all {
        // That was the rest of a rotation that the earlier build had begun.
        rotated = rotate(&mut keys, &kept).await;
    }
    assert_eq!(rotated.rotated_ledgers.len(), all, "{rotated:?}");
    for expected in kept.open() {
        let origin = text(&expected["origin"]);
        if expected["checks_events"] == false {
            let name = format!("after the rotation of {origin}");
            append(&mut client, origin, event(&name)).await.unwrap();
        }
        let first = ledger(&mut client, origin).await.settings_sequence.unwrap();
        let after = of_kind(&mut client, origin, first, "identity").await;
        assert!(
            !after.is_empty(),
            "{origin}: a rotation comes after the settings"
        );
        assert_verifies(&daemon, &mut client, &kept, expected).await;
    }
    daemon.stop();
    // And once more, as a store of today.
    let daemon = Daemon::start(&kept.place).await;
    let mut client = daemon.client().await;
    for expected in kept.open() {
        let origin = text(&expected["origin"]);
        let settings = of_kind(&mut client, origin, 0, "settings").await;
        assert_eq!(settings.len(), 1, "{origin}");
        assert_eq!(run(&daemon, &["verify", origin]).code, 0, "{origin}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_an_earlier_build_closed_goes_on() {
    goes_on("stopped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_whose_earlier_build_was_killed_goes_on() {
    goes_on("killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_of_an_earlier_build_goes_on_and_what_is_closed_or_quarantined_stays_it() {
    goes_on("succeeded").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_store_gets_its_settings_once_wherever_its_first_start_is_killed() {
    for round in 0..10 {
        let kept = Kept::unpack("killed");
        let daemon = Daemon::spawn(serve(&kept.place), &kept.place).unwrap();
        // From before it serves to after the settings are there.
        tokio::time::sleep(Duration::from_millis(80 * round)).await;
        daemon.kill();
        let daemon = Daemon::start(&kept.place).await;
        let mut client = daemon.client().await;
        await_settings(&mut client, &kept).await;
        for expected in kept.open() {
            let origin = text(&expected["origin"]);
            let settings = of_kind(&mut client, origin, 0, "settings").await;
            assert_eq!(settings.len(), 1, "{origin}, round {round}");
            assert_eq!(run(&daemon, &["verify", origin]).code, 0, "{origin}");
        }
        daemon.stop();
    }
}

/// Rewrites what the catalogue says of every ledger, as whoever can write the database can.
fn meddle(kept: &Kept, taken_out: &str) {
    let opened = RocksStore::open(&kept.place.data(), &RocksTuning::default()).unwrap();
    let mut changed = 0;
    for (id, descriptor) in opened.store.ledgers().unwrap() {
        let text = String::from_utf8(descriptor).unwrap();
        let meddled = text.replace(taken_out, "");
        changed += usize::from(meddled != text);
        opened.store.update_ledger(id, meddled.as_bytes()).unwrap();
    }
    assert!(changed > 0, "no ledger says {taken_out}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_catalogue_takes_back_before_the_first_start_is_not_signed() {
    let kept = Kept::unpack("stopped");
    meddle(&kept, ",\"encrypts_all\":true");
    let daemon = Daemon::start(&kept.place).await;
    let mut client = daemon.client().await;
    await_settings(&mut client, &kept).await;
    for name in ["personal", "trailed"] {
        let now = ledger(&mut client, name).await;
        assert_eq!(now.encryption(), Encryption::All, "{name}");
        append(&mut client, name, event("after the upgrade"))
            .await
            .unwrap();
        let size = ledger(&mut client, name).await.size;
        let newest = records(&mut client, name, size - 1, size).await;
        assert!(!newest[0].data_key_id.is_empty(), "{newest:?}");
    }
    daemon.stop();
}
