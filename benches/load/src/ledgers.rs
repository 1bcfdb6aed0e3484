//! Connects to the daemon and creates the ledgers that are missing.

use indelible_proto::v1::{
    CreateLedgerRequest, GetLedgerRequest, Ledger, ledger_service_client::LedgerServiceClient,
};
use tonic::{Code, Status};

use super::{door::Calls, errors::BenchError, options::BenchOptions};

/// Opens the connections that events are sent over.
pub(super) async fn connect(options: &BenchOptions) -> Result<Vec<Calls>, BenchError> {
    let mut connections = Vec::new();
    for _ in 0..options.connections {
        connections.push(options.door.open().await?);
    }
    Ok(connections)
}

/// Creates the ledgers that do not exist. What others have appended to is left alone unless it was said otherwise: nothing can
/// be taken out of it again.
pub(super) async fn create_missing(
    calls: &Calls,
    options: &BenchOptions,
) -> Result<(), BenchError> {
    let mut client = LedgerServiceClient::new(calls.clone());
    for name in &options.ledgers {
        let request = CreateLedgerRequest {
            name: name.clone(),
            ..Default::default()
        };
        match client.create_ledger(request).await {
            Ok(_) => {}
            // Who may not create it may find it there.
            Err(status)
                if matches!(status.code(), Code::AlreadyExists | Code::PermissionDenied) =>
            {
                let ledger = look_up(calls, name).await?;
                if ledger.last_event_sequence.is_some() && !options.takes_existing {
                    return Err(BenchError::Option {
                        option: "--ledger",
                        problem: format!(
                            "{name} has events already, and what is appended stays; name another ledger, or give --existing"
                        ),
                    });
                }
            }
            Err(status) => return Err(refused(name, status)),
        }
    }
    Ok(())
}

/// Looks a ledger up.
pub(super) async fn look_up(calls: &Calls, name: &str) -> Result<Ledger, BenchError> {
    let request = GetLedgerRequest {
        ledger: name.to_owned(),
    };
    let answer = LedgerServiceClient::new(calls.clone())
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
