//! What humans were asked by the gate, and what they said.

use serde::{Deserialize, Serialize};

use crate::{
    gate::ApprovalOpened,
    projections::{
        folds::{operators::Operators, waits::Waits},
        measure::Gathered,
        pieces::{Absorb, Counted, Few, Hash16, Nanos, Numbered, Sum, absorb_fields},
    },
};

/// Approvals of one state.
const APPROVALS_MAX: usize = 1 << 17;
/// Grants of one approval that are kept.
const GRANTS_MAX: usize = 4;

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Opened {
    /// Until when it can be answered.
    #[serde(rename = "e")]
    expires: Option<Nanos>,
    #[serde(rename = "g")]
    agent: Hash16,
    #[serde(rename = "n")]
    people: u64,
    #[serde(rename = "p")]
    principal: Hash16,
    #[serde(rename = "t")]
    time: Nanos,
}

/// An approval: asked for once, answered by as many as it takes, or not in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Approval {
    #[serde(rename = "d")]
    denials: Counted,
    #[serde(rename = "e")]
    expired: Counted,
    /// The first answer.
    #[serde(rename = "f")]
    first: Option<(u64, Nanos)>,
    #[serde(rename = "g")]
    grants: Sum,
    #[serde(rename = "o")]
    opened: Option<Opened>,
    /// Who granted it, each with the record.
    #[serde(rename = "w")]
    who: Few<(u64, Hash16), GRANTS_MAX>,
}

absorb_fields!(Approval {
    denials,
    expired,
    first,
    grants,
    opened,
    who
});

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Approvals(Numbered<Approval, APPROVALS_MAX>);

impl Absorb for Approvals {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

/// What the approvals of a range show.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) opened: Gathered,
    pub(super) granted: Gathered,
    pub(super) denied: Gathered,
    pub(super) expired: Gathered,
    /// They expired, and no record says so.
    pub(super) unanswered: Gathered,
    /// They are open at the end of the range, and can still be answered.
    pub(super) waiting: Gathered,
    /// Granted by whoever asked, the agent, another agent, or one who answers for the agent.
    pub(super) by_askers: Gathered,
    pub(super) grants: u64,
    pub(super) waits: Waits,
}

impl Approvals {
    pub(super) fn opened(&mut self, opened: &ApprovalOpened, sequence: u64, time: u64) {
        if let Some(approval) = self.0.at(sequence) {
            approval.opened = Some(Opened {
                expires: opened.expires.map(Nanos),
                agent: Hash16::of(&opened.agent),
                people: opened.people,
                principal: Hash16::of(&opened.principal),
                time: Nanos(time),
            });
        }
    }

    pub(super) fn answered(
        &mut self,
        number: u64,
        by: &str,
        granted: bool,
        sequence: u64,
        time: u64,
    ) {
        let Some(approval) = self.0.at(number) else {
            return;
        };
        approval.first.get_or_insert((sequence, Nanos(time)));
        match granted {
            true => {
                approval.grants.add(1);
                approval.who.see((sequence, Hash16::of(by)));
            }
            false => approval.denials.see(sequence),
        }
    }

    pub(super) fn expired(&mut self, number: u64, sequence: u64) {
        if let Some(approval) = self.0.at(number) {
            approval.expired.see(sequence);
        }
    }

    /// What they come to in a range that ends at this time; none if there are too many.
    pub(super) fn judged(&self, operators: &Operators, end: u64) -> Option<Judged> {
        let mut judged = Judged::default();
        for (number, approval) in self.0.all()? {
            judged.see(*number, approval, operators, end);
        }
        Some(judged)
    }
}

impl Judged {
    fn see(&mut self, number: u64, approval: &Approval, operators: &Operators, end: u64) {
        let Some(opened) = &approval.opened else {
            return;
        };
        self.opened.see(number);
        let is_granted = approval.grants.value() >= opened.people.max(1);
        let (is_denied, has_expired) = (approval.denials.count() > 0, approval.expired.count() > 0);
        let is_open = !(is_denied || is_granted || has_expired);
        let is_young = opened.expires.is_some_and(|expires| expires.0 > end);
        for (is_so, gathered) in [
            (is_denied, &mut self.denied),
            (is_granted && !is_denied, &mut self.granted),
            (has_expired, &mut self.expired),
            (is_open && !is_young, &mut self.unanswered),
            (is_open && is_young, &mut self.waiting),
        ] {
            if is_so {
                gathered.see(number);
            }
        }
        if let Some((answered, time)) = approval.first {
            let took = time.0.saturating_sub(opened.time.0);
            self.waits.see(took, answered);
        }
        for (grant, by) in approval.who.all() {
            self.grants += 1;
            if *by == opened.principal || *by == opened.agent || operators.ties(&opened.agent, by) {
                self.by_askers.see(*grant);
            }
        }
    }
}
