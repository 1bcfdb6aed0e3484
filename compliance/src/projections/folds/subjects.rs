//! What is held on whom: by data key, and by name where it can be read.

mod rows;

use indelible_evidence::{
    header::RecordKind,
    key_event::{DataKeyChange, Erasure},
};
use serde::{Deserialize, Serialize};

use super::retention::{KEPT_DAYS, NANOSECONDS_OF_DAY};
use crate::projections::{
    fold::Fold,
    measure::{Gathered, Measures},
    pieces::{Absorb, Counted, Hash16, Hashed, Keyed, Last, Nanos, Sum, Timeline, absorb_fields},
    record::{BodyView, Event, Record},
    table::{Table, rows_of},
};

/// Data keys, and data subjects, of one state.
pub(super) const SUBJECTS_MAX: usize = 1 << 17;

/// The grounds on which data on people may be processed (GDPR Article 6(1)(a) to (f)).
const LEGAL_BASES: [&str; 6] = [
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
];

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Subjects {
    /// Events on a person whose body can be read, by the ground that they name.
    bases: Keyed<Counted>,
    /// Events whose bodies can't be read, so that nobody knows whether they name a person.
    closed: Counted,
    erasures: Counted,
    /// Events that name a person and that the daemon did not encrypt.
    in_the_clear: Counted,
    keys: Hashed<Key, SUBJECTS_MAX>,
    names: Hashed<Name, SUBJECTS_MAX>,
    on_people: Counted,
    without_basis: Counted,
    /// They name no ground, or one that is none of the law's.
    without_known_basis: Counted,
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
    closed,
    on_people,
    without_known_basis,
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
        // What the ledger records itself is about nobody, whether it can be read or not.
        if record.is_ledgers_own() {
            return;
        }
        let Some(body) = event.body.open() else {
            self.closed.see(sequence);
            return;
        };
        let Some(subject) = body.data_subject else {
            return;
        };
        self.on_people.see(sequence);
        if data_key.is_none() {
            self.in_the_clear.see(sequence);
        }
        let basis = event.common.legal_basis;
        if !basis.is_some_and(|basis| LEGAL_BASES.contains(&basis)) {
            self.without_known_basis.see(sequence);
        }
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

    /// Puts what depends on the bodies of events that name a person.
    fn of_people(&self, measures: &mut Measures) {
        let (read, closed) = (self.on_people.count(), self.closed.count());
        for (name, counted) in [
            ("subjects.on_people", &self.on_people),
            ("subjects.without_basis", &self.without_basis),
            ("subjects.without_known_basis", &self.without_known_basis),
            ("subjects.in_the_clear", &self.in_the_clear),
        ] {
            measures.count(name, counted).of_family(read, closed);
        }
        let known = read - self.without_known_basis.count();
        let nothing = "no event that can be read names a person";
        measures
            .share(
                "subjects.share_with_known_basis",
                known,
                read,
                self.without_known_basis.records(),
                nothing,
            )
            .of_family(read, closed);
        measures
            .number(
                "subjects.named",
                self.names.all().map(|all| all.len() as u64),
            )
            .of_family(read, closed);
    }

    /// Puts how many keys were erased while an event under them was younger than so many days.
    fn erased_younger(&self, measures: &mut Measures) {
        for days in KEPT_DAYS {
            let younger = self.gathered(|key, gathered| {
                let last = key.timeline.last();
                if let (Some(erased), Some((_, last))) = (&key.erased, last)
                    && erased.time.0.saturating_sub(last) < days * NANOSECONDS_OF_DAY
                {
                    gathered.see(erased.sequence);
                }
            });
            measures
                .gathered(&format!("subjects.erased_younger_{days}d"), younger)
                .of(self.erasures.count());
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
    const VERSION: u32 = 3;

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
            "subjects.people_keys",
            number(|key| key.events.count() > 0 && !key.of_ledger),
        );
        self.of_people(measures);
        self.erased_younger(measures);
        measures.count("subjects.erasures", &self.erasures);
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
