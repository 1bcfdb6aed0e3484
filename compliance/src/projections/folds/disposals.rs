//! Rules of retention, what was disposed of under them, and what lies past its time: bodies and payloads that a rule in
//! force covers, that are old enough, and that are there.
//!
//! Ages count by the ledger's clock, in whole days. Of ages by the producer's own time nothing is said on what is past its
//! time. What a hold keeps counts as past its time, too.

mod young;

use indelible_evidence::{
    commitment::PartKind,
    header::RecordKind,
    key_event::{
        Disposal, Genesis, Hold, HoldAction, RetentionAction, RetentionClock, RetentionParts,
        RetentionRule, SettingsChange,
    },
};
use serde::{Deserialize, Serialize};

use super::retention::NANOSECONDS_OF_DAY;
use crate::{
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, TOO_MANY, Unread},
        pieces::{
            Absorb, Counted, Keyed, Last, Listed, Nanos, Sum, Timeline, absorb_fields, joined,
            parts,
        },
        record::{BodyView, PayloadState, Record},
        table::{Cell, Table},
    },
    time::{Day, Instant},
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Disposals {
    /// Holds on single data keys that were placed: what is under one, no disposal names.
    held: Counted,
    made: Listed<Made>,
    /// The rules that the newest settings say.
    rules: Last<Vec<Rule>>,
    /// What settings said before, in their order.
    settings: Listed<Setting>,
    /// What is there of each kind, type and classification, by the day on which it was recorded.
    there: Keyed<Keyed<Group>>,
    timeline: Timeline,
    withheld: Counted,
    withheld_payloads: Counted,
}

/// The rules that are in force from a record on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Setting {
    rules: Vec<Rule>,
    sequence: u64,
}

/// Events of one kind, type, classification and day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Group {
    #[serde(rename = "b")]
    bodies: Sum,
    #[serde(rename = "e")]
    ends: Ends,
    /// Those of the events that have a payload.
    #[serde(rename = "f")]
    payload_ends: Ends,
    #[serde(rename = "p")]
    payloads: Sum,
}

/// Sequence number and time of the first and the last of some events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Ends(Option<[(u64, Nanos); 2]>);

impl Ends {
    fn see(&mut self, sequence: u64, time: u64) {
        self.absorb(Self(Some([(sequence, Nanos(time)); 2])));
    }
}

impl Absorb for Ends {
    fn absorb(&mut self, later: Self) {
        self.0 = match (self.0, later.0) {
            (Some([first, _]), Some([_, last])) => Some([first, last]),
            (one, other) => one.or(other),
        };
    }
}

/// A disposal on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Made {
    rule: String,
    sequence: u64,
    /// The first and the one after the last record of each of its spans.
    spans: Vec<(u64, u64)>,
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

absorb_fields!(Group {
    bodies,
    ends,
    payload_ends,
    payloads
});
absorb_fields!(Disposals {
    held,
    made,
    rules,
    settings,
    there,
    timeline,
    withheld,
    withheld_payloads
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

    /// Whether it says from headers alone when these parts go.
    fn tells_of(&self, part: PartKind) -> bool {
        self.erases() && self.is_on(part) && self.clock == RetentionClock::Recorded.as_str()
    }

    fn erases(&self) -> bool {
        self.says == RetentionAction::Erase.as_str()
    }

    fn is_on(&self, part: PartKind) -> bool {
        let other = match part {
            PartKind::Body => RetentionParts::Payloads,
            PartKind::Payload => RetentionParts::Bodies,
        };
        self.parts != other.as_str()
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
    fn group(&mut self, record: &Record<'_>) -> Option<&mut Group> {
        let event = record.event.as_ref()?;
        let kind = match record.header.kind {
            RecordKind::Event(_) => EVENT,
            _ => GOVERNANCE,
        };
        let class = event.header.classification.unwrap_or_default();
        self.there
            .at(&joined(&[kind, event.header.event_type, class]))?
            .at(Day::of(record.time()).as_str())
    }

    fn key_event(&mut self, record: &Record<'_>) -> Option<()> {
        let (sequence, time) = (record.sequence(), Nanos(record.time()));
        // Statements that do not decode are counted by the fold on custody.
        let settings = match &record.header.kind {
            RecordKind::Genesis(signed) => Genesis::decode(signed.statement).ok()?.settings?,
            RecordKind::Settings(signed) => SettingsChange::decode(signed.statement).ok()?.settings,
            RecordKind::Disposal(signed) => {
                let Disposal { rule, spans, .. } = Disposal::decode(signed.statement).ok()?;
                self.made.push(Made {
                    rule,
                    sequence,
                    spans: spans.iter().map(|span| (span.from, span.to)).collect(),
                    time,
                });
                return None;
            }
            RecordKind::Hold(signed) => {
                if let HoldAction::Place {
                    data_keys: Some(_), ..
                } = Hold::decode(signed.statement).ok()?.action
                {
                    self.held.see(sequence);
                }
                return None;
            }
            _ => return None,
        };
        let rules: Vec<Rule> = settings.retention.iter().map(Rule::of).collect();
        self.settings.push(Setting {
            rules: rules.clone(),
            sequence,
        });
        self.rules = Last(Some(rules));
        Some(())
    }

    /// How many of these parts lie past their time at the end; none if that is not known.
    fn overdue(&self, part: PartKind) -> Option<u64> {
        let rules = self.rules.0.as_deref().unwrap_or_default();
        let end = self.timeline.last().map_or(0, |(_, time)| time);
        let mut overdue = 0;
        for (key, days) in self.there.all()? {
            let telling = rules.iter().filter(|rule| rule.tells_of(part));
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
            let parts = old.map(|(_, group)| match part {
                PartKind::Body => group.bodies.value(),
                PartKind::Payload => group.payloads.value(),
            });
            overdue += parts.sum::<u64>();
        }
        Some(overdue)
    }
}

impl Fold for Disposals {
    const NAME: &'static str = "disposals";
    const VERSION: u32 = 2;

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
        let has_payload = event.header.payload.is_some();
        if let Some(group) = self.group(record) {
            group.ends.see(sequence, time);
            if has_payload {
                group.payload_ends.see(sequence, time);
            }
            if let BodyView::Open(_) | BodyView::Sealed | BodyView::Unreadable = event.body {
                group.bodies.add(1);
            }
        }
        if matches!(event.body, BodyView::Withheld) {
            self.withheld.see(sequence);
        }
    }

    fn payload(&mut self, record: &Record<'_>, state: PayloadState) {
        match state {
            PayloadState::There | PayloadState::Unreadable => {
                if let Some(group) = self.group(record) {
                    group.payloads.add(1);
                }
            }
            PayloadState::Withheld => self.withheld_payloads.see(record.sequence()),
            PayloadState::Erased | PayloadState::Archived | PayloadState::Missing => {}
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
        let bodies = self.overdue(PartKind::Body);
        let payloads = self.overdue(PartKind::Payload);
        let contents = bodies.zip(payloads).map(|(one, other)| one + other);
        let (left_out, others) = (self.withheld.count(), self.withheld_payloads.count());
        for (name, overdue, left_out) in [
            ("bodies", bodies, left_out),
            ("contents", contents, left_out + others),
            ("payloads", payloads, others),
        ] {
            measures
                .number(&format!("disposals.overdue_{name}"), overdue)
                .of_family(overdue.unwrap_or_default(), left_out);
        }
        self.erased_younger(measures);
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
