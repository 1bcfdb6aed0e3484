//! Incidents of one id, one after the other, and what single events say of them.

use super::{Incident, Incidents, Soonest, Worst};
use crate::{
    conventions::{Incident as Report, IncidentReported, IncidentStatus, Recipient},
    projections::{
        measure::Gathered,
        pieces::{Case, Last, Nanos},
        record::Record,
    },
};

/// From when it is recorded until it is recorded as closed. What is recorded under the same id as open after that is another
/// one.
impl Case for Incident {
    fn begins(&self) -> bool {
        self.begun == Some(true)
    }

    fn has_ended(&self) -> bool {
        self.status.0 == Some(IncidentStatus::Closed)
    }

    fn is_neutral(&self) -> bool {
        self.begun.is_none()
    }

    fn is_of_next(&self) -> bool {
        self.is_neutral()
    }
}

impl Incidents {
    pub(super) fn incident(&mut self, record: &Record<'_>, event: &Report<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        let is_closed = event.status == IncidentStatus::Closed;
        let aware = record.said(event.aware_at_ns);
        let mut incident = Incident {
            aware: aware.map(|aware| (Nanos(aware), sequence)),
            begun: Some(!is_closed),
            closed: is_closed.then_some((Nanos(time), sequence)),
            harm: Soonest(event.harm),
            judged: event.serious.is_some(),
            serious: event.serious == Some(true),
            severity: Worst(Some(event.severity)),
            status: Last(Some(event.status)),
            ..Incident::default()
        };
        incident.reports.see(sequence);
        incident.timeline.see(sequence, time);
        if let Some(cases) = self.incidents.at(event.incident_id) {
            cases.see(incident);
        }
    }

    pub(super) fn told(&mut self, record: &Record<'_>, event: &IncidentReported<'_>) {
        self.told.see(record.sequence());
        let mut incident = Incident::default();
        match event.to {
            Recipient::Person => incident.told_people = Last(Some(record.sequence())),
            Recipient::Authority => {
                let told = record.said(event.reported_at_ns);
                let told = told.unwrap_or(record.time());
                incident.told = Some((Nanos(told), record.sequence()));
            }
            _ => return,
        }
        if let Some(cases) = self.incidents.at(event.incident_id) {
            cases.see(incident);
        }
    }

    /// All that are recorded, by their ids, and how many came before each under the same id; none if there are too many.
    pub(super) fn cases(&self) -> Option<Vec<(&str, usize, Incident)>> {
        let mut all = Vec::new();
        for (id, cases) in self.incidents.all()? {
            let cases = cases.all()?.into_iter().enumerate();
            all.extend(cases.map(|(before, case)| (id, before, case)));
        }
        Some(all)
    }

    /// Incidents that were opened under the id of one that was closed.
    pub(super) fn again(&self) -> Option<Gathered> {
        let mut again = Gathered::default();
        for (_, before, case) in self.cases()? {
            if let (1.., Some((first, _))) = (before, case.timeline.first()) {
                again.see(first);
            }
        }
        Some(again)
    }

    pub(super) fn gathered(&self, which: impl Fn(&Incident) -> bool) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        for (_, _, incident) in self.cases()? {
            if incident.is_recorded()
                && which(&incident)
                && let Some((first, _)) = incident.timeline.first()
            {
                gathered.see(first);
            }
        }
        Some(gathered)
    }
}
