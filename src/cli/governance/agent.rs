//! `indelible agent`: who speaks and answers for agents, and what people do about them.

mod all_ledgers;
mod answer;
mod approvals;
mod halt;
mod hand;
mod speakers;
mod tools;

use std::fmt;

use clap::{Args, Subcommand};
use indelible_proto::v1::{
    DeclareAgentRequest, GovernedAgent, HeartbeatRequest, ListAgentsRequest,
};
use serde::Serialize;

use self::{
    answer::{Deny, Grant},
    approvals::Approvals,
    halt::{Halt, Halts, Resume},
    hand::{Claim, Escalate},
    tools::Tools,
};
use super::{recorded, table};
use crate::cli::{error::CliError, session::Session, ui::time};

/// Say who speaks and answers for agents; grant, halt and resume
#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    Declare(Declare),
    List(List),
    Heartbeat(Heartbeat),
    Approvals(Approvals),
    Grant(Grant),
    Deny(Deny),
    Claim(Claim),
    Escalate(Escalate),
    Tools(Tools),
    Halt(Halt),
    Resume(Resume),
    Halts(Halts),
}

/// Say who may speak for an agent and who answers for it, in the place of what was said before
#[derive(Debug, Args)]
pub(crate) struct Declare {
    /// Name or origin
    ledger: String,
    /// The agent's name
    agent: String,
    /// The principal that answers for it; an agent without one is granted nothing
    #[arg(long, value_name = "PRINCIPAL")]
    operator: Option<String>,
    /// A principal that may speak for it, besides one of its own name; may be given several times
    #[arg(long, value_name = "PRINCIPAL")]
    speaker: Vec<String>,
}

/// List the agents that are known
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

/// Record that an agent is there; it ends no halt
#[derive(Debug, Args)]
pub(crate) struct Heartbeat {
    /// Name or origin
    ledger: String,
    /// The agent's name; without it, the caller's own principal
    agent: Option<String>,
}

impl AgentCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Declare(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Heartbeat(command) => command.run(session).await,
            Self::Approvals(command) => command.run(session).await,
            Self::Grant(command) => command.run(session).await,
            Self::Deny(command) => command.run(session).await,
            Self::Claim(command) => command.run(session).await,
            Self::Escalate(command) => command.run(session).await,
            Self::Tools(command) => command.run(session).await,
            Self::Halt(command) => command.run(session).await,
            Self::Resume(command) => command.run(session).await,
            Self::Halts(command) => command.run(session).await,
        }
    }
}

impl Declare {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(DeclareAgentRequest {
            ledger: self.ledger,
            agent: Some(GovernedAgent {
                agent: self.agent,
                operator: self.operator.unwrap_or_default(),
                speakers: self.speaker,
                last_sign_time: None,
            }),
        });
        let answer = client.declare_agent(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut after = String::new();
        loop {
            let request = session.connection.request(ListAgentsRequest {
                ledger: self.ledger.clone(),
                after,
            });
            let agents = client.list_agents(request).await?.into_inner().agents;
            let Some(last) = agents.last() else {
                return Ok(());
            };
            after = last.agent.clone();
            for agent in agents {
                let sign = agent.last_sign_time.as_ref();
                session.output.item(&AgentView {
                    last_sign_time: sign.map(|_| time::to_text(sign)).unwrap_or_default(),
                    agent: agent.agent,
                    operator: agent.operator,
                    speakers: agent.speakers,
                })?;
            }
        }
    }
}

#[derive(Serialize)]
struct AgentView {
    agent: String,
    operator: String,
    speakers: Vec<String>,
    last_sign_time: String,
}

impl fmt::Display for AgentView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("agent", &self.agent)
                .row_if("operator", &self.operator)
                .row_if("speakers", &self.speakers.join(" "))
                .row_if("last sign", &self.last_sign_time);
        })
    }
}

impl Heartbeat {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(HeartbeatRequest {
            ledger: self.ledger,
            agent: self.agent.unwrap_or_default(),
        });
        let answer = client.heartbeat(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}
