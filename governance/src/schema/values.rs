//! The values that keywords can have.

use crate::{
    json::{Number, Value},
    pattern::Pattern,
    schema::{error::SchemaError, node::Type, violation::shown_path},
};

/// Where something stands in a schema.
pub(super) type Path = Vec<String>;

pub(super) fn join(path: &[String], step: &str) -> Path {
    [path, &[step.to_owned()]].concat()
}

pub(super) fn keyword(path: &[String], expected: &'static str) -> SchemaError {
    let path = shown_path(path);
    SchemaError::Keyword { path, expected }
}

pub(super) fn array<'a>(value: &'a Value, path: &[String]) -> Result<&'a [Value], SchemaError> {
    value.as_array().ok_or_else(|| keyword(path, "an array"))
}

pub(super) fn names(value: &Value, path: &[String]) -> Result<Vec<String>, SchemaError> {
    let text = |name: &Value| name.as_text().map(str::to_owned);
    let names: Option<Vec<_>> = array(value, path)?.iter().map(text).collect();
    names.ok_or_else(|| keyword(path, "an array of names"))
}

pub(super) fn types(value: &Value, path: &[String]) -> Result<Vec<Type>, SchemaError> {
    let expected = "null, boolean, integer, number, string, array or object, or several of them";
    let one = |value: &Value| value.as_text().and_then(Type::parse);
    let found: Option<Vec<_>> = match value {
        Value::Array(types) => types.iter().map(one).collect(),
        value => one(value).map(|found| vec![found]),
    };
    let found = found.filter(|types| !types.is_empty());
    found.ok_or_else(|| keyword(path, expected))
}

pub(super) fn number(value: &Value, path: &[String]) -> Result<Number, SchemaError> {
    match value {
        Value::Number(number) => Ok(number.clone()),
        _ => Err(keyword(path, "a number")),
    }
}

pub(super) fn divisor(value: &Value, path: &[String]) -> Result<Number, SchemaError> {
    match number(value, path)? {
        number @ (Number::Small(1..) | Number::Float(_)) if number.as_f64() > 0.0 => Ok(number),
        _ => Err(keyword(path, "a number greater than 0 and below 2^63")),
    }
}

pub(super) fn count(value: &Value, path: &[String]) -> Result<u64, SchemaError> {
    let count = match number(value, path)? {
        Number::Float(float) if float.fract() == 0.0 && (0.0..9e15).contains(&float) => {
            Some(float as u64)
        }
        number => number.as_u64(),
    };
    count.ok_or_else(|| keyword(path, "an integer from 0"))
}

pub(super) fn pattern(value: &Value, path: &[String]) -> Result<Pattern, SchemaError> {
    let Some(text) = value.as_text() else {
        return Err(keyword(path, "a regular expression"));
    };
    Pattern::new(text).map_err(|error| SchemaError::Pattern {
        path: shown_path(path),
        error,
    })
}
