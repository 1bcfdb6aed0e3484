//! Whether the register outside this machine lets the identity sign.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use indelible_keystore::Remedy;
use tracing::{error, info, warn};

use crate::state::{
    custody::{IdentityError, Outage},
    environment::Environment,
    register::RegisterError,
};

/// How the register stands.
enum State {
    /// The ledgers were not held against it yet.
    Unconfirmed(Outage),
    /// They were. It may be that it can't be advanced now.
    Confirmed(Option<Outage>),
    /// It is not this process's: only a restart holds the ledgers against it again.
    Refused(Outage),
}

/// Whether the register lets the identity sign, and why not.
pub(super) struct Standing {
    environment: Environment,
    state: RwLock<State>,
}

impl Standing {
    /// One that was not read yet.
    pub(super) fn unconfirmed(environment: &Environment, reason: String) -> Self {
        let outage = Outage {
            since: environment.now(),
            provider: None,
            fault: None,
            reason,
            remedy: Remedy::Wait,
        };
        Self {
            environment: environment.clone(),
            state: RwLock::new(State::Unconfirmed(outage)),
        }
    }

    /// Whether the identity may sign, as far as the register decides.
    pub(super) fn check(&self) -> Result<(), IdentityError> {
        match self.get() {
            (true, _) => Ok(()),
            (false, outage) => {
                Err(IdentityError::Unregistered(outage.unwrap_or_else(|| {
                    self.outage("it was not read".to_owned(), Remedy::Wait)
                })))
            }
        }
    }

    /// Whether there is nothing to wait for before ledgers are held against it.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(&*self.state(), State::Unconfirmed(_))
    }

    /// Whether the ledgers were held against it, and what is wrong.
    pub(super) fn get(&self) -> (bool, Option<Outage>) {
        match &*self.state() {
            State::Confirmed(outage) => (true, outage.clone()),
            State::Unconfirmed(outage) | State::Refused(outage) => (false, Some(outage.clone())),
        }
    }

    /// The ledgers were held against it, and it is this process's.
    pub(super) fn confirm(&self) {
        self.set(State::Confirmed(None));
    }

    /// Lets nothing be signed until a restart.
    pub(super) fn refused(&self, reason: String) -> IdentityError {
        error!(
            reason,
            "the register is not as this daemon left it: nothing is signed until a restart finds it in order"
        );
        let outage = self.outage(reason, Remedy::Fix);
        self.set(State::Refused(outage.clone()));
        IdentityError::Unregistered(outage)
    }

    /// Notes why the ledgers could not be held against it yet.
    pub(super) fn wait_for(&self, reason: String) {
        warn!(
            reason,
            "the register can't be used yet: nothing is signed until the ledgers were held against it"
        );
        self.set(State::Unconfirmed(self.outage(reason, Remedy::Wait)));
    }

    /// Notes that it can't be advanced now.
    pub(super) fn troubled(&self, error: &RegisterError) -> IdentityError {
        if error.is_lasting {
            return self.refused(error.reason.clone());
        }
        let outage = self.outage(error.reason.clone(), Remedy::Wait);
        if matches!(&*self.state(), State::Confirmed(None)) {
            warn!(
                reason = outage.reason,
                "the register can't be advanced: no checkpoint is published until it can be"
            );
        }
        self.set(State::Confirmed(Some(outage.clone())));
        IdentityError::Unregistered(outage)
    }

    /// Notes that it was advanced.
    pub(super) fn advances_again(&self) {
        if matches!(&*self.state(), State::Confirmed(Some(_))) {
            info!("the register is advanced again");
            self.confirm();
        }
    }

    /// Since when it is so: since it was noticed first.
    fn outage(&self, reason: String, remedy: Remedy) -> Outage {
        let since = match &*self.state() {
            State::Unconfirmed(outage)
            | State::Refused(outage)
            | State::Confirmed(Some(outage)) => outage.since,
            State::Confirmed(None) => self.environment.now(),
        };
        Outage {
            since,
            provider: None,
            fault: None,
            reason,
            remedy,
        }
    }

    fn set(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
