//! Encrypted backups: whoever has the directory alone reads nothing, and whoever has the identity has everything.

use indelible_evidence::note::{SignatureType, VerifierKey};
use indelible_proto::v1::event::Payload;

use super::{erasure::that_may_hold, *};
use crate::support::{
    calls::{append, batch, create, events},
    command::run,
    daemon::Client,
    keys::{erase, event_of},
};

/// The name of a ledger, and what stands in its events: nothing else has it.
const CANARY: &str = "canary-7f3a91";

/// An identity in a file of a place, made by `age-keygen`, and its recipient.
fn made_key(place: &Place, name: &str) -> (PathBuf, String) {
    let path = place.file(name);
    let run = |arguments: &[&str]| {
        let output = Command::new("age-keygen").args(arguments).output();
        let output =
            output.unwrap_or_else(|error| panic!("age is there ({error}): run scripts/setup test"));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["-o", path.to_str().unwrap()]);
    let recipient = run(&["-y", path.to_str().unwrap()]);
    (path, recipient)
}

/// A daemon whose backups are encrypted to these; to nobody if there are none.
async fn start_encrypting(place: &Place, recipients: &[&str]) -> Daemon {
    fs::create_dir_all(backups(place)).unwrap();
    let recipients = format!("{recipients:?}");
    start_with(place, &[("INDELIBLE__BACKUP__RECIPIENTS", &recipients)]).await
}

/// A ledger whose name and events have the canary.
async fn with_canary(client: &mut Client) {
    create(client, CANARY).await;
    let mut marked = events("e", 0..50);
    for event in &mut marked {
        event.payload = Some(Payload::Plaintext(CANARY.as_bytes().to_vec().into()));
    }
    batch(client, CANARY, marked).await.unwrap();
}

/// The files of the directory for backups in which the canary or the origin of the store's own ledger stands.
fn showing(place: &Place) -> Vec<PathBuf> {
    let mut found = files_below(&backups(place));
    found.retain(|path| {
        let bytes = fs::read(path).unwrap();
        let has = |secret: &str| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        has(CANARY) || has("/_system/log/")
    });
    found
}

/// A command on the directory for backups of a place.
fn on_backups(place: &Place, command: &str, more: &[&str]) -> Answer {
    let directory = backups(place);
    let arguments = [&["backup", command, directory.to_str().unwrap()][..], more];
    offline(&arguments.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_backup_is_read_with_its_identity_alone() {
    let place = Place::new();
    let (key, recipient) = made_key(&place, "key.txt");
    let (other, _) = made_key(&place, "other.txt");
    let (key, other) = (key.to_str().unwrap(), other.to_str().unwrap());
    let daemon = start_encrypting(&place, &[&recipient]).await;
    let mut client = daemon.client().await;
    with_canary(&mut client).await;
    let made = back_up(&daemon);
    assert_eq!(made["encrypted_to"], serde_json::json!([recipient]));
    assert_eq!(showing(&place), Vec::<PathBuf>::new());
    let again = back_up(&daemon);
    let bytes = |made: &Value, name: &str| made[name].as_u64().unwrap();
    assert!(
        bytes(&again, "copied_bytes") * 2 < bytes(&made, "copied_bytes"),
        "{again}"
    );
    let status = done(&daemon, &["status"]).text();
    assert!(status.contains(&recipient), "{status}");
    let vkey = place.file("system.vkey");
    fs::write(&vkey, done(&daemon, &["ledger", "key", "_system"]).text()).unwrap();
    let vkey = vkey.to_str().unwrap();
    let other_vkey = place.file("other.vkey");
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key();
    let stranger = VerifierKey::new("other/log/1", SignatureType::Ed25519, stranger.to_bytes());
    fs::write(&other_vkey, stranger.unwrap().to_string()).unwrap();
    let other_vkey = other_vkey.to_str().unwrap();
    daemon.stop();

    let listed = on_backups(&place, "list", &[]);
    assert_eq!(listed.text().lines().count(), 2, "{listed:?}");
    assert!(listed.text().contains(&recipient) && !listed.text().contains(CANARY));
    // Without the identity nothing is said of the contents, and that is not taken for a success.
    let sealed = on_backups(&place, "verify", &["--key", vkey]);
    assert_eq!(sealed.code, 1, "{sealed:?}");
    assert_eq!(sealed.json()["intact"], Value::Null);
    assert_eq!(
        (&sealed.json()["contents"], &sealed.json()["records"]),
        (&"sealed".into(), &Value::Null)
    );
    for unknown in ["keks", "archive_files", "ledgers", "archive_complete"] {
        assert_eq!(sealed.json()[unknown], Value::Null, "{unknown}");
    }
    assert!(sealed.remarks.contains("were not looked at"), "{sealed:?}");
    // Another key than the signer's says nothing against the bytes.
    let not_theirs = on_backups(&place, "verify", &["--sealed", "--key", other_vkey]);
    assert_eq!(not_theirs.code, 5, "{not_theirs:?}");
    let enough = on_backups(&place, "verify", &["--sealed"]);
    assert_eq!(
        (enough.code, &enough.json()["intact"]),
        (0, &Value::Null),
        "{enough:?}"
    );
    let wrong = on_backups(&place, "verify", &["--identity", other]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.remarks.contains(&recipient), "{wrong:?}");
    let verified = on_backups(&place, "verify", &["--identity", key, "--key", vkey]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.json()["intact"], true);
    assert!(verified.json()["records"].as_u64().unwrap() > 50);

    let restored = Place::new();
    let anchor = place.anchor();
    let judge = ["--anchor", anchor.to_str().unwrap()];
    let refused = restore(&place, &restored, &judge);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.remarks.contains("--identity"), "{refused:?}");
    let refused = restore(
        &place,
        &restored,
        &[&judge[..], &["--identity", other]].concat(),
    );
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(!restored.data().exists());
    let answer = restore(
        &place,
        &restored,
        &[&judge[..], &["--identity", key]].concat(),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(of_ledger(&answer.json(), CANARY)["standing"], "whole");
    assert!(files_below(&restored.data()).iter().all(|file| {
        let name = file.to_string_lossy().into_owned();
        !name.ends_with(".sealed") && !name.ends_with(".coming")
    }));
    for file in files_below(&backups(&place)) {
        let kept = fs::read(&file).unwrap();
        let mut altered = kept.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        fs::write(&file, altered).unwrap();
        let is_found = [&made, &again].iter().any(|made| {
            let id = made["backup"].as_str().unwrap();
            on_backups(&place, "verify", &["--sealed", "--backup", id]).code != 0
        });
        assert!(is_found, "{}", file.display());
        fs::write(&file, kept).unwrap();
    }
}

/// The same search finds what a backup in the clear shows, so it would find what an encrypted one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_recipients_have_every_file_copied_anew_and_are_told_so() {
    let place = Place::new();
    let (first, to_first) = made_key(&place, "first.txt");
    let (second, to_second) = made_key(&place, "second.txt");
    let daemon = start_encrypting(&place, &[]).await;
    let mut client = daemon.client().await;
    with_canary(&mut client).await;
    let plain = back_up(&daemon);
    assert_eq!(plain["encrypted_to"], serde_json::json!([]));
    assert!(!showing(&place).is_empty());
    daemon.stop();

    let mut whole = Vec::new();
    for to in [vec![to_first.as_str()], vec![to_first.as_str(), &to_second]] {
        let daemon = start_encrypting(&place, &to).await;
        let answer = run(&daemon, &["backup", "create", "--output", "json"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(answer.remarks.contains("copied anew"), "{answer:?}");
        let made = answer.json();
        assert!(
            made["copied_bytes"].as_u64() > made["bytes"].as_u64(),
            "{made}"
        );
        let again = run(&daemon, &["backup", "create", "--output", "json"]);
        assert!(!again.remarks.contains("copied anew"), "{again:?}");
        whole.push(made["backup"].as_str().unwrap().to_owned());
        daemon.stop();
    }
    let opened = |backup: &str, identity: &Path| {
        let identity = identity.to_str().unwrap();
        let answer = on_backups(
            &place,
            "verify",
            &["--backup", backup, "--identity", identity],
        );
        answer.code
    };
    assert_eq!(opened(&whole[0], &first), 0);
    assert_eq!(opened(&whole[0], &second), 1, "it is for the first alone");
    assert_eq!(
        (opened(&whole[1], &first), opened(&whole[1], &second)),
        (0, 0)
    );
    let of_plain = plain["backup"].as_str().unwrap();
    assert_eq!(
        on_backups(&place, "verify", &["--backup", of_plain]).code,
        0
    );
}

/// That nobody can read a backup without its identity does not take anybody out of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_names_encrypted_backups_like_others() {
    let place = Place::new();
    let (_, recipient) = made_key(&place, "key.txt");
    let daemon = start_encrypting(&place, &[&recipient]).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    let first = back_up(&daemon);
    let first = first["backup"].as_str().unwrap();
    let mut keys = daemon.keys().await;
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    let named: Vec<_> = erased.backups.iter().map(|one| &one.backup_id).collect();
    assert_eq!(named, [first]);
    let second = back_up(&daemon);
    assert_eq!(second["may_hold_erased"], false, "{second}");
    assert_eq!(that_may_hold(&daemon, erased.sequence).await, [first]);
    done(&daemon, &["backup", "prune", "--keep-days", "0", "--yes"]);
    let held = that_may_hold(&daemon, erased.sequence).await;
    assert_eq!(held, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_that_is_not_valid_is_refused_before_anything_starts() {
    let place = Place::new();
    let recipients = r#"["age1qqqq"]"#;
    let check = |command: &[&str]| {
        let output = Command::new(INDELIBLE)
            .args(command)
            .arg("--data")
            .arg(place.data())
            .env("INDELIBLE__BACKUP__DIRECTORY", backups(&place))
            .env("INDELIBLE__BACKUP__RECIPIENTS", recipients)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    for command in [&["config", "check"][..], &["doctor"]] {
        let (code, said) = check(command);
        assert_ne!(code, Some(0), "{said}");
        assert!(
            said.contains("age1qqqq") && said.contains("age-keygen"),
            "{said}"
        );
    }
}
