use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits {
    bytes: 1_000,
    levels: 8,
};

fn value(json: &str) -> Value {
    read(json.as_bytes(), LIMITS).unwrap()
}

fn text(json: &str, form: Form) -> String {
    String::from_utf8(value(json).canonical(form).unwrap()).unwrap()
}

#[test]
fn each_fault_has_a_reason_of_its_own() {
    let of = |json: &[u8]| read(json, LIMITS).unwrap_err();
    assert_eq!(
        of(br#"{"a":NaN}"#),
        JsonError::NotANumber { word: "NaN", at: 6 }
    );
    assert_eq!(
        of(b"[-Infinity]"),
        JsonError::NotANumber {
            word: "-Infinity",
            at: 2
        }
    );
    for lone in [
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        r#""\ude00""#,
    ] {
        assert_eq!(
            of(lone.as_bytes()),
            JsonError::LoneSurrogate { at: 2 },
            "{lone}"
        );
    }
    assert_eq!(
        of(b"[[[[[[[[[1]]]]]]]]]"),
        JsonError::TooDeep { at: 9, max: 8 }
    );
    assert_eq!(
        of(&b" ".repeat(1_001)),
        JsonError::TooLong {
            found: 1_001,
            max: 1_000
        }
    );
    assert_eq!(of(b"\"\xff\""), JsonError::NotUtf8 { at: 2 });
    assert_eq!(
        of(br#"{"a":1,"a":2}"#),
        JsonError::Twice {
            name: "a".to_owned(),
            at: 13
        }
    );
    assert_eq!(of(b"1e999"), JsonError::OutOfRange { at: 1 });
    for wrong in [
        "",
        "01",
        "1.",
        "[1,]",
        "{1:2}",
        "\"a",
        "tru",
        "1 2",
        "\"\\x\"",
        "\"\n\"",
        "\"\\u12\"",
    ] {
        assert!(
            matches!(of(wrong.as_bytes()), JsonError::Syntax { .. }),
            "{wrong}"
        );
    }
}

#[test]
fn five_thousand_levels_and_ten_megabytes_are_told_apart() {
    let limits = Limits {
        bytes: crate::limits::INVOCATION_BYTES_MAX,
        levels: crate::limits::INVOCATION_NESTING_LEVELS_MAX,
    };
    let deep = "[".repeat(5_000);
    assert!(matches!(
        read(deep.as_bytes(), limits),
        Err(JsonError::TooDeep { .. })
    ));
    let long = format!("\"{}\"", "x".repeat(10_000_000));
    assert!(matches!(
        read(long.as_bytes(), limits),
        Err(JsonError::TooLong { .. })
    ));
}

#[test]
fn the_forms_write_numbers_and_members_each_in_its_way() {
    assert_eq!(
        text("[1e22,1.0,-0.0,1e-7,0.1]", Form::Aigc),
        "[10000000000000000000000,1,0,1e-07,0.1]"
    );
    assert_eq!(
        text("[1e22,1.0,-0.0,1e-7,0.1,0.000001]", Form::Jcs),
        "[1e+22,1,0,1e-7,0.1,0.000001]"
    );
    assert_eq!(text(r#"{"😀":1,"～":2}"#, Form::Aigc), r#"{"～":2,"😀":1}"#);
    assert_eq!(text(r#"{"～":2,"😀":1}"#, Form::Jcs), r#"{"😀":1,"～":2}"#);
    assert!(value("9007199254740992").canonical(Form::Jcs).is_err());
}

#[test]
fn numbers_are_compared_exactly() {
    let compare = |one: &str, other: &str| match (value(one), value(other)) {
        (Value::Number(one), Value::Number(other)) => {
            assert_eq!(other.compare(&one), one.compare(&other).reverse());
            one.compare(&other)
        }
        _ => panic!(),
    };
    assert_eq!(compare("1", "1.0"), Ordering::Equal);
    assert_eq!(
        compare("9007199254740993", "9007199254740992.0"),
        Ordering::Greater
    );
    assert_eq!(
        compare("18446744073709551617", "18446744073709551616"),
        Ordering::Greater
    );
    assert_eq!(
        compare("18446744073709551617", "1.8446744073709552e19"),
        Ordering::Greater
    );
    assert_eq!(compare("-18446744073709551617", "-1"), Ordering::Less);
    assert_eq!(compare("-1", "-1.5"), Ordering::Greater);
    assert_eq!(compare("9223372036854775807", "9.3e18"), Ordering::Less);
}

#[test]
fn equality_tells_truth_values_from_numbers() {
    assert!(value("[1,{\"a\":2.0}]").is_same(&value("[1.0,{\"a\":2}]")));
    assert!(!value("1").is_same(&value("true")));
    assert!(!value("0").is_same(&value("false")));
}

#[test]
fn a_removed_member_is_gone_and_others_are_found() {
    let Value::Object(mut object) = value(r#"{"c":1,"a":2,"b":3}"#) else {
        panic!()
    };
    assert_eq!(object.remove("a"), Some(Value::unsigned(2)));
    object.set("d", Value::Null);
    let names: Vec<_> = object.members().map(|(name, _)| name).collect();
    assert_eq!(names, ["c", "b", "d"]);
    assert_eq!(object.get("b"), Some(&Value::unsigned(3)));
    assert_eq!(object.get("a"), None);
}

proptest! {
    #[test]
    fn nothing_that_is_read_panics(json in "[\\[\\]{}\":,\\\\u0-9a-ftrns .eE+-]{0,40}") {
        let _any = read(json.as_bytes(), LIMITS);
    }

    #[test]
    fn canonical_text_reads_back_as_itself(number in any::<f64>(), name in ".{0,8}", text in ".{0,8}") {
        prop_assume!(number.is_finite());
        let mut object = Object::default();
        object.set(&name, Value::Number(Number::Float(number)));
        object.set("text", Value::Text(text));
        let value = Value::Object(object);
        for form in [Form::Aigc, Form::Jcs] {
            let bytes = value.canonical(form).unwrap();
            let again = read(&bytes, LIMITS).unwrap();
            // A double beyond 2^53 is written with fewer digits than it has by RFC 8785.
            if form == Form::Aigc {
                prop_assert!(again.is_same(&value));
                prop_assert_eq!(again.canonical(form).unwrap(), bytes);
            }
        }
    }
}
