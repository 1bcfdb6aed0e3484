//! Inputs as they are in the hands of people: other keys, other files, changed on their way.

use std::io::Write as _;
use std::process::Stdio;

use super::*;

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The public key in PEM, as `openssl pkey -pubout` writes it.
fn pem(ledger: &Ledger) -> String {
    let info = [
        &[
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ][..],
        &ledger.key().public(),
    ];
    let base64 = data_encoding::BASE64.encode(&info.concat());
    format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn another_ledgers_key_accuses_nobody() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let other = Ledger::new("other", 2).key().to_string();
    let run = |arguments: &[&str]| {
        let mut program = program();
        program.args(arguments).args(["--key", &other]);
        program.output().unwrap()
    };
    let bundle = bundle.to_str().unwrap();
    for arguments in [
        &[bundle][..],
        &[bundle, "--output", "json"],
        &["report", bundle, "--framework", "gdpr"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(!printed.contains("integrity"), "{arguments:?}: no verdict");
        let told = told(&output);
        assert!(!told.contains("BROKEN"), "{told}");
        let words = "this key is for tests.example/other/0123456789ab, but the evidence is of \
                     tests.example/program/0123456789ab; nothing was checked";
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_key_comes_in_pem_and_through_any_editor() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let bundle = bundle.to_str().unwrap();
    let origin = bench.ledger.origin.as_str();
    let key = bench.ledger.key().to_string();
    let code = |name: &str, content: &[u8], more: &[&str]| {
        let key = bench.file(name, content);
        let mut program = program();
        program
            .args([bundle, "--key", key.to_str().unwrap()])
            .args(more);
        program.output().unwrap().status.code().unwrap()
    };
    let utf16: Vec<u8> = format!("\u{feff}{key}\r\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(code("utf16", &utf16, &[]), 0);
    assert_eq!(
        code("mark", format!("\u{feff}{key}\r\n\r\n").as_bytes(), &[]),
        0
    );
    let pem = pem(&bench.ledger);
    assert_eq!(code("pem", pem.as_bytes(), &["--origin", origin]), 0);
    assert_eq!(code("pem", pem.as_bytes(), &[]), 2, "it names no ledger");
    let other = "tests.example/other/0123456789ab";
    assert_eq!(code("pem", pem.as_bytes(), &["--origin", other]), 1);
    let stranger = self::pem(&Ledger::new("program", 2));
    assert_eq!(code("pem", stranger.as_bytes(), &["--origin", origin]), 1);
}

#[test]
fn what_was_changed_on_its_way_is_said_so() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let head = bench.ledger.checkpoint(&[]).to_string();
    for (name, content, words) in [
        ("mark", format!("\u{feff}{head}"), "byte order mark"),
        ("crlf", head.replace('\n', "\r\n"), "CR LF"),
        ("blank", format!("{head}\n"), "blank lines"),
    ] {
        let head = bench.file(name, content);
        let output = bench.run(&bundle, &["--known-head", head.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        let told = told(&output);
        assert!(
            told.contains("says nothing about the evidence"),
            "{name}: {told}"
        );
        assert!(told.contains(words), "{name}: {told}");
    }
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let bench = Bench::new();
    for (name, content, words) in [
        ("gzip", b"\x1f\x8b\x08".to_vec(), "gunzip"),
        ("zip", b"PK\x03\x04\x14".to_vec(), "unzip"),
        (
            "receipt",
            b"c2sp.org/tlog-proof@v1\n".to_vec(),
            "indelible-verify receipt",
        ),
        ("manifest", b"indelible-bundle@v0.2\n".to_vec(), "manifest"),
        ("json", b"{\"format\":1}".to_vec(), "--report"),
        ("empty", Vec::new(), "it is empty"),
        ("text", "Grüße\n".repeat(200).into_bytes(), "it is text"),
    ] {
        let output = bench.run(&bench.file(name, content), &[]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        let told = told(&output);
        assert!(told.contains(words), "{name}: {told}");
        assert!(output.stdout.is_empty(), "{name} has no verdict");
    }
    bench.directory("outer/inner", &bench.tar);
    let output = bench.run(&bench.folder.path().join("outer"), &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(told(&output).contains("outer/inner"), "{}", told(&output));
}

#[test]
fn a_copy_that_is_cut_or_filled_up_says_what_to_do() {
    let bench = Bench::new();
    let cut = bench.tar[..bench.tar.len() / 2].to_vec();
    let filled = [&bench.tar[..], &[0; 10_240]].concat();
    for (name, tar, code, words) in [
        ("cut", cut, "archive-truncated", "ends early, as a download"),
        (
            "filled",
            filled,
            "archive-trailing",
            "fills it up with zeros",
        ),
    ] {
        let bundle = bench.file(name, tar);
        for form in ["text", "html", "csv"] {
            let output = bench.run(&bundle, &["--format", form]);
            // The format says so: an archive that is not of its form has broken integrity.
            assert_eq!(output.status.code(), Some(1), "{name} {form}");
            let shown = String::from_utf8(output.stdout).unwrap();
            assert!(shown.contains(code), "{name} {form}: {shown}");
            assert!(shown.contains(words), "{name} {form}: {shown}");
            // Records that are there and verify are not called missing.
            if form == "text" {
                let words: Vec<_> = shown.split_whitespace().collect();
                let words = words.join(" ");
                let all_there = "its records are all there, as the checkpoint signs them";
                let is_told = (
                    words.contains(all_there),
                    words.contains("all records of the ledger"),
                );
                assert_eq!(is_told, (name == "filled", name == "cut"), "{words}");
            }
            assert!(
                shown.contains("no sign that a record was altered"),
                "{form}"
            );
        }
    }
    let whole = bench.run(&bench.file("whole", &bench.tar), &[]);
    let shown = String::from_utf8(whole.stdout).unwrap();
    assert!(!shown.contains("what to do"), "{shown}");
}

#[test]
fn a_bundle_comes_from_standard_input() {
    let bench = Bench::new();
    let key = bench.ledger.key().to_string();
    let run = |arguments: &[&str], content: &[u8]| {
        let mut child = program()
            .args(arguments)
            .args(["--key", &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its arguments does not read.
        let _ = child.stdin.take().unwrap().write_all(content);
        child.wait_with_output().unwrap()
    };
    let compressed = compressed(&bench.tar);
    for content in [&bench.tar, &compressed] {
        assert_eq!(run(&["-"], content).status.code(), Some(0));
    }
    assert_eq!(
        run(&["-"], &compressed[..compressed.len() - 5])
            .status
            .code(),
        Some(3)
    );
    let twice = run(&["report", "-", "--framework", "gdpr"], &bench.tar);
    assert_eq!(twice.status.code(), Some(2));
    assert!(told(&twice).contains("standard input"), "{}", told(&twice));
}

#[test]
fn what_standard_input_reads_is_never_replaced() {
    let bench = Bench::new();
    let key = bench.ledger.key().to_string();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let (hard, soft) = (bundle.with_file_name("hard"), bundle.with_file_name("soft"));
    std::fs::hard_link(&bundle, &hard).unwrap();
    std::os::unix::fs::symlink(&bundle, &soft).unwrap();
    let run = |input: &Path, out: &Path| {
        program()
            .args(["-", "--key", &key, "--format", "html", "--out"])
            .arg(out)
            .stdin(std::fs::File::open(input).unwrap())
            .output()
            .unwrap()
    };
    for (input, out) in [
        (&bundle, &bundle),
        (&bundle, &hard),
        (&bundle, &soft),
        (&soft, &hard),
    ] {
        let refused = run(input, out);
        assert_eq!(refused.status.code(), Some(2), "{}", out.display());
        let told = told(&refused);
        assert!(told.contains("is read by this very command"), "{told}");
        assert!(refused.stdout.is_empty());
    }
    assert_eq!(std::fs::read(&bundle).unwrap(), bench.tar);
    let page = bundle.with_file_name("verdict.html");
    assert_eq!(run(&bundle, &page).status.code(), Some(0));
    assert!(page.is_file());
}
