//! Whether authorities were told of serious incidents, and how soon.

use super::{
    Incident, Incidents,
    deadlines::{DAYS, days},
};
use crate::projections::{
    folds::{retention::NANOSECONDS_OF_DAY, waits::Waits},
    measure::{Gathered, Measures, Unread},
    pieces::Nanos,
};

impl Incident {
    /// Whether an authority was told after the time for it, or was not told and that time is over at `end`. Without a
    /// time of awareness the first record of the incident stands for it, so that it can only be called late too rarely.
    fn is_late(&self, end: u64) -> bool {
        let first = self.timeline.first().map_or(0, |(_, time)| time);
        let aware = self.aware.map_or(first, |(Nanos(aware), _)| aware);
        let days = self.harm.0.map_or(DAYS, days);
        let due = aware.saturating_add(days * NANOSECONDS_OF_DAY);
        self.told.map_or(end, |(Nanos(told), _)| told) > due
    }
}

impl Incident {
    /// Whether the report to an authority that is recorded was recorded before the incident, or is said to be older than
    /// the awareness: such a one is about something else, or one of the times is wrong.
    fn is_told_early(&self) -> bool {
        let told = self.told.zip(self.aware);
        let is_before = self
            .told
            .is_some_and(|(_, record)| !self.is_after_it(record));
        is_before || told.is_some_and(|((told, _), (aware, _))| told < aware)
    }
}

/// Why there is no share of serious incidents that an authority was told of: of so many it was told before they became
/// known, and of so many it was not told and nobody knows whether the time for it is over.
fn nothing_due(early: u64, perhaps_due: u64) -> String {
    let early = match early {
        0 => None,
        1 => Some(
            "an authority was told of 1 serious incident before it became known, by what is recorded"
                .to_owned(),
        ),
        _ => Some(format!(
            "an authority was told of {early} serious incidents before they became known, by what is recorded"
        )),
    };
    let perhaps_due = match perhaps_due {
        0 => None,
        1 => Some(
            "no authority was told of 1 serious incident; since when it is known, or what harm it did, is not recorded"
                .to_owned(),
        ),
        _ => Some(format!(
            "no authority was told of {perhaps_due} serious incidents; since when they are known, or what harm they \
             did, is not recorded"
        )),
    };
    let all: Vec<_> = early.into_iter().chain(perhaps_due).collect();
    match all.is_empty() {
        true => "no authority was told of an incident that is recorded as serious, and the time for it is over for none"
            .to_owned(),
        false => all.join("; "),
    }
}

impl Incidents {
    /// What may be serious and told late for all that is known: nobody says whether it is serious, or since when it was
    /// known, or what it did, unless it is late already.
    fn undecided(&self, end: u64) -> u64 {
        let undecided = self.gathered(|incident| {
            let unsaid = incident.aware.is_none() || incident.harm.0.is_none();
            let is_open = unsaid && !incident.is_late(end) || incident.is_told_early();
            !incident.is_judged() || incident.serious && is_open
        });
        undecided.map_or(0, |undecided| undecided.count())
    }

    /// Serious ones of which no authority was told, and the time for it is not over: they may still be told in time. Of
    /// those that say neither since when they are known nor what they did, the time may be over.
    fn pending(&self, end: u64) -> (u64, u64) {
        let is_pending = |incident: &Incident| {
            incident.serious && incident.told.is_none() && !incident.is_late(end)
        };
        let unsaid = |incident: &Incident| incident.aware.is_none() || incident.harm.0.is_none();
        let count = |gathered: Option<Gathered>| gathered.map_or(0, |gathered| gathered.count());
        (
            count(self.gathered(is_pending)),
            count(self.gathered(|incident| is_pending(incident) && unsaid(incident))),
        )
    }

    fn late(&self, end: u64) -> Option<Gathered> {
        self.gathered(|incident| {
            incident.serious && incident.is_late(end) && !incident.is_told_early()
        })
    }

    fn put_late(&self, name: &str, end: u64, measures: &mut Measures) {
        let serious = self.gathered(|incident| incident.serious);
        let unread = self.incidents_not_readable.count();
        let before = self.range.first().is_some_and(|(first, _)| first > 0);
        measures
            .gathered(name, self.late(end))
            .of(serious.map_or(0, |serious| serious.count()) + unread)
            .unread(
                Unread::once(unread + self.undecided(end))
                    .unsaid(self.undecided(end))
                    .over(unread)
                    .of_events(unread)
                    .before(before),
            );
    }

    pub(super) fn telling(&self, measures: &mut Measures) {
        let unread = self.incidents_not_readable.count();
        let serious = self.gathered(|incident| incident.serious);
        let serious_count = serious.as_ref().map_or(0, Gathered::count);
        let before = self.range.first().is_some_and(|(first, _)| first > 0);
        let unsaid = self.gathered(|incident| !incident.is_judged());
        let once = unread + unsaid.map_or(0, |unsaid| unsaid.count());
        measures
            .count("incidents.told", &self.told)
            .of_family(self.told.count(), self.told_not_readable.count());
        let told = self.gathered(|incident| {
            incident.serious && incident.told.is_some() && !incident.is_told_early()
        });
        let early = self.gathered(|incident| incident.serious && incident.is_told_early());
        let early = early.map_or(0, |early| early.count());
        let end = self.range.last().map_or(0, |(_, time)| time);
        let (pending, perhaps_due) = self.pending(end);
        let perhaps_due = perhaps_due + early;
        let due = serious_count - pending - early;
        let share = told.as_ref().map(|told| (told.count(), due));
        measures
            .gathered("incidents.serious_told", told)
            .of(serious_count + once)
            .unread(Unread::once(once + early).unsaid(once - unread + early));
        let nothing = nothing_due(early, perhaps_due - early);
        let untold = self.gathered(|incident| {
            incident.serious && incident.told.is_none() && incident.is_late(end)
        });
        measures
            .share_known("incidents.share_serious_told", share, &nothing)
            .shown_by(untold.map_or_else(Vec::new, |untold| untold.records()))
            .of(due + once + perhaps_due)
            .unread(
                Unread::once(once + perhaps_due)
                    .unsaid(once + perhaps_due - unread)
                    .more(unread)
                    .over(unread)
                    .of_events(unread)
                    .earlier(before),
            );
        self.told_people(once, measures);
        // Whom one told says nothing of since when one knew.
        let reports = self.reports_not_readable.count();
        let of_reports = once - unread + reports;
        let unaware = self.gathered(|incident| incident.serious && incident.aware.is_none());
        measures
            .gathered("incidents.serious_without_awareness", unaware)
            .of(serious_count + of_reports)
            .unread(
                Unread::once(of_reports)
                    .unsaid(once - unread)
                    .over(reports)
                    .of_events(reports)
                    .earlier(before),
            );
        self.put_late("incidents.serious_told_late", end, measures);
        self.time_to_tell(once, measures);
    }

    /// Puts of how many serious incidents that are closed the people concerned were told. `once`: so many more may be such.
    fn told_people(&self, once: u64, measures: &mut Measures) {
        let unread = self.incidents_not_readable.count();
        let before = self.range.first().is_some_and(|(first, _)| first > 0);
        let is_closed = |incident: &Incident| incident.serious && !incident.is_open();
        let closed = self.gathered(is_closed);
        let told_people = self.gathered(|incident| {
            let told = incident.told_people.0;
            is_closed(incident) && told.is_some_and(|told| incident.is_after_it(told))
        });
        let closed = closed.map_or(0, |closed| closed.count());
        let share = told_people.map(|told| (told.count(), closed));
        let nothing = "no serious incident is closed";
        measures
            .share_known("incidents.share_closed_serious_told_people", share, nothing)
            .of(closed + once)
            .unread(
                Unread::once(once)
                    .unsaid(once - unread)
                    .more(unread)
                    .over(unread)
                    .of_events(unread)
                    .earlier(before),
            );
    }

    /// Puts how soon an authority was told. `once`: so many more may have been told.
    fn time_to_tell(&self, once: u64, measures: &mut Measures) {
        let unread = self.incidents_not_readable.count();
        let name = "incidents.time_to_tell";
        let Some(all) = self.cases() else {
            Waits::unknown(name, measures);
            return;
        };
        let mut waits = Waits::default();
        for (_, _, incident) in all.iter().filter(|(_, _, incident)| incident.serious) {
            if let (Some((Nanos(aware), _)), Some((Nanos(told), by))) =
                (incident.aware, incident.told)
            {
                waits.see(told.saturating_sub(aware), by);
            }
        }
        let nothing = "no serious incident has both a time of awareness and a report";
        let of_all = Unread::once(once).unsaid(once - unread);
        waits.measures(name, nothing, of_all, measures);
    }
}
