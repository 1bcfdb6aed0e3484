//! Producers sign their own events: at the command line, over the wire, and for a verifier that trusts nobody's word.

mod wire;

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use indelible_interchange::producer::ProducerKey;
use serde_json::{Value, json};

use crate::support::{
    Named,
    calls::{create, hex},
    command::{done, run},
    daemon::Daemon,
    place::Place,
    verifier::{Verified, export, verify},
};

const SOURCE: &str = "urn:till:7";

/// A key's file, as OpenSSL writes one.
pub(crate) fn key_file(place: &Place, name: &str, seed: u8) -> String {
    let der = [
        &[
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ][..],
        &[seed; 32],
    ];
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.concat());
    let path = place.file(name);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    fs::write(&path, pem).unwrap();
    allow(&path, 0o600);
    path.to_str().unwrap().to_owned()
}

fn allow(path: &PathBuf, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn key(seed: u8) -> ProducerKey {
    ProducerKey::from_seed(&[seed; 32])
}

/// Why a command is refused.
#[track_caller]
fn reason(daemon: &Daemon, arguments: &[&str]) -> String {
    let answer = run(daemon, &[arguments, &["--output", "json"]].concat());
    assert_ne!(answer.code, 0, "{answer:?}");
    let error: Value = serde_json::from_str(answer.remarks.lines().last().unwrap()).unwrap();
    error["error"]["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Events of the till, numbered by it, one a line.
fn sales(numbers: &[u64]) -> String {
    let sale = |number: &u64| {
        json!({
            "specversion": "1.0", "id": format!("sale-{number}"), "source": SOURCE, "type": "com.example.sale.v1",
            "time": "2026-11-28T10:00:00Z", "data": {"total": number}, "facts": {"producer_sequence": number},
        })
        .to_string()
    };
    numbers.iter().map(sale).collect::<Vec<_>>().join("\n") + "\n"
}

struct Rig {
    place: Place,
    daemon: Daemon,
    named: Named,
    till: String,
}

impl Rig {
    async fn start() -> Self {
        let place = Place::new();
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        let named = Named::from(&create(&mut client, "audit").await);
        create(&mut client, "other").await;
        let till = key_file(&place, "till.pem", 1);
        Self {
            place,
            daemon,
            named,
            till,
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.place.file(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What an auditor finds in the whole ledger. Integrity and custody must hold.
    async fn verified(&self) -> Verified {
        let mut client = self.daemon.client().await;
        let bundle = self.place.file("bundle.tar");
        export(&mut client, &self.named.origin, None, &bundle).await;
        let verified = verify(&bundle, &self.named.verifier_key, &[]);
        for question in ["integrity", "custody"] {
            assert_eq!(verified.answer(question), "holds", "{verified:#?}");
        }
        verified
    }

    /// How many events the auditor finds signed by each producer, and for how many of these that counts for nothing.
    async fn signed(&self) -> Vec<(String, u64, u64)> {
        let verified = self.verified().await;
        let listed = &verified.report["bundle"]["keys"]["producers"]["listed"];
        let count = |producer: &Value, name: &str| producer[name].as_u64().unwrap();
        let one = |producer: &Value| {
            let name = producer["name"].as_str().unwrap().to_owned();
            (name, count(producer, "signed"), count(producer, "void"))
        };
        listed.as_array().unwrap().iter().map(one).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_signs_and_what_it_signed_is_verified_without_the_daemon() {
    let mut rig = Rig::start().await;
    let (till, file) = (
        rig.till.clone(),
        rig.file("sales.ndjson", &sales(&[1, 2, 4])),
    );
    let sign = ["append", "audit", &file, "--sign-with", &till];
    assert_eq!(reason(&rig.daemon, &sign), "PRODUCER_UNKNOWN");
    let register = [
        "producer", "register", "audit", "--key", &till, "--name", "till 7", "--source", SOURCE,
    ];
    let registered = done(
        &rig.daemon,
        &[&register[..], &["--output", "json"]].concat(),
    )
    .json();
    assert_eq!(registered["sequence"], 2);
    assert_eq!(registered["public_key"], hex(&key(1).public()));
    assert_eq!(reason(&rig.daemon, &register), "PRODUCER_REGISTERED");
    done(&rig.daemon, &sign);

    // Numbers that are missing show at once.
    let gaps = [
        "projection",
        "show",
        "gaps.by_source",
        "--ledger",
        "audit",
        "--format",
        "ndjson",
    ];
    let gaps: Value = serde_json::from_str(done(&rig.daemon, &gaps).text().trim()).unwrap();
    assert_eq!(
        (
            &gaps["source"],
            &gaps["jumps"],
            &gaps["skipped"],
            &gaps["last_number"]
        ),
        (&json!(SOURCE), &json!(1), &json!(1), &json!(4)),
        "{gaps}"
    );
    assert_eq!(rig.signed().await, [("till 7".to_owned(), 3, 0)]);

    // From here on the source takes nothing else.
    let require = [
        "producer",
        "require",
        "audit",
        "--source",
        SOURCE,
        "--reason",
        "since the till was replaced",
    ];
    let required = done(&rig.daemon, &[&require[..], &["--output", "json"]].concat());
    assert_eq!(required.json()["signed_sources"], json!([SOURCE]));
    // What bindings take for a prefix would be a demand on nothing.
    let every = ["producer", "require", "audit", "--source", "urn:till:*"];
    assert_eq!(reason(&rig.daemon, &every), "FIELD_INVALID");
    let shown = done(
        &rig.daemon,
        &["ledger", "show", "audit", "--output", "json"],
    )
    .json();
    assert_eq!(shown["signed_sources"], json!([SOURCE]));
    let unsigned = [
        "append", "audit", "--id", "x", "--source", SOURCE, "--type", "t",
    ];
    assert_eq!(reason(&rig.daemon, &unsigned), "PRODUCER_SIGNATURE_MISSING");
    let unsigned = rig.file("unsigned.ndjson", &sales(&[5]));
    let refused = run(&rig.daemon, &["append", "audit", &unsigned, "--keep-going"]);
    assert!(
        refused
            .remarks
            .contains("must have their producer's signature"),
        "{refused:?}"
    );
    done(
        &rig.daemon,
        &[
            "append", "audit", "--id", "x", "--source", "urn:free", "--type", "t",
        ],
    );

    // What is read back is the same event, and repeats itself; altered, or elsewhere, it is a forgery.
    let read =
        done(&rig.daemon, &["get", "audit", "3", "--output", "json"]).json()["event"].clone();
    assert_eq!(
        read["producersignature"]["public_key"],
        hex(&key(1).public())
    );
    let again = rig.file("again.ndjson", &read.to_string());
    let again = done(&rig.daemon, &["append", "audit", &again]);
    assert!(again.text().contains("repeated 1"), "{again:?}");
    for (member, value) in [
        ("time", json!("2026-11-28T10:00:01Z")),
        ("id", json!("sale-9")),
        ("type", json!("u")),
    ] {
        let mut forged = read.clone();
        forged[member] = value;
        let forged = rig.file("forged.ndjson", &forged.to_string());
        assert_eq!(
            reason(&rig.daemon, &["append", "audit", &forged]),
            "PRODUCER_SIGNATURE_WRONG",
            "{member}"
        );
    }
    let elsewhere = [
        "producer", "register", "other", "--key", &till, "--name", "till 7",
    ];
    done(&rig.daemon, &elsewhere);
    let replayed = rig.file("replayed.ndjson", &read.to_string());
    assert_eq!(
        reason(&rig.daemon, &["append", "other", &replayed]),
        "PRODUCER_SIGNATURE_WRONG"
    );
    let foreign = [
        "append",
        "audit",
        "--id",
        "y",
        "--source",
        "urn:till:8",
        "--type",
        "t",
        "--sign-with",
        &till,
    ];
    assert_eq!(reason(&rig.daemon, &foreign), "PRODUCER_SOURCE_MISMATCH");

    // Revoked as of the second sale: the verifier counts the signatures of two sales for nothing, and the daemon takes no more.
    let public = hex(&key(1).public());
    let revoke = [
        "producer",
        "revoke",
        "audit",
        &public,
        "--from",
        "4",
        "--reason",
        "the till was stolen",
        "--yes",
    ];
    done(&rig.daemon, &revoke);
    assert_eq!(reason(&rig.daemon, &revoke), "PRODUCER_REVOKED");
    assert_eq!(rig.signed().await, [("till 7".to_owned(), 3, 2)]);
    let late = rig.file("late.ndjson", &sales(&[6]));
    let late = ["append", "audit", &late, "--sign-with", &till];
    assert_eq!(reason(&rig.daemon, &late), "PRODUCER_REVOKED");
    let before = done(
        &rig.daemon,
        &["producer", "list", "audit", "--output", "json"],
    )
    .json();
    assert_eq!(
        (
            &before["sources"],
            &before["revocation"]["first_void_sequence"],
            &before["revocation"]["reason"]
        ),
        (&json!([SOURCE]), &json!(4), &json!("the till was stolen"))
    );

    // A restart knows it all from the chain.
    rig.daemon.kill();
    rig.daemon = Daemon::start(&rig.place).await;
    assert_eq!(reason(&rig.daemon, &late), "PRODUCER_REVOKED");
    let list = done(
        &rig.daemon,
        &["producer", "list", "audit", "--output", "json"],
    )
    .json();
    assert_eq!(list, before);
    done(&rig.daemon, &sign);
    assert_eq!(rig.signed().await, [("till 7".to_owned(), 3, 2)]);
    rig.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_key_stays_with_its_producer_and_out_of_others_hands() {
    let rig = Rig::start().await;
    let door = key_file(&rig.place, "door.pem", 2);
    let what = ["--name", "door 2", "--source", "urn:b", "--source", "urn:a"];
    let prove = [
        "producer",
        "proof",
        &rig.named.origin,
        "--key",
        &door,
        "--output",
        "json",
    ];
    let proven = done(&rig.daemon, &[&prove[..], &what].concat()).json();
    let [public, proof] = ["public_key", "proof"].map(|name| proven[name].as_str().unwrap());
    let register = [
        "producer",
        "register",
        "audit",
        "--public-key",
        public,
        "--proof",
        proof,
    ];
    let other = ["--name", "door 3", "--source", "urn:b", "--source", "urn:a"];
    assert_eq!(
        reason(&rig.daemon, &[&register[..], &other].concat()),
        "PRODUCER_PROOF_WRONG"
    );
    let fewer = ["--name", "door 2", "--source", "urn:a"];
    assert_eq!(
        reason(&rig.daemon, &[&register[..], &fewer].concat()),
        "PRODUCER_PROOF_WRONG"
    );
    done(&rig.daemon, &[&register[..], &what].concat());
    let append = [
        "append",
        "audit",
        "--id",
        "1",
        "--source",
        "urn:a",
        "--type",
        "t",
        "--sign-with",
        &door,
    ];
    // An event of a person is signed before it is encrypted.
    let person = ["--data-subject", "erika"];
    done(&rig.daemon, &[&append[..], &person].concat());
    let read = ["get", "audit", "3", "--decrypt", "--output", "json"];
    let read = done(&rig.daemon, &read).json();
    assert_eq!(
        read["event"]["producersignature"]["public_key"], public,
        "{read}"
    );
    for mode in [0o644, 0o620] {
        allow(&PathBuf::from(&door), mode);
        let refused = run(&rig.daemon, &append);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.remarks.contains("chmod 600"), "{refused:?}");
    }
    rig.daemon.stop();
}
