//! Why a caller may do something, or what it lacks and who can grant it.

use std::fmt;

use crate::{
    action::{Action, Bound},
    binding::Binding,
    caller::Caller,
    decide::{Decision, Scope, can_be_done, ledger_name},
    principal::{Method, Principal},
    reach::Reach,
    role::{Role, RoleSet},
    table::{DualControl, Table},
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
/// It is made of the caller and of what the caller said, so that it can't differ between a ledger that is somebody else's
/// and one that does not exist. For the same reason it names those alone who administer the store: who administers a ledger
/// shows that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Who the caller is.
    pub principal: Principal,
    /// How it showed that.
    pub method: Method,
    /// What it wanted.
    pub action: Action,
    /// Where it wanted that.
    pub place: Place,
    /// The ledger, or the beginning of ledgers' names, as the caller wrote it; nothing where it is none that could be there.
    pub ledger: Option<String>,
    /// The roles that grant it, any of which would do; none if nobody can do it there.
    pub roles: RoleSet,
    /// Whom to ask: those who administer the store, beside the caller; none if nobody can do it there.
    pub administrators: Vec<Principal>,
}

/// Where something was wanted, without the name of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On one ledger.
    Ledger,
    /// On the store as a whole.
    Store,
    /// In no place of its own: a role in any place would do.
    Anywhere,
}

impl Place {
    /// Where an action is wanted that is asked about this.
    pub fn of(action: Action, scope: Scope<'_>) -> Self {
        match (action.bound(), scope) {
            (Bound::Anywhere, _) => Self::Anywhere,
            (Bound::Ledger, _) | (Bound::Either, Scope::Ledger(_)) => Self::Ledger,
            (Bound::Store, _) | (Bound::Either, Scope::Store) => Self::Store,
        }
    }

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Store => "store",
            Self::Anywhere => "anywhere",
        }
    }
}

/// Administrators that a refusal names.
const ADMINISTRATORS_NAMED_MAX: usize = 8;

/// Bytes of a ledger's name or origin that a refusal repeats.
const LEDGER_TOLD_BYTES_MAX: usize = 255;

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
            roles: self.roles_that_may(action, scope),
            administrators: self.those_with(Role::Administrator, action, scope),
            approvers: match self.takes_two(action) {
                true => self.those_with(Role::Approver, action, scope),
                false => Vec::new(),
            },
        }
    }

    /// What a caller is told to whom an action was denied.
    pub fn refusal(&self, caller: &Caller, action: Action, scope: Scope<'_>) -> Refusal {
        let mut administrators: Vec<_> = self
            .with_role(Role::Administrator)
            .filter(|(who, bound)| bound.reach == Reach::Store && who.method() != Method::Nothing)
            .map(|(principal, _)| principal.clone())
            .collect();
        administrators.dedup();
        let roles = self.roles_that_may(action, scope);
        // Nobody is sent to those who can't help: to anybody where nobody can do it, and to themselves.
        administrators.retain(|one| !roles.is_empty() && caller.names().all(|own| own != one));
        administrators.truncate(ADMINISTRATORS_NAMED_MAX);
        let place = Place::of(action, scope);
        Refusal {
            principal: caller.principal().clone(),
            method: caller.method(),
            action,
            ledger: match (place, scope) {
                (Place::Ledger, Scope::Ledger(text)) => sayable(text),
                _ => None,
            },
            place,
            roles,
            administrators,
        }
    }

    /// The roles that grant an action in a place. Nobody can be bound as an approver while what can't be undone takes one
    /// person.
    fn roles_that_may(&self, action: Action, scope: Scope<'_>) -> RoleSet {
        let can_be_bound =
            |role: &Role| *role != Role::Approver || self.dual_control() == DualControl::InForce;
        match can_be_done(action, scope) {
            true => RoleSet::that_may(action)
                .iter()
                .filter(can_be_bound)
                .collect(),
            false => RoleSet::default(),
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

/// What a caller wrote as a ledger, if it can be repeated: no name and no origin has other characters, or is longer.
fn sayable(text: &str) -> Option<String> {
    let is_short = (1..=LEDGER_TOLD_BYTES_MAX).contains(&text.len());
    (is_short && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
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
        let (principal, method) = (&self.principal, self.method.name());
        let (action, roles) = (self.action.name(), listed(&self.role_names()));
        write!(formatter, "{principal} (by {method}) may not {action}")?;
        let ledger = match &self.ledger {
            Some(prefix) if prefix.ends_with(['*', '/']) => format!("the ledgers {prefix}"),
            Some(ledger) => format!("the ledger {ledger}"),
            None => "this ledger".to_owned(),
        };
        if self.roles.is_empty() {
            match self.place {
                Place::Ledger => write!(formatter, " on {ledger}, or there is no such ledger")?,
                Place::Store => formatter.write_str(" on the store")?,
                Place::Anywhere => {}
            }
            return formatter.write_str(&self.whom_to_ask());
        }
        match self.place {
            Place::Ledger => write!(
                formatter,
                " on {ledger}, or there is no such ledger: it needs the role {roles} there"
            )?,
            Place::Store => write!(
                formatter,
                " on the store: it needs the role {roles} on @store"
            )?,
            Place::Anywhere => write!(
                formatter,
                ": it needs the role {roles} in some place, and has none"
            )?,
        }
        formatter.write_str(&self.whom_to_ask())
    }
}

impl Refusal {
    /// The names of the roles that grant it.
    pub fn role_names(&self) -> Vec<&'static str> {
        self.roles.iter().map(Role::name).collect()
    }

    /// The end of its sentence, which says who can grant it.
    pub fn whom_to_ask(&self) -> String {
        let who: Vec<_> = self.administrators.iter().map(Principal::as_str).collect();
        match who.as_slice() {
            _ if self.roles.is_empty() => "; nobody can, whatever is bound".to_owned(),
            [] => "; ask whoever writes the daemon's configuration".to_owned(),
            who => format!(
                "; ask who administers the store ({}), or whoever writes the daemon's configuration",
                who.join(", ")
            ),
        }
    }
}

/// `a, b or c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests;
