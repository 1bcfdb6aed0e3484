//! The records of a bundle, shown.

use indelible_evidence::bundle::Part;
use indelible_evidence::{Body, DataKeyId, Domain, FactValue};

use super::*;

impl Bench {
    fn of(ledger: Ledger) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            tar: Vec::new(),
            ledger,
        }
    }

    fn records(&self, bundle: &[u8], arguments: &[&str]) -> Output {
        let bundle = self.file("bundle", bundle);
        let key = self.ledger.key().to_string();
        program()
            .args(["records", bundle.to_str().unwrap(), "--key", &key])
            .args(arguments)
            .output()
            .unwrap()
    }

    fn lines(&self, bundle: &[u8], arguments: &[&str]) -> Vec<Value> {
        let output = self.records(bundle, &[&["--format", "ndjson"], arguments].concat());
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let lines = String::from_utf8(output.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Appends an event with a body that `change` had its way with.
fn append(ledger: &mut Ledger, payload: &[u8], change: impl FnOnce(&mut Body<'_>)) {
    let sequence = ledger.size();
    let id = format!("event-{sequence:08}");
    let mut body = Body {
        id: &id,
        source: "tests/ledger",
        ..Body::default()
    };
    change(&mut body);
    let mut bytes = Vec::new();
    body.encode_into(&mut bytes).unwrap();
    let body = (support::salt(sequence, Domain::Body), bytes);
    let payload = (support::salt(sequence, Domain::Payload), payload.to_vec());
    ledger.event_with(body, Some(payload), |_| ());
}

#[test]
fn every_record_is_shown_with_all_that_can_be_read_of_it() {
    let mut ledger = Ledger::new("records", 1);
    ledger.events(5_000);
    let at = ledger.size();
    let key = DataKeyId::from_bytes([3; 16]);
    let opened = ledger.sealed_event(key);
    ledger.sealed_event(key);
    ledger.disclosed.insert(at, *opened.as_bytes());
    ledger.event(Some(&[0xff, 0xfe]));
    ledger.event(Some(b"left out"));
    ledger
        .states
        .push((at + 3, Domain::Payload, Part::Withheld));
    let bench = Bench::of(ledger);
    let mut ledger = bench.ledger.clone();
    for selection in [
        Selection::Whole,
        Selection::Range {
            from: 4_090,
            to: at + 4,
        },
    ] {
        let from = match selection {
            Selection::Whole => 0,
            _ => 4_090,
        };
        let bundle = compressed(&ledger.bundle(selection));
        let lines = bench.lines(&bundle, &[]);
        assert_eq!(lines.len() as u64, ledger.size() - from);
        for (sequence, line) in (from..).zip(&lines) {
            let record = &ledger.records[sequence as usize];
            assert_eq!(line["sequence"], sequence);
            assert_eq!(line["verified"], true);
            assert_eq!(line["chain_hash"], record.chain.to_string(), "{sequence}");
            if (2..at).contains(&sequence) {
                assert_eq!(line["body"]["id"], format!("event-{sequence:08}"));
                let payload = record.payload.as_ref();
                let text = payload.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
                assert_eq!(line["payload"]["text"], Value::from(text), "{sequence}");
            }
        }
        let line = |sequence: u64| &lines[(sequence - from) as usize];
        assert_eq!(line(4_095)["type"], "tests.happened");
        assert_eq!(
            line(4_095)["recorded_time"],
            "2027-01-15T08:00:00.004095000Z"
        );
        assert_eq!(line(4_096)["body"]["facts"]["amount"], 4_096);
        let state = |sequence: u64, part: &str| line(sequence)[part]["state"].clone();
        assert_eq!(
            (state(at, "body"), state(at, "payload")),
            ("opened".into(), "opened".into())
        );
        assert_eq!(line(at)["payload"]["text"], "secret");
        assert_eq!(line(at)["body"]["actor"], "someone");
        assert_eq!(state(at + 1, "body"), "encrypted");
        assert_eq!(state(at + 1, "payload"), "encrypted");
        assert_eq!(line(at + 1)["payload"]["bytes"], 6);
        assert_eq!(line(at + 1)["payload"]["text"], Value::Null);
        assert_eq!(line(at + 1)["body"]["actor"], Value::Null);
        assert_eq!(line(at + 2)["payload"]["base64"], "//4=");
        assert_eq!(state(at + 3, "payload"), "withheld");
        assert_eq!(state(4_098, "payload"), "none");
    }
    let lines = bench.lines(&ledger.bundle(Selection::Whole), &["--to", "2"]);
    assert_eq!(lines[0]["kind"], "genesis");
    assert_eq!(lines[0]["statement"]["origin"], ledger.origin.as_str());
    assert_eq!(lines[1]["kind"], "epoch");
    assert_eq!(lines[1]["statement"]["first"], 1);
}

#[test]
fn of_a_broken_bundle_nothing_is_shown_but_its_verdict() {
    let bench = Bench::new();
    let mut files = unpack(&bench.tar);
    let bodies = files
        .iter_mut()
        .find(|file| file.0 == "bodies/000")
        .unwrap();
    let found = bodies.1.windows(14);
    let at = found.clone().position(|window| window == b"event-00000017");
    bodies.1[at.unwrap() + 13] = b'8';
    let broken = pack(&files);
    for form in ["text", "ndjson", "csv", "html"] {
        let output = bench.records(&broken, &["--format", form]);
        assert_eq!(output.status.code(), Some(1), "{form}");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("body-mismatch"), "{form}: {shown}");
        assert!(!shown.contains("event-0000"), "{form}: {shown}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--even-broken"));
    }
    let lines = bench.lines(&broken, &["--even-broken"]);
    assert_eq!(lines.len() as u64, bench.ledger.size());
    assert!(lines.iter().all(|line| line["verified"] == false));
    assert!(lines.iter().all(|line| line["chain_hash"] == Value::Null));
    assert_eq!(lines[17]["body"]["state"], "altered");
    assert_eq!(
        lines[17]["body"]["id"],
        Value::Null,
        "what was altered is not shown"
    );
    let found = lines[17]["findings"][0].as_str().unwrap();
    assert!(found.contains("body-mismatch"), "{found}");
    assert_eq!(lines[18]["body"]["id"], "event-00000018");
    let page = bench.records(&broken, &["--even-broken", "--format", "html"]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("BROKEN"));
    let text = bench.records(&broken, &["--even-broken", "--record", "17"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("record 17 (of a BROKEN bundle, NOT verified)"),
        "{text}"
    );
}

#[test]
fn records_are_chosen_by_place_time_type_and_actor() {
    let mut ledger = Ledger::new("chosen", 1);
    ledger.events(20);
    ledger.sealed_event(DataKeyId::from_bytes([3; 16]));
    let bundle = ledger.bundle(Selection::Whole);
    let bench = Bench::of(ledger);
    let chosen = |arguments: &[&str]| {
        let lines = bench.lines(&bundle, arguments);
        let sequences = lines.iter().map(|line| line["sequence"].as_u64().unwrap());
        sequences.collect::<Vec<_>>()
    };
    assert_eq!(chosen(&["--from", "5", "--to", "8"]), [5, 6, 7]);
    assert_eq!(chosen(&["--record", "9", "--record", "3"]), [3, 9]);
    let from = "2027-01-15T08:00:00.000020Z";
    assert_eq!(chosen(&["--from", from]), [20, 21, 22]);
    assert_eq!(chosen(&["--from", "2027-01-15"]).len(), 23);
    assert_eq!(chosen(&["--type", "tests.*"]).len(), 21);
    for nothing in [["--to", "2027-01-15"], ["--type", "tests."]] {
        let output = bench.records(&bundle, &nothing);
        assert_eq!(output.status.code(), Some(4), "{nothing:?}");
    }
    assert_eq!(chosen(&["--actor", "someone", "--from", "20"]), [20, 21]);
    let output = bench.records(&bundle, &["--actor", "someone", "--from", "20"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let told = "2 of the 23 records of the bundle are what was asked for. 1 more may be";
    assert!(text.contains(told), "{text}");
    assert_eq!(
        bench.records(&bundle, &["--from", "July"]).status.code(),
        Some(2)
    );
    assert_eq!(
        bench
            .records(&bundle, &["--require", "completeness"])
            .status
            .code(),
        Some(4)
    );
}

#[test]
fn what_others_wrote_steers_no_terminal_page_or_spreadsheet() {
    let mut ledger = Ledger::new("hostile", 1);
    let id = "=cmd|'/c'!A1\u{202e}\u{200b}<script>&\"";
    append(
        &mut ledger,
        b"\x1b[31mred\n<script>alert(1)</script>\xe2\x80\xae",
        |body| {
            body.id = id;
            body.actor = Some("mk\u{202e}nimda");
            body.facts.push(("large", FactValue::Uint((1 << 53) + 1)));
        },
    );
    append(&mut ledger, &b"[".repeat(5_000), |_| ());
    let bundle = ledger.bundle(Selection::Whole);
    let bench = Bench::of(ledger);
    let lines = bench.lines(&bundle, &["--from", "2"]);
    assert_eq!(lines[0]["body"]["id"], id, "an id reads back as it was");
    assert_eq!(
        lines[0]["payload"]["text"],
        "\u{1b}[31mred\n<script>alert(1)</script>\u{202e}"
    );
    assert_eq!(
        lines[0]["body"]["facts"]["large"]["uint"],
        "9007199254740993"
    );
    assert_eq!(lines[1]["payload"]["text"], "[".repeat(5_000));
    for form in ["text", "ndjson", "csv", "html"] {
        let output = bench.records(&bundle, &["--format", form]);
        assert_eq!(output.status.code(), Some(0), "{form}");
        let shown = String::from_utf8(output.stdout).unwrap();
        let steering = ['\u{1b}', '\u{202e}', '\u{200b}', '\u{7}'];
        assert!(!shown.contains(steering), "{form}: {shown}");
        match form {
            "html" => {
                assert!(!shown.contains("<script"), "{shown}");
                assert!(shown.contains("&lt;script&gt;") && shown.contains("default-src 'none'"));
                assert!(shown.contains("id=\"record-2\"") && shown.contains("href=\"#record-2\""));
            }
            "csv" => {
                assert!(shown.contains(",\"'=cmd|"), "{shown}");
                assert_eq!(
                    shown.matches("\r\n").count(),
                    5,
                    "a row for each record: {shown}"
                );
            }
            "text" => assert!(shown.contains("mk\\u{202e}nimda"), "{shown}"),
            _ => {}
        }
    }
}

/// What steers and what only looks like its escape are not shown alike, and neither are a text and a number.
#[test]
fn what_differs_is_not_shown_alike() {
    let mut ledger = Ledger::new("alike", 1);
    for id in ["mk\u{202e}x", "mk\\u{202e}x"] {
        append(&mut ledger, b"x", |body| {
            body.id = id;
            body.facts.push(("a", FactValue::Boolean(true)));
            body.facts.push(("b", FactValue::Text("true")));
            body.facts.push(("c", FactValue::Uint(300)));
            body.facts.push(("d", FactValue::Text("300")));
        });
    }
    let bundle = ledger.bundle(Selection::Whole);
    let bench = Bench::of(ledger);
    for form in ["text", "csv", "html"] {
        let output = bench.records(&bundle, &["--format", form]);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("mk\\u{202e}x"), "{form}: {shown}");
        assert!(shown.contains("mk\\\\u{202e}x"), "{form}: {shown}");
        let shown = shown.replace("&quot;", "\"").replace("\"\"", "\"");
        for told in ["\"true\"", "\"300\""] {
            assert!(shown.contains(told), "{form}: {told}: {shown}");
        }
    }
}

#[test]
fn a_page_holds_no_more_than_a_reader_can() {
    let mut ledger = Ledger::new("page", 1);
    ledger.events(4_999);
    let bundle = ledger.bundle(Selection::Whole);
    let bench = Bench::of(ledger);
    let output = bench.records(&bundle, &["--format", "html"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("5001 records") && told.contains("--format ndjson"),
        "{told}"
    );
    let page = bench.folder.path().join("page.html");
    let path = page.to_str().unwrap();
    let output = bench.records(&bundle, &["--format", "html", "--to", "5000", "-o", path]);
    assert_eq!(output.status.code(), Some(0));
    let page = std::fs::read_to_string(page).unwrap();
    assert_eq!(page.matches("<article ").count(), 5_000);
    assert_eq!(page.matches("<tr><td><a href=\"#record-").count(), 5_000);
}

#[test]
fn a_clock_that_was_ahead_is_told_in_every_verdict() {
    let mut ledger = Ledger::new("clock", 1);
    ledger.events(2);
    let right = ledger.bundle(Selection::Whole);
    ledger.time_shift = 200_000_000_000;
    ledger.events(2);
    let wrong = ledger.bundle(Selection::Whole);
    let bench = Bench::of(ledger);
    let verdict = |bundle: &[u8]| {
        let bundle = bench.file("bundle", bundle);
        let output = bench.run(&bundle, &[]);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let told = verdict(&right);
    assert!(
        told.contains("15 January 2027 08:00 UTC, by the operator's clock"),
        "{told}"
    );
    assert!(!told.contains("calendar"), "{told}");
    assert!(
        told.contains("Not asked: completeness, freshness."),
        "{told}"
    );
    let told = verdict(&wrong);
    assert!(told.contains("2 records bear a time later than"), "{told}");
    assert!(told.contains("the first is record 4"), "{told}");
    assert!(
        told.contains("no completeness in calendar time is claimed"),
        "{told}"
    );
}
