//! Two clocks: how far recorded times lie from those that producers gave their events.
//!
//! Durations are taken by the ledger's clock, which its operator sets. Where the producers' own times say otherwise, a
//! criterion on a duration does not decide. A producer's time stands in the body, so an event that nobody reads may lie
//! at any distance. Imported events carry the times of another system, on the producer's word, and are left out.

use std::collections::BTreeMap;

use super::measured::Reads;
use crate::{
    conventions::{Reading, SPECS},
    projections::record::Record,
    time,
};

/// What the ledger records itself begins so.
const OWN: &str = "indelible.";

/// How the clocks stand to each other, over all events and over each family that the conventions know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    all: Compared,
    /// The latest time that a producer gave an event, and the first record that has it.
    latest: Option<(u64, u64)>,
    /// How far they are apart in the last event that has a time of its own.
    last: Option<u64>,
    /// Whether an event that nothing read comes after it.
    is_last_closed: bool,
    families: BTreeMap<&'static str, Compared>,
}

/// How they stand over some events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Compared {
    /// The greatest distance, in nanoseconds; none where no event that was read has a time of its own.
    greatest: Option<u64>,
    /// Events that nothing read.
    closed: u64,
    /// Events that were read, don't fit their types and have no time of their own.
    misfits: u64,
    /// Events that were read, and have no time of their own.
    untimed: u64,
}

impl Compared {
    fn absorb(&mut self, later: Self) {
        self.greatest = self.greatest.max(later.greatest);
        self.closed += later.closed;
        self.misfits += later.misfits;
        self.untimed += later.untimed;
    }
}

/// How the two clocks stand to each other over the events of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    /// They are as near as they must be.
    Near,
    /// They are so far apart, which is more than the mapping allows.
    Apart(u64),
    /// So many events can't be read, and their own times with them; or don't fit their types, and have no time.
    Unread { closed: u64, misfits: u64 },
    /// So many events were read and have no time of their own.
    Untimed(u64),
}

/// The family of a type that the conventions know, in this version or another: the type without its version.
fn family(event_type: &str) -> Option<&'static str> {
    let (stem, version) = event_type.split_at(event_type.rfind('.')? + 1);
    let number = version.strip_prefix('v')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut known = SPECS.iter().map(|spec| spec.event_type);
    let of_family = |known: &&str| {
        let rest = known.strip_prefix(stem);
        rest.is_some_and(|version| !version.contains('.'))
    };
    known
        .find(of_family)
        .and_then(|known| known.get(..stem.len()))
}

/// Why the two clocks can't be held against each other: of so many events the times can't be read, and so many don't fit
/// their types and have none.
pub(super) fn times_not_known(closed: u64, misfits: u64) -> String {
    let closed = (closed > 0)
        .then(|| format!("the times that producers gave {closed} of these events can't be read"));
    let misfits = match misfits {
        0 => None,
        1 => Some("1 of these events doesn't fit its type and has no time of its own".to_owned()),
        _ => Some(format!(
            "{misfits} of these events don't fit their types and have no times of their own"
        )),
    };
    let both: Vec<_> = closed.into_iter().chain(misfits).collect();
    format!(
        "{}, so nothing shows that the ledger's clock was right then",
        both.join(", and ")
    )
}

impl Clocks {
    /// Takes in the next record.
    pub fn see(&mut self, record: &Record<'_>) {
        let Some(event) = &record.event else { return };
        let event_type = event.header.event_type;
        if event_type.starts_with(OWN) || event.common.imported.is_some() {
            return;
        }
        let said = event.body.open().and_then(|body| body.time);
        let own = said.and_then(time::nearest);
        let is_closed = matches!(event.reading, Reading::Closed);
        let is_misfit = matches!(event.reading, Reading::Misfit(_));
        let seen = Compared {
            greatest: own.map(|own| own.abs_diff(record.time())),
            closed: u64::from(is_closed),
            misfits: u64::from(is_misfit && own.is_none()),
            untimed: u64::from(own.is_none() && !is_closed && !is_misfit),
        };
        if seen == Compared::default() {
            return;
        }
        if let Some(own) = own.filter(|own| *own > 0) {
            self.see_latest((own, record.sequence()));
        }
        self.all.absorb(seen);
        self.last = seen.greatest.or(self.last);
        self.is_last_closed = is_closed || self.is_last_closed && seen.greatest.is_none();
        if let Some(family) = family(event_type) {
            self.families.entry(family).or_default().absorb(seen);
        }
    }

    /// Takes in what the records after these came to.
    pub fn absorb(&mut self, later: Self) {
        self.all.absorb(later.all);
        self.is_last_closed = later.is_last_closed || self.is_last_closed && later.last.is_none();
        self.last = later.last.or(self.last);
        if let Some(latest) = later.latest {
            self.see_latest(latest);
        }
        for (family, compared) in later.families {
            self.families.entry(family).or_default().absorb(compared);
        }
    }

    fn see_latest(&mut self, (own, sequence): (u64, u64)) {
        if self.latest.is_none_or(|(latest, _)| own > latest) {
            self.latest = Some((own, sequence));
        }
    }

    /// The latest time that a producer gave an event of the range, in nanoseconds since 1970 UTC, or the greatest number
    /// of these for one that they can't say, after 2554, and the first record
    /// that has it; none if no event that can be read has a time of its own.
    pub fn latest(&self) -> Option<(u64, u64)> {
        self.latest
    }

    /// The greatest distance in the range; none if no event that can be read has a time of its own.
    pub fn greatest_distance(&self) -> Option<u64> {
        self.all.greatest
    }

    /// How far they are apart at the end of the range, by the last event that has a time of its own; none if none has.
    pub fn distance_at_end(&self) -> Option<u64> {
        self.last
    }

    /// Whether the time of an event after the last that has one can't be read.
    pub fn is_end_closed(&self) -> bool {
        self.is_last_closed
    }

    /// Holds the two against each other over the events that a measure rests on.
    pub(super) fn agree(&self, reads: Reads, within: u64) -> Agreement {
        let mut compared = Compared::default();
        match reads {
            Reads::AnyEvent => compared = self.all,
            Reads::Families(families) => {
                let read = self.families.iter();
                let read = read.filter(|(family, _)| families.contains(*family));
                read.for_each(|(_, of_family)| compared.absorb(*of_family));
            }
        }
        // Recorded times never decrease, so among all events those that have a time of their own vouch for the ledger's
        // clock between them. Of a family, each event must: its deadline may hang on that one.
        let may_lack = matches!(reads, Reads::AnyEvent) && compared.greatest.is_some();
        match compared {
            Compared {
                greatest: Some(distance),
                ..
            } if distance > within => Agreement::Apart(distance),
            Compared {
                closed, misfits, ..
            } if closed + misfits > 0 => Agreement::Unread { closed, misfits },
            Compared { untimed: 1.., .. } if !may_lack => Agreement::Untimed(compared.untimed),
            _ => Agreement::Near,
        }
    }
}
