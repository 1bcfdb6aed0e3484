//! Taking backups away when their time is over.

use crate::{error::BackupError, id::BackupId, manifest::Manifest, seen::Seen, target::Held};

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

/// Whether the days for which a backup is kept are over.
#[must_use]
pub fn is_over(made_ns: u64, keep_days: u64, now_ns: u64) -> bool {
    made_ns.saturating_add(keep_days.saturating_mul(DAY_NS)) <= now_ns
}

/// Which backups a prune takes away at `now`, oldest first: those whose `keep_days` are over, but for the newest, and the newest of
/// those that can be restored, every byte of which is as it should be. `is_own` says of which backups that may be asked; others stay,
/// and none of them is the newest. What `seen` knows is not read again, and nothing is read where nothing is over.
///
/// # Errors
/// If a manifest can't be used, or the objects can't be listed: nobody can say then what may go.
pub fn over(
    held: &Held,
    is_own: &dyn Fn(&Manifest) -> bool,
    seen: &Seen,
    keep_days: u64,
    now_ns: u64,
) -> Result<Vec<BackupId>, BackupError> {
    let mut own = Vec::new();
    for id in held.target().ids()? {
        let manifest = held.target().manifest(&id)?;
        if is_own(&manifest) {
            own.push(manifest);
        }
    }
    own.sort_by_key(|manifest| manifest.made_ns);
    let is_over = |manifest: &Manifest| is_over(manifest.made_ns, keep_days, now_ns);
    if !own.iter().rev().skip(1).any(is_over) {
        return Ok(Vec::new());
    }
    let newest = own.last().map(|manifest| manifest.id.clone());
    let stay = [newest, newest_sound(held, &own, seen)?];
    own.retain(|manifest| {
        is_over(manifest) && !stay.iter().flatten().any(|kept| *kept == manifest.id)
    });
    Ok(own.into_iter().map(|manifest| manifest.id).collect())
}

/// The last of these that can be restored: what lacks an object, or has one that was altered, can't be.
fn newest_sound(
    held: &Held,
    backups: &[Manifest],
    seen: &Seen,
) -> Result<Option<BackupId>, BackupError> {
    let is_whole = held.target().whole()?;
    for manifest in backups.iter().rev() {
        if is_whole(manifest) && held.target().is_sound(manifest, seen)? {
            return Ok(Some(manifest.id.clone()));
        }
        tracing::error!(
            backup = %manifest.id,
            directory = held.target().name(),
            "a backup can't be restored: objects that it names are missing or altered; verify, and make another"
        );
    }
    Ok(None)
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
