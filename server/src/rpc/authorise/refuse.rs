//! What callers are told who are refused, and what the log is.

use indelible_access::{self as access, Action, Principal, Scope, Table};
use indelible_proto::v1::ErrorReason;
use tonic::Status;

use crate::{
    overload::Class,
    refusals::{Kind, refused},
    rpc::{
        audit::{Audit, OtherNames, Refused},
        refusal::Refusal,
        transport::Presented,
    },
};

/// A caller who may not do this, in the words of the table, which are the same whether the ledger is there or not. It is
/// told to the audit and the log.
pub(super) fn denied(
    audit: &Audit,
    table: &Table,
    caller: &access::Caller,
    action: Action,
    scope: Scope<'_>,
) -> Refusal {
    audit.refused(Refused {
        principal: Some(caller.principal().as_str()),
        other_names: OtherNames::of(table, caller),
        shown: caller.method().name(),
        action: Some(action),
        scope,
        reason: None,
    });
    let refusal = table.refusal(caller, action, scope);
    let principal = refusal.principal.to_string();
    let action = action.name();
    refused(
        Kind::CallDenied,
        || principal.clone(),
        || tracing::warn!(principal, action, "refused a caller who may not do this"),
    );
    told(&refusal, refusal.to_string())
}

/// A caller who may do this, and not without a second person, or not with this one's word. It is told to the audit and the
/// log, since whoever tries that may be about to do what one person must not.
pub(super) fn without_another(
    audit: &Audit,
    (table, caller): (&Table, &access::Caller),
    (action, scope): (Action, Scope<'_>),
    refusal: Refusal,
) -> Refusal {
    let reason = refusal.reason();
    audit.refused(Refused {
        principal: Some(caller.principal().as_str()),
        other_names: OtherNames::of(table, caller),
        shown: caller.method().name(),
        action: Some(action),
        scope,
        reason: Some(reason),
    });
    let (principal, action, reason) = (caller.principal(), action.name(), reason.name());
    refused(
        Kind::SecondPerson,
        || principal.to_string(),
        || tracing::warn!(%principal, action, reason, "refused a step that takes a second person"),
    );
    refusal
}

/// What a refused caller is told: in words, and the same for programs.
fn told(refused: &access::Refusal, problem: String) -> Refusal {
    let administrators = refused.administrators.iter();
    let administrators: Vec<_> = administrators.map(Principal::as_str).collect();
    let refusal = Refusal::new(ErrorReason::AccessDenied, problem)
        .with("principal", refused.principal.as_str())
        .with("authentication", refused.method.name())
        .with("action", refused.action.name())
        .with("place", refused.place.name())
        .with("roles", refused.role_names().join(" "))
        .with("administrators", administrators.join(" "));
    match &refused.ledger {
        Some(ledger) => refusal.with("ledger", ledger),
        None => refusal,
    }
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

/// A call that can wait, while appends wait too long.
pub(super) fn overloaded(principal: &Principal, class: Class, waited_ms: u64) -> Status {
    let class = class.name();
    refused(
        Kind::Overloaded,
        || principal.to_string(),
        || tracing::warn!(%principal, class, waited_ms, "refused a call while appends wait too long for the writer"),
    );
    let problem = format!(
        "the daemon is overloaded: appends have waited {waited_ms} ms for the writer, so no {class} are begun; retry later"
    );
    Refusal::new(ErrorReason::Overloaded, problem)
        .with("class", class)
        .with("waited_ms", waited_ms)
        .into()
}

/// A writer who is bound to other sources of a ledger.
pub(super) fn foreign_source(
    table: &Table,
    caller: &access::Caller,
    ledger: &str,
    source: &str,
) -> Refusal {
    let principal = caller.principal();
    let action = Action::Append.name();
    refused(
        Kind::CallDenied,
        || principal.to_string(),
        || tracing::warn!(%principal, action, "refused a caller who may not do this: its source is another's"),
    );
    let refusal = table.refusal(caller, Action::Append, Scope::Ledger(ledger));
    let (method, whom_to_ask) = (refusal.method.name(), refusal.whom_to_ask());
    let place = refusal.ledger.as_deref().unwrap_or("this ledger");
    let problem = format!(
        "{principal} (by {method}) may not append events of this source to {place}: its bindings as writer name \
         others{whom_to_ask}"
    );
    told(&refusal, problem).with("source", source)
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;
    use tonic_types::StatusExt as _;

    use super::super::{Caller, Gate};
    use super::*;
    use crate::{config::Access, limits::SHED_REPORTS_MS, rpc::transport::Process};

    fn user(user: u32) -> Option<Presented> {
        Some(Presented::Process(Process {
            user,
            name: None,
            groups: Vec::new(),
        }))
    }

    /// Whoever may do it is told to come later, and whoever may not is told that alone.
    #[test]
    fn while_the_writer_is_late_what_can_wait_is_refused() {
        let access = Access {
            bindings: Vec::new(),
            rates: None,
            quotas: Vec::new(),
            revoked_client_keys: Default::default(),
        };
        let gate = Gate::new(access, false, watch::channel(false).1);
        gate.overload.set_age_ms(SHED_REPORTS_MS);
        let asks = |user, action| {
            let scope = match action {
                Action::ReadStatus => Scope::Store,
                _ => Scope::Ledger("payments"),
            };
            let caller = Caller::at(user);
            let refused = gate.authorise(&caller, action, scope).err();
            refused.map(|status| status.get_details_error_info().unwrap().reason)
        };
        for action in [Action::Report, Action::Verify, Action::Project] {
            assert_eq!(asks(user(0), action).as_deref(), Some("OVERLOADED"));
        }
        assert_eq!(
            asks(user(3_999), Action::Report).as_deref(),
            Some("ACCESS_DENIED")
        );
        for action in [
            Action::Append,
            Action::Read,
            Action::Export,
            Action::ReadStatus,
            Action::Erase,
        ] {
            assert_eq!(asks(user(0), action), None, "{action:?}");
        }
        let caller = Caller::at(user(0));
        let refused = gate.authorise(&caller, Action::Report, Scope::Ledger("payments"));
        let refused = refused.err().unwrap();
        assert!(
            refused
                .get_details_retry_info()
                .unwrap()
                .retry_delay
                .is_some()
        );
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(
            (
                info.metadata["class"].as_str(),
                info.metadata["waited_ms"].as_str()
            ),
            ("reports", "1000")
        );
        gate.overload.set_age_ms(u64::MAX);
        assert_eq!(asks(user(0), Action::Append).as_deref(), Some("OVERLOADED"));
        assert_eq!(asks(user(0), Action::Erase), None);
    }
}
