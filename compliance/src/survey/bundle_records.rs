//! The records of an evidence bundle as folds see them, in the same pass over it that verifies it.
//!
//! A program takes units from the verifier's cutter, gives each to [`check_and_show`] instead of `check_unit`, in any
//! order and in as many threads as it likes, folds what is shown of a unit into a state of its own, and hands the
//! results to the judge in the order of the units, absorbing the states in the same order. Nothing is read, decoded or
//! opened twice, and no more is in memory than the units at hand and the headers of their chunks.

use std::collections::BTreeMap;

use indelible_evidence::{
    Header,
    header::RecordKind,
    verify::{
        Checked, SeenBody, SeenPayload, SeenRecord, Unit, check_unit_seeing, see_payload_states,
        see_payloads,
    },
};

use crate::{
    gate::Governed,
    projections::record::{BodyView, PayloadState, Record},
};

/// What came of one unit.
#[derive(Debug)]
pub struct ShownUnit {
    /// For the judge.
    pub checked: Checked,
    /// How many records were shown. Many units show none.
    pub shown: u64,
    /// How many records were passed over, because the bytes are not a header, or the header of another place. The
    /// judge says of each that integrity is broken.
    pub passed_over: u64,
}

/// Checks a unit, and shows its records in order. Those of all units, in their order, are the bundle's, each once.
///
/// A body counts as open only if it is the one that its header commits to, and as sealed where the bundle discloses no
/// key that opens it. What a client's payload says is never shown.
pub fn check_and_show(unit: Unit, show: &mut dyn FnMut(&Record<'_>)) -> ShownUnit {
    let (mut shown, mut passed_over) = (0, 0);
    let checked = check_unit_seeing(unit, &mut |seen| {
        match Header::decode(seen.header) {
            Ok(header) if header.sequence == seen.sequence => {
                shown += 1;
                show(&record(&header, &seen));
            }
            Ok(_) | Err(_) => passed_over += 1,
        };
    });
    ShownUnit {
        checked,
        shown,
        passed_over,
    }
}

/// Shows what became of the payloads that a unit holds, each with a record of which only the header counts. Those of all
/// units, in their order, are the bundle's, each once; they stand in other units than the bodies of the same records.
pub fn show_payloads(unit: &Unit, show: &mut dyn FnMut(&Record<'_>, PayloadState)) {
    see_payload_states(unit, &mut |header, state| {
        if let Ok(header) = Header::decode(header)
            && let Some(record) = Record::of_payload(&header)
        {
            show(&record, state);
        }
    });
}

/// Shows what the records of the daemon's own gate say whose payloads a unit holds, in order; those of all units are the
/// bundle's, each once. One that is not what its header commits to, or that nothing opens, can't be read.
pub fn show_governed(unit: &Unit, show: &mut dyn FnMut(&Governed<'_>)) {
    let mut headers = BTreeMap::new();
    see_payload_states(unit, &mut |bytes, _| {
        if let Ok(header) = Header::decode(bytes)
            && matches!(header.kind, RecordKind::Governance(_))
        {
            headers.insert(header.sequence, bytes.to_vec());
        }
    });
    let Some(first) = headers.keys().next().copied() else {
        return;
    };
    see_payloads(unit, first, &mut |sequence, payload| {
        let Some(Ok(header)) = headers.get(&sequence).map(|bytes| Header::decode(bytes)) else {
            return;
        };
        let committed = header.kind.event().and_then(|event| event.payload);
        let content = match payload {
            SeenPayload::Open { bytes, commitment } if Some(commitment) == committed => Some(bytes),
            _ => None,
        };
        if let Some(governed) = Governed::new(&header, content) {
            show(&governed);
        }
    });
}

fn record<'a>(header: &'a Header<'a>, seen: &SeenRecord<'a>) -> Record<'a> {
    let committed = header.kind.event().map(|event| event.body);
    let body = match seen.body {
        SeenBody::Open { body, commitment } if Some(commitment) == committed => {
            BodyView::Open(body)
        }
        SeenBody::Open { .. } | SeenBody::Unreadable => BodyView::Unreadable,
        SeenBody::Sealed => BodyView::Sealed,
        SeenBody::Erased => BodyView::Erased,
        SeenBody::Withheld => BodyView::Withheld,
        SeenBody::Archived => BodyView::Archived,
        // An event has a body: where the bundle says that there is none, it is missing.
        SeenBody::Missing | SeenBody::None => BodyView::Missing,
    };
    Record::new(header, body)
}
