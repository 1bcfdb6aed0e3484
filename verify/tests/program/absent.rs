//! What is asked for and is not there.

use super::*;

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let key = bench.ledger.key().to_string();
    let records = |arguments: &[&str]| {
        let mut program = program();
        program.arg("records").arg(&bundle).args(["--key", &key]);
        program.args(arguments).output().unwrap()
    };
    for (arguments, code, words) in [
        (
            &["--from", "10", "--to", "5"][..],
            2,
            "nothing lies between",
        ),
        (&["--from", "5", "--to", "5"], 2, "nothing lies between"),
        (
            &["--from", "2026-07-02", "--to", "2026-07-01"],
            2,
            "nothing lies between",
        ),
        (
            &["--record", "99999"],
            4,
            "record 99999 is not in this bundle",
        ),
        (&["--record", "5", "--record", "302"], 4, "record 302"),
        (&["--from", "2099-01-01"], 4, "none of the 302 records"),
        (&["--type", "ai.decison.v1"], 4, "none of the 302 records"),
        (&["--actor", "nobody"], 4, "none of the 302 records"),
    ] {
        let output = records(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(words), "{arguments:?}: {told}");
        let held = "the bundle holds the records 0 to 301, recorded from 20";
        assert!(code == 2 || told.contains(held), "{told}");
    }
    for arguments in [&["--record", "301"][..], &["--from", "10", "--to", "11"]] {
        assert_eq!(records(arguments).status.code(), Some(0));
    }
}

#[test]
fn a_report_over_a_period_without_records_says_what_the_bundle_holds() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let report = |arguments: &[&str]| {
        let key = bench.ledger.key().to_string();
        let mut program = program();
        program
            .args(["report", bundle.to_str().unwrap(), "--key", &key])
            .args(["--framework", "gdpr"])
            .args(arguments);
        let output = program.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, told) = report(&["--from", "2099-01-01T00:00:00Z"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("no record was recorded from 2099-01-01T00:00:00Z"),
        "{told}"
    );
    assert!(
        told.contains("holds the records 0 to 301, recorded from"),
        "{told}"
    );
    let (code, told) = report(&[]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    let swapped = [
        "--from",
        "2026-02-01T00:00:00Z",
        "--to",
        "2026-01-01T00:00:00Z",
    ];
    let (code, told) = report(&swapped);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("--from must be earlier than --to"), "{told}");
}
