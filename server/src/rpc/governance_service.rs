//! The governance service as tonic calls it: each method in the file of its group.

use indelible_proto::v1::{self, governance_service_server};
use tonic::{Request, Response, Status};

use super::{
    authorise::Gate,
    governance::{agents, budgets, decisions, figures, people, policies},
};

/// Answers the calls of `indelible.v1.GovernanceService`.
pub(super) struct GovernanceService {
    gate: Gate,
}

impl GovernanceService {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl governance_service_server::GovernanceService for GovernanceService {
    async fn register_policy(
        &self,
        request: Request<v1::RegisterPolicyRequest>,
    ) -> Answer<v1::RegisterPolicyResponse> {
        policies::register(&self.gate, request).await
    }

    async fn bind_policy(
        &self,
        request: Request<v1::BindPolicyRequest>,
    ) -> Answer<v1::BindPolicyResponse> {
        policies::bind(&self.gate, request).await
    }

    async fn get_policy(
        &self,
        request: Request<v1::GetPolicyRequest>,
    ) -> Answer<v1::GetPolicyResponse> {
        policies::get(&self.gate, request).await
    }

    async fn list_policies(
        &self,
        request: Request<v1::ListPoliciesRequest>,
    ) -> Answer<v1::ListPoliciesResponse> {
        policies::list(&self.gate, request).await
    }

    async fn declare_agent(
        &self,
        request: Request<v1::DeclareAgentRequest>,
    ) -> Answer<v1::DeclareAgentResponse> {
        agents::declare(&self.gate, request).await
    }

    async fn set_drift_baseline(
        &self,
        request: Request<v1::SetDriftBaselineRequest>,
    ) -> Answer<v1::SetDriftBaselineResponse> {
        figures::baseline(&self.gate, request).await
    }

    async fn register_signer(
        &self,
        request: Request<v1::RegisterSignerRequest>,
    ) -> Answer<v1::RegisterSignerResponse> {
        figures::signer(&self.gate, request).await
    }

    async fn list_agents(
        &self,
        request: Request<v1::ListAgentsRequest>,
    ) -> Answer<v1::ListAgentsResponse> {
        agents::list(&self.gate, request).await
    }

    async fn decide(&self, request: Request<v1::DecideRequest>) -> Answer<v1::DecideResponse> {
        decisions::decide(&self.gate, request).await
    }

    async fn complete_decision(
        &self,
        request: Request<v1::CompleteDecisionRequest>,
    ) -> Answer<v1::CompleteDecisionResponse> {
        decisions::complete(&self.gate, request).await
    }

    async fn release_decision(
        &self,
        request: Request<v1::ReleaseDecisionRequest>,
    ) -> Answer<v1::ReleaseDecisionResponse> {
        decisions::release(&self.gate, request).await
    }

    async fn heartbeat(
        &self,
        request: Request<v1::HeartbeatRequest>,
    ) -> Answer<v1::HeartbeatResponse> {
        agents::heartbeat(&self.gate, request).await
    }

    async fn list_budgets(
        &self,
        request: Request<v1::ListBudgetsRequest>,
    ) -> Answer<v1::ListBudgetsResponse> {
        budgets::list(&self.gate, request).await
    }

    async fn list_agent_approvals(
        &self,
        request: Request<v1::ListAgentApprovalsRequest>,
    ) -> Answer<v1::ListAgentApprovalsResponse> {
        people::list_approvals(&self.gate, request).await
    }

    async fn answer_agent_approval(
        &self,
        request: Request<v1::AnswerAgentApprovalRequest>,
    ) -> Answer<v1::AnswerAgentApprovalResponse> {
        people::answer_approval(&self.gate, request).await
    }

    async fn halt_agents(
        &self,
        request: Request<v1::HaltAgentsRequest>,
    ) -> Answer<v1::HaltAgentsResponse> {
        people::halt(&self.gate, request).await
    }

    async fn resume_agents(
        &self,
        request: Request<v1::ResumeAgentsRequest>,
    ) -> Answer<v1::ResumeAgentsResponse> {
        people::resume(&self.gate, request).await
    }

    async fn list_halts(
        &self,
        request: Request<v1::ListHaltsRequest>,
    ) -> Answer<v1::ListHaltsResponse> {
        people::list_halts(&self.gate, request).await
    }
}
