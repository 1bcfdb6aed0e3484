//! What must hold before new events of a submission are linked.

use crate::{
    state::error::AppendError,
    write::{event::Prepared, request::Submission},
};

/// The ledger must be where the caller thinks it is.
pub(crate) fn check_expected(
    expected: Option<u64>,
    last_event: Option<u64>,
) -> Result<(), AppendError> {
    let actual = last_event.unwrap_or(0);
    match expected {
        Some(expected) if expected != actual => {
            Err(AppendError::SequenceMismatch { expected, actual })
        }
        _ => Ok(()),
    }
}

/// New events are sealed under keys that live: nothing is linked that an erasure recorded before would leave
/// readable, and nothing that only stood for a repeat. `repeated` are the places of the events that are not new, ascending.
pub(crate) fn check_keys(
    submission: &Submission,
    repeated: impl Iterator<Item = usize>,
) -> Result<(), AppendError> {
    let guarded = |event: &Prepared| event.sealed.is_some() || event.only_repeats;
    if !submission.events.iter().any(guarded) {
        return Ok(());
    }
    let keys = submission.cell.keys();
    let mut skip = repeated.peekable();
    for (place, event) in submission.events.iter().enumerate() {
        if skip.next_if_eq(&place).is_some() {
            continue;
        }
        let erased = event
            .sealed
            .as_ref()
            .is_some_and(|sealed| keys.is_erased(&sealed.data_key));
        if erased || event.only_repeats {
            return Err(AppendError::KeyErased {
                index: u32::try_from(place).unwrap_or(u32::MAX),
            });
        }
    }
    Ok(())
}
