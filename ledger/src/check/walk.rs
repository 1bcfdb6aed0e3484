//! The operator's check of a whole ledger inside the daemon, from its stored bytes: the checks of the offline
//! verifier, and of what only the daemon has, which is tiles, heads and identities.

use std::{collections::HashSet, ops::ControlFlow};

use indelible_evidence::{
    body::Body,
    bundle::{Part as BundlePart, SourceRecord},
    chain::ChainHasher,
    checkpoint::Checkpoint,
    hash::{ChainHash, TreeHash},
    header::Header,
    limits::TILE_WIDTH,
    tree::leaf_hash,
    verdict,
    verify::{
        Custody, Effect, Erasures, Identities, Rules, check_key_event,
        records::{Ground, RecordFacts, Succession, check_record},
    },
};
use indelible_store::{
    FullTile, KeyId, Store,
    record::{Part, StoredRecord},
};

use crate::{
    read::{erasure_mark, record::bundle_part},
    state::{
        event_identity::IndexHasher,
        shared::LedgerState,
        tree_edge::{EdgeGrowth, TreeBuilder},
    },
    write::reserved,
};

/// Findings after which a verification stops.
const FINDINGS_MAX: usize = 100;
/// Records between two reports of progress.
const PROGRESS_RECORDS: u64 = 4_096;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The record, where it is one's.
    pub sequence: Option<u64>,
    /// What is wrong, from a fixed vocabulary: that of the offline verifier, and `store-damaged`,
    /// `record-damaged`, `tile-missing`, `identity-mismatch` and `head-mismatch`.
    pub code: &'static str,
    /// The same for people.
    pub detail: String,
}

impl From<verdict::Finding> for Finding {
    fn from(finding: verdict::Finding) -> Self {
        Self {
            sequence: finding.sequence,
            code: finding.code.as_str(),
            detail: finding.detail,
        }
    }
}

/// What a verification found.
#[derive(Clone, Debug)]
pub struct VerifyOutcome {
    /// How many records were verified.
    pub size: u64,
    /// The root that was recomputed.
    pub root: TreeHash,
    /// What is wrong; empty if nothing is.
    pub findings: Vec<Finding>,
    /// What could not be checked, and why; empty if all was.
    pub unanswered: Vec<String>,
    /// What a reader should know besides.
    pub remarks: Vec<String>,
}

/// Verifies every record up to what is durable now: its form, commitments and identity, its link, its leaf and
/// the tiles above, the order of times and key events, custody, and at the end the head.
pub(crate) fn verify(
    cell: &LedgerState,
    store: &dyn Store,
    progress: &mut dyn FnMut(u64, u64),
) -> VerifyOutcome {
    // The published one first: what is durable is never behind it.
    let published = cell.published();
    let published =
        published.and_then(|published| Checkpoint::parse_text(&published.note.text).ok());
    let head = cell.committed().head.clone();
    let size = head.size;
    let mut walk = Walk::new(cell, store);
    walk.see_erasures();
    let unanswered = match cell.hasher() {
        Ok(hasher) => {
            walk.hasher_of_identities = Some(hasher);
            Vec::new()
        }
        Err(away) => vec![format!(
            "whether each event is stored under its own identity: {away}"
        )],
    };
    let scanned = store.scan(cell.id, 0, size, &mut |sequence, value| {
        walk.record(sequence, value);
        let grown = walk.edge.size();
        if let Some(signed) = published.as_ref().filter(|signed| signed.size == grown) {
            walk.root("the published checkpoint", signed.root);
        }
        if sequence % PROGRESS_RECORDS == 0 {
            progress(sequence, size);
        }
        if walk.findings.len() < FINDINGS_MAX {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    if let Err(error) = scanned {
        walk.find(None, "store-damaged", error.to_string());
    }
    if walk.findings.is_empty() {
        walk.root("the head", head.root);
        let told = (
            head.chain,
            head.time,
            head.newest_key_event,
            head.last_event,
        );
        let (time, key_event) = (walk.succession.time(), walk.succession.newest_key_event());
        if told != (walk.chain, time, key_event.unwrap_or(0), walk.last_event) {
            let detail =
                "the head's time, newest key event or last event does not match its newest records"
                    .to_owned();
            walk.find(None, "head-mismatch", detail);
        }
        let (custody, findings) = (walk.custody.clone(), &mut walk.findings);
        custody.finish(size, |finding| findings.push(finding.into()));
    }
    walk.findings.truncate(FINDINGS_MAX);
    progress(size, size);
    VerifyOutcome {
        size,
        root: walk.edge.root(),
        findings: walk.findings,
        unanswered,
        remarks: remarks(cell),
    }
}

fn remarks(cell: &LedgerState) -> Vec<String> {
    let before = match cell.keys().first_settings() {
        Some(0) => return Vec::new(),
        Some(first) => format!(" before record {first}"),
        None => String::new(),
    };
    vec![format!(
        "the settings{before} are the operator's word: the ledger began before settings were recorded"
    )]
}

/// The ledger so far.
struct Walk<'a> {
    cell: &'a LedgerState,
    store: &'a dyn Store,
    hasher: ChainHasher,
    /// None while the keys are away.
    hasher_of_identities: Option<&'a IndexHasher>,
    chain: ChainHash,
    edge: TreeBuilder,
    growth: EdgeGrowth,
    succession: Succession,
    custody: Custody,
    identities: Identities,
    /// What the key events hold records to, wherever they are recorded.
    rules: Rules,
    /// All that there are.
    erasures: Erasures,
    erasures_seen: usize,
    /// The data keys of those that are not complete.
    pending: HashSet<KeyId>,
    last_event: Option<u64>,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    fn new(cell: &'a LedgerState, store: &'a dyn Store) -> Self {
        Self {
            cell,
            store,
            hasher: ChainHasher::new(),
            hasher_of_identities: None,
            chain: ChainHasher::start(cell.origin()),
            edge: TreeBuilder::default(),
            growth: EdgeGrowth::default(),
            succession: Succession::new(),
            custody: Custody::new(),
            identities: Identities::new(cell.verifier_key.clone()),
            rules: cell.keys().rules().clone(),
            erasures: Erasures::default(),
            erasures_seen: 0,
            pending: HashSet::new(),
            last_event: None,
            findings: Vec::new(),
        }
    }

    fn record(&mut self, sequence: u64, value: &[u8]) {
        let stored = match StoredRecord::decode(value) {
            Ok(stored) => stored,
            Err(error) => {
                self.succession.skip();
                return self.find(Some(sequence), "record-damaged", error.to_string());
            }
        };
        if stored.body == Part::Erased || stored.payload == Part::Erased {
            self.see_erasures();
        }
        let on_its_way_out = self.is_on_its_way_out(stored.header);
        let part = |part| match part {
            // Its erasure is on record, and its destruction goes on: that is no fault.
            Part::Present { .. } if on_its_way_out => BundlePart::Erased,
            part => bundle_part(part),
        };
        let record = SourceRecord {
            sequence,
            header: stored.header,
            chain: stored.chain,
            body: part(stored.body),
            payload: part(stored.payload),
        };
        let ground = Ground {
            origin: self.cell.origin(),
            erasures: &self.erasures,
            rules: &self.rules,
        };
        match check_record(&mut self.hasher, &self.chain, &record, ground) {
            Ok(facts) => self.place(&facts, &stored),
            Err(findings) => {
                self.succession.skip();
                self.findings
                    .extend(findings.into_iter().map(Finding::from));
            }
        }
        self.chain = stored.chain;
        let mut tiles = Vec::new();
        self.edge
            .push(leaf_hash(&stored.chain), &mut tiles, &mut self.growth);
        if !tiles.is_empty() {
            self.growth = EdgeGrowth::default();
        }
        tiles.iter().for_each(|tile| self.tile(tile));
    }

    /// Takes in erasures that were recorded since the walk began.
    fn see_erasures(&mut self) {
        let keys = self.cell.keys();
        if keys.erasures().len() > self.erasures_seen {
            self.erasures = keys.named().clone();
            self.erasures_seen = keys.erasures().len();
            drop(keys);
            match erasure_mark::pending(self.store, self.cell) {
                Ok(pending) => self.pending = pending,
                Err(error) => self.find(None, "store-damaged", error.to_string()),
            }
        }
    }

    fn is_on_its_way_out(&self, header: &[u8]) -> bool {
        if self.pending.is_empty() {
            return false;
        }
        let header = Header::decode(header).ok();
        let sealed = header.and_then(|header| header.kind.event()?.sealed);
        sealed.is_some_and(|sealed| self.pending.contains(sealed.data_key.as_bytes()))
    }

    /// Holds a record that is sound for itself against those before it.
    fn place(&mut self, facts: &RecordFacts, stored: &StoredRecord<'_>) {
        let findings = &mut self.findings;
        self.succession
            .advance(facts, |finding| findings.push(finding.into()));
        if facts.is_key_event {
            let header = Header::decode(stored.header).ok();
            let event = header.and_then(|header| check_key_event(&header, &self.identities));
            if let Some(event) = event {
                self.identities.advance(&event);
                // The rules of all key events were taken in before.
                let _: Effect = self
                    .custody
                    .advance(&event, Some(&self.edge.root()), |finding| {
                        findings.push(finding.into());
                    });
            }
            return;
        }
        let is_clients = |header: Header<'_>| reserved::is_clients(self.cell, &header);
        if Header::decode(stored.header).is_ok_and(is_clients) {
            self.last_event = Some(facts.sequence);
        }
        if let Some(hasher) = self.hasher_of_identities
            && let Part::Present { bytes, .. } = stored.body
            && let Ok(body) = Body::decode(bytes)
            && hasher.id(body.source, body.id).0 != stored.id_hash
        {
            let detail = "it is stored under another event's identity".to_owned();
            self.find(Some(facts.sequence), "identity-mismatch", detail);
        }
    }

    /// Holds a stored tile against the one that the leaves give.
    fn tile(&mut self, tile: &FullTile) {
        let (level, index) = (tile.level, tile.index);
        let name = format!("tile {index} of level {level}");
        let first = (index * TILE_WIDTH) << (8 * level);
        match self.store.tile(self.cell.id, level, index) {
            Ok(Some(stored)) => {
                let hashes = stored
                    .chunks(HASH_BYTES)
                    .zip(tile.hashes.chunks(HASH_BYTES));
                let Some(other) = hashes.map(|(a, b)| a == b).position(|same| !same) else {
                    return;
                };
                let sequence = first + ((other as u64) << (8 * level));
                let detail = format!("{name} is not what the leaves give");
                let code = if level == 0 {
                    "leaf-mismatch"
                } else {
                    "tile-mismatch"
                };
                self.find(Some(sequence), code, detail);
            }
            Ok(None) => self.find(Some(first), "tile-missing", format!("{name} is missing")),
            Err(error) => self.find(Some(first), "tile-missing", error.to_string()),
        }
    }

    fn root(&mut self, whose: &str, signed: TreeHash) {
        let root = self.edge.root();
        if root != signed {
            let detail = format!(
                "the tree of the stored records has root {root} at size {}, {whose} says {signed}",
                self.edge.size()
            );
            self.find(None, "root-mismatch", detail);
        }
    }

    fn find(&mut self, sequence: Option<u64>, code: &'static str, detail: String) {
        self.findings.push(Finding {
            sequence,
            code,
            detail,
        });
    }
}
