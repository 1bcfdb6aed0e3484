//! What a restore would lose, held against an anchor that survives.

use std::collections::BTreeMap;

use crate::manifest::{LedgerCut, Manifest, hash_of};

/// What an anchor that survives says of one ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// Its origin, as far as the note tells.
    pub origin: String,
    /// Records that were acknowledged.
    pub size: u64,
    /// The root at that size.
    pub root: [u8; 32],
}

/// How a ledger of a backup stands to the anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The backup has all that was acknowledged.
    Whole,
    /// The backup ends before what was acknowledged: the records from `from` up to but not including `to` are missing.
    /// The ledger goes into quarantine.
    Behind {
        /// The first that is missing.
        from: u64,
        /// The size that the anchor knows.
        to: u64,
    },
    /// The anchor is older than the backup: it went back itself, so that it can't say what is missing.
    AnchorOlder {
        /// The size that it knows.
        anchored: u64,
    },
    /// At the same size the anchor has another root: another history. The ledger goes into quarantine.
    OtherHistory,
    /// The anchor does not know the ledger: it is older than the ledger itself, or was made anew while the ledger was in
    /// quarantine. The ledger goes into quarantine.
    Unanchored,
    /// A successor had taken the ledger's place before the backup was made: it takes no records, whatever the anchor says.
    Closed,
    /// The anchor can't say: its slots can't be read.
    Unreadable(String),
    /// The backup does not have the ledger at all, which was made after it.
    NotInBackup {
        /// Records that were acknowledged.
        to: u64,
    },
}

/// One ledger, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub number: u32,
    /// Its name, or its origin if only the anchor knows it.
    pub name: String,
    /// Records in the backup.
    pub size: u64,
    /// How it stands.
    pub standing: Standing,
}

impl Standing {
    /// Records that are known to be missing.
    pub fn missing(&self) -> u64 {
        match self {
            Self::Behind { from, to } => to.saturating_sub(*from),
            Self::NotInBackup { to } => *to,
            _ => 0,
        }
    }

    /// Whether the ledger serves at once after a restore.
    pub fn serves(&self) -> bool {
        matches!(self, Self::Whole | Self::AnchorOlder { .. })
    }

    /// Whether the ledger goes into quarantine, or is lost as a whole, so that it needs a successor.
    pub fn needs_successor(&self) -> bool {
        !self.serves() && *self != Self::Closed
    }

    /// Whether the anchor is older than the backup.
    pub fn is_old_anchor(&self) -> bool {
        matches!(self, Self::AnchorOlder { .. } | Self::Unanchored)
    }
}

/// Holds each ledger of a backup against an anchor, and tells of those that only the anchor knows.
pub fn held_against(
    manifest: &Manifest,
    anchor: &BTreeMap<u32, Result<Anchored, String>>,
) -> Vec<Row> {
    let mut rows: Vec<_> = manifest
        .ledgers
        .iter()
        .map(|ledger| Row {
            number: ledger.number,
            name: ledger.name.clone(),
            size: ledger.size,
            standing: standing(ledger, anchor.get(&ledger.number)),
        })
        .collect();
    for (number, entry) in anchor {
        let known = manifest.ledgers.iter().any(|one| one.number == *number);
        match entry {
            Ok(entry) if !known && entry.size > 0 => rows.push(Row {
                number: *number,
                name: entry.origin.clone(),
                size: 0,
                standing: Standing::NotInBackup { to: entry.size },
            }),
            _ => {}
        }
    }
    rows
}

fn standing(ledger: &LedgerCut, entry: Option<&Result<Anchored, String>>) -> Standing {
    match entry {
        _ if ledger.closed => Standing::Closed,
        None => Standing::Unanchored,
        Some(Err(problem)) => Standing::Unreadable(problem.clone()),
        // Before genesis it names no origin.
        Some(Ok(entry)) if entry.size > 0 && entry.origin != ledger.origin => {
            Standing::OtherHistory
        }
        Some(Ok(entry)) if entry.size > ledger.size => Standing::Behind {
            from: ledger.size,
            to: entry.size,
        },
        Some(Ok(entry)) if entry.size < ledger.size => Standing::AnchorOlder {
            anchored: entry.size,
        },
        Some(Ok(entry)) if hash_of(&ledger.root) == Some(entry.root) => Standing::Whole,
        Some(Ok(_)) => Standing::OtherHistory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::manifest;

    /// How the first ledger, of 7 records, stands to an anchor that has `size` with `root`.
    fn stands(size: u64, root: u8) -> Standing {
        let manifest = manifest();
        let entry = Anchored {
            origin: manifest.ledgers[0].origin.clone(),
            size,
            root: [root; 32],
        };
        let anchor = BTreeMap::from([(0, Ok(entry))]);
        held_against(&manifest, &anchor)[0].standing.clone()
    }

    #[test]
    fn a_ledger_is_held_against_the_anchor() {
        assert_eq!(stands(7, 0xaa), Standing::Whole);
        assert_eq!(stands(7, 0xbb), Standing::OtherHistory);
        assert_eq!(stands(9, 0xbb), Standing::Behind { from: 7, to: 9 });
        assert_eq!(stands(3, 0xbb), Standing::AnchorOlder { anchored: 3 });
        assert_eq!(stands(0, 0), Standing::AnchorOlder { anchored: 0 });
        assert_eq!(stands(9, 0).missing(), 2);
        assert!(stands(7, 0xaa).serves() && !stands(9, 0).serves());
    }

    #[test]
    fn a_closed_ledger_is_closed_whatever_the_anchor_says() {
        let mut manifest = manifest();
        manifest.ledgers[0].closed = true;
        manifest.ledgers[0].anchor = None;
        let entry = Anchored {
            origin: manifest.ledgers[0].origin.clone(),
            size: 9,
            root: [0; 32],
        };
        for anchor in [BTreeMap::new(), BTreeMap::from([(0, Ok(entry))])] {
            let standing = &held_against(&manifest, &anchor)[0].standing;
            assert_eq!(*standing, Standing::Closed);
            assert!(!standing.serves() && !standing.needs_successor());
            assert_eq!(standing.missing(), 0);
        }
        let text = String::from_utf8(manifest.encode()).unwrap();
        assert!(text.contains("\"closed\": true"), "{text}");
        assert_eq!(Manifest::decode(text.as_bytes()), Ok(manifest));
    }

    #[test]
    fn ledgers_that_only_the_anchor_knows_are_told() {
        let entry = Anchored {
            origin: "example/later/log/1".into(),
            size: 4,
            root: [0; 32],
        };
        let anchor = BTreeMap::from([(9, Ok(entry))]);
        let rows = held_against(&manifest(), &anchor);
        assert_eq!(rows[0].standing, Standing::Unanchored);
        let later = rows.last().unwrap();
        assert_eq!(later.standing, Standing::NotInBackup { to: 4 });
        assert_eq!(later.standing.missing(), 4);
    }
}
