//! What governance records hold: one canonical JSON document each. Nothing else moves the state.

mod decision;
mod entry;

pub use decision::{Completion, Decision, Judged, Outcome, Used};
pub use entry::{
    AgentDeclared, ApprovalOpened, Entry, HaltOf, OverrideRequested, OverrideSigned,
    PolicyRegistered, ProposalStep, Proposed, Voted,
};

use crate::{json::Form, json::Value};

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
        let entry: Self =
            serde_json::from_slice(bytes).map_err(|error| RecordError::Form(error.to_string()))?;
        match entry.encode()? == bytes {
            true => Ok(entry),
            false => Err(RecordError::NotCanonical),
        }
    }
}
