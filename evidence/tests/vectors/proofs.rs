//! Chain, tree, proofs, and the names of files.

use indelible_evidence::{
    bundle::{Manifest, files},
    chain::ChainHasher,
    hash::{ChainHash, TreeHash},
    origin::Origin,
    tile::index_path,
    tree::{
        Frontier, NodeId, consistency_proof, inclusion_proof, leaf_hash, left_cover, right_cover,
        root_at, root_from_inclusion, verify_consistency,
    },
};

use crate::{Outcome, Vector};

fn tree_hash(bytes: &[u8]) -> TreeHash {
    TreeHash::try_from(bytes).unwrap()
}

fn hashes(vector: &Vector, key: &str) -> Vec<TreeHash> {
    vector
        .byte_strings(key)
        .iter()
        .map(|bytes| tree_hash(bytes))
        .collect()
}

/// Leaf `index` of the vectors' trees.
fn leaf(index: u64) -> TreeHash {
    let mut data = [0; 32];
    data[24..].copy_from_slice(&index.to_be_bytes());
    leaf_hash(&ChainHash::from_bytes(data))
}

fn node(id: NodeId) -> Result<TreeHash, std::convert::Infallible> {
    let mut subtree = Frontier::new();
    for index in id.index << id.level..(id.index + 1) << id.level {
        subtree.push(leaf(index));
    }
    Ok(subtree.root())
}

pub(crate) fn chain(vector: &Vector) -> Outcome {
    let mut chain = ChainHasher::start(&Origin::parse(vector.text("origin")).unwrap());
    assert_eq!(chain.as_bytes().as_slice(), vector.bytes("start"));
    let mut hasher = ChainHasher::new();
    let (headers, chains) = (
        vector.byte_strings("headers"),
        vector.byte_strings("chains"),
    );
    assert_eq!(headers.len(), chains.len());
    for (header, wanted) in headers.iter().zip(chains) {
        chain = hasher.link(&chain, header);
        assert_eq!(chain.as_bytes().as_slice(), wanted, "{}", vector.name());
    }
    Ok(())
}

pub(crate) fn tree_root(vector: &Vector) -> Outcome {
    let size = vector.number("size");
    let mut frontier = Frontier::new();
    (0..size).for_each(|index| frontier.push(leaf(index)));
    assert_eq!(
        frontier.root().as_bytes().as_slice(),
        vector.bytes("root"),
        "{}",
        vector.name()
    );
    let Ok(root) = root_at(size, node);
    assert_eq!(root, frontier.root());
    Ok(())
}

pub(crate) fn inclusion(vector: &Vector) -> Outcome {
    let (index, size) = (vector.number("index"), vector.number("size"));
    let (given, root) = (
        tree_hash(&vector.bytes("leaf")),
        tree_hash(&vector.bytes("root")),
    );
    let proof = hashes(vector, "proof");
    if vector.is_good() {
        let Ok(own) = inclusion_proof(index, size, node);
        assert_eq!(
            (own, leaf(index)),
            (proof.clone(), given),
            "{}",
            vector.name()
        );
    }
    match root_from_inclusion(&given, index, size, &proof) {
        Some(found) if found == root => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

pub(crate) fn consistency(vector: &Vector) -> Outcome {
    let (from, to) = (vector.number("from"), vector.number("to"));
    let (old, new) = (
        tree_hash(&vector.bytes("from_root")),
        tree_hash(&vector.bytes("to_root")),
    );
    let proof = hashes(vector, "proof");
    if vector.is_good() {
        let Ok(own) = consistency_proof(from, to, node);
        assert_eq!(own, proof, "{}", vector.name());
    }
    if verify_consistency(from, to, &old, &new, &proof) {
        Ok(())
    } else {
        Err("not consistent".into())
    }
}

pub(crate) fn cover(vector: &Vector) -> Outcome {
    let widths = |nodes: Vec<NodeId>| {
        nodes
            .iter()
            .map(|node| 1_u64 << node.level)
            .collect::<Vec<_>>()
    };
    let wanted = |key| {
        vector
            .list(key)
            .iter()
            .map(|width| width.as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        widths(left_cover(vector.number("from"))),
        wanted("left"),
        "{}",
        vector.name()
    );
    let right = right_cover(vector.number("to"), vector.number("size"));
    assert_eq!(widths(right), wanted("right"), "{}", vector.name());
    Ok(())
}

pub(crate) fn tile_index(vector: &Vector) -> Outcome {
    assert_eq!(index_path(vector.number("index")), vector.text("path"));
    Ok(())
}

pub(crate) fn file_names(vector: &Vector) -> Outcome {
    let origin = Origin::parse("audit.example.com/doors/0123456789ab").unwrap();
    let (from, to, size) = (
        vector.number("from"),
        vector.number("to"),
        vector.number("size"),
    );
    let manifest = match vector.text("bundle_kind") {
        "whole" => Manifest::whole(origin, size, [0; 32], [0; 32]),
        _ => Manifest::range(origin, from, to, size, [0; 32], [0; 32]),
    }
    .map_err(|error| error.to_string())?;
    assert_eq!((manifest.from(), manifest.to()), (from, to));
    let names: Vec<_> = files(&manifest).map(|file| file.to_string()).collect();
    let wanted: Vec<_> = vector
        .list("names")
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, wanted, "{}", vector.name());
    Ok(())
}
