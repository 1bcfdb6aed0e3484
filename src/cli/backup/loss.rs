//! What a restore would lose, for people and programs.

use std::fmt;

use indelible_backup::loss::{Row, Standing};
use indelible_compliance::reports::counted;
use serde::Serialize;

use crate::cli::ui::table::{Table, printable};

/// How a ledger of the backup stands to the anchor.
#[derive(Serialize)]
pub(super) struct LedgerLoss {
    ledger: String,
    /// Records in the backup.
    records: u64,
    /// `whole`, `behind`, `anchor-older`, `other-history`, `unanchored`, `unreadable`, `not-in-backup` or `anchor-lost`.
    standing: &'static str,
    /// Records that are known to be missing: the first, and the one after the last.
    missing: Option<[u64; 2]>,
    /// Whether it takes appends as soon as the daemon starts.
    serves: bool,
    #[serde(skip)]
    words: String,
}

/// Of all ledgers.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Loss(pub(super) Vec<LedgerLoss>);

impl Loss {
    /// Beside an anchor.
    pub(super) fn beside(rows: &[Row]) -> Self {
        Self(rows.iter().map(of_row).collect())
    }

    /// Beside none: nobody knows.
    pub(super) fn without_anchor(names: impl Iterator<Item = (String, u64)>) -> Self {
        let ledgers = names.map(|(ledger, records)| LedgerLoss {
            words: format!(
                "{}, and nobody knows what else was acknowledged: it goes into quarantine",
                counted(records, "record", "records")
            ),
            ledger,
            records,
            standing: "anchor-lost",
            missing: None,
            serves: false,
        });
        Self(ledgers.collect())
    }

    /// Records that are known to be missing.
    pub(super) fn missing(&self) -> u64 {
        let missing = self.0.iter().filter_map(|ledger| ledger.missing);
        missing.map(|[from, to]| to.saturating_sub(from)).sum()
    }

    /// Ledgers that go into quarantine.
    pub(super) fn quarantined(&self) -> usize {
        self.0.iter().filter(|ledger| !ledger.serves).count()
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for ledger in &self.0 {
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
                "{records}, and the anchor does not know it: the anchor is older than the ledger, which goes into quarantine"
            ),
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
        words,
    }
}
