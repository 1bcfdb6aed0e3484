//! What the anchor says of each ledger at a start, and how it is brought up to the store.

use std::collections::HashMap;

use indelible_store::{
    LedgerId,
    anchor::{AnchorEntry, UnreadableSlot},
};
use tracing::warn;

use crate::{
    check::{
        finding::{Finding, FindingCode},
        recovery::Recovered,
    },
    state::notice::{Notice, NoticeCode},
    write::{
        anchor::{self, Anchorage},
        link::Tip,
    },
};

/// What the anchor holds of a ledger that has `size` records in the store.
///
/// Where one of the two slots can't be read, the other may be the older one. The store is written before the anchor, one
/// commit at a time, so a store that is ahead of the slot that is left has what the lost one said. A store that is not may
/// be an older copy.
pub(super) fn entry(
    anchor: &Anchorage,
    ledger: LedgerId,
    size: u64,
) -> Result<Option<AnchorEntry>, Finding> {
    let unusable = |reason: String| Finding::new(FindingCode::AnchorUnusable, reason);
    let entry = anchor.read(ledger).map_err(unusable)?;
    match &entry {
        Some(entry)
            if entry.size >= size
                && anchor.unreadable_slot(ledger) == Some(UnreadableSlot::PerhapsNewer) =>
        {
            Err(unusable(format!(
                "one of the ledger's two slots in the anchor {} can't be read, the other says {} records and the store has \
                 {size}: whether more were acknowledged can't be told",
                anchor.place(),
                entry.size
            )))
        }
        _ => Ok(entry),
    }
}

/// Notices of slots that could not be read, of ledgers that lack nothing for it.
pub(super) fn unreadable_slots(anchor: &Anchorage, recovered: &[Recovered]) -> Vec<Notice> {
    let sound = recovered.iter().filter(|one| one.tip.is_some());
    let notices = sound.filter_map(|one| {
        let because = match anchor.unreadable_slot(one.cell.id)? {
            UnreadableSlot::Older => "It was the older one",
            UnreadableSlot::PerhapsNewer => "The store is ahead of the other one",
        };
        let ledger = one.cell.origin().as_str();
        warn!(ledger, "a slot of the anchor can't be read; nothing is lost");
        Some(Notice {
            code: NoticeCode::AnchorSlotUnreadable,
            detail: format!(
                "one of the ledger's two slots in the anchor {} could not be read. {because}, so nothing is lost, and it is \
                 written again with the next entry. A power cut can leave that; after a clean stop it is damage: look at the \
                 volume",
                anchor.place()
            ),
            ledger: Some(ledger.to_owned()),
        })
    });
    notices.collect()
}

/// Where each ledger goes on, once the anchor is as far as the store.
pub(super) fn catch_up(
    anchor: &Anchorage,
    recovered: Vec<Recovered>,
) -> Result<HashMap<LedgerId, Tip>, String> {
    let mut tips = HashMap::new();
    let mut behind = Vec::new();
    for Recovered {
        cell,
        tip,
        anchor_behind,
        ..
    } in recovered
    {
        if anchor_behind {
            behind.push((cell.id, anchor::entry(&cell.committed().head)));
        }
        if let Some(tip) = tip {
            tips.insert(cell.id, tip);
        }
    }
    if !behind.is_empty() {
        anchor.advance(&behind)?;
    }
    Ok(tips)
}
