//! Writes governance states, each with the record that recorded it.

use std::io::Read;
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use crate::bundle::STATE_BYTES_MAX;
use crate::bundle::items::{GovernanceItem, Part};
use crate::bundle::layout::BundleFile;
use crate::bundle::manifest::{BundleKind, Manifest};
use crate::chain::ChainHasher;
use crate::tree::inclusion_proof;

use super::{GovernanceState, RecordSource, WriteError, Writer, damaged};

/// How many bytes of a state are copied at a time.
const COPIED_BYTES: usize = 128 << 10;

impl<S: RecordSource> Writer<'_, S> {
    /// Writes a state and its record.
    pub(super) fn state(
        &mut self,
        state: &GovernanceState<'_>,
        manifest: &Manifest,
    ) -> Result<(), WriteError<S::Error>> {
        let sequence = state.sequence;
        let record = self.governance_record(sequence, manifest)?;
        let file = BundleFile::GovernanceRecord(sequence).to_string();
        self.tar.file(&file, &record)?;
        if state.bytes > STATE_BYTES_MAX {
            let detail =
                format!("the state of record {sequence} is longer than a bundle may carry");
            return Err(damaged(detail));
        }
        let file = BundleFile::GovernanceState(sequence).to_string();
        self.tar.begin(&file, state.bytes)?;
        let (mut content, mut hasher) = ((state.open)()?, Sha256::new());
        let mut buffer = vec![0; COPIED_BYTES];
        loop {
            let count = content.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            self.tar.content(&buffer[..count])?;
        }
        self.tar.end()?;
        let sha256: [u8; 32] = hasher.finalize().into();
        if sha256 == state.sha256 {
            Ok(())
        } else {
            let detail =
                format!("the state of record {sequence} does not have the recorded digest");
            Err(damaged(detail))
        }
    }

    /// The item of `governance/<N>/record`.
    fn governance_record(
        &mut self,
        sequence: u64,
        manifest: &Manifest,
    ) -> Result<Vec<u8>, WriteError<S::Error>> {
        let proof = match manifest.kind() {
            BundleKind::Whole => None,
            BundleKind::Range => {
                let size = manifest.size();
                let inclusion = inclusion_proof(sequence, size, |node| self.source.node(node));
                Some(inclusion.map_err(WriteError::Source)?)
            }
        };
        let mut previous = ChainHasher::start(manifest.origin());
        let (mut out, mut found) = (Vec::new(), None);
        let before = sequence.saturating_sub(1);
        let read = self.source.for_each(before, sequence + 1, &mut |record| {
            if record.sequence != sequence {
                previous = record.chain;
                return ControlFlow::Continue(());
            }
            let is_there = matches!(record.body, Part::Present { .. } | Part::Disclosed { .. });
            let item = GovernanceItem {
                body: record.body,
                header: record.header,
                proof: proof.clone().map(|inclusion| (previous, inclusion)),
            };
            item.encode_into(&mut out);
            found = Some(is_there);
            ControlFlow::Continue(())
        });
        read.map_err(WriteError::Source)?;
        match found {
            Some(true) => Ok(out),
            Some(false) => Err(damaged(format!(
                "the body of record {sequence} is not there"
            ))),
            None => Err(damaged(format!("record {sequence} is missing"))),
        }
    }
}
