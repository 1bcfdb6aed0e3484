//! What is known of one ledger's two slots.

use super::entry::{AnchorEntry, UnreadableSlot};
use super::error::AnchorDamage;
use super::slot::{Bank, Slot};
use crate::contracts::LedgerId;

/// What is known of one ledger's slots.
#[derive(Clone, Debug)]
pub(super) enum Ledger {
    Never,
    Written {
        bank: Bank,
        counter: u64,
        entry: AnchorEntry,
        other: Other,
    },
    Damaged(AnchorDamage),
}

/// What is known of the slot beside a ledger's newest one.
#[derive(Clone, Debug)]
pub(super) enum Other {
    /// It was never written, and need not have been.
    Never,
    /// The entry before the newest.
    Previous(AnchorEntry),
    /// It was written, and can't be read.
    Unreadable(UnreadableSlot),
}

impl Ledger {
    /// The newer of two slots that can be read.
    pub(super) fn of(ledger: LedgerId, first: Slot, second: Slot) -> Self {
        let written = |bank, counter, entry, other| Ledger::Written {
            bank,
            counter,
            entry,
            other,
        };
        match (first, second) {
            (Slot::Never, Slot::Never) => Ledger::Never,
            (
                Slot::Written { counter: a, entry },
                Slot::Written {
                    counter: b,
                    entry: other,
                },
            ) if a > b => written(Bank::First, a, entry, Other::Previous(other)),
            (
                Slot::Written {
                    counter: a,
                    entry: other,
                },
                Slot::Written { counter: b, entry },
            ) if b > a => written(Bank::Second, b, entry, Other::Previous(other)),
            // Equal counters are never written.
            (Slot::Written { .. }, Slot::Written { .. }) => {
                Ledger::Damaged(AnchorDamage::BothSlots { ledger })
            }
            // The first write of all goes to the first slot; each further one to the other slot.
            (Slot::Written { counter: 1, entry }, Slot::Never) => {
                written(Bank::First, 1, entry, Other::Never)
            }
            (Slot::Written { counter, entry }, other) => {
                let other = unreadable(ledger, counter, &entry, &other);
                written(Bank::First, counter, entry, other)
            }
            (other, Slot::Written { counter, entry }) => {
                let other = unreadable(ledger, counter, &entry, &other);
                written(Bank::Second, counter, entry, other)
            }
            (Slot::Never, Slot::Unreadable(_)) | (Slot::Unreadable(_), Slot::Never) => {
                Ledger::Damaged(AnchorDamage::FirstSlot { ledger })
            }
            (Slot::Unreadable(_), Slot::Unreadable(_)) => {
                Ledger::Damaged(AnchorDamage::BothSlots { ledger })
            }
        }
    }
}

/// What is known of the slot beside the only one that can be read.
fn unreadable(ledger: LedgerId, counter: u64, entry: &AnchorEntry, other: &Slot) -> Other {
    Other::Unreadable(match other {
        Slot::Unreadable(legible) if legible.is_before(ledger, counter, entry) => {
            UnreadableSlot::Older
        }
        _ => UnreadableSlot::PerhapsNewer,
    })
}
