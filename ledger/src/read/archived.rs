//! Archived parts, read back: a stored record with the parts that lie in the archive, held against its header.

use std::borrow::Cow;

use indelible_evidence::{
    bundle::Part as BundlePart,
    commitment::{PartKind, commit},
    header::Header,
    key_event::Archive,
};
use indelible_store::record::{Part, StoredRecord};

use crate::state::{
    absent_word::AbsentWord,
    orders::archives_of,
    shared::LedgerState,
    shelf::{ArchiveAway, Shelf, ShelfError},
};

/// A stored record with what could be taken from the archive.
pub(crate) struct Filled<'v> {
    /// The record.
    pub(crate) value: Cow<'v, [u8]>,
    /// Why a part of it could not.
    pub(crate) away: Option<Box<ArchiveAway>>,
}

impl<'v> Filled<'v> {
    /// The record, if all of it is there.
    ///
    /// # Errors
    /// If an archived part can't be read.
    pub(crate) fn whole(self) -> Result<Cow<'v, [u8]>, Box<ArchiveAway>> {
        match self.away {
            None => Ok(self.value),
            Some(away) => Err(away),
        }
    }
}

/// A stored record with both of its parts. What is no record is left to whoever reads it.
pub(crate) fn filled<'v>(ledger: &LedgerState, sequence: u64, value: &'v [u8]) -> Filled<'v> {
    filled_in(
        ledger,
        sequence,
        value,
        &[PartKind::Body, PartKind::Payload],
    )
}

/// The same with its body alone.
pub(crate) fn with_body<'v>(
    ledger: &LedgerState,
    sequence: u64,
    value: &'v [u8],
) -> Result<Cow<'v, [u8]>, Box<ArchiveAway>> {
    filled_in(ledger, sequence, value, &[PartKind::Body]).whole()
}

fn filled_in<'v>(
    ledger: &LedgerState,
    sequence: u64,
    value: &'v [u8],
    wanted: &[PartKind],
) -> Filled<'v> {
    let mut filled = Filled {
        value: Cow::Borrowed(value),
        away: None,
    };
    let Ok(stored) = StoredRecord::decode(value) else {
        return filled;
    };
    let is_wanted = |kind: &&PartKind| part_of(&stored, **kind) == Part::Archived;
    let mut wanted = wanted.iter().filter(is_wanted).peekable();
    if wanted.peek().is_none() {
        return filled;
    }
    let Ok(header) = Header::decode(stored.header) else {
        return filled;
    };
    let (mut body, mut payload) = (None, None);
    for kind in wanted {
        match taken(ledger, &header, *kind) {
            Ok(taken) => match kind {
                PartKind::Body => body = taken,
                PartKind::Payload => payload = taken,
            },
            Err(what) => {
                filled.away = Some(Box::new(ArchiveAway {
                    sequence,
                    part: kind.name(),
                    what,
                }));
            }
        }
    }
    if body.is_some() || payload.is_some() {
        let value = stored.with_parts(
            present(body.as_ref(), stored.body),
            present(payload.as_ref(), stored.payload),
        );
        filled.value = Cow::Owned(value);
    }
    filled
}

type Taken = (indelible_evidence::Salt, Vec<u8>);

/// What was taken, or the part as it is stored.
fn present<'t>(taken: Option<&'t Taken>, stored: Part<'t>) -> Part<'t> {
    match taken {
        Some((salt, bytes)) => Part::Present { salt: *salt, bytes },
        None => stored,
    }
}

/// A part of a stored record.
pub(crate) fn part_of<'v>(stored: &StoredRecord<'v>, kind: PartKind) -> Part<'v> {
    match kind {
        PartKind::Body => stored.body,
        PartKind::Payload => stored.payload,
    }
}

/// The part as the archive has it; none if a record says that it is erased, or none says that it was archived.
fn taken(
    ledger: &LedgerState,
    header: &Header<'_>,
    kind: PartKind,
) -> Result<Option<Taken>, ShelfError> {
    let archives = {
        let keys = ledger.keys();
        if keys.supports(header, kind, AbsentWord::Erased)
            || !keys.supports(header, kind, AbsentWord::Archived)
        {
            return Ok(None);
        }
        archives_of(keys.disposals(), header.sequence)
    };
    let Some(shelf) = ledger.shelf.get() else {
        return Err(ShelfError::NoDirectory {
            file: archives
                .last()
                .map(|archive| archive.location.clone())
                .unwrap_or_default(),
        });
    };
    let mut failed = None;
    // The newest has it, unless an earlier run was broken off before it removed what it had archived.
    for archive in archives.iter().rev() {
        match matching(shelf, archive, header, kind) {
            Ok(Some(taken)) => {
                shelf.worked(archive);
                return Ok(Some(taken));
            }
            Ok(None) => {}
            Err(error) => {
                shelf.failed(archive, &error);
                failed.get_or_insert(error);
            }
        }
    }
    Err(failed.unwrap_or_else(|| missing(shelf, &archives)))
}

/// No file has it that is there.
fn missing(shelf: &Shelf, archives: &[Archive]) -> ShelfError {
    let problem = "it does not have what was archived".to_owned();
    let path = archives.last().map(|archive| shelf.path(archive));
    match path {
        Some(Ok(path)) => ShelfError::Damaged { path, problem },
        Some(Err(error)) => error,
        None => ShelfError::NoDirectory {
            file: String::new(),
        },
    }
}

/// The part as a file has it, if that is what the header commits to. None if the file does not have it.
///
/// # Errors
/// If the file is not there, can't be read, or has other bytes.
pub(crate) fn matching(
    shelf: &Shelf,
    archive: &Archive,
    header: &Header<'_>,
    kind: PartKind,
) -> Result<Option<Taken>, ShelfError> {
    let Some(event) = header.kind.event() else {
        return Ok(None);
    };
    let committed = match kind {
        PartKind::Body => Some(event.body),
        PartKind::Payload => event.payload,
    };
    let Some((salt, bytes)) = shelf.part(archive, header.sequence, kind)? else {
        return Ok(None);
    };
    let domain = kind.domain(event.sealed.is_some());
    if Some(commit(&salt, domain, &bytes)) == committed {
        return Ok(Some((salt, bytes)));
    }
    Err(ShelfError::Damaged {
        path: shelf.path(archive)?,
        problem: format!(
            "the {} of record {} is not the one that was archived",
            kind.name(),
            header.sequence
        ),
    })
}

/// A stored part as a bundle has it.
pub(crate) fn bundle_part(stored: Part<'_>) -> BundlePart<'_> {
    match stored {
        Part::None => BundlePart::None,
        Part::Present { salt, bytes } => BundlePart::Present { salt, bytes },
        Part::Erased => BundlePart::Erased,
        Part::Archived => BundlePart::Archived,
    }
}
