//! What a restore would lose, for people and programs.

use std::fmt;

use indelible_backup::{
    LedgerCut,
    loss::{Row, Standing},
};
use indelible_compliance::reports::counted;
use serde::Serialize;

use crate::cli::ui::table::{Table, printable};

/// How a ledger of the backup stands to the anchor.
#[derive(Serialize)]
pub(super) struct LedgerLoss {
    ledger: String,
    /// Records in the backup.
    records: u64,
    /// `whole`, `whole-when-made`, `behind`, `anchor-older`, `other-history`, `unanchored`, `unreadable`, `closed`,
    /// `not-in-backup` or `anchor-lost`.
    standing: &'static str,
    /// Records that are known to be missing: the first, and the one after the last.
    missing: Option<[u64; 2]>,
    /// Whether it takes appends as soon as the daemon starts.
    serves: bool,
    #[serde(skip)]
    needs_successor: bool,
    #[serde(skip)]
    words: String,
}

/// Of all ledgers.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Loss {
    ledgers: Vec<LedgerLoss>,
    /// Whether what judges knows what was acknowledged after the backup.
    #[serde(skip)]
    is_known: bool,
}

impl Loss {
    /// Beside an anchor that survives.
    pub(super) fn beside(rows: &[Row]) -> Self {
        Self {
            ledgers: rows.iter().map(of_row).collect(),
            is_known: true,
        }
    }

    /// Beside what the anchor said when the backup was made: nobody knows what was acknowledged afterwards.
    pub(super) fn beside_its_own(rows: &[Row]) -> Self {
        let ledgers = rows.iter().map(|row| match row.standing {
            Standing::Whole => LedgerLoss {
                standing: "whole-when-made",
                words: format!(
                    "{}: all that was acknowledged when the backup was made; what was acknowledged afterwards is not known here",
                    counted(row.size, "record", "records")
                ),
                ..of_row(row)
            },
            _ => of_row(row),
        });
        Self {
            ledgers: ledgers.collect(),
            is_known: false,
        }
    }

    /// Beside none: nobody knows.
    pub(super) fn without_anchor(cuts: &[LedgerCut]) -> Self {
        let ledgers = cuts.iter().map(|cut| match cut.closed {
            true => of_row(&Row {
                number: cut.number,
                name: cut.name.clone(),
                size: cut.size,
                standing: Standing::Closed,
            }),
            false => LedgerLoss {
                words: format!(
                    "{}, and nobody knows what else was acknowledged: it goes into quarantine",
                    counted(cut.size, "record", "records")
                ),
                ledger: cut.name.clone(),
                records: cut.size,
                standing: "anchor-lost",
                missing: None,
                serves: false,
                needs_successor: true,
            },
        });
        Self {
            ledgers: ledgers.collect(),
            is_known: false,
        }
    }

    /// Records that are missing; none if nobody knows.
    pub(super) fn missing(&self) -> Option<u64> {
        let missing = self.ledgers.iter().filter_map(|ledger| ledger.missing);
        // An anchor from before the backup tells nothing of what came after it.
        let tells_all = |ledger: &LedgerLoss| ledger.standing != "anchor-older";
        (self.is_known && self.ledgers.iter().all(tells_all))
            .then(|| missing.map(|[from, to]| to.saturating_sub(from)).sum())
    }

    /// Whether erasures may be among what is missing: something is, or nobody knows.
    pub(super) fn may_lack_erasures(&self) -> bool {
        let is_all_there = |ledger: &LedgerLoss| matches!(ledger.standing, "whole" | "closed");
        !self.is_known || !self.ledgers.iter().all(is_all_there)
    }

    /// Ledgers that go into quarantine.
    pub(super) fn quarantined(&self) -> usize {
        let ledgers = self.ledgers.iter();
        ledgers.filter(|ledger| ledger.needs_successor).count()
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for ledger in &self.ledgers {
            table.row(printable(&ledger.ledger), &ledger.words);
        }
        table.fmt(f)
    }
}

fn of_row(row: &Row) -> LedgerLoss {
    let records = counted(row.size, "record", "records");
    let (standing, missing, words) = match &row.standing {
        Standing::Whole => (
            "whole",
            None,
            format!("{records}: all that was acknowledged"),
        ),
        Standing::Behind { from, to } => (
            "behind",
            Some([*from, *to]),
            format!(
                "{records}, and {to} were acknowledged: records {from} to {} are missing, so it goes into quarantine",
                to - 1
            ),
        ),
        Standing::AnchorOlder { anchored } => (
            "anchor-older",
            None,
            format!(
                "{records}, and the anchor knows {anchored}: the anchor is older than the backup, so it went back itself, and \
                 what was acknowledged after the backup can't be missed"
            ),
        ),
        Standing::OtherHistory => (
            "other-history",
            None,
            format!(
                "{records}, which are not those that were acknowledged: it goes into quarantine"
            ),
        ),
        Standing::Unanchored => (
            "unanchored",
            None,
            format!(
                "{records}, and the anchor does not know it: the anchor is older than the ledger, or was made anew; it goes into quarantine"
            ),
        ),
        Standing::Closed => (
            "closed",
            None,
            format!("{records}: a successor has taken its place, so it takes no more"),
        ),
        Standing::Unreadable(problem) => (
            "unreadable",
            None,
            format!(
                "{records}, and the anchor can't say what was acknowledged: {problem}; it goes into quarantine"
            ),
        ),
        Standing::NotInBackup { to } => (
            "not-in-backup",
            Some([0, *to]),
            format!(
                "it was made after the backup and is lost as a whole, with {}",
                counted(*to, "record", "records")
            ),
        ),
    };
    LedgerLoss {
        ledger: row.name.clone(),
        records: row.size,
        standing,
        missing,
        serves: row.standing.serves(),
        needs_successor: row.standing.needs_successor(),
        words,
    }
}
