//! What a bundle says of parts that are not in it.

use indelible_evidence::{
    bundle::{KeyEventRecord, Part as BundlePart},
    commitment::PartKind,
    header::Header,
};
use indelible_store::record::Part;

use crate::{
    read::archived::bundle_part,
    state::{absent_word::AbsentWord, error::ReadError, key_state::KeyState, shared::LedgerState},
};

/// What the key events of a bundle say about parts. They end with the bundle's checkpoint, so they may say less than the
/// ledger does by now.
pub(super) struct Said(KeyState);

impl Said {
    pub(super) fn by(cell: &LedgerState, key_events: &[KeyEventRecord]) -> Result<Self, ReadError> {
        let mut state = KeyState::new(cell.verifier_key.clone());
        for event in key_events {
            let damaged = |sequence, what| ReadError::Damaged { sequence, what };
            let header =
                Header::decode(&event.header).map_err(|error| damaged(0, error.to_string()))?;
            state
                .apply(&header)
                .map_err(|finding| damaged(header.sequence, finding.detail))?;
        }
        Ok(Self(state))
    }

    /// A part as the bundle has it: erased from the record on that says so, also while its destruction goes on. Where
    /// only a record beyond the bundle says it, the part is left out, and the bundle makes no claim why.
    pub(super) fn part<'b>(
        &self,
        cell: &LedgerState,
        header: &Header<'_>,
        kind: PartKind,
        stored: Part<'b>,
    ) -> BundlePart<'b> {
        let says = |keys: &KeyState, word| keys.supports(header, kind, word);
        match stored {
            Part::None => BundlePart::None,
            _ if says(&self.0, AbsentWord::Erased) => BundlePart::Erased,
            Part::Archived if says(&self.0, AbsentWord::Archived) => BundlePart::Archived,
            Part::Erased | Part::Archived => BundlePart::Withheld,
            Part::Present { .. } if says(&cell.keys(), AbsentWord::Erased) => BundlePart::Withheld,
            Part::Present { .. } => bundle_part(stored),
        }
    }
}
