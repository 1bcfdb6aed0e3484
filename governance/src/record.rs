//! What governance records hold: one canonical JSON document each. Nothing else moves the state.

mod decision;
mod entry;
mod figures;
mod message;
mod refused;

pub use decision::{Completion, Decision, Judged, Outcome, OutputJudged, OutputTool, Used};
pub use entry::{
    AgentDeclared, ApprovalOpened, Asked, Entry, HaltOf, OverrideRequested, OverrideSigned,
    OverrideSigner, PolicyRegistered, ProposalStep, Proposed, Voted,
};
pub use figures::DriftBaseline;
pub use message::override_bytes;
pub use refused::{RefusedCall, RefusedCalls};

use crate::json::{Form, Limits, Value, read};

/// How deep a record may nest.
const RECORD_LEVELS_MAX: usize = 64;

/// Why bytes are not the content of a governance record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not of the form.
    #[error("the bytes are not the content of a governance record: {0}")]
    Form(String),
    /// Of the form, but written in another way than the only one.
    #[error("the content of the governance record is not written in its canonical form")]
    NotCanonical,
}

impl Entry {
    /// The type of its record.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Semantics { .. } => "indelible.governance.semantics.v1",
            Self::Policy(_) => "indelible.governance.policy.v1",
            Self::Binding(_) => "indelible.governance.binding.v1",
            Self::Agent(_) => "indelible.governance.agent.v1",
            Self::Sign { .. } => "indelible.governance.sign.v1",
            Self::Decision(_) => "indelible.governance.decision.v1",
            Self::Completion(_) => "indelible.governance.completion.v1",
            Self::Released { .. } => "indelible.governance.released.v1",
            Self::ApprovalOpened(_) => "indelible.governance.approval_opened.v1",
            Self::ApprovalClaimed { .. } => "indelible.governance.approval_claimed.v1",
            Self::ApprovalEscalated { .. } => "indelible.governance.approval_escalated.v1",
            Self::ApprovalAnswered { .. } => "indelible.governance.approval_answered.v1",
            Self::ApprovalExpired { .. } => "indelible.governance.approval_expired.v1",
            Self::Halted { .. } => "indelible.governance.halted.v1",
            Self::Resumed { .. } => "indelible.governance.resumed.v1",
            Self::OverrideRequested(_) => "indelible.governance.override_requested.v1",
            Self::OverrideSigner(_) => "indelible.governance.override_signer.v1",
            Self::OverrideRejected { .. } => "indelible.governance.override_rejected.v1",
            Self::OverrideSigned(_) => "indelible.governance.override_signed.v1",
            Self::DriftBaseline(_) => "indelible.governance.drift_baseline.v1",
            Self::Proposed(_) => "indelible.governance.proposed.v1",
            Self::Voted(_) => "indelible.governance.voted.v1",
            Self::ProposalMoved { .. } => "indelible.governance.proposal_moved.v1",
            Self::Refused(_) => "indelible.governance.refused.v1",
            Self::Succeeded { .. } => "indelible.governance.succeeded.v1",
            Self::Snapshot { .. } => "indelible.governance.state.v1",
        }
    }

    /// The bytes that are recorded: JSON as RFC 8785 has it.
    ///
    /// # Errors
    ///
    /// A number that the form can't hold, which no function of this crate makes.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let form = |problem: String| RecordError::Form(problem);
        let value = serde_json::to_value(self).map_err(|error| form(error.to_string()))?;
        let bytes = Value::from(value).canonical(Form::Jcs);
        bytes.map_err(|error| form(error.to_string()))
    }

    /// Reads what was recorded.
    ///
    /// # Errors
    ///
    /// Bytes that [`Entry::encode`] never gives.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        // Not the other reader, which may be a last digit of a double off.
        let limits = Limits {
            bytes: bytes.len(),
            levels: RECORD_LEVELS_MAX,
        };
        let value = read(bytes, limits).map_err(|error| RecordError::Form(error.to_string()))?;
        let entry: Self = serde_json::from_value(value.into())
            .map_err(|error| RecordError::Form(error.to_string()))?;
        match entry.encode()? == bytes {
            true => Ok(entry),
            false => Err(RecordError::NotCanonical),
        }
    }
}

#[cfg(test)]
mod tests;
