//! Reads the files of a bundle: short ones whole, and sequences of items in blocks of bounded size.

use sha2::{Digest, Sha256};

use crate::bundle::items::{Extent, extent};
use crate::bundle::{BundleFile, FileSource};
use crate::verdict::{Finding, FindingCode};

use super::fault::Fault;

/// How many bytes are asked for at a time.
const READ_BYTES: usize = 128 << 10;

/// Reads a whole file of at most `bytes_max` bytes.
pub(super) fn read_short<S: FileSource>(
    source: &mut S,
    file: BundleFile,
    bytes_max: u64,
) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    read_onto(source, file, bytes_max, &mut bytes)?;
    source.close()?;
    Ok(bytes)
}

/// The same onto `out`, which has what could be read of it even where the rest can't, and leaves the file open.
pub(super) fn read_onto<S: FileSource>(
    source: &mut S,
    file: BundleFile,
    bytes_max: u64,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let size = open_short(source, file, bytes_max)?;
    let mut at = 0;
    out.resize(size as usize, 0);
    while at < out.len() {
        let count = match source.read(&mut out[at..]) {
            Ok(0) => Err(crate::bundle::ArchiveError::Truncated),
            read => read,
        };
        match count {
            Ok(count) => at += count,
            Err(error) => {
                out.truncate(at);
                return Err(error.into());
            }
        }
    }
    Ok(())
}

/// Reads a whole file of exactly `bytes` bytes.
pub(super) fn read_fixed<S: FileSource>(
    source: &mut S,
    file: BundleFile,
    bytes: usize,
) -> Result<Vec<u8>, Fault> {
    let content = read_short(source, file, bytes as u64)?;
    if content.len() == bytes {
        Ok(content)
    } else {
        Err(file_length(file, format!("has {} bytes, not {bytes}", content.len())).into())
    }
}

/// Reads a whole file of at most `bytes_max` bytes, piece by piece, and gives its SHA-256.
pub(super) fn digest_file<S: FileSource>(
    source: &mut S,
    file: BundleFile,
    bytes_max: u64,
) -> Result<[u8; 32], Fault> {
    let mut left = open_short(source, file, bytes_max)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; READ_BYTES]);
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(READ_BYTES);
        let piece = &mut buffer[..wanted];
        read_exact(source, piece)?;
        hasher.update(&*piece);
        left -= wanted as u64;
    }
    source.close()?;
    Ok(hasher.finalize().into())
}

fn open_short<S: FileSource>(
    source: &mut S,
    file: BundleFile,
    bytes_max: u64,
) -> Result<u64, Fault> {
    let size = source.open(&file.to_string())?;
    if size > bytes_max {
        let problem = format!("has {size} bytes, at most {bytes_max} are allowed");
        return Err(file_length(file, problem).into());
    }
    Ok(size)
}

pub(super) fn file_length(file: BundleFile, problem: impl AsRef<str>) -> Finding {
    Finding::new(
        FindingCode::FileLength,
        format!("{file} {}", problem.as_ref()),
    )
}

fn read_exact<S: FileSource>(source: &mut S, mut out: &mut [u8]) -> Result<(), Fault> {
    while !out.is_empty() {
        match source.read(out)? {
            0 => return Err(crate::bundle::ArchiveError::Truncated.into()),
            count => out = &mut out[count..],
        }
    }
    Ok(())
}

/// A file that is a sequence of CBOR items.
#[derive(Debug)]
pub(super) struct ItemFile {
    file: BundleFile,
    item_bytes_max: usize,
    /// Bytes of the file that were not read yet.
    left: u64,
    /// Bytes that were read and not cut yet.
    buffer: Vec<u8>,
}

/// Some items of such a file.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Where each item ends.
    pub(super) ends: Vec<usize>,
    /// Why no item can follow, if the file goes on with something else, or ends within one.
    pub(super) problem: Option<&'static str>,
}

impl Block {
    /// The items.
    pub(super) fn items(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.bytes[start..end])
    }
}

impl ItemFile {
    /// Opens the next file.
    pub(super) fn open<S: FileSource>(
        source: &mut S,
        file: BundleFile,
        item_bytes_max: usize,
    ) -> Result<Self, Fault> {
        let left = source.open(&file.to_string())?;
        Ok(Self {
            file,
            item_bytes_max,
            left,
            buffer: Vec::new(),
        })
    }

    /// Refuses the file at once if it can't be a sequence of `items` items.
    pub(super) fn expect_items(&self, items: u64) -> Result<(), Fault> {
        let bytes_max = items.saturating_mul(self.item_bytes_max as u64);
        if self.left < items || self.left > bytes_max {
            let problem = format!("has {} bytes, which can't hold {items} items", self.left);
            return Err(file_length(self.file, problem).into());
        }
        Ok(())
    }

    /// Cuts off up to `items_max` items, and no more once there are `bytes_enough` bytes. No item and no problem
    /// means that the file has ended.
    pub(super) fn cut<S: FileSource>(
        &mut self,
        source: &mut S,
        items_max: usize,
        bytes_enough: usize,
    ) -> Result<Block, Fault> {
        let (mut ends, mut position, mut problem) =
            (Vec::with_capacity(items_max.min(1024)), 0, None);
        while ends.len() < items_max && position < bytes_enough {
            if position == self.buffer.len() && self.left == 0 {
                break;
            }
            match extent(&self.buffer[position..], self.item_bytes_max) {
                Extent::Complete(length) => {
                    position += length;
                    ends.push(position);
                }
                Extent::Incomplete if self.left > 0 => self.fill(source)?,
                Extent::Incomplete => problem = Some("ends within an item"),
                Extent::Invalid => problem = Some("holds an item that is malformed or too long"),
            }
            if problem.is_some() {
                break;
            }
        }
        let rest = self.buffer.split_off(position);
        Ok(Block {
            bytes: std::mem::replace(&mut self.buffer, rest),
            ends,
            problem,
        })
    }

    /// Leaves the file, which must have been cut to its end.
    pub(super) fn close<S: FileSource>(self, source: &mut S) -> Result<(), Fault> {
        if self.left > 0 || !self.buffer.is_empty() {
            return Err(file_length(self.file, "goes on after its last item").into());
        }
        source.close()?;
        Ok(())
    }

    fn fill<S: FileSource>(&mut self, source: &mut S) -> Result<(), Fault> {
        let held = self.buffer.len();
        let wanted = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(READ_BYTES);
        self.buffer.resize(held + wanted, 0);
        read_exact(source, &mut self.buffer[held..])?;
        self.left -= wanted as u64;
        Ok(())
    }
}
