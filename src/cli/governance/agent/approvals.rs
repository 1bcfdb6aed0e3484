//! `indelible agent approvals`: what waits for a human.

use std::{collections::BTreeMap, fmt, time::Duration};

use clap::Args;
use indelible_proto::{
    time::Timestamp,
    v1::{AgentApproval, ListAgentApprovalsRequest},
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    governance::{money::dollars, table},
    session::Session,
    ui::time,
};

const PAGE_SIZE: i32 = 1_000;
/// How often is looked for what is new.
const LOOK: Duration = Duration::from_secs(2);
/// The state of one that waits.
const PENDING: &str = "pending";

/// List approvals of agents' acts: those that are open, and those that ended within a day
///
/// Each says who asks, for what, why a human is asked, what it costs at the most and until when it can be answered.
#[derive(Debug, Args)]
pub(crate) struct Approvals {
    /// Name or origin
    ledger: String,
    /// Only those that wait for an answer
    #[arg(long)]
    pending: bool,
    /// Go on: show what waits, and then every approval that is opened, taken on, passed on, answered, used or expires
    #[arg(long, short, conflicts_with = "pending")]
    watch: bool,
}

impl Approvals {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if self.watch {
            return self.go_on(session).await;
        }
        for approval in all(session, &self.ledger, self.pending).await? {
            session.output.item(&ApprovalView::of(approval))?;
        }
        Ok(())
    }

    /// Shows each approval whose state is another than before, until the command is interrupted.
    async fn go_on(self, session: &mut Session) -> Result<(), CliError> {
        let mut known: Option<BTreeMap<u64, String>> = None;
        loop {
            let approvals = all(session, &self.ledger, false).await?;
            let states = approvals.iter().map(|one| (one.approval, standing_of(one)));
            let states: BTreeMap<_, _> = states.collect();
            for approval in approvals {
                let is_new = match &known {
                    // At the beginning, what has ended is not news.
                    None => approval.state == PENDING,
                    Some(known) => known.get(&approval.approval) != Some(&standing_of(&approval)),
                };
                if is_new {
                    session.output.item(&ApprovalView::of(approval))?;
                }
            }
            session.output.flush()?;
            known = Some(states);
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What about an approval is news if it is another than before.
fn standing_of(approval: &AgentApproval) -> String {
    let AgentApproval {
        state,
        claimed_by,
        escalated_by,
        escalated_to,
        granted_by,
        ..
    } = approval;
    let granted = granted_by.len();
    format!("{state} {granted} {claimed_by:?} {escalated_by:?} {escalated_to:?}")
}

/// All approvals, page by page.
async fn all(
    session: &mut Session,
    ledger: &str,
    only_pending: bool,
) -> Result<Vec<AgentApproval>, CliError> {
    let mut client = session.connection.open_governance().await?;
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = session.connection.request(ListAgentApprovalsRequest {
            ledger: ledger.to_owned(),
            page_size: PAGE_SIZE,
            page_token,
            only_pending,
            approval: 0,
        });
        let answer = client.list_agent_approvals(request).await?.into_inner();
        all.extend(answer.approvals);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

/// The approval of a number.
pub(super) async fn one(
    session: &mut Session,
    ledger: &str,
    approval: u64,
) -> Result<AgentApproval, CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(ListAgentApprovalsRequest {
        ledger: ledger.to_owned(),
        approval,
        ..ListAgentApprovalsRequest::default()
    });
    let answer = client.list_agent_approvals(request).await?.into_inner();
    answer.approvals.into_iter().next().ok_or_else(|| {
        CliError::Usage(format!(
            "there is no approval {approval}, or it expired more than a day ago; `agent approvals` shows which there are"
        ))
    })
}

/// An approval, for people and programs.
#[derive(Serialize)]
pub(super) struct ApprovalView {
    approval: u64,
    state: String,
    agent: String,
    principal: String,
    kind: String,
    action: String,
    session: String,
    cost_nano_usd: Option<u64>,
    tokens: Option<u64>,
    reason: String,
    binding: String,
    decision: u64,
    act_digest: String,
    policies: Vec<String>,
    open_time: String,
    expire_time: String,
    people: u32,
    granted_by: Vec<String>,
    claimed_by: String,
    claim_end_time: String,
    escalated_by: String,
    escalated_to: String,
    low_risk: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    granters_lack: String,
    #[serde(skip)]
    times: (String, String),
    #[serde(skip)]
    claim_ends: String,
}

impl ApprovalView {
    pub(super) fn of(approval: AgentApproval) -> Self {
        let (opened, expires) = (approval.open_time, approval.expire_time);
        let claim_end = approval.claim_end_time;
        let text = |of: fn(Option<&Timestamp>) -> String| {
            claim_end
                .as_ref()
                .map(|end| of(Some(end)))
                .unwrap_or_default()
        };
        Self {
            approval: approval.approval,
            state: approval.state,
            agent: approval.agent,
            principal: approval.principal,
            kind: approval.kind,
            action: approval.action,
            session: approval.session,
            cost_nano_usd: approval.cost_nano_usd,
            tokens: approval.tokens,
            reason: approval.reason,
            binding: approval.binding,
            decision: approval.decision,
            act_digest: approval.act_digest,
            policies: approval.policies,
            open_time: time::to_text(opened.as_ref()),
            expire_time: time::to_text(expires.as_ref()),
            people: approval.people,
            granted_by: approval.granted_by,
            claimed_by: approval.claimed_by,
            claim_end_time: text(time::to_text),
            escalated_by: approval.escalated_by,
            escalated_to: approval.escalated_to,
            low_risk: approval.low_risk,
            granters_lack: approval.granters_lack,
            claim_ends: text(time::for_people),
            times: (
                time::for_people(opened.as_ref()),
                time::for_people(expires.as_ref()),
            ),
        }
    }

    /// Who would do what, in a few words.
    pub(super) fn what(&self) -> String {
        let cost = self.cost_nano_usd.map(dollars);
        let cost = cost.map(|cost| format!(" for at most {cost}"));
        let cost = cost.unwrap_or_default();
        format!("the agent {} do {:?}{cost}", self.agent, self.action)
    }

    fn claimed(&self) -> String {
        match self.claimed_by.is_empty() {
            true => String::new(),
            false => format!("{} until {}", self.claimed_by, self.claim_ends),
        }
    }

    fn escalated(&self) -> String {
        match (self.escalated_by.is_empty(), self.escalated_to.is_empty()) {
            (true, _) => String::new(),
            (false, true) => self.escalated_by.clone(),
            (false, false) => format!("{} to {}", self.escalated_by, self.escalated_to),
        }
    }

    fn standing(&self) -> String {
        let granted = self.granted_by.len();
        match (self.state.as_str(), self.people) {
            (PENDING, people) if people > 1 => {
                format!("waits: {granted} of {people} people have granted it")
            }
            (PENDING, _) => "waits for an answer".to_owned(),
            (state, _) => state.to_owned(),
        }
    }
}

impl fmt::Display for ApprovalView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked_by = match self.principal == self.agent {
            true => String::new(),
            false => self.principal.clone(),
        };
        let kind = self.kind.replace('_', " ");
        table(f, |table| {
            table
                .row("approval", self.approval)
                .row("state", self.standing())
                .row("agent", &self.agent)
                .row_if("asked by", &asked_by)
                .row("wants to do", format!("{} ({kind})", self.action))
                .row_if("session", &self.session);
            if let Some(cost) = self.cost_nano_usd {
                table.row("costs at most", dollars(cost));
            }
            if let Some(tokens) = self.tokens {
                table.row("tokens at most", tokens);
            }
            table
                .row_if("because", &self.reason)
                .row_if("but", &self.granters_lack)
                .row_if("by the binding", &self.binding)
                .row("asked at", &self.times.0)
                .row("expires at", &self.times.1)
                .row_if("granted by", &self.granted_by.join(" "))
                .row_if("taken on by", &self.claimed())
                .row_if("passed on by", &self.escalated())
                .row("act", &self.act_digest);
        })
    }
}
