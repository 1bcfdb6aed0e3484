//! The conventions for events of AI systems, where a ledger holds its clients to them.

use indelible_compliance::conventions::{ANY_TYPE, Place, enforce, families, known_types, nearest};
use indelible_evidence::FieldViolation;

use crate::write::{
    event::EventInput,
    lookalike::{begins_like, reads_like},
};

/// Refuses an event that breaks the conventions of its type, and one whose type is unknown where a known one was meant:
/// no report would count it, and nobody could correct it.
///
/// # Errors
/// The type, fact, attribute or digest that is wrong, and how.
pub(crate) fn check(event: &EventInput<'_>) -> Result<(), FieldViolation> {
    let is_known = known_types().any(|known| known == event.event_type);
    if !is_known && is_meant_as_known(event.event_type) {
        let nearest = nearest(event.event_type);
        return Err(FieldViolation {
            field: "type".into(),
            problem: format!(
                "is not a type of the conventions, which are checked here (docs/events.md); the nearest one is {nearest:?}"
            ),
        });
    }
    enforce(event.event_type, &event.body).map_err(|misfit| FieldViolation {
        field: match misfit.place {
            Place::Fact(name) => format!("facts[{name}]"),
            Place::FactsOf(prefix) => format!("facts[{prefix}*]"),
            Place::Attribute(name) => name.to_owned(),
            Place::Digest(component) => format!("digests[{component}]"),
        },
        problem: match misfit.event_type == ANY_TYPE {
            true => format!(
                "{}, and facts of this name are checked here in all events (docs/events.md)",
                misfit.problem
            ),
            false => format!(
                "{}, and events of the type {} are checked here (docs/events.md)",
                misfit.problem, misfit.event_type
            ),
        },
    })
}

/// Whether a type that is unknown begins as known ones do, or reads like one of them.
fn is_meant_as_known(event_type: &str) -> bool {
    let is_plain = event_type
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.');
    families().any(|family| {
        // In plain letters `al.` is another beginning than `ai.`, though it looks like it.
        event_type.starts_with(family) || (!is_plain && begins_like(event_type, family))
    }) || known_types().any(|known| reads_like(event_type, known))
}

#[cfg(test)]
mod tests {
    use indelible_evidence::Body;

    use super::*;

    fn refused(event_type: &str) -> Option<String> {
        let event = EventInput {
            body: Body::default(),
            event_type,
            classification: None,
            payload: None,
        };
        let refused = check(&event).err()?;
        (refused.field == "type").then_some(refused.problem)
    }

    #[test]
    fn a_type_that_is_meant_as_a_known_one_is_refused_with_it() {
        for (typed, meant) in [
            ("ai.decison.v1", "ai.decision.v1"),
            ("ai.decision.v2", "ai.decision.v1"),
            ("ai.something.else", "ai."),
            ("privacy.request.recieved.v1", "privacy.request.received.v1"),
            ("indelible.import.checkd.v1", "indelible.import.checked.v1"),
            ("AI.decision.v1", "ai.decision.v1"),
            ("Ai.Decision.V1", "ai.decision.v1"),
            ("ai\u{200b}.decision.v1", "ai.decision.v1"),
            ("аі.decision.v1", "ai.decision.v1"),
            ("al.decision.v1", "ai.decision.v1"),
            ("ai-decision-v1", "ai.decision.v1"),
            ("ai_decision.v1", "ai.decision.v1"),
            ("aidecision.v1", "ai.decision.v1"),
            ("ai/decision/v1", "ai.decision.v1"),
            ("prívacy.request.received.v1", "privacy.request.received.v1"),
        ] {
            let problem = refused(typed).unwrap_or_else(|| panic!("{typed} is taken"));
            assert!(
                problem.contains(&format!("the nearest one is \"{meant}")),
                "{typed}: {problem}"
            );
        }
    }

    #[test]
    fn other_types_are_free() {
        for event_type in [
            "com.example.decision.v1",
            "com.amazonaws.cloudtrail.s3.GetObject",
            "al.orders.v1",
            "aid.sent.v1",
            "airport.opened",
            "it.incident.v1",
            "codeatelier.row.v1",
        ] {
            assert_eq!(refused(event_type), None, "{event_type}");
        }
    }
}
