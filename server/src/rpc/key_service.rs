//! The key service as tonic calls it: each method in the file of its group.

use std::sync::Arc;

use indelible_proto::v1::{self, key_service_server};
use tonic::{Request, Response, Status};

use super::{
    authorise::Gate,
    data_key, data_subject,
    erase::{self, Erasing},
    erasures, holds,
    identity_key::{self, Rotating},
    kek::{self, RotatingKek},
    producers, signing_keys,
    slots::Slots,
};

/// Answers the calls of `indelible.v1.KeyService`.
pub(super) struct KeyService {
    gate: Gate,
    slots: Arc<Slots>,
}

impl KeyService {
    pub(super) fn new(gate: Gate, slots: Arc<Slots>) -> Self {
        Self { gate, slots }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl key_service_server::KeyService for KeyService {
    type EraseDataSubjectStream = Erasing;
    type RotateIdentityKeyStream = Rotating;
    type RotateKekStream = RotatingKek;

    async fn erase_data_subject(
        &self,
        request: Request<v1::EraseDataSubjectRequest>,
    ) -> Answer<Erasing> {
        erase::erase_data_subject(&self.gate, &self.slots, request).await
    }

    async fn list_erasures(
        &self,
        request: Request<v1::ListErasuresRequest>,
    ) -> Answer<v1::ListErasuresResponse> {
        erasures::list(&self.gate, request).await
    }

    async fn get_data_subject(
        &self,
        request: Request<v1::GetDataSubjectRequest>,
    ) -> Answer<v1::GetDataSubjectResponse> {
        data_subject::get(&self.gate, request).await
    }

    async fn place_hold(
        &self,
        request: Request<v1::PlaceHoldRequest>,
    ) -> Answer<v1::PlaceHoldResponse> {
        holds::place(&self.gate, request).await
    }

    async fn release_hold(
        &self,
        request: Request<v1::ReleaseHoldRequest>,
    ) -> Answer<v1::ReleaseHoldResponse> {
        holds::release(&self.gate, request).await
    }

    async fn list_holds(
        &self,
        request: Request<v1::ListHoldsRequest>,
    ) -> Answer<v1::ListHoldsResponse> {
        holds::list(&self.gate, request).await
    }

    async fn rotate_data_key(
        &self,
        request: Request<v1::RotateDataKeyRequest>,
    ) -> Answer<v1::RotateDataKeyResponse> {
        data_key::rotate(&self.gate, request).await
    }

    async fn rotate_epoch_key(
        &self,
        request: Request<v1::RotateEpochKeyRequest>,
    ) -> Answer<v1::RotateEpochKeyResponse> {
        identity_key::rotate_epoch(&self.gate, request).await
    }

    async fn rotate_identity_key(
        &self,
        request: Request<v1::RotateIdentityKeyRequest>,
    ) -> Answer<Rotating> {
        identity_key::rotate_identity(&self.gate, request).await
    }

    async fn revoke_signing_key(
        &self,
        request: Request<v1::RevokeSigningKeyRequest>,
    ) -> Answer<v1::RevokeSigningKeyResponse> {
        signing_keys::revoke(&self.gate, request).await
    }

    async fn list_signing_keys(
        &self,
        request: Request<v1::ListSigningKeysRequest>,
    ) -> Answer<v1::ListSigningKeysResponse> {
        signing_keys::list(&self.gate, request).await
    }

    async fn register_producer(
        &self,
        request: Request<v1::RegisterProducerRequest>,
    ) -> Answer<v1::RegisterProducerResponse> {
        producers::register(&self.gate, request).await
    }

    async fn revoke_producer(
        &self,
        request: Request<v1::RevokeProducerRequest>,
    ) -> Answer<v1::RevokeProducerResponse> {
        producers::revoke(&self.gate, request).await
    }

    async fn list_producers(
        &self,
        request: Request<v1::ListProducersRequest>,
    ) -> Answer<v1::ListProducersResponse> {
        producers::list(&self.gate, request).await
    }

    async fn set_signed_sources(
        &self,
        request: Request<v1::SetSignedSourcesRequest>,
    ) -> Answer<v1::SetSignedSourcesResponse> {
        producers::set_signed_sources(&self.gate, request).await
    }

    async fn rotate_kek(&self, request: Request<v1::RotateKekRequest>) -> Answer<RotatingKek> {
        kek::rotate(&self.gate, request).await
    }
}
