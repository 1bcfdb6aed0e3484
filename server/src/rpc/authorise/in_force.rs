//! The bindings that are in force. They change while the daemon runs.

use std::sync::{Arc, Mutex, PoisonError};

use indelible_access::{Binding, DualControl, Principal, Role, Table};
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

/// Where bindings come from.
#[derive(Default)]
struct Said {
    /// The configuration.
    configured: Vec<Binding>,
    /// The daemon's own tokens.
    tokens: Vec<Binding>,
}

impl InForce {
    pub(super) fn new(bindings: Vec<Binding>, is_open: bool) -> Self {
        let said = Said {
            configured: bindings,
            tokens: Vec::new(),
        };
        let (current, _) = watch::channel(Arc::new(table(&said, is_open)));
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

    fn change(&self, change: impl FnOnce(&mut Said)) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut said);
        self.current
            .send_replace(Arc::new(table(&said, self.is_open)));
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
    let mut bindings = [said.configured.as_slice(), &said.tokens].concat();
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
