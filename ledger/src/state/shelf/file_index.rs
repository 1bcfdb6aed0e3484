//! Where the parts of records stand in a file of the archive, which is a range bundle in a plain tar.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

use indelible_evidence::{
    bundle::{BundleFile, Manifest},
    commitment::PartKind,
};

use crate::state::limits::ARCHIVE_FILE_RECORDS_MAX;

const BLOCK_BYTES: u64 = 512;
/// A manifest is shorter.
const MANIFEST_BYTES_MAX: u64 = 8 << 10;
/// No part of a record is longer, sealed or not.
const PART_BYTES_MAX: u64 = 2 << 20;
/// A file of the archive has fewer files in it.
const FILES_MAX: usize = 1 << 10;

/// Where an item stands: its first byte, and how many there are.
type Place = (u64, u32);

/// Where the parts of records stand.
#[derive(Debug, Default)]
pub(super) struct FileIndex {
    bodies: Vec<(u64, Place)>,
    payloads: Vec<(u64, Place)>,
}

impl FileIndex {
    /// Looks through a file, whoever made it. What is wrong is said in words.
    pub(super) fn read(file: &File, length: u64) -> Result<Self, String> {
        let reader = BufReader::new(file);
        let mut walk = Walk {
            reader,
            at: 0,
            length,
        };
        walk.begin()
            .and_then(|()| walk.index())
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => "it ends early".to_owned(),
                _ => error.to_string(),
            })
    }

    /// Where a part stands: its first byte, and how many there are.
    pub(super) fn place(&self, sequence: u64, kind: PartKind) -> Option<(u64, usize)> {
        let places = match kind {
            PartKind::Body => &self.bodies,
            PartKind::Payload => &self.payloads,
        };
        let found = places.binary_search_by_key(&sequence, |(of, _)| *of).ok()?;
        let (_, (offset, bytes)) = places.get(found)?;
        Some((*offset, *bytes as usize))
    }

    /// Every part that there is, in the order of the records.
    pub(super) fn held(&self) -> Vec<(u64, PartKind)> {
        let bodies = self.bodies.iter().map(|(of, _)| (*of, PartKind::Body));
        let payloads = self.payloads.iter().map(|(of, _)| (*of, PartKind::Payload));
        let mut held: Vec<_> = bodies.chain(payloads).collect();
        held.sort_by_key(|(of, _)| *of);
        held
    }
}

struct Walk<'a> {
    reader: BufReader<&'a File>,
    at: u64,
    length: u64,
}

impl Walk<'_> {
    fn begin(&mut self) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(0)).map(drop)
    }

    fn index(&mut self) -> io::Result<FileIndex> {
        let mut index = FileIndex::default();
        let Some((name, bytes)) = self.header()? else {
            return Err(io::Error::other("it is empty"));
        };
        if name != BundleFile::Manifest.to_string() || bytes > MANIFEST_BYTES_MAX {
            return Err(io::Error::other("it does not begin with a manifest"));
        }
        let mut text = vec![0; usize::try_from(bytes).unwrap_or_default()];
        self.take(&mut text)?;
        self.skip_to(padded(BLOCK_BYTES + bytes))?;
        let manifest = Manifest::parse(&text).map_err(io::Error::other)?;
        if manifest.to() - manifest.from() > ARCHIVE_FILE_RECORDS_MAX {
            return Err(io::Error::other(
                "it is of more records than a file of the archive",
            ));
        }
        let (mut chunk, end) = manifest.chunks();
        for _ in 0..FILES_MAX {
            let Some((name, bytes)) = self.header()? else {
                return match chunk == end {
                    true => Ok(index),
                    false => Err(io::Error::other("it has fewer records than it says")),
                };
            };
            let after = self.at + padded(bytes);
            let (from, to) = manifest.chunk_records(chunk.min(end - 1));
            if name == BundleFile::Bodies(chunk).to_string() {
                self.items(from, to, &mut index.bodies)?;
            } else if name == BundleFile::Payloads(chunk).to_string() {
                self.items(from, to, &mut index.payloads)?;
                chunk += 1;
            }
            if self.at > after {
                return Err(io::Error::other("one of its files is longer than it says"));
            }
            self.skip_to(after)?;
        }
        Err(io::Error::other("it has too many files"))
    }

    /// The next file's name and length; none at the end.
    fn header(&mut self) -> io::Result<Option<(String, u64)>> {
        let mut block = [0; BLOCK_BYTES as usize];
        self.take(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let text = |bytes: &[u8]| {
            let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let size = text(block.get(124..136).unwrap_or_default());
        let bytes = u64::from_str_radix(size.trim(), 8)
            .map_err(|_| io::Error::other("a file in it has no length"))?;
        if bytes > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some((text(block.get(..100).unwrap_or_default()), bytes)))
    }

    /// The places of the parts among the items of some records.
    fn items(&mut self, from: u64, to: u64, places: &mut Vec<(u64, Place)>) -> io::Result<()> {
        for sequence in from..to {
            let first = self.at;
            match self.byte()? {
                // An array of salt and bytes.
                0x82 => {
                    let mut salt = [0; 34];
                    self.take(&mut salt)?;
                    let bytes = self.bytes_head()?;
                    if !salt.starts_with(&[0x58, 0x20]) || bytes > PART_BYTES_MAX {
                        return Err(malformed(sequence));
                    }
                    self.skip_to(self.at + bytes)?;
                    let length = u32::try_from(self.at - first).map_err(|_| malformed(sequence))?;
                    places.push((sequence, (first, length)));
                }
                // A word.
                head @ 0x61..=0x77 => self.skip_to(self.at + u64::from(head - 0x60))?,
                _ => return Err(malformed(sequence)),
            }
        }
        Ok(())
    }

    /// The length that the head of a byte string says.
    fn bytes_head(&mut self) -> io::Result<u64> {
        let width = match self.byte()? {
            head @ 0x40..=0x57 => return Ok(u64::from(head - 0x40)),
            0x58 => 1,
            0x59 => 2,
            0x5a => 4,
            _ => return Ok(u64::MAX),
        };
        let mut length = 0;
        for _ in 0..width {
            length = length << 8 | u64::from(self.byte()?);
        }
        Ok(length)
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.take(&mut byte)?;
        let [byte] = byte;
        Ok(byte)
    }

    fn take(&mut self, out: &mut [u8]) -> io::Result<()> {
        self.reader.read_exact(out)?;
        self.at += out.len() as u64;
        Ok(())
    }

    fn skip_to(&mut self, at: u64) -> io::Result<()> {
        if at > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let ahead = i64::try_from(at - self.at).map_err(io::Error::other)?;
        self.reader.seek_relative(ahead)?;
        self.at = at;
        Ok(())
    }
}

fn malformed(sequence: u64) -> io::Error {
    io::Error::other(format!("what it has of record {sequence} is malformed"))
}

fn padded(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}
