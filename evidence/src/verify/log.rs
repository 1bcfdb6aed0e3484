//! The chain and the tree, as the records give them.

use crate::chain::ChainHasher;
use crate::hash::{ChainHash, TreeHash};
use crate::origin::Origin;
use crate::tile::TileId;
use crate::tree::{Frontier, NodeId, leaf_hash};

use super::unit::SeenKeyEvent;
use super::upper_tiles::UpperTiles;

/// The chain and the tree so far.
#[derive(Debug)]
pub(super) struct Log {
    frontier: Frontier,
    upper: UpperTiles,
    chain: ChainHash,
    hasher: ChainHasher,
    /// The sizes at which the root is asked for, and the roots that were found.
    wanted: Vec<(u64, Option<TreeHash>)>,
}

impl Log {
    /// An empty one, that keeps the roots at some sizes.
    pub(super) fn new(origin: &Origin, wanted: impl Iterator<Item = u64>) -> Self {
        Self {
            frontier: Frontier::new(),
            upper: UpperTiles::default(),
            chain: ChainHasher::start(origin),
            hasher: ChainHasher::new(),
            wanted: wanted.map(|size| (size, None)).collect(),
        }
    }

    /// Goes on from the middle of a ledger.
    pub(super) fn begin_at(&mut self, previous: ChainHash, left: Frontier) {
        (self.chain, self.frontier) = (previous, left);
        self.keep_root();
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn root(&self) -> TreeHash {
        self.frontier.root()
    }

    /// The chain hash at the newest record that was linked.
    pub(super) fn chain(&self) -> &ChainHash {
        &self.chain
    }

    /// The root that the records give at one of the sizes asked for.
    pub(super) fn root_at(&self, size: u64) -> Option<TreeHash> {
        let mut wanted = self.wanted.iter();
        wanted.find(|(at, _)| *at == size)?.1
    }

    /// Whether `bytes` are the tile `id`, above level 0.
    pub(super) fn has_tile(&self, id: TileId, bytes: &[u8]) -> bool {
        self.upper.matches(id, bytes)
    }

    /// Links the next record.
    pub(super) fn link(&mut self, header: &[u8]) {
        self.chain = self.hasher.link(&self.chain, header);
        self.frontier.push(leaf_hash(&self.chain));
        self.keep_root();
    }

    /// Adds a subtree that lies beyond the records.
    pub(super) fn push_subtree(&mut self, node: NodeId, root: TreeHash) {
        self.frontier.push_subtree(node.level, root);
    }

    /// Grows the tree by the leaves of one tile, stopping at each certificate and at each size whose root is asked
    /// for. Tells of each certificate that binds another root than that of the tree before it.
    pub(super) fn grow(
        &mut self,
        leaves: &[TreeHash],
        root: Option<TreeHash>,
        key_events: &[SeenKeyEvent],
        mut unbound: impl FnMut(u64),
    ) {
        let first = self.frontier.size();
        let end = first + leaves.len() as u64;
        let mut bound = key_events
            .iter()
            .filter_map(|event| Some((event.sequence, event.bound?)))
            .peekable();
        let mut wanted = self.wanted.iter();
        let wanted_inside = wanted.any(|(size, _)| first < *size && *size <= end);
        if bound.peek().is_some() || wanted_inside {
            let mut grown = self.frontier.clone();
            for (sequence, leaf) in (first..).zip(leaves) {
                while let Some((at, root)) = bound.next_if(|(at, _)| *at <= sequence) {
                    if root != grown.root() {
                        unbound(at);
                    }
                }
                if bound.peek().is_none() && !wanted_inside {
                    break;
                }
                grown.push(*leaf);
                keep_root(&mut self.wanted, &grown);
            }
        }
        match root {
            Some(root) if self.frontier.push_subtree(8, root) => self.upper.push(root),
            _ => leaves.iter().for_each(|leaf| self.frontier.push(*leaf)),
        }
    }

    fn keep_root(&mut self) {
        keep_root(&mut self.wanted, &self.frontier);
    }
}

fn keep_root(wanted: &mut [(u64, Option<TreeHash>)], tree: &Frontier) {
    for (size, root) in wanted {
        if *size == tree.size() {
            *root = Some(tree.root());
        }
    }
}
