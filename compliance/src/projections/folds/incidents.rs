//! What went wrong: violations of limits, and incidents from their finding to their end.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Incident as Report, IncidentStatus, Known, Severity, ViolationKind},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures},
        pieces::{Absorb, Counted, Keyed, Last, Timeline, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Instant,
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Incidents {
    incidents: Keyed<Incident>,
    kinds: Keyed<Counted>,
    /// Violations that are not reported as prevented.
    not_prevented: Counted,
    not_readable: Counted,
    violations: Counted,
    violators: Keyed<Counted>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Incident {
    reports: Counted,
    serious: bool,
    severity: Worst,
    status: Last<IncidentStatus>,
    timeline: Timeline,
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
    reports,
    timeline,
    status,
    severity,
    serious
});
absorb_fields!(Incidents {
    not_readable,
    violations,
    not_prevented,
    kinds,
    violators,
    incidents
});

impl Incident {
    fn is_open(&self) -> bool {
        self.status.0 != Some(IncidentStatus::Closed)
    }
}

impl Incidents {
    fn incident(&mut self, record: &Record<'_>, event: &Report<'_>) {
        if let Some(incident) = self.incidents.at(event.incident_id) {
            incident.reports.see(record.sequence());
            incident.timeline.see(record.sequence(), record.time());
            incident.status = Last(Some(event.status));
            incident.severity.absorb(Worst(Some(event.severity)));
            incident.serious |= event.serious == Some(true);
        }
    }

    fn gathered(&self, which: impl Fn(&Incident) -> bool) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        let which = self
            .incidents
            .all()?
            .filter(|(_, incident)| which(incident));
        which
            .filter_map(|(_, incident)| incident.timeline.first())
            .for_each(|(sequence, _)| gathered.see(sequence));
        Some(gathered)
    }
}

impl Fold for Incidents {
    const NAME: &'static str = "incidents";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
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
            Some(_) => {}
            None => {
                if record.is_unusable("ai.violation.") || record.is_unusable("ai.incident.") {
                    self.not_readable.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("incidents.not_readable", &self.not_readable);
        measures.count("incidents.violations", &self.violations);
        measures.count("incidents.violations_not_prevented", &self.not_prevented);
        let none = Counted::default();
        for kind in ViolationKind::WORDS {
            let counted = self.kinds.of(kind).unwrap_or(&none);
            measures.count(&format!("incidents.violations_{kind}"), counted);
        }
        measures.gathered("incidents.reported", self.gathered(|_| true));
        measures.gathered("incidents.open_at_end", self.gathered(Incident::is_open));
        measures.gathered(
            "incidents.serious",
            self.gathered(|incident| incident.serious),
        );
        let serious_open = self.gathered(|incident| incident.serious && incident.is_open());
        measures.gathered("incidents.serious_open_at_end", serious_open);
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
                rows: rows_of(&self.incidents, incident),
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
