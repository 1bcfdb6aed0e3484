//! The forms of a verdict.

use super::*;

#[test]
fn a_verdict_comes_in_the_forms_of_reports() {
    let bench = Bench::new();
    let whole = bench.file("whole", &bench.tar);
    let made = |form: &str| {
        let output = bench.run(&whole, &["--format", form, "--now", "1800000000"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&made("json")).unwrap();
    assert_eq!(json["format"], "indelible-verification/0-draft");
    assert_eq!(json["result"], "holds");
    assert_eq!(json["verifier_key"], bench.ledger.key().to_string());
    assert_eq!(json["bundle"]["size"], bench.ledger.size());
    assert_eq!(json["verdict"]["integrity"]["answer"], "holds");
    assert_eq!(json["verdict"]["completeness"]["answer"], "unanswerable");
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
    assert!(printed.contains("Not all that was required (completeness, custody and integrity)"));
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
        &["-o", "v.pdf"],
        &["-o", "verdict"],
        &["-o", "v.html", "--format", "json"],
        &["-o", "-", "--report", "r.json"],
        &["--format", "json", "--output", "json"],
        &["--format", "json", "--report", "r.json"],
    ] {
        assert_eq!(bench.code(&whole, wrong), 2, "{wrong:?}");
    }
}

/// Every command that writes: what comes before its `-o`.
fn writers(bundle: &str, key: &str) -> [Vec<String>; 3] {
    let owned = |arguments: &[&str]| arguments.iter().map(|it| (*it).to_owned()).collect();
    [
        owned(&[bundle, "--key", key, "--now", "1800000000"]),
        owned(&["report", bundle, "--key", key, "--framework", "gdpr"]),
        owned(&["records", bundle, "--key", key, "--now", "1800000000"]),
    ]
}

#[test]
fn the_files_name_says_the_form_and_a_hyphen_is_standard_output() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let key = bench.ledger.key().to_string();
    for command in writers(bundle.to_str().unwrap(), &key) {
        let run = |arguments: &[&str]| {
            let mut program = program();
            program.args(&command).args(arguments);
            program.output().unwrap()
        };
        let page = bench.folder.path().join("made.html");
        let written = run(&["-o", page.to_str().unwrap()]);
        assert_eq!(written.status.code(), Some(0), "{command:?}: {written:?}");
        let made = std::fs::read_to_string(&page).unwrap();
        assert!(made.starts_with("<!doctype html>"), "{command:?}: {made}");
        std::fs::remove_file(&page).unwrap();

        let printed = run(&["-o", "-", "--format", "html"]);
        assert_eq!(printed.status.code(), Some(0), "{command:?}");
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), made);
        assert!(!Path::new("-").exists());

        for (name, arguments) in [
            ("made", &[][..]),
            ("made.pdf", &[]),
            ("made.html", &["--format", "csv"]),
        ] {
            let path = bench.folder.path().join(name);
            let refused = run(&[&["-o", path.to_str().unwrap()], arguments].concat());
            assert_eq!(refused.status.code(), Some(2), "{command:?} {name}");
            assert!(!path.exists(), "{command:?} {name}");
        }
    }
}

#[test]
fn what_is_read_is_never_replaced() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.html", &bench.tar);
    let key = bench.file("key.html", bench.ledger.key().to_string());
    let unpacked = bench.directory("unpacked", &bench.tar);
    let at = |name: &str| bench.folder.path().join(name);
    std::fs::hard_link(&bundle, at("hard.html")).unwrap();
    std::os::unix::fs::symlink(&key, at("soft.html")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("dangling.html")).unwrap();
    let kept = || {
        (
            std::fs::read(&bundle).unwrap(),
            std::fs::read(&key).unwrap(),
        )
    };
    let before = kept();
    for command in writers(bundle.to_str().unwrap(), key.to_str().unwrap()) {
        for name in [
            "bundle.html",
            "key.html",
            "hard.html",
            "soft.html",
            "dangling.html",
        ] {
            let output = program().args(&command).arg("-o").arg(at(name)).output();
            assert_eq!(output.unwrap().status.code(), Some(2), "{command:?} {name}");
        }
    }
    assert_eq!(kept(), before);
    assert!(!at("nowhere").exists());
    let inside = unpacked.join("verdict.html");
    let output = bench.run(&unpacked, &["-o", inside.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "it would lie in the bundle");
    assert_eq!(bench.code(&unpacked, &[]), 0);
}
