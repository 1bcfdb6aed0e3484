//! Who read what the ledger keeps encrypted, and which reports were made.

use indelible_evidence::{
    header::RecordKind,
    key_event::{Genesis, SettingsChange},
};
use serde::{Deserialize, Serialize};

use crate::{
    conventions::{ACCESS_SOURCE, Access as Reading, Known, ReportMade},
    projections::{
        fold::Fold,
        measure::{Measures, Unread, Value},
        pieces::{Absorb, Counted, Keyed, Sum, Timeline, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::{Day, Instant},
};

/// What the daemon calls everybody where callers don't say who they are: now, and in earlier builds.
const NOBODY: [&str; 2] = ["insecure:local", "local"];

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
    reads_by_nobody: Counted,
    records_opened: Sum,
    reports: Counted,
    trail: Trail,
    without_purpose: Counted,
}

/// Whether the ledger keeps an access trail, as its settings say, and for how many events it did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Trail {
    /// Events before the first settings of the range; an earlier range decides whether there was a trail.
    before_settings: Counted,
    is_on: Option<bool>,
    with: Counted,
    without: Counted,
}

impl Absorb for Trail {
    fn absorb(&mut self, later: Self) {
        match self.is_on {
            None => self.before_settings.absorb(later.before_settings),
            Some(true) => self.with.absorb(later.before_settings),
            Some(false) => self.without.absorb(later.before_settings),
        }
        self.with.absorb(later.with);
        self.without.absorb(later.without);
        self.is_on = later.is_on.or(self.is_on);
    }
}

impl Trail {
    fn event(&mut self, sequence: u64) {
        match self.is_on {
            None => self.before_settings.see(sequence),
            Some(true) => self.with.see(sequence),
            Some(false) => self.without.see(sequence),
        }
    }

    /// Events that anybody may have opened without a trace, as far as the range can tell.
    fn outside(&self) -> u64 {
        self.without.count() + self.before_settings.count()
    }
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
    reads_by_nobody,
    trail,
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
        if NOBODY.contains(&event.principal) {
            self.reads_by_nobody.see(sequence);
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

impl Access {
    /// Why nobody knows how often something was opened, where no opening is recorded: that shows something only under an
    /// access trail.
    fn untold(&self) -> Option<String> {
        let trail = &self.trail;
        let without = trail.outside();
        if self.reads.count() > 0 || without == 0 {
            return None;
        }
        let why = "who opened what is not recorded";
        Some(match (trail.with.count(), trail.is_on) {
            (0, None) => {
                format!("no record of the range says that an access trail is kept, so {why}")
            }
            (0, Some(_)) if trail.without.count() > 0 => {
                format!("the ledger kept no access trail for these events, so {why}")
            }
            _ => format!(
                "for {without} of {} events it is not recorded that an access trail was kept, so {why}",
                without + trail.with.count()
            ),
        })
    }
}

impl Fold for Access {
    const NAME: &'static str = "access";
    const VERSION: u32 = 3;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        match &record.header.kind {
            RecordKind::Genesis(signed) => {
                if let Ok(genesis) = Genesis::decode(signed.statement) {
                    self.trail.is_on = genesis.settings.map(|settings| settings.access_trail);
                }
            }
            RecordKind::Settings(signed) => {
                if let Ok(change) = SettingsChange::decode(signed.statement) {
                    self.trail.is_on = Some(change.settings.access_trail);
                }
            }
            RecordKind::Event(_) if !record.is_ledgers_own() => self.trail.event(sequence),
            _ => {}
        }
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
                if record.may_be_any(&[Reading::TYPE, ReportMade::TYPE]) {
                    self.not_readable.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        // Where there was no trail nobody knows who read what.
        let not_readable = self.not_readable.count();
        let unread = Unread::once(not_readable)
            .many(self.trail.outside())
            .of_events(not_readable);
        let reads = self.reads.count() + not_readable;
        let untold = self.untold();
        for (name, counted) in [
            ("access.reads", &self.reads),
            ("access.without_purpose", &self.without_purpose),
            ("access.reads_by_local", &self.reads_by_nobody),
        ] {
            match &untold {
                Some(why) => measures.put(name, Value::NotComputable(why.clone()), &[]),
                None => measures.count(name, counted),
            }
            .of(reads)
            .unread(unread);
        }
        let any = Unread::default()
            .many(not_readable + self.trail.outside())
            .of_events(not_readable);
        for (name, number, unread) in [
            (
                "access.records_opened",
                Some(self.records_opened.value()),
                any,
            ),
            ("access.principals", self.principals.count(), unread),
        ] {
            match &untold {
                Some(why) => measures.put(name, Value::NotComputable(why.clone()), &[]),
                None => measures.number(name, number),
            }
            .of(reads)
            .unread(unread);
        }
        measures.count("access.not_readable", &self.not_readable);
        measures.count("access.not_the_daemons", &self.not_the_daemons);
        measures.count("access.reports_made", &self.reports);
        let with = self.trail.with.count();
        let events = with + self.trail.outside();
        measures.share(
            "access.share_under_trail",
            with,
            events,
            &[],
            "there is no event",
        );
        let on = match (self.trail.is_on, self.trail.outside()) {
            (Some(on), 0) => Value::Flag(on),
            (Some(false), _) | (_, 1..) => Value::Flag(false),
            (None, _) => {
                let why = "no record of the range says whether there is an access trail";
                Value::NotComputable(why.to_owned())
            }
        };
        measures.put("access.trail_on", on, &[]);
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
