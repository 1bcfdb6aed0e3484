//! What clients say that was done, held against what the gate decided: an act that both tell of is one.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Decision, DecisionResult, Known, ToolCall, ToolResult},
    gate::{self, GateKind, Governed, Verdict},
    projections::{
        measure::Gathered,
        pieces::{Absorb, Counted, Last, Numbered, absorb_fields},
        record::Record,
    },
};

/// Decisions of one state.
const DECISIONS_MAX: usize = 1 << 17;

/// What a decision came to, as far as it bears on what is done under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Said {
    /// It let the act through.
    #[serde(rename = "a")]
    Allowed,
    /// Nobody can read it.
    #[serde(rename = "c")]
    Closed,
    /// It did not.
    #[serde(rename = "r")]
    Refused,
    /// It only showed what it would be.
    #[serde(rename = "s")]
    Shadow,
}

/// What the decisions of the range came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Verdicts(Numbered<Last<Said>, DECISIONS_MAX>);

impl Absorb for Verdicts {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

impl Verdicts {
    pub(super) fn decided(&mut self, sequence: u64, decision: &gate::Decision) {
        let said = match decision.verdict {
            _ if decision.shadow => Said::Shadow,
            Verdict::Allow | Verdict::Warn => Said::Allowed,
            Verdict::Escalate | Verdict::Deny => Said::Refused,
        };
        self.put(sequence, said);
    }

    /// A record of the gate that can't be read may be a decision.
    pub(super) fn closed(&mut self, record: &Governed<'_>) {
        if record.may_be(GateKind::Decision) {
            self.put(record.sequence(), Said::Closed);
        }
    }

    fn put(&mut self, sequence: u64, said: Said) {
        if let Some(known) = self.0.at(sequence) {
            *known = Last(Some(said));
        }
    }
}

/// What was done under one decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Done {
    #[serde(rename = "a")]
    acts: Counted,
    /// Calls of tools among them.
    #[serde(rename = "t")]
    calls: Counted,
}

absorb_fields!(Done { acts, calls });

/// What clients say that was done: decisions of their own that let something through, and calls of tools that were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Claimed {
    pub(super) acts: Counted,
    /// Recorded before the decision that they name, or as it.
    early: Counted,
    named: Numbered<Done, DECISIONS_MAX>,
    pub(super) not_readable: Counted,
    pub(super) unnamed: Counted,
}

absorb_fields!(Claimed {
    acts,
    early,
    named,
    not_readable,
    unnamed
});

/// What is done, held against what was decided.
#[derive(Default)]
pub(super) struct Held {
    /// Acts under a decision that let them through.
    pub(super) decided: u64,
    pub(super) under_denial: Gathered,
    /// Acts that name what is no decision recorded before them.
    pub(super) outside: Gathered,
    /// Acts under a decision that nobody can read.
    pub(super) open: u64,
    /// Decisions under which more than one call was made.
    pub(super) used_again: Gathered,
}

impl Claimed {
    pub(super) fn see(&mut self, record: &Record<'_>) {
        let (decision, is_call) = match record.known() {
            Some(Known::Decision(event)) if event.result == DecisionResult::Pass => {
                (event.gate_decision, false)
            }
            Some(Known::ToolCall(event)) if event.result != ToolResult::Refused => {
                (event.gate_decision, true)
            }
            None if record.may_be_any(&[Decision::TYPE, ToolCall::TYPE]) => {
                self.not_readable.see(record.sequence());
                return;
            }
            _ => return,
        };
        let sequence = record.sequence();
        self.acts.see(sequence);
        match decision {
            None => self.unnamed.see(sequence),
            Some(decision) if decision >= sequence => self.early.see(sequence),
            Some(decision) => {
                if let Some(done) = self.named.at(decision) {
                    done.acts.see(sequence);
                    if is_call {
                        done.calls.see(sequence);
                    }
                }
            }
        }
    }

    /// Holds what was done against what was decided; none if there is too much of either.
    pub(super) fn held(&self, verdicts: &Verdicts) -> Option<Held> {
        let (named, verdicts) = (self.named.all()?, verdicts.0.all()?);
        let mut held = Held::default();
        held.outside.take_in(&self.early);
        for (decision, done) in named {
            match verdicts.get(decision).and_then(|said| said.0) {
                Some(Said::Allowed) => held.decided += done.acts.count(),
                Some(Said::Refused) => held.under_denial.take_in(&done.acts),
                Some(Said::Closed) => held.open += done.acts.count(),
                Some(Said::Shadow) => {}
                None => held.outside.take_in(&done.acts),
            }
            if let Some(second) = done.calls.records().get(1) {
                held.used_again.see(*second);
            }
        }
        Some(held)
    }
}
