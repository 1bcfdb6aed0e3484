//! The sources whose events a caller may append.

use std::sync::Arc;

use indelible_access::{Action, Caller, Scope, Table};

use super::refuse;
use crate::rpc::{
    audit::{Audit, OtherNames, Refused},
    refusal::Refusal,
};

/// The sources whose events a caller may append to a ledger: some, which the table names, or all.
#[derive(Clone)]
pub(crate) struct Sources(Option<Arc<OfSome>>);

/// Who is bound to some sources of a ledger.
struct OfSome {
    table: Arc<Table>,
    audit: Arc<Audit>,
    caller: Arc<Caller>,
    ledger: String,
}

impl Sources {
    pub(super) fn every() -> Self {
        Self(None)
    }

    /// Those that the table names.
    pub(super) fn some(
        table: &Arc<Table>,
        audit: &Arc<Audit>,
        caller: &Arc<Caller>,
        ledger: &str,
    ) -> Self {
        Self(Some(Arc::new(OfSome {
            table: Arc::clone(table),
            audit: Arc::clone(audit),
            caller: Arc::clone(caller),
            ledger: ledger.to_owned(),
        })))
    }

    /// Refuses events of other sources.
    pub(crate) fn check(&self, source: &str) -> Result<(), Refusal> {
        let Some(some) = &self.0 else { return Ok(()) };
        let OfSome {
            table,
            audit,
            caller,
            ledger,
        } = some.as_ref();
        if table.decide_source(caller, ledger, source).is_granted() {
            return Ok(());
        }
        let principal = caller.principal();
        audit.refused(Refused {
            principal: Some(principal.as_str()),
            other_names: OtherNames::of(table, caller),
            shown: caller.method().name(),
            action: Some(Action::Append),
            scope: Scope::Ledger(ledger),
            reason: None,
        });
        Err(refuse::foreign_source(table, caller, ledger, source))
    }
}
