//! The compliance service as tonic calls it: each method in the file of its group.

use std::sync::Arc;

use indelible_proto::v1::{self, compliance_service_server};
use tonic::{Request, Response, Status};

use super::{
    authorise::Gate,
    projections::{self, Rebuilding},
    report::{self, Reporting},
    slots::Slots,
};

/// Answers the calls of `indelible.v1.ComplianceService`.
pub(super) struct ComplianceService {
    gate: Gate,
    slots: Arc<Slots>,
}

impl ComplianceService {
    pub(super) fn new(gate: Gate, slots: Arc<Slots>) -> Self {
        Self { gate, slots }
    }
}

#[tonic::async_trait]
impl compliance_service_server::ComplianceService for ComplianceService {
    type CreateReportStream = Reporting;
    type RebuildProjectionsStream = Rebuilding;

    async fn create_report(
        &self,
        request: Request<v1::CreateReportRequest>,
    ) -> Result<Response<Reporting>, Status> {
        report::create_report(&self.gate, &self.slots, request).await
    }

    async fn get_projections(
        &self,
        request: Request<v1::GetProjectionsRequest>,
    ) -> Result<Response<v1::GetProjectionsResponse>, Status> {
        projections::get(&self.gate, &self.slots, request).await
    }

    async fn query_projection(
        &self,
        request: Request<v1::QueryProjectionRequest>,
    ) -> Result<Response<v1::QueryProjectionResponse>, Status> {
        projections::query(&self.gate, &self.slots, request).await
    }

    async fn rebuild_projections(
        &self,
        request: Request<v1::RebuildProjectionsRequest>,
    ) -> Result<Response<Rebuilding>, Status> {
        projections::rebuild(&self.gate, &self.slots, request).await
    }
}
