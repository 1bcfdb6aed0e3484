//! The key events of a ledger, as its bundles hold them.

use indelible_evidence::bundle::KeyEventRecord;
use indelible_store::Store;

use crate::{
    read::record::{chain_before, unlinked_record},
    state::{error::ReadError, shared::LedgerState},
};

/// All key events below a size, oldest first: each header names the one before it.
pub(crate) fn key_events(
    ledger: &LedgerState,
    store: &dyn Store,
    size: u64,
) -> Result<Vec<KeyEventRecord>, ReadError> {
    let newest = unlinked_record(ledger, store, size - 1)?;
    let newest = newest.header();
    let mut next = if newest.is_key_event() {
        newest.sequence
    } else {
        newest.prior_key_event
    };
    let mut events = Vec::new();
    loop {
        let view = unlinked_record(ledger, store, next)?;
        let previous = chain_before(ledger, store, next)?;
        events.push(KeyEventRecord {
            header: view.stored().header.to_vec(),
            previous,
        });
        if next == 0 {
            break;
        }
        let earlier = view.header().prior_key_event;
        if earlier >= next {
            return Err(ReadError::Damaged {
                sequence: next,
                what: format!("it names {earlier} as the key event before it"),
            });
        }
        next = earlier;
    }
    events.reverse();
    Ok(events)
}
