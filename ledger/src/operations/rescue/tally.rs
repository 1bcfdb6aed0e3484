//! Counting what becomes of the events of a bundle while it is written.

use std::ops::ControlFlow;

use indelible_evidence::{
    bundle::{Part, RecordSource, SourceRecord},
    commitment::PartKind,
    hash::TreeHash,
    header::Header,
    tree::NodeId,
};

use super::outcome::RescuedEvents;
use crate::{
    operations::export::source::Source,
    state::{error::ReadError, key_state::AbsentWord, shared::LedgerState},
};

/// The records of a bundle, counted as they are written.
pub(super) struct Tally<'a> {
    pub(super) source: Source<'a>,
    cell: &'a LedgerState,
    pub(super) events: RescuedEvents,
    /// The last record that was counted: a bundle may be read over more than once.
    last: Option<u64>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(source: Source<'a>, cell: &'a LedgerState) -> Self {
        Self {
            source,
            cell,
            events: RescuedEvents::default(),
            last: None,
        }
    }
}

/// Counts one record.
fn count(cell: &LedgerState, events: &mut RescuedEvents, record: &SourceRecord<'_>) {
    // The source has read the same header.
    let Ok(header) = Header::decode(record.header) else {
        return;
    };
    let Some(event) = header.kind.event() else {
        return;
    };
    let erased = |kind| cell.keys().supports(&header, kind, AbsentWord::Erased);
    let is_readable = match record.body {
        Part::Disclosed { .. } => {
            events.opened += 1;
            true
        }
        Part::Present { .. } if event.sealed.is_some() => {
            events.sealed += 1;
            false
        }
        Part::Present { .. } => {
            events.clear += 1;
            true
        }
        Part::Erased => {
            events.erased += 1;
            false
        }
        // Only a record beyond the bundle says what became of it.
        Part::Withheld if erased(PartKind::Body) => {
            events.erased += 1;
            false
        }
        Part::Withheld | Part::Archived | Part::Missing => {
            events.archived += 1;
            false
        }
        Part::None => false,
    };
    let payload_erased = match record.payload {
        Part::Erased => true,
        Part::Withheld => erased(PartKind::Payload),
        _ => false,
    };
    events.payloads_erased += u64::from(is_readable && payload_erased);
}

impl RecordSource for Tally<'_> {
    type Error = ReadError;

    fn for_each(
        &mut self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(SourceRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let Self {
            source,
            cell,
            events,
            last,
        } = self;
        source.for_each(from, to, &mut |record| {
            if last.is_none_or(|last| last < record.sequence) {
                *last = Some(record.sequence);
                count(cell, events, &record);
            }
            visit(record)
        })
    }

    fn node(&mut self, node: NodeId) -> Result<TreeHash, ReadError> {
        self.source.node(node)
    }
}
