//! Writes the canonical forms.

use std::fmt::Write as _;

use crate::import::python::value::{Object, Value};

impl Object {
    /// The bytes of the canonical form, without the members that are named.
    pub(in crate::import) fn canonical(&self, form: Form, without: &[&str]) -> Vec<u8> {
        let mut text = String::new();
        let members = self.members().filter(|(name, _)| !without.contains(name));
        object(&mut text, form, members);
        text.into_bytes()
    }
}

impl Value {
    /// A value's own text: of text itself, of a number or truth value as it is written.
    pub(in crate::import) fn scalar_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(digits) => Some(digits.clone()),
            Self::Float(float) => Some(float_text(*float)),
            Self::Boolean(boolean) => Some(boolean.to_string()),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

/// The two canonical forms that we meet. Both have sorted keys and no white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum Form {
    /// AIGC's: text is kept as UTF-8, and floats that are whole numbers become integers, written in full.
    Whole,
    /// Code Atelier's: everything beyond ASCII is escaped, floats stay floats.
    Ascii,
}

/// Writes an object of these members, which come sorted.
pub(super) fn object<'a>(
    text: &mut String,
    form: Form,
    members: impl Iterator<Item = (&'a str, &'a Value)>,
) {
    text.push('{');
    for (place, (name, value)) in members.enumerate() {
        if place > 0 {
            text.push(',');
        }
        string(text, form, name);
        text.push(':');
        write(text, form, value);
    }
    text.push('}');
}

/// Writes any value.
pub(super) fn write(text: &mut String, form: Form, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Boolean(boolean) => {
            let _infallible = write!(text, "{boolean}");
        }
        Value::Integer(digits) => text.push_str(digits),
        Value::Float(float) if form == Form::Whole && float.fract() == 0.0 => {
            // A float that is a whole number has an exact decimal form, which this writes in full.
            let whole = format!("{float:.0}");
            text.push_str(if whole == "-0" { "0" } else { &whole });
        }
        Value::Float(float) => text.push_str(&float_text(*float)),
        Value::Text(value) => string(text, form, value),
        Value::Array(elements) => {
            text.push('[');
            for (place, element) in elements.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(text, form, element);
            }
            text.push(']');
        }
        Value::Object(members) => object(text, form, members.members()),
    }
}

fn string(text: &mut String, form: Form, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            plain if plain >= ' ' && (form == Form::Whole || plain <= '~') => text.push(plain),
            escaped => {
                for unit in escaped.encode_utf16(&mut [0; 2]) {
                    let _infallible = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

/// Python's `repr` of a float: the shortest digits that read back as it, with an exponent below 1e-4 and from 1e16.
pub(in crate::import) fn float_text(float: f64) -> String {
    let shortest = format!("{float:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    // Without an exponent, Rust writes the same digits; Python shows that it is a float.
    let plain = format!("{float}");
    if plain.contains('.') {
        plain
    } else {
        format!("{plain}.0")
    }
}
