//! The client for backups.

use indelible_proto::v1::backup_service_client::BackupServiceClient;

use super::{Calls, Connection, MESSAGE_BYTES_MAX};
use crate::cli::error::CliError;

/// A client of the backup service.
pub(crate) type BackupClient = BackupServiceClient<Calls>;

impl Connection {
    /// Connects, for backups.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_backups(&self) -> Result<BackupClient, CliError> {
        let channel = self.channel().await?;
        Ok(
            BackupServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }
}
