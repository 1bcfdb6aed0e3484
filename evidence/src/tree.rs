//! The RFC 6962 Merkle tree over SHA-256 whose leaf data are the chain hashes.

use sha2::{Digest, Sha256};

use crate::hash::{ChainHash, TreeHash};

/// The leaf hash of a record: `SHA-256(0x00 || chain)`.
#[inline]
pub fn leaf_hash(chain: &ChainHash) -> TreeHash {
    let mut input = [0; 33];
    input[1..].copy_from_slice(chain.as_bytes());
    TreeHash::from_bytes(Sha256::digest(input).into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
#[inline]
pub fn node_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let mut input = [1; 65];
    input[1..33].copy_from_slice(left.as_bytes());
    input[33..].copy_from_slice(right.as_bytes());
    TreeHash::from_bytes(Sha256::digest(input).into())
}

/// The root of the empty tree: `SHA-256("")`.
pub fn empty_root() -> TreeHash {
    TreeHash::from_bytes(Sha256::digest([]).into())
}

/// The root of the perfect subtree over the leaves from `index << level` up to, but not including,
/// `(index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// 0 is a leaf.
    pub level: u32,
    /// From the left, 0 first.
    pub index: u64,
}

/// The roots of the perfect subtrees that make up a tree, largest first: all that is needed to
/// grow it and to know its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<TreeHash>,
}

impl Frontier {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves from the roots of its perfect subtrees, largest first. `None` if
    /// there are not exactly as many as the size has one bits.
    pub fn from_parts(size: u64, hashes: &[TreeHash]) -> Option<Self> {
        (hashes.len() == size.count_ones() as usize).then(|| Self {
            size,
            hashes: hashes.to_vec(),
        })
    }

    /// Appends a leaf.
    #[inline]
    pub fn push(&mut self, leaf: TreeHash) {
        self.merge(0, leaf);
    }

    /// Appends the perfect subtree of `1 << level` leaves with this root. Only when the size is a
    /// multiple of that; otherwise nothing changes and the answer is `false`.
    pub fn push_subtree(&mut self, level: u32, root: TreeHash) -> bool {
        let aligned = level < 63
            && self.size.trailing_zeros() >= level
            && self.size <= u64::MAX - (1 << level);
        if aligned {
            self.merge(level, root);
        }
        aligned
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub fn root(&self) -> TreeHash {
        fold_from_right(&self.hashes)
    }

    /// The roots of the perfect subtrees, largest first.
    pub fn hashes(&self) -> &[TreeHash] {
        &self.hashes
    }

    /// Each one bit of the size at `level` and right above it is a subtree of equal size, to be
    /// merged with the new one, like a carry.
    #[inline]
    fn merge(&mut self, level: u32, root: TreeHash) {
        let mut merged = root;
        for _ in 0..(self.size >> level).trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                merged = node_hash(&left, &merged);
            }
        }
        self.hashes.push(merged);
        self.size += 1 << level;
    }
}

/// The root over perfect subtrees in a row, largest first.
fn fold_from_right(hashes: &[TreeHash]) -> TreeHash {
    let mut from_right = hashes.iter().rev();
    match from_right.next() {
        Some(last) => from_right.fold(*last, |right, left| node_hash(left, &right)),
        None => empty_root(),
    }
}

/// The maximal perfect subtrees that cover the leaves from `begin` to `end`, left to right.
fn cover(begin: u64, end: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut position = begin;
    while position < end {
        // As large as the position is aligned for, and as what is left has room for.
        let level = position.trailing_zeros().min((end - position).ilog2());
        nodes.push(NodeId {
            level,
            index: position >> level,
        });
        position += 1 << level;
    }
    nodes
}

/// The perfect subtrees that make up the tree of size `from`, largest first.
pub fn left_cover(from: u64) -> Vec<NodeId> {
    cover(0, from)
}

/// The maximal aligned perfect subtrees that cover the leaves from `to` to `size`, left to right.
pub fn right_cover(to: u64, size: u64) -> Vec<NodeId> {
    cover(to, size)
}

/// The root of the subtree over the leaves from `begin` to `end`, one that RFC 6962 splits off: it
/// begins at a multiple of its greatest perfect subtree, so its cover is largest first.
fn range_root<E>(
    begin: u64,
    end: u64,
    node: &mut impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<TreeHash, E> {
    let hashes = cover(begin, end)
        .into_iter()
        .map(node)
        .collect::<Result<Vec<_>, E>>()?;
    Ok(fold_from_right(&hashes))
}

/// The root of the tree at `size`, which may be 0.
pub fn root_at<E>(
    size: u64,
    mut node: impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<TreeHash, E> {
    range_root(0, size, &mut node)
}

/// The greatest power of two below `length`, which is at least 2: where RFC 6962 splits.
fn split(length: u64) -> u64 {
    1 << (length - 1).ilog2()
}

/// The inclusion proof of the leaf `index` in the tree of `size` (RFC 6962 section 2.1.1), from
/// the leaf's sibling up.
///
/// # Panics
///
/// Unless `index < size`.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut node: impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<Vec<TreeHash>, E> {
    assert!(index < size, "leaf {index} is not in a tree of size {size}");
    let (mut begin, mut end) = (0, size);
    let mut from_root = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            from_root.push(range_root(middle, end, &mut node)?);
            end = middle;
        } else {
            from_root.push(range_root(begin, middle, &mut node)?);
            begin = middle;
        }
    }
    from_root.reverse();
    Ok(from_root)
}

/// The consistency proof between the trees of the sizes `from` and `to` (RFC 6962 section 2.1.2).
///
/// # Panics
///
/// Unless `1 <= from <= to`.
pub fn consistency_proof<E>(
    from: u64,
    to: u64,
    mut node: impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<Vec<TreeHash>, E> {
    assert!(
        1 <= from && from <= to,
        "no consistency proof goes from size {from} to size {to}"
    );
    let (mut begin, mut end) = (0, to);
    let mut from_root = Vec::new();
    while from < end {
        let middle = begin + split(end - begin);
        if from <= middle {
            from_root.push(range_root(middle, end, &mut node)?);
            end = middle;
        } else {
            from_root.push(range_root(begin, middle, &mut node)?);
            begin = middle;
        }
    }
    // The verifier knows the whole tree of size `from`, and nothing smaller.
    if begin > 0 {
        from_root.push(range_root(begin, end, &mut node)?);
    }
    from_root.reverse();
    Ok(from_root)
}

/// The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2). `None` if the proof does
/// not have the length that index and size require.
pub fn root_from_inclusion(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    proof: &[TreeHash],
) -> Option<TreeHash> {
    if index >= size {
        return None;
    }
    let (mut position, mut last) = (index, size - 1);
    let mut root = *leaf;
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if position & 1 == 1 || position == last {
            root = node_hash(sibling, &root);
            // Levels at which the subtree has no right neighbour are skipped.
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// The root of the tree of size `index`, which an inclusion proof of that leaf holds: that tree is what lies to the
/// leaf's left. `None` if there is none, or if the proof does not have the length that index and size require.
pub fn root_before(index: u64, size: u64, proof: &[TreeHash]) -> Option<TreeHash> {
    if index >= size {
        return None;
    }
    let (mut position, mut last) = (index, size - 1);
    let mut root: Option<TreeHash> = None;
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if position & 1 == 1 || position == last {
            // The subtrees to the left grow from the leaf up.
            root = Some(root.map_or(*sibling, |smaller| node_hash(sibling, &smaller)));
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        }
        position >>= 1;
        last >>= 1;
    }
    root.filter(|_| last == 0)
}

/// Whether the proof shows that the tree with `from_root` is the beginning of the one with
/// `to_root` (RFC 9162 section 2.1.4.2). `from` is at least 1.
pub fn verify_consistency(
    from: u64,
    to: u64,
    from_root: &TreeHash,
    to_root: &TreeHash,
    proof: &[TreeHash],
) -> bool {
    if from == 0 || from > to {
        return false;
    }
    if from == to {
        return proof.is_empty() && from_root == to_root;
    }
    // The root of a perfect tree is left out of the proof, since the verifier has it.
    let (first, rest) = match proof.split_first() {
        None => return false,
        Some(_) if from.is_power_of_two() => (from_root, proof),
        Some((first, rest)) => (first, rest),
    };
    let shift = (from - 1).trailing_ones();
    let (mut position, mut last) = ((from - 1) >> shift, (to - 1) >> shift);
    let (mut from_computed, mut to_computed) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            from_computed = node_hash(hash, &from_computed);
            to_computed = node_hash(hash, &to_computed);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            to_computed = node_hash(&to_computed, hash);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && from_computed == *from_root && to_computed == *to_root
}

#[cfg(test)]
mod tests;
