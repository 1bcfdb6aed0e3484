//! Where a walk over stored records begins: before record 0, or in the middle, with what the records before leave.

use indelible_evidence::{
    bundle::KeyEventRecord,
    chain::ChainHasher,
    hash::ChainHash,
    header::Header,
    tree::{leaf_hash, left_cover},
    verdict::FindingCode as Evidence,
    verify::{Custody, Effect, Identities, check_key_event, records::Succession},
};
use indelible_store::Store;

use crate::{
    check::{finding::Finding, rebuild},
    read::{nodes::Nodes, proof::linked_record},
    state::{
        shared::LedgerState,
        tree_edge::{PartialTiles, TreeBuilder},
    },
};

/// What the records before a walk leave to go on from.
pub(crate) struct Start {
    pub(crate) chain: ChainHash,
    pub(crate) succession: Succession,
    /// The last client event.
    pub(crate) last_event: Option<u64>,
    pub(crate) tree: TreeBuilder,
    pub(crate) identities: Identities,
    pub(crate) custody: Custody,
}

impl Start {
    /// Before record 0.
    pub(crate) fn at_genesis(ledger: &LedgerState) -> Self {
        Self {
            chain: ChainHasher::start(ledger.origin()),
            succession: Succession::new(),
            last_event: None,
            tree: TreeBuilder::default(),
            identities: Identities::new(ledger.verifier_key.clone()),
            custody: Custody::new(),
        }
    }

    /// Behind the records of `tree`, of which the last must be the tree's. `key_events` are all that there are, and
    /// `last_event` is the last client event among these records.
    ///
    /// # Errors
    /// If what these records leave can't be had.
    pub(crate) fn behind(
        ledger: &LedgerState,
        store: &dyn Store,
        tree: TreeBuilder,
        key_events: &[KeyEventRecord],
        last_event: Option<u64>,
    ) -> Result<Self, Finding> {
        let size = tree.size();
        let mut start = Self::at_genesis(ledger);
        let Some(last) = size.checked_sub(1) else {
            return Ok(start);
        };
        start.tree = tree;
        let view = linked_record(ledger, store, last)?;
        let header = view.header();
        start.chain = view.chain_hash();
        let mut nodes = Nodes::new(ledger, store);
        if nodes.tile_hash(0, last)? != leaf_hash(&start.chain) {
            let detail = "its chain hash is not the one that the tree holds";
            return Err(Finding::of_record(Evidence::LeafMismatch, last, detail));
        }
        let newest_key_event = if header.is_key_event() {
            last
        } else {
            header.prior_key_event
        };
        start.succession = Succession::after(header.time, Some(newest_key_event));
        start.last_event = last_event;
        for event in key_events {
            let header = decoded(event)?;
            if header.sequence >= size {
                break;
            }
            if let Some(event) = check_key_event(&header, &start.identities) {
                start.identities.advance(&event);
                // They were all found lawful when they were taken in.
                let _: Effect = start.custody.advance(&event, None, |_| ());
            }
        }
        Ok(start)
    }
}

/// The stored tree of a size, with its partial tiles.
///
/// # Errors
/// If a tile can't be read.
pub(crate) fn stored_tree(
    ledger: &LedgerState,
    store: &dyn Store,
    size: u64,
) -> Result<TreeBuilder, Finding> {
    let partial = rebuild::partial_tiles(store, ledger.id, size)?;
    tree_with(ledger, store, size, partial)
}

/// The stored tree of a size, whose partial tiles are these.
///
/// # Errors
/// If a tile can't be read.
pub(crate) fn tree_with(
    ledger: &LedgerState,
    store: &dyn Store,
    size: u64,
    partial: PartialTiles,
) -> Result<TreeBuilder, Finding> {
    let mut nodes = Nodes::new(ledger, store);
    let mut subtrees = Vec::new();
    for node in left_cover(size) {
        subtrees.push((node.level, nodes.node(node)?));
    }
    Ok(TreeBuilder::restored(size, &subtrees, partial))
}

/// The header of a key event.
pub(crate) fn decoded(event: &KeyEventRecord) -> Result<Header<'_>, Finding> {
    Header::decode(&event.header)
        .map_err(|error| Finding::new(Evidence::HeaderForm, error.to_string()))
}
