//! Reports of an older checkpoint, recomputed from a later bundle by the program as it is run.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::path::PathBuf;
use std::process::{Command, Output};

use indelible_evidence::bundle::{Part, Selection};
use indelible_evidence::{DataKeyId, Domain};
use support::{
    Ledger,
    archive::{items, pack, unpack},
    signing_key,
};
use tempfile::TempDir;

#[path = "as_of/causes.rs"]
mod causes;
#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

const ERASED: [u8; 16] = [2; 16];

struct Bench {
    folder: TempDir,
    key: String,
}

impl Bench {
    fn new(ledger: &Ledger) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            key: ledger.key().to_string(),
        }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_indelible-verify"))
            .args(arguments)
            .args(["--key", &self.key])
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    /// Makes a report in JSON.
    fn report(&self, bundle: &str, more: &[&str]) -> Vec<u8> {
        let made = self.make(bundle, more);
        assert!(made.status.success(), "{made:?}");
        made.stdout
    }

    fn make(&self, bundle: &str, more: &[&str]) -> Output {
        let arguments = ["report", bundle, "--framework", "hipaa", "--format", "json"];
        self.run(&[&arguments, more].concat())
    }

    /// Exit code and last lines of comparing a report with what a bundle gives. The head is known, so that custody can
    /// be answered after a rotation.
    fn compare(&self, bundle: &str, report: &str) -> (i32, String) {
        let arguments = [bundle, "--report", report, "--known-head", "head"];
        let output = self.run(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let at = text.find("\nreport  ").map_or(0, |at| at + 1);
        (output.status.code().unwrap(), text[at..].to_owned())
    }

    fn export(&self, name: &str, ledger: &mut Ledger, selection: Selection) {
        self.file(name, ledger.bundle(selection));
        self.file("head", ledger.checkpoint(&[]).to_string());
    }
}

/// A ledger of 40 records, one of them about somebody.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new("as-of", 1);
    ledger.events(30);
    ledger.sealed_event(DataKeyId::from_bytes(ERASED));
    ledger.events(7);
    ledger
}

fn later(ledger: &Ledger) -> Ledger {
    let mut later = ledger.clone();
    later.events(300);
    later.rotate(signing_key(2));
    later.events(30);
    later
}

#[test]
fn a_report_of_an_older_checkpoint_is_identical() {
    let mut ledger = ledger();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    let mut now = later(&ledger);
    let size = ledger.size();
    bench.export("now", &mut now, Selection::Whole);
    bench.export("part", &mut now, Selection::Range { from: 0, to: size });
    let as_of = size.to_string();
    for more in [
        &[][..],
        &["--tables"],
        &["--from", "2027-01-15T08:00:00.000010Z"],
        &[
            "--from",
            "2027-01-15T08:00:00.000003Z",
            "--to",
            "2027-01-15T08:00:00.00002Z",
        ],
        &["--to", "2099-01-01T00:00:00Z"],
    ] {
        let first = bench.report("then", more);
        bench.file("r.json", &first);
        for bundle in ["now", "part"] {
            let again = bench.report(bundle, &[more, &["--as-of", &as_of]].concat());
            assert!(first == again, "{more:?} of {bundle}");
            let (code, says) = bench.compare(bundle, "r.json");
            assert_eq!(code, 0, "{says}");
            assert!(
                says.contains("identical") && says.contains("as of size 40"),
                "{says}"
            );
        }
        assert_ne!(
            first,
            bench.report("now", more),
            "as of now it is another one"
        );
    }
}

#[test]
fn a_report_is_never_identical_over_forged_evidence() {
    let mut ledger = ledger();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    bench.file("r.json", bench.report("then", &[]));
    let mut now = later(&ledger);
    bench.export("now", &mut now, Selection::Whole);
    let files = unpack(&now.bundle(Selection::Whole));
    for column in ["headers/", "bodies/", "payloads/"] {
        for at in [2, 17, 39] {
            let mut files = files.clone();
            let found = files.iter_mut().find(|(name, _)| name.starts_with(column));
            let content = &mut found.unwrap().1;
            let mut list = items(content);
            let last = list[at].len() - 1;
            list[at][last] ^= 1;
            *content = list.concat();
            bench.file("forged", pack(&files));
            let (code, says) = bench.compare("forged", "r.json");
            assert_eq!(code, 1, "{column}{at}: {says}");
            assert!(says.starts_with("report"), "{column}{at}: {says}");
            assert!(!says.contains("identical"), "{column}{at}: {says}");
        }
    }
    // The operator's own keys write another history, and all of it holds: but for the report.
    let mut other = Ledger::new("as-of", 1);
    other.event(Some(b"another payload"));
    other.events(100);
    bench.export("other", &mut other, Selection::Whole);
    let (code, says) = bench.compare("other", "r.json");
    assert_eq!(code, 1, "{says}");
    assert!(says.contains("it belongs to another history"), "{says}");
}

#[test]
fn what_changed_since_is_told() {
    let mut ledger = ledger();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    bench.file("r.json", bench.report("then", &[]));

    let mut erased = later(&ledger);
    let by = erased.size();
    erased.erase(&[DataKeyId::from_bytes(ERASED)]);
    for domain in [Domain::Body, Domain::Payload] {
        erased.states.push((32, domain, Part::Erased));
    }
    bench.export("erased", &mut erased, Selection::Whole);
    let (code, says) = bench.compare("erased", "r.json");
    assert_eq!(code, 1, "{says}");
    let told = format!(
        "differs, since 1 of its records was erased after it: 1 by the erasure that record {by} states"
    );
    assert!(says.contains(&told), "{says}");

    let mut revoked = later(&ledger);
    revoked.revoke(&signing_key(1), 39);
    bench.export("revoked", &mut revoked, Selection::Whole);
    let (code, says) = bench.compare("revoked", "r.json");
    assert_eq!(code, 1, "{says}");
    assert!(
        says.contains("differs, since the identity that signed at size 40 was revoked at size 39"),
        "{says}"
    );
    let mut revoked = later(&ledger);
    revoked.revoke(&signing_key(1), 40);
    bench.export("revoked", &mut revoked, Selection::Whole);
    assert_eq!(bench.compare("revoked", "r.json").0, 0);
}

#[test]
fn what_broke_later_does_not_make_the_report_another_one() {
    let mut ledger = ledger();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    bench.file("r.json", bench.report("then", &[]));
    let mut broken = later(&ledger);
    broken.states.push((50, Domain::Body, Part::Missing));
    bench.export("broken", &mut broken, Selection::Whole);
    let (code, says) = bench.compare("broken", "r.json");
    // The report is what it was, and yet something is broken.
    assert_eq!(code, 1, "{says}");
    assert!(says.contains("identical"), "{says}");
}

#[test]
fn what_a_bundle_can_not_show_is_said_with_the_export_to_make() {
    let mut ledger = ledger();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    let mut now = later(&ledger);
    bench.export("now", &mut now, Selection::Whole);
    bench.export("part", &mut now, Selection::Range { from: 100, to: 200 });
    bench.file("old.json", bench.report("then", &[]));
    bench.file("new.json", bench.report("now", &[]));

    let (code, says) = bench.compare("part", "old.json");
    assert_eq!(code, 4, "{says}");
    for part in [
        "can't be recomputed",
        "root at size 40",
        "indelible export LEDGER --to 40",
    ] {
        assert!(says.contains(part), "{says}");
    }
    let output = bench.run(&["then", "--report", "new.json", "--output", "json"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let says = String::from_utf8(output.stdout).unwrap();
    assert!(says.contains("\"identical\":null"), "{says}");
    assert!(
        says.contains("it claims a larger ledger than this evidence shows"),
        "{says}"
    );
    assert!(says.contains("a bundle that reaches size 372"), "{says}");

    for (as_of, bundle, code, says) in [
        ("0", "now", 2, "size 1 or a later one"),
        ("373", "now", 4, "once it has 373 records"),
        ("99", "part", 4, "indelible export LEDGER --to 99"),
    ] {
        let output = bench.make(bundle, &["--as-of", as_of]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(says), "{told}");
    }
}

/// A ledger whose clock was ahead when its last records were recorded.
fn ahead() -> Ledger {
    let mut ledger = ledger();
    ledger.time_shift = 86_400_000_000_000;
    ledger.events(3);
    ledger
}

/// The same JSON without what it says of recorded times after that of its checkpoint, and that.
fn parted(json: &[u8]) -> (String, String) {
    let json = std::str::from_utf8(json).unwrap();
    let start = json.find("\"recorded_ahead\":{").unwrap();
    let end = start + json[start..].find("},").unwrap() + 2;
    (
        format!("{}{}", &json[..start], &json[end..]),
        json[start..end].to_owned(),
    )
}

/// The JSON of a report with that before the records that it names.
fn with_ahead(json: &str, said: &str) -> String {
    let (before, after) = json.split_at(json.rfind("\"records\":[").unwrap());
    format!("{before}{said}{after}")
}

/// The report's own checkpoint tells what is ahead of it; whoever takes that away, or makes it up, is found.
#[test]
fn what_was_recorded_ahead_is_compared_at_its_own_checkpoint() {
    let mut wrong = ahead();
    let bench = Bench::new(&wrong);
    bench.export("wrong", &mut wrong, Selection::Whole);
    let json = bench.report("wrong", &[]);
    bench.file("r.json", &json);
    assert_eq!(bench.compare("wrong", "r.json").0, 0);
    bench.export("later", &mut later(&wrong), Selection::Whole);
    let (code, says) = bench.compare("later", "r.json");
    assert_eq!(code, 0, "{says}");
    bench.export("wrong", &mut wrong, Selection::Whole);
    let (without, said) = parted(&json);
    bench.file("r.json", &without);
    let (code, says) = bench.compare("wrong", "r.json");
    assert_eq!(code, 1, "{says}");
    assert!(
        says.contains("differs, since it says something else of recorded times"),
        "{says}"
    );

    let mut right = ledger();
    bench.export("right", &mut right, Selection::Whole);
    let right = String::from_utf8(bench.report("right", &[])).unwrap();
    let invented = with_ahead(&right, &said);
    assert_ne!(invented, right);
    bench.file("r.json", &invented);
    assert_eq!(bench.compare("right", "r.json").0, 1);
    // What no report of this form says was written into it.
    let json = String::from_utf8(json).unwrap();
    bench.file(
        "r.json",
        json.replacen("\"recorded_ahead\":{", "\"recorded_ahead\":{\"a\":1,", 1),
    );
    let output = bench.run(&["wrong", "--report", "r.json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("the report was changed"), "{says}");
}

/// A later bundle can't tell what was ahead of an older checkpoint, and says so; what can't be so is found all the same.
#[test]
fn what_was_recorded_ahead_is_told_to_be_open_by_a_later_checkpoint() {
    let mut right = ledger();
    let bench = Bench::new(&right);
    bench.export("then", &mut right, Selection::Whole);
    bench.export("now", &mut later(&right), Selection::Whole);
    let json = String::from_utf8(bench.report("then", &[])).unwrap();
    let size = right.size();
    for (records, code, words) in [
        (3, 1, "this bundle has another checkpoint"),
        (4, 1, "no checkpoint over these records gives"),
    ] {
        let said = format!(
            "\"recorded_ahead\":{{\"first\":{},\"records\":{records},\"signed\":\"2027-01-15T07:59:59.000000000Z\"}},",
            size - 3
        );
        bench.file("r.json", with_ahead(&json, &said));
        let output = bench.run(&["now", "--report", "r.json", "--known-head", "head"]);
        let says = [&output.stdout[..], &output.stderr[..]].concat();
        let says = String::from_utf8(says).unwrap();
        let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(code), "{says}");
        assert!(says.contains(words), "{says}");
    }
}
