//! The judge, where bodies and payloads come in.

use std::collections::BTreeMap;

use crate::commitment::PartKind;
use crate::verdict::{Finding, FindingCode};

use super::judge::Judge;
use super::part_judgement::{judge_part, judge_presence};
use super::parts::CheckedPart;
use super::record_facts::RecordFacts;

impl Judge {
    pub(super) fn accept_parts(&mut self, kind: PartKind, first: u64, parts: &[CheckedPart]) {
        let mut chunk = std::mem::take(&mut self.chunk);
        for (sequence, part) in (first..).zip(parts) {
            let counts = match kind {
                PartKind::Body => &mut self.facts.bodies,
                PartKind::Payload => &mut self.facts.payloads,
            };
            // Where the header could not be read, that was found already.
            let facts = chunk.place(sequence).and_then(|at| chunk.facts.get(at));
            let facts = facts.and_then(Option::as_ref);
            counts.add(part, facts.map(|facts| facts.commitment(kind)));
            if let Some(facts) = facts {
                self.accept_part(kind, facts, part, &mut chunk.signed);
            }
        }
        self.chunk = chunk;
    }

    fn accept_part(
        &mut self,
        kind: PartKind,
        facts: &RecordFacts,
        part: &CheckedPart,
        signed_payloads: &mut BTreeMap<u64, [u8; 32]>,
    ) {
        let signed = match kind {
            PartKind::Payload => signed_payloads.get(&facts.sequence),
            PartKind::Body => None,
        };
        let judged = judge_part(kind, facts, part, signed, &self.erasures);
        let is_its_own = !judged.as_ref().is_err_and(is_another_part);
        if let Err(finding) = judged {
            if let Some(scope) = &mut self.scope {
                scope.found_part(facts, &finding);
            }
            self.found(finding);
        }
        if !is_its_own {
            return;
        }
        if let Some(finding) = judge_presence(kind, facts, part, &self.erasures) {
            self.unlawful(finding);
        }
        if let Some(authorship) = part.authorship() {
            if let Some(payload) = authorship.payload {
                signed_payloads.insert(facts.sequence, payload);
            }
            self.tally.signed(authorship.signed);
            if let Some(finding) = authorship.unlawful(facts.sequence) {
                self.unlawful(finding);
            }
        }
    }
}

/// Whether what is there is not the part that the header commits to.
fn is_another_part(finding: &Finding) -> bool {
    matches!(
        finding.code,
        FindingCode::BodyMismatch
            | FindingCode::PayloadMismatch
            | FindingCode::CommitmentMismatch
            | FindingCode::ItemForm
    )
}
