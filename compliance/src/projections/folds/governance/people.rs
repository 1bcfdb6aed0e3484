//! Who could stand in between, and who did.

use serde::{Deserialize, Serialize};

use crate::{
    gate::{AgentDeclared, Decision, Verdict},
    projections::pieces::{Counted, Last, absorb_fields},
};

/// What is known of an agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct GovernedAgent {
    pub(super) allowed: Counted,
    pub(super) decided: Counted,
    pub(super) declared: Counted,
    pub(super) escalated: Counted,
    /// Who answers for it, as the last declaration says; empty for nobody.
    operator: Last<String>,
}

absorb_fields!(GovernedAgent {
    allowed,
    decided,
    declared,
    escalated,
    operator
});

impl GovernedAgent {
    pub(super) fn decided(&mut self, decision: &Decision, sequence: u64) {
        self.decided.see(sequence);
        match decision.verdict {
            Verdict::Allow | Verdict::Warn => self.allowed.see(sequence),
            Verdict::Escalate => self.escalated.see(sequence),
            Verdict::Deny => {}
        }
    }

    pub(super) fn declared(&mut self, declared: &AgentDeclared, sequence: u64) {
        self.declared.see(sequence);
        self.operator = Last(Some(declared.operator.clone().unwrap_or_default()));
    }

    /// Who answers for it; empty for nobody.
    pub(super) fn operator(&self) -> &str {
        self.operator.0.as_deref().unwrap_or_default()
    }

    /// The first record that names it.
    pub(super) fn first(&self) -> Option<u64> {
        let first = |counted: &Counted| counted.records().first().copied();
        let both = [first(&self.decided), first(&self.declared)];
        both.into_iter().flatten().min()
    }
}

/// What somebody did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) denied: Counted,
    pub(super) granted: Counted,
    pub(super) halted: Counted,
    pub(super) resumed: Counted,
    pub(super) signed: Counted,
}

absorb_fields!(Person {
    denied,
    granted,
    halted,
    resumed,
    signed
});

impl Person {
    /// The first record of what they did.
    pub(super) fn first(&self) -> Option<u64> {
        let all = [
            &self.denied,
            &self.granted,
            &self.halted,
            &self.resumed,
            &self.signed,
        ];
        let firsts = all
            .into_iter()
            .flat_map(|counted| counted.records().first());
        firsts.copied().min()
    }
}
