//! Inputs that nobody meant: whatever they are, they do no harm, and nobody's data passes unencrypted by mistake.

use indelible_evidence::attribute_text::{is_media_type, parse_time};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    documents::Documents,
    ndjson::{Mapping, Origin},
    *,
};

/// What inputs are made of: the words of the forms, and what breaks them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\n"),
        Just("\""),
        Just("\\"),
        Just("\u{feff}"),
        Just("null"),
        Just("\"eventID\":"),
        Just("\"Records\":["),
        Just("\"Events\":[{\"CloudTrailEvent\":"),
        Just("\"logEvents\":[{\"message\":"),
        Just("\"detail-type\":\"x\",\"detail\":"),
        Just("\"{\\\"eventID\\\":\\\"1\\\"}\""),
        Just("\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\""),
        Just("\"datasubject\":"),
        Just("\"facts\":{"),
        Just("\"\\ud83d\""),
        Just("1e999"),
        Just("é"),
    ];
    let many = proptest::collection::vec(piece, 0..60);
    many.prop_map(|pieces| pieces.concat())
}

fn formats() -> [Format; 3] {
    let ndjson = Mapping {
        id: Some("id".to_owned()),
        source: Origin::Value("/s".to_owned()),
        event_type: Origin::Value("t".to_owned()),
        subject: Some("a.b".to_owned()),
        time: None,
        actor: None,
        correlation_id: None,
        causation_id: None,
        data_subject: Some("datasubject".to_owned()),
        classification: None,
        facts: Vec::new(),
    };
    [
        Format::CloudTrail,
        Format::CloudEvents,
        Format::Ndjson(Box::new(ndjson)),
    ]
}

/// The bytes of each.
fn documents(input: &[u8], capacity: usize) -> Vec<Vec<u8>> {
    let input = std::io::BufReader::with_capacity(capacity, input);
    Documents::new(input)
        .map(|document| document.expect("readable").json.expect("not too long"))
        .collect()
}

fn check_input(input: &[u8]) -> Result<(), TestCaseError> {
    let found = documents(input, 1 << 16);
    prop_assert_eq!(&found, &documents(input, 3), "however it is read");
    let bytes: usize = found.iter().map(Vec::len).sum();
    prop_assert!(bytes <= input.len(), "nothing is handed out twice");
    for document in &found {
        for format in formats() {
            let Ok(records) = format.records(document) else {
                continue;
            };
            prop_assert!(records.len() <= document.len());
            for record in records.into_iter().flatten() {
                prop_assert!(record.len() <= document.len());
                for rules in [Rules::default(), Rules::importing("x")] {
                    let _ = format.event(&record, &rules);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn inputs_of_the_words_of_the_forms_do_no_harm(input in pieces()) {
        check_input(input.as_bytes())?;
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_input(&input)?;
    }

    /// The forms of CloudTrail in one another, and texts in texts.
    #[test]
    fn a_record_comes_out_of_every_form_as_it_went_in(
        forms in proptest::collection::vec(0_usize..6, 0..5),
        name in "[a-z]{1,8}",
    ) {
        let record = format!(r#"{{"eventID":"1","{name}":"ä\\u00e4\"x"}}"#);
        let mut document = record.clone();
        for form in &forms {
            let text = serde_json::to_string(&document).expect("JSON");
            document = match form {
                0 => format!("[{document}]"),
                1 => format!(r#"{{"Records":[{document}]}}"#),
                2 => format!(r#"{{"Events":[{{"CloudTrailEvent":{text}}}]}}"#),
                3 => format!(r#"{{"logEvents":[{{"message":{text}}}]}}"#),
                4 => format!(r#"{{"events":[{{"message":{text}}}]}}"#),
                _ => format!(r#"{{"detail-type":"x","detail":{document}}}"#),
            };
        }
        let found = cloudtrail::records(document.as_bytes());
        let found = found.map(|found| found.into_iter().collect::<Result<Vec<_>, _>>());
        if let Ok(Ok(found)) = found {
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0][..], record.as_bytes());
        } else {
            prop_assert!(forms.len() > 4, "only where very many stand in one another");
        }
    }

    /// What has a place for a data subject becomes no event without one.
    #[test]
    fn a_place_for_a_data_subject_is_filled_or_the_record_is_refused(
        name in prop_oneof![
            Just("datasubject"), Just("data_subject"), Just("dataSubject"), Just("Data-Subject"),
            Just("DATASUBJECT"), Just("dataSubjects"), Just("data_subject_id"),
        ],
        value in prop_oneof![
            Just("null".to_owned()), Just("\"\"".to_owned()), Just("[]".to_owned()), Just("7".to_owned()),
            "[ \\t]{0,3}".prop_map(|text| serde_json::json!(text).to_string()),
            "\\PC{0,12}".prop_map(|text| serde_json::json!(text).to_string()),
        ],
        place in 0_usize..3,
    ) {
        let record = match place {
            0 => format!(r#"{{"id":"1","source":"/s","type":"t","{name}":{value}}}"#),
            1 => format!(r#"{{"id":"1","source":"/s","type":"t","facts":{{"{name}":{value}}}}}"#),
            _ => format!(r#"{{"{name}":{value},"id":"1","source":"/s","type":"t"}}"#),
        };
        if let Ok(event) = Format::CloudEvents.event(record.as_bytes(), &Rules::importing("x")) {
            let said: serde_json::Value = serde_json::from_str(&value).expect("JSON");
            let is_named = said.as_str() == Some(event.data_subject.as_str());
            let is_filled = !event.data_subject.trim().is_empty();
            prop_assert!(is_named && is_filled, "{record}: {event:?}");
        }
    }

    #[test]
    fn a_time_is_the_one_that_others_read(
        year in 1900_i32..2200, month in 0_u32..14, day in 0_u32..33, hour in 0_u32..25,
        minute in 0_u32..61, second in 0_u32..60, fraction in "(\\.[0-9]{0,12})?",
        offset in "(Z|z|[+-][0-2][0-9]:[0-6][0-9])",
    ) {
        let text = format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
        );
        if let Some(time) = parse_time(&text) {
            // The other one takes no finer digits than nine.
            let shortened = match fraction.len() {
                11.. => text.replace(&fraction, &fraction[..10]),
                _ => text.clone(),
            };
            let other: Timestamp = shortened.parse().expect(&text);
            let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
            prop_assert_eq!(nanos, other.as_nanosecond(), "{}", text);
            if year >= 1970 && time.seconds >= 0 {
                let folded = indelible_compliance::time::parse(&text);
                prop_assert_eq!(folded.map(i128::from), Some(nanos), "{}", text);
            }
        }
    }

    #[test]
    fn any_text_is_a_time_or_a_media_type_or_not(text in "\\PC{0,40}", ascii in "[ -~]{0,40}") {
        for text in [text, ascii] {
            let _ = (parse_time(&text), is_media_type(&text), indelible_compliance::time::parse(&text));
        }
    }
}

/// Lines of which each could go on in the next: told apart one by one, each would be read to the end of the input.
#[test]
fn lines_that_are_all_cut_take_no_more_time_than_other_lines() {
    let cut = "{\"a\":\n".repeat(20_000);
    let found = documents(cut.as_bytes(), 1 << 16);
    assert_eq!(found[0], b"{\"a\":");
    let bytes: usize = found.iter().map(Vec::len).sum();
    assert!(bytes >= 20_000 * 5);
    let last = found.last().expect("the rest, as one").len();
    assert!(last > cut.len() / 2, "{last}");

    let quoted = format!("a/b;{}", "x=\"\\\\\";".repeat(100_000));
    assert!(is_media_type(&quoted));
    assert!(!is_media_type(&quoted.replace("a/b", "a")));
}
