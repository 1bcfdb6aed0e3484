//! Records of the gate that can't be read, by what their headers say that they are about.

use serde::{Deserialize, Serialize};

use crate::{
    gate::{GateKind, Governed},
    projections::pieces::{Counted, absorb_fields},
};

/// See the module. One of a type that this build does not know counts under each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct NotReadable {
    pub(super) agents: Counted,
    pub(super) all: Counted,
    pub(super) answers: Counted,
    pub(super) completions: Counted,
    pub(super) decisions: Counted,
    pub(super) expiries: Counted,
    pub(super) halts: Counted,
    pub(super) openings: Counted,
    pub(super) rejections: Counted,
    pub(super) releases: Counted,
    pub(super) resumptions: Counted,
    pub(super) signatures: Counted,
}

absorb_fields!(NotReadable {
    agents,
    all,
    answers,
    completions,
    decisions,
    expiries,
    halts,
    openings,
    rejections,
    releases,
    resumptions,
    signatures
});

impl NotReadable {
    /// Takes in one whose content is not known.
    pub(super) fn see(&mut self, record: &Governed<'_>) {
        let sequence = record.sequence();
        if record.is_closed() {
            self.all.see(sequence);
        }
        for (kind, counted) in [
            (GateKind::Agent, &mut self.agents),
            (GateKind::ApprovalAnswered, &mut self.answers),
            (GateKind::ApprovalExpired, &mut self.expiries),
            (GateKind::Completion, &mut self.completions),
            (GateKind::Decision, &mut self.decisions),
            (GateKind::Halted, &mut self.halts),
            (GateKind::ApprovalOpened, &mut self.openings),
            (GateKind::Released, &mut self.releases),
            (GateKind::Resumed, &mut self.resumptions),
            (GateKind::OverrideSigned, &mut self.signatures),
            (GateKind::OverrideRejected, &mut self.rejections),
        ] {
            if record.may_be(kind) {
                counted.see(sequence);
            }
        }
    }
}
