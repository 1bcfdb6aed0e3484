//! Reads the files of vectors.

use indelible_governance::json::{Limits, Value, read};

pub(crate) const LIMITS: Limits = Limits {
    bytes: 1_000_000,
    levels: 64,
};

pub(crate) fn document(text: &str) -> Value {
    read(text.as_bytes(), LIMITS).unwrap()
}

pub(crate) fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.as_object().unwrap().get(name).unwrap_or(&Value::Null)
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    let found = member(value, name).as_text();
    found.unwrap_or_else(|| panic!("{name} of {value:?}"))
}

pub(crate) fn number(value: &Value, name: &str) -> u64 {
    match member(value, name) {
        Value::Number(number) => number.as_u64().unwrap(),
        other => panic!("{name} is {other:?}"),
    }
}

pub(crate) fn cases(value: &Value) -> &[Value] {
    member(value, "cases").as_array().unwrap()
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    let elements = value.as_array().unwrap();
    elements.iter().filter_map(Value::as_text).collect()
}
