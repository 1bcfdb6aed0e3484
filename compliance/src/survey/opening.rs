//! The checkpoint of a bundle, looked at before the pass over it: a report is made as of a checkpoint, and so trusts the
//! one that it names.

use indelible_evidence::bundle::items::{Extent, KEY_EVENT_ITEM_BYTES_MAX, KeyEventItem, extent};
use indelible_evidence::bundle::manifest::MANIFEST_BYTES_MAX;
use indelible_evidence::bundle::{
    ArchiveError, BundleFile, FORMAT_PAGE_BYTES_MAX, FileSource, README,
};
use indelible_evidence::limits::NOTE_BYTES_MAX;

/// Reads the checkpoint's note out of a bundle. Nothing of it is verified.
pub fn checkpoint_note(source: &mut dyn FileSource) -> Result<Vec<u8>, ArchiveError> {
    for (file, bytes_max) in [
        (BundleFile::Manifest, MANIFEST_BYTES_MAX),
        (BundleFile::Readme, README.len() as u64),
        (BundleFile::Format, FORMAT_PAGE_BYTES_MAX),
    ] {
        file_bytes(source, file, bytes_max)?;
    }
    file_bytes(source, BundleFile::Checkpoint, NOTE_BYTES_MAX as u64)
}

/// Reads the header of the first key event, which ought to be genesis, out of a bundle; none where the file does not begin
/// with a key event. Nothing of it is verified.
pub fn first_key_event(source: &mut dyn FileSource) -> Result<Option<Vec<u8>>, ArchiveError> {
    checkpoint_note(source)?;
    source.open(&BundleFile::KeyEvents.to_string())?;
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    while bytes.len() < KEY_EVENT_ITEM_BYTES_MAX {
        match source.read(&mut block)? {
            0 => break,
            count => bytes.extend_from_slice(&block[..count]),
        }
    }
    let item = match extent(&bytes, KEY_EVENT_ITEM_BYTES_MAX) {
        Extent::Complete(length) => bytes.get(..length).unwrap_or_default(),
        _ => return Ok(None),
    };
    // Those of a range are proven, those of a whole bundle are not.
    let header = [false, true].iter().find_map(|proven| {
        Some(match KeyEventItem::decode(item, *proven).ok()? {
            KeyEventItem::Plain { header } => header.to_vec(),
            KeyEventItem::Proven { record, .. } => record.header.to_vec(),
        })
    });
    Ok(header)
}

fn file_bytes(
    source: &mut dyn FileSource,
    file: BundleFile,
    bytes_max: u64,
) -> Result<Vec<u8>, ArchiveError> {
    let name = file.to_string();
    let size = source.open(&name)?;
    if size > bytes_max {
        return Err(ArchiveError::Form {
            detail: format!("{name} has {size} bytes, more than {bytes_max}"),
        });
    }
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    loop {
        let count = source.read(&mut block)?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&block[..count]);
    }
    source.close()?;
    Ok(bytes)
}
