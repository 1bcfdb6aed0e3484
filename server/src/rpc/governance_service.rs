//! The governance service as tonic calls it: each method in the file of its group.

use indelible_proto::v1::{self, governance_service_server};
use tonic::{Request, Response, Status, Streaming};

use super::{
    authorise::Gate,
    governance::{
        agents, all_ledgers, approvals, budgets, completions, decisions, figures, overrides,
        people, policies, proposals, stream, trial,
    },
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
    type DecideStreamStream = stream::Decisions;

    async fn decide_stream(
        &self,
        request: Request<Streaming<v1::DecideStreamRequest>>,
    ) -> Answer<Self::DecideStreamStream> {
        Ok(stream::decide(&self.gate, request))
    }

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

    async fn test_decision(
        &self,
        request: Request<v1::TestDecisionRequest>,
    ) -> Answer<v1::TestDecisionResponse> {
        trial::test(&self.gate, request).await
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
        completions::complete(&self.gate, request).await
    }

    async fn release_decision(
        &self,
        request: Request<v1::ReleaseDecisionRequest>,
    ) -> Answer<v1::ReleaseDecisionResponse> {
        completions::release(&self.gate, request).await
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

    async fn halt_all_ledgers(
        &self,
        request: Request<v1::HaltAllLedgersRequest>,
    ) -> Answer<v1::HaltAllLedgersResponse> {
        all_ledgers::halt(&self.gate, request).await
    }

    async fn resume_all_ledgers(
        &self,
        request: Request<v1::ResumeAllLedgersRequest>,
    ) -> Answer<v1::ResumeAllLedgersResponse> {
        all_ledgers::resume(&self.gate, request).await
    }

    async fn list_halts(
        &self,
        request: Request<v1::ListHaltsRequest>,
    ) -> Answer<v1::ListHaltsResponse> {
        people::list_halts(&self.gate, request).await
    }

    async fn claim_agent_approval(
        &self,
        request: Request<v1::ClaimAgentApprovalRequest>,
    ) -> Answer<v1::ClaimAgentApprovalResponse> {
        approvals::claim(&self.gate, request).await
    }

    async fn escalate_agent_approval(
        &self,
        request: Request<v1::EscalateAgentApprovalRequest>,
    ) -> Answer<v1::EscalateAgentApprovalResponse> {
        approvals::escalate(&self.gate, request).await
    }

    async fn grant_agent_approvals(
        &self,
        request: Request<v1::GrantAgentApprovalsRequest>,
    ) -> Answer<v1::GrantAgentApprovalsResponse> {
        approvals::grant_batch(&self.gate, request).await
    }

    async fn filter_tools(
        &self,
        request: Request<v1::FilterToolsRequest>,
    ) -> Answer<v1::FilterToolsResponse> {
        agents::filter_tools(&self.gate, request).await
    }

    async fn list_reservations(
        &self,
        request: Request<v1::ListReservationsRequest>,
    ) -> Answer<v1::ListReservationsResponse> {
        budgets::list_reservations(&self.gate, request).await
    }

    async fn register_override_signer(
        &self,
        request: Request<v1::RegisterOverrideSignerRequest>,
    ) -> Answer<v1::RegisterOverrideSignerResponse> {
        overrides::register_signer(&self.gate, request).await
    }

    async fn request_override(
        &self,
        request: Request<v1::RequestOverrideRequest>,
    ) -> Answer<v1::RequestOverrideResponse> {
        overrides::request(&self.gate, request).await
    }

    async fn sign_override(
        &self,
        request: Request<v1::SignOverrideRequest>,
    ) -> Answer<v1::SignOverrideResponse> {
        overrides::sign(&self.gate, request).await
    }

    async fn reject_override(
        &self,
        request: Request<v1::RejectOverrideRequest>,
    ) -> Answer<v1::RejectOverrideResponse> {
        overrides::reject(&self.gate, request).await
    }

    async fn list_overrides(
        &self,
        request: Request<v1::ListOverridesRequest>,
    ) -> Answer<v1::ListOverridesResponse> {
        overrides::list(&self.gate, request).await
    }

    async fn create_proposal(
        &self,
        request: Request<v1::CreateProposalRequest>,
    ) -> Answer<v1::CreateProposalResponse> {
        proposals::create(&self.gate, request).await
    }

    async fn vote_on_proposal(
        &self,
        request: Request<v1::VoteOnProposalRequest>,
    ) -> Answer<v1::VoteOnProposalResponse> {
        proposals::vote(&self.gate, request).await
    }

    async fn approve_proposal(
        &self,
        request: Request<v1::ApproveProposalRequest>,
    ) -> Answer<v1::ApproveProposalResponse> {
        proposals::approve(&self.gate, request).await
    }

    async fn execute_proposal(
        &self,
        request: Request<v1::ExecuteProposalRequest>,
    ) -> Answer<v1::ExecuteProposalResponse> {
        proposals::execute(&self.gate, request).await
    }

    async fn reject_proposal(
        &self,
        request: Request<v1::RejectProposalRequest>,
    ) -> Answer<v1::RejectProposalResponse> {
        proposals::reject(&self.gate, request).await
    }

    async fn list_proposals(
        &self,
        request: Request<v1::ListProposalsRequest>,
    ) -> Answer<v1::ListProposalsResponse> {
        proposals::list(&self.gate, request).await
    }
}
