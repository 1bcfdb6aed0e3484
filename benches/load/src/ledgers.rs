//! Connects to the daemon and creates the ledgers that are missing.

use indelible_proto::v1::{
    CreateLedgerRequest, GetLedgerRequest, Ledger, ledger_service_client::LedgerServiceClient,
};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};

use super::{errors::BenchError, options::BenchOptions};

const WINDOW_BYTES: u32 = 4 << 20;

/// Opens the connections that events are sent over.
pub(super) async fn connect(options: &BenchOptions) -> Result<Vec<Channel>, BenchError> {
    let failed = |source| BenchError::Connect {
        address: options.address.clone(),
        source,
    };
    let endpoint = Endpoint::from_shared(options.address.clone())
        .map_err(failed)?
        .tcp_nodelay(true)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(2 * WINDOW_BYTES);
    let mut channels = Vec::new();
    for _ in 0..options.connections {
        channels.push(endpoint.connect().await.map_err(failed)?);
    }
    Ok(channels)
}

/// Creates the ledgers that do not exist.
pub(super) async fn create_missing(channel: &Channel, names: &[String]) -> Result<(), BenchError> {
    let mut client = LedgerServiceClient::new(channel.clone());
    for name in names {
        let request = CreateLedgerRequest {
            name: name.clone(),
            ..Default::default()
        };
        match client.create_ledger(request).await {
            Ok(_) => {}
            Err(status) if status.code() == Code::AlreadyExists => {}
            Err(status) => return Err(refused(name, status)),
        }
    }
    Ok(())
}

/// Looks a ledger up.
pub(super) async fn look_up(channel: &Channel, name: &str) -> Result<Ledger, BenchError> {
    let request = GetLedgerRequest {
        ledger: name.to_owned(),
    };
    let answer = LedgerServiceClient::new(channel.clone())
        .get_ledger(request)
        .await;
    answer
        .and_then(|answer| {
            let ledger = answer.into_inner().ledger;
            ledger.ok_or_else(|| Status::data_loss("an answer without a ledger"))
        })
        .map_err(|status| refused(name, status))
}

fn refused(name: &str, status: Status) -> BenchError {
    BenchError::Ledger {
        name: name.to_owned(),
        status: Box::new(status),
    }
}
