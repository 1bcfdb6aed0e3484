//! What may be missing of what a ledger says that it has.

use indelible_proto::v1::{GetLedgerRequest, Ledger, LedgerState};

use crate::cli::{error::CliError, session::Session};

/// What may be missing of it; nothing where all that was acknowledged is there.
pub(crate) fn caution(ledger: &Ledger) -> Option<&'static str> {
    match ledger.state() {
        LedgerState::Quarantined => Some(
            "the ledger is in quarantine: records that were acknowledged are missing or damaged, or may be, so there may be more \
             than is told here",
        ),
        _ if ledger.may_lack_records => Some(
            "records that were acknowledged in this ledger are missing or damaged, or may be, so there may be more than is told \
             here",
        ),
        _ => None,
    }
}

/// Says it beside a list of what is in a ledger, by name or origin, and tells whether there was something to say: that there is
/// nothing is then not known. Whoever may have the list may have this, too.
///
/// # Errors
/// If the daemon can't be asked.
pub(crate) async fn warn(session: &mut Session, ledger: &str) -> Result<bool, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetLedgerRequest {
        ledger: ledger.to_owned(),
    });
    let answer = client.get_ledger(request).await?.into_inner();
    let found = answer.ledger.ok_or(CliError::Answer("no ledger in it"))?;
    let caution = caution(&found);
    if let Some(caution) = caution {
        session.output.warn(caution);
    }
    Ok(caution.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_lacks_records_is_told_of_also_once_another_took_its_place() {
        let of = |state: LedgerState, may_lack_records| {
            caution(&Ledger {
                state: state.into(),
                may_lack_records,
                ..Ledger::default()
            })
        };
        // An older daemon tells the state alone.
        assert!(of(LedgerState::Quarantined, false).is_some());
        assert!(of(LedgerState::Closed, true).is_some());
        assert_eq!(of(LedgerState::Closed, false), None);
        assert_eq!(of(LedgerState::Open, false), None);
    }
}
