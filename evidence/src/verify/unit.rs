//! Units: pieces of a bundle that are checked by themselves, in any order and any thread.

use std::sync::Arc;

use crate::chain::ChainHasher;
use crate::commitment::PartKind;
use crate::hash::{ChainHash, TreeHash};
use crate::header::{Header, RecordKind};
use crate::key_event::EpochCertificate;
use crate::tile::{TileId, tile_root};
use crate::tree::leaf_hash;
use crate::verdict::{Finding, FindingCode};

use super::parts::CheckedPart;
use super::parts_unit::{HeaderBlock, PartsUnit};
use super::record_facts::RecordFacts;
use super::records::{chain_mismatch, check_header};
use super::rules::Rules;
use super::seen::{PayloadState, SeenPayload, SeenRecord};

/// The length of an entry in an entry bundle: its own length, and a chain hash.
pub(super) const ENTRY_BYTES: usize = 34;
/// The length of a hash.
pub(super) const HASH_BYTES: usize = 32;

/// A piece of a bundle that can be checked by itself.
#[derive(Debug)]
pub struct Unit(pub(super) UnitKind);

#[derive(Debug)]
pub(super) enum UnitKind {
    Records {
        first: u64,
        headers: Arc<HeaderBlock>,
        claim: Option<TileClaim>,
        rules: Arc<Rules>,
    },
    Parts(PartsUnit),
    Tile {
        id: TileId,
        bytes: Vec<u8>,
    },
    Fault(Finding),
}

/// What a whole bundle claims of the records of one tile before it shows their headers.
#[derive(Debug)]
pub(super) struct TileClaim {
    /// The chain hash before the first of them.
    pub(super) previous: ChainHash,
    pub(super) entries: Vec<u8>,
    pub(super) leaves: Vec<u8>,
}

/// What checking one unit gave, for the judge.
#[derive(Debug)]
pub struct Checked(pub(super) CheckedKind);

#[derive(Debug)]
pub(super) enum CheckedKind {
    Records(CheckedRecords),
    Parts {
        kind: PartKind,
        first: u64,
        parts: Vec<CheckedPart>,
    },
    Tile {
        id: TileId,
        bytes: Vec<u8>,
    },
    Fault(Finding),
}

#[derive(Debug)]
pub(super) struct CheckedRecords {
    pub(super) first: u64,
    /// One for each record; none where the header could not be read.
    pub(super) facts: Vec<Option<RecordFacts>>,
    pub(super) key_events: Vec<SeenKeyEvent>,
    pub(super) findings: Vec<Finding>,
    /// What is unlawful in them.
    pub(super) unlawful: Vec<Finding>,
    /// How many of them each disposal names, by its number.
    pub(super) disposed: Vec<(usize, u64)>,
    pub(super) headers: Arc<HeaderBlock>,
    pub(super) place: Place,
}

/// BLAKE3 of a key event's header.
pub(super) type KeyEventDigest = [u8; 32];

/// A key event among the records. What it states was looked at in the file of key events, with which it is
/// compared; only the tree before it is not known there.
#[derive(Debug)]
pub(super) struct SeenKeyEvent {
    pub(super) sequence: u64,
    pub(super) digest: KeyEventDigest,
    /// The root that a certificate binds.
    pub(super) bound: Option<TreeHash>,
}

impl SeenKeyEvent {
    fn of(header: &Header<'_>, bytes: &[u8]) -> Option<Self> {
        header.kind.statement()?;
        let bound = match &header.kind {
            RecordKind::Epoch(signed) => EpochCertificate::bound_root(signed.statement).ok(),
            _ => None,
        };
        Some(Self {
            sequence: header.sequence,
            digest: *blake3::hash(bytes).as_bytes(),
            bound,
        })
    }
}

/// Where the records stand in chain and tree.
#[derive(Debug)]
pub(super) enum Place {
    /// Their leaves, and the root over them if they fill a tile.
    Leaves {
        leaves: Vec<TreeHash>,
        root: Option<TreeHash>,
    },
    /// Still to be linked: nothing claimed their chain hashes before.
    Unlinked,
}

/// Checks one unit. Pure; units can be checked in any order, and in many threads at once.
pub fn check_unit(unit: Unit) -> Checked {
    check_unit_seeing(unit, &mut |_| ())
}

/// The same, and shows the records to `see`. All units together, in their order, show every record of the bundle
/// once, and in order; those of one unit are a run without a gap, and many units show none. What is encrypted is
/// opened once, for both. A record that is shown has been checked for itself; whether it is in its place is for the
/// judge to say.
pub fn check_unit_seeing(unit: Unit, see: &mut dyn FnMut(SeenRecord<'_>)) -> Checked {
    Checked(match unit.0 {
        UnitKind::Records {
            first,
            headers,
            claim,
            rules,
        } => CheckedKind::Records(check_records(first, headers, claim, &rules)),
        UnitKind::Parts(unit) => CheckedKind::Parts {
            kind: unit.kind,
            first: unit.first,
            parts: unit.check(see),
        },
        UnitKind::Tile { id, bytes } => CheckedKind::Tile { id, bytes },
        UnitKind::Fault(finding) => CheckedKind::Fault(finding),
    })
}

/// Shows the payloads that a unit holds of records from `from` on, each with its record's sequence number, and checks
/// nothing. All units together, in their order, show every payload once, and in order.
pub fn see_payloads(unit: &Unit, from: u64, see: &mut dyn FnMut(u64, SeenPayload<'_>)) {
    if let UnitKind::Parts(unit) = &unit.0 {
        unit.show_payloads(from, see);
    }
}

/// Shows what became of each payload that a unit holds, with what stands for its record's header, and checks nothing.
/// All units together, in their order, show every payload once, and in order; an item that says that there is none is
/// passed over.
pub fn see_payload_states(unit: &Unit, see: &mut dyn FnMut(&[u8], PayloadState)) {
    if let UnitKind::Parts(unit) = &unit.0 {
        unit.show_payload_states(see);
    }
}

impl Unit {
    /// Whether it shows records, when it is checked.
    pub fn shows_records(&self) -> bool {
        matches!(&self.0, UnitKind::Parts(unit) if unit.kind == PartKind::Body)
    }
}

fn check_records(
    first: u64,
    headers: Arc<HeaderBlock>,
    claim: Option<TileClaim>,
    rules: &Rules,
) -> CheckedRecords {
    let count = headers.headers.ends.len();
    let mut facts = Vec::with_capacity(count);
    let (mut key_events, mut findings, mut unlawful) = (Vec::new(), Vec::new(), Vec::new());
    let candidates = rules.disposals.candidates(first, first + count as u64);
    let mut disposed: Vec<(usize, u64)> = Vec::new();
    let mut links = claim.map(Links::new);
    for (sequence, bytes) in (first..).zip(headers.headers.items()) {
        let header = check_header(sequence, bytes);
        let in_place = !matches!(&header, Err(finding) if finding.code == FindingCode::SequenceGap);
        match header {
            Ok(header) => {
                let mut of_record = RecordFacts::of(&header);
                of_record.disposed = rules.disposals.of(&header, &candidates, |number| {
                    match disposed.iter_mut().find(|(counted, _)| *counted == number) {
                        Some((_, count)) => *count += 1,
                        None => disposed.push((number, 1)),
                    }
                });
                rules.check(&of_record, |finding| unlawful.push(finding));
                facts.push(Some(of_record));
                key_events.extend(SeenKeyEvent::of(&header, bytes));
            }
            Err(finding) => {
                facts.push(None);
                findings.push(finding);
            }
        }
        if let Some(links) = &mut links {
            links.check(sequence, bytes, in_place, &mut findings);
        }
    }
    CheckedRecords {
        first,
        facts,
        key_events,
        findings,
        unlawful,
        disposed,
        headers,
        place: links.map_or(Place::Unlinked, Links::into_place),
    }
}

/// Follows the claims of one tile.
struct Links {
    hasher: ChainHasher,
    claim: TileClaim,
    previous: ChainHash,
    at: usize,
    leaves: Vec<TreeHash>,
}

impl Links {
    fn new(claim: TileClaim) -> Self {
        let leaves = Vec::with_capacity(claim.leaves.len() / HASH_BYTES);
        Self {
            hasher: ChainHasher::new(),
            previous: claim.previous,
            claim,
            at: 0,
            leaves,
        }
    }

    /// Links one header, and goes on from what the bundle claims, so that one altered record is one finding. A
    /// header that is out of place is not said to break the chain, too. The tree is that of the entries; the tile of
    /// level 0 is only held against it.
    fn check(&mut self, sequence: u64, header: &[u8], in_place: bool, findings: &mut Vec<Finding>) {
        let (entries, leaves) = (&self.claim.entries, &self.claim.leaves);
        let entry = entries.get(self.at * ENTRY_BYTES..(self.at + 1) * ENTRY_BYTES);
        let claimed = leaves.get(self.at * HASH_BYTES..(self.at + 1) * HASH_BYTES);
        self.at += 1;
        let computed = self.hasher.link(&self.previous, header);
        let entry = entry.and_then(|entry| entry.split_first_chunk());
        let chain = match entry {
            Some(([0, 32], chain)) => ChainHash::try_from(chain).unwrap_or(computed),
            _ => {
                let detail = "its entry does not have the length of a chain hash";
                let code = FindingCode::EntriesForm;
                findings.push(Finding::of_record(code, sequence, detail));
                computed
            }
        };
        if computed != chain && in_place {
            findings.push(chain_mismatch(sequence));
        }
        let leaf = leaf_hash(&chain);
        if claimed != Some(leaf.as_bytes()) {
            let detail = "its leaf in the tile of level 0 is not the hash of its chain hash";
            findings.push(Finding::of_record(
                FindingCode::LeafMismatch,
                sequence,
                detail,
            ));
        }
        self.previous = chain;
        self.leaves.push(leaf);
    }

    fn into_place(self) -> Place {
        let full = self.leaves.len() as u64 == crate::limits::TILE_WIDTH;
        let root = full.then(|| tile_root(&self.leaves));
        Place::Leaves {
            leaves: self.leaves,
            root,
        }
    }
}
