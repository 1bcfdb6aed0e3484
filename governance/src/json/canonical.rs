//! The two canonical forms: one text for each value.

use std::fmt::Write as _;

use crate::{
    json::{
        number::Number,
        python::float_text,
        value::{Object, Value},
    },
    number::INTEGER_MAX,
};

/// Which canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// AIGC's: members by code points, doubles that are whole numbers in full as integers, others as Python writes them.
    Aigc,
    /// RFC 8785, of which records are: members by UTF-16, doubles as ECMAScript writes them, integers to 2⁵³−1.
    Jcs,
}

/// An integer that the form can't hold exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not an integer up to 2^53-1; write it as text")]
pub struct NotCanonical {
    /// Its digits.
    pub number: String,
}

impl Value {
    /// The bytes of the canonical form.
    ///
    /// # Errors
    ///
    /// Of [`Form::Jcs`], an integer beyond 2⁵³−1. [`Form::Aigc`] holds every value.
    pub fn canonical(&self, form: Form) -> Result<Vec<u8>, NotCanonical> {
        let mut out = String::new();
        write(&mut out, form, self)?;
        Ok(out.into_bytes())
    }

    /// The bytes of AIGC's form, which every value has.
    pub fn aigc_bytes(&self) -> Vec<u8> {
        self.canonical(Form::Aigc).unwrap_or_default()
    }
}

impl Object {
    /// The bytes of AIGC's form, which every object has.
    pub fn aigc_bytes(&self) -> Vec<u8> {
        let mut out = String::new();
        // Nothing that AIGC's form can't hold.
        let _infallible = object(&mut out, Form::Aigc, self);
        out.into_bytes()
    }
}

fn write(out: &mut String, form: Form, value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => self::number(out, form, number)?,
        Value::Text(text) => string(out, text),
        Value::Array(elements) => {
            out.push('[');
            for (place, element) in elements.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(out, form, element)?;
            }
            out.push(']');
        }
        Value::Object(members) => object(out, form, members)?,
    }
    Ok(())
}

fn object(out: &mut String, form: Form, members: &Object) -> Result<(), NotCanonical> {
    let mut sorted: Vec<_> = members.sorted().collect();
    if form == Form::Jcs && !sorted.iter().all(|(name, _)| name.is_ascii()) {
        sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    }
    out.push('{');
    for (place, (name, value)) in sorted.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        string(out, name);
        out.push(':');
        write(out, form, value)?;
    }
    out.push('}');
    Ok(())
}

fn number(out: &mut String, form: Form, number: &Number) -> Result<(), NotCanonical> {
    match (form, number) {
        (Form::Jcs, Number::Small(small)) if small.unsigned_abs() > INTEGER_MAX => {
            return Err(NotCanonical {
                number: small.to_string(),
            });
        }
        (Form::Jcs, Number::Large(large)) => {
            return Err(NotCanonical {
                number: large.to_string(),
            });
        }
        (_, Number::Small(small)) => {
            let _infallible = write!(out, "{small}");
        }
        (_, Number::Large(large)) => {
            let _infallible = write!(out, "{large}");
        }
        (Form::Aigc, Number::Float(float)) if float.fract() == 0.0 => {
            let whole = format!("{float:.0}");
            out.push_str(if whole == "-0" { "0" } else { &whole });
        }
        (Form::Aigc, Number::Float(float)) => out.push_str(&float_text(*float)),
        (Form::Jcs, Number::Float(float)) => out.push_str(&ecmascript(*float)),
    }
    Ok(())
}

/// `Number::toString` of ECMAScript: an exponent below 1e-6 and from 1e21.
fn ecmascript(float: f64) -> String {
    if float == 0.0 {
        return "0".to_owned();
    }
    let shortest = format!("{float:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-6..21).contains(&exponent) {
        return format!("{float}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{}", exponent.unsigned_abs())
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}
