//! Whether anybody can grant an act at all: an approval that nobody can answer is said to be so where it is opened and listed,
//! and not found out when it has expired.

use std::{collections::HashSet, sync::Arc};

use indelible_access::{Action, Table};
use indelible_ledger::{Decided, GovernError, Ledger};

use crate::rpc::{authorise::Permit, refusal::Refusal};

/// Who is bound to answer agents on a ledger.
pub(super) struct Granters {
    table: Arc<Table>,
    ledger: Ledger,
    name: String,
}

/// An approval, as far as it says who may grant it.
pub(super) struct Asked<'a> {
    pub(super) agent: &'a str,
    pub(super) principal: &'a str,
    /// How many people must grant it.
    pub(super) people: u32,
    /// Who passed it on, and so does not grant it.
    pub(super) passed_on_by: Option<&'a str>,
    /// Who alone may grant it.
    pub(super) only: Option<&'a str>,
}

impl Granters {
    pub(super) fn new(permit: &Permit<'_>, ledger: &Ledger) -> Self {
        Self {
            table: permit.table(),
            ledger: ledger.clone(),
            name: ledger.summary().name,
        }
    }

    /// Why nobody can grant what a decision asks for; empty: somebody can, or it asks for nobody.
    pub(super) async fn lack_of(&self, decided: &Decided) -> Result<String, Refusal> {
        if decided.open_approval.is_none() {
            return Ok(String::new());
        }
        let decision = &decided.decision;
        let asked = Asked {
            agent: &decision.act.agent,
            principal: &decision.act.principal,
            people: decision.approval_people.into(),
            passed_on_by: None,
            only: None,
        };
        let mut lack = self.lacks(&[asked]).await?;
        Ok(lack.pop().unwrap_or_default())
    }

    /// Why nobody can grant each of some approvals, in their order; empty where somebody can.
    pub(super) async fn lacks(&self, asked: &[Asked<'_>]) -> Result<Vec<String>, GovernError> {
        let agents = asked.iter().map(|one| one.agent.to_owned()).collect();
        let none = self.ledger.no_granters(agents).await?;
        let lacks = asked.iter().zip(none);
        let lacks = lacks.map(|(asked, none)| match none {
            None => format!(
                "nobody answers for the agent {:?}, so nobody can grant its acts: declare its operator with `indelible agent declare`",
                asked.agent
            ),
            Some(none) => self.lack(asked, &none).unwrap_or_default(),
        });
        Ok(lacks.collect())
    }

    fn lack(&self, asked: &Asked<'_>, none: &[String]) -> Option<String> {
        let bound = || self.table.people_bound_to(Action::AnswerAgents, &self.name);
        let is_other = |name: &str| {
            name != asked.principal
                && asked.passed_on_by != Some(name)
                && !none.iter().any(|own| own == name)
        };
        let others: Vec<_> = bound().filter(|one| is_other(one.as_str())).collect();
        // Of a group nobody knows who is in it, so it may be enough.
        if others.iter().any(|one| one.is_group()) {
            return None;
        }
        let others: HashSet<_> = others.into_iter().map(|one| one.as_str()).collect();
        let ledger = &self.name;
        match (others.len(), asked.people.max(1), asked.only) {
            (0, ..) if bound().next().is_none() => Some(format!(
                "nobody has the role agent-approver on {ledger}, so nobody can grant this: bind somebody in [[access]] of the configuration"
            )),
            (0, ..) => Some(format!(
                "only those who asked, who answer or speak for the agent, or who passed it on have the role agent-approver on {ledger}, and they can't grant this: bind somebody else in [[access]] of the configuration"
            )),
            (few, people, _) if few < people as usize => Some(format!(
                "{people} people must grant this, and only {few} can: bind more as agent-approver on {ledger} in [[access]] of the configuration"
            )),
            (_, _, Some(only)) if !is_group(only) && !others.contains(only) => Some(format!(
                "it was passed on to {only}, who can't grant it: somebody who may answer it can pass it on again"
            )),
            _ => None,
        }
    }
}

/// Whether a name is a group's.
fn is_group(name: &str) -> bool {
    let parsed = indelible_access::Principal::parse(name);
    parsed.is_ok_and(|principal| principal.is_group())
}
