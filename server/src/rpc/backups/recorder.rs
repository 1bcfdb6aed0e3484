//! What is recorded of a backup or a prune: that it begins, durably, before anything is done; and how it ended.

use std::sync::Arc;

use bytes::Bytes;
use indelible_ledger::{Engine, SystemEvent, SystemFact, SystemKind};

use crate::rpc::{audit::Audit, authorise::Gate, refusal::Refusal};

/// Records both ends of one act.
pub(super) struct Recorder {
    audit: Arc<Audit>,
    pub(super) engine: Engine,
    event: SystemEvent,
}

impl Recorder {
    /// For what a caller does, as `told` tells of it.
    pub(super) fn new(gate: &Gate, told: SystemEvent) -> Result<Self, Refusal> {
        let engine = gate.recovered().cloned();
        let engine = engine.ok_or_else(Refusal::recovering)?;
        let mut event = told;
        event.act = Some(engine.act_id());
        Ok(Self {
            audit: Arc::clone(gate.audit()),
            engine,
            event,
        })
    }

    /// For what the daemon does by its schedule.
    pub(super) fn of_the_schedule(gate: &Gate, method: &'static str) -> Result<Self, Refusal> {
        let text = |text: &str| SystemFact::Text(text.to_owned());
        let told = SystemEvent::new(SystemKind::BackedUp)
            .with("authentication", text("schedule"))
            .with("method", text(method));
        Self::new(gate, told)
    }

    /// Adds a fact to both records.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.event = self.event.with(name, SystemFact::Text(value.to_owned()));
        self
    }

    /// Records one end; it is durable when this returns.
    ///
    /// # Errors
    /// If it can't be: what was to begin must not happen then.
    pub(super) async fn record(
        &self,
        outcome: &str,
        facts: Vec<(&'static str, SystemFact)>,
        payload: Option<Bytes>,
    ) -> Result<(), Refusal> {
        let mut event = self.event.clone().outcome(outcome);
        for (name, fact) in facts {
            event = event.with(name, fact);
        }
        event.payload = payload;
        self.audit.recorded(event).await.map(drop)
    }

    /// Notes that it failed: recorded as soon as that can be done.
    pub(super) fn failed(&self, refusal: &Refusal, payload: Option<Bytes>) {
        let reason = SystemFact::Text(refusal.reason().name().to_owned());
        let mut event = self.event.clone().outcome("failed").with("reason", reason);
        event.payload = payload;
        self.audit.note(event);
    }
}
