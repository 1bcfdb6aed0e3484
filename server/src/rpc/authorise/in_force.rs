//! The bindings that are in force. They change while the daemon runs.

use std::sync::Arc;

use indelible_access::{Binding, DualControl, Principal, Role, Table};
use tokio::sync::watch;

use crate::users::own;

/// The bindings that are in force. Cheap to clone: all clones are of the same.
#[derive(Clone)]
pub(crate) struct InForce {
    current: watch::Sender<Arc<Table>>,
    /// Whether some place takes every process of this machine.
    is_open: bool,
}

impl InForce {
    pub(super) fn new(bindings: Vec<Binding>, is_open: bool) -> Self {
        let (current, _) = watch::channel(Arc::new(table(bindings, is_open)));
        Self { current, is_open }
    }

    /// Puts others in their place.
    pub(super) fn take(&self, bindings: Vec<Binding>) {
        let table = table(bindings, self.is_open);
        self.current.send_replace(Arc::new(table));
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

/// The bindings of the configuration, and those that hold anyhow: root and the daemon's own user may do everything, for they
/// could read the store itself; and so may this machine's processes where nobody is asked who they are.
fn table(mut bindings: Vec<Binding>, is_open: bool) -> Table {
    let machine = [Principal::unix_user(0), Principal::unix_user(own())];
    let everybody = machine
        .into_iter()
        .flatten()
        .chain(is_open.then(Principal::insecure_local));
    let everything = everybody.flat_map(|principal| Binding::everything(&principal));
    // An approver would put in force that some things take two people.
    bindings.extend(everything.filter(|binding| binding.role != Role::Approver));
    Table::new(bindings, DualControl::NeverInForce)
}
