//! Reports and bundles that somebody altered: what differs is named, and not only that it does.

use ed25519_dalek::Signer as _;
use indelible_compliance::reports::{
    Report,
    forms::dsse::{EnvelopeSignature, PAYLOAD_TYPE, envelope, pae, statement},
};

use super::*;

fn said(output: &Output) -> String {
    let words = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&words).into_owned()
}

/// A bundle with a report over it in each form.
struct Reported {
    bench: Bench,
    bundle: PathBuf,
    json: PathBuf,
}

impl Reported {
    fn new() -> Self {
        let bench = Bench::new();
        let bundle = bench.file("bundle.tar", &bench.tar);
        let json = bench.folder.path().join("report.json");
        let reported = Self {
            bench,
            bundle,
            json,
        };
        reported.make("report.json");
        reported
    }

    /// Makes a form of the report. The name says which.
    fn make(&self, name: &str) -> String {
        let path = self.bench.folder.path().join(name);
        let output = program()
            .arg("report")
            .arg(&self.bundle)
            .args(["--key", &self.bench.ledger.key().to_string()])
            .args(["--framework", "gdpr", "--out"])
            .arg(&path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        std::fs::read_to_string(path).unwrap()
    }

    fn compare(&self, arguments: &[&Path]) -> (i32, String) {
        let mut typed = vec!["--report".to_owned(), self.json.display().to_string()];
        for path in arguments {
            typed.extend(["--rendered".to_owned(), path.display().to_string()]);
        }
        let typed: Vec<_> = typed.iter().map(String::as_str).collect();
        let output = self.bench.run(&self.bundle, &typed);
        (output.status.code().unwrap(), said(&output))
    }

    /// What is said of a file under this name with this content, beside the report.
    fn told(&self, name: &str, content: &str) -> (i32, String) {
        self.compare(&[&self.bench.file(name, content)])
    }
}

fn assert_names(told: &(i32, String), parts: &[&str]) {
    assert_eq!(told.0, 1, "{}", told.1);
    // Who reads no further must not take the verdict on the bundle for one on the report.
    let first = told.1.lines().next().unwrap_or_default();
    let is_refused = first.starts_with("The report is not what this evidence gives");
    assert!(is_refused || first.contains("BROKEN"), "{first}");
    for part in parts {
        assert!(told.1.contains(part), "{part}: {}", told.1);
    }
}

#[test]
fn of_an_altered_report_each_part_is_named_with_both_values() {
    let reported = Reported::new();
    let json = std::fs::read_to_string(&reported.json).unwrap();
    let mut value: Value = serde_json::from_str(&json).unwrap();
    let clause = value["clauses"][0].clone();
    value["clauses"][0]["state"] = "evidenced".into();
    value["clauses"][0]["criteria"][0]["unread"] = 7.into();
    std::fs::write(&reported.json, value.to_string()).unwrap();
    let id = clause["id"].as_str().unwrap();
    let measure = clause["criteria"][0]["measure"].as_str().unwrap();
    let told = reported.compare(&[]);
    assert_names(
        &told,
        &[
            "the report was changed",
            &format!("\"/clauses/0/state\", clause {id}\n"),
            "the file says:     \"evidenced\"",
            &format!("the evidence says: {}", clause["state"]),
            &format!("\"/clauses/0/criteria/0/unread\", clause {id}, criterion {measure}\n"),
            "the file says:     7",
        ],
    );

    // Programs get the same.
    let path = reported.json.display().to_string();
    let output = reported
        .bench
        .run(&reported.bundle, &["--report", &path, "--output", "json"]);
    let last = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(last.trim_end().lines().last().unwrap()).unwrap();
    assert_eq!(last["identical"], false);
    let parts = last["differences"].as_array().unwrap();
    let state = parts
        .iter()
        .find(|part| part["pointer"] == "/clauses/0/state");
    assert_eq!(state.unwrap()["first"], "\"evidenced\"");
}

#[test]
fn other_forms_that_are_as_the_evidence_gives_them_are_identical() {
    let reported = Reported::new();
    for name in ["r.html", "r.txt", "r.csv", "r.oscal.json"] {
        let content = reported.make(name);
        let (code, words) = reported.told(name, &content);
        assert_eq!(code, 0, "{words}");
        assert!(words.contains(&format!("{name}: identical\n")), "{words}");
    }
    // The JSON goes to --report, and what has no form is refused.
    for name in ["r.json", "r.pdf"] {
        assert_eq!(reported.told(name, "{}").0, 2, "{name}");
    }
}

#[test]
fn of_an_altered_page_the_line_is_named_with_its_heading() {
    let reported = Reported::new();
    let page = reported.make("r.html");
    let altered =
        page.replacen("No human", "A human", 1)
            .replacen("not assessable", "evidenced", 1);
    assert_ne!(altered, page);
    let told = reported.told("r.html", &altered);
    assert_names(
        &told,
        &["r.html: differs at \"line ", "evidenced", "not assessable"],
    );
    let text = reported.make("r.txt");
    let altered = text.replacen("[ . ]", "[ + ]", 1);
    assert_ne!(altered, text);
    assert_names(
        &reported.told("r.txt", &altered),
        &["r.txt: differs at \"line ", "[ + ]", "[ . ]"],
    );
    let rows = reported.make("r.csv");
    let altered = rows.replacen("5(1)(e)", "5(1)(x)", 1);
    assert_ne!(altered, rows);
    assert_names(
        &reported.told("r.csv", &altered),
        &["r.csv: differs at \"line 2\"", "5(1)(x)"],
    );
    // A page of another report is none of this one, though both are whole.
    assert_names(
        &reported.told("r.html", "<p>all is well</p>"),
        &["all is well"],
    );
}

#[test]
fn of_altered_oscal_the_member_is_named() {
    let reported = Reported::new();
    let oscal = reported.make("r.oscal.json");
    let mut value: Value = serde_json::from_str(&oscal).unwrap();
    let observation = &mut value["assessment-results"]["results"][0]["observations"][0];
    let was = observation["description"].clone();
    observation["description"] = "all is well".into();
    let told = reported.told("r.oscal.json", &value.to_string());
    assert_names(
        &told,
        &[
            "r.oscal.json: differs at \"/assessment-results/results/0/observations/0/description\"",
            "\"all is well\"",
            &was.to_string(),
        ],
    );
}

#[test]
fn of_an_altered_statement_the_member_is_named_and_of_an_envelope_who_signed_it() {
    let reported = Reported::new();
    let report = Report::from_json(&std::fs::read(&reported.json).unwrap()).unwrap();
    let statement = statement(&report).unwrap();
    let signed = |payload: &[u8], seed: u8| {
        let signature = signing_key(seed).sign(&pae(PAYLOAD_TYPE, payload));
        let signature = EnvelopeSignature {
            key_id: "k".to_owned(),
            signature: signature.to_bytes().to_vec(),
        };
        String::from_utf8(envelope(payload, &[signature]).unwrap()).unwrap()
    };
    let text = String::from_utf8(statement.clone()).unwrap();
    let (code, words) = reported.told("r.intoto.json", &text);
    assert_eq!(code, 0, "{words}");
    let (code, words) = reported.told("r.intoto.json", &signed(&statement, 1));
    assert_eq!(code, 0, "{words}");
    assert!(
        words.contains("identical, and signed by an identity of the ledger"),
        "{words}"
    );
    assert!(
        words.contains("signature 1: verifies") && words.contains("keyid \"k\" is another name"),
        "{words}"
    );
    let stranger = reported.told("r.intoto.json", &signed(&statement, 9));
    assert_names(&stranger, &["no identity of the ledger signed it"]);
    // A second signature is told for what it is, and takes nothing from the first.
    let mut both: Value = serde_json::from_str(&signed(&statement, 1)).unwrap();
    let other: Value = serde_json::from_str(&signed(&statement, 9)).unwrap();
    let bogus = other["signatures"][0].clone();
    let key = reported.bench.ledger.key();
    let name = format!("{}+{:08x}", key.name(), u32::from_be_bytes(key.key_id()));
    both["signatures"][0]["keyid"] = name.into();
    both["signatures"].as_array_mut().unwrap().push(bogus);
    let (code, words) = reported.told("r.intoto.json", &both.to_string());
    assert_eq!(code, 0, "{words}");
    assert!(!words.contains("another name"), "{words}");
    assert!(
        words.contains("signature 2: does not verify under any identity of this ledger"),
        "{words}"
    );

    let mut value: Value = serde_json::from_slice(&statement).unwrap();
    value["predicate"]["clauses"][0]["state"] = "evidenced".into();
    let altered = value.to_string();
    for content in [altered.clone(), signed(altered.as_bytes(), 1)] {
        let told = reported.told("r.intoto.json", &content);
        assert_names(
            &told,
            &[
                "\"/predicate/clauses/0/state\", clause 5(1)(e)",
                "\"evidenced\"",
            ],
        );
    }
}

/// Readers of JSON keep one of two members of one name, and not all the same one.
#[test]
fn a_member_that_stands_twice_is_refused_and_named() {
    let reported = Reported::new();
    let json = std::fs::read_to_string(&reported.json).unwrap();
    let twice = json.replacen(
        "\"headline\":",
        "\"headline\":\"All is well.\",\"headline\":",
        1,
    );
    std::fs::write(&reported.json, twice).unwrap();
    let (code, words) = reported.compare(&[]);
    assert_eq!(code, 1, "{words}");
    assert!(
        words.contains("the member \"/headline\" more than once"),
        "{words}"
    );
    assert!(!words.contains("the content is the same"), "{words}");
}

#[test]
fn another_form_that_was_changed_on_its_way_is_said_so() {
    let reported = Reported::new();
    for name in ["r.html", "r.txt", "r.oscal.json"] {
        let content = reported.make(name);
        let marked = format!("\u{feff}{content}");
        let (code, words) = reported.told(name, &marked);
        assert_eq!(code, 1, "{words}");
        assert!(words.contains("byte order mark"), "{name}: {words}");
        assert!(!words.contains("the first is not JSON"), "{name}: {words}");
        if name == "r.oscal.json" {
            assert!(words.contains("the file is not JSON"), "{words}");
            continue;
        }
        let (code, words) = reported.told(name, &content.replace('\n', "\r\n"));
        assert_eq!(code, 1, "{words}");
        assert!(words.contains("CR LF"), "{name}: {words}");
    }
}

/// A mapping that this program does not have may be the operator's own, so nobody is accused.
#[test]
fn a_report_of_another_mapping_or_of_a_larger_ledger_is_told_what_it_takes() {
    let reported = Reported::new();
    let json = std::fs::read_to_string(&reported.json).unwrap();
    for (from, to, code, words) in [
        ("\"id\":\"gdpr\"", "\"id\":\"gdpq\"", 2, "--framework FILE"),
        (
            "\"checkpoint_size\":302",
            "\"checkpoint_size\":303",
            1,
            "it claims a larger ledger than this evidence shows",
        ),
    ] {
        assert!(json.contains(from), "{from}");
        std::fs::write(&reported.json, json.replacen(from, to, 1)).unwrap();
        let told = reported.compare(&[]);
        assert_eq!(told.0, code, "{}", told.1);
        assert!(told.1.contains(words), "{}", told.1);
    }
}

/// Of a bundle the record is named, and what of it.
#[test]
fn of_an_altered_bundle_the_record_is_named_whatever_the_report_says() {
    let reported = Reported::new();
    let mut files = unpack(&reported.bench.tar);
    let (name, content) = files
        .iter_mut()
        .find(|(name, _)| name.starts_with("bodies"))
        .unwrap();
    let name = name.clone();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    let altered = reported.bench.file("altered.tar", pack(&files));
    let path = reported.json.display().to_string();
    let output = reported.bench.run(&altered, &["--report", &path]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(1), "{name}: {words}");
    assert!(words.contains("record "), "{name}: {words}");
}
