//! Counting what becomes of the events of a bundle while it is written.

use indelible_evidence::{
    bundle::{Part, SourceRecord},
    commitment::PartKind,
    header::Header,
};

use super::outcome::RescuedEvents;
use crate::{
    operations::first_time::FirstTime,
    state::{absent_word::AbsentWord, shared::LedgerState},
};

/// What the records of a bundle come to.
pub(super) struct Tally<'a> {
    cell: &'a LedgerState,
    pub(super) events: RescuedEvents,
    first_time: FirstTime,
}

impl<'a> Tally<'a> {
    pub(super) fn new(cell: &'a LedgerState) -> Self {
        Self {
            cell,
            events: RescuedEvents::default(),
            first_time: FirstTime::default(),
        }
    }

    /// Takes in a record as the bundle has it.
    pub(super) fn see(&mut self, record: &SourceRecord<'_>) {
        if self.first_time.is_of(record.sequence) {
            self.count(record);
        }
    }

    fn count(&mut self, record: &SourceRecord<'_>) {
        // The source has read the same header.
        let Ok(header) = Header::decode(record.header) else {
            return;
        };
        let Some(event) = header.kind.event() else {
            return;
        };
        let events = &mut self.events;
        let erased = |kind| self.cell.keys().supports(&header, kind, AbsentWord::Erased);
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
}
