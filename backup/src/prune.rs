//! Taking backups away when their time is over.

use crate::{error::BackupError, id::BackupId, manifest::Manifest, target::Held};

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400_000_000_000;

/// What a prune takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The store whose backups it is about. Those of others stay.
    pub store: String,
    /// Days for which a backup is kept.
    pub keep_days: u64,
}

/// What a prune did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The backups that are gone, oldest first.
    pub backups: Vec<BackupId>,
    /// Bytes that are free again.
    pub bytes: u64,
}

impl Rule {
    /// From when on a backup that was made at a time may be taken away, both in nanoseconds since 1970 UTC. The newest
    /// backup stays all the same, until there is a newer one.
    pub fn ends(&self, made_ns: u64) -> u64 {
        made_ns.saturating_add(self.keep_days.saturating_mul(DAY_NS))
    }
}

/// Takes away the backups of a store whose time is over at `now`, but for the newest; then all that no backup names.
///
/// In this order, so that whatever a crash leaves, a backup that is listed is whole: the note of each backup, its manifest,
/// and then objects. Objects that another manifest names stay.
///
/// # Errors
/// If a manifest can't be used: nothing is removed then.
pub fn prune(held: &Held, rule: &Rule, now_ns: u64) -> Result<Pruned, BackupError> {
    let mut own = Vec::new();
    for id in held.target().ids()? {
        let manifest = held.target().manifest(&id)?;
        if manifest.store == rule.store {
            own.push(manifest);
        }
    }
    let over = over(&own, rule, now_ns);
    for id in &over {
        held.remove(id)?;
    }
    Ok(Pruned {
        backups: over,
        bytes: held.sweep()?,
    })
}

/// Which of these, oldest first, are over.
fn over(own: &[Manifest], rule: &Rule, now_ns: u64) -> Vec<BackupId> {
    let newest = own.iter().max_by_key(|manifest| manifest.made_ns);
    let newest = newest.map(|manifest| &manifest.id);
    let over = own
        .iter()
        .filter(|manifest| rule.ends(manifest.made_ns) <= now_ns && Some(&manifest.id) != newest);
    over.map(|manifest| manifest.id.clone()).collect()
}

#[cfg(test)]
mod tests;
