//! `indelible proposal`: what others decide on.

use std::fmt;

use clap::{Args, Subcommand};
use indelible_proto::v1::{
    ApproveProposalRequest, CreateProposalRequest, ExecuteProposalRequest, ListProposalsRequest,
    Proposal, RejectProposalRequest, VoteOnProposalRequest,
};
use serde::Serialize;

use super::{recorded, table};
use crate::cli::{error::CliError, session::Session, ui::time};

/// Propose, vote, approve and carry out
#[derive(Debug, Subcommand)]
pub(crate) enum ProposalCommand {
    Create(Create),
    Vote(Vote),
    Approve(Approve),
    Execute(Execute),
    Reject(Reject),
    List(List),
}

/// Propose something for others to decide on
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Name or origin
    ledger: String,
    /// The SHA-256 of what is proposed: 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    content: String,
    /// How many of the voters must say yes; without it, no vote is asked for
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        requires = "voter"
    )]
    quorum: u32,
    /// A principal that may vote; may be given several times
    #[arg(long, value_name = "PRINCIPAL")]
    voter: Vec<String>,
    /// For how many seconds votes are taken; without it, for a day
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    seconds: u64,
}

/// Vote on a proposal; a vote is final
#[derive(Debug, Args)]
pub(crate) struct Vote {
    #[command(flatten)]
    of: Of,
    /// Vote for it
    #[arg(long, required_unless_present = "no", conflicts_with = "no")]
    yes: bool,
    /// Vote against it
    #[arg(long)]
    no: bool,
    /// The SHA-256 of the reasons: 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    reasons: String,
    /// The model that votes, if one does
    #[arg(long, value_name = "NAME", requires = "model_version")]
    model: Option<String>,
    /// Its version
    #[arg(long, value_name = "VERSION", requires = "model")]
    model_version: Option<String>,
}

/// Approve a proposal for which the quorum has voted; whoever proposed it can't
#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    of: Of,
}

/// Record that an approved proposal was carried out
#[derive(Debug, Args)]
pub(crate) struct Execute {
    #[command(flatten)]
    of: Of,
}

/// Reject a proposal that was not carried out
#[derive(Debug, Args)]
pub(crate) struct Reject {
    #[command(flatten)]
    of: Of,
}

/// List proposals, until 30 days after the end of their votes
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

#[derive(Debug, Args)]
struct Of {
    /// Name or origin
    ledger: String,
    /// The number of the proposal
    proposal: u64,
}

impl ProposalCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Create(command) => command.run(session).await,
            Self::Vote(command) => command.run(session).await,
            Self::Approve(command) => command.run(session).await,
            Self::Execute(command) => command.run(session).await,
            Self::Reject(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
        }
    }
}

impl Create {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(CreateProposalRequest {
            ledger: self.ledger,
            content_digest: self.content,
            quorum: self.quorum,
            voters: self.voter,
            seconds: self.seconds,
        });
        let answer = client.create_proposal(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl Vote {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(VoteOnProposalRequest {
            ledger: self.of.ledger,
            proposal: self.of.proposal,
            yes: self.yes,
            model: self.model.unwrap_or_default(),
            model_version: self.model_version.unwrap_or_default(),
            reasons_digest: self.reasons,
        });
        let answer = client.vote_on_proposal(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl Approve {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(ApproveProposalRequest {
            ledger: self.of.ledger,
            proposal: self.of.proposal,
        });
        let answer = client.approve_proposal(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl Execute {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(ExecuteProposalRequest {
            ledger: self.of.ledger,
            proposal: self.of.proposal,
        });
        let answer = client.execute_proposal(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl Reject {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(RejectProposalRequest {
            ledger: self.of.ledger,
            proposal: self.of.proposal,
        });
        let answer = client.reject_proposal(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut after = 0;
        loop {
            let request = session.connection.request(ListProposalsRequest {
                ledger: self.ledger.clone(),
                after,
            });
            let answer = client.list_proposals(request).await?.into_inner();
            let Some(last) = answer.proposals.last() else {
                return Ok(());
            };
            after = last.proposal;
            for one in answer.proposals {
                session.output.item(&View::of(one))?;
            }
        }
    }
}

#[derive(Serialize)]
struct View {
    proposal: u64,
    state: String,
    content_digest: String,
    proposer: String,
    quorum: u32,
    voters: Vec<String>,
    vote_end_time: String,
    votes: Vec<Voted>,
    #[serde(skip)]
    ends: String,
}

#[derive(Serialize)]
struct Voted {
    voter: String,
    yes: bool,
}

impl View {
    fn of(one: Proposal) -> Self {
        let votes = one.votes.into_iter();
        Self {
            proposal: one.proposal,
            state: one.state,
            content_digest: one.content_digest,
            proposer: one.proposer,
            quorum: one.quorum,
            voters: one.voters,
            vote_end_time: time::to_text(one.vote_end_time.as_ref()),
            votes: votes
                .map(|vote| Voted {
                    voter: vote.voter,
                    yes: vote.yes,
                })
                .collect(),
            ends: time::for_people(one.vote_end_time.as_ref()),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let votes = |wanted: bool| {
            let votes = self.votes.iter().filter(|vote| vote.yes == wanted);
            let names: Vec<_> = votes.map(|vote| vote.voter.as_str()).collect();
            names.join(" ")
        };
        table(f, |table| {
            table
                .row("proposal", self.proposal)
                .row("state", &self.state)
                .row("content", &self.content_digest)
                .row("proposed by", &self.proposer)
                .row(
                    "quorum",
                    format!("{} of {}", self.quorum, self.voters.len()),
                )
                .row_if("for", &votes(true))
                .row_if("against", &votes(false))
                .row("votes end at", &self.ends);
        })
    }
}
