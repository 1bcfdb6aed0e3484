//! How importers put facts on events, so that they fit the conventions for AI events.

use indelible_evidence::limits::{ATTRIBUTE_BYTES_MAX, ID_BYTES_MAX};
use indelible_proto::v1::Event;

use crate::import::{
    facts::{boolean_fact, text_fact, uint_fact},
    python::Value,
};

/// Digits of a decimal behind the point.
const DECIMAL_PLACES: usize = 6;
/// The greatest whole part of a decimal.
const DECIMAL_WHOLE_MAX: f64 = 999_999_999.0;

/// Puts a fact on an event: truth values and small unsigned integers as such, decimals as text; nothing for `null`,
/// arrays and objects. A text is cut to what a fact holds and control characters become spaces: the payload keeps it.
pub(super) fn put(event: &mut Event, name: &str, value: Option<&Value>) {
    let value = match value {
        Some(Value::Boolean(boolean)) => boolean_fact(*boolean),
        Some(Value::Integer(digits)) => match digits.parse::<i64>() {
            Ok(number) if number >= 0 => uint_fact(number.unsigned_abs()),
            _ => text_fact(descriptive(digits)),
        },
        Some(other) => match other.scalar_text() {
            Some(text) if !text.is_empty() => text_fact(descriptive(&text)),
            _ => return,
        },
        None => return,
    };
    event.facts.insert(name.to_owned(), value);
}

/// Puts an amount on an event: a decimal from zero on, rounded to millionths. One beyond what a fact holds is left to
/// the payload.
pub(super) fn put_amount(event: &mut Event, name: &str, value: Option<&Value>) {
    let number = match value {
        Some(Value::Integer(digits)) => digits.parse().ok(),
        Some(Value::Float(float)) => Some(*float),
        _ => None,
    };
    if let Some(number) = number.filter(|number: &f64| (0.0..=DECIMAL_WHOLE_MAX).contains(number)) {
        let text = format!("{number:.DECIMAL_PLACES$}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        event.facts.insert(name.to_owned(), text_fact(text));
    }
}

/// Puts a text on an event as a fact.
pub(super) fn put_text(event: &mut Event, name: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        event
            .facts
            .insert(name.to_owned(), text_fact(descriptive(text)));
    }
}

/// A name, if it fits: a name that is cut names something else.
pub(super) fn fitting(text: Option<&str>, bytes_max: usize) -> String {
    text.filter(|text| text.len() <= bytes_max && !text.chars().any(char::is_control))
        .unwrap_or_default()
        .to_owned()
}

/// An actor or subject.
pub(super) fn name(text: Option<&str>) -> String {
    fitting(text, ID_BYTES_MAX)
}

/// A correlation or causation id.
pub(super) fn reference(text: Option<&str>) -> String {
    fitting(text, ATTRIBUTE_BYTES_MAX)
}

fn descriptive(text: &str) -> String {
    let end = text.floor_char_boundary(ATTRIBUTE_BYTES_MAX);
    text[..end].replace(char::is_control, " ")
}

/// Checks that an event of a known type has what its convention asks for.
#[cfg(test)]
pub(super) fn assert_fits(event: &Event) {
    use indelible_compliance::conventions::enforce;
    use indelible_evidence::body::{Body, ComponentDigest, FactValue};
    use indelible_proto::v1::fact_value::Value as Fact;

    let optional = |text: &String| (!text.is_empty()).then(|| text.clone());
    let (actor, correlation_id) = (optional(&event.actor), optional(&event.correlation_id));
    let body = Body {
        id: &event.id,
        source: &event.source,
        subject: None,
        time: None,
        datacontenttype: None,
        actor: actor.as_deref(),
        correlation_id: correlation_id.as_deref(),
        causation_id: None,
        data_subject: None,
        producer: None,
        traceparent: None,
        facts: event
            .facts
            .iter()
            .map(|(name, value)| {
                let value = match value.value.as_ref().expect("a value") {
                    Fact::Text(text) => FactValue::Text(text),
                    Fact::Uint(uint) => FactValue::Uint(*uint),
                    Fact::Boolean(boolean) => FactValue::Boolean(*boolean),
                };
                (name.as_str(), value)
            })
            .collect(),
        digests: event
            .digests
            .iter()
            .map(|digest| ComponentDigest {
                component: &digest.component,
                algorithm: &digest.algorithm,
                value: &digest.value,
            })
            .collect(),
        envelope: None,
    };
    let fits = enforce(&event.r#type, &body);
    assert!(fits.is_ok(), "{}: {fits:?}", event.r#type);
}
