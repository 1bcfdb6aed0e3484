//! What a permit for an act gives: nothing, before the act is on record.

use indelible_access::{Action, Scope, ledger_name};
use indelible_ledger::{Engine, Ledger, SystemEvent, SystemFact, SystemKind};
use tonic::Status;

use super::{Permit, SecondPerson};
use crate::rpc::{
    audit::{
        OtherNames,
        act::{Act, Facts, Told, Unless},
        actions,
    },
    refusal::Refusal,
};

impl Permit<'_> {
    pub(super) fn recovered(&self) -> Result<&Engine, Status> {
        self.engine.ok_or_else(|| Refusal::recovering().into())
    }

    /// Whether the ledger that the permit is for is there. An act is not on record for that.
    pub(crate) fn target(&self) -> Result<Ledger, Status> {
        self.recovered()?
            .ledger(self.name()?)
            .map_err(|error| Refusal::from(error).into())
    }

    /// Puts the act on record that the permit is for; only then it may happen. `method` is the call's name.
    ///
    /// # Errors
    /// If it can't be, or there is no such ledger.
    pub(crate) async fn begin(&self, method: &'static str, facts: Facts) -> Result<Act, Status> {
        self.begin_unless(Unless::Never, method, facts).await
    }

    /// The same for an act without which nothing may ever be recorded again.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub(crate) async fn begin_unless(
        &self,
        unless: Unless,
        method: &'static str,
        facts: Facts,
    ) -> Result<Act, Status> {
        if self.second != SecondPerson::NotNeeded {
            let problem = "an act that takes two people was to begin without the second";
            return Err(Refusal::internal(&problem).into());
        }
        let (told, ledger) = self.about(method)?;
        let engine = self.recovered()?;
        Ok(Act::begin(self.audit, engine, ledger, told, facts, unless).await?)
    }

    /// What both records of the act tell, and the ledger that it is done to.
    pub(super) fn about(&self, method: &'static str) -> Result<(Told, Option<Ledger>), Status> {
        let kind = actions::kind_of_act(self.action);
        let kind = kind.ok_or_else(|| Refusal::internal(&"what is no act was to be recorded"))?;
        let (ledger, name) = match self.scope {
            Scope::Store => (None, None),
            // It is not there yet.
            Scope::Ledger(name) if self.action == Action::CreateLedger => {
                (None, Some(name.to_owned()))
            }
            Scope::Ledger(name) => (Some(self.target()?), Some(ledger_name(name).to_owned())),
        };
        let told = Told {
            kind,
            principal: self.principal(),
            other_names: self.other_names(),
            authentication: self.authentication(),
            method,
            ledger: name,
        };
        Ok((told, ledger))
    }

    /// Notes an act that nothing prevents.
    pub(crate) fn note(&self, kind: SystemKind, method: &'static str) {
        self.audit.note(self.told(kind, method));
    }

    /// The event that tells of an act that is done when it is recorded.
    pub(crate) fn told(&self, kind: SystemKind, method: &'static str) -> SystemEvent {
        let text = |text: &str| SystemFact::Text(text.to_owned());
        let mut event = SystemEvent::new(kind)
            .with("authentication", text(self.authentication()))
            .with("method", text(method))
            .with("outcome", text("done"));
        event.principal = Some(self.principal().to_string());
        event.facts.extend(self.other_names().facts());
        event
    }

    /// The caller's names beside its principal, as records have them.
    pub(crate) fn other_names(&self) -> OtherNames {
        OtherNames::of(&self.table, &self.caller)
    }
}
