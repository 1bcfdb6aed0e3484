//! The conventions for events of AI systems: which facts an event of a known type has, and readers of them.
//!
//! A convention is written once, with [`definition::event!`]. The reader, the JSON Schema and the page of the
//! documentation all come of it. Readers borrow from the body and allocate nothing.

mod access;
mod agent;
mod approval;
mod attempt;
mod budget;
mod decision;
mod definition;
mod import;
mod incident;
mod kin;
mod known;
mod logging;
mod misfit;
mod nearest;
mod oversight;
mod performance;
mod privacy;
mod registry;
pub mod schema;
mod tool;
mod usage;
mod value;

#[cfg(test)]
mod tests;

pub use self::access::{ACCESS_SOURCE, Access, ReportMade};
pub use self::agent::{
    AgentDeclared, AgentHalted, AgentPresent, AgentResumed, Presence, Principal,
};
pub use self::approval::{ApprovalDenied, ApprovalExpired, ApprovalGranted, ApprovalRequested};
pub use self::attempt::{AccessAttempt, AttemptResult};
pub use self::budget::BudgetUsed;
pub use self::decision::{Decision, DecisionResult};
pub use self::definition::{EventSpec, FactSpec};
pub use self::import::{ImportBroken, ImportChecked, ImportVerdict};
pub use self::incident::{
    Harm, Incident, IncidentReported, IncidentStatus, Recipient, Severity, Violation, ViolationKind,
};
pub use self::kin::{is_almost_known, may_be};
pub use self::known::{
    ANY_TYPE, COMMON, CONSENT_ID, Common, IMPORTED, Known, LEGAL_BASIS, PRODUCER_SEQUENCE,
    RETAIN_UNTIL, Reading, SPECS, enforce,
};
pub use self::logging::{LogReview, LogState, SourceState};
pub use self::misfit::{Misfit, Place, Problem};
pub use self::nearest::{families, known_types, nearest};
pub use self::oversight::{Intervention, Override, Oversight};
pub use self::performance::{DriftStatus, METRIC_PREFIX, Performance};
pub use self::privacy::{
    Answer, Breach, Consent, ConsentStatus, Notice, NoticeKind, Notified, RequestAnswered,
    RequestExtended, RequestReceived, Right,
};
pub use self::registry::{
    DatasetRegistered, Evaluation, ModelReleased, ModelRetired, PolicyKind, PolicyRegistered,
    ToolRegistered,
};
pub use self::tool::{ToolCall, ToolResult};
pub use self::usage::{Use, UseState};
pub use self::value::{Amount, DECIMAL_PATTERN, Decimal, FactKind, MILLION, WHOLE_MAX};
