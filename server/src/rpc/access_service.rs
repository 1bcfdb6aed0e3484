//! The access service as tonic calls it: each method in the file of its group.

use indelible_proto::v1::{self, access_service_server};
use tonic::{Request, Response, Status};

use super::{authorise::Gate, tokens};

/// Answers the calls of `indelible.v1.AccessService`.
pub(super) struct AccessService {
    gate: Gate,
}

impl AccessService {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl access_service_server::AccessService for AccessService {
    async fn create_token(
        &self,
        request: Request<v1::CreateTokenRequest>,
    ) -> Answer<v1::CreateTokenResponse> {
        tokens::create(&self.gate, request).await
    }

    async fn list_tokens(
        &self,
        request: Request<v1::ListTokensRequest>,
    ) -> Answer<v1::ListTokensResponse> {
        tokens::list(&self.gate, request)
    }

    async fn revoke_token(
        &self,
        request: Request<v1::RevokeTokenRequest>,
    ) -> Answer<v1::RevokeTokenResponse> {
        tokens::revoke(&self.gate, request).await
    }
}
