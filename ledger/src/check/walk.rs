//! The walk over stored records that recovery and online verification share: each record is checked for itself, in
//! its place after those before it, and as a leaf of the tree.

use std::ops::ControlFlow;

use indelible_evidence::{
    body::Body,
    bundle::SourceRecord,
    chain::ChainHasher,
    hash::TreeHash,
    header::Header,
    limits::TILE_WIDTH,
    tile::TILE_HEIGHT,
    tree::leaf_hash,
    verdict::{self, FindingCode as Evidence},
    verify::{
        Effect, Erasures, Rules, check_key_event,
        records::{Ground, RecordFacts, check_record},
    },
};
use indelible_store::{
    FullTile, Head, Store, StoreError,
    record::{Part, StoredRecord},
};

use crate::{
    check::{
        ahead::{Visit, scan_ahead},
        data_keys::{NamedKeys, damaged},
        finding::{Finding, FindingCode},
        walk_start::Start,
    },
    read::{archived::bundle_part, erasure_mark::Pending},
    state::{event_identity::IndexHasher, shared::LedgerState, tree_edge::EdgeGrowth},
    write::reserved::is_clients,
};

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Erasures and disposals that are recorded but may not be complete: what they destroy may still be there.
pub(crate) enum Unfinished {
    /// Any of them: after a start, what a crash interrupted goes on.
    Any,
    /// Those that are not marked as complete.
    Of(Pending),
}

impl Unfinished {
    fn covers(&self, facts: &RecordFacts) -> bool {
        match self {
            Self::Any => true,
            Self::Of(pending) => pending.covers(facts),
        }
    }
}

/// The ledger so far.
pub(crate) struct Walk<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    hasher: ChainHasher,
    /// None while the keys are away.
    identity_hasher: Option<&'a IndexHasher>,
    so_far: Start,
    growth: EdgeGrowth,
    /// What the key events hold records to, wherever they are recorded.
    rules: Rules,
    /// All that there are.
    erasures: Erasures,
    /// How many erasures and disposals that took in.
    orders_seen: (usize, usize),
    unfinished: Unfinished,
    named_keys: NamedKeys,
    findings: Vec<Finding>,
    findings_max: usize,
}

impl<'a> Walk<'a> {
    /// Begins a walk that ends early once there are `findings_max` findings.
    pub(crate) fn new(
        ledger: &'a LedgerState,
        store: &'a dyn Store,
        start: Start,
        unfinished: Unfinished,
        findings_max: usize,
    ) -> Self {
        let mut walk = Self {
            ledger,
            store,
            hasher: ChainHasher::new(),
            identity_hasher: ledger.hasher().ok(),
            so_far: start,
            growth: EdgeGrowth::default(),
            rules: ledger.keys().rules().clone(),
            erasures: Erasures::default(),
            orders_seen: (0, 0),
            unfinished,
            named_keys: NamedKeys::new(),
            findings: Vec::new(),
            findings_max,
        };
        walk.see_erasures();
        walk
    }

    /// Visits the records up to `to`, and calls `after` behind each with its sequence number.
    pub(crate) fn records(&mut self, to: u64, after: impl FnMut(&mut Self, u64)) {
        let (store, ledger, from) = (self.store, self.ledger.id, self.so_far.tree.size());
        self.visit(after, |visit| store.scan(ledger, from, to, visit));
    }

    /// The same where nothing else is going on: the next records are read while some are checked.
    pub(crate) fn records_read_ahead(&mut self, to: u64, after: impl FnMut(&mut Self, u64)) {
        let (store, ledger, from) = (self.store, self.ledger.id, self.so_far.tree.size());
        self.visit(after, |visit| scan_ahead(store, ledger, from, to, visit));
    }

    fn visit(
        &mut self,
        mut after: impl FnMut(&mut Self, u64),
        scan: impl FnOnce(Visit<'_>) -> Result<(), StoreError>,
    ) {
        let scanned = scan(&mut |sequence, value| {
            self.record(sequence, value);
            after(self, sequence);
            match self.findings.len() < self.findings_max {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        self.findings.extend(scanned.err().map(Finding::from));
    }

    /// Visits records up to `to`, or to the end of the first full tile by which there were `bytes_max` of them, or to the
    /// first finding. Returns their bytes.
    pub(crate) fn some_records(&mut self, to: u64, bytes_max: u64) -> u64 {
        let (store, ledger, from) = (self.store, self.ledger.id, self.so_far.tree.size());
        let mut bytes = 0;
        let scanned = store.scan(ledger, from, to, &mut |sequence, value| {
            bytes += value.len() as u64;
            self.record(sequence, value);
            let fills_tile = (sequence + 1).is_multiple_of(TILE_WIDTH);
            match self.is_sound() && !(fills_tile && bytes >= bytes_max) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        self.findings.extend(scanned.err().map(Finding::from));
        bytes
    }

    /// Ends the walk behind the record that it is at. What it found until then says nothing of the rest.
    pub(crate) fn break_off(&mut self) {
        self.findings_max = 0;
    }

    fn record(&mut self, sequence: u64, value: &[u8]) {
        let stored = match StoredRecord::decode(value) {
            Ok(stored) => stored,
            Err(error) => {
                self.so_far.succession.skip();
                let detail = error.to_string();
                return self.find(Finding::of_record(
                    FindingCode::RecordDamaged,
                    sequence,
                    detail,
                ));
            }
        };
        if stored.body == Part::Erased || stored.payload == Part::Erased {
            self.see_erasures();
        }
        match self.check(sequence, &stored) {
            Ok(facts) => self.place(&facts, &stored),
            Err(findings) => {
                self.so_far.succession.skip();
                let findings = findings.into_iter().map(Finding::from);
                self.findings.extend(findings);
            }
        }
        self.so_far.chain = stored.chain;
        let mut tiles = Vec::new();
        let leaf = leaf_hash(&stored.chain);
        self.so_far.tree.push(leaf, &mut tiles, &mut self.growth);
        if !tiles.is_empty() {
            self.growth = EdgeGrowth::default();
        }
        tiles.iter().for_each(|tile| self.tile(tile));
    }

    /// Checks a record for itself, and its link to the one before it.
    fn check(
        &mut self,
        sequence: u64,
        stored: &StoredRecord<'_>,
    ) -> Result<RecordFacts, Vec<verdict::Finding>> {
        let record = SourceRecord {
            sequence,
            header: stored.header,
            chain: stored.chain,
            body: bundle_part(stored.body),
            payload: bundle_part(stored.payload),
        };
        let ground = Ground {
            origin: self.ledger.origin(),
            erasures: &self.erasures,
            rules: &self.rules,
        };
        let checked = check_record(&mut self.hasher, &self.so_far.chain, &record, ground);
        checked.or_else(|mut findings| {
            let Ok(header) = Header::decode(stored.header) else {
                return Err(findings);
            };
            let facts = RecordFacts::under(&header, &self.rules);
            if self.unfinished.covers(&facts) {
                findings.retain(|finding| finding.code != Evidence::ErasedPartPresent);
            }
            if findings.is_empty() {
                Ok(facts)
            } else {
                Err(findings)
            }
        })
    }

    /// Takes in erasures and disposals that were recorded since the walk began.
    fn see_erasures(&mut self) {
        let keys = self.ledger.keys();
        let orders = (keys.erasures().len(), keys.disposals().len());
        if orders == self.orders_seen {
            return;
        }
        self.erasures = keys.named().clone();
        self.rules = keys.rules().clone();
        self.orders_seen = orders;
        drop(keys);
        if let Unfinished::Of(_) = self.unfinished {
            match Pending::of(self.store, self.ledger) {
                Ok(pending) => self.unfinished = Unfinished::Of(pending),
                Err(error) => self.find(error.into()),
            }
        }
    }

    /// Checks a record that is sound for itself against those before it.
    fn place(&mut self, facts: &RecordFacts, stored: &StoredRecord<'_>) {
        let Ok(header) = Header::decode(stored.header) else {
            return;
        };
        let findings = &mut self.findings;
        let found = |finding: verdict::Finding| findings.push(finding.into());
        self.so_far.succession.advance(facts, found);
        if let Some(event) = check_key_event(&header, &self.so_far.identities) {
            self.so_far.identities.advance(&event);
            let root = self.so_far.tree.root();
            // The rules of all key events were taken in before.
            let found = |finding: verdict::Finding| self.findings.push(finding.into());
            let _: Effect = self.so_far.custody.advance(&event, Some(&root), found);
            return;
        }
        if is_clients(self.ledger, &header) {
            self.so_far.last_event = Some(facts.sequence);
        }
        let named = self
            .named_keys
            .see(self.store, self.ledger, &header, stored);
        self.findings.extend(named.err().map(|error| Finding {
            sequence: Some(facts.sequence),
            ..damaged(error)
        }));
        if let Some(hasher) = self.identity_hasher {
            let checked = check_identity(hasher, &header, stored);
            self.findings.extend(checked.err());
        }
    }

    /// Compares a stored tile with the one that the leaves give.
    fn tile(&mut self, tile: &FullTile) {
        let (level, index) = (tile.level, tile.index);
        let name = format!("tile {index} of level {level}");
        let height = TILE_HEIGHT * level;
        let first = (index * TILE_WIDTH) << height;
        let missing = |detail: String| Finding::of_record(FindingCode::TileMissing, first, detail);
        match self.store.tile(self.ledger.id, level, index) {
            Ok(Some(stored)) => {
                let hashes = stored
                    .chunks(HASH_BYTES)
                    .zip(tile.hashes.chunks(HASH_BYTES));
                let Some(other) = hashes.map(|(a, b)| a == b).position(|same| !same) else {
                    return;
                };
                let sequence = first + ((other as u64) << height);
                let detail = format!("{name} differs from what the leaves give");
                let code = match level {
                    0 => Evidence::LeafMismatch,
                    _ => Evidence::TileMismatch,
                };
                self.find(Finding::of_record(code, sequence, detail));
            }
            Ok(None) => self.find(missing(format!("{name} is missing"))),
            Err(error) if error.cause().is_some() => self.find(error.into()),
            Err(error) => self.find(missing(error.to_string())),
        }
    }

    /// Compares the root so far with one that was signed.
    pub(crate) fn root(&mut self, whose: &str, signed: TreeHash) {
        let (root, size) = (self.so_far.tree.root(), self.so_far.tree.size());
        if root != signed {
            let detail = format!(
                "the tree of the stored records has root {root} at size {size}, but {whose} says {signed}"
            );
            self.find(Finding::new(Evidence::RootMismatch, detail));
        }
    }

    /// Compares the head with the records before it. No signature covers all of what it says, and the writer goes on
    /// from there.
    pub(crate) fn head(&mut self, head: &Head) {
        self.root("the head", head.root);
        let so_far = &self.so_far;
        let stated = (head.time, head.newest_key_event, head.last_event);
        let key_event = so_far.succession.newest_key_event().unwrap_or(0);
        let found = (so_far.succession.time(), key_event, so_far.last_event);
        let detail = if head.chain != so_far.chain {
            "the head's chain hash is not that of its newest record"
        } else if stated != found {
            "the head's time, newest key event or last event does not match its records"
        } else {
            return;
        };
        self.find(Finding::new(FindingCode::HeadMismatch, detail));
    }

    /// What custody says at the end of the ledger.
    pub(crate) fn custody_at_the_end(&mut self) {
        let size = self.so_far.tree.size();
        let findings = &mut self.findings;
        let custody = self.so_far.custody.clone();
        custody.finish(size, |finding| findings.push(finding.into()));
    }

    /// How many records there are so far.
    pub(crate) fn size(&self) -> u64 {
        self.so_far.tree.size()
    }

    /// The root of the tree so far.
    pub(crate) fn tree_root(&self) -> TreeHash {
        self.so_far.tree.root()
    }

    /// Whether nothing was found so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// What the records so far leave to go on from.
    pub(crate) fn into_start(self) -> Start {
        self.so_far
    }

    /// What was found, at most as much as was asked for.
    pub(crate) fn into_findings(mut self) -> Vec<Finding> {
        self.findings.truncate(self.findings_max);
        self.findings
    }

    fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// An event must be stored under its own identity, or a repeat of it would not be known as one. A sealed body can't be
/// read here.
pub(crate) fn check_identity(
    hasher: &IndexHasher,
    header: &Header<'_>,
    stored: &StoredRecord<'_>,
) -> Result<(), Finding> {
    let is_sealed = header
        .kind
        .event()
        .is_some_and(|event| event.sealed.is_some());
    match stored.body {
        Part::Present { bytes, .. } if !is_sealed => match Body::decode(bytes) {
            Ok(body) if hasher.id(body.source, body.id) != stored.id_hash => {
                let detail = "it is stored under another event's identity";
                let code = FindingCode::IdentityMismatch;
                Err(Finding::of_record(code, header.sequence, detail))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}
