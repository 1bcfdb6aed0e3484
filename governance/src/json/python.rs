//! Values as Python writes them in messages.

use crate::json::{number::Number, value::Value};

/// Python's `repr` of a value.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(Number::Small(number)) => number.to_string(),
        Value::Number(Number::Large(number)) => number.to_string(),
        Value::Number(Number::Float(float)) => float_text(*float),
        Value::Text(text) => text_repr(text),
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(repr).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(object) => {
            let members = object.members();
            let members: Vec<_> = members
                .map(|(name, value)| format!("{}: {}", text_repr(name), repr(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut written = String::with_capacity(text.len() + 2);
    written.push(quote);
    for character in text.chars() {
        match character {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            character if character == quote => {
                written.push('\\');
                written.push(quote);
            }
            character if character < ' ' || ('\u{7f}'..'\u{a1}').contains(&character) => {
                written.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            character => written.push(character),
        }
    }
    written.push(quote);
    written
}

/// Python's `repr` of a double: the shortest digits that read back as it, with an exponent below 1e-4 and from 1e16.
pub(crate) fn float_text(float: f64) -> String {
    let shortest = format!("{float:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let plain = format!("{float}");
    if plain.contains('.') {
        plain
    } else {
        format!("{plain}.0")
    }
}
