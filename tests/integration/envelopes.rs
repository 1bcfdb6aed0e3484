//! Envelopes of the client's own, from one command to another: the daemon never has the key.

use std::fs;

use crate::support::{
    command::{done, run, run_with},
    daemon::Daemon,
    place::Place,
};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
const PLAINTEXT: &str = r#"{"input":{"income":41000},"metadata":{},"output":"refer"}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_is_encrypted_and_decrypted_by_whoever_has_the_key() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    done(&daemon, &["ledger", "create", "audit"]);
    let path = |name: &str, content: &str| {
        let path = place.file(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (key, other) = (path("key", KEY), path("other", &KEY.replace('0', "1")));
    let (plain, short) = (path("plain", PLAINTEXT), path("short", "0011\n"));
    let append = |id: &str, subject: &[&str]| {
        let arguments = [
            "append",
            "audit",
            "--id",
            id,
            "--source",
            "scoring",
            "--type",
            "decision",
            "--time",
            "2026-11-20T09:30:00Z",
            "--payload-file",
            &plain,
            "--encrypt-with",
            &key,
            "--key-id",
            "customer-key-1",
            "--output",
            "json",
        ];
        done(&daemon, &[&arguments, subject].concat()).json()
    };
    assert_eq!(append("1", &[])["sequence"], 2);
    assert_eq!(append("1", &[])["repeated"], true, "the same to the byte");
    // The daemon encrypts the envelope once more for a data subject.
    assert_eq!(append("2", &["--data-subject", "erika"])["sequence"], 3);
    for sequence in ["2", "3"] {
        let shown = done(&daemon, &["get", "audit", sequence, "--decrypt"]).text();
        assert!(
            shown.contains("under key customer-key-1") && !shown.contains("income"),
            "{shown}"
        );
        let opened = done(&daemon, &["decrypt", "audit", sequence, "--key", &key]);
        assert_eq!(opened.text(), PLAINTEXT);
    }
    // From what somebody kept, and without a daemon.
    let record = done(&daemon, &["get", "audit", "2", "--output", "json"]);
    let arguments = ["decrypt", "--event", "-", "--key", &key];
    let opened = run_with(&daemon, &arguments, &record.data);
    assert_eq!(
        (opened.code, opened.text().as_str()),
        (0, PLAINTEXT),
        "{opened:?}"
    );
    let event = record.json()["event"].to_string();
    let opened = run_with(&daemon, &arguments, event.as_bytes());
    assert_eq!(opened.text(), PLAINTEXT);

    let says = |arguments: &[&str], code: i32, words: &str| {
        let answer = run(&daemon, arguments);
        assert_eq!(answer.code, code, "{answer:?}");
        assert!(answer.remarks.contains(words), "{answer:?}");
        assert_eq!(answer.data, b"");
    };
    says(
        &["decrypt", "audit", "2", "--key", &other],
        1,
        "does not open",
    );
    says(
        &[
            "decrypt",
            "audit",
            "2",
            "--key",
            &key,
            "--system-id",
            "other",
        ],
        1,
        "belongs to another event",
    );
    says(
        &["decrypt", "audit", "2", "--key", &short],
        2,
        "does not hold a 256-bit key",
    );
    says(
        &["decrypt", "audit", "1", "--key", &key],
        2,
        "no readable event",
    );
    done(
        &daemon,
        &[
            "append", "audit", "--id", "3", "--source", "scoring", "--type", "t",
        ],
    );
    says(
        &["decrypt", "audit", "4", "--key", &key],
        2,
        "not encrypted by its client",
    );
    daemon.stop();
}
