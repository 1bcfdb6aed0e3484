//! What records of the gate are about, by their types.

/// How the types of the gate's records begin,
const PREFIX: &str = "indelible.governance.";
/// and end, in this version.
const VERSION: &str = ".v1";

/// What a record of the gate is about. Its header says so, whether its content can be read or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// Somebody asked for something, and what was answered.
    Decision,
    /// What came of it.
    Completion,
    /// Nothing came of it, and what was set aside is given back.
    Released,
    /// A human is asked.
    ApprovalOpened,
    /// A human answers.
    ApprovalAnswered,
    /// Nobody answered in time.
    ApprovalExpired,
    /// An agent is known, and who answers for it.
    Agent,
    /// Something is halted, or everything, where a ledger takes another's place.
    Halted,
    /// Something may go on.
    Resumed,
    /// A human signed an override.
    OverrideSigned,
    /// A human rejected an override.
    OverrideRejected,
    /// What moves nothing that a report counts: rules, policies and their documents, bindings, baselines, signs of life, who
    /// may sign overrides, overrides that are asked for, steps of proposals, calls that were refused, snapshots.
    Quiet,
    /// Of a type that this build does not know: it may be any of the others.
    Unknown,
}

impl GateKind {
    /// The kind of a record of this type.
    pub fn of(event_type: &str) -> Self {
        let name = event_type.strip_prefix(PREFIX);
        match name.and_then(|name| name.strip_suffix(VERSION)) {
            Some("decision") => Self::Decision,
            Some("completion") => Self::Completion,
            Some("released") => Self::Released,
            Some("approval_opened") => Self::ApprovalOpened,
            Some("approval_answered") => Self::ApprovalAnswered,
            Some("approval_expired") => Self::ApprovalExpired,
            Some("agent") => Self::Agent,
            Some("halted" | "succeeded") => Self::Halted,
            Some("resumed") => Self::Resumed,
            Some("override_signed") => Self::OverrideSigned,
            Some("override_rejected") => Self::OverrideRejected,
            Some(
                "semantics" | "policy" | "binding" | "sign" | "document" | "approval_claimed"
                | "approval_escalated" | "override_requested" | "override_signer"
                | "drift_baseline" | "proposed" | "voted" | "proposal_moved" | "state" | "refused",
            ) => Self::Quiet,
            _ => Self::Unknown,
        }
    }
}
