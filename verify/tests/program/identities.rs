//! The identities that a ledger has had.

use super::*;
use indelible_evidence::{SignatureType, VerifierKey};

#[test]
fn the_newest_key_is_printed_for_tools_that_follow_no_rotation() {
    let mut ledger = Ledger::new("rotated", 1);
    ledger.events(3);
    let first = ledger.key().to_string();
    ledger.rotate(signing_key(7));
    ledger.epoch(1_000_000_000);
    let public = signing_key(7).verifying_key().to_bytes();
    let newest = VerifierKey::new(ledger.origin.as_str(), SignatureType::Ed25519, public);
    let newest = newest.unwrap().to_string();
    let bundle = ledger.bundle(Selection::Whole);
    let bench = Bench {
        folder: TempDir::new().unwrap(),
        tar: bundle,
        ledger,
    };
    let bundle = bench.file("bundle", &bench.tar);
    let head = bench.file("head", bench.ledger.checkpoint(&[]).to_string());
    let run = |arguments: &[&str]| {
        let mut program = program();
        program.args(["identities", bundle.to_str().unwrap(), "--key", &first]);
        program.args(arguments).output().unwrap()
    };
    let head = ["--known-head", head.to_str().unwrap()];
    let output = run(&[&head[..], &["--newest"]].concat());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{newest}\n")
    );
    let output = run(&head);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&first) && text.contains(&newest), "{text}");
    assert_eq!(text.matches(", newest").count(), 1, "{text}");

    // Without a head from elsewhere that is the bundle's word, and it is said what to do.
    let output = run(&["--newest"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("only the bundle says so"));
    let output = bench.run(&bundle, &[]);
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("what to do") && text.contains("--known-head"),
        "{text}"
    );
    let broken = bench.file("broken", &bench.tar[..bench.tar.len() - 1_024]);
    let output = program()
        .args(["identities", broken.to_str().unwrap(), "--key", &first])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}
