//! What the daemon's own gate recorded: decisions, approvals, halts, and what follows from them.
//!
//! The content of such a record is its payload, one JSON document. The gate reads and writes it strictly (crate
//! `governance`); a report reads the members that it counts, and what it can't read it counts as unread. That both mean the
//! same is held by a test that reads what the gate writes.

mod decision;
mod entry;
mod kind;
mod number;
#[cfg(test)]
mod tests;

use indelible_evidence::header::{Header, RecordKind};

pub use self::decision::{
    Account, Act, Claim, Completion, Decision, Failure, Judged, Names, Outcome, Period, Reserve,
    Used, Verdict,
};
pub use self::entry::{AgentDeclared, ApprovalOpened, Entry, HaltOf};
pub use self::kind::GateKind;

/// By whom the gate itself halts an agent that it finds in a loop.
pub const GATE: &str = "urn:indelible:gate";

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
