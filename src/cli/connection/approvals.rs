//! The client for requests that wait for a second person.

use indelible_proto::v1::approval_service_client::ApprovalServiceClient;

use super::{Calls, Connection, MESSAGE_BYTES_MAX};
use crate::cli::error::CliError;

/// A client of the approval service.
pub(crate) type ApprovalClient = ApprovalServiceClient<Calls>;

impl Connection {
    /// Connects, for requests that wait for a second person.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_approvals(&self) -> Result<ApprovalClient, CliError> {
        let channel = self.channel().await?;
        Ok(
            ApprovalServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }
}
