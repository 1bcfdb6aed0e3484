//! Repeats: whether an event is the same as one that is there under its identity.

use indelible_evidence::header::{Header, RecordKind, SealedBy};
use indelible_store::record::{Part, StoredRecord};

use crate::{
    state::{error::AppendError, key_state::KeyState},
    write::event::Prepared,
};

/// What two events must share for one to be a repeat of the other.
pub(crate) struct Content<'a> {
    event_type: String,
    classification: Option<String>,
    sealed: Option<SealedBy>,
    body: Part<'a>,
    payload: Part<'a>,
}

pub(crate) fn content_of(event: &Prepared) -> Result<Content<'_>, AppendError> {
    let (body, payload) = event.tail.parts().map_err(|error| unreadable(&error))?;
    Ok(Content {
        event_type: event.event_type().to_owned(),
        classification: event.classification().map(str::to_owned),
        sealed: event.sealed,
        body,
        payload,
    })
}

pub(crate) fn content_of_stored<'a>(stored: &StoredRecord<'a>) -> Result<Content<'a>, AppendError> {
    let header = Header::decode(stored.header).map_err(|error| unreadable(&error))?;
    match header.kind {
        // A record of the gate under the same identity has another type, and so is a conflict.
        RecordKind::Event(event) | RecordKind::Governance(event) => Ok(Content {
            event_type: event.event_type.to_owned(),
            classification: event.classification.map(str::to_owned),
            sealed: event.sealed,
            body: stored.body,
            payload: stored.payload,
        }),
        _ => Err(unreadable(&format!(
            "record {} is not an event, but the index says so",
            header.sequence
        ))),
    }
}

/// The same content under one data key gives the same ciphertext; under two of the ledger's own nothing can be told from
/// it. Where one is a data subject's, the other event names another subject or none, and so differs.
pub(crate) fn is_comparable(keys: &KeyState, event: &Prepared, there: &Content<'_>) -> bool {
    match (&event.sealed, &there.sealed) {
        (Some(given), Some(stored)) if given.data_key != stored.data_key => {
            let both = [given, stored].map(|sealed| keys.is_ledgers(&sealed.data_key));
            both != [true, true] || matches!(there.body, Part::Erased | Part::Archived)
        }
        _ => true,
    }
}

/// Which parts of an event differ from the content that is there. What was erased can't be compared, and does not differ; but
/// an event that names no data subject is no repeat of one that does.
pub(crate) fn differences(
    keys: &KeyState,
    event: &Prepared,
    there: &Content<'_>,
) -> Vec<&'static str> {
    let Ok((body, payload)) = event.tail.parts() else {
        return vec!["body"];
    };
    let checks = [
        ("type", event.event_type() == there.event_type),
        (
            "classification",
            event.classification() == there.classification.as_deref(),
        ),
        (
            "data_subject",
            !matches!(there.body, Part::Erased | Part::Archived)
                // What stands for a repeat of an erased event was asked for with a subject.
                || matches!(body, Part::Erased)
                || names_a_subject(keys, event.sealed.as_ref())
                    == names_a_subject(keys, there.sealed.as_ref()),
        ),
        ("body", same_or_erased(body, there.body)),
        ("payload", same_or_erased(payload, there.payload)),
    ];
    checks
        .into_iter()
        .filter(|(_, same)| !same)
        .map(|(part, _)| part)
        .collect()
}

/// Whether an event is sealed under a data subject's key: which events name a subject, and no others are.
fn names_a_subject(keys: &KeyState, sealed: Option<&SealedBy>) -> bool {
    sealed.is_some_and(|sealed| !keys.is_ledgers(&sealed.data_key))
}

fn same_or_erased(given: Part<'_>, there: Part<'_>) -> bool {
    match (given, there) {
        (Part::Present { bytes: given, .. }, Part::Present { bytes: there, .. }) => given == there,
        // What stands for an erased event has nothing to compare.
        (Part::Erased, _) | (_, Part::Erased | Part::Archived) | (Part::None, Part::None) => true,
        _ => false,
    }
}

/// What a request must be held against can't be read.
pub(crate) fn unreadable(error: &impl ToString) -> AppendError {
    AppendError::Unreadable {
        reason: error.to_string(),
        cause: None,
    }
}
