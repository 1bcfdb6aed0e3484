//! The numbers that one producer gave its events, each compared with the one before.

use serde::{Deserialize, Serialize};

use crate::projections::pieces::{Absorb, Counted, Nanos, Sum};

/// See the module. A number between two others that no event shows was *skipped*, unless an event between the two can't
/// be read: that one may have it, so the number is *not decidable*. Each gap is judged on its own: one event that can't
/// be read may stand for a number of every producer, so what is reported as skipped was skipped for certain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Numbers {
    /// A number is less than the one before.
    pub(super) backward: Counted,
    first: Option<Mark>,
    /// A number is greater than the one before by more than what can't be read between them explains.
    pub(super) jumps: Counted,
    /// A number is greater than the one before by more than one, and what can't be read between them explains it.
    pub(super) jumps_not_decidable: Counted,
    last: Option<Mark>,
    /// The producer's events whose number is not one.
    pub(super) lost: Sum,
    /// How many numbers an event that can't be read may have.
    pub(super) not_decidable: Sum,
    pub(super) numbered: Sum,
    /// A number is the one before.
    pub(super) repeated: Counted,
    /// How many numbers no event has.
    pub(super) skipped: Sum,
}

/// A number, and what could not be read of the range before its record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    /// Events of any producer whose bodies could not be read.
    #[serde(rename = "c")]
    closed: Sum,
    /// Events of this producer whose number is not one.
    #[serde(rename = "l")]
    lost: Sum,
    /// It may be beyond what JSON holds exactly, as times are.
    #[serde(rename = "n")]
    number: Nanos,
    #[serde(rename = "s")]
    sequence: u64,
}

impl Numbers {
    /// Takes in the number of the next event that has one. `closed`: the events before it in the range whose bodies
    /// can't be read.
    pub(super) fn see(&mut self, number: u64, sequence: u64, closed: u64) {
        let mark = Mark {
            closed: sum(closed),
            lost: self.lost,
            number: Nanos(number),
            sequence,
        };
        self.numbered.add(1);
        self.step(mark);
        self.first.get_or_insert(mark);
        self.last = Some(mark);
    }

    /// Takes in an event whose number is not one.
    pub(super) fn lose(&mut self) {
        self.lost.add(1);
    }

    /// Moves the marks behind a range in which so many bodies can't be read.
    pub(super) fn shift(&mut self, closed: u64) {
        for mark in [&mut self.first, &mut self.last].into_iter().flatten() {
            mark.closed.add(closed);
        }
    }

    /// The first number.
    pub(super) fn first(&self) -> Option<u64> {
        self.first.map(|mark| mark.number.0)
    }

    /// The last number.
    pub(super) fn last(&self) -> Option<u64> {
        self.last.map(|mark| mark.number.0)
    }

    /// How many numbers are missing for certain, the one before, or lower than that.
    pub(super) fn faults(&self) -> Sum {
        let mut faults = self.skipped;
        faults.add(self.repeated.count());
        faults.add(self.backward.count());
        faults
    }

    /// The events that show these faults.
    pub(super) fn places(&self) -> [&Counted; 3] {
        [&self.jumps, &self.repeated, &self.backward]
    }

    fn step(&mut self, mark: Mark) {
        let Some(before) = self.last else { return };
        let sequence = mark.sequence;
        match mark.number.0.checked_sub(before.number.0) {
            None => self.backward.see(sequence),
            Some(0) => self.repeated.see(sequence),
            Some(1) => {}
            Some(step) => {
                let absent = step - 1;
                let unread = between(before.closed, mark.closed) + between(before.lost, mark.lost);
                let skipped = absent.saturating_sub(unread);
                if skipped > 0 {
                    self.jumps.see(sequence);
                } else {
                    self.jumps_not_decidable.see(sequence);
                }
                self.skipped.add(skipped);
                self.not_decidable.add(absent - skipped);
            }
        }
    }
}

impl Absorb for Numbers {
    fn absorb(&mut self, later: Self) {
        // Names every field, so that a new one can't be forgotten.
        let Self {
            backward,
            first,
            jumps,
            jumps_not_decidable,
            last,
            lost,
            not_decidable,
            numbered,
            repeated,
            skipped,
        } = later;
        let behind = |mark: Mark, lost: Sum| {
            let mut mark = mark;
            mark.lost.absorb(lost);
            mark
        };
        if let Some(first) = first.map(|mark| behind(mark, self.lost)) {
            self.step(first);
            self.first.get_or_insert(first);
        }
        if let Some(last) = last {
            self.last = Some(behind(last, self.lost));
        }
        self.backward.absorb(backward);
        self.jumps.absorb(jumps);
        self.jumps_not_decidable.absorb(jumps_not_decidable);
        self.lost.absorb(lost);
        self.not_decidable.absorb(not_decidable);
        self.numbered.absorb(numbered);
        self.repeated.absorb(repeated);
        self.skipped.absorb(skipped);
    }
}

fn sum(value: u64) -> Sum {
    let mut sum = Sum::default();
    sum.add(value);
    sum
}

fn between(before: Sum, now: Sum) -> u64 {
    now.value().saturating_sub(before.value())
}
