//! Which parts of which records the disposals of a ledger name.

use std::collections::HashMap;
use std::sync::Arc;

use crate::commitment::PartKind;
use crate::hash::{DataKeyId, HoldId};
use crate::header::{Header, RecordKind};
use crate::key_event::{
    Disposal, Hold, HoldAction, RetentionAction, RetentionClock, RetentionRule,
};

/// The lawful disposals, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Disposals {
    list: Vec<Lawful>,
    /// Their spans, in the order of their first records.
    spans: Vec<NumberedSpan>,
    /// For each span, the greatest end of it and those before it.
    reach: Vec<u64>,
    held: HeldKeys,
}

#[derive(Clone, Debug)]
struct Lawful {
    sequence: u64,
    time: u64,
    rule: Arc<RetentionRule>,
}

#[derive(Clone, Copy, Debug)]
struct NumberedSpan {
    from: u64,
    to: u64,
    /// The disposal.
    number: usize,
}

/// What the disposals of a ledger did to the parts of one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disposed {
    body: Fate,
    payload: Fate,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fate {
    erased: bool,
    archived: bool,
}

impl Disposed {
    fn fate(&self, part: PartKind) -> Fate {
        match part {
            PartKind::Body => self.body,
            PartKind::Payload => self.payload,
        }
    }

    /// Whether one of them erased the part.
    pub fn erased(&self, part: PartKind) -> bool {
        self.fate(part).erased
    }

    /// Whether one of them archived the part.
    pub fn archived(&self, part: PartKind) -> bool {
        self.fate(part).archived
    }

    fn take_in(&mut self, rule: &RetentionRule) {
        for (part, fate) in [
            (PartKind::Body, &mut self.body),
            (PartKind::Payload, &mut self.payload),
        ] {
            if rule.parts.contain(part) {
                match rule.action {
                    RetentionAction::Erase => fate.erased = true,
                    RetentionAction::Archive => fate.archived = true,
                }
            }
        }
    }
}

/// Some of the spans, for records in a row.
#[derive(Clone, Debug)]
pub(super) struct Candidates(Vec<NumberedSpan>);

impl Disposals {
    /// Takes in a lawful disposal under that rule.
    pub(super) fn advance(
        &mut self,
        sequence: u64,
        time: u64,
        disposal: &Disposal,
        rule: &RetentionRule,
    ) {
        let number = self.list.len();
        self.list.push(Lawful {
            sequence,
            time,
            rule: Arc::new(rule.clone()),
        });
        for span in &disposal.spans {
            let at = self.spans.partition_point(|other| other.from <= span.from);
            let (from, to) = (span.from, span.to);
            self.spans.insert(at, NumberedSpan { from, to, number });
            self.reach.truncate(at);
            for span in self.spans.iter().skip(at) {
                let before = self.reach.last().copied().unwrap_or(0);
                self.reach.push(before.max(span.to));
            }
        }
    }

    /// Takes in a lawful hold.
    pub(super) fn hold(&mut self, sequence: u64, hold: &Hold) {
        self.held.advance(sequence, hold);
    }

    /// The spans that hold one of the records from `first` up to but not including `end`.
    pub(super) fn candidates(&self, first: u64, end: u64) -> Candidates {
        let after = self.spans.partition_point(|span| span.from < end);
        let reaching = self.reach.iter().take(after).rev();
        let count = reaching.take_while(|reach| **reach > first).count();
        let spans = self.spans.get(after - count..after).unwrap_or_default();
        let overlapping = spans.iter().filter(|span| span.to > first);
        Candidates(overlapping.copied().collect())
    }

    /// The record of the disposal of a number.
    pub(super) fn record(&self, number: usize) -> Option<u64> {
        self.list.get(number).map(|lawful| lawful.sequence)
    }

    /// What they did to the parts of the record of a header. `named` is told the number of each that names it.
    pub(super) fn of(
        &self,
        header: &Header<'_>,
        candidates: &Candidates,
        mut named: impl FnMut(usize),
    ) -> Disposed {
        let mut disposed = Disposed::default();
        let sequence = header.sequence;
        for span in &candidates.0 {
            let lawful = match self.list.get(span.number) {
                Some(lawful) if span.from <= sequence && sequence < span.to => lawful,
                _ => continue,
            };
            if self.names(lawful, header) {
                disposed.take_in(&lawful.rule);
                named(span.number);
            }
        }
        disposed
    }

    fn names(&self, lawful: &Lawful, header: &Header<'_>) -> bool {
        let (rule, event) = (&lawful.rule, header.kind.event());
        let Some(event) = event else { return false };
        let is_of_kind = match header.kind {
            RecordKind::Event(_) => true,
            _ => rule.event_type.is_some(),
        };
        let of_type = |wanted: &String| event.event_type == wanted;
        let of_class = |wanted: &String| event.classification == Some(wanted.as_str());
        let is_due = match rule.clock {
            RetentionClock::Recorded => rule.is_due(header.time, lawful.time),
            // What the client wrote of its time is in the body, which may be gone.
            RetentionClock::Event => true,
        };
        let data_key = event.sealed.map(|sealed| sealed.data_key);
        is_of_kind
            && rule.event_type.as_ref().is_none_or(of_type)
            && rule.classification.as_ref().is_none_or(of_class)
            && is_due
            && !data_key.is_some_and(|key| self.held.at(&key, lawful.sequence))
    }
}

/// When each data key was under a hold.
#[derive(Clone, Debug, Default)]
struct HeldKeys {
    placed: HashMap<HoldId, u64>,
    /// For each data key the holds on it, by the record that placed each.
    of_key: HashMap<DataKeyId, Vec<u64>>,
    /// The record that released a hold, by the one that placed it.
    released: HashMap<u64, u64>,
}

impl HeldKeys {
    fn advance(&mut self, sequence: u64, hold: &Hold) {
        match &hold.action {
            HoldAction::Place { data_keys, .. } => {
                self.placed.insert(hold.hold, sequence);
                for data_key in data_keys.iter().flatten() {
                    self.of_key.entry(*data_key).or_default().push(sequence);
                }
            }
            HoldAction::Release => {
                if let Some(placed) = self.placed.remove(&hold.hold) {
                    self.released.insert(placed, sequence);
                }
            }
        }
    }

    /// Whether a hold on the data key was in force at that record.
    fn at(&self, data_key: &DataKeyId, sequence: u64) -> bool {
        let mut holds = self.of_key.get(data_key).into_iter().flatten();
        holds.any(|placed| {
            let released = self.released.get(placed);
            *placed < sequence && released.is_none_or(|released| *released > sequence)
        })
    }
}
