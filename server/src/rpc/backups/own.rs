//! Which of the backups that lie in a place this daemon made.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use indelible_backup::{BackupError, BackupId, Digest, Manifest, Target, hash_of};
use indelible_ledger::Engine;

use crate::{
    backups::{Backups, Ended, MadeOf},
    limits::BACKUPS_FOREIGN_MAX,
};

/// What tells the daemon's own backups from those that somebody else put there. The records of `_system` have the digest of
/// each manifest that was written. Of what they do not know, the signature tells: a store that was restored from an older
/// copy does not know what was made later.
pub(super) struct Own {
    store: String,
    made: BTreeMap<BackupId, Digest>,
    signers: HashSet<[u8; 32]>,
}

/// What lies in a place.
#[derive(Debug, Default)]
pub(super) struct There {
    /// The daemon's own backups that are whole, as far as names and lengths show, oldest first.
    pub(super) own: Vec<BackupId>,
    /// Some of those that say they are of its store, and are not what it made.
    pub(super) foreign: Vec<BackupId>,
    /// How many more there are of those.
    pub(super) foreign_more: u64,
}

impl There {
    /// What is kept of it: after a backup was made, or a prune.
    pub(super) fn ended(self, made: Option<MadeOf>, target: String) -> Ended {
        Ended {
            made,
            target,
            there: self.own,
            foreign: self.foreign,
            foreign_more: self.foreign_more,
            is_whole_look: true,
        }
    }
}

impl Own {
    /// As the daemon knows it now.
    pub(super) fn of(engine: &Engine, backups: &Backups) -> Self {
        let made = backups.all().into_iter();
        Self {
            store: engine.store_id().to_string(),
            made: made
                .filter_map(|known| Some((known.id, known.manifest?)))
                .collect(),
            signers: engine.own_signers(),
        }
    }

    /// The same, once another backup was made.
    pub(super) fn and(mut self, made: &Manifest) -> Self {
        self.made.insert(made.id.clone(), made.digest());
        self
    }

    /// Whether the daemon made a backup.
    pub(super) fn is_own(&self, manifest: &Manifest) -> bool {
        let is_signed = || {
            let signer = hash_of(&manifest.signed_by.public_key);
            signer.is_some_and(|signer| self.signers.contains(&signer))
        };
        manifest.store == self.store
            && match self.made.get(&manifest.id) {
                Some(digest) => *digest == manifest.digest(),
                None => is_signed(),
            }
    }

    /// Whether a backup says that it is of the daemon's store.
    pub(super) fn is_of_the_store(&self, manifest: &Manifest) -> bool {
        manifest.store == self.store
    }

    /// What lies in a place.
    ///
    /// # Errors
    /// If a manifest can't be used.
    pub(super) fn there(&self, target: &Target) -> Result<There, BackupError> {
        let (mut there, mut stores, mut foreign) = (There::default(), BTreeSet::new(), 0_usize);
        let is_whole = target.whole()?;
        for listed in target.list()? {
            let manifest = listed.manifest?;
            if self.is_own(&manifest) {
                match is_whole(&manifest) {
                    true => there.own.push(listed.id),
                    false => tracing::error!(
                        backup = %listed.id,
                        directory = target.name(),
                        "a backup is not whole: objects that it names are not there"
                    ),
                }
            } else if manifest.store == self.store {
                foreign += 1;
                if there.foreign.len() < BACKUPS_FOREIGN_MAX {
                    there.foreign.push(listed.id);
                }
            } else {
                stores.insert(manifest.store);
            }
        }
        let directory = target.name();
        there.foreign_more = (foreign - there.foreign.len()) as u64;
        if !stores.is_empty() {
            tracing::warn!(
                directory,
                count = stores.len(),
                "the directory for backups also holds those of other stores: give each store one of its own"
            );
        }
        if foreign > 0 {
            let ids: Vec<_> = there.foreign.iter().map(BackupId::as_str).collect();
            tracing::error!(
                directory,
                count = foreign,
                detail = ids.join(" "),
                "backups lie there that say they are of this store, and nothing shows that this daemon made them: they count for \
                 nothing, and no prune takes them away"
            );
        }
        Ok(there)
    }
}
