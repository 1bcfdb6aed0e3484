//! Folds records anew, and says which of them differs, and in what.
//!
//! Of each decision two things are recomputed: *what needs no state*, where the contents of the request and the policies are
//! at hand; and *what needs it*, the claims by the state before the record. What can't be recomputed is said to be so.

use crate::{
    claim::{Proposal, Verdict},
    record::{Decision, Entry, RecordError},
    state::{Misfit, Position, State},
};

/// A governance record, as it lies in the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Where it stands.
    pub position: Position,
    /// Its content.
    pub content: &'a [u8],
}

/// What of a decision differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The policies, or what they say of the request.
    Policy,
    /// What the state says of the claims.
    State,
    /// The record itself: it is no decision that this state and these policies give, though neither differs.
    Record,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The record is what it must be. `pure` says whether what needs no state was recomputed, too.
    Identical {
        /// Whether it was.
        pure: bool,
    },
    /// The decision differs.
    Differs {
        /// In what.
        in_what: Difference,
        /// What it would be.
        decision: Box<Decision>,
    },
    /// The record does not fit the state before it.
    Misfit(Misfit),
    /// The bytes are not those of a record.
    Unreadable(RecordError),
}

/// Gives the proposal that a request comes to under the policies that were bound, if its contents are at hand.
pub type Propose<'a> = dyn Fn(Position, &Decision) -> Option<Proposal> + 'a;

/// Replays records over a state. Every record that is not identical ends it, since the state after it is not known; a
/// decision that differs does not, since what is recorded moves the state.
pub fn replay<'a>(
    state: &mut State,
    records: impl IntoIterator<Item = Record<'a>>,
    propose: &Propose<'_>,
) -> Vec<(Position, Found)> {
    let mut all = Vec::new();
    for record in records {
        let position = record.position;
        let found = one(state, record, propose);
        let ends = matches!(found, Found::Misfit(_) | Found::Unreadable(_));
        all.push((position, found));
        if ends {
            break;
        }
    }
    all
}

fn one(state: &mut State, record: Record<'_>, propose: &Propose<'_>) -> Found {
    let entry = match Entry::decode(record.content) {
        Ok(entry) => entry,
        Err(error) => return Found::Unreadable(error),
    };
    let found = match &entry {
        Entry::Decision(decision) => compare(state, record.position, decision, propose),
        _ => Found::Identical { pure: true },
    };
    match state.apply(record.position, &entry) {
        Ok(()) => found,
        Err(misfit) => Found::Misfit(misfit),
    }
}

fn compare(state: &State, position: Position, decision: &Decision, propose: &Propose<'_>) -> Found {
    let recomputed = propose(position, decision);
    let pure = recomputed.is_some();
    // Without the contents, the claims and the first failure before them are taken as they are recorded.
    let recorded = recorded(decision);
    let proposal = recomputed.as_ref().unwrap_or(&recorded);
    let judged = state.judge(position.time, proposal);
    if judged == *decision {
        return Found::Identical { pure };
    }
    let in_what = if pure && !is_same_proposal(proposal, &recorded, decision) {
        Difference::Policy
    } else if judged.claims != decision.claims || judged.failure != decision.failure {
        Difference::State
    } else {
        Difference::Record
    };
    Found::Differs {
        in_what,
        decision: Box::new(judged),
    }
}

/// Whether what needs no state is the same. A failure that the writer found before it hides it in the record.
fn is_same_proposal(recomputed: &Proposal, recorded: &Proposal, decision: &Decision) -> bool {
    let same_failure = match (&recomputed.failure, &recorded.failure) {
        (Some(one), Some(other)) => one == other,
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(hidden), None) => {
            let found = decision.failure.as_ref();
            found.is_some_and(|found| found.stage <= hidden.stage)
        }
    };
    // Of a decision that is no attempt, the record does not say what its policy would have.
    let same_retry = match decision.attempt {
        None => true,
        Some(_) => recomputed.retry == recorded.retry,
    };
    same_failure
        && same_retry
        && recomputed.act == recorded.act
        && recomputed.policies == recorded.policies
        && recomputed.claims == recorded.claims
        && recomputed.trail == recorded.trail
}

/// The proposal that a decision was made of, so far as the record says.
pub fn recorded_proposal(decision: &Decision) -> Proposal {
    recorded(decision)
}

fn recorded(decision: &Decision) -> Proposal {
    let of_writer = |gate: &str| gate.starts_with("custom:indelible.");
    let failure = decision
        .failure
        .clone()
        .filter(|failure| !of_writer(&failure.gate));
    let verdict = match (&failure, decision.trail.warnings.is_empty()) {
        (Some(_), _) => Verdict::Deny,
        (None, false) => Verdict::Warn,
        (None, true) => Verdict::Allow,
    };
    let asked = decision.claims.iter().filter(|judged| !judged.added);
    Proposal {
        act: decision.act.clone(),
        policies: decision.policies.clone(),
        verdict,
        failure,
        claims: asked.map(|judged| judged.claim.clone()).collect(),
        trail: decision.trail.clone(),
        shadow: decision.shadow,
        approval: decision.approval,
        low_risk: decision.low_risk,
        approval_seconds: decision.approval_seconds,
        approval_people: decision.approval_people,
        retry: decision.attempt.map(|attempt| attempt.policy()),
    }
}

#[cfg(test)]
mod tests;
