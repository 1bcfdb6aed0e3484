//! The forms in which CloudTrail's records come: as AWS stores them, and as its interfaces and other services hand
//! them on.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::import::{
    json::{Members, not_json},
    map_error::MapError,
};

/// How many forms may stand in one another: an event of EventBridge in a log of CloudWatch in an array is three.
const DEPTH_MAX: usize = 4;

/// A record, or why there is none in its place.
pub type Delivered<'a> = Result<Cow<'a, [u8]>, MapError>;

/// The records of a document: the elements of an array; of `Records`, as AWS stores them; of `Events`, as LookupEvents
/// answers; of `logEvents` or `events`, as CloudWatch Logs has them; the `detail` of an event of EventBridge; otherwise
/// the document itself.
///
/// # Errors
///
/// When the document is not JSON, has an array's name without an array, or is a digest file.
pub fn records(document: &[u8]) -> Result<Vec<Delivered<'_>>, MapError> {
    let mut found = Vec::new();
    expand(document, 0, &mut found)?;
    Ok(found)
}

/// Where the record is within an element of a form.
#[derive(Clone, Copy)]
enum Within {
    /// It is the element, or stands in it in a form of its own.
    Itself,
    /// It is the text of this member, which must be there.
    Text(&'static str),
}

fn expand<'a>(
    document: &'a [u8],
    depth: usize,
    found: &mut Vec<Delivered<'a>>,
) -> Result<(), MapError> {
    if depth > DEPTH_MAX {
        let problem = format!("more than {DEPTH_MAX} forms stand in one another");
        return Err(MapError::invalid("(the record)", problem));
    }
    if document.trim_ascii_start().starts_with(b"[") {
        let text = std::str::from_utf8(document).map_err(not_json)?;
        let list: Vec<&RawValue> = serde_json::from_str(text).map_err(not_json)?;
        elements(list, Within::Itself, depth, found);
        return Ok(());
    }
    let members = Members::parse(document)?;
    if members.get("digestS3Object").is_some() && members.get("logFiles").is_some() {
        let problem = "it is a digest file of CloudTrail, which holds no records; import the log files that it lists";
        return Err(MapError::invalid("digestS3Object", problem));
    }
    let is_record = members.get("eventID").is_some();
    for (name, within) in [
        ("Records", Within::Itself),
        ("Events", Within::Text("CloudTrailEvent")),
        ("logEvents", Within::Text("message")),
        ("events", Within::Text("message")),
    ] {
        if let Some(list) = members.get(name).filter(|_| !is_record) {
            // CloudWatch Logs asks in this way whether anybody is there.
            if members.get("messageType").map(RawValue::get) == Some("\"CONTROL_MESSAGE\"") {
                return Ok(());
            }
            let list: Vec<&RawValue> = serde_json::from_str(list.get())
                .map_err(|_| MapError::wrong_type(name, "an array"))?;
            elements(list, within, depth, found);
            return Ok(());
        }
    }
    match members
        .get("detail")
        .filter(|_| members.get("detail-type").is_some())
    {
        Some(detail) => expand(detail.get().as_bytes(), depth + 1, found),
        None => {
            found.push(Ok(Cow::Borrowed(document)));
            Ok(())
        }
    }
}

/// Each element by itself: one that is wrong keeps none of the others out.
fn elements<'a>(
    list: Vec<&'a RawValue>,
    within: Within,
    depth: usize,
    found: &mut Vec<Delivered<'a>>,
) {
    for element in list {
        let json = element.get().as_bytes();
        let done = match within {
            // What is no form is for the mapping to judge.
            Within::Itself if !json.starts_with(b"{") && !json.starts_with(b"[") => {
                found.push(Ok(Cow::Borrowed(json)));
                Ok(())
            }
            Within::Itself => expand(json, depth + 1, found),
            Within::Text(name) => from_text(json, name, depth, found),
        };
        if let Err(problem) = done {
            found.push(Err(problem));
        }
    }
}

/// The records in a member that is the text of JSON.
fn from_text(
    element: &[u8],
    name: &str,
    depth: usize,
    found: &mut Vec<Delivered<'_>>,
) -> Result<(), MapError> {
    let text = Members::parse(element)?.take_required_text(name)?;
    let mut inner = Vec::new();
    expand(text.as_bytes(), depth + 1, &mut inner)?;
    let owned = inner.into_iter();
    found.extend(owned.map(|record| record.map(|record| Cow::Owned(record.into_owned()))));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventID":"1","detail":{},"events":7}"#;

    fn found(document: &str) -> Vec<String> {
        let records = records(document.as_bytes()).expect("records");
        let of = |record: Delivered<'_>| match record {
            Ok(record) => String::from_utf8(record.into_owned()).expect("UTF-8"),
            Err(problem) => format!("refused: {problem}"),
        };
        records.into_iter().map(of).collect()
    }

    #[test]
    fn a_record_is_found_byte_for_byte_in_every_form() {
        let text = serde_json::to_string(RECORD).expect("JSON");
        let bridge = format!(
            r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{RECORD}}}"#
        );
        let bridge_text = serde_json::to_string(&bridge).expect("JSON");
        for document in [
            RECORD.to_owned(),
            format!("[{RECORD}]"),
            format!(r#"{{"Records": [ {RECORD} ]}}"#),
            format!(r#"{{"Events":[{{"EventId":"1","CloudTrailEvent":{text}}}],"NextToken":"x"}}"#),
            format!(
                r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"id":"2","message":{text}}}]}}"#
            ),
            format!(r#"{{"events":[{{"timestamp":1,"message":{text}}}]}}"#),
            format!(r#"{{"logEvents":[{{"message":{bridge_text}}}]}}"#),
            format!("[{{\"Records\":[{bridge}]}}]"),
            bridge,
        ] {
            assert_eq!(found(&document), [RECORD], "{document}");
        }
    }

    #[test]
    fn an_element_without_a_record_keeps_none_of_the_others_out() {
        let text = serde_json::to_string(RECORD).expect("JSON");
        let document = format!(
            r#"{{"Events":[{{"EventId":"1"}},{{"CloudTrailEvent":7}},{{"CloudTrailEvent":"\ud83d"}},
            {{"CloudTrailEvent":"no"}},7,{{"CloudTrailEvent":{text}}}]}}"#
        );
        let found = found(&document);
        assert_eq!(found[0], "refused: field CloudTrailEvent is missing");
        assert_eq!(found[1], "refused: field CloudTrailEvent is not text");
        assert!(found[2].starts_with("refused: field CloudTrailEvent has a lone surrogate"));
        assert!(found[3].starts_with("refused: not JSON"), "{}", found[3]);
        assert_eq!(found[4], "refused: not a JSON object");
        assert_eq!(found[5..], [RECORD]);
    }

    #[test]
    fn what_holds_no_records_is_called_what_it_is() {
        let digest = r#"{"digestS3Object":"x","logFiles":[]}"#;
        let refusal = records(digest.as_bytes()).expect_err("refused").to_string();
        assert!(
            refusal.contains("it is a digest file of CloudTrail"),
            "{refusal}"
        );
        let control = r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"checking"}]}"#;
        assert!(found(control).is_empty());
        assert!(records(br#"{"Records":{}}"#).is_err());
        let deep = format!("{}{}", "[".repeat(9), "]".repeat(9));
        assert!(found(&deep)[0].contains("stand in one another"));
        let deep = r#"{"Records":[{"Records":[{"Records":[{"Records":[{"Records":[{}]}]}]}]}]}"#;
        assert!(found(deep)[0].contains("stand in one another"));
    }
}
