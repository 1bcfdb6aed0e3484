//! The program as it is run: inputs of all kinds, exit codes, and output.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod absent;
mod altered;
mod forms;
mod frames;
mod identities;
mod inputs;
mod lost;
mod receipts;
mod records;
mod reports;
mod wording;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use indelible_evidence::bundle::Selection;
use serde_json::Value;
use support::{
    CHECKPOINT_TIME, Ledger,
    archive::{pack, unpack},
    bundling::witness_key,
    signing_key,
};
use tempfile::TempDir;

#[path = "../../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

struct Bench {
    folder: TempDir,
    ledger: Ledger,
    tar: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let mut ledger = Ledger::new("program", 1);
        ledger.events(300);
        let note = ledger.checkpoint(&[("w.example", 50, CHECKPOINT_TIME)]);
        let tar = ledger.bundle_with(Selection::Whole, &note);
        Self {
            folder: TempDir::new().unwrap(),
            ledger,
            tar,
        }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn directory(&self, name: &str, tar: &[u8]) -> PathBuf {
        let root = self.folder.path().join(name);
        for (name, content) in unpack(tar) {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        root
    }

    fn run(&self, bundle: &Path, arguments: &[&str]) -> Output {
        let key = self.ledger.key().to_string();
        program()
            .arg(bundle)
            .args(["--key", &key])
            .args(arguments)
            .output()
            .unwrap()
    }

    fn code(&self, bundle: &Path, arguments: &[&str]) -> i32 {
        self.run(bundle, arguments).status.code().unwrap()
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_indelible-verify"))
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

#[test]
fn all_three_forms_are_known_by_their_content() {
    let bench = Bench::new();
    let forms = [
        bench.file("plain.zst", &bench.tar),
        bench.file("compressed.tar", compressed(&bench.tar)),
        bench.directory("unpacked", &bench.tar),
    ];
    for form in forms {
        let output = bench.run(&form, &["--output", "json"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{form:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            output.stderr.is_empty(),
            "nothing on standard error without a terminal"
        );
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            value["evidence_format"],
            "indelible evidence version 0, second draft"
        );
        assert_eq!(
            (&value["result"], &value["verdict"]["custody"]["answer"]),
            (&"holds".into(), &"holds".into())
        );
        assert_eq!(value["bundle"]["records_checked"], 302);
    }
}

#[test]
fn a_broken_record_is_named_and_the_code_is_1() {
    let bench = Bench::new();
    let mut files = unpack(&bench.tar);
    let bodies = files
        .iter_mut()
        .find(|file| file.0 == "bodies/000")
        .unwrap();
    let at = bodies
        .1
        .windows(14)
        .position(|window| window == b"event-00000017")
        .unwrap();
    bodies.1[at + 13] = b'8';
    let tampered = pack(&files);
    for form in [
        bench.file("tar", &tampered),
        bench.directory("unpacked", &tampered),
    ] {
        let output = bench.run(&form, &[]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("record 17: body does not match its commitment [body-mismatch]"),
            "{text}"
        );
        assert!(text.contains("version 0, second draft"));
    }
}

#[test]
fn what_disclosed_keys_open_is_told() {
    let mut bench = Bench::new();
    let data_key = indelible_evidence::DataKeyId::from_bytes([3; 16]);
    let at = bench.ledger.size();
    for sequence in at..at + 3 {
        let key = bench.ledger.sealed_event(data_key);
        bench.ledger.disclosed.insert(sequence, *key.as_bytes());
    }
    bench.ledger.disclosed.remove(&(at + 1));
    let bundle = bench.ledger.bundle(Selection::Whole);
    let bundle = bench.file("bundle", bundle);
    let output = bench.run(&bundle, &["--output", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    for part in ["bodies", "payloads"] {
        assert_eq!(value["bundle"][part]["opened"], 2, "{part}");
        assert_eq!(value["bundle"][part]["encrypted"], 1, "{part}");
    }
    assert_eq!(value["bundle"]["bodies"]["present"], 300);
    let printed = |arguments: &[&str]| {
        let printed = bench.run(&bundle, arguments).stdout;
        String::from_utf8(printed).unwrap()
    };
    let told = "300 in the clear, 2 encrypted and opened with disclosed keys, 1 encrypted and not opened, 2 none";
    for form in ["text", "html"] {
        let shown = printed(&["--format", form]);
        assert!(shown.contains(told), "{shown}");
        let advice = "1 body and 1 payload are encrypted and not opened";
        assert!(shown.contains(advice), "{shown}");
    }

    bench.ledger.disclosed.insert(at + 1, [9; 32]);
    let bundle = bench.ledger.bundle(Selection::Whole);
    let bundle = bench.file("wrong", bundle);
    let output = bench.run(&bundle, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let told = format!("record {}: the event key that the bundle discloses", at + 1);
    assert!(
        text.contains(&told) && text.contains("[event-key-mismatch]"),
        "{text}"
    );
}

#[test]
fn questions_that_are_required_decide() {
    let mut bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let now = (CHECKPOINT_TIME + 100).to_string();
    let head = bench.file("head", bench.ledger.checkpoint(&[]).to_string());
    bench.ledger.events(1);
    let newer = bench.file("newer", bench.ledger.checkpoint(&[]).to_string());
    let witness = witness_key("w.example", &signing_key(50));
    let policy = bench.file("policy", format!("witness w {witness}\nquorum w\n"));
    let [head, newer, policy] = [&head, &newer, &policy].map(|path| path.to_str().unwrap());
    assert_eq!(bench.code(&bundle, &[]), 0);
    assert_eq!(bench.code(&bundle, &["--require", "completeness"]), 4);
    assert_eq!(
        bench.code(
            &bundle,
            &["--require", "completeness", "--known-head", head]
        ),
        0
    );
    assert_eq!(
        bench.code(&bundle, &["--require", "completeness", "--policy", policy]),
        0
    );
    assert_eq!(bench.code(&bundle, &["--known-head", newer]), 1);
    assert_eq!(bench.code(&bundle, &["--require", "freshness"]), 4);
    assert_eq!(
        bench.code(
            &bundle,
            &[
                "--now",
                &now,
                "--max-age",
                "100s",
                "--require",
                "completeness,freshness",
                "--policy",
                policy
            ]
        ),
        0
    );
    assert_eq!(bench.code(&bundle, &["--now", &now, "--max-age", "99s"]), 1);
}

#[test]
fn bad_arguments_are_2() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let junk = bench.file("junk", "junk");
    let (bundle, junk) = (bundle.to_str().unwrap(), junk.to_str().unwrap());
    let key = bench.ledger.key().to_string();
    let strangers = Ledger::new("program", 2).checkpoint(&[]).to_string();
    let strangers = bench.file("stranger", strangers);
    let cases: [&[&str]; 10] = [
        &[],
        &[bundle],
        &[bundle, "--key", "nonsense"],
        &[bundle, "--key", junk],
        &[bundle, "--key", &key, "--known-head", junk],
        &[bundle, "--key", &key, "--known-head", "/nowhere"],
        &[bundle, "--key", &key, "--policy", junk],
        &[bundle, "--key", &key, "--now", "noon"],
        &[bundle, "--key", &key, "--max-age", "7"],
        &[bundle, "--key", &key, "--require", "everything"],
    ];
    for arguments in cases {
        assert_eq!(
            program().args(arguments).output().unwrap().status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    // A head by another key of that name may be a later identity's, which this bundle does not know.
    let known_head = ["--known-head", strangers.to_str().unwrap()];
    assert_eq!(bench.code(bundle.as_ref(), &known_head), 4);
    let key_file = bench.file("key", format!("{key}\n"));
    assert_eq!(
        program()
            .args([bundle, "--key", key_file.to_str().unwrap()])
            .output()
            .unwrap()
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn what_is_no_bundle_is_3_and_what_cannot_be_read_is_5() {
    let bench = Bench::new();
    std::fs::create_dir(bench.folder.path().join("empty")).unwrap();
    let mut skippable = vec![0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
    skippable.extend(compressed(&bench.tar));
    for (name, content) in [
        ("text", b"some text".to_vec()),
        ("nothing", Vec::new()),
        ("zeros", vec![0; 4096]),
        ("skippable", skippable),
    ] {
        assert_eq!(bench.code(&bench.file(name, content), &[]), 3, "{name}");
    }
    assert_eq!(bench.code(&bench.folder.path().join("empty"), &[]), 3);
    assert_eq!(bench.code(&bench.folder.path().join("nowhere"), &[]), 5);
}

#[test]
fn a_directory_holds_nothing_else() {
    let bench = Bench::new();
    let root = bench.directory("unpacked", &bench.tar);
    assert_eq!(bench.code(&root, &[]), 0);
    for extra in [
        ".DS_Store",
        "notes.txt",
        "headers/001",
        "tile/0/001.p/47",
        "tile/0/junk",
    ] {
        std::fs::write(root.join(extra), "").unwrap();
        let output = bench.run(&root, &[]);
        assert_eq!(output.status.code(), Some(3), "{extra}");
        assert!(output.stdout.is_empty(), "{extra} breaks nothing");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(extra), "{extra} is named: {told}");
        std::fs::remove_file(root.join(extra)).unwrap();
    }
    std::fs::create_dir(root.join("empty")).unwrap();
    assert_eq!(bench.code(&root, &[]), 3);
    // What is broken is told all the same.
    let checkpoint = std::fs::read(root.join("checkpoint")).unwrap();
    std::fs::write(root.join("checkpoint"), &checkpoint[1..]).unwrap();
    assert_eq!(bench.code(&root, &[]), 1);
    std::fs::write(root.join("checkpoint"), checkpoint).unwrap();
    std::fs::remove_dir(root.join("empty")).unwrap();
    let (bodies, elsewhere) = (root.join("bodies"), bench.folder.path().join("elsewhere"));
    std::fs::rename(&bodies, &elsewhere).unwrap();
    assert_eq!(bench.code(&root, &[]), 1, "a folder is missing");
    std::os::unix::fs::symlink(&elsewhere, &bodies).unwrap();
    assert_eq!(bench.code(&root, &[]), 3, "a folder is a link");
    std::fs::remove_file(&bodies).unwrap();
    std::fs::rename(&elsewhere, &bodies).unwrap();
    assert_eq!(bench.code(&root, &[]), 0);
}
