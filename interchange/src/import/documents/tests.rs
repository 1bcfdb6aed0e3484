//! Inputs as people make them.

use super::*;

fn documents(input: &str) -> Vec<(u64, String)> {
    let found = |size: usize| -> Vec<(u64, String)> {
        let input = io::BufReader::with_capacity(size, input.as_bytes());
        let documents = Documents::new(input).map(|document| document.expect("readable"));
        documents
            .map(|found| (found.line, found.json.expect("not too long")))
            .map(|(line, json)| (line, String::from_utf8(json).expect("UTF-8")))
            .collect()
    };
    let whole = found(1 << 20);
    for size in [1, 2, 3, 7] {
        assert_eq!(found(size), whole, "in pieces of {size}");
    }
    whole
}

fn owned<const N: usize>(expected: [(u64, &str); N]) -> Vec<(u64, String)> {
    expected
        .map(|(line, json)| (line, json.to_owned()))
        .to_vec()
}

#[test]
fn one_document_a_line_with_its_line_number() {
    let found = documents("\u{feff}{\"a\":1}\r\n\n  {\"a\":2}  \n{\"a\":3}");
    assert_eq!(
        found,
        owned([(1, "{\"a\":1}"), (3, "{\"a\":2}"), (4, "{\"a\":3}")])
    );
}

#[test]
fn a_document_over_many_lines_is_one() {
    let input = "\n[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n";
    assert_eq!(documents(input), [(2, input.trim().to_owned())]);
}

#[test]
fn a_document_begins_where_one_ends() {
    let found = documents("{\"a\":1}{\"a\":2}[3]\n{\n\"a\": 4\n}\n{\n\"a\": 5\n}{\"a\":6}\n");
    assert_eq!(
        found,
        owned([
            (1, "{\"a\":1}"),
            (1, "{\"a\":2}"),
            (1, "[3]"),
            (2, "{\n\"a\": 4\n}"),
            (5, "{\n\"a\": 5\n}"),
            (7, "{\"a\":6}"),
        ])
    );
}

#[test]
fn joined_files_keep_their_byte_order_marks_out() {
    let found = documents("\u{feff}{\"a\":1}\n\u{feff}{\"a\":2}\u{feff}{\"a\":3}\n\u{feff}");
    assert_eq!(
        found,
        owned([(1, "{\"a\":1}"), (2, "{\"a\":2}"), (2, "{\"a\":3}")])
    );
}

#[test]
fn a_line_that_is_cut_takes_no_other_along() {
    for (cut, at) in [
        ("{\"a\":", 1),
        ("{\"a\":\"x", 1),
        ("{\"a\":[1", 1),
        ("{\"a\":{\"b\":1}", 1),
        ("{\"a\"", 1),
    ] {
        // First, in between, and last.
        for place in 0..3 {
            let mut lines = ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"];
            lines[place] = cut;
            let found = documents(&format!("{}\n", lines.join("\n")));
            let expected: Vec<_> = (at..).zip(lines.map(str::to_owned)).collect();
            assert_eq!(found, expected, "{cut} in line {place}");
        }
    }
}

#[test]
fn what_is_no_document_stands_for_its_line() {
    let found = documents("no\n{\"a\":1} x\n{a:1}\n{\"a\":2},\n");
    assert_eq!(
        found,
        owned([
            (1, "no"),
            (2, "{\"a\":1}"),
            (2, "x"),
            (3, "{a:1}"),
            (4, "{\"a\":2}"),
            (4, ","),
        ])
    );
}

#[test]
fn a_broken_document_over_many_lines_is_one() {
    let found =
        documents("{\n \"a\": 1\n}\n{\n \"a\": oh no,\n \"b\": [\n  {}]\n}\n{\n \"a\": 3\n}\n");
    assert_eq!(
        found,
        owned([
            (1, "{\n \"a\": 1\n}"),
            (4, "{\n \"a\": oh no,\n \"b\": [\n  {}]\n}"),
            (9, "{\n \"a\": 3\n}"),
        ])
    );
    let torn = "{\n \"a\": \"x\n \"b\": 2\n}\n{\n \"a\": 3,\n{\n \"a\": 4\n}\n";
    assert_eq!(
        documents(torn),
        owned([
            (1, "{\n \"a\": \"x\n \"b\": 2\n}"),
            (5, "{\n \"a\": 3,"),
            (7, "{\n \"a\": 4\n}"),
        ])
    );
    let array = "[\n{\"a\":1},\n{\"a\":2}\n";
    assert_eq!(documents(array), [(1, array.trim().to_owned())]);
    let unfinished = "{\n \"a\": 1\n}\n{\n \"a\": 2,\n \"b\": 3\n";
    assert_eq!(
        documents(unfinished)[1],
        (4, "{\n \"a\": 2,\n \"b\": 3".to_owned())
    );
}

#[test]
fn a_line_without_end_is_an_error_and_the_last_thing() {
    let endless = io::BufReader::new(io::repeat(b'x'));
    let mut documents = Documents::within(endless, 1_000, 1_000_000);
    let problem = documents.next().expect("an item").expect_err("an error");
    assert_eq!(problem.kind(), io::ErrorKind::InvalidData);
    let told = problem.to_string();
    assert!(
        told.contains("line 1 begins a document of more than 1000000 bytes"),
        "{told}"
    );
    assert!(documents.next().is_none());
}

/// Line and bytes of each document, where one may have 40 bytes; of one that is too long, how many it has.
fn within_forty(input: &str) -> Vec<(u64, Result<String, u64>)> {
    let found = |size: usize| -> Vec<(u64, Result<String, u64>)> {
        let input = io::BufReader::with_capacity(size, input.as_bytes());
        Documents::within(input, 40, 10_000)
            .map(|document| document.expect("readable"))
            .map(|found| {
                let json = found.json.map_err(|problem| match problem {
                    MapError::TooLong { bytes, .. } => bytes,
                    other => panic!("{other}"),
                });
                (
                    found.line,
                    json.map(|json| String::from_utf8(json).expect("UTF-8")),
                )
            })
            .collect()
    };
    let whole = found(1 << 20);
    for size in [1, 2, 3, 7, 41] {
        assert_eq!(found(size), whole, "in pieces of {size}");
    }
    whole
}

#[test]
fn a_document_that_is_too_long_takes_no_other_along() {
    let ok = |text: &str| Ok(text.to_owned());
    let long = "x".repeat(100);
    let (before, behind) = ("{\"a\":1}", "{\"a\":2}");
    for document in [
        format!("{{\"long\":\"{long}\"}}"),
        format!("{{\"long\":\n[\"]}}\",\n{{}},\"{long}\"]\n}}"),
        format!("[\n{{\"b\":3}},\n{{\"b\":\"{long}\"}}\n]"),
        // What is no JSON.
        long.clone(),
        format!("{{\"a\": {long}"),
        format!("{{\n\"a\": {long} b,\n c\n"),
        format!("{{\n\"a\":\n}} {long}\n c\n"),
    ] {
        let input = format!("{before}\n{document}\n{behind}\n{document}");
        let lines = document.matches('\n').count() as u64;
        let bytes = |found: &(u64, Result<String, u64>)| *found.1.as_ref().expect_err("too long");
        let found = within_forty(&input);
        assert_eq!(found.len(), 4, "{input}: {found:?}");
        assert_eq!(found[0], (1, ok(before)));
        assert_eq!((found[1].0, found[2].0), (2, lines + 3), "{input}");
        assert_eq!(found[2].1, ok(behind), "{input}");
        assert_eq!(found[3].0, lines + 4, "{input}");
        // A broken one ends where a line begins another document.
        let spare = bytes(&found[1]) - document.len() as u64;
        assert!(spare <= 1, "{input}: {found:?}");
        assert_eq!(bytes(&found[3]), document.len() as u64, "{input}");
    }
}
