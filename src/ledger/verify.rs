//! The operator's check of a whole ledger inside the daemon, from its stored bytes.

use std::ops::ControlFlow;

use indelible_evidence::{
    chain::ChainHasher,
    hash::TreeHash,
    header::Header,
    tree::{Frontier, leaf_hash},
};
use indelible_store::{Store, record::StoredRecord};

use super::{cell::LedgerCell, nodes::Nodes, read::RecordView};

/// Findings after which a verification stops.
const FINDINGS_MAX: usize = 100;
/// Records between two reports of progress.
const PROGRESS_RECORDS: u64 = 4_096;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The record, where it is one's.
    pub sequence: Option<u64>,
    /// What is wrong, from a fixed vocabulary.
    pub code: &'static str,
    /// The same for people.
    pub detail: String,
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
}

struct Walk<'a> {
    hasher: ChainHasher,
    chain: indelible_evidence::hash::ChainHash,
    frontier: Frontier,
    time: u64,
    key_event: u64,
    nodes: Nodes<'a>,
    findings: Vec<Finding>,
}

/// Verifies every record up to what is durable now: its commitments, its link, its leaf in the tiles, the
/// order of times and key events, and at the end the root.
pub(crate) fn verify(
    cell: &LedgerCell,
    store: &dyn Store,
    progress: &mut dyn FnMut(u64, u64),
) -> VerifyOutcome {
    let (size, root) = {
        let committed = cell.committed();
        (committed.head.size, committed.head.root)
    };
    let mut walk = Walk {
        hasher: ChainHasher::new(),
        chain: ChainHasher::start(cell.origin()),
        frontier: Frontier::new(),
        time: 0,
        key_event: 0,
        nodes: Nodes::new(cell, store),
        findings: Vec::new(),
    };
    let scanned = store.scan(cell.id, 0, size, &mut |sequence, value| {
        walk.record(sequence, value);
        if sequence % PROGRESS_RECORDS == 0 {
            progress(sequence, size);
        }
        if walk.findings.len() < FINDINGS_MAX {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let Walk {
        frontier,
        mut findings,
        ..
    } = walk;
    if let Err(error) = scanned {
        findings.push(Finding {
            sequence: None,
            code: "store-damaged",
            detail: error.to_string(),
        });
    }
    if findings.is_empty() && frontier.root() != root {
        let detail = format!(
            "the tree of the stored records has root {}, the head says {root}",
            frontier.root()
        );
        findings.push(Finding {
            sequence: None,
            code: "root-mismatch",
            detail,
        });
    }
    progress(size, size);
    VerifyOutcome {
        size,
        root: frontier.root(),
        findings,
    }
}

impl Walk<'_> {
    fn record(&mut self, sequence: u64, value: &[u8]) {
        if let Err(error) = RecordView::check(sequence, value.to_vec()) {
            self.find(sequence, "record-damaged", error.to_string());
        }
        let Ok(stored) = StoredRecord::decode(value) else {
            return;
        };
        self.chain = self.hasher.link(&self.chain, stored.header);
        if self.chain != stored.chain {
            self.find(
                sequence,
                "chain-mismatch",
                "it does not continue the chain".into(),
            );
            self.chain = stored.chain;
        }
        let leaf = leaf_hash(&self.chain);
        self.frontier.push(leaf);
        match self.nodes.tile_hash(0, sequence) {
            Ok(hash) if hash == leaf => {}
            Ok(_) => self.find(
                sequence,
                "tile-mismatch",
                "its leaf is not the one in the tile".into(),
            ),
            Err(error) => self.find(sequence, "tile-missing", error.to_string()),
        }
        if let Ok(header) = Header::decode(stored.header) {
            self.order(sequence, &header);
        }
    }

    fn order(&mut self, sequence: u64, header: &Header<'_>) {
        if header.time < self.time {
            self.find(
                sequence,
                "time-decreases",
                "it was recorded before the record before it".into(),
            );
        }
        self.time = header.time;
        if header.prior_key_event != self.key_event {
            let detail = format!(
                "it names key event {}, not {}",
                header.prior_key_event, self.key_event
            );
            self.find(sequence, "key-event-mismatch", detail);
        }
        if header.is_key_event() {
            self.key_event = sequence;
        }
    }

    fn find(&mut self, sequence: u64, code: &'static str, detail: String) {
        self.findings.push(Finding {
            sequence: Some(sequence),
            code,
            detail,
        });
    }
}
