//! All ledgers of a daemon, or those that were named.

use indelible_proto::v1::{GetLedgerRequest, Ledger, ListLedgersRequest};

use crate::cli::{error::CliError, session::Session};

const PAGE_SIZE: i32 = 1_000;

/// Said wherever all ledgers were asked for, and the caller may not see all that there may be.
pub(crate) const UNSEEN: &str = "ledgers that whoever asked may not see, if there are any: the daemon does not tell that they are there";

/// The ledgers to look in.
pub(crate) struct ToLookIn {
    pub(crate) ledgers: Vec<Ledger>,
    /// Whether all were asked for, and there may be more than these, which the caller is not told of.
    pub(crate) may_be_more: bool,
}

/// The ledgers of these names or origins; without any, all that the caller may see, closed ones too, and whether these are all
/// that there are.
pub(crate) async fn to_look_in(session: &Session, named: &[String]) -> Result<ToLookIn, CliError> {
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
        let may_be_more = false;
        return Ok(ToLookIn {
            ledgers,
            may_be_more,
        });
    }
    let mut may_be_more = false;
    let mut page_token = String::new();
    loop {
        let request = session.connection.request(ListLedgersRequest {
            page_size: PAGE_SIZE,
            page_token,
        });
        let page = client.list_ledgers(request).await?.into_inner();
        may_be_more |= !page.all_ledgers;
        // The store's own ledger has nothing of a data subject.
        let of_clients = page.ledgers.into_iter();
        ledgers.extend(of_clients.filter(|ledger| !ledger.name.starts_with('_')));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(ToLookIn {
                ledgers,
                may_be_more,
            });
        }
    }
}
