//! Records in the forms that other systems take in: pure functions, read-only, without a clock or a socket.

pub mod cloudevents;
pub mod ocsf;
pub mod rows;

use indelible_compliance::reports::inert::steers;
use indelible_proto::v1::{FactValue, fact_value::Value};
use serde_json::{
    Value as Json, json,
    value::{RawValue, to_raw_value},
};

use crate::import::cloudevents::is_json;

/// The greatest unsigned integer that every JSON reader keeps: most of them read numbers as floating-point ones.
const UINT_KEPT_BY_ALL_MAX: u64 = (1 << 53) - 1;

/// Objects and arrays within one another that a payload may have to be shown as JSON. Readers end at 128 or later, some
/// of them with all that follows, and what a payload is shown in takes a few.
const DATA_DEPTH_MAX: usize = 120;

/// A payload as the member `data` of a CloudEvent on one line, if reading that back gives exactly these bytes, and every
/// reader of JSON gets past it.
#[must_use]
pub fn readable_data(bytes: &[u8], media_type: &str) -> Option<Box<RawValue>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if !is_json(media_type) {
        return to_raw_value(text).ok();
    }
    // A line break would tear the line that the object may have to stand on, what steers a terminal can't stand there
    // as it is, and `null` would read as no data.
    let verbatim = !text.contains(|c| c != '\t' && steers(c)) && text != "null";
    if !verbatim || is_deeper(text, DATA_DEPTH_MAX) || has_lone_surrogate(text) {
        return None;
    }
    let value = RawValue::from_string(text.to_owned()).ok()?;
    (value.get() == text).then_some(value)
}

/// Whether an escape stands for half of a pair of UTF-16, which many readers refuse, and with it all that follows.
fn has_lone_surrogate(json: &str) -> bool {
    let mut is_first_half = false;
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        if is_first_half && at > 0 {
            return true;
        }
        let escape = &rest[at..];
        let digits = escape.strip_prefix("\\u").and_then(|rest| rest.get(..4));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let is_second_half = unit.is_some_and(|unit| (0xdc00..=0xdfff).contains(&unit));
        if is_first_half != is_second_half {
            return true;
        }
        is_first_half = unit.is_some_and(|unit| (0xd800..=0xdbff).contains(&unit));
        // What is escaped is ASCII: JSON has no other escapes.
        let length = if digits.is_some() { 6 } else { 2 };
        rest = escape.get(length..).unwrap_or_default();
    }
    is_first_half
}

/// Whether so many objects and arrays stand within one another, or more.
fn is_deeper(json: &str, most: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return true;
        }
    }
    false
}

/// A fact as JSON for readers that take nothing back: a number that some of them would round is text.
fn shown_fact(value: &FactValue) -> Json {
    match &value.value {
        Some(Value::Uint(uint)) if *uint > UINT_KEPT_BY_ALL_MAX => json!(uint.to_string()),
        _ => fact(value),
    }
}

/// A fact as JSON.
fn fact(value: &FactValue) -> Json {
    match &value.value {
        None => Json::Null,
        Some(Value::Text(text)) => json!(text),
        Some(Value::Uint(uint)) => json!(uint),
        Some(Value::Boolean(boolean)) => json!(boolean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_pair_of_utf_16_is_not_shown_as_json() {
        for lone in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#"["\ud83dx"]"#,
            r#"["\ud83d\n"]"#,
            r#"["\ud83d\ud83d\ude00"]"#,
        ] {
            assert!(readable_data(lone.as_bytes(), "").is_none(), "{lone}");
        }
        for whole in [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""\u00e9\n""#] {
            assert!(readable_data(whole.as_bytes(), "").is_some(), "{whole}");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_not_shown_as_json() {
        let nested = |depth: usize| format!("{}\"[[[\"{}", "[".repeat(depth), "]".repeat(depth));
        assert!(readable_data(nested(DATA_DEPTH_MAX).as_bytes(), "").is_some());
        assert!(readable_data(nested(DATA_DEPTH_MAX + 1).as_bytes(), "").is_none());
        let flat = format!("[{}]", vec!["[]"; 1_000].join(","));
        assert!(readable_data(flat.as_bytes(), "").is_some());
        let text = "[".repeat(5_000);
        assert!(readable_data(text.as_bytes(), "text/plain").is_some());
    }

    #[test]
    fn a_number_that_readers_would_round_is_text() {
        let of = |uint| {
            shown_fact(&FactValue {
                value: Some(Value::Uint(uint)),
            })
        };
        assert_eq!(of(9_007_199_254_740_991), json!(9_007_199_254_740_991_u64));
        assert_eq!(of(9_007_199_254_740_993), json!("9007199254740993"));
    }
}
