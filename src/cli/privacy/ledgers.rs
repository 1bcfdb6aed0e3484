//! All ledgers of a daemon, or those that were named.

use indelible_proto::v1::{GetLedgerRequest, Ledger, ListLedgersRequest};

use crate::cli::{error::CliError, session::Session};

const PAGE_SIZE: i32 = 1_000;

/// The ledgers of these names or origins; without any, all that the daemon has, closed ones too.
pub(crate) async fn ledgers(session: &Session, named: &[String]) -> Result<Vec<Ledger>, CliError> {
    let mut client = session.connection.open().await?;
    let mut ledgers = Vec::new();
    for name in named {
        let ledger = name.clone();
        let request = session.connection.request(GetLedgerRequest { ledger });
        let answer = client.get_ledger(request).await?.into_inner();
        let found = answer.ledger.ok_or(CliError::Answer("no ledger in it"))?;
        // Named twice, perhaps by name and by origin, it is one ledger.
        if !ledgers
            .iter()
            .any(|ledger: &Ledger| ledger.origin == found.origin)
        {
            ledgers.push(found);
        }
    }
    if !named.is_empty() {
        return Ok(ledgers);
    }
    let mut page_token = String::new();
    loop {
        let request = session.connection.request(ListLedgersRequest {
            page_size: PAGE_SIZE,
            page_token,
        });
        let page = client.list_ledgers(request).await?.into_inner();
        // The store's own ledger has nothing of a data subject.
        let of_clients = page.ledgers.into_iter();
        ledgers.extend(of_clients.filter(|ledger| !ledger.name.starts_with('_')));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(ledgers);
        }
    }
}
