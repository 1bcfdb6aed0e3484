//! Daemons whose keys are held elsewhere: in a PKCS#11 token, and in a key service. Both are real ones, on this machine.

mod moves;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use indelible_proto::v1::{ErrorReason, PartState};
use tonic_types::StatusExt as _;

use crate::{
    rigs::{Emulator, Flavour},
    support::{
        calls::{append, create, event},
        command::{done, run},
        daemon::{Client, Daemon, INDELIBLE},
        keys::{event_of, get},
        place::Place,
        verifier::{export, verify},
    },
};

const HSM: &str = include_str!("../../deploy/indelible-hsm.toml");
const KMS: &str = include_str!("../../deploy/indelible-kms.toml");
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];
pub(crate) const PIN: &str = "4711-pin-of-the-test";
/// How long a provider that is back may take to be noticed.
const HEALED_WITHIN: Duration = Duration::from_secs(20);

/// An example of `deploy/` as a daemon's configuration, its values replaced by a test's own: those named are set, also
/// where the example only mentions them.
pub(crate) fn configure(place: &Place, example: &str, values: &[(&str, &str)]) -> PathBuf {
    let path = place.file("indelible.toml");
    let (data, anchor) = (place.data(), place.anchor());
    let (data, anchor) = (data.to_str().unwrap(), anchor.to_str().unwrap());
    let values = [&[("data", data), ("anchor", anchor)], values].concat();
    let lines = example.lines().map(|line| {
        let key = line.trim_start_matches('#').split(" = ").next();
        match values.iter().find(|(name, _)| Some(*name) == key) {
            Some((name, "true")) => format!("{name} = true"),
            Some((name, value)) => format!("{name} = {value:?}"),
            None => line.to_owned(),
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    fs::write(&path, format!("listen = \"127.0.0.1:0\"\n{text}\n")).unwrap();
    path
}

pub(crate) fn serve(configuration: &Path) -> Command {
    let mut command = Command::new(INDELIBLE);
    command
        .args(["serve", "--config"])
        .arg(configuration)
        .stdin(Stdio::null());
    command
}

pub(crate) async fn start(place: &Place, command: Command) -> Daemon {
    let mut daemon = Daemon::spawn(command, place).unwrap_or_else(|problem| panic!("{problem}"));
    daemon.await_serving().await;
    daemon
}

/// Why an append was refused.
async fn refusal(client: &mut Client, subject: &str, id: &str) -> String {
    let refused = append(client, "trail", event_of(subject, id)).await;
    let status = refused.expect_err("the provider is away");
    status.get_details_error_info().unwrap().reason
}

/// Appends until the provider is noticed to be back.
pub(crate) async fn healed(client: &mut Client, subject: &str, id: &str) {
    let deadline = Instant::now() + HEALED_WITHIN;
    while let Err(status) = append(client, "trail", event_of(subject, id)).await {
        assert!(Instant::now() < deadline, "it does not heal: {status}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What a ledger goes through under any provider: events in the clear and sealed, a restart, rotations, an erasure, an
/// export that a verifier follows from the first key on.
async fn lives(place: &Place, command: impl Fn() -> Command, custody: &str) {
    let daemon = start(place, command()).await;
    let mut client = daemon.client().await;
    let ledger = create(&mut client, "trail").await;
    append(&mut client, "trail", event("plain")).await.unwrap();
    append(&mut client, "trail", event_of("erika", "sealed"))
        .await
        .unwrap();
    append(&mut client, "trail", event_of("max", "kept"))
        .await
        .unwrap();
    let status = done(&daemon, &["status"]).text();
    assert!(status.contains(custody), "{status}");
    daemon.stop();

    let daemon = start(place, command()).await;
    let mut client = daemon.client().await;
    let opened = get(&mut client, "trail", 3, true).await;
    assert_eq!(opened.event.unwrap().data_subject, "erika");
    // The first epoch after a restart is certified while appends wait for it.
    append(&mut client, "trail", event("restarted"))
        .await
        .unwrap();
    done(&daemon, &["keys", "rotate", "identity", "--yes"]);
    done(&daemon, &["keys", "rotate", "epoch", "trail"]);
    // Whoever revokes the running epoch waits for the provider's certificate of the next one.
    let listed = done(&daemon, &["keys", "list", "trail", "--output", "json"]).text();
    let running: serde_json::Value = serde_json::from_str(listed.lines().last().unwrap()).unwrap();
    let key = running["public_key"].as_str().unwrap();
    let revoke = ["keys", "revoke", "epoch", "trail", key];
    done(
        &daemon,
        &[&revoke[..], &["--trusted-size", "2", "--yes"]].concat(),
    );
    append(&mut client, "trail", event("after")).await.unwrap();
    done(
        &daemon,
        &[
            "erase",
            "trail",
            "--subject",
            "erika",
            "--basis",
            "b",
            "--yes",
        ],
    );
    let erased = get(&mut client, "trail", 3, true).await;
    assert_eq!(erased.body_state(), PartState::Erased);
    let kept = get(&mut client, "trail", 4, true).await;
    assert_eq!(kept.event.unwrap().data_subject, "max");

    let bundle = place.file("trail.tar");
    export(&mut client, "trail", None, &bundle).await;
    let head = place.file("head");
    let checkpoint = done(&daemon, &["checkpoint", "trail"]).data;
    fs::write(&head, checkpoint).unwrap();
    let head = head.to_str().unwrap();
    let verified = verify(&bundle, &ledger.verifier_key, &["--known-head", head]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.answer("custody"), "holds", "{verified:?}");
    let revocations = &verified.report["bundle"]["keys"]["revocations"];
    assert_eq!(revocations["total"], 1, "{verified:?}");
    daemon.stop();
}

/// A token of the test's own.
pub(crate) struct Token {
    pub(crate) configuration: PathBuf,
    pub(crate) directory: PathBuf,
    pin: PathBuf,
}

impl Token {
    pub(crate) fn new(place: &Place) -> Self {
        let token = Self {
            configuration: place.file("softhsm2.conf"),
            directory: place.file("tokens"),
            pin: place.file("pin"),
        };
        fs::create_dir(&token.directory).unwrap();
        let directory = token.directory.display();
        let text = format!("directories.tokendir = {directory}\nlog.level = ERROR\n");
        fs::write(&token.configuration, text).unwrap();
        fs::write(&token.pin, PIN).unwrap();
        let made = Command::new("softhsm2-util")
            .args([
                "--init-token",
                "--free",
                "--label",
                "trails",
                "--so-pin",
                "4711-so",
            ])
            .args(["--pin", PIN])
            .env("SOFTHSM2_CONF", &token.configuration)
            .output()
            .expect("softhsm2-util is there: run scripts/setup test");
        assert!(made.status.success(), "{made:?}");
        token
    }

    /// The module that reads it.
    pub(crate) fn module() -> &'static str {
        let module = MODULES.into_iter().find(|path| Path::new(path).exists());
        module.expect("SoftHSM is there: run scripts/setup test")
    }

    pub(crate) fn serve(&self, place: &Place) -> Command {
        self.serve_with(place, Self::module())
    }

    /// The same, through a module at another place.
    pub(crate) fn serve_with(&self, place: &Place, module: &str) -> Command {
        let values = [
            ("module", module),
            ("token", "trails"),
            ("pin_file", self.pin.to_str().unwrap()),
            ("create", "true"),
        ];
        let mut command = serve(&configure(place, HSM, &values));
        command.env("SOFTHSM2_CONF", &self.configuration);
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_lives_under_keys_in_a_token() {
    let place = Place::new();
    let token = Token::new(&place);
    lives(
        &place,
        || token.serve(&place),
        "Ed25519 key that never leaves the PKCS#11 provider",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_out_holds_up_only_what_needs_it() {
    let place = Place::new();
    let token = Token::new(&place);
    let daemon = start(&place, token.serve(&place)).await;
    let mut client = daemon.client().await;
    create(&mut client, "trail").await;
    append(&mut client, "trail", event_of("erika", "a"))
        .await
        .unwrap();
    let away = place.file("away");
    fs::rename(&token.directory, &away).unwrap();
    // A new subject needs a new key; what is open goes on, and so do reads and proofs.
    assert_eq!(
        refusal(&mut client, "max", "b").await,
        ErrorReason::KeysUnavailable.name()
    );
    append(&mut client, "trail", event("c")).await.unwrap();
    append(&mut client, "trail", event_of("erika", "d"))
        .await
        .unwrap();
    let opened = get(&mut client, "trail", 2, true).await;
    assert_eq!(opened.event.unwrap().data_subject, "erika");
    done(&daemon, &["receipt", "trail", "2"]);
    fs::rename(&away, &token.directory).unwrap();
    healed(&mut client, "max", "b").await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_told_as_one_and_shown_to_nobody() {
    let place = Place::new();
    let token = Token::new(&place);
    start(&place, token.serve(&place)).await.stop();
    let wrong = "0815-not-the-pin";
    fs::write(&token.pin, wrong).unwrap();
    let daemon = Daemon::spawn(token.serve(&place), &place).unwrap();
    let (status, log) = daemon.wait();
    assert!(!status.success());
    assert!(log.contains("refuses the PIN"), "{log}");
    assert!(!log.contains(wrong) && !log.contains(PIN), "{log}");
    fs::write(&token.pin, PIN).unwrap();
    start(&place, token.serve(&place)).await.stop();
}

/// A key in an emulated KMS, and how a daemon gets at it.
fn kms(place: &Place, emulator: &Emulator, key: &str) -> Command {
    kms_at(place, &emulator.url(), key)
}

/// The same, at an address that leads there.
pub(crate) fn kms_at(place: &Place, endpoint: &str, key: &str) -> Command {
    let credentials = place.file("credentials");
    let text = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = none\n";
    fs::write(&credentials, text).unwrap();
    let values = [
        ("key", key),
        ("region", "us-east-1"),
        ("endpoint", endpoint),
        ("credentials_file", credentials.to_str().unwrap()),
    ];
    serve(&configure(place, KMS, &values))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_lives_under_keys_in_a_key_service() {
    let place = Place::new();
    let emulator = Emulator::shared(Flavour::MiniStack);
    let key = emulator.create_key();
    lives(
        &place,
        || kms(&place, &emulator, &key),
        "Ed25519 key that never leaves the AWS KMS provider",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_disabled_is_told_as_one_until_it_is_enabled_again() {
    let place = Place::new();
    let emulator = Emulator::shared(Flavour::MiniStack);
    let key = emulator.create_key();
    let daemon = start(&place, kms(&place, &emulator, &key)).await;
    let mut client = daemon.client().await;
    create(&mut client, "trail").await;
    append(&mut client, "trail", event_of("erika", "a"))
        .await
        .unwrap();
    emulator.on_key("DisableKey", &key);
    let refused = append(&mut client, "trail", event_of("max", "b")).await;
    let status = refused.expect_err("the key is disabled");
    assert!(status.message().contains("key disabled"), "{status}");
    append(&mut client, "trail", event("c")).await.unwrap();
    daemon.stop();
    // It starts all the same, and says why it takes no appends.
    let daemon = start(&place, kms(&place, &emulator, &key)).await;
    let mut client = daemon.client().await;
    assert_eq!(
        refusal(&mut client, "max", "b").await,
        ErrorReason::KeysUnavailable.name()
    );
    assert!(daemon.log().contains("key disabled"), "{}", daemon.log());
    emulator.on_key("EnableKey", &key);
    healed(&mut client, "max", "b").await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_than_the_one_that_wrapped_is_refused() {
    let place = Place::new();
    let emulator = Emulator::shared(Flavour::MiniStack);
    let (first, other) = (emulator.create_key(), emulator.create_key());
    let daemon = start(&place, kms(&place, &emulator, &first)).await;
    create(&mut daemon.client().await, "trail").await;
    assert_eq!(run(&daemon, &["verify", "trail"]).code, 0);
    daemon.stop();
    let daemon = Daemon::spawn(kms(&place, &emulator, &other), &place).unwrap();
    let (status, log) = daemon.wait();
    assert!(!status.success() && log.contains("needs KEK"), "{log}");
    start(&place, kms(&place, &emulator, &first)).await.stop();
}
