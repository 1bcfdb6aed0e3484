//! The operator's check of what a ledger has in the archive: each file that is needed is there, and is what was archived.

use indelible_store::Store;

use crate::{
    check::{
        finding::{Finding, FindingCode},
        verification::VerifyOutcome,
    },
    read::archived_file::{check, is_needed},
    state::{error::ReadError, shared::LedgerState, shelf::ShelfError},
};

/// Reads all files through, and adds to an outcome what is wrong with them, or could not be answered. The ledger's own
/// records are not concerned: no proof needs the archive.
pub(crate) fn verify(ledger: &LedgerState, store: &dyn Store, outcome: &mut VerifyOutcome) {
    let size = ledger.size();
    let disposals = ledger.keys().disposals().to_vec();
    for disposal in disposals.iter().filter(|disposal| disposal.sequence < size) {
        let Some(archive) = &disposal.archive else {
            continue;
        };
        let first = disposal.spans.first().map(|span| span.from);
        let what =
            |error: &ShelfError| format!("what record {} archived: {error}", disposal.sequence);
        let checked = match (is_needed(store, ledger, disposal), ledger.shelf.get()) {
            (Ok(false), _) => continue,
            (Ok(true), Some(shelf)) => check(shelf, archive),
            (Ok(true), None) => Err(ShelfError::NoDirectory {
                file: archive.location.clone(),
            }),
            (Err(ReadError::Damaged { .. }), _) => continue,
            (Err(error), _) => {
                outcome.unanswered.push(error.to_string());
                continue;
            }
        };
        match checked {
            Ok(()) => {}
            Err(error @ ShelfError::Damaged { .. }) => outcome.findings.push(Finding {
                sequence: first,
                ..Finding::new(FindingCode::ArchiveDamaged, what(&error))
            }),
            Err(error) => outcome.unanswered.push(what(&error)),
        }
    }
}
