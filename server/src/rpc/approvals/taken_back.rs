//! What ends with a token: the requests that it made, which nobody else could carry out.

use indelible_access::Principal;
use indelible_ledger::{SystemEvent, SystemFact};

use crate::{
    approvals::{self, Answer, Approvals, Entry},
    issuers::now,
    rpc::refusal::Refusal,
};

/// Requests that are taken back with their token, which is not on record yet. Whoever makes it has waited for
/// [`Approvals::changing`], and lets nobody else change a request until it is done or dropped.
pub(crate) struct TakenBack {
    entries: Vec<Entry>,
    events: Vec<SystemEvent>,
    at: u64,
}

impl TakenBack {
    /// Those of a token. `told` is what each record says of the call that revokes it, and of whom it is by.
    ///
    /// # Errors
    /// If a record can't be written.
    pub(crate) fn of(
        approvals: &Approvals,
        token: &Principal,
        (told, by): (&SystemEvent, &Principal),
    ) -> Result<Self, Refusal> {
        let at = now();
        let entries = approvals.taken_back(token, at);
        let event = |entry: &Entry| -> Result<SystemEvent, Refusal> {
            let asked = entry.request.asked();
            let payload = approvals::answered(&asked.id, Answer::Withdrawn, by, at);
            let event = told
                .clone()
                .with("request", SystemFact::Text(entry.id()))
                .with("action", SystemFact::Text(asked.action.name().into()))
                .with("answer", SystemFact::Text(Answer::Withdrawn.name().into()));
            Ok(SystemEvent {
                ledger: asked.ledger.clone(),
                payload: Some(payload.map_err(|error| Refusal::internal(&error))?),
                ..event
            })
        };
        let events = entries.iter().map(event).collect::<Result<_, _>>()?;
        Ok(Self {
            entries,
            events,
            at,
        })
    }

    /// The records that say so.
    pub(crate) fn events(&self) -> &[SystemEvent] {
        &self.events
    }

    /// They are taken back: the records are durable.
    pub(crate) fn done(self, approvals: &Approvals) {
        for entry in self.entries {
            approvals.put(entry, self.at);
        }
    }
}
