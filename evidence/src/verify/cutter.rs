//! The cutter: reads a bundle from its chunks on, once and in order, and cuts it into units.

use std::sync::Arc;

use crate::bundle::items::{BODY_ITEM_BYTES_MAX, PAYLOAD_ITEM_BYTES_MAX, disclosed_key};
use crate::bundle::{BundleFile, BundleKind, FileSource, Manifest};
use crate::chain::ChainHasher;
use crate::commitment::PartKind;
use crate::hash::ChainHash;
use crate::limits::{HEADER_BYTES_MAX, TILE_WIDTH};
use crate::tile::TileId;
use crate::verdict::{Finding, FindingCode};

use super::fault::{Fault, VerifyError};
use super::item_file::{Block, ItemFile, file_length, read_fixed};
use super::parts_unit::{
    DisclosedKey, HeaderBlock, Headers, PartsGround, PartsUnit, SignedPayloads,
};
use super::rules::Rules;
use super::unit::{ENTRY_BYTES, HASH_BYTES, TileClaim, Unit, UnitKind};

/// How many bodies or payloads a unit has at most.
const PARTS_MAX: usize = 1024;
/// After how many bytes a unit of bodies or payloads takes no more of them.
const PARTS_BYTES_ENOUGH: usize = 256 << 10;

/// Cuts a bundle into units of bounded size, in their order.
pub struct Cutter<S> {
    source: S,
    manifest: Manifest,
    files: Box<dyn Iterator<Item = BundleFile> + Send>,
    /// The entries of a chunk, and then the leaves beside them, until its headers come.
    entries: Vec<Vec<u8>>,
    leaves: Vec<Vec<u8>>,
    /// The chain hash before the next tile, as the entries before it claim.
    previous: ChainHash,
    open: Option<OpenColumn>,
    /// The headers of the chunk at hand, which its bodies and payloads are held together with.
    headers: Headers,
    /// The event keys that its bodies disclose, which open its payloads, too.
    keys: Vec<DisclosedKey>,
    /// Which of its payloads are signed, for each unit of bodies.
    signed: Vec<Arc<SignedPayloads>>,
    ground: PartsGround,
    /// Why nothing can follow the unit that was just given.
    pending: Option<Finding>,
    ended: bool,
}

/// A file with an item for each record of a chunk.
struct OpenColumn {
    file: BundleFile,
    items: ItemFile,
    next: u64,
    end: u64,
}

impl<S> std::fmt::Debug for Cutter<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Cutter")
            .field("manifest", &self.manifest)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl<S: FileSource> Cutter<S> {
    /// Goes on where the opening ended; `files` are those that follow.
    pub(super) fn new(
        source: S,
        manifest: Manifest,
        files: Box<dyn Iterator<Item = BundleFile> + Send>,
        rules: Arc<Rules>,
    ) -> Self {
        let previous = ChainHasher::start(manifest.origin());
        let (entries, leaves) = (Vec::new(), Vec::new());
        let origin = Arc::new(manifest.origin().clone());
        Self {
            source,
            ground: PartsGround { origin, rules },
            manifest,
            files,
            entries,
            leaves,
            previous,
            open: None,
            headers: Headers::default(),
            keys: Vec::new(),
            signed: Vec::new(),
            pending: None,
            ended: false,
        }
    }

    /// The next unit, or none at the end of the bundle.
    pub fn next_unit(&mut self) -> Result<Option<Unit>, VerifyError> {
        if self.ended {
            return Ok(None);
        }
        let unit = match self.pending.take() {
            Some(finding) => Err(Fault::Found(finding)),
            None => self.cut(),
        };
        match unit {
            Ok(Some(unit)) => Ok(Some(Unit(unit))),
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Err(Fault::Found(finding)) => {
                self.ended = true;
                Ok(Some(Unit(UnitKind::Fault(finding))))
            }
            Err(Fault::Failed(error)) => {
                self.ended = true;
                Err(error)
            }
        }
    }

    fn cut(&mut self) -> Result<Option<UnitKind>, Fault> {
        loop {
            if let Some(mut column) = self.open.take() {
                if column.next < column.end {
                    let unit = self.cut_column(&mut column)?;
                    self.open = Some(column);
                    return Ok(Some(unit));
                }
                column.items.close(&mut self.source)?;
            }
            let Some(file) = self.files.next() else {
                self.source.finish()?;
                return Ok(None);
            };
            if let Some(unit) = self.enter(file)? {
                return Ok(Some(unit));
            }
        }
    }

    /// Reads a tile, or opens a file of items.
    fn enter(&mut self, file: BundleFile) -> Result<Option<UnitKind>, Fault> {
        let (chunk, item_bytes_max) = match file {
            BundleFile::Entries(tile) => {
                let bytes = read_fixed(
                    &mut self.source,
                    file,
                    usize::from(tile.width) * ENTRY_BYTES,
                )?;
                self.entries.push(bytes);
                return Ok(None);
            }
            BundleFile::Tile(id) => return self.tile(file, id),
            BundleFile::Headers(chunk) => (chunk, HEADER_BYTES_MAX),
            BundleFile::Bodies(chunk) => (chunk, BODY_ITEM_BYTES_MAX),
            BundleFile::Payloads(chunk) => (chunk, PAYLOAD_ITEM_BYTES_MAX),
            BundleFile::Manifest
            | BundleFile::Readme
            | BundleFile::Format
            | BundleFile::Checkpoint
            | BundleFile::KeyEvents
            | BundleFile::Range
            | BundleFile::GovernanceRecord(_)
            | BundleFile::GovernanceState(_) => {
                return Err(Finding::new(
                    FindingCode::ArchiveForm,
                    format!("{file} is out of place"),
                )
                .into());
            }
        };
        let (next, end) = self.manifest.chunk_records(chunk);
        if let BundleFile::Headers(_) = file {
            (self.headers, self.keys) = (Headers::default(), Vec::new());
            self.signed.clear();
        }
        let items = ItemFile::open(&mut self.source, file, item_bytes_max)?;
        items.expect_items(end - next)?;
        self.open = Some(OpenColumn {
            file,
            items,
            next,
            end,
        });
        Ok(None)
    }

    fn tile(&mut self, file: BundleFile, id: TileId) -> Result<Option<UnitKind>, Fault> {
        let bytes = read_fixed(&mut self.source, file, usize::from(id.width) * HASH_BYTES)?;
        if id.level > 0 {
            return Ok(Some(UnitKind::Tile { id, bytes }));
        }
        self.leaves.push(bytes);
        Ok(None)
    }

    fn cut_column(&mut self, column: &mut OpenColumn) -> Result<UnitKind, Fault> {
        let first = column.next;
        let left = usize::try_from(column.end - first).unwrap_or(usize::MAX);
        let to_tile_end = (TILE_WIDTH - first % TILE_WIDTH) as usize;
        let (items_max, bytes_enough) = match column.file {
            BundleFile::Headers(_) => (left.min(to_tile_end), usize::MAX),
            _ => (left.min(PARTS_MAX), PARTS_BYTES_ENOUGH),
        };
        let mut block = column
            .items
            .cut(&mut self.source, items_max, bytes_enough)?;
        column.next += block.ends.len() as u64;
        let short = matches!(column.file, BundleFile::Headers(_)) && block.ends.len() < items_max;
        if short || block.ends.is_empty() || block.problem.is_some() {
            let problem = block.problem.take().unwrap_or("ends there");
            let detail = format!("{problem} where record {} belongs", column.next);
            let mut finding = file_length(column.file, detail);
            finding.sequence = Some(column.next);
            if block.ends.is_empty() {
                return Err(finding.into());
            }
            self.pending = Some(finding);
        }
        Ok(match column.file {
            BundleFile::Bodies(_) => self.parts(PartKind::Body, first, block),
            BundleFile::Payloads(_) => self.parts(PartKind::Payload, first, block),
            _ => {
                let headers = HeaderBlock::new(first, block);
                self.headers.push(Arc::clone(&headers));
                UnitKind::Records {
                    first,
                    claim: self.claim(first),
                    headers,
                    rules: Arc::clone(&self.ground.rules),
                }
            }
        })
    }

    /// A unit of bodies or payloads, with what they are held together with.
    fn parts(&mut self, kind: PartKind, first: u64, items: Block) -> UnitKind {
        let end = first + items.ends.len() as u64;
        if kind == PartKind::Body {
            let keys = (first..).zip(items.items());
            let keys = keys.filter_map(|(sequence, item)| Some((sequence, *disclosed_key(item)?)));
            self.keys.extend(keys);
            self.signed.push(SignedPayloads::of(first, end));
        }
        let signed = self.signed.iter().filter(|it| it.meets(first, end));
        let signed = signed.cloned().collect();
        let from = self.keys.partition_point(|(of, _)| *of < first);
        let to = self.keys.partition_point(|(of, _)| *of < end);
        UnitKind::Parts(PartsUnit {
            kind,
            first,
            items,
            headers: self.headers.of(first, end),
            keys: self.keys.get(from..to).unwrap_or_default().to_vec(),
            signed,
            ground: self.ground.clone(),
        })
    }

    /// Takes what a whole bundle claimed of the tile that begins at `first`.
    fn claim(&mut self, first: u64) -> Option<TileClaim> {
        if self.manifest.kind() == BundleKind::Range {
            return None;
        }
        let (chunk_first, _) = self
            .manifest
            .chunk_records(first / crate::limits::CHUNK_RECORDS);
        let at = usize::try_from((first - chunk_first) / TILE_WIDTH).ok()?;
        let entries = std::mem::take(self.entries.get_mut(at)?);
        let leaves = std::mem::take(self.leaves.get_mut(at)?);
        if at + 1 == self.entries.len() {
            self.entries.clear();
            self.leaves.clear();
        }
        let previous = self.previous;
        if let Some(last) = entries.last_chunk::<HASH_BYTES>() {
            self.previous = ChainHash::from_bytes(*last);
        }
        Some(TileClaim {
            previous,
            entries,
            leaves,
        })
    }
}
