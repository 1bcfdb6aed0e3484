//! What the state says of a claim.

use crate::claim::LoopAction;

/// What the state says of a claim.
pub(super) struct Finding {
    /// What it has of it before the decision.
    pub(super) found: Option<u64>,
    /// Why it does not hold: a code, and words.
    pub(super) refusal: Option<(&'static str, String)>,
    /// What that does.
    pub(super) action: LoopAction,
    /// When it makes sense to ask again.
    pub(super) retry_at: Option<u64>,
}

pub(super) fn holds(found: Option<u64>) -> Finding {
    Finding {
        found,
        refusal: None,
        action: LoopAction::Deny,
        retry_at: None,
    }
}

pub(super) fn refuses(code: &'static str, message: impl Into<String>) -> Finding {
    Finding {
        refusal: Some((code, message.into())),
        ..holds(None)
    }
}
