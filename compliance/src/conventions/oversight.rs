//! What humans did about decisions.

use super::definition::event;
use super::value::choice;

choice! {
    /// What a human did, short of overriding.
    Intervention {
        /// Looked at it.
        Review = "review",
        /// Let it stand.
        Confirm = "confirm",
        /// Stopped it.
        Stop = "stop",
        /// Handed it on.
        Escalate = "escalate",
        /// Wrote a note on it.
        Annotate = "annotate",
    }
}

event! {
    /// A human looked after a decision and did not change it. A correlation id names the decision.
    Oversight = "ai.oversight.v1" {
        /// The human.
        reviewer: &'a str,
        /// What they did.
        intervention: Intervention,
        /// The AI system.
        system: Option<&'a str>,
    }
    more_digests { "original_output", "notes" }
}

event! {
    /// A human put another output in the place of a decision's. The correlation id is the decision's.
    Override = "ai.override.v1" {
        /// The human.
        reviewer: &'a str,
        /// The AI system.
        system: Option<&'a str>,
        /// Why, as a word of a small vocabulary.
        reason: Option<&'a str>,
    }
    attributes {
        /// The decision's correlation id.
        correlation_id,
    }
    digests { "original_output", "final_output" }
    more_digests { "notes" }
}
