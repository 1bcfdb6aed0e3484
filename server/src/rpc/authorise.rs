//! The one place that decides who may do what.
//!
//! The engine is private to this file and its folder. A handler reaches it only through a [`Permit`], which only [`Gate::authorise`]
//! makes, so a handler that forgets to ask does not compile. A permit for one ledger opens that ledger and no other.

mod acts;
mod approvals;
mod backups;
mod caller;
mod grants;
mod in_force;
mod person;
mod refuse;
mod second_person;
mod sources;
mod tokens;

use std::sync::{Arc, OnceLock};

use indelible_access::{self as access, Decision, SourceRule, Table, limits::TOKEN_DAYS_MAX};
pub(crate) use indelible_access::{Action, Scope};
use indelible_ledger::{Engine, Ledger};
use tokio::sync::watch;
use tonic::Status;

pub(crate) use self::{
    caller::Caller,
    grants::Grants,
    in_force::InForce,
    second_person::{SecondPerson, Wish, recovering, refused, unknown},
    sources::Sources,
};
use super::{
    audit::{Audit, OtherNames, Refused, actions},
    quotas::QuotaLimits,
    rates::{Meter, RateLimits},
    refusal::Refusal,
    transport::Connected,
};
use crate::{
    approvals::Approvals,
    backups::Backups,
    config::Access,
    overload::{Class, Overload},
    tokens::OwnTokens,
};
use indelible_proto::v1::ErrorReason;

/// Keeps the engine, and gives permits to those who may use it.
#[derive(Clone)]
pub(crate) struct Gate {
    engine: Arc<OnceLock<Engine>>,
    bindings: InForce,
    tokens: OwnTokens,
    approvals: Approvals,
    backups: Backups,
    rates: Arc<RateLimits>,
    quotas: Arc<QuotaLimits>,
    audit: Arc<Audit>,
    overload: Overload,
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
            tokens: OwnTokens::new(is_open, TOKEN_DAYS_MAX),
            approvals: Approvals::default(),
            backups: Backups::default(),
            rates: RateLimits::new(access.rates),
            quotas: QuotaLimits::new(access.quotas),
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
        self.quotas.keep_in(engine.clone());
        if self.engine.set(engine).is_err() {
            tracing::error!("the gate has an engine already");
        }
    }

    /// Keeps what was had of quotas, and records that the daemon stops: once no call appends any more.
    pub(crate) async fn close(&self) {
        self.quotas.settle().await;
        self.audit.close().await;
    }

    /// Puts other bindings, rates and quotas in force: for the next call, and for the next message of what lasts.
    pub(crate) fn take(&self, access: Access) {
        self.bindings.take(access.bindings);
        self.rates.take(access.rates);
        self.quotas.put(access.quotas);
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
        self.authorise_act(caller, (action, scope), Wish::ALONE)
    }

    /// The same for what may take two people.
    pub(crate) fn authorise_act<'a>(
        &'a self,
        caller: &Caller,
        (action, scope): (Action, Scope<'a>),
        wish: Wish<'_>,
    ) -> Result<Permit<'a>, Status> {
        // Opening is asked about beside something else, and is no call of its own.
        let is_call = !matches!(
            action,
            Action::Decrypt | Action::ReportOpened | Action::ExportOpened
        );
        if let (true, Ok((connected, known))) = (is_call, caller.known()) {
            self.rates.call(connected, known)?;
        }
        let permit = self.decided(caller, (action, scope), wish)?;
        if let Some(class) = Class::of(action)
            && let Some(waited_ms) = self.overload.refuses(class)
        {
            let principal = permit.caller.principal();
            return Err(refuse::overloaded(principal, class, waited_ms));
        }
        Ok(permit)
    }

    /// The same for a call that goes on: it is no other call, so its rate does not count it, and overload does not end it.
    pub(crate) fn authorise_on<'a>(
        &'a self,
        caller: &Caller,
        action: Action,
        scope: Scope<'a>,
    ) -> Result<Permit<'a>, Status> {
        self.decided(caller, (action, scope), Wish::ALONE)
    }

    fn decided<'a>(
        &'a self,
        caller: &Caller,
        (action, scope): (Action, Scope<'a>),
        wish: Wish<'_>,
    ) -> Result<Permit<'a>, Status> {
        let (connected, known) = self.known(caller, action, scope)?;
        let table = self.bindings.table();
        let grant = match table.decide(known, action, scope) {
            Decision::Granted(grant) => grant,
            Decision::Denied => {
                // What ended only just has no bindings any more, and is not told what it may not do.
                let denied = || refuse::denied(&self.audit, &table, known, action, scope);
                return Err(connected.over().unwrap_or_else(denied).into());
            }
        };
        self.check_ready(action)?;
        let mut permit = self.permit((connected, known), table, (action, scope));
        permit.second = permit.second_person(grant.needs_approval, wish, scope)?;
        permit.sources = (action == Action::Append).then_some(grant.sources);
        if let Some(grants) = &caller.grants {
            grants.add(connected, known, action, scope);
        }
        Ok(permit)
    }

    /// Who calls, if that is known and still holds.
    fn known<'c>(
        &self,
        caller: &'c Caller,
        action: Action,
        scope: Scope<'_>,
    ) -> Result<(&'c Arc<Connected>, &'c Arc<access::Caller>), Status> {
        let known = caller.known();
        let (connected, known) =
            known.map_err(|problem| self.unknown(caller, action, scope, problem))?;
        match connected.over() {
            Some(over) => Err(over.into()),
            None => Ok((connected, known)),
        }
    }

    /// Refuses what the daemon does not do now, whoever asks.
    fn check_ready(&self, action: Action) -> Result<(), Refusal> {
        if action != Action::ReadStatus && self.is_draining() {
            return Err(Refusal::draining());
        }
        match actions::needs_system(action) {
            true => self.check_system(),
            false => Ok(()),
        }
    }

    fn permit<'a>(
        &'a self,
        (connected, known): (&Arc<Connected>, &Arc<access::Caller>),
        table: Arc<Table>,
        (action, scope): (Action, Scope<'a>),
    ) -> Permit<'a> {
        Permit {
            engine: self.engine.get(),
            table,
            audit: &self.audit,
            action,
            scope,
            sources: None,
            second: SecondPerson::NotNeeded,
            connected: Arc::clone(connected),
            caller: Arc::clone(known),
            rates: &self.rates,
            quotas: &self.quotas,
            approvals: &self.approvals,
        }
    }

    /// Refuses all but looking while the store's own ledger is in quarantine: nobody could say who did it.
    pub(crate) fn check_system(&self) -> Result<(), Refusal> {
        let Some(why) = self.engine.get().and_then(Engine::system_quarantine) else {
            return Ok(());
        };
        let problem = format!(
            "the store's own ledger, _system, is in quarantine, so the daemon does nothing but read, and decrypts \
             nothing; stop it, restore what is missing, or run `indelible system succeed`: {why}"
        );
        Err(Refusal::new(ErrorReason::LedgerQuarantined, problem).with("unrecorded", "_system"))
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
            other_names: OtherNames::default(),
            shown: &presented.map_or_else(|| "nothing".to_owned(), ToString::to_string),
            action: Some(action),
            scope,
            reason: None,
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

/// Proof that a call may do what it asked for. Only the gate makes it.
pub(crate) struct Permit<'a> {
    engine: Option<&'a Engine>,
    table: Arc<Table>,
    audit: &'a Arc<Audit>,
    action: Action,
    scope: Scope<'a>,
    /// What was decided of sources, if it is about appending.
    sources: Option<SourceRule>,
    second: SecondPerson,
    connected: Arc<Connected>,
    caller: Arc<access::Caller>,
    rates: &'a Arc<RateLimits>,
    quotas: &'a Arc<QuotaLimits>,
    approvals: &'a Approvals,
}

impl Permit<'_> {
    /// Who the caller is, as the access trail names them.
    pub(crate) fn principal(&self) -> Arc<str> {
        self.caller.principal().as_str().into()
    }

    /// Refuses what was not begun yet, if the caller's token was revoked or expired since the call began.
    pub(crate) fn check_token(&self) -> Result<(), Refusal> {
        self.connected.over().map_or(Ok(()), Err)
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

    /// Whether the caller may do something, too, on every ledger of clients, whatever ledgers there are.
    pub(crate) fn may_on_every_ledger(&self, action: Action) -> bool {
        self.table.covers_every_ledger(&self.caller, action)
    }

    /// Whether the caller may do something, too, on the store as a whole.
    pub(crate) fn may_on_the_store(&self, action: Action) -> bool {
        let decision = self.table.decide(&self.caller, action, Scope::Store);
        decision.is_granted()
    }

    /// Whether the caller administers the store or operates it: what others can't use up is kept for these.
    pub(crate) fn administers_the_store(&self) -> bool {
        self.may_on_the_store(Action::MakeToken) || self.may_on_the_store(Action::RotateStoreKeys)
    }

    /// The sources whose events the caller may append. A permit for something else is for events of none.
    pub(crate) fn sources(&self) -> Sources {
        let some = |ledger| Sources::some(&self.table, self.audit, &self.caller, ledger);
        match (self.sources, self.scope) {
            (Some(SourceRule::Every), _) => Sources::every(),
            (_, Scope::Ledger(ledger)) => some(ledger),
            (_, Scope::Store) => some(""),
        }
    }

    /// What counts the caller's events.
    pub(crate) fn meter(&self) -> Meter {
        let ledger = match self.scope {
            Scope::Ledger(ledger) => ledger,
            Scope::Store => "",
        };
        self.rates
            .meter(self.quotas, &self.connected, &self.caller, ledger)
    }

    /// The engine, for calls on the daemon that change nothing.
    pub(crate) fn engine(&self) -> Result<&Engine, Status> {
        match actions::kind_of_act(self.action) {
            None => self.recovered(),
            Some(_) => Err(Refusal::internal(&"an act that is not on record").into()),
        }
    }

    /// The ledger that the permit is for; what is appended with it waits as the caller's.
    pub(crate) fn ledger(&self) -> Result<Ledger, Status> {
        let found = self.engine()?.ledger(self.name()?);
        let ledger = found.map_err(Refusal::from)?;
        Ok(match self.action {
            Action::Append | Action::Decide => ledger.for_party(self.connected.party.clone()),
            // What the daemon records of it is its own.
            _ => ledger,
        })
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
mod tests;
