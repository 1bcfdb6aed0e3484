//! Agents: who may speak and answer for them, and that they are there.

use indelible_governance::{
    record::{AgentDeclared, Entry},
    state::State,
};

use super::asking::Placed;
use crate::{
    core::Ledger,
    state::{govern_error::GovernError, limits::AGENT_SPEAKERS_MAX},
    write::ask::Moment,
};

impl Ledger {
    /// Says who may speak for an agent, and who answers for it, in the place of what was said before.
    ///
    /// # Errors
    /// If a name can't be one, or nothing can be recorded.
    pub async fn declare_agent(
        &self,
        declared: AgentDeclared,
        by: &str,
    ) -> Result<Placed, GovernError> {
        super::asking::check_name("agent", &declared.agent)?;
        for name in declared.operator.iter().chain(&declared.speakers) {
            super::asking::check_name("principal", name)?;
        }
        if declared.speakers.len() > AGENT_SPEAKERS_MAX {
            return Err(GovernError::Field(indelible_evidence::FieldViolation {
                field: "speakers".into(),
                problem: format!("has more than {AGENT_SPEAKERS_MAX} principals"),
            }));
        }
        let (ledger, by) = (self.clone(), by.to_owned());
        let declare = move |state: &State, _: Moment| {
            if !state.has_room_for(&declared.agent) {
                return Err(GovernError::TooManyAgents);
            }
            let written = ledger.own_record(Entry::Agent(declared), Some(&by))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, declare).await?.0)
    }

    /// Records that an agent is there. It ends no halt.
    ///
    /// # Errors
    /// If the principal may not speak for the agent, or nothing can be recorded.
    pub async fn heartbeat(&self, agent: &str, principal: &str) -> Result<Placed, GovernError> {
        super::asking::check_name("agent", agent)?;
        let ledger = self.clone();
        let (agent, principal) = (agent.to_owned(), principal.to_owned());
        let sign = move |state: &State, _: Moment| {
            if !state.may_speak(&agent, &principal) {
                return Err(GovernError::NotTheAgent { principal, agent });
            }
            if !state.has_room_for(&agent) {
                return Err(GovernError::TooManyAgents);
            }
            let actor = agent.clone();
            let written = ledger.own_record(Entry::Sign { agent }, Some(&actor))?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, sign).await?.0)
    }

    /// Which of some tools an agent may see: those that the policies in force let it call. Where none is in force, none.
    ///
    /// # Errors
    /// If the principal may not speak for the agent, or the state can't be had.
    pub async fn visible_tools(
        &self,
        agent: &str,
        principal: &str,
        tools: Vec<String>,
    ) -> Result<Vec<String>, GovernError> {
        let speaks = {
            let (agent, principal) = (agent.to_owned(), principal.to_owned());
            self.look(move |state, _| state.may_speak(&agent, &principal))
        };
        if !speaks.await? {
            return Err(GovernError::NotTheAgent {
                principal: principal.to_owned(),
                agent: agent.to_owned(),
            });
        }
        let rules = self.rules().await?;
        let is_visible = |tool: &String| {
            let bound = rules.of(agent, principal, tool);
            bound.is_some_and(|bound| bound.bound.shows(tool))
        };
        Ok(tools.into_iter().filter(is_visible).collect())
    }
}
