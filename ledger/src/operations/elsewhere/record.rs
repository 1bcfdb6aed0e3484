//! The records of the store's own ledger that order an erasure elsewhere.

use data_encoding::HEXLOWER;
use indelible_evidence::hash::DataKeyId;

use crate::{
    operations::system::{SystemEvent, SystemFact, SystemKind},
    read::ordered::ORDERED,
    state::shared::LedgerState,
};

/// Ids of data keys that one record names.
const KEYS_NAMED_MAX: usize = 30;

/// The events that order an erasure from a ledger: it is named by its origin, and with its head.
pub(super) fn order(
    cell: &LedgerState,
    act: &str,
    data_keys: &[DataKeyId],
    basis: &str,
) -> Vec<SystemEvent> {
    let text = |text: &str| SystemFact::Text(text.to_owned());
    let (size, root) = {
        let committed = cell.committed();
        (committed.head.size, committed.head.root)
    };
    let of = |keys: &[DataKeyId]| {
        let ids: Vec<_> = keys
            .iter()
            .map(|key| HEXLOWER.encode(key.as_bytes()))
            .collect();
        let mut event = SystemEvent::new(SystemKind::Erased)
            .with("outcome", text(ORDERED))
            .with("origin", text(cell.origin().as_str()))
            .with("size", SystemFact::Uint(size))
            .with("root", text(&HEXLOWER.encode(root.as_bytes())))
            .with("data_keys", text(&ids.join(",")))
            .with("data_key_count", SystemFact::Uint(keys.len() as u64))
            .with("basis", text(basis));
        event.ledger = Some(cell.descriptor.name.as_str().to_owned());
        event.act = Some(act.to_owned());
        event
    };
    data_keys.chunks(KEYS_NAMED_MAX).map(of).collect()
}
