//! The bindings that are in force. They change while the daemon runs.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use indelible_access::{Action, Binding, DualControl, Principal, Role, Table};
use tokio::sync::watch;

use crate::users::own;

/// The bindings that are in force. Cheap to clone: all clones are of the same.
#[derive(Clone)]
pub(crate) struct InForce {
    current: watch::Sender<Arc<Table>>,
    said: Arc<Mutex<Said>>,
    /// Whether some place takes every process of this machine.
    is_open: bool,
}

/// Where bindings come from, and whether a second person was ever needed.
struct Said {
    /// The configuration.
    configured: Vec<Binding>,
    /// The daemon's own tokens.
    tokens: Vec<Binding>,
    dual_control: DualControl,
    /// Whether it is known what records say of that.
    is_read: bool,
}

impl InForce {
    pub(crate) fn new(bindings: Vec<Binding>, is_open: bool) -> Self {
        let mut said = Said {
            configured: bindings,
            tokens: Vec::new(),
            dual_control: DualControl::NeverInForce,
            is_read: false,
        };
        let first = table(&said, is_open);
        said.dual_control = first.dual_control();
        let (current, _) = watch::channel(Arc::new(first));
        Self {
            current,
            said: Arc::new(Mutex::new(said)),
            is_open,
        }
    }

    /// Puts others of the configuration in the place of those.
    pub(super) fn take(&self, bindings: Vec<Binding>) {
        self.change(|said| said.configured = bindings);
    }

    /// Puts others of tokens in the place of those. They are asked for here, so that of two changes the later one counts.
    pub(super) fn take_of_tokens(&self, bindings: impl FnOnce() -> Vec<Binding>) {
        self.change(|said| said.tokens = bindings());
    }

    /// Puts in force what records say: whether what can't be undone takes two people from now on, whoever is bound.
    pub(super) fn take_of_records(&self, takes_two: bool) {
        self.change(|said| {
            said.is_read = true;
            if takes_two {
                said.dual_control = DualControl::InForce;
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Said)) {
        let mut said = self.said();
        change(&mut said);
        let table = table(&said, self.is_open);
        // Once an approver was bound, no other bindings end that.
        said.dual_control = table.dual_control();
        self.current.send_replace(Arc::new(table));
    }

    /// What operators should know where one person is enough for what can't be undone, and somebody is bound who may do it.
    pub(crate) fn alone(&self) -> Option<String> {
        let said = self.said();
        if said.dual_control == DualControl::InForce || !said.is_read {
            return None;
        }
        let takes_two = |action: &Action| action.takes_two();
        let may = |bound: &&Binding| bound.role.actions().iter().any(|action| takes_two(&action));
        let bound = said.configured.iter().chain(&said.tokens).filter(may);
        let who: BTreeSet<_> = bound.map(|bound| bound.principal.as_str()).collect();
        let first = who.first()?;
        let others = match who.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        Some(format!(
            "one person alone may do what can't be undone, such as {first}{others}, because the configuration never bound an \
             approver and nobody who administers the store made one by a token; from the first such approver on, a second \
             person must approve it (docs/access.md, Two people)"
        ))
    }

    /// Whether what can't be undone takes two people; none as long as it is not known what records say of that.
    pub(crate) fn takes_two(&self) -> Option<bool> {
        let said = self.said();
        let takes_two = said.dual_control == DualControl::InForce;
        (takes_two || said.is_read).then_some(takes_two)
    }

    /// What operators should know where two people are needed for what can't be undone, and nobody is bound who may approve it.
    pub(crate) fn without_approver(&self) -> Option<String> {
        let said = self.said();
        let mut bound = said.configured.iter().chain(&said.tokens);
        let has_approver = bound.any(|bound| bound.role == Role::Approver);
        // Until records are read, neither are tokens, and one may be an approver's.
        let is_known = said.is_read && said.dual_control == DualControl::InForce;
        (is_known && !has_approver).then(|| {
            "what can't be undone takes two people for good, and nobody is bound as approver, so that nobody can do it: erasing a \
             person, putting other rules of retention in force, ending a ledger, revoking a signing key, giving a ledger a \
             successor, and making a privileged token are refused; bind approvers (roles = [\"approver\"] in [[access]])"
                .to_owned()
        })
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The table by which the next decision is made.
    pub(super) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.current.borrow())
    }

    /// Tells of each change from now on.
    pub(crate) fn watched(&self) -> watch::Receiver<Arc<Table>> {
        self.current.subscribe()
    }
}

/// The bindings of the configuration and of tokens, and those that hold anyhow: root and the daemon's own user may do everything, for they
/// could read the store itself; and so may this machine's processes where nobody is asked who they are.
fn table(said: &Said, is_open: bool) -> Table {
    let mut bindings = said.configured.clone();
    let machine = [Principal::unix_user(0), Principal::unix_user(own())];
    let everybody = machine
        .into_iter()
        .flatten()
        .chain(is_open.then(Principal::insecure_local));
    let everything = everybody.flat_map(|principal| Binding::everything(&principal));
    // An approver would put in force that some things take two people, and who grants acts of agents is a person who is named.
    bindings.extend(everything.filter(|binding| !binding.role.answers_others()));
    Table::with_tokens(bindings, said.tokens.clone(), said.dual_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(texts: &[(&str, Role)]) -> Vec<Binding> {
        let reach = || indelible_access::Reach::parse("hr").unwrap();
        let bind = |(who, role): &(&str, Role)| {
            Binding::new(Principal::parse(who).unwrap(), *role, reach())
        };
        texts.iter().map(bind).collect()
    }

    #[test]
    fn from_the_first_approver_on_no_bindings_end_it() {
        let none = InForce::new(Vec::new(), false);
        assert_eq!(none.table().dual_control(), DualControl::NeverInForce);
        let approver = bound(&[("unix:bob", Role::Approver)]);
        // Who made it may administer that ledger alone; if its maker administers the store, a record says so.
        none.take_of_tokens(|| approver.clone());
        assert_eq!(none.table().dual_control(), DualControl::NeverInForce);
        none.take_of_records(true);
        none.take_of_tokens(Vec::new);
        none.take(Vec::new());
        assert_eq!(none.table().dual_control(), DualControl::InForce);
        let begun = InForce::new(approver, false);
        begun.take(Vec::new());
        assert_eq!(begun.table().dual_control(), DualControl::InForce);
        let recorded = InForce::new(Vec::new(), false);
        recorded.take_of_records(true);
        recorded.take(Vec::new());
        assert_eq!(recorded.table().dual_control(), DualControl::InForce);
    }

    #[test]
    fn it_is_told_that_two_people_are_needed_and_that_no_approver_is_there() {
        let in_force = InForce::new(Vec::new(), false);
        assert_eq!(in_force.takes_two(), None, "records are not read yet");
        in_force.take_of_records(false);
        assert_eq!(
            (in_force.takes_two(), in_force.without_approver()),
            (Some(false), None)
        );
        let approver = bound(&[("unix:bob", Role::Approver)]);
        in_force.take(approver.clone());
        assert_eq!(
            (in_force.takes_two(), in_force.without_approver()),
            (Some(true), None)
        );
        in_force.take(bound(&[("unix:carol", Role::PrivacyOfficer)]));
        let told = in_force.without_approver().unwrap();
        assert!(told.contains("nobody is bound as approver"), "{told}");
        // An approver by a token is one, too.
        in_force.take_of_tokens(|| approver);
        assert_eq!(in_force.without_approver(), None);
    }

    #[test]
    fn it_is_told_who_may_do_alone_what_can_t_be_undone() {
        let readers = bound(&[("unix:alice", Role::Writer), ("unix:carol", Role::Auditor)]);
        let of_readers = InForce::new(readers.clone(), true);
        of_readers.take_of_records(false);
        assert_eq!(of_readers.alone(), None);
        let officers = bound(&[
            ("unix:bob", Role::PrivacyOfficer),
            ("unix:dave", Role::Operator),
        ]);
        let in_force = InForce::new([readers, officers].concat(), false);
        // It is not known yet what records say.
        assert_eq!(in_force.alone(), None);
        in_force.take_of_records(false);
        let told = in_force.alone().unwrap();
        assert!(told.contains("unix:bob (and 1 more)"), "{told}");
        in_force.take_of_records(true);
        assert_eq!(in_force.alone(), None);
    }
}
