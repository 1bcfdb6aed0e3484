//! A whole file of the archive, read through and held against the SHA-256 that a record states.

use std::{
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    path::PathBuf,
};

use indelible_evidence::{commitment::PartKind, key_event::Archive};
use indelible_store::{
    Store, TryScan as _,
    record::{Part, StoredRecord},
};
use sha2::{Digest as _, Sha256};

use crate::{
    read::archived::part_of,
    state::{
        error::ReadError,
        orders::DisposalRecord,
        shared::LedgerState,
        shelf::{OTHER_SHA256, Shelf, ShelfError},
    },
};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 18;

/// A file that is being read through.
pub(crate) struct ReadThrough {
    archive: Archive,
    path: PathBuf,
    file: File,
    hasher: Sha256,
}

impl ReadThrough {
    /// Begins with the first byte.
    ///
    /// # Errors
    /// If the file is not there.
    pub(crate) fn begin(shelf: &Shelf, archive: &Archive) -> Result<Self, ShelfError> {
        let path = shelf.path(archive)?;
        let file = shelf.open(archive)?;
        Ok(Self {
            archive: archive.clone(),
            path,
            file,
            hasher: Sha256::new(),
        })
    }

    /// Reads on, for at least so many bytes or to the end; breaks at the end. Returns how many it read.
    ///
    /// # Errors
    /// If the file can't be read, or at its end if it is another than was recorded.
    pub(crate) fn go_on(&mut self, bytes: u64) -> Result<(ControlFlow<()>, u64), ShelfError> {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut done = 0;
        while done < bytes {
            let read = self
                .file
                .read(&mut buffer)
                .map_err(|error| self.away(&error))?;
            if read == 0 {
                let found: [u8; 32] = self.hasher.clone().finalize().into();
                return match found == self.archive.sha256 {
                    true => Ok((ControlFlow::Break(()), done)),
                    false => Err(ShelfError::Damaged {
                        path: self.path.clone(),
                        problem: OTHER_SHA256.to_owned(),
                    }),
                };
            }
            self.hasher.update(buffer.get(..read).unwrap_or_default());
            done += read as u64;
        }
        Ok((ControlFlow::Continue(()), done))
    }

    fn away(&self, error: &io::Error) -> ShelfError {
        ShelfError::away(&self.path, error)
    }
}

/// Whether a file is there and has the SHA-256 that was recorded; what it comes to is noted.
///
/// # Errors
/// If it is not.
pub(crate) fn check(shelf: &Shelf, archive: &Archive) -> Result<(), ShelfError> {
    let mut read = ReadThrough::begin(shelf, archive);
    let checked = loop {
        match &mut read {
            Ok(reading) => match reading.go_on(u64::MAX) {
                Ok((ControlFlow::Continue(()), _)) => {}
                Ok((ControlFlow::Break(()), _)) => break Ok(()),
                Err(error) => break Err(error),
            },
            Err(error) => break Err(error.clone()),
        }
    };
    note(shelf, archive, checked)
}

/// Notes what a look at a whole file came to.
pub(crate) fn note<T>(
    shelf: &Shelf,
    archive: &Archive,
    checked: Result<T, ShelfError>,
) -> Result<T, ShelfError> {
    match &checked {
        Ok(_) => shelf.is_whole(archive),
        Err(error) => shelf.failed(archive, error),
    }
    checked
}

/// Whether a record among the spans of a disposal has a part that is archived, and not erased.
///
/// # Errors
/// If a record can't be read.
pub(crate) fn is_needed(
    store: &dyn Store,
    cell: &LedgerState,
    disposal: &DisposalRecord,
) -> Result<bool, ReadError> {
    let mut needed = false;
    for span in &disposal.spans {
        store.try_scan(cell.id, span.from, span.to, |sequence, value| {
            let stored = StoredRecord::decode(value).map_err(|error| ReadError::Damaged {
                sequence,
                what: error.to_string(),
            })?;
            let kinds = [PartKind::Body, PartKind::Payload];
            needed = kinds
                .into_iter()
                .any(|kind| part_of(&stored, kind) == Part::Archived);
            Ok::<_, ReadError>(match needed {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        if needed {
            return Ok(true);
        }
    }
    Ok(false)
}
