//! Which parts go into one file of the archive: what a rule covers, in spans, up to the limits of a file.

use std::ops::ControlFlow;

use indelible_evidence::{
    commitment::PartKind,
    header::Header,
    key_event::Span,
    limits::DISPOSAL_SPANS_MAX,
    verify::{Rules, records::RecordFacts},
};
use indelible_store::{ErasedParts, TryScan as _, record::StoredRecord};

use super::super::survey::{Held, RuleSurvey, bytes_left, is_about};
use crate::{
    core::Core,
    operations::export::ChosenParts,
    read::archived::part_of,
    state::{
        error::{KeyEventError, ReadError},
        limits::{ARCHIVE_FILE_BYTES_MAX, ARCHIVE_FILE_RECORDS_MAX, ARCHIVE_FILE_SPAN},
        quarantine::on_damage,
        shared::LedgerState,
    },
};

/// What goes into one file.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// As the disposal names them: some, ascending and apart.
    pub(super) spans: Vec<Span>,
    /// The parts, in the order of the records.
    pub(super) chosen: Vec<ChosenParts>,
    bytes: u64,
    /// When its first record was recorded.
    since: u64,
}

impl Cut {
    /// The first record, and one past the last.
    pub(super) fn range(&self) -> (u64, u64) {
        let from = self.spans.first().map_or(0, |span| span.from);
        (from, self.spans.last().map_or(0, |span| span.to))
    }

    /// Takes a record in, unless the file would be too long. `goes_on` says that it lies in the same span as the one before.
    fn take(&mut self, record: &Covered, goes_on: bool) -> bool {
        let Covered {
            sequence,
            parts,
            bytes,
            time,
        } = *record;
        if let Some((first, _)) = self.chosen.first() {
            let span = u64::try_from(ARCHIVE_FILE_SPAN.as_nanos()).unwrap_or(u64::MAX);
            let is_full = sequence - first >= ARCHIVE_FILE_RECORDS_MAX
                || self.bytes.saturating_add(bytes) > ARCHIVE_FILE_BYTES_MAX
                || time.saturating_sub(self.since) > span
                || !goes_on && self.spans.len() == DISPOSAL_SPANS_MAX;
            if is_full {
                return false;
            }
        } else {
            self.since = time;
        }
        let to = sequence + 1;
        match self.spans.last_mut() {
            Some(span) if goes_on => span.to = to,
            _ => self.spans.push(Span { from: sequence, to }),
        }
        self.chosen.push((sequence, parts));
        self.bytes += bytes;
        true
    }
}

/// A record that a rule covers, and what is there of it.
struct Covered {
    sequence: u64,
    parts: ErasedParts,
    bytes: u64,
    time: u64,
}

/// Cuts what a rule covers into files.
pub(super) struct Cutter<'a> {
    core: &'a Core,
    cell: &'a LedgerState,
    survey: &'a RuleSurvey,
    rules: Rules,
    held: Held,
    /// The span, and the record in it, with which the next file begins.
    next: (usize, u64),
}

impl<'a> Cutter<'a> {
    pub(super) fn new(core: &'a Core, cell: &'a LedgerState, survey: &'a RuleSurvey) -> Self {
        let (rules, held) = {
            let keys = cell.keys();
            (keys.rules().clone(), Held::by(&keys.holds()))
        };
        Self {
            core,
            cell,
            survey,
            rules,
            held,
            next: (0, 0),
        }
    }

    /// What goes into the next file; none if nothing is left.
    pub(super) fn next_cut(&mut self) -> Result<Option<Cut>, KeyEventError> {
        let mut cut = Cut::default();
        while let Some(span) = self.survey.spans.get(self.next.0) {
            let from = span.from.max(self.next.1);
            let mut in_span = false;
            let mut rest = None;
            let scanned =
                self.core
                    .store
                    .try_scan(self.cell.id, from, span.to, |sequence, value| {
                        let covered = self.covered(sequence, value)?;
                        if let Some(covered) = covered {
                            if !cut.take(&covered, in_span) {
                                rest = Some(sequence);
                                return Ok(ControlFlow::Break(()));
                            }
                            in_span = true;
                        }
                        Ok::<_, ReadError>(self.core.go_on())
                    });
            on_damage(self.cell, scanned)?;
            if self.core.is_draining() {
                return Err(ReadError::Draining.into());
            }
            if let Some(rest) = rest {
                self.next.1 = rest;
                return Ok(Some(cut));
            }
            self.next = (self.next.0 + 1, 0);
        }
        Ok((!cut.chosen.is_empty()).then_some(cut))
    }

    /// What the rule covers of a record of one of its spans. In a span every record that the rule is about is past its time.
    fn covered(&self, sequence: u64, value: &[u8]) -> Result<Option<Covered>, ReadError> {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let Some(event) = header.kind.event() else {
            return Ok(None);
        };
        if !is_about(&self.survey.rule, &header, event) || self.held.has(event) {
            return Ok(None);
        }
        let facts = RecordFacts::under(&header, &self.rules);
        let left = |kind| bytes_left(&self.survey.rule, &facts, kind, part_of(&stored, kind));
        let (parts, bytes) = match (left(PartKind::Body), left(PartKind::Payload)) {
            (Some(body), Some(payload)) => (ErasedParts::All, body + payload),
            (Some(body), None) => (ErasedParts::Bodies, body),
            (None, Some(payload)) => (ErasedParts::Payloads, payload),
            (None, None) => return Ok(None),
        };
        Ok(Some(Covered {
            sequence,
            parts,
            bytes,
            time: header.time,
        }))
    }
}
