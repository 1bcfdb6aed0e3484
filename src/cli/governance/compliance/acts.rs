//! AIGC's figures out of what a gate recorded: one act is what AIGC would have written one artifact of.

use std::collections::{BTreeMap, HashMap};

use indelible_governance::{
    artifact::failure_gate,
    claim::{Failure, Verdict},
    digest::Digest,
    evaluate::was_output_judged,
    record::{Decision, Entry},
};

use super::figures::{Figures, OfLedger};

/// What is counted, record by record.
#[derive(Default)]
pub(super) struct Acts {
    figures: Figures,
    /// Acts that are allowed and of which nothing came yet, with the name of their policy.
    open: HashMap<u64, String>,
    of_ledger: OfLedger,
}

impl Acts {
    /// Takes in a record. `policies` names the policies of AIGC's kind by their digest; an act under none is left out.
    pub(super) fn take(
        &mut self,
        sequence: u64,
        entry: &Entry,
        policies: &BTreeMap<Digest, String>,
    ) {
        match entry {
            Entry::Decision(decision) if !decision.shadow => {
                let mut own = decision
                    .policies
                    .iter()
                    .filter_map(|digest| policies.get(digest));
                if let Some(policy) = own.next() {
                    self.decided(sequence, decision, policy);
                }
            }
            Entry::Completion(completion) => {
                if let Some(policy) = self.open.remove(&completion.decision) {
                    self.ended(&policy, completion.failure.as_ref());
                }
            }
            Entry::Released { decision } => {
                let was_open = self.open.remove(decision).is_some();
                self.of_ledger.released += u64::from(was_open);
            }
            _ => {}
        }
    }

    /// One that may be of an act, and can't be read.
    pub(super) fn unreadable(&mut self, sequence: u64, why: &str) {
        self.figures.total_artifacts += 1;
        self.figures.invalid_artifacts += 1;
        let finding = format!("record {sequence}: {why}");
        self.figures.findings.push(finding);
    }

    fn decided(&mut self, sequence: u64, decision: &Decision, policy: &str) {
        match decision.verdict {
            Verdict::Deny => self.ended(policy, decision.failure.as_ref()),
            Verdict::Escalate => self.of_ledger.escalated += 1,
            Verdict::Allow | Verdict::Warn if was_output_judged(decision) => {
                self.ended(policy, None);
            }
            Verdict::Allow | Verdict::Warn => {
                self.open.insert(sequence, policy.to_owned());
            }
        }
    }

    fn ended(&mut self, policy: &str, failure: Option<&Failure>) {
        let figures = &mut self.figures;
        figures.total_artifacts += 1;
        *figures.policies.entry(policy.to_owned()).or_default() += 1;
        match failure {
            None => figures.pass_count += 1,
            Some(failure) => {
                figures.fail_count += 1;
                let gate = failure_gate(failure);
                *figures
                    .failure_gates_summary
                    .entry(gate.to_owned())
                    .or_default() += 1;
            }
        }
    }

    /// What it comes to. `chain` says whether the ledger's chain and signatures hold.
    pub(super) fn figures(self, chain: &'static str) -> Figures {
        let mut figures = self.figures;
        figures.rate();
        figures.chain = chain;
        figures.signatures = chain;
        figures.of_ledger = Some(OfLedger {
            open: self.open.len() as u64,
            ..self.of_ledger
        });
        figures
    }
}
