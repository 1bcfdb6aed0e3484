//! Keywords that look at a value and at no other schema.

use std::collections::BTreeSet;

use crate::{
    json::{Number, Object, Value, repr},
    schema::{
        node::{Dependency, Keyword},
        violation::{too_few, too_many},
    },
};

/// Makes the words of a violation, if they are wanted.
pub(super) type Words<'a> = Box<dyn Fn(&Value) -> String + 'a>;

/// What a keyword says against a value.
pub(super) fn simple<'a>(keyword: &'a Keyword, value: &Value) -> Option<(&'static str, Words<'a>)> {
    let (fails, name, words): (bool, _, Words<'a>) = match (keyword, value) {
        (Keyword::Type(types), value) => (
            !types.iter().any(|name| name.is_of(value)),
            "type",
            Box::new(|value| {
                let names = types.iter().map(|name| format!("'{}'", name.name()));
                let names: Vec<_> = names.collect();
                format!("{} is not of type {}", repr(value), names.join(", "))
            }),
        ),
        (Keyword::Enum(values), value) => (
            !values.iter().any(|known| known.is_same(value)),
            "enum",
            Box::new(|value| {
                let known = repr(&Value::Array(values.clone()));
                format!("{} is not one of {known}", repr(value))
            }),
        ),
        (Keyword::Const(known), value) => (
            !known.is_same(value),
            "const",
            Box::new(|_| format!("{} was expected", repr(known))),
        ),
        (Keyword::Required(names), Value::Object(object)) => {
            let missing = names.iter().find(|name| object.get(name).is_none());
            let missing = missing?.clone();
            let words = move |_: &Value| {
                format!(
                    "{} is a required property",
                    repr(&Value::Text(missing.clone()))
                )
            };
            (true, "required", Box::new(words))
        }
        (Keyword::Dependencies(dependencies), Value::Object(object)) => {
            let (missing, of) = missing_dependency(dependencies, object)?;
            let words = move |_: &Value| {
                let name = |name: &str| repr(&Value::Text(name.to_owned()));
                format!("{} is a dependency of {}", name(missing), name(of))
            };
            (true, "dependencies", Box::new(words))
        }
        (keyword, Value::Number(number)) => numeric(keyword, number)?,
        (keyword, value) => sized(keyword, value)?,
    };
    fails.then_some((name, words))
}

fn missing_dependency<'a>(
    dependencies: &'a [(String, Dependency)],
    object: &Object,
) -> Option<(&'a str, &'a str)> {
    dependencies
        .iter()
        .find_map(|(of, dependency)| match dependency {
            Dependency::Names(names) if object.get(of).is_some() => {
                let missing = names.iter().find(|name| object.get(name).is_none())?;
                Some((missing.as_str(), of.as_str()))
            }
            _ => None,
        })
}

fn numeric<'a>(keyword: &'a Keyword, number: &Number) -> Option<(bool, &'static str, Words<'a>)> {
    let words = |words: &'static str, limit: &'a Number| -> Words<'a> {
        Box::new(move |value| {
            format!(
                "{} {words} {}",
                repr(value),
                repr(&Value::Number(limit.clone()))
            )
        })
    };
    let order = |limit: &Number| number.compare(limit);
    Some(match keyword {
        Keyword::MultipleOf(of) => (
            !is_multiple(number, of),
            "multipleOf",
            words("is not a multiple of", of),
        ),
        Keyword::Maximum(max) => (
            order(max).is_gt(),
            "maximum",
            words("is greater than the maximum of", max),
        ),
        Keyword::Minimum(min) => (
            order(min).is_lt(),
            "minimum",
            words("is less than the minimum of", min),
        ),
        Keyword::ExclusiveMaximum(max) => {
            let words = words("is greater than or equal to the maximum of", max);
            (order(max).is_ge(), "exclusiveMaximum", words)
        }
        Keyword::ExclusiveMinimum(min) => {
            let words = words("is less than or equal to the minimum of", min);
            (order(min).is_le(), "exclusiveMinimum", words)
        }
        _ => return None,
    })
}

fn sized<'a>(keyword: &'a Keyword, value: &Value) -> Option<(bool, &'static str, Words<'a>)> {
    let at_most =
        |size: u64, max: u64, name, words: &'static str| -> (bool, &'static str, Words<'a>) {
            (
                size > max,
                name,
                Box::new(move |value| too_many(value, max, words)),
            )
        };
    let at_least =
        |size: u64, min: u64, name, words: &'static str| -> (bool, &'static str, Words<'a>) {
            (
                size < min,
                name,
                Box::new(move |value| too_few(value, min, words)),
            )
        };
    Some(match (keyword, value) {
        (Keyword::MaxLength(max), Value::Text(text)) => {
            at_most(length(text), *max, "maxLength", "is too long")
        }
        (Keyword::MinLength(min), Value::Text(text)) => {
            at_least(length(text), *min, "minLength", "is too short")
        }
        (Keyword::Pattern(pattern), Value::Text(text)) => (
            !pattern.is_match(text),
            "pattern",
            Box::new(|value| {
                let source = Value::Text(pattern.source().to_owned());
                format!("{} does not match {}", repr(value), repr(&source))
            }),
        ),
        (Keyword::MaxItems(max), Value::Array(elements)) => {
            at_most(elements.len() as u64, *max, "maxItems", "is too long")
        }
        (Keyword::MinItems(min), Value::Array(elements)) => {
            at_least(elements.len() as u64, *min, "minItems", "is too short")
        }
        (Keyword::UniqueItems, Value::Array(elements)) => (
            !are_unique(elements),
            "uniqueItems",
            Box::new(|value| format!("{} has non-unique elements", repr(value))),
        ),
        (Keyword::MaxProperties(max), Value::Object(object)) => at_most(
            object.len() as u64,
            *max,
            "maxProperties",
            "has too many properties",
        ),
        (Keyword::MinProperties(min), Value::Object(object)) => at_least(
            object.len() as u64,
            *min,
            "minProperties",
            "does not have enough properties",
        ),
        _ => return None,
    })
}

/// Code points, as Python counts them.
fn length(text: &str) -> u64 {
    text.chars().count() as u64
}

/// The canonical form gives equal bytes exactly to equal values.
fn are_unique(elements: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    elements
        .iter()
        .all(|element| seen.insert(element.aigc_bytes()))
}

/// As Python has it: of a double by the quotient, of an integer by the remainder.
fn is_multiple(number: &Number, of: &Number) -> bool {
    match (number, of) {
        (Number::Small(number), Number::Small(of)) => number % of == 0,
        (Number::Large(number), Number::Small(of)) => number.remainder(*of) == 0,
        (number, Number::Float(of)) => {
            let quotient = number.as_f64() / of;
            match quotient.is_finite() {
                true => quotient.fract() == 0.0,
                false => number.as_f64() % of == 0.0,
            }
        }
        (number, of) => number.as_f64() % of.as_f64() == 0.0,
    }
}
