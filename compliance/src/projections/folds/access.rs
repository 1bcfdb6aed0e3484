//! Who read what the ledger keeps encrypted, and which reports were made.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{ACCESS_SOURCE, Access as Reading, Known},
    projections::{
        fold::Fold,
        measure::Measures,
        pieces::{Counted, Keyed, Sum, Timeline, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::{Day, Instant},
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Access {
    days: Keyed<Counted>,
    frameworks: Keyed<Counted>,
    not_readable: Counted,
    /// Of the type, and not from the daemon's source.
    not_the_daemons: Counted,
    principals: Keyed<Reader>,
    purposes: Keyed<Counted>,
    reads: Counted,
    records_opened: Sum,
    reports: Counted,
    without_purpose: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Reader {
    reads: Counted,
    records_opened: Sum,
    timeline: Timeline,
    without_purpose: Counted,
}

absorb_fields!(Reader {
    reads,
    records_opened,
    without_purpose,
    timeline
});
absorb_fields!(Access {
    reads,
    records_opened,
    without_purpose,
    not_readable,
    principals,
    purposes,
    days,
    reports,
    frameworks,
    not_the_daemons,
});

impl Access {
    fn read(&mut self, record: &Record<'_>, event: &Reading<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.reads.see(sequence);
        self.records_opened.add(event.events);
        if event.purpose.is_none() {
            self.without_purpose.see(sequence);
        }
        if let Some(reader) = self.principals.at(event.principal) {
            reader.reads.see(sequence);
            reader.records_opened.add(event.events);
            reader.timeline.see(sequence, time);
            if event.purpose.is_none() {
                reader.without_purpose.see(sequence);
            }
        }
        let purpose = joined(&[event.principal, event.purpose.unwrap_or_default()]);
        if let Some(purpose) = self.purposes.at(&purpose) {
            purpose.see(sequence);
        }
        if let Some(day) = self.days.at(Day::of(time).as_str()) {
            day.see(sequence);
        }
    }
}

impl Fold for Access {
    const NAME: &'static str = "access";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        match record.known() {
            Some(Known::Access(event)) => {
                if record
                    .body()
                    .is_some_and(|body| body.source == ACCESS_SOURCE)
                {
                    self.read(record, event);
                } else {
                    self.not_the_daemons.see(sequence);
                }
            }
            Some(Known::ReportMade(event)) => {
                self.reports.see(sequence);
                if let Some(made) = self
                    .frameworks
                    .at(&joined(&[event.framework, event.principal]))
                {
                    made.see(sequence);
                }
            }
            Some(_) => {}
            None => {
                let trail = ["indelible.access.", "indelible.report."];
                if trail.into_iter().any(|family| record.is_unusable(family)) {
                    self.not_readable.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("access.reads", &self.reads);
        measures.number("access.records_opened", Some(self.records_opened.value()));
        measures.count("access.without_purpose", &self.without_purpose);
        measures.count("access.not_readable", &self.not_readable);
        measures.count("access.not_the_daemons", &self.not_the_daemons);
        measures.number("access.principals", self.principals.count());
        measures.count("access.reports_made", &self.reports);
    }

    fn tables(&self) -> Vec<Table> {
        let reader = |reader: &Reader| -> Vec<Cell> {
            let at = |sign: Option<(u64, u64)>| sign.map(|(_, time)| Instant(time).to_string());
            vec![
                reader.reads.count().into(),
                reader.records_opened.value().into(),
                reader.without_purpose.count().into(),
                at(reader.timeline.first()).into(),
                at(reader.timeline.last()).into(),
                (&reader.reads).into(),
            ]
        };
        let counted = |counted: &Counted| vec![counted.count().into(), counted.into()];
        vec![
            Table {
                name: "access.by_principal",
                columns: &[
                    "principal",
                    "reads",
                    "records_opened",
                    "without_purpose",
                    "first_time",
                    "last_time",
                    "records",
                ],
                rows: rows_of(&self.principals, reader),
            },
            Table {
                name: "access.by_purpose",
                columns: &["principal", "purpose", "reads", "records"],
                rows: rows_of(&self.purposes, counted),
            },
            Table {
                name: "access.by_day",
                columns: &["day", "reads", "records"],
                rows: rows_of(&self.days, counted),
            },
            Table {
                name: "access.reports",
                columns: &["framework", "principal", "reports", "records"],
                rows: rows_of(&self.frameworks, counted),
            },
        ]
    }
}
