//! What leaves the store once a file of the archive has it, and files that nobody needs any more.

use std::{fs, io};

use indelible_evidence::{commitment::PartKind, header::Header};
use indelible_store::{ErasedParts, record::StoredRecord};
use tracing::info;

use super::{file, place};
use crate::{
    core::Core,
    operations::{
        destroying::await_index,
        retention::disposing::{Disposing, OnDisposal},
    },
    read::{archived_file::is_needed, erasure_mark},
    state::{
        archive_error::ArchiveError,
        error::{KeyEventError, ReadError},
        orders::DisposalRecord,
        shared::LedgerState,
    },
};

/// Records whose parts leave in one call of the store.
const STEP_RECORDS: usize = 4_096;

/// Archives in the store what a disposal names and its file has, and marks the disposal as complete. The caller has
/// verified the file. Returns how many records lost a part.
pub(super) fn remove(
    core: &Core,
    cell: &LedgerState,
    disposal: &DisposalRecord,
    progress: OnDisposal<'_>,
) -> Result<u64, KeyEventError> {
    let Some(archive) = &disposal.archive else {
        return Ok(0);
    };
    // Nothing is derived from what is in the archive while the daemon runs on.
    await_index(core, cell, disposal.sequence + 1, &mut |left| {
        progress(Disposing::Indexing { left });
    })?;
    let held = core.shelf.held(archive).map_err(ArchiveError::from)?;
    let total = held.len() as u64;
    let (mut records, mut done) = (0, 0);
    for step in held.chunk_by(|(a, _), (b, _)| a / STEP_RECORDS as u64 == b / STEP_RECORDS as u64) {
        let (mut bodies, mut payloads) = (Vec::new(), Vec::new());
        for (sequence, kind) in step {
            if is_removable(core, cell, disposal, *sequence, *kind)? {
                match kind {
                    PartKind::Body => bodies.push(*sequence),
                    PartKind::Payload => payloads.push(*sequence),
                }
            }
        }
        let mut touched = [&bodies[..], &payloads[..]].concat();
        touched.sort_unstable();
        touched.dedup();
        records += touched.len() as u64;
        for (sequences, parts) in [
            (&bodies, ErasedParts::Bodies),
            (&payloads, ErasedParts::Payloads),
        ] {
            if !sequences.is_empty() {
                core.store.archive_chosen(cell.id, sequences, parts)?;
            }
        }
        done += step.len() as u64;
        progress(Disposing::Removing { done, total });
        if core.is_draining() {
            return Err(ReadError::Draining.into());
        }
    }
    erasure_mark::set(&*core.store, cell, disposal.sequence)?;
    info!(ledger = %cell.origin(), sequence = disposal.sequence, events = records, "what is archived has left the store");
    Ok(records)
}

/// Whether a part may leave: it is there, a record says that it is archived and none that it is erased, and the file has
/// the same bytes.
fn is_removable(
    core: &Core,
    cell: &LedgerState,
    disposal: &DisposalRecord,
    sequence: u64,
    kind: PartKind,
) -> Result<bool, KeyEventError> {
    let Some(archive) = &disposal.archive else {
        return Ok(false);
    };
    if !disposal.covers(sequence) {
        return Ok(false);
    }
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    let value = core.store.record(cell.id, sequence)?;
    let value = value.ok_or_else(|| damaged("it is missing from the store".into()))?;
    let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
    let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
    let disposed = cell.keys().facts_of(&header).disposed;
    if !disposed.archived(kind) || disposed.erased(kind) {
        return Ok(false);
    }
    file::has(core, archive, sequence, &value, kind)
}

/// Removes files of which nothing is needed any more, since what they hold is erased. `erased` are the records of which a part
/// was, ascending; a file that holds such a part keeps the disposals from being complete.
///
/// # Errors
/// If a file can't be removed, its volume is away, or something in it is still needed.
pub(crate) fn remove_emptied(
    core: &Core,
    cell: &LedgerState,
    erased: &[u64],
) -> Result<(), KeyEventError> {
    let disposals = cell.keys().disposals().to_vec();
    let holds_some = |disposal: &&DisposalRecord| {
        let mut spans = disposal.spans.iter();
        disposal.archives()
            && spans.any(|span| {
                let at = erased.partition_point(|sequence| *sequence < span.from);
                erased.get(at).is_some_and(|sequence| *sequence < span.to)
            })
    };
    let concerned: Vec<_> = disposals.iter().filter(holds_some).collect();
    if concerned.is_empty() {
        return Ok(());
    }
    // A volume that is not mounted would look as if the file were gone.
    let place = place::open(core, true)?;
    for disposal in concerned {
        let Some(archive) = &disposal.archive else {
            continue;
        };
        let path = core.shelf.path(archive).map_err(ArchiveError::from)?;
        let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        match fs::symlink_metadata(&path) {
            Err(error) if is_gone(&error) => {
                core.shelf.is_whole(archive);
                continue;
            }
            Err(error) => return Err(ArchiveError::io(&path, &error).into()),
            Ok(_) => {}
        }
        if is_needed(&*core.store, cell, disposal)? {
            return Err(ArchiveError::StillNeeded { path }.into());
        }
        let removed = fs::remove_file(&path).and_then(|()| place::sync(&place.directory));
        removed.map_err(|error| ArchiveError::io(&path, &error))?;
        core.shelf.is_whole(archive);
        info!(ledger = %cell.origin(), file = archive.location, "a file of the archive is removed: all that it held is erased");
    }
    Ok(())
}
