//! The one place that decides who may do what.
//!
//! The engine is private to this file. A handler reaches it only through a [`Permit`], which only [`Gate::authorise`]
//! makes, so a handler that forgets to ask does not compile. A permit for one ledger opens that ledger and no other.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use indelible_ledger::{Engine, Ledger};
use tokio::sync::watch;
use tonic::{Request, Status};

use super::refusal::Refusal;
use indelible_proto::v1::ErrorReason;

/// What a call wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    CreateLedger,
    DescribeLedger,
    ListLedgers,
    CreateSuccessor,
    Append,
    Read,
    /// Opening what is encrypted, beside the action that reads it: in an answer, a record file or a bundle.
    Decrypt,
    Follow,
    Prove,
    Verify,
    Export,
    Report,
    /// Reading projections.
    Project,
    /// Making the stored states of projections again.
    RebuildProjections,
    Erase,
    Hold,
    RotateKeys,
    RevokeKeys,
    ReadStatus,
    /// Saying that the daemon's clock is right.
    AcceptClock,
}

/// What a call acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// The daemon as a whole, all ledgers included.
    Daemon,
    /// The ledger of this name or origin.
    Ledger(&'a str),
}

/// Who calls, as far as the connection tells. Taken from a request before it is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    peer: Option<IpAddr>,
}

impl Caller {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        Self {
            peer: request.remote_addr().map(|address| address.ip()),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(peer: Option<IpAddr>) -> Self {
        Self { peer }
    }

    /// The only principal until there are tokens and certificates.
    fn principal(self) -> Option<Principal> {
        match self.peer {
            Some(address) if address.to_canonical().is_loopback() => Some(Principal::Local),
            Some(_) | None => None,
        }
    }
}

/// A caller who is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Principal {
    /// A process of this machine.
    Local,
}

/// Keeps the engine, and gives permits to those who may use it.
#[derive(Clone)]
pub(crate) struct Gate {
    engine: Arc<OnceLock<Engine>>,
    draining: watch::Receiver<bool>,
}

impl Gate {
    /// A gate before an engine that is still recovering. `draining` turns true once, when the daemon
    /// is about to stop.
    pub(crate) fn new(draining: watch::Receiver<bool>) -> Self {
        Self {
            engine: Arc::new(OnceLock::new()),
            draining,
        }
    }

    /// Puts the recovered engine behind the gate.
    pub(crate) fn open(&self, engine: Engine) {
        if self.engine.set(engine).is_err() {
            tracing::error!("the gate has an engine already");
        }
    }

    /// The one authorisation point.
    pub(crate) fn authorise<'a>(
        &'a self,
        caller: Caller,
        action: Action,
        scope: Scope<'a>,
    ) -> Result<Permit<'a>, Status> {
        let principal = decide(caller, action)?;
        if action != Action::ReadStatus && self.is_draining() {
            return Err(Refusal::draining().into());
        }
        Ok(Permit {
            engine: self.engine.get(),
            scope,
            principal,
        })
    }

    /// Whether the daemon is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Tells when the daemon is about to stop, for calls that last.
    pub(crate) fn draining(&self) -> Draining {
        Draining(self.draining.clone())
    }
}

fn decide(caller: Caller, action: Action) -> Result<Principal, Status> {
    match (caller.principal(), action) {
        (Some(principal @ Principal::Local), _) => Ok(principal),
        (None, action) => {
            tracing::warn!(peer = ?caller.peer, ?action, "refused a caller that is not local");
            Err(Refusal::new(
                ErrorReason::PeerNotLocal,
                "only processes of this machine are served",
            )
            .into())
        }
    }
}

/// Proof that a call may do what it asked for. Only the gate makes it.
pub(crate) struct Permit<'a> {
    engine: Option<&'a Engine>,
    scope: Scope<'a>,
    principal: Principal,
}

impl Permit<'_> {
    /// Who the caller is, as the access trail names them.
    pub(crate) fn principal(&self) -> &'static str {
        match self.principal {
            Principal::Local => "local",
        }
    }

    /// The engine, for calls on the daemon.
    pub(crate) fn engine(&self) -> Result<&Engine, Status> {
        let recovering = || {
            Refusal::new(
                ErrorReason::Recovering,
                "the daemon is recovering its ledgers",
            )
        };
        self.engine.ok_or_else(|| recovering().into())
    }

    /// The ledger that the permit is for.
    pub(crate) fn ledger(&self) -> Result<Ledger, Status> {
        self.engine()?
            .ledger(self.name()?)
            .map_err(|error| Refusal::from(error).into())
    }

    /// The name or origin that the permit is for.
    pub(crate) fn name(&self) -> Result<&str, Status> {
        match self.scope {
            Scope::Ledger("") => Err(Refusal::field("ledger", "must be set").into()),
            Scope::Ledger(name) => Ok(name),
            Scope::Daemon => {
                Err(Refusal::internal(&"a permit for the daemon was used on a ledger").into())
            }
        }
    }
}

/// Resolves when the daemon is about to stop.
#[derive(Clone)]
pub(crate) struct Draining(watch::Receiver<bool>);

impl Draining {
    /// Waits for the drain to begin. A daemon that is gone drains, too.
    pub(crate) async fn begun(&mut self) {
        // The error says that the sender is gone, which is as final.
        let _gone = self.0.wait_for(|draining| *draining).await;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use tonic::Code;
    use tonic_types::StatusExt as _;

    use super::*;

    fn code(peer: Option<IpAddr>) -> Option<Code> {
        decide(Caller::at(peer), Action::Append)
            .err()
            .map(|status| status.code())
    }

    #[test]
    fn loopback_of_either_family_is_the_local_principal() {
        assert_eq!(code(Some(Ipv4Addr::LOCALHOST.into())), None);
        assert_eq!(code(Some(Ipv4Addr::new(127, 8, 0, 1).into())), None);
        assert_eq!(code(Some(Ipv6Addr::LOCALHOST.into())), None);
        assert_eq!(
            code(Some(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into())),
            None
        );
    }

    #[test]
    fn others_and_the_unknown_are_refused_whatever_they_want() {
        assert_eq!(
            code(Some(Ipv4Addr::new(192, 0, 2, 1).into())),
            Some(Code::PermissionDenied)
        );
        assert_eq!(
            code(Some(Ipv4Addr::UNSPECIFIED.into())),
            Some(Code::PermissionDenied)
        );
        let mapped = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped();
        assert_eq!(code(Some(mapped.into())), Some(Code::PermissionDenied));
        assert_eq!(code(None), Some(Code::PermissionDenied));
        for action in [
            Action::ReadStatus,
            Action::ListLedgers,
            Action::Export,
            Action::CreateLedger,
            Action::Decrypt,
            Action::Erase,
        ] {
            let status = decide(Caller::at(None), action).unwrap_err();
            assert_eq!(
                status.get_details_error_info().unwrap().reason,
                ErrorReason::PeerNotLocal.name()
            );
        }
    }
}
