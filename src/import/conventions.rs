//! The types and facts of the conventions for AI events, as the importers need them.

use indelible_evidence::limits::{ATTRIBUTE_BYTES_MAX, ID_BYTES_MAX};
use indelible_proto::v1::Event;

use super::{boolean_fact, python::Value, text_fact, uint_fact};

/// A decision of a system.
pub(super) const DECISION: &str = "ai.decision.v1";
/// A call of a model that ended.
pub(super) const PERFORMANCE: &str = "ai.performance.v1";
/// A call of a tool.
pub(super) const TOOL_CALL: &str = "ai.tool_call.v1";
/// A limit that was violated, or would have been.
pub(super) const VIOLATION: &str = "ai.violation.v1";
/// An approval that an agent asks for.
pub(super) const APPROVAL_REQUESTED: &str = "ai.approval.requested.v1";
/// An approval that a human gave.
pub(super) const APPROVAL_GRANTED: &str = "ai.approval.granted.v1";
/// An approval that a human refused.
pub(super) const APPROVAL_DENIED: &str = "ai.approval.denied.v1";
/// What a human did about a decision.
pub(super) const OVERSIGHT: &str = "ai.oversight.v1";
/// An agent that was halted.
pub(super) const AGENT_HALTED: &str = "ai.agent.halted.v1";

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
