//! What a call that lasts was granted, to be held against other bindings later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indelible_access::{Action, Caller, Scope, Table};

use super::refuse;
use crate::rpc::{audit::Audit, refusal::Refusal, transport::Connected};

/// What one call was granted. The gate writes it down.
#[derive(Debug, Default)]
pub(crate) struct Grants(Mutex<Vec<Granted>>);

#[derive(Debug)]
struct Granted {
    connected: Arc<Connected>,
    caller: Arc<Caller>,
    action: Action,
    /// None where it is about the store as a whole.
    ledger: Option<Box<str>>,
}

impl Grants {
    pub(super) fn add(
        &self,
        connected: &Arc<Connected>,
        caller: &Arc<Caller>,
        action: Action,
        scope: Scope<'_>,
    ) {
        self.granted().push(Granted {
            connected: Arc::clone(connected),
            caller: Arc::clone(caller),
            action,
            ledger: match scope {
                Scope::Store => None,
                Scope::Ledger(ledger) => Some(ledger.into()),
            },
        });
    }

    /// What of it a table grants no longer, as a refusal that the audit is told of.
    pub(crate) fn lost(&self, table: &Table, audit: &Audit) -> Option<Refusal> {
        let granted = self.granted();
        let mut granted = granted.iter();
        granted.find_map(|one| {
            // With a token go its bindings, too, and its bearer is told that it is the token.
            if let Some(over) = one.connected.over() {
                return Some(over);
            }
            let scope = one.ledger.as_deref().map_or(Scope::Store, Scope::Ledger);
            let decision = table.decide(&one.caller, one.action, scope);
            let is_lost = !decision.is_granted();
            is_lost.then(|| refuse::denied(audit, table, &one.caller, one.action, scope))
        })
    }

    fn granted(&self) -> MutexGuard<'_, Vec<Granted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
