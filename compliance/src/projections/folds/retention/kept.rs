//! How much of what was recorded is still there: bodies and payloads.

use super::{KEPT_DAYS, NANOSECONDS_OF_DAY, Retention};
use crate::{
    projections::{
        measure::{Gathered, Measures},
        pieces::{Absorb, Keyed, Sum},
        record::{BodyView, PayloadState},
    },
    time::Day,
};

/// Days of which the records must be at hand at once.
const AT_HAND_DAYS: u64 = 90;

/// Contents of one kind: what is there of them, what is not, and of what nobody can tell from this evidence.
#[derive(Clone, Copy, Debug)]
struct Contents {
    there: u64,
    gone: u64,
    left_out: u64,
}

impl Contents {
    fn whole(self) -> u64 {
        self.there + self.gone
    }

    /// Whether it comes to less than that if all that was left out is gone.
    fn is_less(self, other: Self) -> bool {
        let part =
            |one: Self, of: Self| u128::from(one.there) * u128::from(of.whole() + of.left_out);
        self.whole() + self.left_out > 0 && part(self, other) < part(other, self)
    }

    /// Of an event that has both, body and payload must be there, so what is less there counts.
    fn lesser(bodies: Self, payloads: Self) -> Self {
        match payloads.is_less(bodies) {
            true => payloads,
            false => bodies,
        }
    }
}

impl Retention {
    /// The contents of events of those days that this holds for, kept elsewhere or not as is said; none if there are too
    /// many days.
    fn contents(
        &self,
        archived_is_there: bool,
        is_meant: impl Fn(&str) -> bool,
    ) -> Option<Contents> {
        let [
            open,
            sealed,
            erased,
            withheld,
            archived,
            missing,
            unreadable,
        ] = summed(&self.days, |day| &day.states, &is_meant)?;
        let elsewhere = |archived| match archived_is_there {
            true => (archived, 0),
            false => (0, archived),
        };
        let (kept, away) = elsewhere(archived);
        let bodies = Contents {
            there: open + sealed + kept,
            gone: erased + missing + unreadable + away,
            left_out: withheld,
        };
        let [there, erased, withheld, archived, missing, unreadable] =
            summed(&self.payload_days, |day| &day.states, &is_meant)?;
        let (kept, away) = elsewhere(archived);
        let payloads = Contents {
            there: there + kept,
            gone: erased + missing + unreadable + away,
            left_out: withheld,
        };
        Some(Contents::lesser(bodies, payloads))
    }

    /// Puts how much of what is old enough is still there: days before the last record, by the ledger's clock. What was
    /// left out of the evidence may be there.
    pub(super) fn kept(&self, measures: &mut Measures) {
        let end = self.timeline.last().map_or(0, |(_, time)| time);
        let mut put = |name: &str, contents: Option<Contents>, nothing: &str| {
            let share = contents.map(|contents| (contents.there, contents.whole()));
            let left_out = contents.map_or(0, |contents| contents.left_out);
            measures
                .share_known(name, share, nothing)
                .of_family(share.map_or(0, |(_, whole)| whole), left_out);
        };
        for days in KEPT_DAYS {
            let until = Day::of(end.saturating_sub(days * NANOSECONDS_OF_DAY));
            let old = self.contents(true, |day| day <= until.as_str());
            let nothing = format!("no event is {days} days old");
            put(&format!("retention.kept_{days}d"), old, &nothing);
        }
        let since = Day::of(end.saturating_sub(AT_HAND_DAYS * NANOSECONDS_OF_DAY));
        let new = self.contents(false, |day| day >= since.as_str());
        let name = format!("retention.at_hand_{AT_HAND_DAYS}d");
        put(&name, new, "there is no event");
        self.past_limits(end, measures);
        let erased = [
            &self.bodies[BodyView::Erased.state()],
            &self.payloads[PayloadState::Erased.state()],
        ];
        let archived = [
            &self.bodies[BodyView::Archived.state()],
            &self.payloads[PayloadState::Archived.state()],
        ];
        for (name, counted) in [("erased", erased), ("archived", archived)] {
            let mut gathered = Gathered::default();
            counted.iter().for_each(|counted| gathered.take_in(counted));
            measures.gathered(&format!("retention.contents_{name}"), Some(gathered));
        }
    }

    fn past_limits(&self, end: u64, measures: &mut Measures) {
        let today = Day::of(end);
        let past = self.limits.all().map(|all| {
            let mut past = Gathered::default();
            all.filter(|(day, _)| *day < today.as_str())
                .for_each(|(_, events)| past.take_in(events));
            past
        });
        let limited = self
            .limits
            .all()
            .map_or(0, |all| all.map(|(_, events)| events.count()).sum::<u64>());
        // What is encrypted may have a limit, and is there.
        measures
            .gathered("retention.kept_past_limit", past)
            .of_family(limited, self.bodies[1].count() + self.bodies[3].count());
    }
}

/// How many there are in each state on the days that are meant; none if there are too many days.
fn summed<V: Absorb, const STATES: usize>(
    days: &Keyed<V>,
    states_of: impl Fn(&V) -> &[Sum; STATES],
    is_meant: &impl Fn(&str) -> bool,
) -> Option<[u64; STATES]> {
    let mut states = [0_u64; STATES];
    for (_, day) in days.all()?.filter(|(day, _)| is_meant(day)) {
        for (sum, state) in states.iter_mut().zip(states_of(day)) {
            *sum += state.value();
        }
    }
    Some(states)
}
