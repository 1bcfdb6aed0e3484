//! The layout: which files a bundle has, and in which order. A pure function of the manifest.

use std::fmt;

use crate::limits::{CHUNK_RECORDS, TILE_WIDTH};
use crate::tile::{TileId, index_path, levels, tiles_at};

use super::manifest::{BundleKind, Manifest};

/// One file of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleFile {
    /// What the bundle holds.
    Manifest,
    /// What the archive is and how it is verified, for whoever opens it first.
    Readme,
    /// The format's page.
    Format,
    /// The signed checkpoint.
    Checkpoint,
    /// All key events of the ledger.
    KeyEvents,
    /// What joins a range to the tree.
    Range,
    /// The record that recorded a governance state.
    GovernanceRecord(u64),
    /// A governance state.
    GovernanceState(u64),
    /// The chain hashes of one tile's records.
    Entries(TileId),
    /// A tile of the tree, of any level.
    Tile(TileId),
    /// The headers of a chunk.
    Headers(u64),
    /// The bodies of a chunk.
    Bodies(u64),
    /// The payloads of a chunk.
    Payloads(u64),
}

impl fmt::Display for BundleFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest => formatter.write_str("manifest"),
            Self::Readme => formatter.write_str("README.txt"),
            Self::Format => formatter.write_str("evidence-format.md"),
            Self::Checkpoint => formatter.write_str("checkpoint"),
            Self::KeyEvents => formatter.write_str("key-events"),
            Self::Range => formatter.write_str("range"),
            Self::GovernanceRecord(sequence) => write!(formatter, "governance/{sequence}/record"),
            Self::GovernanceState(sequence) => write!(formatter, "governance/{sequence}/state"),
            Self::Entries(tile) => formatter.write_str(&tile.entries_path()),
            Self::Tile(tile) => formatter.write_str(&tile.path()),
            Self::Headers(chunk) => write!(formatter, "headers/{}", index_path(*chunk)),
            Self::Bodies(chunk) => write!(formatter, "bodies/{}", index_path(*chunk)),
            Self::Payloads(chunk) => write!(formatter, "payloads/{}", index_path(*chunk)),
        }
    }
}

/// Every file of the bundle that `manifest` describes, in order. Lazy: a manifest may claim any size.
pub fn files(manifest: &Manifest) -> impl Iterator<Item = BundleFile> + use<> {
    let whole = manifest.kind() == BundleKind::Whole;
    let (size, (first, end)) = (manifest.size(), manifest.chunks());
    let opening: Vec<BundleFile> = opening(manifest).collect();
    let chunks = (first..end).flat_map(move |chunk| chunk_files(chunk, whole.then_some(size)));
    let upper = 1..if whole { levels(size) } else { 1 };
    opening
        .into_iter()
        .chain(chunks)
        .chain(upper.flat_map(move |level| tiles_at(level, size).map(BundleFile::Tile)))
}

/// What stands before the chunks.
pub fn opening(manifest: &Manifest) -> impl Iterator<Item = BundleFile> {
    use BundleFile::{Checkpoint, Format, KeyEvents, Manifest, Range, Readme};
    let states = manifest.states().iter().flat_map(|state| {
        let sequence = state.sequence;
        [
            BundleFile::GovernanceRecord(sequence),
            BundleFile::GovernanceState(sequence),
        ]
    });
    [Manifest, Readme, Format, Checkpoint, KeyEvents]
        .into_iter()
        .chain((manifest.kind() == BundleKind::Range).then_some(Range))
        .chain(states)
}

/// Whether `name` is one of the files of the bundle that `manifest` describes.
pub fn contains(manifest: &Manifest, name: &str) -> bool {
    let whole = manifest.kind() == BundleKind::Whole;
    let file = match name.split_once('/') {
        None => opening(manifest).find(|file| file.to_string() == name),
        Some(("governance", _)) => opening(manifest).find(|file| file.to_string() == name),
        Some(("headers", path)) => parse_index(path).map(BundleFile::Headers),
        Some(("bodies", path)) => parse_index(path).map(BundleFile::Bodies),
        Some(("payloads", path)) => parse_index(path).map(BundleFile::Payloads),
        Some(("tile", path)) if whole => named_tile(path, manifest.size()),
        Some(_) => None,
    };
    let (first, end) = manifest.chunks();
    let in_bundle = |file: &BundleFile| match file {
        BundleFile::Headers(chunk) | BundleFile::Bodies(chunk) | BundleFile::Payloads(chunk) => {
            (first..end).contains(chunk)
        }
        _ => true,
    };
    file.filter(in_bundle)
        .is_some_and(|file| file.to_string() == name)
}

/// The tile of a path below `tile/`, as a tree of `size` leaves has it.
fn named_tile(path: &str, size: u64) -> Option<BundleFile> {
    let (level, rest) = path.split_once('/')?;
    let index = parse_index(rest.split_once(".p/").map_or(rest, |(index, _)| index))?;
    if level == "entries" {
        return leaf_tile(index, size).map(BundleFile::Entries);
    }
    let level: u32 = level.parse().ok()?;
    if level >= levels(size) {
        return None;
    }
    let width = (size >> (8 * level))
        .checked_sub(index.checked_mul(TILE_WIDTH)?)?
        .min(TILE_WIDTH);
    (width > 0).then_some(BundleFile::Tile(TileId {
        level,
        index,
        width: width as u16,
    }))
}

/// The number that path elements of three digits make; other spellings of it are the caller's to tell apart.
fn parse_index(path: &str) -> Option<u64> {
    path.split('/').try_fold(0u64, |number, element| {
        let digits: u64 = element.strip_prefix('x').unwrap_or(element).parse().ok()?;
        number.checked_mul(1000)?.checked_add(digits)
    })
}

/// The files of one chunk; `whole` is the tree's size if the bundle is a whole one.
fn chunk_files(chunk: u64, whole: Option<u64>) -> impl Iterator<Item = BundleFile> {
    let tiles = move || {
        whole
            .into_iter()
            .flat_map(move |size| chunk_tiles(chunk, size))
    };
    let records = [
        BundleFile::Headers(chunk),
        BundleFile::Bodies(chunk),
        BundleFile::Payloads(chunk),
    ];
    tiles()
        .map(BundleFile::Entries)
        .chain(tiles().map(BundleFile::Tile))
        .chain(records)
}

/// The tiles of level 0 over the records of one chunk of a tree of `size` leaves.
pub fn chunk_tiles(chunk: u64, size: u64) -> impl Iterator<Item = TileId> {
    let tiles_in_chunk = CHUNK_RECORDS / TILE_WIDTH;
    let first = chunk.saturating_mul(tiles_in_chunk);
    (first..first.saturating_add(tiles_in_chunk)).map_while(move |index| leaf_tile(index, size))
}

/// Tile `index` of level 0, as wide as a tree of `size` leaves makes it, unless it is empty there.
fn leaf_tile(index: u64, size: u64) -> Option<TileId> {
    let width = size.checked_sub(index * TILE_WIDTH)?.min(TILE_WIDTH);
    (width > 0).then_some(TileId {
        level: 0,
        index,
        width: width as u16,
    })
}

#[cfg(test)]
mod tests {
    use super::super::manifest::StateLine;
    use super::*;
    use crate::origin::Origin;

    fn names(manifest: &Manifest) -> Vec<String> {
        files(manifest).map(|file| file.to_string()).collect()
    }

    fn origin() -> Origin {
        Origin::parse("audit.example.com/orders/0123456789ab").unwrap()
    }

    #[test]
    fn a_small_whole_bundle() {
        let manifest = Manifest::whole(origin(), 10, [0; 32], [0; 32]).unwrap();
        let expected = [
            "manifest",
            "README.txt",
            "evidence-format.md",
            "checkpoint",
            "key-events",
            "tile/entries/000.p/10",
            "tile/0/000.p/10",
            "headers/000",
            "bodies/000",
            "payloads/000",
        ];
        assert_eq!(names(&manifest), expected);
    }

    #[test]
    fn chunks_interleave_and_upper_tiles_come_last() {
        let names = names(&Manifest::whole(origin(), 70_000, [0; 32], [0; 32]).unwrap());
        let at = |name: &str| {
            names
                .iter()
                .position(|other| other == name)
                .unwrap_or_else(|| panic!("no {name}"))
        };
        assert_eq!(at("tile/0/000"), at("tile/entries/015") + 1);
        assert_eq!(at("headers/000"), at("tile/0/015") + 1);
        assert_eq!(at("tile/entries/016"), at("payloads/000") + 1);
        assert_eq!(
            at("tile/0/272"),
            at("tile/entries/273.p/112") + 272 - 256 - 17 + 2
        );
        assert_eq!(
            names[names.len() - 3..],
            ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
        );
        assert_eq!(names.len(), 5 + 2 * 274 + 3 * 18 + 3);
    }

    #[test]
    fn a_tree_of_one_full_tile_has_a_partial_one_above_it() {
        let names = names(&Manifest::whole(origin(), 256, [0; 32], [0; 32]).unwrap());
        assert_eq!(
            names[5..],
            [
                "tile/entries/000",
                "tile/0/000",
                "headers/000",
                "bodies/000",
                "payloads/000",
                "tile/1/000.p/1"
            ]
        );
    }

    #[test]
    fn a_range_has_no_tiles() {
        let manifest =
            Manifest::range(origin(), 4_095, 8_193, 4_200_000, [0; 32], [0; 32]).unwrap();
        let names = names(&manifest);
        assert_eq!(names[5], "range");
        assert_eq!(names[6..9], ["headers/000", "bodies/000", "payloads/000"]);
        assert_eq!(names.len(), 6 + 9);
        let far =
            Manifest::range(origin(), 4_096_000, 4_096_001, 4_200_000, [0; 32], [0; 32]).unwrap();
        assert_eq!(files(&far).last().unwrap().to_string(), "payloads/x001/000");
    }

    #[test]
    fn governance_states_stand_between_the_range_and_the_chunks() {
        let manifest = Manifest::range(origin(), 10, 20, 30, [0; 32], [0; 32]).unwrap();
        let states = [4, 25].map(|sequence| StateLine {
            sequence,
            sha256: [0; 32],
        });
        let manifest = manifest.with_states(states.to_vec()).unwrap();
        let names = names(&manifest);
        let expected = [
            "range",
            "governance/4/record",
            "governance/4/state",
            "governance/25/record",
            "governance/25/state",
            "headers/000",
        ];
        assert_eq!(names[5..11], expected);
        assert!(names.iter().all(|name| contains(&manifest, name)));
        for name in [
            "governance",
            "governance/4",
            "governance/04/state",
            "governance/5/state",
        ] {
            assert!(!contains(&manifest, name), "{name}");
        }
    }

    #[test]
    fn exactly_the_files_of_the_layout_are_contained() {
        let whole = Manifest::whole(origin(), 70_000, [0; 32], [0; 32]).unwrap();
        let range =
            Manifest::range(origin(), 4_096_000, 4_100_000, 4_200_000, [0; 32], [0; 32]).unwrap();
        for manifest in [&whole, &range] {
            assert!(names(manifest).iter().all(|name| contains(manifest, name)));
        }
        for name in [
            "range",
            "other",
            "",
            "manifest/",
            "headers/018",
            "headers/0",
            "headers/x000/001",
            "headers/000.p/1",
            "headers/+00",
            "tile/0/273",
            "tile/0/273.p/111",
            "tile/0/274",
            "tile/00/000",
            "tile/entries/273.p/0112",
            "tile/1/001.p/16",
            "tile/3/000.p/1",
            "tile/entries/000.p/256",
            "tile/99/000",
            "bodies/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert!(!contains(&whole, name), "{name}");
        }
        assert!(!contains(&range, "headers/x001/001") && !contains(&range, "tile/0/000"));
    }

    #[test]
    fn a_claimed_size_costs_nothing_until_it_is_walked() {
        let manifest = Manifest::whole(origin(), i64::MAX as u64, [0; 32], [0; 32]).unwrap();
        assert_eq!(
            files(&manifest).nth(5).unwrap().to_string(),
            "tile/entries/000"
        );
        let last = leaf_tile((i64::MAX as u64) / 256, i64::MAX as u64).unwrap();
        assert!(BundleFile::Entries(last).to_string().len() <= 100);
    }
}
