//! What newer backups in the same place have beyond the one that is restored.

use std::fmt;

use indelible_backup::{LedgerCut, Manifest, Opened, Target};
use indelible_compliance::reports::counted;
use serde::Serialize;

use super::{failed::failed, identity::WithIdentity};
use crate::cli::error::CliError;

/// Newer backups of the same store.
#[derive(Serialize)]
pub(super) struct Newer {
    /// How many there are that can be read.
    count: usize,
    /// Those that can't be read, though their names say that they are newer.
    unreadable: Vec<String>,
    /// The newest of them that can be read; empty if none can.
    newest: String,
    /// When that was made; empty if none can.
    made_time: String,
    /// Whether the same key has signed it, as both say.
    same_signer: bool,
    /// What it has of each ledger beyond the one that is restored; none if its contents are encrypted and were not opened.
    beyond: Option<Vec<Beyond>>,
}

/// What it has of one ledger.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Beyond {
    ledger: String,
    /// Records that it has beyond.
    records: u64,
    /// The newest erasure among them; none if there is none.
    newest_erasure: Option<u64>,
}

impl Newer {
    /// Looks for newer ones; none if there are none.
    ///
    /// # Errors
    /// If the place can't be read, or the file with the identity can't.
    pub(super) fn than(
        manifest: &Manifest,
        target: &Target,
        identity: &WithIdentity,
    ) -> Result<Option<Self>, CliError> {
        let listed = target.list().map_err(|error| failed(&error))?;
        let (mut manifests, mut unreadable) = (Vec::new(), Vec::new());
        for one in listed {
            match one.manifest {
                Ok(manifest) => manifests.push(manifest),
                // An id begins with the time at which the backup was made.
                Err(_) if one.id > manifest.id => unreadable.push(one.id.to_string()),
                Err(_) => {}
            }
        }
        let mut newer: Vec<_> = manifests
            .into_iter()
            .filter(|one| one.store == manifest.store && one.id != manifest.id)
            .filter(|one| one.made_ns > manifest.made_ns)
            .collect();
        newer.sort_by_key(|one| one.made_ns);
        let count = newer.len();
        let Some(newest) = newer.pop() else {
            return Ok((!unreadable.is_empty()).then_some(Self {
                count,
                unreadable,
                newest: String::new(),
                made_time: String::new(),
                same_signer: false,
                beyond: None,
            }));
        };
        let same_signer = newest.signed_by.public_key == manifest.signed_by.public_key;
        let (id, made_time) = (newest.id.to_string(), newest.made.clone());
        // One that these identities do not open says nothing of its ledgers.
        let opened = Opened::new(target, newest, identity.read()?).ok();
        Ok(Some(Self {
            count,
            unreadable,
            newest: id,
            made_time,
            same_signer,
            beyond: opened.map(|opened| beyond(manifest, opened.manifest())),
        }))
    }
}

/// What one backup has beyond another, ledger by ledger.
fn beyond(older: &Manifest, newer: &Manifest) -> Vec<Beyond> {
    let of = |cut: &LedgerCut| {
        let mut before = older.ledgers.iter();
        let size = before
            .find(|one| one.origin == cut.origin)
            .map_or(0, |one| one.size);
        (cut.size > size).then(|| Beyond {
            ledger: cut.name.clone(),
            records: cut.size - size,
            newest_erasure: cut.newest_erasure.filter(|erasure| *erasure >= size),
        })
    };
    newer.ledgers.iter().filter_map(of).collect()
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unreadable = self.unreadable.join(", ");
        let of_it = match self.count {
            0 => {
                return write!(
                    f,
                    "newer backups lie there that can't be read, and may have what this one lacks: {unreadable}"
                );
            }
            1 => "a newer backup of the same store lies there".to_owned(),
            several => {
                format!("{several} newer backups of the same store lie there, the newest of them")
            }
        };
        write!(f, "{of_it}, {}, made {}", self.newest, self.made_time)?;
        if !unreadable.is_empty() {
            write!(f, " (further ones can't be read: {unreadable})")?;
        }
        if !self.same_signer {
            f.write_str(", signed by another key than this one")?;
        }
        match self.beyond.as_deref() {
            None => f.write_str(
                ". What it has beyond this one is encrypted: --identity with the key of its recipients shows it",
            ),
            Some([]) => f.write_str(
                ". It has no more records than this one; whether they are the same is not compared",
            ),
            Some(ledgers) => {
                let each: Vec<_> = ledgers.iter().map(ToString::to_string).collect();
                write!(f, ". It has beyond this one: {}", each.join("; "))
            }
        }
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = counted(self.records, "record", "records");
        write!(f, "{records} of {}", self.ledger)?;
        match self.newest_erasure {
            None => Ok(()),
            Some(erasure) => write!(
                f,
                ", among them an erasure (record {erasure}): whoever it erased is in this one"
            ),
        }
    }
}
