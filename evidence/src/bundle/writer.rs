//! Writes a bundle from a store's records, with flat memory: no chunk's payloads are ever held whole.

use std::fmt;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use crate::chain::ChainHasher;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::{ChainHash, TreeHash};
use crate::note::SignedNote;
use crate::origin::Origin;
use crate::tile::{levels, tiles_at};
use crate::tree::{Frontier, NodeId, left_cover, right_cover};

use super::checkpoint_file::{FormError, check_form};
use super::format_page::FORMAT_PAGE;
use super::items::Part;
use super::layout::BundleFile;
use super::manifest::{BundleKind, Manifest, ManifestError, StateLine};
use super::readme::README;
use super::tar::TarWriter;

mod chunk;
mod proofs;
mod states;

/// Where a writer takes records and nodes of the tree from. The writer reads each chunk of records once, or, if
/// its parts are large, once more for each of them.
pub trait RecordSource {
    /// Why reading failed.
    type Error;

    /// Shows every record from `from` up to but not including `to`, exactly once and in order, until `visit`
    /// breaks off. A gap or an early end is an error, not an end.
    fn for_each(
        &mut self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(SourceRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;

    /// A node of the tree, complete at the checkpoint's size.
    fn node(&mut self, node: NodeId) -> Result<TreeHash, Self::Error>;
}

/// A record as a store holds it.
#[derive(Clone, Copy, Debug)]
pub struct SourceRecord<'a> {
    /// Its sequence number.
    pub sequence: u64,
    /// The header's CBOR.
    pub header: &'a [u8],
    /// The chain hash at the record.
    pub chain: ChainHash,
    /// The body.
    pub body: Part<'a>,
    /// The payload.
    pub payload: Part<'a>,
}

/// A key event with what ties it to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEventRecord {
    /// The record's header.
    pub header: Vec<u8>,
    /// The chain hash before it.
    pub previous: ChainHash,
}

/// Which records a bundle holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that the checkpoint covers.
    Whole,
    /// From `from` up to but not including `to`.
    Range {
        /// The first record.
        from: u64,
        /// The record after the last.
        to: u64,
    },
}

/// What to write.
#[derive(Clone, Copy, Debug)]
pub struct BundlePlan<'a> {
    /// The checkpoint: a plain identity line first, a timestamped one second, then those of witnesses.
    pub checkpoint: &'a SignedNote,
    /// Which records.
    pub selection: Selection,
    /// All key events below the checkpoint's size, oldest first.
    pub key_events: &'a [KeyEventRecord],
    /// The governance states to carry, in the order of their records. The source must have their records' bodies.
    pub states: &'a [GovernanceState<'a>],
    /// Whether to leave the payloads out.
    pub withhold_payloads: bool,
}

/// A snapshot of the governance state for a bundle to carry.
#[derive(Clone, Copy)]
pub struct GovernanceState<'a> {
    /// The record that recorded it.
    pub sequence: u64,
    /// SHA-256 of the snapshot.
    pub sha256: [u8; 32],
    /// Its length.
    pub bytes: u64,
    /// Opens it for reading.
    pub open: &'a dyn Fn() -> io::Result<Box<dyn Read + 'a>>,
}

impl fmt::Debug for GovernanceState<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GovernanceState")
            .field("sequence", &self.sequence)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleSummary {
    /// The manifest.
    pub manifest: Manifest,
    /// The length of the tar.
    pub bytes: u64,
}

/// Why a bundle could not be written. What went out before is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The source failed.
    #[error("can't read the ledger")]
    Source(E),
    /// The output failed.
    #[error("can't write the bundle")]
    Output(#[from] io::Error),
    /// The checkpoint is not one.
    #[error("the checkpoint can't be exported")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint's lines are not those of a bundle's checkpoint.
    #[error("the checkpoint can't be exported")]
    CheckpointForm(#[from] FormError),
    /// The selection is empty or reaches past the checkpoint.
    #[error("the selection can't be exported")]
    Selection(#[from] ManifestError),
    /// What the source shows does not agree with itself or with the checkpoint.
    #[error("the ledger's records are not what its checkpoint signs: {detail}")]
    Damaged {
        /// What does not agree.
        detail: String,
    },
}

/// Writes the bundle that `plan` asks for. The same evidence gives the same bytes.
pub fn write_bundle<S: RecordSource>(
    plan: &BundlePlan<'_>,
    source: &mut S,
    out: &mut dyn Write,
) -> Result<BundleSummary, WriteError<S::Error>> {
    let checkpoint = Checkpoint::parse_text(&plan.checkpoint.text)?;
    check_form(plan.checkpoint, &checkpoint.origin)?;
    let note = plan.checkpoint.to_string();
    let manifest = manifest(plan, &checkpoint, &note)?;
    let mut writer = Writer {
        source,
        tar: TarWriter::new(out),
        hasher: ChainHasher::new(),
    };
    writer.tar.file(
        &BundleFile::Manifest.to_string(),
        manifest.to_string().as_bytes(),
    )?;
    for (file, content) in [
        (BundleFile::Readme, README),
        (BundleFile::Format, FORMAT_PAGE),
        (BundleFile::Checkpoint, note.as_str()),
    ] {
        writer.tar.file(&file.to_string(), content.as_bytes())?;
    }
    let proven = (manifest.kind() == BundleKind::Range).then_some(checkpoint.size);
    writer.key_events(plan.key_events, proven)?;
    let mut frontier = Frontier::new();
    if manifest.kind() == BundleKind::Range {
        frontier = writer.range(&manifest)?;
    }
    for state in plan.states {
        writer.state(state, &manifest)?;
    }
    let (first, end) = manifest.chunks();
    for chunk in first..end {
        writer.chunk(chunk, &manifest, plan.withhold_payloads, &mut frontier)?;
    }
    match manifest.kind() {
        BundleKind::Whole => writer.upper_tiles(checkpoint.size)?,
        BundleKind::Range => {
            for node in right_cover(manifest.to(), manifest.size()) {
                let root = writer.node(node)?;
                frontier.push_subtree(node.level, root);
            }
        }
    }
    if frontier.size() != checkpoint.size || frontier.root() != checkpoint.root {
        return Err(damaged(
            "the root of the tree is not the one that the checkpoint signs",
        ));
    }
    let bytes = writer.tar.finish()?;
    Ok(BundleSummary { manifest, bytes })
}

fn manifest<E>(
    plan: &BundlePlan<'_>,
    checkpoint: &Checkpoint,
    note: &str,
) -> Result<Manifest, WriteError<E>> {
    let Checkpoint { origin, size, .. } = checkpoint;
    let origin: Origin = origin.clone();
    let format = Sha256::digest(FORMAT_PAGE.as_bytes()).into();
    let note = Sha256::digest(note.as_bytes()).into();
    let manifest = match plan.selection {
        Selection::Whole => Manifest::whole(origin, *size, format, note)?,
        Selection::Range { from, to } => Manifest::range(origin, from, to, *size, format, note)?,
    };
    let states = plan.states.iter().map(|state| StateLine {
        sequence: state.sequence,
        sha256: state.sha256,
    });
    Ok(manifest.with_states(states.collect())?)
}

fn damaged<E>(detail: impl Into<String>) -> WriteError<E> {
    WriteError::Damaged {
        detail: detail.into(),
    }
}

struct Writer<'a, S> {
    source: &'a mut S,
    tar: TarWriter<&'a mut dyn Write>,
    hasher: ChainHasher,
}

impl<S: RecordSource> Writer<'_, S> {
    fn node(&mut self, node: NodeId) -> Result<TreeHash, WriteError<S::Error>> {
        self.source.node(node).map_err(WriteError::Source)
    }

    /// The tiles above level 0: each hash is the root of a full tile below.
    fn upper_tiles(&mut self, size: u64) -> Result<(), WriteError<S::Error>> {
        for tile in (1..levels(size)).flat_map(|level| tiles_at(level, size)) {
            let first = tile.index * crate::limits::TILE_WIDTH;
            let mut bytes = Vec::with_capacity(usize::from(tile.width) * 32);
            for index in first..first + u64::from(tile.width) {
                bytes.extend_from_slice(
                    self.node(NodeId {
                        level: 8 * tile.level,
                        index,
                    })?
                    .as_bytes(),
                );
            }
            self.tar.file(&BundleFile::Tile(tile).to_string(), &bytes)?;
        }
        Ok(())
    }

    /// The roots of the subtrees before a range.
    fn left(&mut self, from: u64) -> Result<Vec<TreeHash>, WriteError<S::Error>> {
        left_cover(from)
            .into_iter()
            .map(|node| self.node(node))
            .collect()
    }
}
