//! The compliance service as tonic calls it: each method in the file of its group.

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
    slots: Slots,
}

impl ComplianceService {
    pub(super) fn new(gate: Gate) -> Self {
        Self {
            gate,
            slots: Slots::new(),
        }
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

    async fn list_projections(
        &self,
        request: Request<v1::ListProjectionsRequest>,
    ) -> Result<Response<v1::ListProjectionsResponse>, Status> {
        projections::list(&self.gate, &self.slots, request).await
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
