//! The tree against RFC 6962's own recursive definitions, and known answers.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

fn leaves(count: u64) -> Vec<TreeHash> {
    (0..count)
        .map(|n| {
            let mut chain = [0; 32];
            chain[..8].copy_from_slice(&n.to_be_bytes());
            leaf_hash(&ChainHash::from_bytes(chain))
        })
        .collect()
}

fn split_of(leaves: &[TreeHash]) -> usize {
    leaves.len().next_power_of_two() / 2
}

/// MTH of RFC 6962 section 2.1, over leaf hashes.
fn naive_root(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split_of(leaves));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
fn naive_inclusion(index: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split_of(leaves));
    let (mut path, sibling) = if index < left.len() {
        (naive_inclusion(index, left), naive_root(right))
    } else {
        (naive_inclusion(index - left.len(), right), naive_root(left))
    };
    path.push(sibling);
    path
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn naive_consistency(from: usize, leaves: &[TreeHash], known: bool) -> Vec<TreeHash> {
    if from == leaves.len() {
        return if known {
            Vec::new()
        } else {
            vec![naive_root(leaves)]
        };
    }
    let (left, right) = leaves.split_at(split_of(leaves));
    let (mut proof, other) = if from <= left.len() {
        (naive_consistency(from, left, known), naive_root(right))
    } else {
        (
            naive_consistency(from - left.len(), right, false),
            naive_root(left),
        )
    };
    proof.push(other);
    proof
}

/// Answers for perfect subtrees, and only for those that are there.
fn nodes(leaves: &[TreeHash]) -> impl FnMut(NodeId) -> Result<TreeHash, Infallible> + '_ {
    |node| {
        let width = 1 << node.level;
        let begin = node.index as usize * width;
        Ok(naive_root(&leaves[begin..begin + width]))
    }
}

#[test]
fn roots_are_the_known_ones() {
    let data: [&[u8]; 8] = [
        &[],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
            0x6e, 0x6f,
        ],
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Frontier::new();
    assert_eq!(
        tree.root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (data, root) in data.into_iter().zip(roots) {
        let leaf = Sha256::digest([&[0], data].concat());
        tree.push(TreeHash::from_bytes(leaf.into()));
        assert_eq!(tree.root().to_string(), root, "size {}", tree.size());
    }
}

#[test]
fn hashes_have_the_prefixes_of_leaf_and_node() {
    let (left, right) = (TreeHash::from_bytes([1; 32]), TreeHash::from_bytes([2; 32]));
    let expected = Sha256::digest([&[1][..], &[1; 32], &[2; 32]].concat());
    assert_eq!(node_hash(&left, &right).as_bytes()[..], expected[..]);
    let expected = Sha256::digest([&[0][..], &[3; 32]].concat());
    assert_eq!(
        leaf_hash(&ChainHash::from_bytes([3; 32])).as_bytes()[..],
        expected[..]
    );
}

#[test]
fn a_frontier_grows_as_the_definition_says() {
    let leaves = leaves(130);
    let mut tree = Frontier::new();
    for size in 0..=leaves.len() {
        let root = naive_root(&leaves[..size]);
        assert_eq!(tree.root(), root);
        assert_eq!(tree.size(), size as u64);
        assert_eq!(root_at(size as u64, nodes(&leaves)), Ok(root));
        let cover = left_cover(size as u64).into_iter().map(nodes(&leaves));
        let hashes = cover.collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(tree.hashes(), hashes);
        assert_eq!(
            Frontier::from_parts(size as u64, &hashes),
            Some(tree.clone())
        );
        assert_eq!(Frontier::from_parts(size as u64 * 2 + 1, &hashes), None);
        if let Some(leaf) = leaves.get(size) {
            tree.push(*leaf);
        }
    }
}

#[test]
fn inclusion_proofs_of_all_small_trees_hold_and_tampered_ones_do_not() {
    let leaves = leaves(70);
    for size in 1..=leaves.len() {
        let root = naive_root(&leaves[..size]);
        for index in 0..size {
            let proof = inclusion_proof(index as u64, size as u64, nodes(&leaves)).unwrap();
            assert_eq!(
                proof,
                naive_inclusion(index, &leaves[..size]),
                "{index} of {size}"
            );
            check_inclusion(&leaves[index], index as u64, size as u64, &proof, root);
        }
    }
}

fn check_inclusion(leaf: &TreeHash, index: u64, size: u64, proof: &[TreeHash], root: TreeHash) {
    assert_eq!(root_from_inclusion(leaf, index, size, proof), Some(root));
    let other = TreeHash::from_bytes([0xee; 32]);
    assert_ne!(root_from_inclusion(&other, index, size, proof), Some(root));
    assert_eq!(root_from_inclusion(leaf, size, size, proof), None);
    for wrong in [index.wrapping_sub(1), index + 1] {
        assert_ne!(root_from_inclusion(leaf, wrong, size, proof), Some(root));
    }
    let longer = [proof, &[other]].concat();
    assert_eq!(root_from_inclusion(leaf, index, size, &longer), None);
    if let Some((_, shorter)) = proof.split_last() {
        assert_eq!(root_from_inclusion(leaf, index, size, shorter), None);
    }
    for position in 0..proof.len() {
        let mut tampered = proof.to_vec();
        tampered[position] = other;
        assert_ne!(
            root_from_inclusion(leaf, index, size, &tampered),
            Some(root)
        );
    }
}

#[test]
fn consistency_proofs_of_all_small_trees_hold_and_tampered_ones_do_not() {
    let leaves = leaves(41);
    for to in 1..=leaves.len() {
        for from in 1..=to {
            let proof = consistency_proof(from as u64, to as u64, nodes(&leaves)).unwrap();
            assert_eq!(
                proof,
                naive_consistency(from, &leaves[..to], true),
                "{from} to {to}"
            );
            let roots = (naive_root(&leaves[..from]), naive_root(&leaves[..to]));
            check_consistency(from as u64, to as u64, roots, &proof);
        }
    }
}

fn check_consistency(from: u64, to: u64, roots: (TreeHash, TreeHash), proof: &[TreeHash]) {
    let verify = |from, to, roots: (TreeHash, TreeHash), proof: &[TreeHash]| {
        verify_consistency(from, to, &roots.0, &roots.1, proof)
    };
    let other = TreeHash::from_bytes([0xee; 32]);
    assert!(verify(from, to, roots, proof));
    assert!(!verify(from, to, (other, roots.1), proof));
    assert!(!verify(from, to, (roots.0, other), proof));
    assert!(!verify(0, to, roots, proof));
    assert!(!verify(from, from - 1, roots, proof));
    assert!(!verify(from, to, roots, &[proof, &[other]].concat()));
    if let Some((_, shorter)) = proof.split_last() {
        assert!(!verify(from, to, roots, shorter));
    }
    for position in 0..proof.len() {
        let mut tampered = proof.to_vec();
        tampered[position] = other;
        assert!(
            !verify(from, to, roots, &tampered),
            "{from} to {to}, hash {position}"
        );
    }
}

#[test]
fn a_range_with_its_covers_rebuilds_the_root() {
    let leaves = leaves(40);
    let hashes = |cover: &[NodeId]| {
        cover
            .iter()
            .copied()
            .map(nodes(&leaves))
            .collect::<Result<Vec<_>, _>>()
            .unwrap()
    };
    for size in 1..=leaves.len() {
        let root = naive_root(&leaves[..size]);
        for to in 1..=size {
            for from in 0..to {
                let left = hashes(&left_cover(from as u64));
                let mut tree = Frontier::from_parts(from as u64, &left).unwrap();
                leaves[from..to].iter().for_each(|leaf| tree.push(*leaf));
                let right = right_cover(to as u64, size as u64);
                for (node, hash) in right.iter().zip(hashes(&right)) {
                    assert_eq!(node.index << node.level, tree.size());
                    assert!(tree.push_subtree(node.level, hash));
                }
                assert_eq!(
                    (tree.size(), tree.root()),
                    (size as u64, root),
                    "{from}..{to}"
                );
            }
        }
    }
}

#[test]
fn covers_are_maximal() {
    let node = |level, index| NodeId { level, index };
    assert_eq!(left_cover(0), []);
    assert_eq!(left_cover(7), [node(2, 0), node(1, 2), node(0, 6)]);
    assert_eq!(right_cover(3, 3), []);
    assert_eq!(right_cover(3, 16), [node(0, 3), node(2, 1), node(3, 1)]);
    assert_eq!(
        right_cover(5, 15),
        [node(0, 5), node(1, 3), node(2, 2), node(1, 6), node(0, 14)]
    );
    assert_eq!(left_cover((1 << 63) - 1).len(), 63);
}

#[test]
fn a_subtree_is_pushed_only_where_it_is_aligned() {
    let leaves = leaves(3);
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let before = tree.clone();
    for level in 1..70 {
        assert!(!tree.push_subtree(level, leaves[0]), "level {level}");
    }
    assert_eq!(tree, before);
    assert!(tree.push_subtree(0, leaves[0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn proofs_in_larger_trees_hold(size in 71_u64..3_000, at: prop::sample::Index) {
        let leaves = leaves(size);
        let root = naive_root(&leaves);
        let index = at.index(leaves.len());
        let proof = inclusion_proof(index as u64, size, nodes(&leaves)).unwrap();
        prop_assert_eq!(&proof, &naive_inclusion(index, &leaves));
        check_inclusion(&leaves[index], index as u64, size, &proof, root);
        let from = index + 1;
        let proof = consistency_proof(from as u64, size, nodes(&leaves)).unwrap();
        prop_assert_eq!(&proof, &naive_consistency(from, &leaves, true));
        check_consistency(from as u64, size, (naive_root(&leaves[..from]), root), &proof);
    }

    #[test]
    fn huge_sizes_do_no_harm(
        index in 0..u64::MAX,
        size in 0..u64::MAX,
        length in 0_usize..70,
    ) {
        let hash = empty_root();
        let proof = vec![hash; length];
        let root = root_from_inclusion(&hash, index, size, &proof);
        prop_assert!(root.is_none() || length <= 64);
        prop_assert!(!verify_consistency(index, size, &hash, &hash, &proof) || index == size);
    }
}
