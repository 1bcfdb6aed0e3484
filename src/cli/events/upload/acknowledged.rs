//! Which event of a message each part of an answer acknowledges.

use indelible_proto::v1::{Acknowledgement, AppendStreamResponse};

use crate::cli::error::CliError;

/// The acknowledgement of each event of a message, in its order.
pub(super) fn acknowledgements(
    answer: &AppendStreamResponse,
    events: usize,
) -> Result<Vec<Acknowledgement>, CliError> {
    const MISMATCH: CliError = CliError::Answer("acknowledgements do not match the events");
    let mut all: Vec<Option<Acknowledgement>> = vec![None; events];
    for repeat in &answer.repeats {
        let place = usize::try_from(repeat.index).map_err(|_| MISMATCH)?;
        let slot = all.get_mut(place).ok_or(MISMATCH)?;
        let first = repeat.acknowledgement.clone().ok_or(MISMATCH)?;
        *slot = Some(Acknowledgement {
            repeat: true,
            ..first
        });
    }
    let range = answer.appended.clone().unwrap_or_default();
    let mut new = 0;
    for slot in all.iter_mut().filter(|slot| slot.is_none()) {
        *slot = Some(Acknowledgement {
            sequence: range.first_sequence + u64::from(new),
            recorded_time: range.recorded_time,
            chain_hash: range.chain_hash.clone(),
            tree_size: range.tree_size,
            ..Acknowledgement::default()
        });
        new += 1;
    }
    if new != range.count {
        return Err(MISMATCH);
    }
    all.into_iter().collect::<Option<Vec<_>>>().ok_or(MISMATCH)
}
