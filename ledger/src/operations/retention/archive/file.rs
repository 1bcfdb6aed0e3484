//! One file of the archive: written, and read back.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter},
    os::unix::fs::OpenOptionsExt as _,
};

use indelible_evidence::{
    bundle::TarSource,
    commitment::PartKind,
    hashing::HashingWriter,
    header::Header,
    key_event::Archive,
    verify::{Trust, verify},
};
use indelible_store::{
    ErasedParts,
    record::{Part, StoredRecord},
};

use super::{
    cut::Cut,
    place::{ArchivePlace, UNFINISHED, file_name, keep_name, prefix, sync},
};
use crate::{
    core::{Core, Ledger},
    operations::{
        export::{ExportForm, Planned},
        selection::Selection,
    },
    read::{
        archived::{matching, part_of},
        archived_file,
    },
    state::{
        archive_error::ArchiveError,
        error::{KeyEventError, ReadError},
        shared::LedgerState,
        shelf::ShelfError,
    },
};

/// Bytes that are written or read at once.
const BUFFER_BYTES: usize = 1 << 18;
/// Nobody but the daemon's user reads what is archived in the clear.
const FILE_MODE: u32 = 0o600;

/// Writes the parts that a cut chooses to a file, durable under its name when this returns; with its length.
pub(super) fn write(
    core: &Core,
    ledger: &Ledger,
    place: &ArchivePlace,
    cut: &Cut,
) -> Result<(Archive, u64), KeyEventError> {
    let origin = ledger.cell().origin();
    let (from, to) = cut.range();
    let beside = place
        .directory
        .join(format!("{}{from}-{to}{UNFINISHED}", prefix(origin)));
    let failed = |error: io::Error| ArchiveError::io(&beside, &error);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(&beside)
        .map_err(failed)?;
    let mut out = HashingWriter::new(BufWriter::with_capacity(BUFFER_BYTES, file));
    let selection = Selection::Range { from, to: Some(to) };
    let planned = Planned::new(ledger, selection)
        .and_then(|planned| planned.write_some(&ExportForm::default(), Some(&cut.chosen), &mut out))
        .map_err(|error| ArchiveError::Write(error.to_string()))?;
    let (out, sha256) = out.finish();
    let file = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    let name = file_name(origin, (from, to), &sha256);
    keep_name(core, ledger.cell(), &name)?;
    let path = place.directory.join(name);
    let named = fs::rename(&beside, &path).and_then(|()| sync(&place.directory));
    named.map_err(|error| ArchiveError::io(&path, &error))?;
    let location = path
        .to_str()
        .map(str::to_owned)
        .ok_or_else(|| ArchiveError::Write("the path of the archive is not UTF-8".to_owned()))?;
    Ok((Archive { sha256, location }, planned.bytes))
}

/// Reads a file of the archive back: it has the SHA-256 that its name and its record say, and the evidence verifier finds
/// nothing wrong with it under the ledger's own key.
///
/// # Errors
/// What is wrong with it; a notice tells of it, too.
pub(super) fn verified(
    core: &Core,
    cell: &LedgerState,
    archive: &Archive,
) -> Result<(), KeyEventError> {
    let shelf = &*core.shelf;
    archived_file::check(shelf, archive).map_err(ArchiveError::from)?;
    let path = shelf.path(archive).map_err(ArchiveError::from)?;
    let found = shelf
        .open(archive)
        .and_then(|file| match is_evidence(cell, file) {
            Some(problem) => Err(ShelfError::Damaged { path, problem }),
            None => Ok(()),
        });
    archived_file::note(shelf, archive, found).map_err(ArchiveError::from)?;
    Ok(())
}

/// What a verifier finds wrong with a file.
fn is_evidence(cell: &LedgerState, file: File) -> Option<String> {
    let reader = BufReader::with_capacity(BUFFER_BYTES, file);
    let trust = Trust::in_key(cell.verifier_key.clone());
    let report = match verify(TarSource::new(reader), &trust) {
        Ok(report) => report,
        Err(error) => return Some(error.to_string()),
    };
    let verdict = report.verdict;
    match verdict.integrity.holds() && verdict.custody.holds() {
        true => None,
        false => Some("a verifier does not find it to be evidence of this ledger".to_owned()),
    }
}

/// Whether a file has each part that was chosen, byte for byte as the store has it.
///
/// # Errors
/// If it lacks one.
pub(super) fn check_has(
    core: &Core,
    cell: &LedgerState,
    archive: &Archive,
    cut: &Cut,
) -> Result<(), KeyEventError> {
    for (sequence, parts) in &cut.chosen {
        let kinds: &[PartKind] = match parts {
            ErasedParts::All => &[PartKind::Body, PartKind::Payload],
            ErasedParts::Bodies => &[PartKind::Body],
            ErasedParts::Payloads => &[PartKind::Payload],
        };
        let value = core.store.record(cell.id, *sequence)?.unwrap_or_default();
        for kind in kinds {
            if !has(core, archive, *sequence, &value, *kind)? {
                return Err(ArchiveError::CopyDiffers {
                    path: core.shelf.path(archive).map_err(ArchiveError::from)?,
                    problem: format!("it does not have the {} of record {sequence}", kind.name()),
                }
                .into());
            }
        }
    }
    Ok(())
}

/// Whether a file has a part byte for byte as the stored record has it. False if the store does not have it.
pub(super) fn has(
    core: &Core,
    archive: &Archive,
    sequence: u64,
    value: &[u8],
    kind: PartKind,
) -> Result<bool, KeyEventError> {
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
    let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
    let Part::Present { salt, bytes } = part_of(&stored, kind) else {
        return Ok(false);
    };
    let there = matching(&core.shelf, archive, &header, kind).map_err(ArchiveError::from)?;
    Ok(there.is_some_and(|(its_salt, its_bytes)| its_salt == salt && its_bytes == bytes))
}
