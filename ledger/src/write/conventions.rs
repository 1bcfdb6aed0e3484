//! The conventions for events of AI systems, where a ledger holds its clients to them.

use indelible_compliance::conventions::{Place, enforce};
use indelible_evidence::FieldViolation;

use crate::write::event::EventInput;

/// Refuses an event that breaks the conventions of its type.
///
/// # Errors
/// The fact, attribute or digest that is wrong, and how.
pub(crate) fn check(event: &EventInput<'_>) -> Result<(), FieldViolation> {
    enforce(event.event_type, &event.body).map_err(|misfit| FieldViolation {
        field: match misfit.place {
            Place::Fact(name) => format!("facts[{name}]"),
            Place::FactsOf(prefix) => format!("facts[{prefix}*]"),
            Place::Attribute(name) => name.to_owned(),
            Place::Digest(component) => format!("digests[{component}]"),
        },
        problem: format!(
            "{}, and events of the type {} are checked here (docs/events.md)",
            misfit.problem, misfit.event_type
        ),
    })
}
