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
        &["-o", "v.txt"],
        &["--format", "json", "--output", "json"],
        &["--format", "json", "--report", "r.json"],
    ] {
        assert_eq!(bench.code(&whole, wrong), 2, "{wrong:?}");
    }
}
