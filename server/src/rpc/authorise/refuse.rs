//! What callers are told who are refused, and what the log is.

use indelible_access::{self as access, Action, Principal};
use indelible_proto::v1::ErrorReason;
use tonic::Status;

use crate::{
    refusals::{Kind, refused},
    rpc::{refusal::Refusal, transport::Presented},
};

/// A caller who may not do this, in the words of the table, which are the same whether the ledger is there or not.
pub(super) fn denied(refusal: &access::Refusal) -> Status {
    let principal = refusal.principal.to_string();
    let action = refusal.action.name();
    refused(
        Kind::CallDenied,
        || principal.clone(),
        || tracing::warn!(principal, action, "refused a caller who may not do this"),
    );
    Refusal::new(ErrorReason::AccessDenied, refusal.to_string())
        .with("principal", principal)
        .into()
}

/// A caller of whom the connection says nothing.
pub(super) fn unknown(presented: Option<&Presented>, action: Action, problem: String) -> Status {
    let action = action.name();
    let origin = || presented.map(|presented| presented.origin(None));
    refused(
        Kind::CallerUnknown,
        || origin().unwrap_or_default(),
        || {
            tracing::warn!(
                ?presented,
                action,
                problem,
                "refused a caller who is not known"
            )
        },
    );
    Refusal::new(ErrorReason::CallerUnknown, problem).into()
}

/// A writer who is bound to other sources.
pub(super) fn foreign_source(principal: &Principal, source: &str) -> Refusal {
    let action = Action::Append.name();
    refused(
        Kind::CallDenied,
        || principal.to_string(),
        || tracing::warn!(%principal, action, "refused a caller who may not do this: its source is another's"),
    );
    let problem =
        format!("{principal} may not append events of this source: its bindings name others");
    Refusal::new(ErrorReason::AccessDenied, problem)
        .with("principal", principal)
        .with("source", source)
}
