//! Two people for what can't be undone: whether a second one is needed, whose request somebody may see, and how an approval is
//! used up.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use indelible_access::{
    self as access, Action, ApprovalError, Principal, Request, Scope, Table, ledger_name,
};
use indelible_ledger::{SystemEvent, SystemFact, SystemKind};
use indelible_proto::v1::ErrorReason;
use tonic::Status;

use super::{
    Caller, Gate, Permit, SecondPerson, Wish, refuse,
    second_person::{recovering, refused, unknown},
};
use crate::{
    approvals::{self, Approvals, Entry, UsingUp, WantedAct},
    issuers::now,
    rpc::{
        audit::act::{Act, Facts},
        refusal::Refusal,
        transport::Connected,
    },
};

/// Approvers that a refusal names.
const APPROVERS_NAMED_MAX: usize = 8;

impl Gate {
    /// How many requests wait for a second person, and how many were approved and wait for the act.
    pub(crate) fn open_approvals(&self, now: u64) -> (u64, u64) {
        self.approvals.open(now)
    }

    /// The requests for a second person.
    pub(crate) fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    /// Whether what can't be undone takes two people.
    pub(crate) fn takes_two(&self) -> bool {
        self.bindings.table().dual_control() == access::DualControl::InForce
    }

    /// Puts in force what records say: whether what can't be undone takes two people from now on.
    pub(crate) fn take_of_records(&self, takes_two: bool) {
        self.bindings.take_of_records(takes_two);
    }

    /// Whether a caller may do something with a request. Whether there is one is answered to those alone who may see it, or those
    /// of the store; they are told what they lack where it is to be done. Whoever asked for it may see it, and take it back,
    /// whatever is bound.
    pub(crate) fn authorise_request(
        &self,
        caller: &Caller,
        action: Action,
        entry: Option<&Entry>,
    ) -> Result<Permit<'_>, Status> {
        let what = (action, Scope::Store);
        let (connected, known) = self.known(caller, what.0, what.1)?;
        self.rates.call(connected, known)?;
        let table = self.bindings.table();
        let may = match entry {
            Some(entry) if action == Action::ReadRequest => may_see(&table, known, entry),
            Some(entry) => {
                let scope = entry.request.scope();
                table.decide(known, action, scope).is_granted()
            }
            None => table.decide(known, what.0, what.1).is_granted(),
        };
        if !may {
            let place = match entry {
                Some(entry) if may_see(&table, known, entry) => entry.request.scope(),
                _ => what.1,
            };
            return Err(refuse::denied(&self.audit, &table, known, what.0, place).into());
        }
        self.check_ready(action)?;
        Ok(self.permit((connected, known), table, what))
    }
}

fn may_see(table: &Table, caller: &access::Caller, entry: &Entry) -> bool {
    let scope = entry.request.scope();
    let reads = table.decide(caller, Action::ReadRequest, scope);
    entry.request.is_of(caller) || reads.is_granted()
}

impl Permit<'_> {
    /// What the caller needs, who may do this, as far as a second person goes, whose role is looked for at a place.
    pub(super) fn second_person(
        &self,
        is_needed: bool,
        wish: Wish<'_>,
        approved_at: Scope<'_>,
    ) -> Result<SecondPerson, Refusal> {
        if self.action.takes_two() {
            self.check_read()?;
        }
        if is_needed && self.caller.may_be_anybody() {
            return Err(refused(&ApprovalError::Anybody));
        }
        match (is_needed, wish) {
            (false, Wish::Act("")) => Ok(SecondPerson::NotNeeded),
            (false, _) => Err(refused(&ApprovalError::NotNeeded)),
            (true, Wish::Ask) => Ok(SecondPerson::Asked),
            (true, Wish::Act("")) => Err(self.required(approved_at)),
            (true, Wish::Act(id)) => Ok(SecondPerson::Named(id.to_owned())),
        }
    }

    /// Refuses while it is not known whether a second person is needed. A permit without an engine does nothing anyhow.
    fn check_read(&self) -> Result<(), Refusal> {
        let Some(engine) = self.engine.filter(|_| self.approvals.origin().is_none()) else {
            return Ok(());
        };
        // If that takes keys that are away, the caller is told so.
        engine.system_digest("").map_err(Refusal::from)?;
        Err(recovering())
    }

    /// An act without an approval.
    fn required(&self, approved_at: Scope<'_>) -> Refusal {
        let action = self.action;
        let approvers = self.approvers(action, approved_at);
        let who = match approvers.is_empty() {
            true => self.nobody_approves(),
            false => format!("approvers there: {}", approvers.join(", ")),
        };
        let problem = format!(
            "this takes two people, and nothing was done: ask for it, have somebody else approve it, and call again with \
             the id of the request; {who}"
        );
        let refusal =
            Refusal::new(ErrorReason::ApprovalRequired, problem).with("action", action.name());
        match approvers.is_empty() {
            true => refusal,
            false => refusal.with("approvers", approvers.join(" ")),
        }
    }

    /// Who is bound as approver of an action in a place, beside the caller: as many as are named.
    pub(crate) fn approvers(&self, action: Action, scope: Scope<'_>) -> Vec<String> {
        let caller = &self.caller;
        let explained = self.table.explain(caller, action, scope);
        let is_other = |who: &&Principal| !caller.names().any(|name| name == *who);
        let approvers = explained.approvers.into_iter().filter(is_other);
        let approvers = approvers.take(APPROVERS_NAMED_MAX);
        approvers.map(ToString::to_string).collect()
    }

    /// Why two people are needed where there is none to approve, if that is not the configuration's doing; and who helps.
    fn nobody_approves(&self) -> String {
        let because = match self.approvals.gap() {
            Some(gap) => format!(
                " (two people are needed because an earlier _system can't all be read, and it may have said so: {gap})"
            ),
            None => String::new(),
        };
        format!(
            "nobody else is bound as approver there{because}: have an approver bound in the configuration"
        )
    }

    /// Whether the caller may see a request.
    pub(crate) fn may_see(&self, entry: &Entry) -> bool {
        may_see(&self.table, &self.caller, entry)
    }

    /// Over what the caller calls, and whether that still holds.
    pub(crate) fn connected(&self) -> Arc<Connected> {
        Arc::clone(&self.connected)
    }

    /// The bindings by which it was decided, and the caller.
    pub(crate) fn decided_by(&self) -> (Arc<Table>, Arc<access::Caller>) {
        (Arc::clone(&self.table), Arc::clone(&self.caller))
    }

    /// A keyed digest of some texts, in hexadecimal digits. Only the last of them may hold a line end.
    ///
    /// # Errors
    /// If the keys of the store's own ledger are away.
    pub(crate) fn keyed_digest(&self, texts: &[&str]) -> Result<String, Refusal> {
        let engine = self.engine.ok_or_else(recovering)?;
        let digest = engine.system_digest(&texts.join("\n"));
        Ok(HEXLOWER.encode(&digest.map_err(Refusal::from)?))
    }

    /// The request for an act, which is not on record yet.
    ///
    /// # Errors
    /// Why there can't be one.
    pub(crate) fn ask(
        &self,
        act: &WantedAct,
        (now, expires): (u64, u64),
    ) -> Result<Request, Refusal> {
        let nonce = self.engine.ok_or_else(recovering)?.random();
        let (table, caller) = (&self.table, &self.caller);
        let asked = act.with(|wanted| Request::ask(table, caller, wanted, nonce, now, expires));
        let asked = asked.map_err(|problem| Refusal::field("act", problem))?;
        asked.map_err(|error| refused(&error))
    }

    /// Puts the act on record that the permit is for, as [`Permit::begin`] does, and uses up the approval of exactly this
    /// act if it takes two people.
    ///
    /// # Errors
    /// If it can't be, or nobody else has approved it.
    pub(crate) async fn begin_wanted(
        &self,
        method: &'static str,
        facts: Facts,
        act: &WantedAct,
    ) -> Result<Act, Status> {
        let Some((using_up, used)) = self.use_up(method, act).await? else {
            return self.begin(method, facts).await;
        };
        let (told, ledger) = self.about(method)?;
        let used = SystemEvent {
            ledger: told.ledger.clone(),
            ..used
        };
        let by = (self.audit, self.recovered()?);
        let begun = Act::begin_approved(by, ledger, told, facts, (used, using_up));
        Ok(begun.await?)
    }

    /// The approval that is used up when the event is on record; none, if one person is enough.
    ///
    /// # Errors
    /// If nobody else has approved exactly this.
    pub(crate) async fn use_up(
        &self,
        method: &'static str,
        act: &WantedAct,
    ) -> Result<Option<(UsingUp, SystemEvent)>, Refusal> {
        let id = match &self.second {
            SecondPerson::NotNeeded => return Ok(None),
            SecondPerson::Asked => {
                return Err(Refusal::internal(
                    &"an act was to begin that is only asked for",
                ));
            }
            SecondPerson::Named(id) => id,
        };
        let by = (self.table.as_ref(), self.caller.as_ref());
        let using_up = self.approvals.use_up((id, act), by, now).await;
        let using_up = using_up.map_err(|error| refused(&error))?;
        let using_up = using_up.ok_or_else(unknown)?;
        let entry = using_up.entry();
        let mut used = self
            .told(SystemKind::ApprovalUsed, method)
            .with("request", SystemFact::Text(entry.id()))
            .with("action", SystemFact::Text(act.action().name().to_owned()));
        let payload = approvals::used(&entry.request.asked().id, using_up.at);
        used.payload = Some(payload.map_err(|error| Refusal::internal(&error))?);
        used.ledger = act.origin().map(|origin| ledger_name(origin).to_owned());
        Ok(Some((using_up, used)))
    }
}
