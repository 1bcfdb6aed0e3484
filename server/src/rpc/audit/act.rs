//! An act: recorded before it happens, and recorded again with how it ended.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use indelible_evidence::DataKeyId;
use indelible_ledger::{Engine, Ledger, NewRange, SystemEvent, SystemFact, SystemKind};
use tokio::runtime::Handle;
use tonic::Status;

use super::{Audit, OtherNames};
use crate::{
    approvals::UsingUp,
    rpc::{blocking::blocking, refusal::Refusal},
};

/// What else is told of an act.
pub(crate) type Facts = Vec<(&'static str, SystemFact)>;

/// Ids of data keys that one fact names: as many as fit.
const KEYS_NAMED_MAX: usize = 30;

/// What both records of an act tell.
pub(crate) struct Told {
    pub(crate) kind: SystemKind,
    pub(crate) principal: Arc<str>,
    pub(crate) other_names: OtherNames,
    pub(crate) authentication: &'static str,
    /// The name of the call.
    pub(crate) method: &'static str,
    /// The name of the ledger that it is done to, also of one that is not there yet.
    pub(crate) ledger: Option<String>,
}

/// When an act may begin that can't be recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unless {
    /// Never.
    Never,
    /// Where the identity key is lost that records would need: exchanging it is the only way to have records again. It is
    /// recorded then.
    IdentityIsLost,
}

/// An act that is on record, and so may happen. Whoever drops it without saying how it ended leaves that on record, too.
pub(crate) struct Act {
    audit: Arc<Audit>,
    engine: Engine,
    ledger: Option<Ledger>,
    told: Told,
    id: String,
    is_ended: bool,
}

impl Act {
    /// Puts an act on record.
    ///
    /// # Errors
    /// If it can't be: then it must not happen.
    pub(crate) async fn begin(
        audit: &Arc<Audit>,
        engine: &Engine,
        ledger: Option<Ledger>,
        told: Told,
        facts: Facts,
        unless: Unless,
    ) -> Result<Self, Refusal> {
        let mut act = Self::new(audit, engine, ledger, told);
        let event = act.event("begun", facts);
        match (audit.record(event.clone()).await, unless) {
            (Ok(()), _) => {}
            (Err(_), Unless::IdentityIsLost) if engine.system_has_lost_its_identity() => {
                audit.note(event);
            }
            (Err(refusal), _) => return Err(refusal),
        }
        act.is_ended = false;
        Ok(act)
    }

    /// Puts an act on record together with the use of the approval that it takes: both or neither. That is done to its end
    /// also where nobody waits for it any more.
    ///
    /// # Errors
    /// If it can't be: then it must not happen, and the approval is not used.
    pub(crate) async fn begin_approved(
        (audit, engine): (&Arc<Audit>, &Engine),
        ledger: Option<Ledger>,
        told: Told,
        facts: Facts,
        (used, using_up): (SystemEvent, UsingUp),
    ) -> Result<Self, Refusal> {
        let mut act = Self::new(audit, engine, ledger, told);
        let begins = async move {
            let events = [used, act.event("begun", facts)];
            let recorded = act.audit.recorded_all(&events).await?;
            using_up.done(recorded.first, recorded.first + 1);
            act.is_ended = false;
            Ok(act)
        };
        let begun = tokio::spawn(begins).await;
        begun.map_err(|panicked| Refusal::internal(&panicked))?
    }

    fn new(audit: &Arc<Audit>, engine: &Engine, ledger: Option<Ledger>, told: Told) -> Self {
        Self {
            audit: Arc::clone(audit),
            engine: engine.clone(),
            ledger,
            told,
            id: engine.act_id(),
            // What is not on record has not begun.
            is_ended: true,
        }
    }

    /// The engine, for acts on the store.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The ledger that it is done to.
    pub(crate) fn ledger(&self) -> Result<&Ledger, Refusal> {
        let ledger = self.ledger.as_ref();
        ledger.ok_or_else(|| Refusal::internal(&"an act on the store was used on a ledger"))
    }

    /// It was done.
    pub(crate) fn done(self, facts: Facts) {
        self.end("done", facts);
    }

    /// It was done, and is recorded before anybody is told, if that can be done. For threads that may block.
    pub(crate) fn done_on_record(self, facts: Facts) {
        let audit = Arc::clone(&self.audit);
        self.done(facts);
        Handle::current().block_on(audit.round());
    }

    /// It was refused, or broke off.
    pub(crate) fn refused(self, refusal: &Refusal) {
        let reason = SystemFact::Text(refusal.reason().name().to_owned());
        self.end("failed", vec![("reason", reason)]);
    }

    /// Its caller gave it up, or was gone, before the answer was handed over: nothing is wrong, and they have not got it.
    pub(crate) fn cancelled(self, facts: Facts) {
        self.end("cancelled", facts);
    }

    /// Does it on a thread that may block, and says how it ended. It ends on record also where nobody waits for it any more.
    pub(crate) async fn blocking<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> Result<(T, Facts), Refusal> + Send + 'static,
    ) -> Result<T, Status> {
        blocking(move || match work(&self) {
            Ok((done, facts)) => {
                self.done(facts);
                Ok(done)
            }
            Err(refusal) => {
                self.refused(&refusal);
                Err(refusal)
            }
        })
        .await
    }

    fn end(mut self, outcome: &'static str, facts: Facts) {
        self.is_ended = true;
        self.audit.note(self.event(outcome, facts));
    }

    fn event(&self, outcome: &'static str, facts: Facts) -> SystemEvent {
        let Told {
            kind,
            principal,
            other_names,
            authentication,
            method,
            ledger,
        } = &self.told;
        let text = |text: &str| SystemFact::Text(text.to_owned());
        let mut event = SystemEvent::new(*kind)
            .with("authentication", text(authentication))
            .with("method", text(method))
            .with("outcome", text(outcome));
        if let Some(ledger) = &self.ledger {
            event = event.with("origin", SystemFact::Text(ledger.summary().origin));
        }
        event.principal = Some(principal.to_string());
        event.ledger = ledger.clone();
        event.act = Some(self.id.clone());
        event.facts.extend(other_names.facts());
        event.facts.extend(facts);
        event
    }
}

impl Drop for Act {
    fn drop(&mut self) {
        if !self.is_ended {
            self.audit.note(self.event("unfinished", Vec::new()));
        }
    }
}

/// The record of the ledger that an act made.
pub(crate) fn sequence(recorded: &NewRange) -> (&'static str, SystemFact) {
    ("sequence", SystemFact::Uint(recorded.first))
}

/// The data keys that an act is about: as many ids as fit, and how many there are.
pub(crate) fn keys(keys: &[DataKeyId]) -> Facts {
    let named = keys.iter().take(KEYS_NAMED_MAX);
    let named: Vec<_> = named.map(|key| HEXLOWER.encode(key.as_bytes())).collect();
    vec![
        ("data_keys", SystemFact::Text(named.join(","))),
        ("data_key_count", SystemFact::Uint(keys.len() as u64)),
    ]
}
