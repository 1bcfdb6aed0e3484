//! What a report says that no bundle shows or that a bundle does not hold: records that are lost, and the rest of a ledger.

use indelible_compliance::reports::{Lost, Report};

use super::*;

fn made(bench: &Bench, bundle: &Path, name: &str) -> PathBuf {
    let path = bench.folder.path().join(name);
    let output = program()
        .arg("report")
        .arg(bundle)
        .args(["--key", &bench.ledger.key().to_string()])
        .args(["--framework", "gdpr", "--out"])
        .arg(&path)
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{problem}");
    path
}

#[test]
fn what_a_report_says_is_lost_is_told_and_not_compared() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let plain = std::fs::read(made(&bench, &bundle, "plain.json")).unwrap();
    let plain = Report::from_json(&plain).unwrap();
    let with = |lost: Lost| {
        let report = Report {
            headline: format!("{} {}", lost.words(), plain.headline),
            lost: Some(lost),
            ..plain.clone()
        };
        let report = bench.file("lost.json", report.to_json().unwrap());
        bench.run(&bundle, &["--report", report.to_str().unwrap()])
    };
    let size = plain.ledger.checkpoint_size;
    let output = with(Lost::of(size, size + 2).unwrap());
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("identical"), "{words}");
    assert!(
        words.contains("the word of the daemon that made it"),
        "{words}"
    );
    // What can't be said was changed.
    let output = with(Lost { from: 3, to: 3 });
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_bundle_of_a_range_is_not_the_whole_ledger() {
    let mut bench = Bench::new();
    let tar = bench.ledger.bundle(Selection::Range { from: 3, to: 5 });
    let bundle = bench.file("range.tar", &tar);
    let text = std::fs::read_to_string(made(&bench, &bundle, "range.txt")).unwrap();
    assert!(text.contains("Records 3 to 4 of 302"), "{text}");
    assert!(
        !text.contains("The whole ledger at this checkpoint"),
        "{text}"
    );
}
