//! What must hold before new events of a submission are linked.

use indelible_evidence::DataKeyId;

use crate::{
    state::{error::AppendError, producers::ProducerRefusal},
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
/// readable, nothing whose key is destroyed because no record named it, and nothing that only stood for a repeat. `repeated` are the places of the events that are not new, ascending.
pub(crate) fn check_keys(
    submission: &Submission,
    repeated: impl Iterator<Item = usize>,
) -> Result<(), AppendError> {
    let guarded = |event: &Prepared| event.sealed.is_some() || event.only_repeats;
    if !submission.events.iter().any(guarded) {
        return Ok(());
    }
    let keys = submission.cell.keys();
    let unused = &submission.cell.unused_keys;
    let is_gone = |key: &DataKeyId| keys.is_erased(key) || unused.is_given_up(key);
    let mut skip = repeated.peekable();
    for (place, event) in submission.events.iter().enumerate() {
        if skip.next_if_eq(&place).is_some() {
            continue;
        }
        let erased = event
            .sealed
            .as_ref()
            .is_some_and(|sealed| is_gone(&sealed.data_key));
        if erased || event.only_repeats {
            return Err(AppendError::KeyErased {
                index: u32::try_from(place).unwrap_or(u32::MAX),
            });
        }
    }
    Ok(())
}

/// New events are signed by producers that are registered, and not revoked, at the place that they get; and those of
/// sources that must be signed are signed. Signatures were verified before. `repeated` are the places of the events that
/// are not new, ascending.
pub(crate) fn check_producers(
    submission: &Submission,
    repeated: impl Iterator<Item = usize>,
) -> Result<(), AppendError> {
    let keys = submission.cell.keys();
    let signed_sources = match keys.settings() {
        Some(settings) => settings.signed_sources.as_slice(),
        None => &[],
    };
    let is_signed = |event: &Prepared| event.producer.is_some();
    if signed_sources.is_empty() && !submission.events.iter().any(is_signed) {
        return Ok(());
    }
    let check = |event: &Prepared| match &event.producer {
        Some(key) => keys.producers().check(key, event.source()),
        None if signed_sources.iter().any(|signed| signed == event.source()) => {
            Err(ProducerRefusal::Unsigned {
                source_of_event: event.source().to_owned(),
            })
        }
        None => Ok(()),
    };
    let mut skip = repeated.peekable();
    for (place, event) in submission.events.iter().enumerate() {
        if skip.next_if_eq(&place).is_none() {
            check(event).map_err(|refusal| AppendError::Producer {
                index: u32::try_from(place).unwrap_or(u32::MAX),
                refusal,
            })?;
        }
    }
    Ok(())
}
