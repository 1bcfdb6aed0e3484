//! What people ask of whoever holds data on them, and what becomes of it.

use super::definition::event;
use super::value::choice;

choice! {
    /// The right that a person uses.
    Right {
        /// To know what is held on them (GDPR Article 15).
        Access = "access",
        /// To have it corrected (16).
        Rectification = "rectification",
        /// To have it erased (17).
        Erasure = "erasure",
        /// To have it kept and not used (18).
        Restriction = "restriction",
        /// To take it elsewhere (20).
        Portability = "portability",
        /// To object to its use (21).
        Objection = "objection",
        /// Another one.
        Other = "other",
        /// To have a decision explained (AI Act Article 86).
        Explanation = "explanation",
        /// To have a human look at an automated decision, or to contest it (GDPR Article 22(3)).
        HumanIntervention = "human_intervention",
    }
}

choice! {
    /// What a person was answered.
    Answer {
        /// They got what they asked for.
        Fulfilled = "fulfilled",
        /// They got part of it.
        Partly = "partly",
        /// They did not get it, and were told why.
        Refused = "refused",
    }
}

choice! {
    /// Where a consent stands.
    ConsentStatus {
        /// It was given.
        Given = "given",
        /// It was withdrawn.
        Withdrawn = "withdrawn",
    }
}

choice! {
    /// What a person was told.
    NoticeKind {
        /// That an AI system is used.
        Use = "use",
        /// What was decided.
        Decision = "decision",
        /// Why it was decided so.
        Explanation = "explanation",
    }
}

choice! {
    /// Whom a breach was notified to.
    Notified {
        /// The supervisory authority.
        Authority = "authority",
        /// The people concerned.
        Person = "person",
        /// The controller, by a processor.
        Controller = "controller",
    }
}

event! {
    /// A person asks for what the law gives them a right to. Leave out `data_subject`, and name nobody: an event under a
    /// person's own key is erased with them, and the proof that they were answered with it. A request for
    /// `human_intervention` names the decision by the correlation id.
    RequestReceived = "privacy.request.received.v1" {
        /// Names the request; a random id, never made of the person's name.
        request_id: &'a str,
        /// The right that the person uses.
        right: Right,
        /// When the request came in, in nanoseconds since 1970 UTC, where that was before it was recorded.
        received_at_ns: Option<u64>,
    }
    more_digests { "request" }
}

event! {
    /// The person was told, within the month, that the answer takes up to two months more.
    RequestExtended = "privacy.request.extended.v1" {
        /// The request.
        request_id: &'a str,
        /// Why, as a word of a small vocabulary: `complexity`, `number_of_requests`.
        reason: Option<&'a str>,
    }
    more_digests { "notice" }
}

event! {
    /// The person was told what was done about the request.
    RequestAnswered = "privacy.request.answered.v1" {
        /// The request.
        request_id: &'a str,
        /// What they were answered.
        outcome: Answer,
        /// Why not wholly, as a word of a small vocabulary: `legal_claims`, `identity_not_shown`.
        reason: Option<&'a str>,
    }
    more_digests { "answer" }
}

event! {
    /// A person consented, or withdrew a consent. Leave out `data_subject`: the id stands for the person.
    Consent = "privacy.consent.v1" {
        /// Names the consent; a random id, never made of the person's name. Events that rest on it name it in the fact
        /// `consent_id`.
        consent_id: &'a str,
        /// Where it stands.
        status: ConsentStatus,
        /// What for, as a word of a small vocabulary.
        purpose: Option<&'a str>,
    }
    more_digests { "wording" }
}

event! {
    /// The person whom a decision is about was told something of it. The correlation id is the decision's.
    Notice = "privacy.notice.v1" {
        /// What the person was told.
        kind: NoticeKind,
    }
    attributes {
        /// The decision's correlation id.
        correlation_id,
    }
    more_digests { "notice" }
}

event! {
    /// A breach of personal data became known, or somebody was notified of it. Each event adds to what is known of the
    /// breach that it names.
    Breach = "privacy.breach.v1" {
        /// Names the breach.
        breach_id: &'a str,
        /// When whoever must notify it became aware of it, in nanoseconds since 1970 UTC.
        aware_at_ns: Option<u64>,
        /// Whom this event says was notified.
        to: Option<Notified>,
        /// When they were, in nanoseconds since 1970 UTC, where that was before it was recorded.
        notified_at_ns: Option<u64>,
        /// Whether the risk for people is high.
        high_risk: Option<bool>,
        /// Why it was notified late, as a word of a small vocabulary.
        delay_reason: Option<&'a str>,
    }
    more_digests { "notice" }
}
