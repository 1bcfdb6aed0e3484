//! What a run of records comes to.

use indelible_evidence::header::RecordKind;

use crate::{
    frameworks::Clocks,
    gate::Governed,
    projections::{
        folds::Projections,
        pieces::Absorb as _,
        record::{BodyView, PayloadState, Record},
    },
    reports::data::{Asked, BodyCounts, ByEventTime, ByOrigin, View, Whose},
    survey::{choice::Chosen, days::Days, mentions::Mentions, question::Question},
};

/// See the module.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The states over all records that count.
    pub projections: Projections,
    /// The same, but that what was imported weighs as if nobody could read it; none while nothing was imported. It is what
    /// clauses are held against, for imported events never decide together with live ones.
    pub beside_imports: Option<Box<Projections>>,
    /// What could be read of what clients sent.
    pub bodies: BodyCounts,
    /// How recorded times stand to those of producers.
    pub clocks: Clocks,
    /// Notes on records of the daemon's own gate that the states may name: what these say comes apart from the others.
    pub gate_mentions: Mentions,
    /// Notes on all other records that the states may name.
    pub mentions: Mentions,
    /// What was recorded on which day.
    pub days: Days,
    /// How events lie by the times that their producers gave, where that was asked for.
    pub by_event_time: ByEventTime,
    /// How events lie by where they come from, where imports alone were asked for.
    pub by_origin: ByOrigin,
    /// How many records count.
    pub records: u64,
    /// Sequence number and time of the first and the last record that was looked at for what is asked.
    pub ends: Option<[(u64, u64); 2]>,
    /// The last record seen before the range, and the time of the first one after it.
    pub before: Option<u64>,
    /// When the last record was recorded, folded or not.
    pub last_time: Option<u64>,
}

impl Gathered {
    /// Takes in the next record, as far as it counts for what is asked.
    pub fn see(&mut self, record: &Record<'_>, question: &Question) {
        let place = (record.header.sequence, record.header.time);
        if question.as_of.is_some_and(|size| place.0 >= size) {
            return;
        }
        self.last_time = Some(place.1);
        let headers_alone;
        let record = match &record.event {
            // Headers alone were asked for: what is there counts as left out.
            Some(event)
                if question.view == View::Headers
                    && matches!(event.body, BodyView::Open(_) | BodyView::Sealed) =>
            {
                headers_alone = Record::new(record.header, BodyView::Withheld);
                &headers_alone
            }
            _ => record,
        };
        let chosen = question.asked.choose(record);
        match chosen {
            Chosen::Before => {
                self.before = Some(place.0);
                return;
            }
            Chosen::After => return,
            Chosen::Within | Chosen::Perhaps(_) | Chosen::Elsewhen => {}
        }
        self.ends = Some(match self.ends {
            Some([first, _]) => [first, place],
            None => [place, place],
        });
        let is_taken = question.whose.takes(record);
        if question.whose == Whose::OtherSystems {
            self.by_origin.see(record, is_taken);
        }
        if !is_taken {
            return;
        }
        if matches!(question.asked, Asked::EventPeriod { .. }) {
            self.by_event_time.see(record, chosen);
        }
        match chosen {
            Chosen::Elsewhen => {}
            Chosen::Perhaps(_) => self.fold(record, &record.unread(), question.whose),
            _ => self.fold(record, record, question.whose),
        }
    }

    /// Takes in what became of the payload of the next record that has one, as far as the record counts by its header.
    /// Whether it counts by its producer's time, or by where it comes from, its body says, which stands elsewhere: there it
    /// counts, and what goes by payloads decides nothing where that matters.
    pub fn see_payload(&mut self, record: &Record<'_>, state: PayloadState, question: &Question) {
        let sequence = record.sequence();
        if question.as_of.is_some_and(|size| sequence >= size)
            || matches!(
                question.asked.choose(record),
                Chosen::Before | Chosen::After | Chosen::Elsewhen
            )
        {
            return;
        }
        let state = match (question.view, state) {
            // Headers alone were asked for: what is there counts as left out.
            (View::Headers, PayloadState::There) => PayloadState::Withheld,
            _ => state,
        };
        self.projections.payload(record, state);
        if let Some(beside) = &mut self.beside_imports {
            beside.payload(record, state);
        }
    }

    /// Takes in what the next record of the daemon's own gate says, as far as the record counts. It is of no client, and of
    /// no other system.
    pub fn see_governed(&mut self, record: &Governed<'_>, question: &Question) {
        let sequence = record.sequence();
        let place = Record::new(record.header, BodyView::Withheld);
        let is_asked = question.asked.choose(&place) == Chosen::Within;
        let is_beyond = question.as_of.is_some_and(|size| sequence >= size);
        if is_beyond || !is_asked || question.whose == Whose::OtherSystems {
            return;
        }
        // Headers alone were asked for: what is there counts as left out.
        let headers_alone = (question.view == View::Headers)
            .then(|| Governed::new(record.header, None))
            .flatten();
        let record = headers_alone.as_ref().unwrap_or(record);
        self.gate_mentions.see_governed(record);
        self.projections.governed(record);
        if let Some(beside) = &mut self.beside_imports {
            beside.governed(record);
        }
    }

    /// Folds a record as it weighs.
    fn fold(&mut self, record: &Record<'_>, weighs: &Record<'_>, whose: Whose) {
        self.records += 1;
        if let Some(event) = &record.event
            && !record.is_ledgers_own()
        {
            self.bodies.see(&event.body);
        }
        self.clocks.see(weighs);
        // What the gate recorded is noted where it is read.
        if !matches!(record.header.kind, RecordKind::Governance(_)) {
            self.mentions.see(record);
        }
        self.days.see(weighs);
        let beside = match whose {
            Whose::Clients => weighs.on_others_word(),
            Whose::OtherSystems => None,
        };
        if beside.is_some() {
            let all = &self.projections;
            self.beside_imports
                .get_or_insert_with(|| Box::new(all.clone()));
        }
        if let Some(folded) = &mut self.beside_imports {
            folded.record(beside.as_ref().unwrap_or(weighs));
        }
        self.projections.record(weighs);
    }

    /// Drops the notes on records that no state holds.
    pub fn keep_held(&mut self) {
        for mentions in [&mut self.mentions, &mut self.gate_mentions] {
            match &self.beside_imports {
                Some(beside) => mentions.keep_held(&(&self.projections, beside)),
                None => mentions.keep_held(&self.projections),
            }
        }
    }

    /// Takes in what the records after these came to.
    pub fn absorb(&mut self, later: Self) {
        if self.beside_imports.is_some() || later.beside_imports.is_some() {
            let beside = later
                .beside_imports
                .unwrap_or_else(|| Box::new(later.projections.clone()));
            let all = &self.projections;
            self.beside_imports
                .get_or_insert_with(|| Box::new(all.clone()))
                .absorb(*beside);
        }
        self.projections.absorb(later.projections);
        self.bodies.absorb(&later.bodies);
        self.clocks.absorb(later.clocks);
        self.mentions.absorb(later.mentions);
        self.gate_mentions.absorb(later.gate_mentions);
        if self.mentions.are_many() || self.gate_mentions.are_many() {
            self.keep_held();
            self.mentions.make_room();
            self.gate_mentions.make_room();
        }
        self.days.absorb(later.days);
        self.by_event_time.absorb(later.by_event_time);
        self.by_origin.absorb(later.by_origin);
        self.records += later.records;
        self.ends = match (self.ends, later.ends) {
            (Some([first, _]), Some([_, last])) => Some([first, last]),
            (earlier, later) => earlier.or(later),
        };
        self.before = later.before.or(self.before);
        self.last_time = later.last_time.or(self.last_time);
    }
}
