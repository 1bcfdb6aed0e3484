//! Whose a data key is, as the events under it say.

use std::ops::ControlFlow;

use indelible_evidence::{DataKeyId, body::Body, header::Header};
use indelible_store::{
    SubjectTag,
    record::{Part, StoredRecord},
};

use crate::{
    check::{
        finding::{Finding, FindingCode},
        recovery,
    },
    core::Core,
    read::{archived::with_body, record::open_body},
    state::{
        error::{KeyEventError, ReadError},
        event_identity::Attribute,
        key_error::KeyringError,
        shared::LedgerState,
    },
};

/// Events of one key that are looked at: the first that can be opened decides.
const EXAMINED_MAX: usize = 4_096;

/// Whether an event shows that a key seals this subject's events; false if none can be opened.
///
/// # Errors
/// If an event shows that it seals somebody else's.
pub(crate) fn seals_for(
    core: &Core,
    cell: &LedgerState,
    subject: &SubjectTag,
    id: &DataKeyId,
) -> Result<bool, KeyringError> {
    let term = cell.term(Attribute::DataKey, id.as_bytes())?;
    let (mut examined, mut owner) = (0, Ok(None));
    core.store.postings(cell.id, &term, 0, &mut |block| {
        for sequence in block {
            examined += 1;
            owner = owner_of(core, cell, id, *sequence);
            if !matches!(owner, Ok(None)) || examined == EXAMINED_MAX {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    match owner? {
        None => Ok(false),
        Some(Some(owner)) if owner == *subject => Ok(true),
        Some(_) => Err(KeyringError::Misplaced(*id)),
    }
}

/// Whom an event that is sealed under a key is about, by its tag; none if the event can't be opened.
pub(crate) fn owner_of(
    core: &Core,
    cell: &LedgerState,
    id: &DataKeyId,
    sequence: u64,
) -> Result<Option<Option<SubjectTag>>, KeyringError> {
    // A record that can't be read says nothing of the key: it is damage of its own, which reads and checks find.
    let Some(value) = core.store.record(cell.id, sequence)? else {
        return Ok(None);
    };
    let Ok(value) = with_body(cell, sequence, &value) else {
        return Ok(None);
    };
    let Ok(stored) = StoredRecord::decode(&value) else {
        return Ok(None);
    };
    let sealed = Header::decode(stored.header).ok();
    let sealed = sealed.and_then(|header| header.kind.event().and_then(|event| event.sealed));
    let Some(sealed) = sealed.filter(|sealed| sealed.data_key == *id) else {
        return Ok(None);
    };
    if !matches!(stored.body, Part::Present { .. }) {
        return Ok(None);
    }
    match open_body(cell, &core.keyring, sequence, &stored, &sealed) {
        Ok(Some(body)) => match Body::decode(&body) {
            Ok(body) => Ok(Some(
                body.data_subject
                    .map(|subject| cell.subject_tag(subject))
                    .transpose()?,
            )),
            Err(_) => Ok(None),
        },
        Ok(None) => Ok(None),
        Err(ReadError::DataKey(error)) => Err(error),
        Err(ReadError::KeysAway(away)) => Err(away.into()),
        Err(ReadError::Store(error)) => Err(error.into()),
        // It is not what was sealed under this key.
        Err(_) => Err(KeyringError::Misplaced(*id)),
    }
}

/// Puts the ledger into quarantine if the outcome is that its keys or records are damaged.
pub(crate) fn quarantined<T>(
    cell: &LedgerState,
    outcome: Result<T, KeyEventError>,
) -> Result<T, KeyEventError> {
    outcome.inspect_err(|error| {
        let finding =
            match error {
                KeyEventError::DataKey(error) | KeyEventError::Read(ReadError::DataKey(error)) => {
                    Finding::of_data_key(error)
                }
                KeyEventError::Read(ReadError::Damaged { sequence, what }) => Some(
                    Finding::of_record(FindingCode::RecordDamaged, *sequence, what.as_str()),
                ),
                _ => None,
            };
        if let Some(finding) = finding {
            recovery::quarantine(cell, &finding);
        }
    })
}
