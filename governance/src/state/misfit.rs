//! Why a record can't be what the writer wrote.

/// Why a record does not fit the state: no writer that judged by this state wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is not after the last one.
    #[error("the record is not after the one before it, in its number or its time")]
    Order,
    /// A version of the rules that this build does not know, or one before the version in force.
    #[error(
        "the record puts a version of the rules in force that this build does not know, or an earlier one"
    )]
    Semantics,
    /// It was decided under another version than the one in force.
    #[error("the decision names another version of the rules than the one in force")]
    OtherSemantics,
    /// It names a policy that is not registered.
    #[error("the record names a policy that is not registered before it")]
    UnknownPolicy,
    /// It is a binding that another equals.
    #[error("the binding has the target of another that is in force")]
    EqualBinding,
    /// It is about a decision that is not open.
    #[error("the record is about a decision that is not open")]
    NotOpen,
    /// It is about an approval that is not in the state that it needs.
    #[error("the record is about an approval that is not known or not open")]
    Approval,
    /// Somebody grants or resumes what is their own.
    #[error(
        "the record grants or resumes something by whoever asked, by the agent itself, or by who answers or speaks for it"
    )]
    Own,
    /// It uses an approval up that is not granted.
    #[error("the decision uses an approval that is not granted for this act, or is used already")]
    ApprovalNotGranted,
    /// It resumes what is not halted.
    #[error("the record resumes what is not halted, or the second person is the first")]
    NotHalted,
    /// It is about an override that is not open.
    #[error("the record is about an override that is not known or not open")]
    Override,
    /// It is a baseline that can't be one.
    #[error(
        "the baseline is not of a policy of AEGIS' kind, has too few values, or its counts do not fit its bins"
    )]
    Baseline,
    /// It is about a signer who can't be one.
    #[error("the signer's role or key can't be one, or is another's")]
    Signer,
    /// It is about a proposal that can't go there.
    #[error("the record is about a proposal that is not known, or can't take this step")]
    Proposal,
    /// It is a decision or a completion that allows with a failure, or denies without.
    #[error("the verdict does not fit the failure that is recorded with it")]
    Verdict,
    /// It is another attempt at an output than comes next.
    #[error(
        "the record names another attempt at an output than the one that comes next, or none may follow"
    )]
    Attempt,
    /// It is a snapshot of another state.
    #[error("the snapshot that the record names is not that of the state before it")]
    Snapshot,
}
