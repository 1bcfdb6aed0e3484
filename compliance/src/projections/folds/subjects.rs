//! What is held on whom: by data key, and by name where it can be read.

use indelible_evidence::{
    header::RecordKind,
    key_event::{DataKeyChange, Erasure},
};
use serde::{Deserialize, Serialize};

use crate::{
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, TOO_MANY},
        pieces::{
            Absorb, Counted, Hash16, Hashed, Keyed, Last, Nanos, Sum, Timeline, absorb_fields,
        },
        record::{BodyView, Event, Record},
        table::{Cell, Table, rows_of},
    },
    time::Instant,
};

/// Data keys, and data subjects, of one state.
pub(super) const SUBJECTS_MAX: usize = 1 << 17;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Subjects {
    /// Events on a person whose body can be read, by the ground that they name.
    bases: Keyed<Counted>,
    erasures: Counted,
    /// Events that name a person and that the daemon did not encrypt.
    in_the_clear: Counted,
    keys: Hashed<Key, SUBJECTS_MAX>,
    names: Hashed<Name, SUBJECTS_MAX>,
    without_basis: Counted,
}

/// What is held under a data key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Key {
    #[serde(rename = "a")]
    events_after: Counted,
    #[serde(rename = "b")]
    bodies: [Sum; BodyView::STATES.len()],
    #[serde(rename = "e")]
    erased: Option<Erased>,
    /// It is the ledger's own, and no person's.
    #[serde(rename = "l")]
    of_ledger: bool,
    #[serde(rename = "n")]
    events: Counted,
    #[serde(rename = "t")]
    timeline: Timeline,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Erased {
    basis: String,
    sequence: u64,
    time: Nanos,
}

/// What is held on a person, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Name {
    #[serde(rename = "g")]
    basis: Last<String>,
    #[serde(rename = "k")]
    data_key: Last<Hash16>,
    #[serde(rename = "n")]
    events: Counted,
    #[serde(rename = "s")]
    subject: Option<String>,
    #[serde(rename = "t")]
    timeline: Timeline,
}

impl Absorb for Key {
    fn absorb(&mut self, later: Self) {
        if self.erased.is_some() {
            self.events_after.absorb(later.events.clone());
        } else {
            self.events_after.absorb(later.events_after);
            self.erased = later.erased;
        }
        self.events.absorb(later.events);
        self.timeline.absorb(later.timeline);
        self.bodies.absorb(later.bodies);
        self.of_ledger |= later.of_ledger;
    }
}

absorb_fields!(Name {
    subject,
    events,
    timeline,
    data_key,
    basis
});
absorb_fields!(Subjects {
    keys,
    names,
    bases,
    without_basis,
    in_the_clear,
    erasures
});

impl Subjects {
    fn event(&mut self, record: &Record<'_>, event: &Event<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        let data_key = event.data_key.map(|id| Hash16::of_id(id.as_bytes()));
        if let Some(key) = data_key.and_then(|id| self.keys.at(id)) {
            key.events.see(sequence);
            key.timeline.see(sequence, time);
            key.bodies[event.body.state()].add(1);
            if key.erased.is_some() {
                key.events_after.see(sequence);
            }
        }
        let Some(subject) = event.body.open().and_then(|body| body.data_subject) else {
            return;
        };
        if data_key.is_none() {
            self.in_the_clear.see(sequence);
        }
        let basis = event.common.legal_basis;
        match basis {
            Some(basis) => {
                if let Some(counted) = self.bases.at(basis) {
                    counted.see(sequence);
                }
            }
            None => self.without_basis.see(sequence),
        }
        if let Some(name) = self.names.at(Hash16::of(subject)) {
            if name.subject.is_none() {
                name.subject = Some(subject.to_owned());
            }
            name.events.see(sequence);
            name.timeline.see(sequence, time);
            if data_key.is_some() {
                name.data_key = Last(data_key);
            }
            if let Some(basis) = basis
                && name.basis.0.as_deref() != Some(basis)
            {
                name.basis = Last(Some(basis.to_owned()));
            }
        }
    }

    fn erasure(&mut self, record: &Record<'_>, erasure: &Erasure) {
        self.erasures.see(record.sequence());
        for id in &erasure.data_keys {
            let Some(key) = self.keys.at(Hash16::of_id(id.as_bytes())) else {
                return;
            };
            key.erased.get_or_insert_with(|| Erased {
                sequence: record.sequence(),
                time: Nanos(record.time()),
                basis: erasure.basis.clone(),
            });
        }
    }

    fn gathered(&self, see: impl Fn(&Key, &mut Gathered)) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        self.keys
            .all()?
            .values()
            .for_each(|key| see(key, &mut gathered));
        Some(gathered)
    }

    /// Bodies under erased keys that are there all the same.
    fn still_there(key: &Key) -> u64 {
        let [open, sealed, _, withheld, archived, _, unreadable] = key.bodies;
        [open, sealed, withheld, archived, unreadable]
            .map(Sum::value)
            .iter()
            .sum()
    }
}

impl Fold for Subjects {
    const NAME: &'static str = "subjects";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        if let Some(event) = &record.event {
            self.event(record, event);
            return;
        }
        // Statements that do not decode are counted by the fold on custody.
        match &record.header.kind {
            RecordKind::Erasure(signed) => {
                if let Ok(erasure) = Erasure::decode(signed.statement) {
                    self.erasure(record, &erasure);
                }
            }
            RecordKind::DataKey(signed) => {
                if let Ok(change) = DataKeyChange::decode(signed.statement)
                    && let Some(key) = self.keys.at(Hash16::of_id(change.data_key.as_bytes()))
                {
                    key.of_ledger = true;
                }
            }
            _ => {}
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let number = |holds: fn(&Key) -> bool| {
            self.keys
                .all()
                .map(|all| all.values().filter(|key| holds(key)).count() as u64)
        };
        measures.number("subjects.data_keys", number(|key| key.events.count() > 0));
        measures.number(
            "subjects.data_keys_erased",
            number(|key| key.erased.is_some()),
        );
        measures.number(
            "subjects.named",
            self.names.all().map(|all| all.len() as u64),
        );
        measures.count("subjects.erasures", &self.erasures);
        measures.count("subjects.without_basis", &self.without_basis);
        measures.count("subjects.in_the_clear", &self.in_the_clear);
        let erased_events = self.gathered(|key, gathered| {
            if key.erased.is_some() {
                gathered.take_in(&key.events);
            }
        });
        measures.gathered("subjects.events_under_erased_keys", erased_events);
        let after = self.gathered(|key, gathered| gathered.take_in(&key.events_after));
        measures.gathered("subjects.events_after_erasure", after);
        let remains = self.gathered(|key, gathered| {
            if let Some(erased) = &key.erased
                && Self::still_there(key) > 0
            {
                gathered.see(erased.sequence);
            }
        });
        measures.gathered("subjects.erased_keys_with_bodies", remains);
    }

    fn tables(&self) -> Vec<Table> {
        vec![
            Table {
                name: "subjects.by_data_key",
                columns: &[
                    "data_key",
                    "of_ledger",
                    "events",
                    "first_time",
                    "last_time",
                    "bodies_held",
                    "bodies_erased",
                    "erased_by",
                    "erased_time",
                    "erasure_basis",
                    "events_after_erasure",
                    "records",
                ],
                rows: self.key_rows(),
            },
            Table {
                name: "subjects.by_name",
                columns: &[
                    "data_subject",
                    "events",
                    "first_time",
                    "last_time",
                    "data_key",
                    "legal_basis",
                    "records",
                ],
                rows: self.name_rows(),
            },
            Table {
                name: "subjects.by_legal_basis",
                columns: &["legal_basis", "events", "records"],
                rows: rows_of(&self.bases, |counted| {
                    vec![counted.count().into(), counted.into()]
                }),
            },
        ]
    }
}

impl Subjects {
    /// A row for each data key.
    fn key_rows(&self) -> Vec<Vec<Cell>> {
        self.keys.all().map_or_else(too_many_rows, |all| {
            all.iter()
                .map(|(id, key)| {
                    let erased = key.erased.as_ref();
                    vec![
                        id.to_string().into(),
                        key.of_ledger.into(),
                        key.events.count().into(),
                        time_of(key.timeline.first()).into(),
                        time_of(key.timeline.last()).into(),
                        Self::still_there(key).into(),
                        key.bodies[2].value().into(),
                        erased.map(|erased| erased.sequence).into(),
                        erased
                            .map(|erased| Instant(erased.time.0).to_string())
                            .into(),
                        erased.map(|erased| erased.basis.as_str()).into(),
                        key.events_after.count().into(),
                        (&key.events).into(),
                    ]
                })
                .collect()
        })
    }

    /// A row for each name.
    fn name_rows(&self) -> Vec<Vec<Cell>> {
        self.names.all().map_or_else(too_many_rows, |all| {
            let mut rows: Vec<Vec<Cell>> = all
                .values()
                .map(|name| {
                    vec![
                        name.subject.as_deref().into(),
                        name.events.count().into(),
                        time_of(name.timeline.first()).into(),
                        time_of(name.timeline.last()).into(),
                        name.data_key.0.map(|id| id.to_string()).into(),
                        name.basis.0.as_deref().into(),
                        (&name.events).into(),
                    ]
                })
                .collect();
            rows.sort_unstable();
            rows
        })
    }
}

fn time_of(sign: Option<(u64, u64)>) -> Option<String> {
    sign.map(|(_, time)| Instant(time).to_string())
}

fn too_many_rows() -> Vec<Vec<Cell>> {
    vec![vec![Cell::Text(TOO_MANY.to_owned())]]
}
