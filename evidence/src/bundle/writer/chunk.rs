//! Writes the files of one chunk: read once to learn their sizes, and kept where they are small.

use std::ops::ControlFlow;

use crate::bundle::items::Part;
use crate::bundle::layout::{BundleFile, chunk_tiles};
use crate::bundle::manifest::{BundleKind, Manifest};
use crate::hash::ChainHash;
use crate::tree::{Frontier, leaf_hash};

use super::{RecordSource, SourceRecord, WriteError, Writer, damaged};

/// How many bytes of one file are kept from the first reading; longer files are read again.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// The content of one file of the chunk: its length, and its bytes while they are few.
#[derive(Default)]
struct Spool {
    length: u64,
    kept: Vec<u8>,
    dropped: bool,
}

impl Spool {
    fn add(&mut self, length: u64, write: impl FnOnce(&mut Vec<u8>)) {
        self.length += length;
        if !self.dropped && self.length <= KEPT_BYTES_MAX as u64 {
            write(&mut self.kept);
        } else {
            (self.dropped, self.kept) = (true, Vec::new());
        }
    }
}

/// One of the three files with something for each record.
#[derive(Clone, Copy)]
enum Column {
    Headers,
    Bodies,
    Payloads,
}

impl Column {
    fn length(self, record: &SourceRecord<'_>) -> u64 {
        match self {
            Self::Headers => record.header.len() as u64,
            Self::Bodies => record.body.encoded_length(),
            Self::Payloads => record.payload.encoded_length(),
        }
    }

    fn append(self, record: &SourceRecord<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Headers => out.extend_from_slice(record.header),
            Self::Bodies => record.body.encode_into(out),
            Self::Payloads => record.payload.encode_into(out),
        }
    }

    fn file(self, chunk: u64) -> BundleFile {
        match self {
            Self::Headers => BundleFile::Headers(chunk),
            Self::Bodies => BundleFile::Bodies(chunk),
            Self::Payloads => BundleFile::Payloads(chunk),
        }
    }
}

const COLUMNS: [Column; 3] = [Column::Headers, Column::Bodies, Column::Payloads];

impl<S: RecordSource> Writer<'_, S> {
    /// Writes one chunk, and grows `frontier` by its records.
    pub(super) fn chunk(
        &mut self,
        chunk: u64,
        manifest: &Manifest,
        withhold: bool,
        frontier: &mut Frontier,
    ) -> Result<(), WriteError<S::Error>> {
        let (from, to) = manifest.chunk_records(chunk);
        let mut spools: [Spool; 3] = Default::default();
        let mut chains: Vec<ChainHash> = Vec::with_capacity((to - from) as usize);
        self.records(from, to, withhold, &mut |record| {
            chains.push(record.chain);
            for (column, spool) in COLUMNS.into_iter().zip(&mut spools) {
                spool.add(column.length(record), |out| column.append(record, out));
            }
            Ok(())
        })?;
        let mut leaves = Vec::with_capacity(chains.len() * 32);
        for chain in &chains {
            let leaf = leaf_hash(chain);
            frontier.push(leaf);
            leaves.extend_from_slice(leaf.as_bytes());
        }
        if manifest.kind() == BundleKind::Whole {
            self.leaf_tiles(chunk, manifest.size(), &chains, &leaves)?;
        }
        for (column, spool) in COLUMNS.into_iter().zip(spools) {
            self.tar
                .begin(&column.file(chunk).to_string(), spool.length)?;
            if spool.dropped {
                self.column(column, from, to, withhold)?;
            } else {
                self.tar.content(&spool.kept)?;
            }
            self.tar.end()?;
        }
        Ok(())
    }

    fn leaf_tiles(
        &mut self,
        chunk: u64,
        size: u64,
        chains: &[ChainHash],
        leaves: &[u8],
    ) -> Result<(), WriteError<S::Error>> {
        let mut chains = chains.iter();
        for tile in chunk_tiles(chunk, size) {
            let mut entries = Vec::with_capacity(usize::from(tile.width) * 34);
            for chain in chains.by_ref().take(usize::from(tile.width)) {
                entries.extend_from_slice(&[0, 32]);
                entries.extend_from_slice(chain.as_bytes());
            }
            self.tar
                .file(&BundleFile::Entries(tile).to_string(), &entries)?;
        }
        let mut rest = leaves;
        for tile in chunk_tiles(chunk, size) {
            let (hashes, after) = rest.split_at(usize::from(tile.width) * 32);
            self.tar.file(&BundleFile::Tile(tile).to_string(), hashes)?;
            rest = after;
        }
        Ok(())
    }

    /// Reads the chunk again to write a file that was too long to be kept.
    fn column(
        &mut self,
        column: Column,
        from: u64,
        to: u64,
        withhold: bool,
    ) -> Result<(), WriteError<S::Error>> {
        let mut item = Vec::new();
        let Self { source, tar, .. } = self;
        records(*source, from, to, withhold, &mut |record| {
            item.clear();
            column.append(record, &mut item);
            Ok(tar.content(&item)?)
        })
    }

    fn records(
        &mut self,
        from: u64,
        to: u64,
        withhold: bool,
        visit: &mut Visit<'_, S::Error>,
    ) -> Result<(), WriteError<S::Error>> {
        records(self.source, from, to, withhold, visit)
    }
}

type Visit<'a, E> = dyn FnMut(&SourceRecord<'_>) -> Result<(), WriteError<E>> + 'a;

/// Shows the records as they go into the bundle, and holds the source to its promise.
fn records<S: RecordSource>(
    source: &mut S,
    from: u64,
    to: u64,
    withhold: bool,
    visit: &mut Visit<'_, S::Error>,
) -> Result<(), WriteError<S::Error>> {
    let (mut next, mut failed) = (from, None);
    let read = source.for_each(from, to, &mut |mut record| {
        if record.sequence != next {
            failed = Some(damaged(format!(
                "record {} stands where {next} belongs",
                record.sequence
            )));
            return ControlFlow::Break(());
        }
        next += 1;
        if withhold && !matches!(record.payload, Part::None) {
            record.payload = Part::Withheld;
        }
        match visit(&record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    read.map_err(WriteError::Source)?;
    match failed {
        Some(error) => Err(error),
        None if next == to => Ok(()),
        None => Err(damaged(format!(
            "the records end before {next}, expected {to}"
        ))),
    }
}
