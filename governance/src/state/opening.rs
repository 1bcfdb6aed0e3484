//! What is recorded where a human is asked: an approval that is open, with what an approver must see of the act.

use crate::{
    claim::{Claim, Unit, aegis::Gate},
    day::SECOND_NS,
    record::{ApprovalOpened, Asked, Decision, Entry},
    state::whole::{Position, State},
};

impl State {
    /// The record of the approval that a decision asks for, where the decision itself is not recorded because whoever asks
    /// waits for the answer. None: one is open for the same act.
    pub fn opening(&self, position: Position, decision: &Decision) -> Option<Entry> {
        let is_open = self.approval_for(position.time, &decision.act).is_some();
        (!is_open).then(|| Entry::ApprovalOpened(opened(position, decision)))
    }
}

/// The approval that a decision at a place opens.
pub(super) fn opened(position: Position, decision: &Decision) -> ApprovalOpened {
    let seconds = decision.approval_seconds.saturating_mul(SECOND_NS);
    ApprovalOpened {
        decision: position.sequence,
        act: decision.act.digest,
        agent: decision.act.agent.clone(),
        principal: decision.act.principal.clone(),
        expires: position.time.saturating_add(seconds),
        people: decision.approval_people,
        low_risk: decision.low_risk,
        asked: asked(decision),
    }
}

fn asked(decision: &Decision) -> Asked {
    let mut binding = None;
    let (mut cost, mut tokens) = (None, None);
    // The policies' own claim on an approval, or one that the writer added since a loop asks for a human.
    let mut of_loop = false;
    for judged in &decision.claims {
        match &judged.claim {
            Claim::Bound { binding: sequence } => binding = Some(*sequence),
            Claim::Reserve(reserve) => match reserve.account.unit {
                Unit::NanoUsd => cost = cost.max(Some(reserve.amount)),
                Unit::Tokens => tokens = tokens.max(Some(reserve.amount)),
                Unit::Requests => {}
            },
            Claim::Approved => of_loop |= judged.added,
            _ => {}
        }
    }
    let message = decision.failure.as_ref().map(|failure| &failure.message);
    let reason = match of_loop {
        true => decision.warnings.last().or(message),
        false => message,
    };
    Asked {
        kind: decision.act.kind,
        name: decision.act.name.clone(),
        session: decision.act.session.clone(),
        cost,
        tokens,
        binding,
        policies: decision.policies.clone(),
        reason: match reason {
            Some(reason) => format!("{reason}{}", of_aegis(decision)),
            None => String::new(),
        },
    }
}

/// What a policy of AEGIS' kind found, for whoever grants; nothing under other policies.
fn of_aegis(decision: &Decision) -> String {
    let Some(evaluation) = &decision.trail.aegis else {
        return String::new();
    };
    let human: Vec<_> = evaluation
        .human
        .iter()
        .map(|reason| reason.text())
        .collect();
    let failed: Vec<_> = evaluation.failed().into_iter().map(Gate::name).collect();
    let mut text = String::new();
    if !human.is_empty() {
        text = format!(": {}", human.join(", "));
    }
    if !failed.is_empty() {
        text = format!("{text}; gates that failed: {}", failed.join(", "));
    }
    text
}
