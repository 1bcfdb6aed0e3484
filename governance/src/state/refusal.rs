//! Why the writer refuses.

/// The codes that programs go by.
pub mod code {
    pub use crate::claim::aegis::code::*;

    /// The principal may not speak for the agent.
    pub const NOT_THE_AGENT: &str = "NOT_THE_AGENT";
    /// Everything, the agent or the session is halted.
    pub const HALTED: &str = "HALTED";
    /// The agent gave no sign of life in time.
    pub const UNRESPONSIVE: &str = "UNRESPONSIVE";
    /// Another binding is in force than the one that the request was held against.
    pub const POLICY_CHANGED: &str = "POLICY_CHANGED";
    /// No binding governs the request.
    pub const NO_BINDING: &str = "NO_BINDING";
    /// The policy is not in force on this day.
    pub const NOT_IN_DATE: &str = "NOT_IN_DATE";
    /// No version of the rules is in force, or one that this build does not know.
    pub const SEMANTICS: &str = "SEMANTICS";
    /// The clock is behind the newest record.
    pub const CLOCK_UNTRUSTED: &str = "CLOCK_UNTRUSTED";
    /// A loop or a cycle.
    pub const LOOP: &str = "LOOP";
    /// Too many decisions in a minute.
    pub const RATE: &str = "RATE";
    /// No output failed in the attempt that the request names, or that was forgotten.
    pub const RETRY_UNKNOWN: &str = "RETRY_UNKNOWN";
    /// The attempt is at something else than the first.
    pub const RETRY_STALE: &str = "RETRY_STALE";
    /// Nobody has said what came of the attempt before.
    pub const RETRY_PENDING: &str = "RETRY_PENDING";
    /// The policy allows no further attempt.
    pub const RETRY_EXHAUSTED: &str = "RETRY_EXHAUSTED";
    /// A human must decide.
    pub const APPROVAL_NEEDED: &str = "APPROVAL_NEEDED";
    /// The approval is not known, or was forgotten after it expired.
    pub const APPROVAL_UNKNOWN: &str = "APPROVAL_UNKNOWN";
    /// The approval is for another act.
    pub const APPROVAL_STALE: &str = "APPROVAL_STALE";
    /// The approval is used up.
    pub const APPROVAL_USED: &str = "APPROVAL_USED";
    /// The approval was denied.
    pub const APPROVAL_DENIED: &str = "APPROVAL_DENIED";
    /// The approval has expired.
    pub const APPROVAL_EXPIRED: &str = "APPROVAL_EXPIRED";
    /// Nobody has answered yet.
    pub const APPROVAL_PENDING: &str = "APPROVAL_PENDING";
    /// Too many approvals of the agent are open.
    pub const APPROVALS_OPEN: &str = "APPROVALS_OPEN";
    /// The override can't be used for this act.
    pub const OVERRIDE: &str = "OVERRIDE";
    /// The session is older than it may be.
    pub const SESSION_TOO_OLD: &str = "SESSION_TOO_OLD";
    /// The budget is spent: final until its period turns.
    pub const BUDGET_SPENT: &str = "BUDGET_SPENT";
    /// The budget is set aside: there may be room when something is settled or expires.
    pub const BUDGET_RESERVED: &str = "BUDGET_RESERVED";
    /// A limit of the state is reached.
    pub const STATE_FULL: &str = "STATE_FULL";
}
