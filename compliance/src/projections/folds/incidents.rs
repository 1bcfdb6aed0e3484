//! What went wrong: violations of limits, and incidents from their finding to their end.

mod cases;
mod deadlines;
mod telling;

use serde::{Deserialize, Serialize};

use super::waits::Waits;

use crate::{
    conventions::{
        Harm, Incident as Report, IncidentReported, IncidentStatus, Known, Severity, Violation,
        ViolationKind,
    },
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, TOO_MANY, Unread},
        pieces::{Absorb, Cases, Counted, Keyed, Last, Nanos, Timeline, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Instant,
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Incidents {
    incidents: Keyed<Cases<Incident>>,
    /// Events about incidents: what happened, and whom one told.
    incidents_not_readable: Counted,
    kinds: Keyed<Counted>,
    /// Violations that are not reported as prevented.
    not_prevented: Counted,
    not_readable: Counted,
    range: Timeline,
    /// Of the events about incidents, those that say what happened.
    reports_not_readable: Counted,
    told: Counted,
    /// Of the events about incidents, those that say whom one told.
    told_not_readable: Counted,
    violations: Counted,
    violations_not_readable: Counted,
    violators: Keyed<Counted>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Incident {
    /// When somebody became aware of it, and the record that says so first.
    aware: Option<(Nanos, u64)>,
    /// Whether the first report says that it is open.
    begun: Option<bool>,
    /// When it was first recorded as closed.
    closed: Option<(Nanos, u64)>,
    harm: Soonest,
    /// Some report says whether it is serious.
    judged: bool,
    reports: Counted,
    serious: bool,
    severity: Worst,
    status: Last<IncidentStatus>,
    timeline: Timeline,
    /// When an authority was first told, and the record that says so.
    told: Option<(Nanos, u64)>,
    /// The last record that says that the people concerned were told.
    told_people: Last<u64>,
}

/// The harm of which an authority must be told soonest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Soonest(Option<Harm>);

impl Absorb for Soonest {
    fn absorb(&mut self, later: Self) {
        let days = |soonest: &Self| soonest.0.map_or(u64::MAX, deadlines::days);
        if days(&later) < days(self) {
            *self = later;
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Worst(Option<Severity>);

impl Absorb for Worst {
    fn absorb(&mut self, later: Self) {
        self.0 = self.0.max(later.0);
    }
}

absorb_fields!(Incident {
    aware,
    begun,
    closed,
    harm,
    judged,
    told,
    told_people,
    reports,
    timeline,
    status,
    severity,
    serious
});
absorb_fields!(Incidents {
    incidents_not_readable,
    range,
    reports_not_readable,
    told,
    told_not_readable,
    violations_not_readable,
    not_readable,
    violations,
    not_prevented,
    kinds,
    violators,
    incidents
});

impl Incident {
    /// Whether its reports say whether it is serious. Only a serious one did harm, so one that did and is called not serious
    /// may be either.
    fn is_judged(&self) -> bool {
        self.serious || self.judged && self.harm.0.is_none()
    }

    /// A report that it was told to somebody is no report of itself.
    fn is_recorded(&self) -> bool {
        self.reports.count() > 0
    }

    /// Whether a record is from after the first of the incident: what was told before is about something else.
    fn is_after_it(&self, told: u64) -> bool {
        let first = self.timeline.first();
        first.is_some_and(|(first, _)| told > first)
    }

    fn is_open(&self) -> bool {
        self.is_recorded() && self.status.0 != Some(IncidentStatus::Closed)
    }
}

impl Incidents {
    fn of_incidents(&self, measures: &mut Measures) {
        let unread = self.reports_not_readable.count();
        let unsaid = self.gathered(|incident| !incident.is_judged());
        let unsaid = unsaid.map_or(0, |unsaid| unsaid.count());
        let all = self.gathered(|_| true);
        let population = all.as_ref().map_or(0, Gathered::count) + unread;
        let unsaid_open = self.gathered(|incident| !incident.is_judged() && incident.is_open());
        let unsaid_open = unsaid_open.map_or(0, |unsaid| unsaid.count());
        let before = self.range.first().is_some_and(|(first, _)| first > 0);
        // One that can't be read may be of an incident that counts, and close it or say more of it.
        let once = Unread::once(unread).over(unread).of_events(unread);
        let is_critical = |incident: &Incident| incident.severity.0 == Some(Severity::Critical);
        type Which<'a> = &'a dyn Fn(&Incident) -> bool;
        let cases: [(&str, Which<'_>, Unread); 7] = [
            ("reported", &|_| true, Unread::once(unread)),
            ("closed", &|incident| !incident.is_open(), once),
            ("open_at_end", &Incident::is_open, once.before(before)),
            (
                "serious",
                &|incident| incident.serious,
                Unread::once(unread + unsaid)
                    .unsaid(unsaid)
                    .over(unread)
                    .of_events(unread),
            ),
            ("serious_unsaid", &|incident| !incident.is_judged(), once),
            (
                "serious_open_at_end",
                &|incident| incident.serious && incident.is_open(),
                Unread::once(unread + unsaid_open)
                    .unsaid(unsaid_open)
                    .over(unread)
                    .of_events(unread)
                    .before(before),
            ),
            (
                "critical_open_at_end",
                &|incident| is_critical(incident) && incident.is_open(),
                once.before(before),
            ),
        ];
        for (name, which, unread) in cases {
            measures
                .gathered(&format!("incidents.{name}"), self.gathered(which))
                .of(population)
                .unread(unread);
        }
        let mut waits = Waits::default();
        let name = "incidents.time_to_close";
        measures
            .gathered("incidents.ids_used_again", self.again())
            .of_family(population - unread, unread);
        let Some(all) = self.cases() else {
            Waits::unknown(name, measures);
            return;
        };
        for (_, _, incident) in all {
            if let (Some((_, opened)), Some((Nanos(closed), by))) =
                (incident.timeline.first(), incident.closed)
            {
                waits.see(closed.saturating_sub(opened), by);
            }
        }
        let unread = Unread::once(unread);
        waits.measures(name, "no incident was closed", unread, measures);
    }
}

impl Fold for Incidents {
    const NAME: &'static str = "incidents";
    const VERSION: u32 = 5;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        self.range.see(sequence, record.time());
        match record.known() {
            Some(Known::Violation(event)) => {
                self.violations.see(sequence);
                if event.prevented != Some(true) {
                    self.not_prevented.see(sequence);
                }
                if let Some(kind) = self.kinds.at(event.kind.word()) {
                    kind.see(sequence);
                }
                let agent = event.agent.unwrap_or_default();
                let tool = event.tool.unwrap_or_default();
                if let Some(violator) =
                    self.violators
                        .at(&joined(&[agent, event.kind.word(), tool]))
                {
                    violator.see(sequence);
                }
            }
            Some(Known::Incident(event)) => self.incident(record, event),
            Some(Known::IncidentReported(event)) => self.told(record, event),
            Some(_) => {}
            None => {
                let (happened, told) = (Report::TYPE, IncidentReported::TYPE);
                for (types, counted) in [
                    (&[Violation::TYPE][..], &mut self.violations_not_readable),
                    (&[happened], &mut self.reports_not_readable),
                    (&[told], &mut self.told_not_readable),
                    (&[happened, told], &mut self.incidents_not_readable),
                    (&[Violation::TYPE, happened, told], &mut self.not_readable),
                ] {
                    if record.may_be_any(types) {
                        counted.see(sequence);
                    }
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("incidents.not_readable", &self.not_readable);
        let unread = self.violations_not_readable.count();
        let violations = self.violations.count();
        measures
            .count("incidents.violations", &self.violations)
            .of_family(violations, unread);
        measures
            .count("incidents.violations_not_prevented", &self.not_prevented)
            .of_family(violations, unread);
        let none = Counted::default();
        for kind in ViolationKind::WORDS {
            let counted = self.kinds.of(kind).unwrap_or(&none);
            measures
                .count(&format!("incidents.violations_{kind}"), counted)
                .of_family(violations, unread);
        }
        self.of_incidents(measures);
        self.telling(measures);
    }

    fn tables(&self) -> Vec<Table> {
        let incident = |incident: &Incident| -> Vec<Cell> {
            let at = |sign: Option<(u64, u64)>| sign.map(|(_, time)| Instant(time).to_string());
            vec![
                incident.status.0.map(IncidentStatus::word).into(),
                incident.severity.0.map(Severity::word).into(),
                incident.serious.into(),
                at(incident.timeline.first()).into(),
                at(incident.timeline.last()).into(),
                (&incident.reports).into(),
            ]
        };
        vec![
            Table {
                name: "incidents.incidents",
                columns: &[
                    "incident",
                    "status",
                    "severity",
                    "serious",
                    "first_time",
                    "last_time",
                    "records",
                ],
                rows: match self.cases() {
                    None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
                    Some(all) => {
                        let row = |(id, _, case): &(&str, usize, Incident)| {
                            let mut row = vec![(*id).into()];
                            row.extend(incident(case));
                            row
                        };
                        all.iter().map(row).collect()
                    }
                },
            },
            Table {
                name: "incidents.violations",
                columns: &["agent", "kind", "tool", "violations", "records"],
                rows: rows_of(&self.violators, |counted| {
                    vec![counted.count().into(), counted.into()]
                }),
            },
        ]
    }
}
