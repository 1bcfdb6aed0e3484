//! The backup service as tonic calls it.

use indelible_proto::v1::{self, backup_service_server};
use tonic::{Request, Response, Status};

use super::{
    authorise::Gate,
    backups::{self, BackingUp},
};

/// Answers the calls of `indelible.v1.BackupService`.
pub(super) struct BackupService {
    gate: Gate,
}

impl BackupService {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl backup_service_server::BackupService for BackupService {
    type CreateBackupStream = BackingUp;

    async fn create_backup(
        &self,
        request: Request<v1::CreateBackupRequest>,
    ) -> Answer<Self::CreateBackupStream> {
        backups::create(&self.gate, request).await
    }

    async fn list_backups(
        &self,
        request: Request<v1::ListBackupsRequest>,
    ) -> Answer<v1::ListBackupsResponse> {
        backups::list(&self.gate, request).await
    }

    async fn list_erasure_backups(
        &self,
        request: Request<v1::ListErasureBackupsRequest>,
    ) -> Answer<v1::ListErasureBackupsResponse> {
        backups::list_of_erasure(&self.gate, request).await
    }

    async fn prune_backups(
        &self,
        request: Request<v1::PruneBackupsRequest>,
    ) -> Answer<v1::PruneBackupsResponse> {
        backups::prune(&self.gate, request).await
    }

    async fn stop_backup(
        &self,
        request: Request<v1::StopBackupRequest>,
    ) -> Answer<v1::StopBackupResponse> {
        backups::stop(&self.gate, request).await
    }

    async fn forget_backups(
        &self,
        request: Request<v1::ForgetBackupsRequest>,
    ) -> Answer<v1::ForgetBackupsResponse> {
        backups::forget(&self.gate, request).await
    }

    async fn report_backup_verified(
        &self,
        request: Request<v1::ReportBackupVerifiedRequest>,
    ) -> Answer<v1::ReportBackupVerifiedResponse> {
        backups::report_verified(&self.gate, request).await
    }
}
