//! The retention service as tonic calls it: each method in the file of its group.

use std::sync::Arc;

use indelible_proto::v1::{self, retention_service_server};
use tonic::{Request, Response, Status};

use super::{
    authorise::Gate,
    end_ledger::{self, Ending},
    retention::{self, Running},
    slots::Slots,
};

/// Answers the calls of `indelible.v1.RetentionService`.
pub(super) struct RetentionService {
    gate: Gate,
    slots: Arc<Slots>,
}

impl RetentionService {
    pub(super) fn new(gate: Gate, slots: Arc<Slots>) -> Self {
        Self { gate, slots }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl retention_service_server::RetentionService for RetentionService {
    type EndLedgerStream = Ending;
    type RunRetentionStream = Running;

    async fn set_retention(
        &self,
        request: Request<v1::SetRetentionRequest>,
    ) -> Answer<v1::SetRetentionResponse> {
        retention::set(&self.gate, request).await
    }

    async fn get_retention(
        &self,
        request: Request<v1::GetRetentionRequest>,
    ) -> Answer<v1::GetRetentionResponse> {
        retention::get(&self.gate, &request)
    }

    async fn preview_retention(
        &self,
        request: Request<v1::PreviewRetentionRequest>,
    ) -> Answer<v1::PreviewRetentionResponse> {
        retention::preview(&self.gate, &self.slots, request).await
    }

    async fn run_retention(&self, request: Request<v1::RunRetentionRequest>) -> Answer<Running> {
        retention::run(&self.gate, &self.slots, request).await
    }

    async fn list_disposals(
        &self,
        request: Request<v1::ListDisposalsRequest>,
    ) -> Answer<v1::ListDisposalsResponse> {
        retention::list(&self.gate, request).await
    }

    async fn end_ledger(&self, request: Request<v1::EndLedgerRequest>) -> Answer<Ending> {
        end_ledger::end(&self.gate, &self.slots, request).await
    }
}
