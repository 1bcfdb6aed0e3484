//! A place in a ledger that is signed for before it is taken: the next record, held free while a key outside of this
//! process signs. Until it is used or given up, the writer parks what waits for the ledger; other ledgers go on. How it
//! is asked for and used is the queue's.

use indelible_evidence::{
    chain::ChainHasher,
    hash::{ChainHash, TreeHash},
    header::{Header, RecordKind},
    tree::{Frontier, leaf_hash},
};

use crate::write::link::Tip;

/// Where the next record of a ledger goes.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Its sequence number.
    pub(crate) sequence: u64,
    /// When it is recorded.
    pub(crate) time: u64,
    prior_key_event: u64,
    chain: ChainHash,
    frontier: Frontier,
}

impl Place {
    /// The next place of a ledger, for a record at `time` or later if the ledger's time is.
    pub(crate) fn next(tip: &Tip, time: u64) -> Self {
        Self {
            sequence: tip.size(),
            time: time.max(tip.time),
            prior_key_event: tip.newest_key_event,
            chain: tip.chain,
            frontier: tip.edge.frontier(),
        }
    }

    /// Whether it is still the next one.
    pub(crate) fn is_next(&self, tip: &Tip) -> bool {
        self.sequence == tip.size() && self.chain == tip.chain
    }

    /// The header of a record that takes it.
    pub(crate) fn header<'a>(&self, kind: RecordKind<'a>) -> Header<'a> {
        Header {
            sequence: self.sequence,
            time: self.time,
            prior_key_event: self.prior_key_event,
            kind,
        }
    }

    /// The header of the certificate that follows it.
    pub(crate) fn certificate<'a>(&self, kind: RecordKind<'a>) -> Header<'a> {
        Header {
            sequence: self.sequence + 1,
            time: self.time,
            prior_key_event: self.sequence,
            kind,
        }
    }

    /// The tree's root once that record is in it.
    pub(crate) fn root_after(&self, header: &Header<'_>) -> TreeHash {
        let chain = ChainHasher::new().link(&self.chain, &header.encode());
        let mut frontier = self.frontier.clone();
        frontier.push(leaf_hash(&chain));
        frontier.root()
    }
}
