//! The ledger service as tonic calls it: each method in the file of its group.

use std::sync::Arc;

use indelible_proto::v1::{self, ledger_service_server};
use tonic::{Request, Response, Status, Streaming};

use super::{
    append,
    append_stream::{self, Acknowledgements},
    authorise::Gate,
    clock,
    export::{self, Exporting},
    follow::{self, Following},
    ledgers, prove, read,
    slots::Slots,
    status::{self, About},
    verify::{self, Verifying},
};

/// Answers the calls of `indelible.v1.LedgerService`.
pub(super) struct LedgerService {
    gate: Gate,
    slots: Arc<Slots>,
    about: About,
}

impl LedgerService {
    pub(super) fn new(gate: Gate, slots: Arc<Slots>, about: About) -> Self {
        Self { gate, slots, about }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ledger_service_server::LedgerService for LedgerService {
    type AppendStreamStream = Acknowledgements;
    type FollowRecordsStream = Following;
    type VerifyLedgerStream = Verifying;
    type ExportBundleStream = Exporting;

    async fn create_ledger(
        &self,
        request: Request<v1::CreateLedgerRequest>,
    ) -> Answer<v1::CreateLedgerResponse> {
        ledgers::create(&self.gate, request).await
    }

    async fn get_ledger(
        &self,
        request: Request<v1::GetLedgerRequest>,
    ) -> Answer<v1::GetLedgerResponse> {
        ledgers::describe(&self.gate, request).await
    }

    async fn list_ledgers(
        &self,
        request: Request<v1::ListLedgersRequest>,
    ) -> Answer<v1::ListLedgersResponse> {
        ledgers::list(&self.gate, request).await
    }

    async fn create_successor(
        &self,
        request: Request<v1::CreateSuccessorRequest>,
    ) -> Answer<v1::CreateSuccessorResponse> {
        ledgers::create_successor(&self.gate, request).await
    }

    async fn append(&self, request: Request<v1::AppendRequest>) -> Answer<v1::AppendResponse> {
        append::append(&self.gate, request).await
    }

    async fn append_batch(
        &self,
        request: Request<v1::AppendBatchRequest>,
    ) -> Answer<v1::AppendBatchResponse> {
        append::append_batch(&self.gate, request).await
    }

    async fn append_stream(
        &self,
        request: Request<Streaming<v1::AppendStreamRequest>>,
    ) -> Answer<Acknowledgements> {
        Ok(append_stream::append_stream(&self.gate, request))
    }

    async fn get_record(
        &self,
        request: Request<v1::GetRecordRequest>,
    ) -> Answer<v1::GetRecordResponse> {
        read::get_record(&self.gate, request).await
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Answer<v1::ListEventsResponse> {
        read::list_events(&self.gate, request).await
    }

    async fn follow_records(
        &self,
        request: Request<v1::FollowRecordsRequest>,
    ) -> Answer<Following> {
        follow::follow_records(&self.gate, request).await
    }

    async fn get_receipt(
        &self,
        request: Request<v1::GetReceiptRequest>,
    ) -> Answer<v1::GetReceiptResponse> {
        prove::get_receipt(&self.gate, request).await
    }

    async fn get_checkpoint(
        &self,
        request: Request<v1::GetCheckpointRequest>,
    ) -> Answer<v1::GetCheckpointResponse> {
        prove::get_checkpoint(&self.gate, request).await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Answer<v1::GetConsistencyProofResponse> {
        prove::get_consistency_proof(&self.gate, request).await
    }

    async fn verify_ledger(&self, request: Request<v1::VerifyLedgerRequest>) -> Answer<Verifying> {
        verify::verify_ledger(&self.gate, &self.slots, request).await
    }

    async fn export_bundle(&self, request: Request<v1::ExportBundleRequest>) -> Answer<Exporting> {
        export::export_bundle(&self.gate, &self.slots, request).await
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Answer<v1::GetStatusResponse> {
        status::get_status(&self.gate, &self.about, request).await
    }

    async fn accept_clock(
        &self,
        request: Request<v1::AcceptClockRequest>,
    ) -> Answer<v1::AcceptClockResponse> {
        clock::accept(&self.gate, request).await
    }
}
