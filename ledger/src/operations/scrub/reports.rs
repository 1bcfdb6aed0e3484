//! What the scrub finds is recorded in the store's own ledger, as soon as that takes records.

use std::{
    collections::{BTreeSet, VecDeque},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use indelible_store::LedgerId;
use tracing::error;

use crate::{
    check::finding::Finding,
    core::{Core, Engine},
    operations::system::{SystemEvent, SystemFact, SystemKind},
    state::{limits::SCRUB_LOOK, shared::LedgerState},
    write::acknowledgement::PendingAppend,
};

/// What waits to be recorded, each with the ledger that it is about.
pub(crate) struct Reports {
    /// Whether there is a ledger of the store's own.
    are_kept: bool,
    waiting: VecDeque<(Option<LedgerId>, SystemEvent)>,
    /// The first of them, while the writer has it.
    pending: Option<PendingAppend>,
    /// When it is tried again after it failed.
    again: Duration,
}

impl Reports {
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            are_kept: core.options.keeps_system,
            waiting: VecDeque::new(),
            pending: None,
            again: Duration::ZERO,
        }
    }

    /// Adds what was found in a ledger.
    pub(crate) fn add_of_ledger(&mut self, cell: &LedgerState, finding: &Finding) {
        let code = finding.code.as_str().to_owned();
        let mut event = SystemEvent::new(SystemKind::DamageFound);
        event = event.with("finding", SystemFact::Text(code));
        if let Some(sequence) = finding.sequence {
            event = event.with("record", SystemFact::Uint(sequence));
        }
        event.ledger = Some(cell.descriptor.name.as_str().to_owned());
        self.add(Some(cell.id), event);
    }

    /// Adds that something was found in no ledger in particular.
    pub(crate) fn add_of_store(&mut self) {
        let event = SystemEvent::new(SystemKind::DamageFound);
        let event = event.with("finding", SystemFact::Text("store-damaged".to_owned()));
        self.add(None, event);
    }

    fn add(&mut self, ledger: Option<LedgerId>, event: SystemEvent) {
        let is_there = self.waiting.iter().any(|(of, _)| *of == ledger);
        if self.are_kept && !is_there {
            self.waiting.push_back((ledger, event));
        }
    }

    /// Records what waits, and waits for nobody. `recorded` gets the ledgers of which something is on record now. Tells
    /// whether something waits.
    pub(crate) fn step(
        &mut self,
        core: &Arc<Core>,
        now: Duration,
        recorded: &mut BTreeSet<LedgerId>,
    ) -> bool {
        while let Some((ledger, event)) = self.waiting.front() {
            if self.pending.is_none() {
                if now < self.again {
                    return true;
                }
                let engine = Engine {
                    core: Arc::clone(core),
                };
                match engine.record_system(std::slice::from_ref(event)) {
                    Ok(pending) => self.pending = Some(pending),
                    Err(problem) => {
                        self.failed(now, &problem);
                        return true;
                    }
                }
            }
            let Some(pending) = &mut self.pending else {
                return true;
            };
            let mut context = Context::from_waker(Waker::noop());
            match Pin::new(pending).poll(&mut context) {
                Poll::Pending => return true,
                Poll::Ready(Ok(_)) => {
                    if let Some(ledger) = *ledger {
                        mark(core, ledger);
                        recorded.insert(ledger);
                    }
                    self.pending = None;
                    self.waiting.pop_front();
                }
                Poll::Ready(Err(problem)) => {
                    self.failed(now, &problem);
                    return true;
                }
            }
        }
        false
    }

    fn failed(&mut self, now: Duration, problem: &dyn std::fmt::Display) {
        error!(%problem, "what the scrub has found can't be recorded in the store's own ledger now; it is tried again");
        self.pending = None;
        self.again = now + SCRUB_LOOK;
    }
}

fn mark(core: &Core, ledger: LedgerId) {
    let cells = core.registry.cells();
    if let Some(cell) = cells.iter().find(|cell| cell.id == ledger) {
        let mut state = cell.scrubbed.get();
        state.is_recorded = true;
        cell.scrubbed.set(state);
    }
}
