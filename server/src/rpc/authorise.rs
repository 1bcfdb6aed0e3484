//! The one place that decides who may do what.
//!
//! The engine is private to this file and its folder. A handler reaches it only through a [`Permit`], which only [`Gate::authorise`]
//! makes, so a handler that forgets to ask does not compile. A permit for one ledger opens that ledger and no other.

mod acts;
mod refuse;

use std::sync::{Arc, OnceLock};

use indelible_access::{
    self as access, Binding, Decision, DualControl, Principal, Rates, Role, SourceRule, Table,
};
pub(crate) use indelible_access::{Action, Scope};
use indelible_ledger::{Engine, Ledger};
use tokio::sync::watch;
use tonic::{Request, Status};

use super::{
    audit::{Audit, Refused, actions},
    rates::{Meter, RateLimits},
    refusal::Refusal,
    transport::{Connected, Presented},
};
use crate::{
    overload::{Class, Overload},
    users::own,
};
use indelible_proto::v1::ErrorReason;

/// Who calls, as far as the connection tells. Taken from a request before it is taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Caller(Option<Arc<Connected>>);

impl Caller {
    pub(crate) fn of<T>(request: &Request<T>) -> Self {
        Self(request.extensions().get::<Arc<Connected>>().cloned())
    }

    #[cfg(test)]
    pub(crate) fn at(presented: Option<Presented>) -> Self {
        Self(presented.map(|presented| Arc::new(Connected::new(presented))))
    }

    /// What its connection shows.
    fn presented(&self) -> Option<&Presented> {
        let connected = self.0.as_ref()?;
        Some(&connected.presented)
    }

    /// Who it is; the problem says what the connection lacks.
    fn known(&self) -> Result<(&Arc<Connected>, &Arc<access::Caller>), String> {
        let connected = self.0.as_ref().ok_or(UNKNOWN)?;
        match &connected.caller {
            Some(Ok(caller)) => Ok((connected, caller)),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(UNKNOWN.to_owned()),
        }
    }
}

/// What a connection lacks that shows nothing.
const UNKNOWN: &str = "nothing says who calls: connect over the daemon's Unix socket, with a client certificate, or with a token";

/// Keeps the engine, and gives permits to those who may use it.
#[derive(Clone)]
pub(crate) struct Gate {
    engine: Arc<OnceLock<Engine>>,
    table: Arc<Table>,
    rates: Option<Arc<RateLimits>>,
    audit: Arc<Audit>,
    overload: Overload,
    draining: watch::Receiver<bool>,
}

impl Gate {
    /// A gate before an engine that is still recovering, which lets in whom the bindings name, and if it `is_open`, every process
    /// that calls over plain TCP. `draining` turns true
    /// once, when the daemon is about to stop.
    pub(crate) fn new(
        bindings: Vec<Binding>,
        rates: Option<Rates>,
        is_open: bool,
        draining: watch::Receiver<bool>,
    ) -> Self {
        Self {
            engine: Arc::new(OnceLock::new()),
            table: Arc::new(table(bindings, is_open)),
            rates: rates.map(RateLimits::new),
            audit: Arc::default(),
            overload: Overload::default(),
            draining,
        }
    }

    /// Records what is done behind the gate.
    pub(crate) fn audit(&self) -> &Arc<Audit> {
        &self.audit
    }

    /// Puts the recovered engine behind the gate, and from then on refuses what can wait while its writer is late.
    pub(crate) fn open(&self, engine: Engine) {
        tokio::spawn(self.overload.clone().watch(engine.clone()));
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
        let (connected, known) = match caller.known() {
            Ok(known) => known,
            Err(problem) => return Err(self.unknown(caller, action, scope, problem)),
        };
        // Opening is asked about beside something else, and is no call of its own.
        let is_call = !matches!(
            action,
            Action::Decrypt | Action::ReportOpened | Action::ExportOpened
        );
        if let Some(rates) = self.rates.as_ref().filter(|_| is_call) {
            rates.call(connected, known)?;
        }
        match self.table.decide(known, action, scope) {
            Decision::Granted(grant) if !grant.needs_approval => {}
            // Nobody can be bound as an approver, so nothing can wait for one.
            Decision::Granted(_) => {
                return Err(Refusal::internal(&"a second person is needed").into());
            }
            Decision::Denied => {
                self.audit.refused(Refused {
                    principal: Some(known.principal().as_str()),
                    shown: known.method().name(),
                    action,
                    scope,
                });
                return Err(refuse::denied(&self.table.refusal(known, action)));
            }
        }
        if action != Action::ReadStatus && self.is_draining() {
            return Err(Refusal::draining().into());
        }
        if actions::needs_system(action) {
            self.check_system()?;
        }
        if let Some(class) = Class::of(action)
            && let Some(waited_ms) = self.overload.refuses(class)
        {
            return Err(refuse::overloaded(known.principal(), class, waited_ms));
        }
        Ok(Permit {
            engine: self.engine.get(),
            table: &self.table,
            audit: &self.audit,
            action,
            scope,
            connected: Arc::clone(connected),
            caller: Arc::clone(known),
            rates: self.rates.as_ref(),
        })
    }

    /// Refuses all but looking while the store's own ledger is in quarantine: nobody could say who did it.
    pub(crate) fn check_system(&self) -> Result<(), Refusal> {
        match self.engine.get().is_some_and(Engine::system_is_quarantined) {
            false => Ok(()),
            true => Err(Refusal::new(
                ErrorReason::LedgerQuarantined,
                "the store's own ledger, _system, is in quarantine, so the daemon does nothing but read, and decrypts \
                 nothing; stop it and see _system in the runbook",
            )
            .with("unrecorded", "_system")),
        }
    }

    /// A caller of whom nothing is known that would let it do anything.
    fn unknown(
        &self,
        caller: &Caller,
        action: Action,
        scope: Scope<'_>,
        problem: String,
    ) -> Status {
        let presented = caller.presented();
        self.audit.refused(Refused {
            principal: None,
            shown: &presented.map_or_else(|| "nothing".to_owned(), ToString::to_string),
            action,
            scope,
        });
        refuse::unknown(presented, action, problem)
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

/// Proof that a call may do what it asked for. Only the gate makes it.
pub(crate) struct Permit<'a> {
    engine: Option<&'a Engine>,
    table: &'a Arc<Table>,
    audit: &'a Arc<Audit>,
    action: Action,
    scope: Scope<'a>,
    connected: Arc<Connected>,
    caller: Arc<access::Caller>,
    rates: Option<&'a Arc<RateLimits>>,
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

    /// The sources whose events the caller may append.
    pub(crate) fn sources(&self) -> Sources {
        let Scope::Ledger(ledger) = self.scope else {
            return Sources(None);
        };
        match self.table.decide(&self.caller, Action::Append, self.scope) {
            Decision::Granted(grant) if grant.sources == SourceRule::Every => Sources(None),
            Decision::Granted(_) | Decision::Denied => {
                let table = Arc::clone(self.table);
                Sources(Some(Arc::new(OfSome {
                    table,
                    audit: Arc::clone(self.audit),
                    caller: Arc::clone(&self.caller),
                    ledger: ledger.to_owned(),
                })))
            }
        }
    }

    /// What counts the bytes of the caller's events.
    pub(crate) fn meter(&self) -> Meter {
        let meter = |rates: &Arc<RateLimits>| rates.meter(&self.connected, &self.caller);
        self.rates.map(meter).unwrap_or_default()
    }

    /// The engine, for calls on the daemon that change nothing.
    pub(crate) fn engine(&self) -> Result<&Engine, Status> {
        match actions::kind_of_act(self.action) {
            None => self.recovered(),
            Some(_) => Err(Refusal::internal(&"an act that is not on record").into()),
        }
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

/// The sources whose events a caller may append to a ledger: some, which the table names, or all.
#[derive(Clone)]
pub(crate) struct Sources(Option<Arc<OfSome>>);

/// Who is bound to some sources of a ledger.
struct OfSome {
    table: Arc<Table>,
    audit: Arc<Audit>,
    caller: Arc<access::Caller>,
    ledger: String,
}

impl Sources {
    /// Refuses events of other sources.
    pub(crate) fn check(&self, source: &str) -> Result<(), Refusal> {
        let Some(some) = &self.0 else { return Ok(()) };
        let OfSome {
            table,
            audit,
            caller,
            ledger,
        } = some.as_ref();
        if table.decide_source(caller, ledger, source).is_granted() {
            return Ok(());
        }
        let principal = caller.principal();
        audit.refused(Refused {
            principal: Some(principal.as_str()),
            shown: caller.method().name(),
            action: Action::Append,
            scope: Scope::Ledger(ledger),
        });
        Err(refuse::foreign_source(principal, source))
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
mod tests;
