//! Which backups a prune leaves whatever their time: the store lacks, or may lack, what they have. Where a store was taken back or
//! has lost records, they may be all that is left of these.

use std::collections::BTreeMap;

use indelible_backup::Manifest;
use indelible_ledger::Engine;

use crate::backups::{Backups, CutOf, Known, Standing};

/// What the store has, to hold backups against.
pub(super) struct Lacking {
    backups: Backups,
    /// How many records each ledger has, by its origin.
    sizes: BTreeMap<String, u64>,
}

impl Lacking {
    /// As the store is now.
    pub(super) fn of(engine: &Engine, backups: &Backups) -> Self {
        let ledgers = engine.status().ledgers.into_iter();
        Self {
            backups: backups.clone(),
            sizes: ledgers.map(|ledger| (ledger.origin, ledger.size)).collect(),
        }
    }

    /// Whether no prune takes away a backup of the daemon's own that lies in a place: its beginning is not on record, or it has
    /// more records of a ledger than the store; and nobody has released it.
    pub(super) fn keeps(&self, manifest: &Manifest) -> bool {
        let (is_released, is_on_record, on_record) = self.backups.ask(|records| {
            let known = records.get(&manifest.id);
            let ledgers = known.and_then(|known| known.ledgers.as_deref());
            (
                records.is_released(&manifest.id),
                records.is_on_record(&manifest.id),
                // What an encrypted one has, its manifest does not tell.
                ledgers.is_some_and(|ledgers| self.lacks_of(ledgers)),
            )
        });
        let mut cuts = manifest.ledgers.iter();
        let lacks = on_record || cuts.any(|cut| self.lacks(&cut.origin, cut.size));
        !is_released && (!is_on_record || lacks)
    }

    /// The same of one that is known.
    pub(super) fn keeps_known(&self, known: &Known) -> bool {
        let is_kept = self.backups.ask(|records| {
            !records.is_released(&known.id)
                && (!records.is_on_record(&known.id)
                    || known
                        .ledgers
                        .as_deref()
                        .is_some_and(|ledgers| self.lacks_of(ledgers)))
        });
        known.standing == Standing::Made && is_kept
    }

    fn lacks_of(&self, ledgers: &[CutOf]) -> bool {
        ledgers
            .iter()
            .any(|ledger| self.lacks(&ledger.origin, ledger.size))
    }

    fn lacks(&self, origin: &str, size: u64) -> bool {
        size > self.sizes.get(origin).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use indelible_backup::BackupId;

    use super::*;
    use crate::backups::{Begun, Catalogue, Forgotten};

    fn id(number: u8) -> BackupId {
        BackupId::new("2026-11-29T17:45:00Z", [number; 4]).unwrap()
    }

    /// A backup that has so many records of a ledger, or of which nobody knows what it has.
    fn known(number: u8, size: Option<u64>) -> Known {
        let place = ("disk".to_owned(), "/backups".to_owned());
        let cut = |size| CutOf {
            origin: "example/audit".to_owned(),
            size,
            unfinished: Vec::new(),
        };
        Known {
            ledgers: size.map(|size| vec![cut(size)]),
            ..Known::new(id(number), place, Standing::Made)
        }
    }

    #[test]
    fn what_no_record_tells_of_or_has_more_than_the_store_is_kept_until_it_is_released() {
        let mut catalogue = Catalogue::default();
        for number in [1, 2] {
            catalogue.begin(Begun {
                backup: id(number),
                target: "disk".to_owned(),
                directory: "/backups".to_owned(),
                begun_ns: 1,
                encrypted_to: Vec::new(),
            });
        }
        catalogue.forget(&Forgotten {
            forgotten: Vec::new(),
            released: vec![id(4)],
        });
        let backups = Backups::new(None);
        backups.take("system".to_owned(), catalogue, 1);
        let lacking = Lacking {
            backups,
            sizes: [("example/audit".to_owned(), 50)].into(),
        };
        let kept = |number, size| lacking.keeps_known(&known(number, size));
        assert!(!kept(1, Some(50)), "the store has all of it");
        assert!(kept(2, Some(51)), "the store has lost a record");
        assert!(kept(3, None), "it was made in a time that was lost");
        assert!(!kept(4, None), "somebody released it");
        let missing = Known {
            standing: Standing::Missing,
            ..known(3, None)
        };
        assert!(!lacking.keeps_known(&missing));
    }
}
