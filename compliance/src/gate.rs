//! What the daemon's own gate recorded: decisions, approvals, halts, and what follows from them.
//!
//! The content of such a record is its payload, one JSON document. The gate reads and writes it strictly (crate
//! `governance`); a report reads the members that it counts, and what it can't read it counts as unread. That both mean the
//! same is held by a test that reads what the gate writes.

mod decision;
mod entry;
mod number;
#[cfg(test)]
mod tests;

use indelible_evidence::header::{Header, RecordKind};

pub use self::decision::{
    Account, Act, Claim, Completion, Decision, Failure, Judged, Names, Outcome, Period, Reserve,
    Used, Verdict,
};
pub use self::entry::{AgentDeclared, ApprovalOpened, Entry, HaltOf};

/// How the types of the gate's records begin,
const PREFIX: &str = "indelible.governance.";
/// and end, in this version.
const VERSION: &str = ".v1";
/// By whom the gate itself halts an agent that it finds in a loop.
pub const GATE: &str = "urn:indelible:gate";

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
    /// What moves nothing that a report counts: rules, policies and their documents, bindings, signs of life, steps of
    /// proposals, snapshots.
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
            Some(
                "semantics" | "policy" | "binding" | "sign" | "document" | "approval_claimed"
                | "approval_escalated" | "override_requested" | "proposed" | "voted"
                | "proposal_moved" | "state",
            ) => Self::Quiet,
            _ => Self::Unknown,
        }
    }
}

/// A record of the gate, as folds see it.
#[derive(Clone, Debug)]
pub struct Governed<'a> {
    /// Its header, whole.
    pub header: &'a Header<'a>,
    /// What it is about.
    pub kind: GateKind,
    /// What it says; none if that can't be read: it was left out, erased, archived, or is not what the gate writes under
    /// this type.
    pub entry: Option<Entry>,
}

impl<'a> Governed<'a> {
    /// A record by its decoded header and the content that it commits to, none where that is not at hand; none if it is no
    /// record of the gate.
    pub fn new(header: &'a Header<'a>, content: Option<&[u8]>) -> Option<Self> {
        let RecordKind::Governance(event) = &header.kind else {
            return None;
        };
        let kind = GateKind::of(event.event_type);
        let entry = content.and_then(Entry::read);
        Some(Self {
            header,
            kind,
            entry: entry.filter(|entry| entry.kind() == kind),
        })
    }

    /// Its sequence number.
    pub fn sequence(&self) -> u64 {
        self.header.sequence
    }

    /// When it was recorded: nanoseconds since 1970 UTC.
    pub fn time(&self) -> u64 {
        self.header.time
    }

    /// Whether it says what a report counts, and nobody can read it.
    pub fn is_closed(&self) -> bool {
        self.entry.is_none() && self.kind != GateKind::Quiet
    }

    /// Whether it may be one of this kind that can't be read.
    pub fn may_be(&self, kind: GateKind) -> bool {
        self.is_closed() && (self.kind == kind || self.kind == GateKind::Unknown)
    }
}
