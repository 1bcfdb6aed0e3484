//! Backups as answers have them.

use std::collections::{BTreeMap, BTreeSet};

use indelible_ledger::{Ledger, OrderToDestroy};
use indelible_proto::{
    time::timestamp,
    v1::{self, BackupState},
};

use super::{ahead::Lacking, look::strangers};
use crate::{
    backups::{Backups, Known, Reach, Standing},
    rpc::authorise::Gate,
};

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400_000_000_000;

/// What a backup may hold that the store does not have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holds {
    /// What was erased since, or disposed of.
    pub(super) erased: bool,
    /// Records that were lost, so that no prune takes it away.
    pub(super) what_the_store_lacks: bool,
}

/// A backup as it is told.
pub(super) fn wire(known: &Known, backups: &Backups, holds: Holds) -> v1::Backup {
    let reach = backups.reach(known);
    let keep_days = backups.configured().map(|backup| backup.keep_days);
    let goes = reach == Reach::There && !holds.what_the_store_lacks;
    let keep_until = keep_days.filter(|_| goes).map(|days| {
        let kept = days.saturating_mul(DAY_NS);
        timestamp(known.made_ns.saturating_add(kept))
    });
    let state = match known.standing {
        Standing::Running => BackupState::Running,
        Standing::Made => BackupState::Made,
        Standing::Unfinished => BackupState::Unfinished,
        Standing::Missing => BackupState::Missing,
        Standing::Foreign => BackupState::Foreign,
    };
    v1::Backup {
        backup_id: known.id.to_string(),
        directory: known.directory.clone(),
        state: state.into(),
        made_time: Some(timestamp(known.made_ns)),
        keep_until_time: keep_until,
        total_bytes: known.total_bytes,
        copied_bytes: known.copied_bytes,
        ledger_count: known.ledgers.as_ref().map_or(0, Vec::len) as u64,
        may_hold_erased: holds.erased,
        encrypted_to: known.encrypted_to.clone(),
        not_pruned: reach == Reach::Elsewhere,
        archive_file_count: known.archive_files,
        verified_time: (known.verified_ns > 0).then(|| timestamp(known.verified_ns)),
        key_alone: false,
        place_id: known.target.clone(),
        other_volume: backups.is_on_other_volume(known),
        more_foreign_count: known.foreign_more,
        kept_ahead: holds.what_the_store_lacks,
        place_away: reach == Reach::Away,
    }
}

/// Whether a backup holds nothing that these erasures and disposals destroyed: all that are on record, by the origins of the ledger
/// that they were done to and of the one that has their records.
pub(super) fn clean_of(
    known: &Known,
    orders: &BTreeMap<(String, String), Vec<OrderToDestroy>>,
) -> bool {
    orders.iter().all(|((done_to, recorded_in), orders)| {
        let mut orders = orders.iter();
        orders.all(|order| !known.may_hold_erased((done_to, recorded_in), *order))
    })
}

/// The backups that may still hold what an erasure or a disposal of a ledger destroyed. Blocking.
pub(crate) fn of_erasure(gate: &Gate, ledger: &Ledger, erasure: u64) -> Vec<v1::Backup> {
    of_orders(gate, ledger, &[erasure])
}

/// The same of an erasure from the ledger of that origin, which another one records. Blocking.
pub(crate) fn of_erasure_elsewhere(
    gate: &Gate,
    done_to: &str,
    recorded_in: &Ledger,
    erasure: u64,
) -> Vec<v1::Backup> {
    of_orders_of(gate, (done_to, recorded_in), &[erasure])
}

/// The backups that may still hold what some erasures or disposals of a ledger destroyed: each of them once. Also those that lie
/// in the places for backups, and that no record tells of. Blocking.
pub(crate) fn of_orders(gate: &Gate, ledger: &Ledger, orders: &[u64]) -> Vec<v1::Backup> {
    of_orders_of(gate, (&ledger.summary().origin, ledger), orders)
}

fn of_orders_of(gate: &Gate, of: (&str, &Ledger), orders: &[u64]) -> Vec<v1::Backup> {
    if orders.is_empty() {
        return Vec::new();
    }
    let all = all_there_are(gate);
    let mut seen = BTreeSet::new();
    // One that has only a key of one erasure may have more of another.
    let mut holding: Vec<_> = orders
        .iter()
        .flat_map(|order| that_may_hold(gate, of, *order, &all))
        .collect();
    holding.sort_by_key(|backup| backup.key_alone);
    let holding = holding.into_iter();
    holding
        .filter(|backup| seen.insert((backup.backup_id.clone(), backup.place_id.clone())))
        .collect()
}

/// All backups that records tell of, newest first, and then those that lie in their places without a record.
fn all_there_are(gate: &Gate) -> Vec<Known> {
    let backups = gate.backups();
    let mut all = backups.all();
    let looked = gate.recovered().map(|engine| strangers(engine, backups));
    for looked in looked.into_iter().flatten() {
        // How many more there are was counted anew.
        let here = all.iter_mut().filter(|known| known.target == looked.target);
        here.for_each(|known| known.foreign_more = 0);
        all.extend(looked.strangers);
    }
    all
}

/// Those that may hold what an erasure or a disposal destroyed in the ledger of the origin.
fn that_may_hold(
    gate: &Gate,
    (done_to, ledger): (&str, &Ledger),
    order: u64,
    all: &[Known],
) -> Vec<v1::Backup> {
    let recorded_in = ledger.summary().origin;
    let destroyed = ledger.order_to_destroy(order);
    let mut holding = all
        .iter()
        .filter(|known| known.may_hold_erased((done_to, &recorded_in), destroyed))
        .peekable();
    if holding.peek().is_none() {
        return Vec::new();
    }
    let first = ledger.first_erased_by(order);
    let lacking = gate
        .recovered()
        .map(|engine| Lacking::of(engine, gate.backups()));
    holding
        .map(|known| {
            let holds = Holds {
                erased: true,
                what_the_store_lacks: lacking
                    .as_ref()
                    .is_some_and(|lacking| lacking.keeps_known(known)),
            };
            v1::Backup {
                key_alone: first.is_some_and(|first| known.ends_before(done_to, first)),
                ..wire(known, gate.backups(), holds)
            }
        })
        .collect()
}
