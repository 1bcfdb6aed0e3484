//! Taking backups away when their time is over.

use crate::{error::BackupError, id::BackupId, manifest::Manifest, target::Held};

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400_000_000_000;

/// What a prune did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The backups that are gone, oldest first.
    pub backups: Vec<BackupId>,
    /// Bytes that are free again.
    pub bytes: u64,
}

/// Which backups a prune takes away at `now`, oldest first: those whose `keep_days` are over, but for the newest, and the newest of
/// those that have all their objects. `is_own` says of which backups that may be asked; others stay, and none of them is the newest.
///
/// # Errors
/// If a manifest can't be used, or the objects can't be listed: nobody can say then what may go.
pub fn over(
    held: &Held,
    is_own: &dyn Fn(&Manifest) -> bool,
    keep_days: u64,
    now_ns: u64,
) -> Result<Vec<BackupId>, BackupError> {
    let is_whole = held.target().whole()?;
    let (mut own, mut whole) = (Vec::new(), Vec::new());
    for id in held.target().ids()? {
        let manifest = held.target().manifest(&id)?;
        if is_own(&manifest) {
            if is_whole(&manifest) {
                whole.push((manifest.made_ns, id.clone()));
            }
            own.push((manifest.made_ns, id));
        }
    }
    let newest = |of: &[(u64, BackupId)]| {
        let newest = of.iter().max_by_key(|(made_ns, _)| *made_ns);
        newest.map(|(_, id)| id.clone())
    };
    // What lacks an object can't be restored: the newest that can stays beside it.
    let stay = [newest(&own), newest(&whole)];
    let kept_ns = keep_days.saturating_mul(DAY_NS);
    own.retain(|(made_ns, id)| {
        made_ns.saturating_add(kept_ns) <= now_ns && !stay.iter().flatten().any(|kept| kept == id)
    });
    Ok(own.into_iter().map(|(_, id)| id).collect())
}

/// Takes these backups away, and then all that no backup names.
///
/// In this order, so that whatever a crash leaves, a backup that is listed is whole: the note of each backup, its manifest,
/// and then objects. Objects that another manifest names stay.
///
/// # Errors
/// If a manifest can't be used: no object is removed then.
pub fn take_away(held: &Held, backups: Vec<BackupId>) -> Result<Pruned, BackupError> {
    for id in &backups {
        held.remove(id)?;
    }
    Ok(Pruned {
        backups,
        bytes: held.sweep()?,
    })
}

#[cfg(test)]
mod tests;
