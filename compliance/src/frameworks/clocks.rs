//! Two clocks: how far recorded times lie from those that producers gave their events.
//!
//! Durations are taken by the ledger's clock, which its operator sets. Where the producers' own times say otherwise, a
//! criterion on a duration does not decide. A producer's time stands in the body, so an event that nobody reads may lie
//! at any distance.

use std::collections::BTreeMap;

use super::unread::{Reads, Unread, family};
use crate::{projections::record::Record, time};

/// The greatest distances, in nanoseconds, of all events and of the families that the conventions know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    all: Option<u64>,
    families: BTreeMap<&'static str, u64>,
}

/// How the two clocks stand to each other over the events of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    /// They are at most so far apart; none if no event has a time of its own.
    Within(Option<u64>),
    /// They are so far apart, which is more than the mapping allows.
    Apart(u64),
    /// So many events can't be read, and their own times with them.
    Unread(u64),
}

impl Clocks {
    /// Takes in the next record.
    pub fn see(&mut self, record: &Record<'_>) {
        let Some(event) = &record.event else { return };
        let own = event.body.open().and_then(|body| body.time);
        let Some(own) = own.and_then(time::parse) else {
            return;
        };
        let distance = own.abs_diff(record.time());
        self.all = self.all.max(Some(distance));
        if let Some(family) = family(event.header.event_type) {
            let greatest = self.families.entry(family).or_default();
            *greatest = distance.max(*greatest);
        }
    }

    /// Takes in what the records after these came to.
    pub fn absorb(&mut self, later: Self) {
        self.all = self.all.max(later.all);
        for (family, distance) in later.families {
            let greatest = self.families.entry(family).or_default();
            *greatest = distance.max(*greatest);
        }
    }

    /// The greatest distance in the range; none if no event that can be read has a time of its own.
    pub fn greatest_distance(&self) -> Option<u64> {
        self.all
    }

    /// Holds the two against each other over the events that a measure rests on; over all where it rests on headers.
    pub(super) fn agree(&self, reads: Reads, within: u64, unread: &Unread) -> Agreement {
        let reads = if reads == Reads::Headers {
            Reads::AnyBody
        } else {
            reads
        };
        let greatest = match reads {
            Reads::AnyBody => self.all,
            _ => {
                let read = self.families.iter().filter(|(family, _)| reads.has(family));
                read.map(|(_, distance)| *distance).max()
            }
        };
        match (greatest, unread.of(reads)) {
            (Some(distance), _) if distance > within => Agreement::Apart(distance),
            (greatest, 0) => Agreement::Within(greatest),
            (_, unread) => Agreement::Unread(unread),
        }
    }
}
