//! The program as it is run: inputs of all kinds, exit codes, and output.

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

#[path = "../../evidence/tests/bundle/support.rs"]
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
            value["format"],
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
    }
    assert_eq!(value["bundle"]["bodies"]["present"], 303);
    let text = String::from_utf8(bench.run(&bundle, &[]).stdout).unwrap();
    let told = "303 present, 2 none; 2 opened with disclosed keys";
    assert!(text.contains(told), "{text}");

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
    for extra in ["notes.txt", "headers/001", "tile/0/001.p/47", "tile/0/junk"] {
        std::fs::write(root.join(extra), "").unwrap();
        let output = bench.run(&root, &[]);
        assert_eq!(output.status.code(), Some(1), "{extra}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(extra),
            "{extra} is named"
        );
        std::fs::remove_file(root.join(extra)).unwrap();
    }
    std::fs::create_dir(root.join("empty")).unwrap();
    assert_eq!(bench.code(&root, &[]), 1);
    std::fs::remove_dir(root.join("empty")).unwrap();
    let (bodies, elsewhere) = (root.join("bodies"), bench.folder.path().join("elsewhere"));
    std::fs::rename(&bodies, &elsewhere).unwrap();
    assert_eq!(bench.code(&root, &[]), 1, "a folder is missing");
    std::os::unix::fs::symlink(&elsewhere, &bodies).unwrap();
    assert_eq!(bench.code(&root, &[]), 1, "a folder is a link");
    std::fs::remove_file(&bodies).unwrap();
    std::fs::rename(&elsewhere, &bodies).unwrap();
    assert_eq!(bench.code(&root, &[]), 0);
}

#[test]
fn frames_are_single_small_and_finite() {
    let bench = Bench::new();
    let good = compressed(&bench.tar);
    let case = |name: &str, content: &[u8]| bench.code(&bench.file(name, content), &[]);
    assert_eq!(case("good", &good), 0);
    assert_eq!(case("trailing", &[&good[..], &[0]].concat()), 3);
    let two = [&good[..], &compressed(b"")].concat();
    assert_eq!(case("second frame", &two), 3);
    let mut reserved = good.clone();
    reserved[4] |= 0b1000;
    assert_eq!(case("reserved bit", &reserved), 3);
    // A decoder gives nothing before it has a window full, so of a short frame not even the manifest is seen.
    assert_eq!(case("cut", &good[..good.len() - 5]), 3);
    // A frame that goes on for ever: blocks of 128 KiB that repeat one byte, none of them the last.
    let mut endless = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for _ in 0..2_000_000 {
        endless.extend_from_slice(&[0x02, 0x00, 0x10, 0x00]);
    }
    assert_eq!(case("endless", &endless), 3);
    // The same after a good beginning: the tar within ends where it must.
    let mut late = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for part in bench.tar.chunks(100_000) {
        let head = (part.len() as u32) << 3;
        late.extend_from_slice(&head.to_le_bytes()[..3]);
        late.extend_from_slice(part);
    }
    late.extend_from_slice(&endless[6..]);
    assert_eq!(case("late", &late), 1);
    // A window of 16 MiB.
    let mut wide = good.clone();
    wide[4] = 0x00;
    wide[5] = 0x70;
    assert_eq!(case("wide", &wide), 3);
}

#[test]
fn flips_in_a_frame_are_detected_or_change_nothing() {
    let mut ledger = Ledger::new("frame", 1);
    ledger.events(4);
    let tar = ledger.bundle(Selection::Whole);
    let bench = Bench {
        folder: TempDir::new().unwrap(),
        ledger,
        tar,
    };
    for has_checksum in [true, false] {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(has_checksum).unwrap();
        std::io::Write::write_all(&mut encoder, &bench.tar).unwrap();
        flip_frame(&bench, &encoder.finish().unwrap(), has_checksum);
    }
}

fn flip_frame(bench: &Bench, frame: &[u8], has_checksum: bool) {
    let mut changed_nothing = 0;
    for bit in (0..frame.len() * 8).step_by(97) {
        let mut flipped = frame.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let code = bench.code(&bench.file("flipped", &flipped), &[]);
        match zstd::decode_all(&flipped[..]) {
            Ok(unpacked) if unpacked == bench.tar => {
                assert_eq!(code, 0, "bit {bit}");
                changed_nothing += 1;
            }
            Ok(_) => assert!(code == 1 || code == 3, "bit {bit}: exit code {code}"),
            // What the reference can't unpack is no bundle, whatever it holds.
            Err(_) if has_checksum => assert_eq!(code, 3, "bit {bit}"),
            Err(_) => assert!(code == 1 || code == 3, "bit {bit}: exit code {code}"),
        }
    }
    assert!(changed_nothing < 100);
}

#[test]
fn receipts_are_checked() {
    use indelible_evidence::tree::inclusion_proof;
    use indelible_evidence::{Receipt, RecordFile};
    let mut bench = Bench::new();
    let record = bench.ledger.records[7].clone();
    let proof = {
        use indelible_evidence::bundle::RecordSource;
        let size = bench.ledger.size();
        inclusion_proof(7, size, |node| bench.ledger.node(node)).unwrap()
    };
    let receipt = Receipt {
        previous: bench.ledger.records[6].chain,
        certificate: None,
        genesis: None,
        identities: Vec::new(),
        index: 7,
        proof,
        checkpoint: bench.ledger.checkpoint(&[]),
    };
    let receipt = bench.file("receipt", receipt.to_string());
    let file = |record: &support::Record, header: &[u8]| {
        RecordFile {
            header: header.to_vec(),
            body: record.body.clone(),
            payload: record.payload.clone(),
            event_key: None,
        }
        .encode()
    };
    let key = bench.ledger.key().to_string();
    let run = |record: &Path, output: &str| {
        program()
            .arg("receipt")
            .arg(&receipt)
            .arg("--record")
            .arg(record)
            .args(["--key", &key, "--output", output])
            .output()
            .unwrap()
    };
    let good = bench.file("record", file(&record, &record.header));
    assert_eq!(run(&good, "text").status.code(), Some(0));
    let value: Value = serde_json::from_slice(&run(&good, "json").stdout).unwrap();
    assert_eq!(
        (&value["result"], &value["sequence"]),
        (&"holds".into(), &7.into())
    );
    let other = bench.ledger.records[8].clone();
    assert_eq!(
        run(&bench.file("other", file(&other, &other.header)), "text")
            .status
            .code(),
        Some(1)
    );
    assert_eq!(
        run(&bench.file("mixed", file(&other, &record.header)), "text")
            .status
            .code(),
        Some(1)
    );
    assert_eq!(
        run(&bench.file("junk", "junk"), "text").status.code(),
        Some(3)
    );
    assert_eq!(
        run(&bench.folder.path().join("nowhere"), "text")
            .status
            .code(),
        Some(5)
    );
}

#[test]
fn a_verdict_comes_in_the_forms_of_reports() {
    let bench = Bench::new();
    let whole = bench.file("whole", &bench.tar);
    let made = |form: &str| {
        let output = bench.run(&whole, &["--format", form]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&made("json")).unwrap();
    assert_eq!(json["format"], "indelible-verification/0-draft");
    assert_eq!(json["result"], "holds");
    assert_eq!(json["verifier_key"], bench.ledger.key().to_string());
    assert_eq!(json["bundle"]["size"], bench.ledger.size());
    assert_eq!(json["answers"]["integrity"]["answer"], "holds");
    assert_eq!(json["answers"]["completeness"]["answer"], "unanswerable");
    let id = json["id"].as_str().unwrap();
    for form in ["text", "html", "csv", "oscal", "in-toto"] {
        let shown = made(form);
        assert!(form == "csv" || shown.contains(id), "{form}: {shown}");
        assert!(shown.contains("ntegrity"), "{form}: {shown}");
        assert_eq!(made(form), shown, "the same bytes every time");
    }
    let statement: Value = serde_json::from_str(&made("in-toto")).unwrap();
    assert_eq!(statement["predicate"], json);
    assert_eq!(
        statement["predicateType"],
        "urn:indelible:verification:0-draft"
    );

    // A file beside the printed verdict, and what was required stands in it.
    let page = bench.folder.path().join("v.html");
    let path = page.display().to_string();
    let arguments = ["--format", "html", "-o", &path, "--require", "completeness"];
    let output = bench.run(&whole, &arguments);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("a required question can't be answered"));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Not all that was required (completeness, custody and integrity)"));

    // What is broken is broken in every form, and in the exit code.
    let mut files = unpack(&bench.tar);
    let bodies = files
        .iter_mut()
        .find(|(name, _)| name.starts_with("bodies/"));
    let content = &mut bodies.unwrap().1;
    let last = content.len() - 1;
    content[last] ^= 1;
    let broken = bench.file("broken", pack(&files));
    for form in ["text", "json", "html", "csv", "oscal", "in-toto"] {
        let output = bench.run(&broken, &["--format", form]);
        assert_eq!(output.status.code(), Some(1), "{form}: {output:?}");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("body-mismatch"), "{form}: {shown}");
        assert!(!shown.contains("nothing is broken"), "{form}: {shown}");
    }
    for wrong in [
        &["--format", "pdf"][..],
        &["-o", "v.txt"],
        &["--format", "json", "--output", "json"],
        &["--format", "json", "--report", "r.json"],
    ] {
        assert_eq!(bench.code(&whole, wrong), 2, "{wrong:?}");
    }
}
