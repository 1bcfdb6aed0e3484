//! Folding stored records: what an auditor's fold sees in a bundle, seen in the store.

use std::ops::{ControlFlow, Range};

use indelible_compliance::projections::{
    fold_run::{FoldError, FoldRun},
    folds::Projections,
    record::{BodyView, PayloadState},
};
use indelible_evidence::{
    body::Body,
    commitment::{PartKind, commit},
    header::{EventHeader, Header, RecordKind},
};
use indelible_store::{
    Store,
    record::{Part, StoredRecord},
};

use crate::{
    keys::keyring::Keyring,
    read::{archived::filled, record::open_body, record_fault::unsupported},
    state::{
        absent_word::AbsentWord, error::ReadError, shared::LedgerState,
        zeroizing_buffer::ZeroizingBuffer,
    },
};

/// Who looks at the records.
#[derive(Clone, Copy)]
pub(crate) enum Sight<'a> {
    /// Anybody: what is sealed stays closed.
    Closed,
    /// Somebody for whom it is opened.
    Opened(&'a Keyring),
}

/// Folds a run of records from nothing. Blocking.
pub(super) fn fold(
    cell: &LedgerState,
    store: &dyn Store,
    run: Range<u64>,
    sight: Sight<'_>,
) -> Result<Projections, ReadError> {
    let mut folds = FoldRun::new();
    let mut fault = None;
    store.scan(
        cell.id,
        run.start,
        run.end,
        &mut |sequence, value| match take_in(&mut folds, cell, sight, sequence, value) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                fault = Some(error);
                ControlFlow::Break(())
            }
        },
    )?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    let folded = folds.finish();
    match folded.records() == run.end - run.start {
        true => Ok(folded),
        false => Err(ReadError::Damaged {
            sequence: folded.ends().map_or(run.start, |(_, last)| last + 1),
            what: "it is not there".into(),
        }),
    }
}

fn take_in(
    folds: &mut FoldRun,
    cell: &LedgerState,
    sight: Sight<'_>,
    sequence: u64,
    value: &[u8],
) -> Result<(), ReadError> {
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    // No part as archived: an auditor's bundle has both, and where one can't be read, a fold waits.
    let value = filled(cell, sequence, value).whole()?;
    let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
    let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
    let seen = match &header.kind {
        RecordKind::Event(event) | RecordKind::Governance(event) => {
            if let Some(what) = unsupported(cell, &header, &stored) {
                return Err(damaged(what));
            }
            // From the record on that says so, though the body may still be on its way out.
            match cell
                .keys()
                .supports(&header, PartKind::Body, AbsentWord::Erased)
            {
                true => Seen::State(BodyView::Erased),
                false => seen(cell, sight, sequence, &stored, event)?,
            }
        }
        // A key event has no body.
        _ => Seen::State(BodyView::Missing),
    };
    let bytes: Option<&[u8]> = match &seen {
        Seen::State(_) => None,
        Seen::Clear(bytes) => Some(bytes),
        Seen::Opened(opened) => Some(opened),
    };
    match (&seen, bytes.map(Body::decode)) {
        (Seen::State(state), _) => see(folds, &header, *state)?,
        (_, Some(Ok(body))) => see(folds, &header, BodyView::Open(&body))?,
        (_, Some(Err(_)) | None) => see(folds, &header, BodyView::Unreadable)?,
    }
    if header
        .kind
        .event()
        .is_some_and(|event| event.payload.is_some())
    {
        let state = payload_state(cell, &header, &stored);
        folds.payload(&header, state);
        if let RecordKind::Governance(event) = &header.kind {
            let is_there = state == PayloadState::There;
            folds.governed(&header, gate_content(&stored, event).filter(|_| is_there));
        }
    }
    Ok(())
}

/// What a record of the gate says: its payload, if it is there in the clear and is the one that the header commits to.
fn gate_content<'a>(stored: &StoredRecord<'a>, event: &EventHeader<'_>) -> Option<&'a [u8]> {
    let Part::Present { salt, bytes } = stored.payload else {
        return None;
    };
    let is_sealed = event.sealed.is_some();
    let commitment = commit(&salt, PartKind::Payload.domain(false), bytes);
    (!is_sealed && Some(commitment) == event.payload).then_some(bytes)
}

/// What became of the payload of a record; what has none is for the header to say.
fn payload_state(
    cell: &LedgerState,
    header: &Header<'_>,
    stored: &StoredRecord<'_>,
) -> PayloadState {
    let keys = cell.keys();
    // From the record on that says so, though the payload may still be on its way out.
    if keys.supports(header, PartKind::Payload, AbsentWord::Erased) {
        return PayloadState::Erased;
    }
    match stored.payload {
        Part::Present { .. } => PayloadState::There,
        Part::Erased => PayloadState::Erased,
        Part::Archived => PayloadState::Archived,
        _ => PayloadState::Missing,
    }
}

fn see(folds: &mut FoldRun, header: &Header<'_>, body: BodyView<'_>) -> Result<(), ReadError> {
    folds.see(header, body).map_err(|error| ReadError::Damaged {
        sequence: match error {
            FoldError::Order { expected, .. } => expected,
            _ => header.sequence,
        },
        what: error.to_string(),
    })
}

/// What there is of a body.
enum Seen<'a> {
    State(BodyView<'a>),
    Clear(&'a [u8]),
    Opened(ZeroizingBuffer),
}

fn seen<'a>(
    cell: &LedgerState,
    sight: Sight<'_>,
    sequence: u64,
    stored: &StoredRecord<'a>,
    event: &EventHeader<'_>,
) -> Result<Seen<'a>, ReadError> {
    let Part::Present { salt, bytes } = stored.body else {
        return Ok(Seen::State(match stored.body {
            Part::Erased => BodyView::Erased,
            Part::Archived => BodyView::Archived,
            _ => BodyView::Missing,
        }));
    };
    let Some(sealed) = &event.sealed else {
        let is_its_own = commit(&salt, PartKind::Body.domain(false), bytes) == event.body;
        return Ok(match is_its_own {
            true => Seen::Clear(bytes),
            false => Seen::State(BodyView::Unreadable),
        });
    };
    let Sight::Opened(keyring) = sight else {
        return Ok(Seen::State(BodyView::Sealed));
    };
    let opened = open_body(cell, keyring, sequence, stored, sealed)?;
    Ok(match opened {
        Some(opened) => Seen::Opened(opened),
        None => Seen::State(BodyView::Erased),
    })
}
