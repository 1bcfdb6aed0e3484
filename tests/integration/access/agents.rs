//! Acts of agents that a human must grant, and halts: over TLS, where everybody is somebody.

use indelible_proto::v1::{
    AnswerAgentApprovalRequest, BindPolicyRequest, DecideRequest, DecideResponse, DecisionVerdict,
    DeclareAgentRequest, GovernedAgent, HaltAgentsRequest, HaltTarget, HeartbeatRequest,
    ListAgentApprovalsRequest, PolicyBinding, PolicyDocument, PolicyKind, RegisterPolicyRequest,
    ResumeAgentsRequest, governance_service_client::GovernanceServiceClient, halt_target::Of,
    ledger_service_client::LedgerServiceClient,
};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt as _;

use super::{certificates::host, net::Net};
use crate::support::calls::create;

pub(super) type Client = GovernanceServiceClient<Channel>;

pub(super) const LEDGER: &str = "loans";

/// Who runs the ledger, who grants, an agent's program, and somebody who answers for it and may grant, too.
const BINDINGS: &str = "[[access]]\nprincipals = [\"dns:operator.example\", \"dns:boss.example\"]\nroles = [\"operator\"]\non = [\"@store\"]\n\
    [[access]]\nprincipals = [\"dns:second.example\", \"dns:owner.example\", \"dns:third.example\"]\nroles = [\"agent-approver\"]\non = [\"loans\"]\n\
    [[access]]\nprincipals = [\"dns:agent.example\", \"dns:other.example\"]\nroles = [\"writer\"]\non = [\"loans\"]\n\
    [[access]]\nprincipals = [\"dns:till.example\"]\nroles = [\"writer\"]\non = [\"loans\"]\nsources = [\"/till\"]\n";

pub(super) struct Office {
    pub(super) net: Net,
}

impl Office {
    pub(super) async fn start() -> Self {
        Self::bound(BINDINGS).await
    }

    /// The same with other bindings.
    pub(super) async fn bound(bindings: &str) -> Self {
        let net = Net::start("\"127.0.0.1:0\"", bindings).await.unwrap();
        let office = Self { net };
        let channel = office.channel("operator").await;
        create(&mut LedgerServiceClient::new(channel.clone()), LEDGER).await;
        let mut operator = Client::new(channel);
        let request = RegisterPolicyRequest {
            ledger: LEDGER.into(),
            kind: PolicyKind::Gate.into(),
            documents: vec![PolicyDocument {
                name: "gate.yaml".into(),
                content: "version: \"1\"\nscope: {allowed_tools: [pay, note]}\napprovals: {acts: [pay, note], low_risk: [note]}\n".into(),
            }],
        };
        let registered = operator
            .register_policy(request)
            .await
            .unwrap()
            .into_inner();
        let request = BindPolicyRequest {
            ledger: LEDGER.into(),
            binding: Some(PolicyBinding {
                name: "all".into(),
                gate: registered.digest,
                ..PolicyBinding::default()
            }),
        };
        operator.bind_policy(request).await.unwrap();
        let request = DeclareAgentRequest {
            ledger: LEDGER.into(),
            agent: Some(GovernedAgent {
                agent: "payer".into(),
                operator: "dns:owner.example".into(),
                speakers: vec!["dns:agent.example".into()],
                last_sign_time: None,
            }),
        };
        operator.declare_agent(request).await.unwrap();
        office
    }

    pub(super) async fn channel(&self, name: &str) -> Channel {
        let files = self.net.issue(name, host(&format!("{name}.example")));
        self.net.channel(Some(&files)).await
    }

    pub(super) async fn person(&self, name: &str) -> Client {
        Client::new(self.channel(name).await)
    }
}

pub(super) fn pay(id: &str, approval: u64, amount: u64) -> DecideRequest {
    DecideRequest {
        ledger: LEDGER.into(),
        source: "/agents/payer".into(),
        id: id.into(),
        agent: "payer".into(),
        kind: "tool_call".into(),
        action: "pay".into(),
        arguments_json: format!("{{\"amount\":{amount}}}").into(),
        approval,
        ..DecideRequest::default()
    }
}

pub(super) async fn decide(client: &mut Client, request: DecideRequest) -> DecideResponse {
    client.decide(request).await.unwrap().into_inner()
}

pub(super) fn why(status: &Status) -> String {
    let info = status.get_details_error_info().unwrap();
    format!("{} {}", info.reason, info.metadata["why"])
}

/// Approval not bound to the act: extra 139, agenta 4854, claude-cookbooks 701.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_is_granted_by_somebody_else_and_only_as_it_was_shown() {
    let office = Office::start().await;
    let mut agent = office.person("agent").await;
    let asked = decide(&mut agent, pay("1", 0, 82_000)).await;
    assert_eq!(asked.verdict(), DecisionVerdict::Escalate);
    assert!(asked.open_approval > 0);
    // The same act asked again gets the approval that is open.
    let again = decide(&mut agent, pay("2", 0, 82_000)).await;
    assert_eq!(again.open_approval, asked.open_approval);
    let answer = AnswerAgentApprovalRequest {
        ledger: LEDGER.into(),
        approval: asked.open_approval,
        act_digest: asked.act_digest.clone(),
        grant: true,
    };
    let mut owner = office.person("owner").await;
    let refused = owner.answer_agent_approval(answer.clone()).await;
    assert_eq!(why(&refused.unwrap_err()), "GOVERNANCE_REFUSED approval");
    let mut second = office.person("second").await;
    let list = ListAgentApprovalsRequest {
        ledger: LEDGER.into(),
        ..ListAgentApprovalsRequest::default()
    };
    let listed = second
        .list_agent_approvals(list)
        .await
        .unwrap()
        .into_inner();
    let shown = &listed.approvals[0];
    assert_eq!(shown.act_digest, asked.act_digest);
    assert_eq!(
        (shown.action.as_str(), shown.binding.as_str()),
        ("pay", "all")
    );
    assert_eq!(shown.reason, "a human must grant this act");
    let other = AnswerAgentApprovalRequest {
        act_digest: "00".repeat(32),
        ..answer.clone()
    };
    assert!(second.answer_agent_approval(other).await.is_err());
    second.answer_agent_approval(answer).await.unwrap();
    let approval = asked.open_approval;
    let stale = decide(&mut agent, pay("3", approval, 820_000)).await;
    assert_eq!(stale.code, "APPROVAL_STALE");
    let paid = decide(&mut agent, pay("4", approval, 82_000)).await;
    assert_eq!(paid.verdict(), DecisionVerdict::Allow);
    let twice = decide(&mut agent, pay("5", approval, 82_000)).await;
    assert_eq!(twice.code, "APPROVAL_USED");
    // Somebody who may not speak for the agent is denied, on record.
    let mut other = office.person("other").await;
    let denied = decide(&mut other, pay("6", 0, 1)).await;
    assert_eq!(denied.code, "NOT_THE_AGENT");
    office.net.daemon.stop();
}

/// Halts undone by a heartbeat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_halt_outlasts_a_restart_and_a_heartbeat_and_its_owner_can_t_end_it() {
    let office = Office::start().await;
    let target = || {
        Some(HaltTarget {
            of: Some(Of::Agent("payer".into())),
        })
    };
    let halt = HaltAgentsRequest {
        ledger: LEDGER.into(),
        target: target(),
        people: 1,
    };
    let mut second = office.person("second").await;
    second.halt_agents(halt).await.unwrap();
    let office = Office {
        net: office.net.restart().await,
    };
    let mut agent = office.person("agent").await;
    let sign = HeartbeatRequest {
        ledger: LEDGER.into(),
        agent: "payer".into(),
    };
    agent.heartbeat(sign).await.unwrap();
    let refused = decide(&mut agent, pay("1", 0, 1)).await;
    assert_eq!(refused.code, "HALTED");
    let resume = ResumeAgentsRequest {
        ledger: LEDGER.into(),
        target: target(),
    };
    let mut owner = office.person("owner").await;
    let refused = owner.resume_agents(resume.clone()).await.unwrap_err();
    assert_eq!(why(&refused), "GOVERNANCE_REFUSED halt");
    let mut second = office.person("second").await;
    let resumed = second.resume_agents(resume).await.unwrap().into_inner();
    assert!(resumed.resumed);
    let asked = decide(&mut agent, pay("2", 0, 1)).await;
    assert_eq!(asked.verdict(), DecisionVerdict::Escalate);
    office.net.daemon.stop();
}

/// A decision takes its source and id for ever, so nobody takes those of others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_bound_to_sources_asks_for_those_alone() {
    let office = Office::start().await;
    let mut till = office.person("till").await;
    let of_another = DecideRequest {
        agent: String::new(),
        ..pay("1", 0, 1)
    };
    let own = DecideRequest {
        source: "/till".into(),
        ..of_another.clone()
    };
    let refused = till.decide(of_another).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let asked = decide(&mut till, own).await;
    assert_eq!(asked.verdict(), DecisionVerdict::Escalate);
    office.net.daemon.stop();
}
