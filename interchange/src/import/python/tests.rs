//! The canonical forms against what Python wrote, and what neither can hold.

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{read::INTEGER_DIGITS_MAX, write::float_text, *};
use crate::import::MapError;

const VECTORS: &str = include_str!("../../../../tests/data/aigc/aigc_canonical_json.json");

fn canonical(json: &str) -> Result<String, MapError> {
    let mut text = String::new();
    write::write(&mut text, Form::Whole, &read::document(json.as_bytes())?);
    Ok(text)
}

#[test]
fn the_canonical_form_is_the_one_that_aigc_wrote() {
    let vectors: Json = serde_json::from_str(VECTORS).expect("vectors");
    let vectors = vectors["vectors"].as_array().expect("a list");
    let mut compared = 0;
    for vector in vectors {
        let input = vector["input_json"].as_str().expect("an input");
        let Some(expected) = vector["canonical_utf8"].as_str() else {
            assert!(canonical(input).is_err(), "{input}");
            continue;
        };
        let text = canonical(input).expect("canonical");
        assert_eq!(text, expected, "{}", vector["id"]);
        let digest = crate::hex::encode(&Sha256::digest(text.as_bytes()));
        assert_eq!(Some(digest.as_str()), vector["sha256"].as_str());
        compared += 1;
    }
    assert_eq!(compared, 12);
}

#[test]
fn floats_read_as_python_writes_them() {
    for (float, expected) in [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (123_456_789.123, "123456789.123"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (5e-324, "5e-324"),
        (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
    ] {
        assert_eq!(float_text(float), expected);
    }
}

#[test]
fn a_whole_float_is_written_exactly() {
    assert_eq!(canonical("1e23"), Ok("99999999999999991611392".to_owned()));
    assert_eq!(canonical("-0.0"), Ok("0".to_owned()));
    assert_eq!(canonical("-0"), Ok("0".to_owned()));
}

#[test]
fn keys_are_sorted_by_code_point_and_not_by_utf_16() {
    // U+FF5E sorts before U+1F600, whose UTF-16 begins with 0xD83D.
    assert_eq!(
        canonical(r#"{"😀":1,"～":2}"#),
        Ok(r#"{"～":2,"😀":1}"#.to_owned())
    );
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    for (json, problem) in [
        ("", "it ends too early at byte 1"),
        ("{\"a\":NaN}", "NaN, which is not a JSON number, at byte 6"),
        (
            "[-Infinity]",
            "-Infinity, which is not a JSON number, at byte 3",
        ),
        (r#""\ud800""#, "a lone surrogate at byte 2"),
        (r#""\ud800\ud800""#, "a lone surrogate at byte 2"),
        (r#""\udc00""#, "a lone surrogate at byte 2"),
        ("\"\n\"", "a control character inside a text at byte 2"),
        ("01", "a number is not valid at byte 3"),
        ("1.", "no digit after the decimal point at byte 3"),
        ("1e400", "a number beyond the range of a float at byte 6"),
        (
            "{} {}",
            "there is text after the end of the document at byte 4",
        ),
        ("[1,]", "a value is missing at byte 4"),
        ("{\"a\" 1}", "the colon after a name is missing at byte 6"),
    ] {
        let found = canonical(json).expect_err(json).to_string();
        assert_eq!(found, format!("not JSON: {problem}"), "{json}");
    }
    let twice = canonical(r#"{"a":{"b":1,"b":2}}"#);
    assert_eq!(
        twice,
        Err(MapError::Duplicate {
            field: "b".to_owned()
        })
    );
    let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
    assert!(canonical(&deep).is_err());
    let long = "1".repeat(INTEGER_DIGITS_MAX + 1);
    assert!(canonical(&long).is_err());
    assert!(read::document(b"\"\xff\"").is_err());
}

#[test]
fn the_ascii_form_escapes_as_python_does() {
    let mut text = String::new();
    let value = read::document(r#"{"s":"é😀\u007f\u0001/","f":1e16,"i":1e0}"#.as_bytes());
    write::write(&mut text, Form::Ascii, &value.expect("JSON"));
    assert_eq!(
        text,
        r#"{"f":1e+16,"i":1.0,"s":"\u00e9\ud83d\ude00\u007f\u0001/"}"#
    );
}
