//! The client for rules of retention and disposals.

use indelible_proto::v1::retention_service_client::RetentionServiceClient;

use super::{Calls, Connection, MESSAGE_BYTES_MAX};
use crate::cli::error::CliError;

/// A client of the retention service.
pub(crate) type RetentionClient = RetentionServiceClient<Calls>;

impl Connection {
    /// Connects, for rules of retention and disposals.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_retention(&self) -> Result<RetentionClient, CliError> {
        let channel = self.channel().await?;
        Ok(
            RetentionServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }
}
