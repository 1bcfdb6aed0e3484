//! Why a caller may do something, or what it lacks and who can grant it.

use std::fmt;

use crate::{
    action::Action,
    binding::Binding,
    caller::Caller,
    decide::{Decision, Scope, can_be_done, ledger_name},
    principal::{Method, Principal},
    reach::Reach,
    role::{Role, RoleSet},
    table::Table,
};

/// Why a decision came out as it did. For those who may see bindings: it names ledgers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// What was decided.
    pub decision: Decision,
    /// Every binding that grants it; none where it is denied.
    pub by: Vec<&'a Binding>,
    /// The roles that grant it, any of which would do; none if nobody can do it there.
    pub roles: RoleSet,
    /// Who can grant it: those who administer the place.
    pub administrators: Vec<&'a Principal>,
    /// Who can be the second person, where one is needed.
    pub approvers: Vec<&'a Principal>,
}

/// What a caller is told who was refused.
///
/// It is made of the caller and the action alone, so that it can't differ between a ledger that is somebody else's and one
/// that does not exist. For the same reason it names those alone who administer the store: who administers a ledger shows
/// that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Who the caller is.
    pub principal: Principal,
    /// How it showed that.
    pub method: Method,
    /// What it wanted.
    pub action: Action,
    /// The roles that grant it, any of which would do.
    pub roles: RoleSet,
    /// Who can grant it.
    pub administrators: Vec<Principal>,
}

/// Administrators that a refusal names.
const ADMINISTRATORS_NAMED_MAX: usize = 8;

impl Table {
    /// Why a caller may do an action, or may not.
    pub fn explain<'a>(
        &'a self,
        caller: &'a Caller,
        action: Action,
        scope: Scope<'_>,
    ) -> Explanation<'a> {
        let decision = self.decide(caller, action, scope);
        let grants = |bound: &&Binding| {
            bound.role.actions().has(action) && covers(&bound.reach, action, scope)
        };
        let by = match decision {
            Decision::Granted(_) => self.bindings_of(caller).filter(grants).collect(),
            Decision::Denied => Vec::new(),
        };
        Explanation {
            decision,
            by,
            roles: match can_be_done(action, scope) {
                true => RoleSet::that_may(action),
                false => RoleSet::default(),
            },
            administrators: self.those_with(Role::Administrator, action, scope),
            approvers: match self.takes_two(action) {
                true => self.those_with(Role::Approver, action, scope),
                false => Vec::new(),
            },
        }
    }

    /// What a caller is told to whom an action was denied.
    pub fn refusal(&self, caller: &Caller, action: Action) -> Refusal {
        let mut administrators: Vec<_> = self
            .with_role(Role::Administrator)
            .filter(|(_, bound)| bound.reach == Reach::Store)
            .map(|(principal, _)| principal.clone())
            .collect();
        administrators.dedup();
        administrators.truncate(ADMINISTRATORS_NAMED_MAX);
        Refusal {
            principal: caller.principal().clone(),
            method: caller.method(),
            action,
            roles: RoleSet::that_may(action),
            administrators,
        }
    }

    fn those_with(&self, role: Role, action: Action, scope: Scope<'_>) -> Vec<&Principal> {
        let mut found: Vec<_> = self
            .with_role(role)
            .filter(|(_, bound)| covers(&bound.reach, action, scope))
            .map(|(principal, _)| principal)
            .collect();
        // They are in order.
        found.dedup();
        found
    }
}

/// Whether a binding in one place counts for an action in another.
fn covers(reach: &Reach, action: Action, scope: Scope<'_>) -> bool {
    match (action.shows(), scope) {
        (Some(_), _) => true,
        (None, Scope::Store) => *reach == Reach::Store,
        (None, Scope::Ledger(ledger)) => reach.covers_ledger(ledger_name(ledger)),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            principal, action, ..
        } = self;
        let roles: Vec<_> = self.roles.iter().map(Role::name).collect();
        write!(
            formatter,
            "{principal} (by {}) may not {} here, or there is no such ledger: it needs the role {}",
            self.method.name(),
            action.name(),
            roles.join(" or ")
        )?;
        let who: Vec<_> = self.administrators.iter().map(Principal::as_str).collect();
        match who.as_slice() {
            [] => formatter.write_str("; nobody administers the store, so only whoever writes its configuration can grant that"),
            who => write!(formatter, "; {} can grant that", who.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests;
