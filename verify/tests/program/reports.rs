//! Reports that are compared: of any size, in little memory.

use std::process::Output;

use super::*;

/// What the program may have, in KiB.
const MEMORY_KIB: u64 = 64 << 10;
/// What somebody hands in as a report.
const LARGE_BYTES: usize = 100 << 20;

/// Runs the program with no more memory than that: what asks for more ends it.
fn within_memory(bench: &Bench, bundle: &Path, arguments: &[&str]) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -d {MEMORY_KIB}; exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_indelible-verify"))
        .arg(bundle)
        .args(["--key", &bench.ledger.key().to_string()])
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let words = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&words).into_owned()
}

/// The report that the program makes of a bundle.
fn made(bench: &Bench, bundle: &Path, arguments: &[&str]) -> PathBuf {
    let path = bench.folder.path().join("report.json");
    let output = program()
        .arg("report")
        .arg(bundle)
        .args(["--key", &bench.ledger.key().to_string()])
        .args(["--framework", "gdpr", "--format", "json", "--out"])
        .arg(&path)
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    path
}

#[test]
fn a_report_is_compared_within_64_mib() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    for arguments in [&[][..], &["--tables"]] {
        let report = made(&bench, &bundle, arguments);
        let output = within_memory(&bench, &bundle, &["--report", report.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("identical"));
        std::fs::remove_file(report).unwrap();
    }
}

/// Rows of nothing take many times their text in the memory of whoever keeps them.
#[test]
fn a_report_of_any_size_is_refused_within_64_mib() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let report = made(&bench, &bundle, &[]);
    let report = std::fs::read_to_string(report).unwrap();
    let (before, after) = report.split_once("\"tables\":[]").unwrap();
    let row = "[\"\"],";
    let rows = row.repeat(LARGE_BYTES / row.len());
    let table = format!("\"tables\":[{{\"columns\":[],\"name\":\"x\",\"rows\":[{rows}[]]}}]");
    let large = bench.file("large.json", format!("{before}{table}{after}"));
    let output = within_memory(&bench, &bundle, &["--report", large.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("differs from byte"),
        "{}",
        said(&output)
    );

    let clauses = "{\"id\":\"\"},".repeat(LARGE_BYTES / 100);
    let many = before.replace("\"clauses\":[", &format!("\"clauses\":[{clauses}"));
    let text = format!("{before}\"x\":\"{}\"{after}", "x".repeat(LARGE_BYTES));
    for (content, problem) in [
        (format!("{many}\"tables\":[]{after}"), "clauses"),
        (text, "a text in it"),
    ] {
        let hostile = bench.file("hostile.json", content);
        let output = within_memory(&bench, &bundle, &["--report", hostile.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(problem), "{}", said(&output));
    }
}

#[test]
fn what_a_maker_says_is_told_and_not_compared() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let plain = std::fs::read(made(&bench, &bundle, &[])).unwrap();
    let plain: Value = serde_json::from_slice(&plain).unwrap();
    let said_by_maker = ["--operator", "Example Bank", "--made-for", "the authority"];
    let report = made(&bench, &bundle, &said_by_maker);
    let json = std::fs::read(&report).unwrap();
    let mut read: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(read["id"], plain["id"]);
    assert_eq!(read["front_matter"]["made_for"], "the authority");
    read.as_object_mut().unwrap().remove("front_matter");
    assert_eq!(read, plain);

    let arguments = ["--report", report.to_str().unwrap()];
    let output = within_memory(&bench, &bundle, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let words = said(&output);
    assert!(words.contains("identical"), "{words}");
    assert!(words.contains("the word of whoever made"), "{words}");

    // Whoever changes it changes no finding, and whoever changes a finding is found.
    let json = String::from_utf8(json).unwrap();
    let other = bench.file("other.json", json.replace("Example Bank", "Another Bank"));
    let output = within_memory(&bench, &bundle, &["--report", other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let forged = json.replace("\"not_assessable\"", "\"evidenced\"");
    let forged = bench.file("forged.json", forged);
    let output = within_memory(&bench, &bundle, &["--report", forged.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the report was changed"));
    // So is what was asked, and a clause that the mapping does not have; what is no report is none.
    for (from, to, code) in [
        ("\"id\":\"5(1)(e)\"", "\"id\":\"5(1)(z)\"", 1),
        ("\"records_omitted\":0", "\"records_omitted\":\"0\"", 1),
        ("{", "[", 2),
    ] {
        assert!(json.contains(from), "{from}");
        let changed = bench.file("changed.json", json.replacen(from, to, 1));
        let output = within_memory(&bench, &bundle, &["--report", changed.to_str().unwrap()]);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{from}: {}",
            said(&output)
        );
    }
}

#[test]
fn front_matter_stands_in_the_forms_for_people_and_has_a_bound() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let formed = |form: &str, operator: &str| {
        program()
            .arg("report")
            .arg(&bundle)
            .args(["--key", &bench.ledger.key().to_string()])
            .args([
                "--framework",
                "gdpr",
                "--format",
                form,
                "--operator",
                operator,
            ])
            .output()
            .unwrap()
    };
    for form in ["html", "text"] {
        let output = formed(form, "Example <Bank>");
        let words = said(&output);
        let name = match form {
            "html" => "Example &lt;Bank&gt;",
            _ => "Example <Bank>",
        };
        assert!(words.contains(name), "{words}");
        assert!(
            words
                .to_lowercase()
                .contains("on the word of whoever made this report")
        );
    }
    for operator in [" ".to_owned(), "x".repeat(201)] {
        let output = formed("json", &operator);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    }
}
