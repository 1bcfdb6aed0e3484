//! Archiving: what a rule covers is written to files of the archive, each a range bundle that is read back and verified;
//! then a record names the file, and only then the parts leave the store.
//!
//! | step | a stop after it |
//! | --- | --- |
//! | the file is written beside, synced, and given its name | the next run removes a file that no record names |
//! | it is read back: SHA-256, the evidence verifier, each part against the stored header | the same |
//! | the disposal is recorded, with the file's SHA-256 and location | the next run verifies the file again, and goes on |
//! | the parts become *archived* in the store | the same; a part that is archived already stays so |
//! | the disposal is marked as complete | the end |
//!
//! A part leaves the store only if its file has the same part and a record names it. If the file can't be read, nothing
//! leaves, and a notice says so.

mod cut;
mod file;
mod place;
mod remove;

use indelible_evidence::key_event::{Archive, RetentionAction};

use self::cut::Cutter;
pub(super) use self::{place::check_place, remove::remove_emptied};
use super::{
    disposal::record,
    disposing::{Disposing, OnDisposal},
    survey::RuleSurvey,
};
use crate::{
    core::{Core, Ledger},
    read::erasure_mark,
    state::{
        error::{KeyEventError, ReadError},
        orders::DisposalRecord,
        shared::LedgerState,
    },
};

/// What a run archived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archived {
    /// The files, as the disposals' records name them.
    pub files: Vec<Archive>,
    /// Their bytes.
    pub bytes: u64,
    /// Records that lost a part to them.
    pub records: u64,
}

/// Carries out the disposals on record that archive and are not complete.
///
/// # Errors
/// If a file can't be read or is not what was archived: then what it should hold stays in the store.
pub(super) fn complete(
    core: &Core,
    cell: &LedgerState,
    archived: &mut Archived,
    progress: OnDisposal<'_>,
) -> Result<Vec<u64>, KeyEventError> {
    let mut completed = Vec::new();
    for disposal in incomplete(core, cell)? {
        let Some(archive) = &disposal.archive else {
            continue;
        };
        file::verified(core, cell, archive)?;
        archived.records += remove::remove(core, cell, &disposal, progress)?;
        completed.push(disposal.sequence);
    }
    Ok(completed)
}

fn incomplete(core: &Core, cell: &LedgerState) -> Result<Vec<DisposalRecord>, KeyEventError> {
    let (disposals, size) = (cell.keys().disposals().to_vec(), cell.size());
    let mut found = Vec::new();
    for disposal in disposals {
        let is_open = disposal.archives() && disposal.sequence < size;
        if is_open && !erasure_mark::is_complete(&*core.store, cell, disposal.sequence)? {
            found.push(disposal);
        }
    }
    Ok(found)
}

/// Archives what rules that archive cover, as they were surveyed. Returns the records of the disposals.
///
/// # Errors
/// Why not all of it was archived. What is on record is completed by the next run.
pub(super) fn archive(
    ledger: &Ledger,
    surveys: &[RuleSurvey],
    archived: &mut Archived,
    progress: OnDisposal<'_>,
) -> Result<Vec<u64>, KeyEventError> {
    let (core, cell) = (&ledger.core, &ledger.cell);
    let is_wanted = |survey: &&RuleSurvey| {
        survey.rule.action == RetentionAction::Archive && !survey.spans.is_empty()
    };
    let wanted: Vec<_> = surveys.iter().filter(is_wanted).collect();
    let names_one = cell.keys().disposals().iter().any(DisposalRecord::archives);
    if wanted.is_empty() && !names_one {
        return Ok(Vec::new());
    }
    // What a run left behind that was broken off goes also if nothing is due.
    let place = match place::open(core, names_one) {
        Err(_) if wanted.is_empty() => return Ok(Vec::new()),
        place => place?,
    };
    place.sweep(core, cell)?;
    let mut sequences = Vec::new();
    for survey in wanted {
        let mut cutter = Cutter::new(core, cell, survey);
        while let Some(cut) = cutter.next_cut()? {
            if core.is_draining() {
                return Err(ReadError::Draining.into());
            }
            let (file, bytes) = file::write(core, ledger, &place, &cut)?;
            progress(Disposing::Archiving {
                done: archived.files.len() as u64,
            });
            file::verified(core, cell, &file)?;
            file::check_has(core, cell, &file, &cut)?;
            let sequence = record(core, cell, survey, &cut.spans, Some(file.clone()))?;
            progress(Disposing::Recorded { sequence });
            sequences.push(sequence);
            archived.files.push(file);
            archived.bytes += bytes;
            for disposal in incomplete(core, cell)? {
                if disposal.sequence == sequence {
                    archived.records += remove::remove(core, cell, &disposal, progress)?;
                    progress(Disposing::Complete);
                }
            }
        }
    }
    Ok(sequences)
}
