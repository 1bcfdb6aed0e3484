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
    for (content, problem, code) in [
        (format!("{many}\"tables\":[]{after}"), "clauses", 1),
        (text, "a text in it", 2),
    ] {
        let hostile = bench.file("hostile.json", content);
        let output = within_memory(&bench, &bundle, &["--report", hostile.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
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
        ("\"made_for\"", "\"invented\":\"x\",\"made_for\"", 1),
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

/// Exit code and words of comparing this content with what a bundle gives.
fn compared(bench: &Bench, bundle: &Path, content: &[u8]) -> (i32, String) {
    let report = bench.file("compared.json", content);
    let output = within_memory(bench, bundle, &["--report", report.to_str().unwrap()]);
    (output.status.code().unwrap(), said(&output))
}

/// The report of a framework without one of its clauses, in a form.
fn without_a_clause(bench: &Bench, bundle: &Path, left_out: &str, form: &str) -> Vec<u8> {
    let all = std::fs::read(made(bench, bundle, &[])).unwrap();
    std::fs::remove_file(bench.folder.path().join("report.json")).unwrap();
    let all: Value = serde_json::from_slice(&all).unwrap();
    let ids = all["clauses"].as_array().unwrap().iter();
    let ids = ids.map(|clause| clause["id"].as_str().unwrap().to_owned());
    let output = program()
        .arg("report")
        .arg(bundle)
        .args(["--key", &bench.ledger.key().to_string()])
        .args(["--framework", "gdpr", "--format", form])
        .args(
            ids.filter(|id| id != left_out)
                .flat_map(|id| ["--clause".to_owned(), id]),
        )
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    output.stdout
}

#[test]
fn a_clause_that_is_left_out_is_told_in_every_form() {
    const CLAUSE: &str = "5(1)(e)";
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let json = without_a_clause(&bench, &bundle, CLAUSE, "json");
    let report: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(report["framework"]["left_out"], serde_json::json!([CLAUSE]));
    let on = report["clauses"].as_array().unwrap().len();
    let words = format!(
        "This report is on {on} of {} clauses of its mapping; left out: {CLAUSE}.",
        on + 1
    );
    assert!(
        report["headline"].as_str().unwrap().contains(&words),
        "{}",
        report["headline"]
    );
    for form in ["text", "html", "oscal"] {
        let shown = without_a_clause(&bench, &bundle, CLAUSE, form);
        let shown = String::from_utf8(shown).unwrap();
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        // The page keeps numbers and units together by markup.
        let told = shown.contains(&words) || form == "html" && shown.contains("left out");
        assert!(told, "{form}: {shown}");
        assert!(
            shown.contains(&format!("({on} of {} clauses)", on + 1)),
            "{form}: {shown}"
        );
    }
    let csv = String::from_utf8(without_a_clause(&bench, &bundle, CLAUSE, "csv")).unwrap();
    let rows = csv.lines().filter(|row| row.contains(",left_out,"));
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), 1, "{csv}");
    assert!(
        rows[0].contains(CLAUSE) && rows[0].contains("clauses-left-out"),
        "{csv}"
    );
    let (code, words) = compared(&bench, &bundle, &json);
    assert_eq!(code, 0, "{words}");
}

#[test]
fn a_clause_that_was_cut_out_of_a_report_is_named() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let json = std::fs::read(made(&bench, &bundle, &[])).unwrap();
    let mut cut: Value = serde_json::from_slice(&json).unwrap();
    let clauses = cut["clauses"].as_array_mut().unwrap();
    clauses.retain(|clause| clause["id"] != "5(1)(e)");
    let (code, words) = compared(&bench, &bundle, cut.to_string().as_bytes());
    assert_eq!(code, 1, "{words}");
    assert!(
        words.contains("clause 5(1)(e) of its mapping is neither in it nor"),
        "{words}"
    );
    let mut said_to_be: Value = serde_json::from_slice(&json).unwrap();
    said_to_be["framework"]["left_out"] = serde_json::json!(["5(1)(e)"]);
    let (code, words) = compared(&bench, &bundle, said_to_be.to_string().as_bytes());
    assert_eq!(code, 1, "{words}");
    assert!(
        words.contains("leaves out clause 5(1)(e), and no such clause is missing"),
        "{words}"
    );
}

/// Whatever its size is, a report of another ledger is that, and no longer export of this one helps.
#[test]
fn a_report_of_another_ledger_is_told_as_one() {
    let mut bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let mut other = Ledger::new("other", 1);
    other.events(900);
    let tar = other.bundle(Selection::Whole);
    let tar = bench.file("other.tar", tar);
    std::mem::swap(&mut bench.ledger, &mut other);
    let json = std::fs::read(made(&bench, &tar, &[])).unwrap();
    std::mem::swap(&mut bench.ledger, &mut other);
    let (code, words) = compared(&bench, &bundle, &json);
    assert_eq!(code, 1, "{words}");
    assert!(
        words.contains("differs, since it belongs to another ledger"),
        "{words}"
    );
    assert!(!words.contains("export the ledger again"), "{words}");
}

#[test]
fn what_stands_around_a_report_is_told() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let json = std::fs::read(made(&bench, &bundle, &[])).unwrap();
    let (code, words) = compared(&bench, &bundle, &[&json[..], b"\n"].concat());
    assert_eq!(code, 1, "{words}");
    assert!(
        words.contains("white space, such as a line end, stands around the report"),
        "{words}"
    );
    let (code, words) = compared(&bench, &bundle, &[&b"\xef\xbb\xbf"[..], &json].concat());
    assert_eq!(code, 2, "{words}");
    assert!(
        words.contains("a byte order mark stands before the report"),
        "{words}"
    );
    let payload = "A".repeat(100 << 10);
    let envelope = format!("{{\"payload\":\"{payload}\",\"payloadType\":\"x\",\"signatures\":[]}}");
    let (code, words) = compared(&bench, &bundle, envelope.as_bytes());
    assert_eq!(code, 2, "{words}");
    assert!(
        words.contains("a DSSE envelope around a report, not the report"),
        "{words}"
    );
}

#[test]
fn a_signed_statement_is_not_written_without_a_key() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let out = bench.folder.path().join("r.intoto.json");
    for more in [&[][..], &["--format", "json"]] {
        let output = program()
            .arg("report")
            .arg(&bundle)
            .args(["--key", &bench.ledger.key().to_string()])
            .args(["--framework", "gdpr", "--out"])
            .arg(&out)
            .args(more)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(!out.exists());
        assert!(
            more.len() == 2 || said(&output).contains("this program has no key"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn a_set_of_clauses_is_a_framework_to_report_on() {
    let bench = Bench::new();
    let bundle = bench.file("bundle.tar", &bench.tar);
    let of = |arguments: &[&str]| {
        let output = program()
            .arg("report")
            .arg(&bundle)
            .args(["--key", &bench.ledger.key().to_string(), "--format", "json"])
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), output.stdout)
    };
    let by_name = of(&["--framework", "article12"]);
    assert_eq!(by_name.0, Some(0));
    assert!(by_name == of(&["--framework", "eu-ai-act", "--clause", "article12"]));
    assert_eq!(of(&["--framework", "article1200"]).0, Some(2));
}
