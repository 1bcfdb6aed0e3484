//! The one place that decides who may do what.
//!
//! The engine is private to this file. A handler reaches it only through a [`Permit`], which only [`Gate::authorise`]
//! makes, so a handler that forgets to ask does not compile. A permit for one ledger opens that ledger and no other.

mod grants;
mod in_force;
mod sources;

use std::sync::{Arc, OnceLock};

use indelible_access::{self as access, Decision, SourceRule, Table};
pub(crate) use indelible_access::{Action, Scope};
use indelible_ledger::{Engine, Ledger};
use tokio::sync::watch;
use tonic::{Request, Status};

pub(crate) use self::{grants::Grants, in_force::InForce, sources::Sources};
use super::{
    rates::{Meter, RateLimits},
    refusal::Refusal,
    transport::Connected,
};
use crate::config::Access;
use indelible_proto::v1::ErrorReason;

/// Who calls, as far as the connection tells. Taken from a request before it is taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    connected: Option<Arc<Connected>>,
    /// Where it is written down what a call is granted that lasts.
    grants: Option<Arc<Grants>>,
}

impl Caller {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        Self {
            connected: request.extensions().get::<Arc<Connected>>().cloned(),
            grants: request.extensions().get::<Arc<Grants>>().cloned(),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(presented: Option<super::transport::Presented>) -> Self {
        Self {
            connected: presented.map(|presented| Arc::new(Connected::new(presented))),
            grants: None,
        }
    }

    /// Who it is; the problem says what the connection lacks.
    fn known(&self) -> Result<(&Arc<Connected>, &Arc<access::Caller>), String> {
        let connected = self.connected.as_ref().ok_or(UNKNOWN)?;
        match &connected.caller {
            Some(Ok(caller)) => Ok((connected, caller)),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(UNKNOWN.to_owned()),
        }
    }
}

/// What a connection lacks that shows nothing.
const UNKNOWN: &str =
    "nothing says who calls: connect over the daemon's Unix socket, or with a client certificate";

/// Keeps the engine, and gives permits to those who may use it.
#[derive(Clone)]
pub(crate) struct Gate {
    engine: Arc<OnceLock<Engine>>,
    bindings: InForce,
    rates: Arc<RateLimits>,
    draining: watch::Receiver<bool>,
}

impl Gate {
    /// A gate before an engine that is still recovering, which lets in whom the bindings name, and if it `is_open`, every process
    /// that calls over plain TCP. `draining` turns true
    /// once, when the daemon is about to stop.
    pub(crate) fn new(access: Access, is_open: bool, draining: watch::Receiver<bool>) -> Self {
        Self {
            engine: Arc::new(OnceLock::new()),
            bindings: InForce::new(access.bindings, is_open),
            rates: RateLimits::new(access.rates),
            draining,
        }
    }

    /// Puts the recovered engine behind the gate.
    pub(crate) fn open(&self, engine: Engine) {
        if self.engine.set(engine).is_err() {
            tracing::error!("the gate has an engine already");
        }
    }

    /// Puts other bindings and rates in force: for the next call, and for the next message of what lasts.
    pub(crate) fn take(&self, access: Access) {
        self.bindings.take(access.bindings);
        self.rates.take(access.rates);
    }

    /// Whose bindings are in force, now and later.
    pub(crate) fn bindings(&self) -> &InForce {
        &self.bindings
    }

    /// The one authorisation point.
    pub(crate) fn authorise<'a>(
        &'a self,
        caller: &Caller,
        action: Action,
        scope: Scope<'a>,
    ) -> Result<Permit<'a>, Status> {
        // Opening is asked about beside something else, and is no call of its own.
        let is_call = !matches!(
            action,
            Action::Decrypt | Action::ReportOpened | Action::ExportOpened
        );
        if let (true, Ok((connected, known))) = (is_call, caller.known()) {
            self.rates.call(connected, known)?;
        }
        self.authorise_on(caller, action, scope)
    }

    /// The same for a call that goes on: it is no other call, so its rate does not count it.
    pub(crate) fn authorise_on<'a>(
        &'a self,
        caller: &Caller,
        action: Action,
        scope: Scope<'a>,
    ) -> Result<Permit<'a>, Status> {
        let (connected, known) = match caller.known() {
            Ok(known) => known,
            Err(problem) => return Err(unknown(caller, action, problem)),
        };
        let table = self.bindings.table();
        let grant = match table.decide(known, action, scope) {
            Decision::Granted(grant) if !grant.needs_approval => grant,
            // Nobody can be bound as an approver, so nothing can wait for one.
            Decision::Granted(_) => {
                return Err(Refusal::internal(&"a second person is needed").into());
            }
            Decision::Denied => return Err(denied(&table.refusal(known, action, scope)).into()),
        };
        if action != Action::ReadStatus && self.is_draining() {
            return Err(Refusal::draining().into());
        }
        if let Some(grants) = &caller.grants {
            grants.add(known, action, scope);
        }
        Ok(Permit {
            engine: self.engine.get(),
            table,
            scope,
            sources: (action == Action::Append).then_some(grant.sources),
            connected: Arc::clone(connected),
            caller: Arc::clone(known),
            rates: &self.rates,
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

/// A caller who may not do this, in the words of the table, which are the same whether the ledger is there or not.
pub(super) fn denied(refusal: &access::Refusal) -> Refusal {
    let principal = refusal.principal.to_string();
    tracing::warn!(
        principal,
        action = refusal.action.name(),
        "refused a caller who may not do this"
    );
    let administrators = refusal.administrators.iter();
    let administrators: Vec<_> = administrators.map(access::Principal::as_str).collect();
    Refusal::new(ErrorReason::AccessDenied, refusal.to_string())
        .with("principal", principal)
        .with("authentication", refusal.method.name())
        .with("action", refusal.action.name())
        .with("place", refusal.place.name())
        .with("roles", refusal.role_names().join(" "))
        .with("administrators", administrators.join(" "))
}

fn unknown(caller: &Caller, action: Action, problem: String) -> Status {
    let presented = caller
        .connected
        .as_ref()
        .map(|connected| &connected.presented);
    tracing::warn!(
        ?presented,
        action = action.name(),
        problem,
        "refused a caller who is not known"
    );
    Refusal::new(ErrorReason::CallerUnknown, problem).into()
}

/// Proof that a call may do what it asked for. Only the gate makes it.
pub(crate) struct Permit<'a> {
    engine: Option<&'a Engine>,
    table: Arc<Table>,
    scope: Scope<'a>,
    /// What was decided of sources, if it is about appending.
    sources: Option<SourceRule>,
    connected: Arc<Connected>,
    caller: Arc<access::Caller>,
    rates: &'a Arc<RateLimits>,
}

impl Permit<'_> {
    /// Who the caller is, as the access trail names them.
    pub(crate) fn principal(&self) -> Arc<str> {
        self.caller.principal().as_str().into()
    }

    /// How the caller showed that.
    pub(crate) fn authentication(&self) -> &'static str {
        self.caller.method().name()
    }

    /// Whether the caller may do something else, too, on a ledger of this name: for answers that show only what they may
    /// see.
    pub(crate) fn may(&self, action: Action, ledger: &str) -> bool {
        let decision = self
            .table
            .decide(&self.caller, action, Scope::Ledger(ledger));
        decision.is_granted()
    }

    /// The sources whose events the caller may append. A permit for something else is for events of none.
    pub(crate) fn sources(&self) -> Sources {
        match (self.sources, self.scope) {
            (Some(SourceRule::Every), _) => Sources::every(),
            (_, Scope::Ledger(ledger)) => Sources::some(&self.table, &self.caller, ledger),
            (_, Scope::Store) => Sources::some(&self.table, &self.caller, ""),
        }
    }

    /// What counts the bytes of the caller's events.
    pub(crate) fn meter(&self) -> Meter {
        self.rates.meter(&self.connected, &self.caller)
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
            Scope::Store => {
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
    use crate::{
        rpc::transport::{Presented, Process},
        users::own,
    };

    /// Who a caller is taken for that may do something, or the reason of the refusal.
    fn decided(presented: Option<Presented>, action: Action) -> Result<String, String> {
        let access = Access {
            bindings: access::parse(BINDINGS).unwrap(),
            rates: None,
        };
        let gate = Gate::new(access, true, watch::channel(false).1);
        let scope = match action.bound() {
            access::Bound::Store => Scope::Store,
            _ => Scope::Ledger("payments"),
        };
        match gate.authorise(&Caller::at(presented), action, scope) {
            Ok(permit) => Ok(permit.principal().to_string()),
            Err(status) => Err(status.get_details_error_info().unwrap().reason),
        }
    }

    const BINDINGS: &str = r#"
        [[access]]
        principals = ["unix-group:#4000"]
        roles = ["writer"]
        on = ["pay*"]
    "#;

    fn user(user: u32, group: u32) -> Option<Presented> {
        Some(Presented::Process(Process {
            user,
            name: None,
            groups: vec![(group, None)],
        }))
    }

    fn address(address: impl Into<IpAddr>) -> Option<Presented> {
        Some(Presented::Address(address.into()))
    }

    #[test]
    fn loopback_of_either_family_is_whoever_is_on_this_machine() {
        for peer in [
            address(Ipv4Addr::LOCALHOST),
            address(Ipv4Addr::new(127, 8, 0, 1)),
            address(Ipv6Addr::LOCALHOST),
            address(Ipv4Addr::LOCALHOST.to_ipv6_mapped()),
        ] {
            assert_eq!(
                decided(peer, Action::Append).as_deref(),
                Ok("insecure:local")
            );
        }
    }

    #[test]
    fn root_and_the_daemons_user_may_do_everything_and_others_what_is_bound() {
        let denied = Err("ACCESS_DENIED".to_owned());
        let possible = |action: &Action| *action != Action::Approve;
        for action in Action::ALL.iter().copied().filter(possible) {
            assert!(decided(user(0, 0), action).is_ok(), "{action:?}");
            assert!(decided(user(own(), 9), action).is_ok(), "{action:?}");
            assert_eq!(decided(user(3_999, 9), action), denied, "{action:?}");
        }
        assert!(decided(user(3_999, 4_000), Action::Append).is_ok());
        assert_eq!(decided(user(3_999, 4_000), Action::Read), denied);
    }

    #[test]
    fn those_who_show_nothing_are_refused_whatever_they_want() {
        for action in Action::ALL.iter().copied() {
            for peer in [
                None,
                address(Ipv4Addr::new(192, 0, 2, 1)),
                address(Ipv4Addr::UNSPECIFIED),
                address(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped()),
                Some(Presented::Encrypted(Ipv4Addr::LOCALHOST.into())),
            ] {
                assert_eq!(decided(peer, action), Err("CALLER_UNKNOWN".to_owned()));
            }
        }
    }
}
