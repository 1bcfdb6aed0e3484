//! The one place that decides who may do what.
//!
//! The engine is private to this file. A handler reaches it only through a [`Permit`], which only [`Gate::authorise`]
//! makes, so a handler that forgets to ask does not compile. A permit for one ledger opens that ledger and no other.

use std::sync::{Arc, OnceLock};

use indelible_ledger::{Engine, Ledger};
use tokio::sync::watch;
use tonic::{Request, Status};

use super::{refusal::Refusal, transport::Presented};
use crate::users::{Users, own};
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
#[derive(Debug, Clone)]
pub(crate) struct Caller(Option<Arc<Presented>>);

impl Caller {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        Self(request.extensions().get::<Arc<Presented>>().cloned())
    }

    #[cfg(test)]
    pub(crate) fn at(presented: Option<Presented>) -> Self {
        Self(presented.map(Arc::new))
    }
}

/// A caller who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Principal {
    /// A process of this machine, over TCP: nothing says whose.
    Local,
    /// A user of this machine.
    User(String),
}

/// Keeps the engine, and gives permits to those who may use it.
#[derive(Clone)]
pub(crate) struct Gate {
    engine: Arc<OnceLock<Engine>>,
    users: Arc<Users>,
    draining: watch::Receiver<bool>,
}

impl Gate {
    /// A gate before an engine that is still recovering. `draining` turns true once, when the daemon
    /// is about to stop.
    pub(crate) fn new(draining: watch::Receiver<bool>) -> Self {
        Self {
            engine: Arc::new(OnceLock::new()),
            users: Arc::default(),
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
        caller: &Caller,
        action: Action,
        scope: Scope<'a>,
    ) -> Result<Permit<'a>, Status> {
        let principal = decide(caller, action, &self.users)?;
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

/// Root and the daemon's own user may do everything, others nothing.
fn decide(caller: &Caller, action: Action, users: &Users) -> Result<Principal, Status> {
    match caller.0.as_deref() {
        Some(Presented::Address(address)) if address.to_canonical().is_loopback() => {
            Ok(Principal::Local)
        }
        Some(Presented::Process(process)) => {
            let name = format!("unix:{}", users.name(process.user));
            if process.user == 0 || process.user == own() {
                return Ok(Principal::User(name));
            }
            Err(denied(&name, action))
        }
        Some(Presented::Certificate(names)) => {
            let name = match (&names.spiffe, names.dns.first()) {
                (Some(id), _) => id.clone(),
                (None, Some(name)) => format!("dns:{name}"),
                (None, None) => return Err(unknown(caller, action)),
            };
            Err(denied(&name, action))
        }
        Some(Presented::Address(_) | Presented::Encrypted(_)) | None => {
            Err(unknown(caller, action))
        }
    }
}

fn denied(name: &str, action: Action) -> Status {
    tracing::warn!(
        principal = name,
        ?action,
        "refused a caller who may not do this"
    );
    let problem = format!("{name} may not do this: only root and the daemon's own user may");
    Refusal::new(ErrorReason::AccessDenied, problem).into()
}

fn unknown(caller: &Caller, action: Action) -> Status {
    tracing::warn!(caller = ?caller.0, ?action, "refused a caller who is not known");
    let problem = "nothing says who calls: connect over the daemon's Unix socket, or with a client certificate";
    Refusal::new(ErrorReason::CallerUnknown, problem).into()
}

/// Proof that a call may do what it asked for. Only the gate makes it.
pub(crate) struct Permit<'a> {
    engine: Option<&'a Engine>,
    scope: Scope<'a>,
    principal: Principal,
}

impl Permit<'_> {
    /// Who the caller is, as the access trail names them.
    pub(crate) fn principal(&self) -> Arc<str> {
        match &self.principal {
            Principal::Local => "local".into(),
            Principal::User(name) => name.as_str().into(),
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
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::transport::Process;

    /// Who a caller is taken for, or the reason of the refusal.
    fn decided(presented: Option<Presented>, action: Action) -> Result<Principal, String> {
        decide(&Caller::at(presented), action, &Users::default()).map_err(|status| {
            let info = status.get_details_error_info().unwrap();
            info.reason
        })
    }

    fn user(user: u32) -> Option<Presented> {
        let groups = Vec::new();
        Some(Presented::Process(Process {
            user,
            group: 0,
            groups,
        }))
    }

    fn address(address: impl Into<IpAddr>) -> Option<Presented> {
        Some(Presented::Address(address.into()))
    }

    #[test]
    fn loopback_of_either_family_is_the_local_principal() {
        for peer in [
            address(Ipv4Addr::LOCALHOST),
            address(Ipv4Addr::new(127, 8, 0, 1)),
            address(Ipv6Addr::LOCALHOST),
            address(Ipv4Addr::LOCALHOST.to_ipv6_mapped()),
        ] {
            assert_eq!(decided(peer, Action::Append), Ok(Principal::Local));
        }
    }

    #[test]
    fn root_and_the_daemons_user_are_known_by_name_and_others_may_nothing() {
        let root = Principal::User("unix:root".to_owned());
        assert_eq!(decided(user(0), Action::Erase), Ok(root));
        assert!(decided(user(own()), Action::Erase).is_ok());
        let refused = Err("ACCESS_DENIED".to_owned());
        for action in EVERYTHING {
            assert_eq!(decided(user(3_999_999_999), action), refused);
        }
    }

    const EVERYTHING: [Action; 6] = [
        Action::ReadStatus,
        Action::ListLedgers,
        Action::Export,
        Action::CreateLedger,
        Action::Decrypt,
        Action::Erase,
    ];

    #[test]
    fn others_and_the_unknown_are_refused_whatever_they_want() {
        let unknown = Err("CALLER_UNKNOWN".to_owned());
        for action in EVERYTHING {
            for peer in [
                None,
                address(Ipv4Addr::new(192, 0, 2, 1)),
                address(Ipv4Addr::UNSPECIFIED),
                address(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped()),
                Some(Presented::Encrypted(Ipv4Addr::LOCALHOST.into())),
            ] {
                assert_eq!(decided(peer, action), unknown);
            }
        }
    }
}
