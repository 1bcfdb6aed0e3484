//! Rules of retention, what was disposed of under them, and what lies past its time: bodies that a rule in force covers, that
//! are old enough, and that are there.
//!
//! Ages count by the ledger's clock, in whole days. Of rules on payloads alone, and of ages by the producer's own time,
//! nothing is said: whether a payload is there, a fold does not see. What a hold keeps counts as past its time, too.

use indelible_evidence::{
    header::RecordKind,
    key_event::{
        Disposal, Genesis, RetentionAction, RetentionClock, RetentionParts, RetentionRule,
        SettingsChange,
    },
};
use serde::{Deserialize, Serialize};

use super::retention::NANOSECONDS_OF_DAY;
use crate::{
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, TOO_MANY, Unread},
        pieces::{
            Counted, Keyed, Last, Listed, Nanos, Sum, Timeline, absorb_fields, joined, parts,
        },
        record::{BodyView, Record},
        table::{Cell, Table},
    },
    time::{Day, Instant},
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Disposals {
    made: Listed<Made>,
    /// The rules that the newest settings say.
    rules: Last<Vec<Rule>>,
    /// How many bodies are there of each kind, type and classification, by the day on which they were recorded.
    there: Keyed<Keyed<Sum>>,
    timeline: Timeline,
    withheld: Counted,
}

/// A disposal on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Made {
    rule: String,
    sequence: u64,
    time: Nanos,
}

/// A rule in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rule {
    after_days: u64,
    basis: String,
    classification: Option<String>,
    clock: String,
    event_type: Option<String>,
    name: String,
    parts: String,
    says: String,
}

absorb_fields!(Disposals {
    made,
    rules,
    there,
    timeline,
    withheld
});

/// What stands for an event, and for a decision of the gate, which a rule without a type is not about.
const EVENT: &str = "event";
const GOVERNANCE: &str = "governance";

impl Rule {
    fn of(rule: &RetentionRule) -> Self {
        Self {
            after_days: rule.after_days,
            basis: rule.basis.clone(),
            classification: rule.classification.clone(),
            clock: rule.clock.as_str().to_owned(),
            event_type: rule.event_type.clone(),
            name: rule.name.clone(),
            parts: rule.parts.as_str().to_owned(),
            says: rule.action.as_str().to_owned(),
        }
    }

    /// Whether it says of bodies alone, from headers alone, when they go.
    fn tells_of_bodies(&self) -> bool {
        self.says == RetentionAction::Erase.as_str()
            && self.parts != RetentionParts::Payloads.as_str()
            && self.clock == RetentionClock::Recorded.as_str()
    }

    /// Whether it is about events of this kind, type and classification.
    fn is_about(&self, key: &str) -> bool {
        let mut parts = parts(key);
        let (kind, event_type) = (parts.next(), parts.next());
        let class = parts.next().filter(|class| !class.is_empty());
        let is_of = |wanted: &Option<String>, found: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == found
        };
        (kind == Some(EVENT) || self.event_type.is_some())
            && is_of(&self.event_type, event_type)
            && is_of(&self.classification, class)
    }
}

impl Disposals {
    fn key_event(&mut self, record: &Record<'_>) -> Option<()> {
        let (sequence, time) = (record.sequence(), Nanos(record.time()));
        // Statements that do not decode are counted by the fold on custody.
        let settings = match &record.header.kind {
            RecordKind::Genesis(signed) => Genesis::decode(signed.statement).ok()?.settings?,
            RecordKind::Settings(signed) => SettingsChange::decode(signed.statement).ok()?.settings,
            RecordKind::Disposal(signed) => {
                let rule = Disposal::decode(signed.statement).ok()?.rule;
                self.made.push(Made {
                    rule,
                    sequence,
                    time,
                });
                return None;
            }
            _ => return None,
        };
        self.rules = Last(Some(settings.retention.iter().map(Rule::of).collect()));
        Some(())
    }

    /// How many bodies lie past their time at the end; none if that is not known.
    fn overdue(&self) -> Option<u64> {
        let rules = self.rules.0.as_deref().unwrap_or_default();
        let end = self.timeline.last().map_or(0, |(_, time)| time);
        let mut overdue = 0;
        for (key, days) in self.there.all()? {
            let telling = rules.iter().filter(|rule| rule.tells_of_bodies());
            let ages = telling.filter(|rule| rule.is_about(key));
            let Some(after_days) = ages.map(|rule| rule.after_days).min() else {
                continue;
            };
            let Some(until) = after_days
                .checked_mul(NANOSECONDS_OF_DAY)
                .and_then(|age| end.checked_sub(age))
            else {
                continue;
            };
            let until = Day::of(until);
            let old = days.all()?.filter(|(day, _)| *day < until.as_str());
            overdue += old.map(|(_, sum)| sum.value()).sum::<u64>();
        }
        Some(overdue)
    }
}

impl Fold for Disposals {
    const NAME: &'static str = "disposals";
    const VERSION: u32 = 1;

    fn reach(&mut self, time: u64) {
        self.timeline.reach(time);
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.timeline.see(sequence, time);
        let Some(event) = &record.event else {
            self.key_event(record);
            return;
        };
        match event.body {
            BodyView::Open(_) | BodyView::Sealed | BodyView::Unreadable => {}
            BodyView::Withheld => return self.withheld.see(sequence),
            BodyView::Erased | BodyView::Archived | BodyView::Missing => return,
        }
        let kind = match record.header.kind {
            RecordKind::Event(_) => EVENT,
            _ => GOVERNANCE,
        };
        let class = event.header.classification.unwrap_or_default();
        let days = self
            .there
            .at(&joined(&[kind, event.header.event_type, class]));
        if let Some(sum) = days.and_then(|days| days.at(Day::of(time).as_str())) {
            sum.add(1);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let before = self.timeline.first().is_some_and(|(first, _)| first > 0);
        let made = self.made.all().map(|all| {
            let mut made = Gathered::default();
            all.iter().for_each(|one| made.see(one.sequence));
            made
        });
        measures.gathered("disposals.made", made);
        let rules = self.rules.0.as_ref().map_or(0, |rules| rules.len() as u64);
        measures
            .number("disposals.rules_in_force", Some(rules))
            .unread(Unread::default().before(before && self.rules.0.is_none()));
        let overdue = self.overdue();
        measures
            .number("disposals.overdue_bodies", overdue)
            .of_family(overdue.unwrap_or_default(), self.withheld.count());
    }

    fn tables(&self) -> Vec<Table> {
        let rules = self.rules.0.as_deref().unwrap_or_default();
        let rule = |rule: &Rule| -> Vec<Cell> {
            vec![
                rule.name.as_str().into(),
                rule.says.as_str().into(),
                rule.parts.as_str().into(),
                rule.after_days.into(),
                rule.clock.as_str().into(),
                rule.event_type.as_deref().into(),
                rule.classification.as_deref().into(),
                rule.basis.as_str().into(),
            ]
        };
        let made = match self.made.all() {
            Some(all) => all
                .iter()
                .map(|one| {
                    vec![
                        one.sequence.into(),
                        Instant(one.time.0).to_string().into(),
                        one.rule.as_str().into(),
                    ]
                })
                .collect(),
            None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
        };
        vec![
            Table {
                name: "disposals.rules",
                columns: &[
                    "rule",
                    "action",
                    "parts",
                    "after_days",
                    "clock",
                    "type",
                    "classification",
                    "basis",
                ],
                rows: rules.iter().map(rule).collect(),
            },
            Table {
                name: "disposals.made",
                columns: &["record", "time", "rule"],
                rows: made,
            },
        ]
    }
}
