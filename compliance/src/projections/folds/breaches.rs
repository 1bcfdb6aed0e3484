//! Breaches of personal data, and whether they were notified in time.

use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::{
    conventions::{Breach as Report, Known, Notified},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Counted, Few, Keyed, Nanos, Timeline, absorb_fields},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Instant,
};

/// Within which an authority is notified of a breach (GDPR Article 33(1)).
const HOURS_72: u64 = 72 * 3_600_000_000_000;
/// Within which people are notified of a breach of health data (45 CFR 164.404(b)).
const DAYS_60: u64 = 60 * 86_400_000_000_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Breaches {
    breaches: Keyed<Breach>,
    not_readable: Counted,
    range: Timeline,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Breach {
    /// When an authority was first notified.
    authority: Option<Nanos>,
    aware: Option<Nanos>,
    /// The first times at which it is said to have become known: with more than one, it may be several breaches.
    awares: Few<Nanos, 2>,
    explained: bool,
    high_risk: bool,
    /// When the people concerned first were.
    people: Option<Nanos>,
    reports: Counted,
    /// Some report says whether the risk is high.
    risk_judged: bool,
    timeline: Timeline,
}

absorb_fields!(Breach {
    authority,
    aware,
    awares,
    explained,
    high_risk,
    people,
    reports,
    risk_judged,
    timeline
});
absorb_fields!(Breaches {
    breaches,
    not_readable,
    range
});

impl Breach {
    fn see(&mut self, record: &Record<'_>, event: &Report<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.reports.see(sequence);
        self.timeline.see(sequence, time);
        if let Some(aware) = record.said(event.aware_at_ns) {
            self.aware.get_or_insert(Nanos(aware));
            self.awares.see(Nanos(aware));
        }
        self.explained |= event.delay_reason.is_some();
        self.risk_judged |= event.high_risk.is_some();
        self.high_risk |= event.high_risk == Some(true);
        let notified = Nanos(record.said(event.notified_at_ns).unwrap_or(time));
        match event.to {
            Some(Notified::Authority) => {
                self.authority.get_or_insert(notified);
            }
            Some(Notified::Person) => {
                self.people.get_or_insert(notified);
            }
            Some(Notified::Controller) | None => {}
        }
    }

    /// Whether it is said to have become known at different times, so that what is told of one may be told of another.
    fn is_several(&self) -> bool {
        self.awares.all().len() > 1
    }

    /// Since when it is known, or was at least.
    fn known_since(&self) -> u64 {
        let first = self.timeline.first().map_or(0, |(_, time)| time);
        self.aware.map_or(first, |Nanos(aware)| aware)
    }

    /// Whether the authority was notified in time, or later with a reason.
    fn is_notified_rightly(&self, end: u64) -> bool {
        let in_time = !self.is_late(self.authority, HOURS_72, end);
        self.authority.is_some() && (in_time || self.explained)
    }

    /// Whether nobody can say that it was in time: nothing says since when it is known, or the notification that is told
    /// of came before that.
    fn is_unclear(&self, told: Option<Nanos>) -> bool {
        let is_early = told
            .zip(self.aware)
            .is_some_and(|(told, aware)| told < aware);
        self.aware.is_none() || is_early || self.is_several()
    }

    fn is_late(&self, told: Option<Nanos>, span: u64, end: u64) -> bool {
        let told = told.map_or(end, |Nanos(told)| told);
        told > self.known_since().saturating_add(span)
    }
}

impl Breaches {
    fn gathered(&self, which: impl Fn(&Breach) -> bool) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        for (_, breach) in self.breaches.all()?.filter(|(_, breach)| which(breach)) {
            if let Some((first, _)) = breach.timeline.first() {
                gathered.see(first);
            }
        }
        Some(gathered)
    }

    fn count(&self, which: impl Fn(&Breach) -> bool) -> u64 {
        self.gathered(which).map_or(0, |gathered| gathered.count())
    }

    fn end(&self) -> u64 {
        self.range.last().map_or(0, |(_, time)| time)
    }

    fn begins_late(&self) -> bool {
        self.range.first().is_some_and(|(first, _)| first > 0)
    }
}

/// Who is told of a breach, in words.
struct Who {
    nobody: &'static str,
    told: &'static str,
}

impl Who {
    /// Why there is no share of those that were told of in time: so many were told of and don't say since when they are
    /// known, and so many were told of before that.
    fn nothing(&self, untimed: u64, early: u64) -> String {
        let breaches = |number: u64, when_one: &str, when_more: &str| match number {
            0 => None,
            1 => Some(format!("{} 1 breach{when_one}", self.told)),
            _ => Some(format!("{} {number} breaches{when_more}", self.told)),
        };
        let all = [
            breaches(
                untimed,
                "; when it became known is not recorded",
                "; when they became known is not recorded",
            ),
            breaches(
                early,
                " before it became known, by what is recorded",
                " before they became known, by what is recorded",
            ),
        ];
        let all: Vec<_> = all.into_iter().flatten().collect();
        match all.is_empty() {
            true => format!("{}, and the time for it is over for none", self.nobody),
            false => all.join("; "),
        }
    }
}

impl Breaches {
    /// Of the breaches of which somebody was told or should have been by the end, those of which they were in time.
    fn settled(&self, measures: &mut Measures) {
        let (unread, end) = (self.not_readable.count(), self.end());
        type Of<'a> = &'a dyn Fn(&Breach) -> bool;
        type Told = fn(&Breach) -> Option<Nanos>;
        let told = |breach: &Breach, told: Option<Nanos>, span: u64| {
            told.is_some() || breach.is_late(told, span, end)
        };
        let cases: [(&str, Who, Told, Of<'_>, Of<'_>); 2] = [
            (
                "breaches.share_notified_in_time",
                Who {
                    nobody: "no authority was told of a breach",
                    told: "an authority was told of",
                },
                |breach| breach.authority,
                &|breach| told(breach, breach.authority, HOURS_72),
                &|breach| breach.is_notified_rightly(end),
            ),
            (
                "breaches.share_told_in_time",
                Who {
                    nobody: "no person concerned was told of a breach",
                    told: "the people concerned were told of",
                },
                |breach| breach.people,
                &|breach| told(breach, breach.people, DAYS_60),
                &|breach| breach.people.is_some() && !breach.is_late(breach.people, DAYS_60, end),
            ),
        ];
        for (name, who, told, settled, rightly) in cases {
            let unaware = |breach: &Breach| breach.is_unclear(told(breach)) && rightly(breach);
            let undecided = self.count(unaware);
            let part = self.gathered(|breach| rightly(breach) && !breach.is_unclear(told(breach)));
            let whole = self.count(|breach| settled(breach) && !unaware(breach));
            let untimed = self.count(|breach| unaware(breach) && breach.aware.is_none());
            let nothing = who.nothing(untimed, undecided - untimed);
            let share = part.map(|part| (part.count(), whole));
            let may_be = undecided + unread;
            let wrongly =
                self.gathered(|breach| settled(breach) && !unaware(breach) && !rightly(breach));
            measures
                .share_known(name, share, &nothing)
                .shown_by(wrongly.map_or_else(Vec::new, |wrongly| wrongly.records()))
                .of(whole + may_be)
                .unread(
                    Unread::once(may_be)
                        .unsaid(undecided)
                        .more(may_be)
                        .over(unread)
                        .of_events(unread)
                        .before(self.begins_late())
                        .earlier(self.begins_late()),
                );
        }
    }

    /// Of all breaches, those of which the authority is known to have been notified in time.
    fn in_time(&self, measures: &mut Measures) {
        let (unread, end) = (self.not_readable.count(), self.end());
        let all = self.count(|_| true);
        let in_time = self.gathered(|breach| {
            let is_late = breach.is_late(breach.authority, HOURS_72, end);
            breach.authority.is_some() && !breach.is_unclear(breach.authority) && !is_late
        });
        let share = in_time.map(|in_time| (in_time.count(), all));
        let late = self.gathered(|breach| breach.is_late(breach.authority, HOURS_72, end));
        let once = Unread::once(unread).over(unread).of_events(unread);
        measures
            .share_known("breaches.share_in_time", share, "no breach is recorded")
            .shown_by(late.map_or_else(Vec::new, |late| late.records()))
            .of(all + unread)
            .unread(once.more(unread));
    }

    fn time_to_notify(&self, measures: &mut Measures) {
        let name = "breaches.time_to_notify";
        let Some(breaches) = self.breaches.all() else {
            Waits::unknown(name, measures);
            return;
        };
        let mut waits = Waits::default();
        for (_, breach) in breaches {
            if let (Some(Nanos(aware)), Some(Nanos(told)), Some((first, _))) =
                (breach.aware, breach.authority, breach.timeline.first())
            {
                waits.see(told.saturating_sub(aware), first);
            }
        }
        let nothing = "no breach has both a time of awareness and a notification of an authority";
        let unread = Unread::once(self.not_readable.count());
        waits.measures(name, nothing, unread, measures);
    }
}

impl Fold for Breaches {
    const NAME: &'static str = "breaches";
    const VERSION: u32 = 3;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        self.range.see(record.sequence(), record.time());
        if let Some(Known::Breach(event)) = record.known() {
            if let Some(breach) = self.breaches.at(event.breach_id) {
                breach.see(record, event);
            }
        } else if record.may_be(Report::TYPE) {
            self.not_readable.see(record.sequence());
        }
    }

    fn measures(&self, measures: &mut Measures) {
        type Which<'a> = &'a dyn Fn(&Breach) -> bool;
        let (unread, end) = (self.not_readable.count(), self.end());
        let late_72h = |breach: &Breach| breach.is_late(breach.authority, HOURS_72, end);
        // A reason goes with a notification, and stands for none.
        let unexplained = |breach: &Breach| late_72h(breach) && !breach.is_notified_rightly(end);
        let late_60d = |breach: &Breach| breach.is_late(breach.people, DAYS_60, end);
        measures.count("breaches.not_readable", &self.not_readable);
        let all = self.count(|_| true);
        let unjudged = self.count(|breach| !breach.risk_judged);
        let before = self.begins_late();
        let once = Unread::once(unread).over(unread).of_events(unread);
        let of_risk = Unread::once(unread + unjudged)
            .unsaid(unjudged)
            .over(unread)
            .of_events(unread);
        // One of which nobody can say that it was in time may be late, if it is not already.
        let may_be = |told: fn(&Breach) -> Option<Nanos>, which: Which<'_>| {
            let unaware = self.count(|breach| breach.is_unclear(told(breach)) && !which(breach));
            Unread::once(unread + unaware)
                .unsaid(unaware)
                .over(unread)
                .of_events(unread)
                .before(before)
                .earlier(before)
        };
        let cases: [(&str, Which<'_>, Unread); 9] = [
            ("ids_used_again", &Breach::is_several, once),
            ("recorded", &|_| true, Unread::once(unread)),
            ("notified", &|breach| breach.authority.is_some(), once),
            (
                "late_72h",
                &late_72h,
                may_be(|breach| breach.authority, &late_72h),
            ),
            (
                "late_72h_unexplained",
                &unexplained,
                may_be(|breach| breach.authority, &unexplained),
            ),
            (
                "late_60d",
                &late_60d,
                may_be(|breach| breach.people, &late_60d),
            ),
            (
                "without_awareness",
                &|breach| breach.aware.is_none(),
                once.earlier(before),
            ),
            ("high_risk", &|breach| breach.high_risk, of_risk),
            (
                "high_risk_not_told",
                &|breach| breach.high_risk && breach.people.is_none(),
                of_risk.before(before).earlier(before),
            ),
        ];
        for (name, which, unread) in cases {
            measures
                .gathered(&format!("breaches.{name}"), self.gathered(which))
                .of(all + unread.once)
                .unread(unread);
        }
        self.in_time(measures);
        self.settled(measures);
        self.time_to_notify(measures);
    }

    fn tables(&self) -> Vec<Table> {
        let time = |nanos: Option<Nanos>| nanos.map(|Nanos(time)| Instant(time).to_string());
        vec![Table {
            name: "breaches.breaches",
            columns: &[
                "breach",
                "aware",
                "authority_notified",
                "people_notified",
                "high_risk",
                "delay_explained",
                "records",
            ],
            rows: rows_of(&self.breaches, |breach| -> Vec<Cell> {
                vec![
                    time(breach.aware).into(),
                    time(breach.authority).into(),
                    time(breach.people).into(),
                    breach.high_risk.into(),
                    breach.explained.into(),
                    (&breach.reports).into(),
                ]
            }),
        }]
    }
}
