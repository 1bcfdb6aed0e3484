//! Who acts, as the ledger's rules about people must know it.

use std::sync::Arc;

use indelible_access::{Action, Table};
use indelible_governance::state::Person;

use super::Permit;

impl Permit<'_> {
    /// The bindings by which the call was let in, for whoever must know who else may do something.
    pub(crate) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table)
    }

    /// Who the caller is, under all names, and whether it is a person: not a token, and not anybody on the machine.
    pub(crate) fn person(&self) -> Person {
        let is_person = !self.caller.may_be_anybody() && self.caller.maker().is_none();
        let names: Vec<_> = self
            .caller
            .persons()
            .map(|name| name.as_str().to_owned())
            .collect();
        let all = self.caller.names().map(|name| name.as_str().to_owned());
        Person {
            groups: all.filter(|name| !names.contains(name)).collect(),
            names,
            is_person,
            is_approver: is_person && self.action == Action::AnswerAgents,
        }
    }
}
