//! `indelible agent claim` and `indelible agent escalate`.

use clap::Args;
use indelible_proto::v1::{ClaimAgentApprovalRequest, EscalateAgentApprovalRequest};

use crate::cli::{error::CliError, governance::recorded, session::Session};

/// Take an approval on: for a quarter of an hour nobody else answers it
///
/// Others see who has it. It ends early when you answer it, or when anybody passes it on.
#[derive(Debug, Args)]
pub(crate) struct Claim {
    /// Name or origin
    ledger: String,
    /// The number of the approval
    approval: u64,
}

/// Pass an approval on: whoever does it can't grant it any more
#[derive(Debug, Args)]
pub(crate) struct Escalate {
    /// Name or origin
    ledger: String,
    /// The number of the approval
    approval: u64,
    /// The principal or group that alone may grant it from then on; without it, anybody else who may
    #[arg(long, value_name = "PRINCIPAL")]
    to: Option<String>,
}

impl Claim {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(ClaimAgentApprovalRequest {
            ledger: self.ledger,
            approval: self.approval,
        });
        let answer = client.claim_agent_approval(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl Escalate {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(EscalateAgentApprovalRequest {
            ledger: self.ledger,
            approval: self.approval,
            to: self.to.unwrap_or_default(),
        });
        let answer = client.escalate_agent_approval(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}
