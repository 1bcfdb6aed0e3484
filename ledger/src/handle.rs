//! A ledger, as the daemon's edges read it: its records, lists of them, proofs, checkpoints, and its verification.

use indelible_evidence::{
    hash::TreeHash,
    note::SignedNote,
    tree::{consistency_proof, root_at},
};
use tokio::sync::watch;

use crate::{
    check::{
        archive,
        finding::{Finding, FindingCode},
        recovery,
        verification::{self, VerifyOutcome},
    },
    core::Ledger,
    read::{
        collector::Page, filter::Filter, newest_first, nodes::Nodes, proof, query,
        record::RecordView,
    },
    state::{
        error::ReadError, quarantine::on_damage, shared::Availability, summary::LedgerSummary,
    },
};

impl Ledger {
    /// What it is and how it stands.
    pub fn summary(&self) -> LedgerSummary {
        LedgerSummary::of(&self.cell)
    }

    /// One record, checked against its commitments, the chain, and the signed tree.
    ///
    /// # Errors
    /// If there is none, or it is damaged: then the ledger goes into quarantine.
    pub fn record(&self, sequence: u64) -> Result<RecordView, ReadError> {
        let read = proof::record(&self.cell, &*self.core.store, sequence);
        on_damage(&self.cell, read)
    }

    /// Records from a sequence number on, checked in the same way: at most `limit`, and no more once `bytes_max` are
    /// reached.
    ///
    /// # Errors
    /// If one is damaged: then the ledger goes into quarantine.
    pub fn records(
        &self,
        from: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<RecordView>, ReadError> {
        let read = proof::records(&self.cell, &*self.core.store, from, limit, bytes_max);
        on_damage(&self.cell, read)
    }

    /// The record of an event's identity.
    ///
    /// # Errors
    /// If the index or the log's tail can't be read, or the index names another event's record: then the ledger goes into
    /// quarantine.
    pub fn find(&self, source: &str, id: &str) -> Result<Option<u64>, ReadError> {
        let core = &*self.core;
        let found = query::find(&self.cell, &*core.store, &core.keyring, source, id);
        on_damage(&self.cell, found)
    }

    /// Events that match a filter, from a sequence number on.
    ///
    /// # Errors
    /// If the index or a record can't be read, or is damaged: then the ledger goes into quarantine.
    pub fn list(
        &self,
        filter: &Filter,
        from: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Page, ReadError> {
        let listed = query::list(
            &self.cell,
            &*self.core.store,
            &self.core.keyring,
            filter,
            from,
            limit,
            bytes_max,
        );
        on_damage(&self.cell, listed)
    }

    /// Events that match a filter, the newest first, between `from` and `below`.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn list_newest_first(
        &self,
        filter: &Filter,
        between: (u64, Option<u64>),
        limit: usize,
        bytes_max: usize,
    ) -> Result<Page, ReadError> {
        let listed = newest_first::list(
            &self.cell,
            &*self.core.store,
            &self.core.keyring,
            filter,
            between,
            limit,
            bytes_max,
        );
        on_damage(&self.cell, listed)
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

    /// Whether all is known that the ledger's key events say: its keys, erasures, holds and producers.
    ///
    /// # Errors
    /// If some could not be read at the start.
    pub fn check_key_events(&self) -> Result<(), ReadError> {
        match self.cell.doubts.has_unread_key_events() {
            true => Err(ReadError::KeyEventsUnread(self.cell.state().1)),
            false => Ok(()),
        }
    }

    /// Verifies the whole ledger from its stored bytes; blocking, and told of by `progress(verified, size)`.
    /// What it finds puts the ledger into quarantine.
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> VerifyOutcome {
        let core = &*self.core;
        let seed = core.environment.bytes();
        let mut outcome =
            verification::verify(&self.cell, &*core.store, &core.keyring, seed, progress);
        // What is gone can't be found wrong: it was missed at the start.
        if let (Availability::Quarantined, reason) = self.cell.state()
            && outcome.findings.is_empty()
        {
            let detail = format!(
                "the records that are there agree, and the ledger is in quarantine: {reason}"
            );
            let finding = Finding::new(FindingCode::Quarantined, detail);
            outcome.findings.push(finding);
            return outcome;
        }
        let at = |finding: &&Finding| finding.sequence.unwrap_or(u64::MAX);
        if let Some(finding) = outcome.findings.iter().min_by_key(at) {
            recovery::quarantine(&self.cell, finding);
        }
        // What is wrong in the archive is no damage of the ledger.
        archive::verify(&self.cell, &*core.store, &mut outcome);
        outcome
    }
}
