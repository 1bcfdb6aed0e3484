//! Texts with half of a character in them.

use super::*;

fn byte_of(json: &str) -> Option<usize> {
    let mut members = Members::parse(json.as_bytes()).expect("an object");
    match members.take_text("a") {
        Ok(_) => None,
        Err(MapError::LoneSurrogate { field, byte }) => {
            assert_eq!(field, "a");
            Some(byte)
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn half_of_a_character_is_found_at_its_byte() {
    for (json, byte) in [
        (r#"{"a":"\ud83d\ude00"}"#, None),
        (r#"{"a":"\\ud83d"}"#, None),
        (r#"{"a":"\u00e4\n\"\u2028"}"#, None),
        (r#"{"a":"\ud83d"}"#, Some(7)),
        (r#"{"a":"\uDC00 x"}"#, Some(7)),
        (r#"{"b":1, "a":"ä\\\ude00\ud83d"}"#, Some(18)),
        (r#"{"a":"\ud83d\ude00\ud83d\ud83d\ude00"}"#, Some(19)),
        (r#"{"a":"\ud83d\u0041"}"#, Some(7)),
    ] {
        assert_eq!(byte_of(json), byte, "{json}");
    }
    let in_a_name = Members::parse(br#"{"a\ud83d":1}"#).err().expect("refused");
    assert!(
        matches!(&in_a_name, MapError::LoneSurrogate { field, .. } if field == "(a name)"),
        "{in_a_name}"
    );
}

#[test]
fn a_fact_is_what_its_json_is() {
    let of = |json: &str| typed_fact("f", json);
    assert_eq!(of("300"), Ok(uint_fact(300)));
    assert_eq!(of("true"), Ok(boolean_fact(true)));
    assert_eq!(of("false"), Ok(boolean_fact(false)));
    assert_eq!(of("\"300\""), Ok(text_fact("300")));
    assert_eq!(of("0.35"), Ok(text_fact("0.35")));
    assert_eq!(of("-3"), Ok(text_fact("-3")));
    assert_eq!(of("9223372036854775807"), Ok(uint_fact(UINT_MAX)));
    assert_eq!(
        of("9223372036854775808"),
        Ok(text_fact("9223372036854775808"))
    );
    for json in ["null", "[]", "{}"] {
        let refusal = of(json).expect_err("refused").to_string();
        assert!(refusal.contains("is not text, a number"), "{refusal}");
    }
    for json in ["yes", "", "1 2", "01", "\"a"] {
        assert!(matches!(of(json), Err(MapError::NotJson { .. })), "{json}");
    }
    assert!(matches!(
        of(r#""\ud83d""#),
        Err(MapError::LoneSurrogate { byte: 2, .. })
    ));
}
