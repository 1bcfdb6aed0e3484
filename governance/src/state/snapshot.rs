//! Snapshots: the state as bytes, the same for the same records.

use crate::{
    digest::Digest,
    record::Entry,
    semantics::SEMANTICS_VERSION,
    state::{misfit::Misfit, whole::State},
};

/// Why bytes are not a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The digest is another.
    #[error("the snapshot is not the one that the record names: its digest is {found}")]
    Digest {
        /// Of the bytes.
        found: Digest,
    },
    /// It was made under a version of all rules that this build does not know.
    #[error(
        "the snapshot was made under version {found} of the rules, which this build does not know"
    )]
    Semantics {
        /// Under which.
        found: u32,
    },
    /// The bytes are not a state, or not as this crate writes one.
    #[error("the bytes are not a snapshot of this version's: {0}")]
    Form(String),
}

impl State {
    /// The state as bytes. The same records give the same bytes, wherever the fold was cut.
    ///
    /// # Errors
    ///
    /// None in practice; a form that can't be written would be told.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        serde_json::to_vec(self).map_err(|error| SnapshotError::Form(error.to_string()))
    }

    /// The state as bytes, and the record that names them: it must come next. None before the first record.
    ///
    /// # Errors
    ///
    /// As [`Self::snapshot`].
    pub fn recorded_snapshot(&self) -> Result<Option<(Vec<u8>, Entry)>, SnapshotError> {
        let Some(last) = self.last else {
            return Ok(None);
        };
        let bytes = self.snapshot()?;
        let entry = Entry::Snapshot {
            digest: Digest::of(&bytes),
            sequence: last.sequence,
            semantics: self.semantics,
        };
        Ok(Some((bytes, entry)))
    }

    /// The state of a snapshot, if the bytes have the digest that a record of the chain names.
    ///
    /// # Errors
    ///
    /// Another digest, or bytes that no state gives.
    pub fn restore(bytes: &[u8], digest: &Digest) -> Result<Self, SnapshotError> {
        let found = Digest::of(bytes);
        if found != *digest {
            return Err(SnapshotError::Digest { found });
        }
        let mut state: Self = serde_json::from_slice(bytes)
            .map_err(|error| SnapshotError::Form(error.to_string()))?;
        if state.snapshot()? != bytes {
            let problem = "it is not written in the only way".to_owned();
            return Err(SnapshotError::Form(problem));
        }
        if state.semantics > SEMANTICS_VERSION {
            let found = state.semantics;
            return Err(SnapshotError::Semantics { found });
        }
        // What is due follows from what is stored.
        state.accounts.rewind();
        state.open.rewind();
        state.windows.rewind();
        state.approvals.rewind();
        state.overrides.rewind();
        state.proposals.rewind();
        state.retries.rewind();
        Ok(state)
    }

    pub(super) fn is_snapshot(
        &self,
        digest: &Digest,
        sequence: u64,
        semantics: u32,
    ) -> Result<(), Misfit> {
        let is_last = self.last.is_some_and(|last| last.sequence == sequence);
        if !is_last || self.semantics != semantics {
            return Err(Misfit::Snapshot);
        }
        let bytes = self.snapshot().map_err(|_| Misfit::Snapshot)?;
        match Digest::of(&bytes) == *digest {
            true => Ok(()),
            false => Err(Misfit::Snapshot),
        }
    }
}
