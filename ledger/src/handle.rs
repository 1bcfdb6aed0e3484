//! A ledger, as the daemon's edges read it: its records, lists of them, proofs, checkpoints, and its verification.

use indelible_evidence::{
    hash::TreeHash,
    note::SignedNote,
    tree::{consistency_proof, root_at},
};
use tokio::sync::watch;

use crate::{
    check::verification::{self, VerifyOutcome},
    core::Ledger,
    read::{
        nodes::Nodes,
        query::{self, Filter, Page},
        record::{self, RecordView},
    },
    state::{error::ReadError, shared::Availability, summary::LedgerSummary},
};

impl Ledger {
    /// What it is and how it stands.
    pub fn summary(&self) -> LedgerSummary {
        LedgerSummary::of(&self.cell)
    }

    /// One record, checked against its commitments and its place in the chain.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub fn record(&self, sequence: u64) -> Result<RecordView, ReadError> {
        record::record(&self.cell, &*self.core.store, sequence)
    }

    /// Records from a sequence number on, checked against their commitments: at most `limit`, and no more
    /// once `bytes_max` are reached.
    ///
    /// # Errors
    /// If one is damaged.
    pub fn records(
        &self,
        from: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<RecordView>, ReadError> {
        record::records(&self.cell, &*self.core.store, from, limit, bytes_max)
    }

    /// The record of an event's identity.
    ///
    /// # Errors
    /// If the index or the log's tail can't be read.
    pub fn find(&self, source: &str, id: &str) -> Result<Option<u64>, ReadError> {
        query::find(&self.cell, &*self.core.store, source, id)
    }

    /// Events that match a filter, from a sequence number on.
    ///
    /// # Errors
    /// If the index or a record can't be read.
    pub fn list(
        &self,
        filter: &Filter,
        from: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Page, ReadError> {
        query::list(
            &self.cell,
            &*self.core.store,
            &self.core.keyring,
            filter,
            from,
            limit,
            bytes_max,
        )
    }

    /// Tells of every new durable and acknowledged size.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.cell.watch_committed()
    }

    /// Waits until a checkpoint under the identity key covers a size.
    ///
    /// # Errors
    /// If the daemon stops first, or the ledger is in a state in which nothing more is published.
    pub async fn wait_published(&self, size: u64) -> Result<(), ReadError> {
        if matches!(
            self.cell.state().0,
            Availability::Quarantined | Availability::Closed
        ) {
            return Err(ReadError::NotPublished);
        }
        let published = self.cell.published();
        if published.is_none_or(|published| published.size < size) {
            self.core.signers.of(&self.cell)?;
        }
        let mut published = self.cell.watch_published();
        published
            .wait_for(|published| *published >= size)
            .await
            .map(drop)
            .map_err(|_gone| ReadError::NotPublished)
    }

    /// The newest durable checkpoint, and its size.
    pub(crate) fn committed(&self) -> Result<(SignedNote, u64), ReadError> {
        let (text, size) = {
            let committed = self.cell.committed();
            (committed.head.checkpoint.clone(), committed.head.size)
        };
        let note = SignedNote::parse(text.as_bytes()).map_err(|error| ReadError::Damaged {
            sequence: size,
            what: format!("the head's checkpoint: {error}"),
        })?;
        Ok((note, size))
    }

    /// The newest checkpoint under the identity key.
    pub fn published_checkpoint(&self) -> Option<SignedNote> {
        self.cell
            .published()
            .map(|published| published.note.clone())
    }

    /// The newest durable checkpoint, under the epoch key.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn committed_checkpoint(&self) -> Result<SignedNote, ReadError> {
        self.committed().map(|(note, _)| note)
    }

    /// A consistency proof between two sizes.
    ///
    /// # Errors
    /// If there are no such sizes.
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<TreeHash>, ReadError> {
        let size = self.cell.size();
        if from == 0 || from > to || to > size {
            return Err(ReadError::NoProof { from, to, size });
        }
        let mut nodes = Nodes::new(&self.cell, &*self.core.store);
        consistency_proof(from, to, |node| nodes.node(node))
    }

    /// The tree's root at a size.
    ///
    /// # Errors
    /// If the ledger is not that large.
    pub fn root_at(&self, at: u64) -> Result<TreeHash, ReadError> {
        let size = self.cell.size();
        if at > size {
            return Err(ReadError::NoProof {
                from: at,
                to: at,
                size,
            });
        }
        let mut nodes = Nodes::new(&self.cell, &*self.core.store);
        root_at(at, |node| nodes.node(node))
    }

    /// Verifies the whole ledger from its stored bytes; blocking, and told of by `progress(verified, size)`.
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> VerifyOutcome {
        verification::verify(&self.cell, &*self.core.store, progress)
    }
}
