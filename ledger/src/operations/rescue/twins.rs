//! Ledgers of one origin under several numbers. Whoever can write to the store can put a copy of a ledger under another
//! number, and a copy that is damaged or older must not hide the sound one.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use indelible_store::LedgerId;

use super::{judgement::Judgement, outcome::Shortfall};
use crate::state::shared::LedgerState;

/// The soundest of each origin, and what is said of the others.
pub(super) fn soundest(
    judgement: &mut Judgement,
    cells: Vec<Arc<LedgerState>>,
) -> (Vec<Arc<LedgerState>>, Vec<String>) {
    let mut by_origin: BTreeMap<String, Vec<Arc<LedgerState>>> = BTreeMap::new();
    for cell in cells {
        let origin = cell.origin().as_str().to_owned();
        by_origin.entry(origin).or_default().push(cell);
    }
    let (mut taken, mut passed_over) = (Vec::new(), Vec::new());
    for (origin, mut twins) in by_origin {
        twins.sort_by_key(|cell| rank(judgement, cell));
        let mut twins = twins.into_iter();
        let Some(best) = twins.next() else { continue };
        for twin in twins {
            passed_over.push(told(judgement, &origin, (best.id, twin.id)));
            show(judgement, &best, &twin);
        }
        taken.push(best);
    }
    (taken, passed_over)
}

/// What decides, the best first: whether it is sound, whether it is all that was acknowledged, how much there is, and who
/// had the lower number.
fn rank(judgement: &Judgement, cell: &LedgerState) -> (bool, u8, Reverse<u64>, LedgerId) {
    let lacks = match judgement.shortfall(cell.id) {
        None => 0,
        Some(Shortfall::Missing { .. }) => 1,
        Some(Shortfall::Unknown { .. }) => 2,
    };
    let is_unsound = judgement.unsound(cell.id).is_some();
    (is_unsound, lacks, Reverse(cell.size()), cell.id)
}

/// Lets a sound twin show what the one that is taken lacks, and what is erased.
fn show(judgement: &mut Judgement, taken: &LedgerState, twin: &LedgerState) {
    if judgement.unsound(twin.id).is_some() {
        return;
    }
    let (from, to) = (taken.size(), twin.size());
    if to > from {
        let witness = format!("the copy of it that is ledger number {}", twin.id);
        judgement.note(taken.id, Ok(Some(Shortfall::Missing { from, to, witness })));
    }
    let erased: Vec<_> = {
        let keys = twin.keys();
        let erasures = keys.erasures().iter();
        erasures
            .flat_map(|erasure| erasure.data_keys.clone())
            .collect()
    };
    judgement.note_erased(taken.id, erased.into_iter());
}

fn told(judgement: &Judgement, origin: &str, (taken, twin): (LedgerId, LedgerId)) -> String {
    let why = match (judgement.unsound(twin), judgement.shortfall(twin)) {
        (Some(unsound), _) => format!("what is stored of it is not what was signed: {unsound}"),
        (None, Some(shortfall)) => shortfall.to_string(),
        (None, None) => "it is no larger".to_owned(),
    };
    format!(
        "ledger number {twin} is a copy of {origin}, which is ledger number {taken}, and was passed over: {why}"
    )
}
