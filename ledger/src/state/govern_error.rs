//! Why nothing was decided, or nothing was recorded of governance.

use indelible_evidence::FieldViolation;
use indelible_governance::{
    drift::BaselineRefusal,
    policy::PolicyError,
    state::{
        ApprovalRefusal, BatchRefusal, BindingRefusal, CompletionRefusal, HaltRefusal,
        OverrideRefusal, ProposalRefusal,
    },
};
use thiserror::Error;

use crate::state::{
    custody::KeysAway,
    error::{AppendError, ReadError},
    prepare_error::PrepareError,
};

/// Why a call about governance came to nothing. A caller that asked for a decision has none then, and must not act.
#[derive(Debug, Error)]
pub enum GovernError {
    /// The client must fix it.
    #[error("{}: {}", .0.field, .0.problem)]
    Field(#[from] FieldViolation),
    /// The policy's documents are not what they must be.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// There is no such policy.
    #[error(
        "no policy of this digest is registered in the ledger; `indelible policy list` shows those that are"
    )]
    PolicyUnknown,
    /// The documents of policies would take too much room.
    #[error(
        "the ledger's policies have {bytes} bytes of documents, and may have {most}; use another ledger"
    )]
    PoliciesTooLarge {
        /// What they would have.
        bytes: usize,
        /// What they may have.
        most: usize,
    },
    /// The binding can't be made.
    #[error(transparent)]
    Binding(#[from] BindingRefusal),
    /// The decision can't be completed or released.
    #[error(transparent)]
    Completion(#[from] CompletionRefusal),
    /// The approval can't be answered.
    #[error(transparent)]
    Approval(#[from] ApprovalRefusal),
    /// The batch of approvals is not granted.
    #[error(transparent)]
    Batch(#[from] BatchRefusal),
    /// The override can't take the step.
    #[error(transparent)]
    Override(#[from] OverrideRefusal),
    /// The proposal can't take the step.
    #[error(transparent)]
    Proposal(#[from] ProposalRefusal),
    /// The halt can't be ended.
    #[error(transparent)]
    Halt(#[from] HaltRefusal),
    /// The baseline can't be one.
    #[error(transparent)]
    Baseline(#[from] BaselineRefusal),
    /// The caller may not speak for the agent.
    #[error(
        "{principal} may not speak for the agent {agent:?}; have it declared with `indelible agent declare`"
    )]
    NotTheAgent {
        /// Who called.
        principal: String,
        /// For whom.
        agent: String,
    },
    /// There are as many agents as there may be.
    #[error("the ledger knows as many agents as it may; use another ledger")]
    TooManyAgents,
    /// The source and id are those of another request, or of an event.
    #[error(
        "the source and id are those of record {sequence}, which is about something else; ask under a new id"
    )]
    Conflict {
        /// Which record has them.
        sequence: u64,
    },
    /// Nobody has answered the approval that a decision waits for.
    #[error(
        "nobody has answered the approval {approval} yet, and nothing is decided: make the same call again to wait on, or without wait_seconds to have it escalated on record"
    )]
    Awaited {
        /// Which approval.
        approval: u64,
    },
    /// What is stored of governance can't be used.
    #[error("the ledger's governance records can't be used, so nothing is decided: {reason}")]
    Unusable {
        /// Why not.
        reason: String,
    },
    /// The ledger encrypts everything.
    #[error(
        "the ledger encrypts everything, and decisions are not recorded in such ledgers yet; use a ledger that does not"
    )]
    Encrypted,
    /// The keys are away.
    #[error(transparent)]
    KeysAway(#[from] KeysAway),
    /// It can't be encoded.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// It was not recorded.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A record can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
