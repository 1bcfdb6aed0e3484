//! The sources whose events a caller may append.

use std::sync::Arc;

use indelible_access::{Action, Caller, Table};
use indelible_proto::v1::ErrorReason;

use crate::rpc::refusal::Refusal;

/// The sources whose events a caller may append to a ledger: some, which the table names, or all.
#[derive(Clone)]
pub(crate) struct Sources(Option<Arc<OfSome>>);

/// Who is bound to some sources of a ledger.
struct OfSome {
    table: Arc<Table>,
    caller: Arc<Caller>,
    ledger: String,
}

impl Sources {
    pub(super) fn every() -> Self {
        Self(None)
    }

    /// Those that the table names.
    pub(super) fn some(table: &Arc<Table>, caller: &Arc<Caller>, ledger: &str) -> Self {
        Self(Some(Arc::new(OfSome {
            table: Arc::clone(table),
            caller: Arc::clone(caller),
            ledger: ledger.to_owned(),
        })))
    }

    /// Refuses events of other sources.
    pub(crate) fn check(&self, source: &str) -> Result<(), Refusal> {
        let Some(some) = &self.0 else { return Ok(()) };
        let OfSome {
            table,
            caller,
            ledger,
        } = some.as_ref();
        if table.decide_source(caller, ledger, source).is_granted() {
            return Ok(());
        }
        let principal = caller.principal();
        tracing::warn!(%principal, action = Action::Append.name(), "refused a caller who may not do this: its source is another's");
        let problem =
            format!("{principal} may not append events of this source: its bindings name others");
        Err(Refusal::new(ErrorReason::AccessDenied, problem)
            .with("principal", principal)
            .with("action", Action::Append.name())
            .with("source", source))
    }
}
