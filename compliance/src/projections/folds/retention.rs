//! What is still there of what was recorded, and what must stay: bodies and payloads by state, holds, erasures.

mod kept;
mod rows;

use std::collections::BTreeMap;

use indelible_evidence::{
    header::RecordKind,
    key_event::{Erasure, Hold, HoldAction},
};
use serde::{Deserialize, Serialize};

use crate::{
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Counted, Hash16, Keyed, Listed, Nanos, Sum, Timeline, absorb_fields},
        record::{BodyView, PayloadState, Record},
        table::{Cell, Table, rows_of},
    },
    time::Day,
};

const STATES: usize = BodyView::STATES.len();
/// The states of payloads that no body has, and what measures call them.
const PAYLOAD_STATES: [&str; PayloadState::COUNT] = [
    "there",
    "erased",
    "withheld",
    "archived",
    "missing",
    "unreadable",
];
/// Days for which laws ask that records are kept: half a year, a year and a day, six years and a day.
pub(super) const KEPT_DAYS: [u64; 3] = [184, 366, 2_192];
pub(super) const NANOSECONDS_OF_DAY: u64 = 86_400_000_000_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Retention {
    bodies: [Counted; STATES],
    classifications: Keyed<Bodies>,
    days: Keyed<Bodies>,
    /// Events whose bodies can be read, by the day until which they may be kept.
    limits: Keyed<Counted>,
    orders: Listed<Order>,
    /// The payloads of events by the day on which they were recorded.
    payload_days: Keyed<Payloads>,
    payloads: [Counted; PayloadState::COUNT],
    timeline: Timeline,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Payloads {
    states: [Sum; PayloadState::COUNT],
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Bodies {
    states: [Sum; STATES],
}

/// A hold is placed or released, or data keys are destroyed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    sequence: u64,
    time: Nanos,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// Without keys it is on the whole ledger.
    Place {
        data_keys: Option<Vec<Hash16>>,
        hold: Hash16,
        reason: Option<String>,
    },
    Release {
        hold: Hash16,
    },
    Erase {
        basis: String,
        data_keys: Vec<Hash16>,
    },
}

absorb_fields!(Bodies { states });
absorb_fields!(Payloads { states });
absorb_fields!(Retention {
    timeline,
    bodies,
    days,
    classifications,
    limits,
    orders,
    payload_days,
    payloads
});

/// A hold and what became of it.
struct Held<'a> {
    placed: &'a Order,
    data_keys: Option<&'a [Hash16]>,
    reason: Option<&'a str>,
    released: Option<&'a Order>,
}

impl Held<'_> {
    fn covers(&self, data_keys: &[Hash16]) -> bool {
        self.released.is_none()
            && self
                .data_keys
                .is_none_or(|held| held.iter().any(|key| data_keys.contains(key)))
    }
}

/// What the holds and erasures of a range come to.
#[derive(Default)]
struct Replayed<'a> {
    holds: BTreeMap<Hash16, Held<'a>>,
    placed: Gathered,
    erased: Gathered,
    erased_under_hold: Gathered,
    released_unknown: Gathered,
}

impl Retention {
    fn replay(&self) -> Option<Replayed<'_>> {
        let mut replayed = Replayed::default();
        for order in self.orders.all()? {
            match &order.what {
                What::Place {
                    hold,
                    data_keys,
                    reason,
                } => {
                    replayed.placed.see(order.sequence);
                    let (data_keys, reason) = (data_keys.as_deref(), reason.as_deref());
                    let held = Held {
                        placed: order,
                        data_keys,
                        reason,
                        released: None,
                    };
                    replayed.holds.insert(*hold, held);
                }
                What::Release { hold } => match replayed.holds.get_mut(hold) {
                    Some(held) => held.released = Some(order),
                    None => replayed.released_unknown.see(order.sequence),
                },
                What::Erase { data_keys, .. } => {
                    replayed.erased.see(order.sequence);
                    if replayed.holds.values().any(|held| held.covers(data_keys)) {
                        replayed.erased_under_hold.see(order.sequence);
                    }
                }
            }
        }
        Some(replayed)
    }

    /// How many events are encrypted and were not opened.
    pub(super) fn sealed_events(&self) -> u64 {
        self.bodies[BodyView::Sealed.state()].count()
    }

    fn order(&mut self, record: &Record<'_>) -> Option<()> {
        let hashes = |ids: &[indelible_evidence::hash::DataKeyId]| -> Vec<Hash16> {
            ids.iter().map(|id| Hash16::of_id(id.as_bytes())).collect()
        };
        // Statements that do not decode are counted by the fold on custody.
        let what = match &record.header.kind {
            RecordKind::Hold(signed) => {
                let statement = Hold::decode(signed.statement).ok()?;
                let hold = Hash16::of_id(statement.hold.as_bytes());
                match statement.action {
                    HoldAction::Place { data_keys, reason } => {
                        let data_keys = data_keys.as_deref().map(hashes);
                        What::Place {
                            hold,
                            data_keys,
                            reason,
                        }
                    }
                    HoldAction::Release => What::Release { hold },
                }
            }
            RecordKind::Erasure(signed) => {
                let statement = Erasure::decode(signed.statement).ok()?;
                let data_keys = hashes(&statement.data_keys);
                What::Erase {
                    data_keys,
                    basis: statement.basis,
                }
            }
            _ => return None,
        };
        let (sequence, time) = (record.sequence(), Nanos(record.time()));
        self.orders.push(Order {
            sequence,
            time,
            what,
        });
        Some(())
    }
}

impl Fold for Retention {
    const NAME: &'static str = "retention";
    const VERSION: u32 = 3;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.timeline)
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.timeline.see(sequence, time);
        let Some(event) = &record.event else {
            self.order(record);
            return;
        };
        // How much of itself a ledger keeps says nothing of what clients gave it.
        if record.is_ledgers_own() {
            return;
        }
        let state = event.body.state();
        self.bodies[state].see(sequence);
        if let Some(day) = self.days.at(Day::of(time).as_str()) {
            day.states[state].add(1);
        }
        if let Some(limit) = event.common.retain_until_ns
            && let Some(limit) = self.limits.at(Day::of(limit).as_str())
        {
            limit.see(sequence);
        }
        let classification = event.header.classification.unwrap_or_default();
        if let Some(class) = self.classifications.at(classification) {
            class.states[state].add(1);
        }
    }

    fn payload(&mut self, record: &Record<'_>, state: PayloadState) {
        self.payloads[state.state()].see(record.sequence());
        if let Some(day) = self.payload_days.at(Day::of(record.time()).as_str()) {
            day.states[state.state()].add(1);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        for (state, bodies) in BodyView::STATES.iter().zip(&self.bodies) {
            measures.count(&format!("retention.bodies_{state}"), bodies);
        }
        for (state, payloads) in PAYLOAD_STATES.iter().zip(&self.payloads) {
            measures.count(&format!("retention.payloads_{state}"), payloads);
        }
        let ends = self.timeline.first().zip(self.timeline.last());
        let span = ends.map(|(first, last)| last.1.saturating_sub(first.1));
        let records: Vec<u64> = ends.map_or_else(Vec::new, |(first, last)| vec![first.0, last.0]);
        measures.span("retention.span", span, &records, "there is no record");
        self.kept(measures);
        let before = self.timeline.first().is_some_and(|(first, _)| first > 0);
        let replayed = self.replay();
        let in_force = replayed.as_ref().map(|replayed| {
            let mut in_force = Gathered::default();
            let held = replayed
                .holds
                .values()
                .filter(|held| held.released.is_none());
            held.for_each(|held| in_force.see(held.placed.sequence));
            in_force
        });
        measures
            .gathered("retention.holds_in_force", in_force)
            .unread(Unread::default().before(before));
        let (placed, erased, under_hold, unknown) = match replayed {
            Some(replayed) => (
                Some(replayed.placed),
                Some(replayed.erased),
                Some(replayed.erased_under_hold),
                Some(replayed.released_unknown),
            ),
            None => (None, None, None, None),
        };
        measures.gathered("retention.holds_placed", placed);
        measures.gathered("retention.holds_released_placed_outside", unknown);
        let erasures = erased.as_ref().map_or(0, Gathered::count);
        measures.gathered("retention.erasures", erased);
        measures
            .gathered("retention.erasures_under_hold", under_hold)
            .of(erasures)
            .unread(Unread::default().before(before));
    }

    fn tables(&self) -> Vec<Table> {
        let bodies = |bodies: &Bodies| -> Vec<Cell> {
            bodies.states.iter().map(|sum| sum.value().into()).collect()
        };
        vec![
            Table {
                name: "retention.by_day",
                columns: &[
                    "day",
                    "open",
                    "sealed",
                    "erased",
                    "withheld",
                    "archived",
                    "missing",
                    "unreadable",
                ],
                rows: rows_of(&self.days, bodies),
            },
            Table {
                name: "retention.by_classification",
                columns: &[
                    "classification",
                    "open",
                    "sealed",
                    "erased",
                    "withheld",
                    "archived",
                    "missing",
                    "unreadable",
                ],
                rows: rows_of(&self.classifications, bodies),
            },
            Table {
                name: "retention.holds",
                columns: &[
                    "placed_by",
                    "placed_time",
                    "hold",
                    "data_keys",
                    "reason",
                    "released_by",
                    "released_time",
                ],
                rows: self.hold_rows(),
            },
            Table {
                name: "retention.erasures",
                columns: &["record", "time", "data_keys", "basis"],
                rows: self.erasure_rows(),
            },
        ]
    }
}
