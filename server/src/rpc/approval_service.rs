//! The approval service as tonic calls it: each method in the file of its group.

use indelible_proto::v1::{self, approval_service_server};
use tonic::{Request, Response, Status};

use super::{approvals, authorise::Gate};

/// Answers the calls of `indelible.v1.ApprovalService`.
pub(super) struct ApprovalService {
    gate: Gate,
}

impl ApprovalService {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl approval_service_server::ApprovalService for ApprovalService {
    async fn request_approval(
        &self,
        request: Request<v1::RequestApprovalRequest>,
    ) -> Answer<v1::RequestApprovalResponse> {
        approvals::request(&self.gate, request).await
    }

    async fn list_approval_requests(
        &self,
        request: Request<v1::ListApprovalRequestsRequest>,
    ) -> Answer<v1::ListApprovalRequestsResponse> {
        approvals::list(&self.gate, request)
    }

    async fn get_approval_request(
        &self,
        request: Request<v1::GetApprovalRequestRequest>,
    ) -> Answer<v1::GetApprovalRequestResponse> {
        approvals::get(&self.gate, request)
    }

    async fn approve(&self, request: Request<v1::ApproveRequest>) -> Answer<v1::ApproveResponse> {
        approvals::approve(&self.gate, request).await
    }

    async fn decline(&self, request: Request<v1::DeclineRequest>) -> Answer<v1::DeclineResponse> {
        approvals::decline(&self.gate, request).await
    }

    async fn withdraw(
        &self,
        request: Request<v1::WithdrawRequest>,
    ) -> Answer<v1::WithdrawResponse> {
        approvals::withdraw(&self.gate, request).await
    }
}
