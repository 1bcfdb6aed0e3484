//! `indelible agent`: who speaks and answers for agents, and what people do about them.

mod halt;

use std::fmt;

use clap::{Args, Subcommand};
use indelible_proto::v1::{
    AgentApproval, AnswerAgentApprovalRequest, DeclareAgentRequest, GovernedAgent,
    HeartbeatRequest, ListAgentApprovalsRequest, ListAgentsRequest,
};
use serde::Serialize;

use self::halt::{Halt, Halts, Resume};
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

/// List approvals of agents' acts: those that are open, and those that ended within a day
#[derive(Debug, Args)]
pub(crate) struct Approvals {
    /// Name or origin
    ledger: String,
}

/// Grant exactly one act of an agent
///
/// `list LEDGER --type indelible.governance.decision.v1` shows what is asked. Whoever asked, the agent, its operator and those
/// who speak for it can't grant it.
#[derive(Debug, Args)]
pub(crate) struct Grant {
    #[command(flatten)]
    answer: Answer,
}

/// Deny one act of an agent
#[derive(Debug, Args)]
pub(crate) struct Deny {
    #[command(flatten)]
    answer: Answer,
}

#[derive(Debug, Args)]
struct Answer {
    /// Name or origin
    ledger: String,
    /// The number of the approval
    approval: u64,
    /// The digest of the act that you looked at: 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    act: String,
}

impl AgentCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Declare(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Heartbeat(command) => command.run(session).await,
            Self::Approvals(command) => command.run(session).await,
            Self::Grant(command) => command.answer.run(session, true).await,
            Self::Deny(command) => command.answer.run(session, false).await,
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

impl Approvals {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut from = 0;
        loop {
            let request = session.connection.request(ListAgentApprovalsRequest {
                ledger: self.ledger.clone(),
                from,
            });
            let approvals = client.list_agent_approvals(request).await?;
            let approvals = approvals.into_inner().approvals;
            let Some(last) = approvals.last() else {
                return Ok(());
            };
            from = last.approval + 1;
            for approval in approvals {
                session.output.item(&ApprovalView::of(approval))?;
            }
        }
    }
}

#[derive(Serialize)]
struct ApprovalView {
    approval: u64,
    decision: u64,
    act_digest: String,
    agent: String,
    principal: String,
    state: String,
    expire_time: String,
    people: u32,
    granted_by: Vec<String>,
}

impl ApprovalView {
    fn of(approval: AgentApproval) -> Self {
        Self {
            approval: approval.approval,
            decision: approval.decision,
            act_digest: approval.act_digest,
            agent: approval.agent,
            principal: approval.principal,
            state: approval.state,
            expire_time: time::to_text(approval.expire_time.as_ref()),
            people: approval.people,
            granted_by: approval.granted_by,
        }
    }
}

impl fmt::Display for ApprovalView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("approval", self.approval)
                .row("state", &self.state)
                .row("agent", &self.agent)
                .row("asked by", &self.principal)
                .row("decision", self.decision)
                .row("act", &self.act_digest)
                .row("expires", &self.expire_time)
                .row_if("granted by", &self.granted_by.join(" "));
        })
    }
}

impl Answer {
    async fn run(self, session: &mut Session, grant: bool) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(AnswerAgentApprovalRequest {
            ledger: self.ledger,
            approval: self.approval,
            act_digest: self.act,
            grant,
        });
        let answer = client.answer_agent_approval(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}
