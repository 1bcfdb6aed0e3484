//! The ledgers of a store, as its catalogue has them, and what the anchor tells of the store as a whole.

use indelible_store::{LedgerId, Oddity, Store, StoreError};
use tracing::error;

use super::error::OpenError;
use crate::{
    check::catalogue::as_the_chain_says,
    state::{
        descriptor::{Descriptor, Lifecycle},
        interrupt::Interrupt,
        notice::{Notice, NoticeCode},
    },
    write::anchor::Anchorage,
};

/// The ledgers of a store, as its catalogue has them.
pub(super) struct Catalogue {
    pub(super) ledgers: Vec<(LedgerId, Descriptor)>,
    /// Those whose entry can't be read, and why not: nobody knows their names.
    pub(super) unreadable: Vec<(LedgerId, StoreError)>,
}

impl Catalogue {
    /// The ledgers of the catalogue, each as its chain says it is ([`as_the_chain_says`]).
    ///
    /// # Errors
    /// If the operating system refuses a read, or the start is broken off.
    pub(super) fn of(
        store: &dyn Store,
        ledgers: Vec<(LedgerId, Vec<u8>)>,
        interrupt: &Interrupt,
    ) -> Result<Self, OpenError> {
        let mut unreadable = Vec::new();
        let mut decoded = Vec::with_capacity(ledgers.len());
        for (id, descriptor) in ledgers {
            if interrupt.is_set() {
                return Err(OpenError::Interrupted);
            }
            match decode(id, &descriptor) {
                Ok(descriptor) => {
                    decoded.push((id, as_the_chain_says(store, id, descriptor)?));
                }
                Err(error) => unreadable.push((id, error)),
            }
        }
        Ok(Self {
            ledgers: decoded,
            unreadable,
        })
    }

    /// What the anchor and the catalogue tell of the store as a whole.
    pub(super) fn notices(&self, store: &dyn Store, anchor: &Anchorage) -> Vec<Notice> {
        let mut notices: Vec<_> = store
            .oddities()
            .into_iter()
            .map(|oddity| self.odd(oddity))
            .collect();
        for (id, problem) in &self.unreadable {
            error!(ledger = %id, %problem, "a ledger's entry in the catalogue can't be read: it is not served");
            notices.push(Notice {
                code: NoticeCode::LedgerQuarantined,
                detail: format!(
                    "entry {id} of the catalogue, which is a ledger's, can't be read ({problem}), so nobody knows its name, and it is \
                     not served. Restore the newest copy of the data directory beside the newest anchor, and restart"
                ),
                ledger: None,
            });
        }
        if let Some(fault) = anchor.fault() {
            error!(fault, "the anchor can't vouch for any ledger");
            notices.push(Notice {
                code: NoticeCode::AnchorUnusable,
                detail: format!(
                    "{fault} ({}), so every ledger with records is in quarantine. Put this store's anchor back, and \
                     restart; see ANCHOR_UNUSABLE in the runbook",
                    anchor.place()
                ),
                ledger: None,
            });
        }
        let live = self
            .ledgers
            .iter()
            .filter(|(_, descriptor)| descriptor.lifecycle != Lifecycle::Abandoned)
            .map(|(id, _)| *id);
        let unreadable = self.unreadable.iter().map(|(id, _)| *id);
        let known = live.chain(unreadable).collect();
        for (id, named) in anchor.strangers(&known) {
            error!(ledger = %id, named, "the anchor holds a ledger that the store does not have");
            notices.push(Notice {
                code: NoticeCode::LedgerMissing,
                detail: format!(
                    "the anchor holds {named}, but the store has no such ledger: the store is an older copy. Restore the \
                     newest copy of the data directory, and restart"
                ),
                ledger: None,
            });
        }
        notices
    }
    /// Something in the store that this program does not write.
    fn odd(&self, oddity: Oddity) -> Notice {
        let named = self
            .ledgers
            .iter()
            .find(|(id, _)| Some(*id) == oddity.ledger);
        Notice {
            code: NoticeCode::StoreDiffers,
            detail: format!("{}. Find out who changed the store", oddity.what),
            ledger: named.map(|(_, descriptor)| descriptor.origin.as_str().to_owned()),
        }
    }
}

/// A ledger's entry, which is empty where there are only records of it.
fn decode(id: LedgerId, descriptor: &[u8]) -> Result<Descriptor, StoreError> {
    if descriptor.is_empty() {
        return Err(StoreError::Damaged {
            place: format!("entry {id} of the catalogue"),
            finding: "it is missing, though the ledger has a head".to_owned(),
        });
    }
    Descriptor::decode(descriptor)
}
