//! Ledgers as tests tell them, folded and assessed the way the daemon and the auditor do.

mod clauses;
mod gate;

use indelible_compliance::projections::folds::FoldName;
use indelible_compliance::projections::record::{BodyView, Record};
use indelible_compliance::reports::{Asked, Series, Subject, View, Whose};
use indelible_compliance::survey::{Question, gathered::Gathered, mentions::Mentions};
use indelible_compliance::time::Instant;
use indelible_evidence::body::{Body, ComponentDigest, FactValue};
use indelible_evidence::hash::Commitment;
use indelible_evidence::header::{EventHeader, Header, RecordKind};
use indelible_evidence::key_event::Erasure;
use indelible_evidence::{DataKeyId, KeyCommitment, Origin, SealedBy, SignedStatement};

pub(crate) use self::clauses::{claim, reports, state_of, states};
pub(crate) use self::gate::governed;
use crate::fixture::{ORIGIN, subject};

/// Types of which one event in a hundred has no time of its own: no deadline hangs on these.
const UNTIMED: [&str; 3] = ["access.attempt.v1", "ai.decision.v1", "privacy.notice.v1"];
/// 2026-03-01T12:00:00Z.
pub(crate) const NOON: u64 = 1_772_366_400;
const SECOND: u64 = 1_000_000_000;

/// A fact's value.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Text(String),
    Uint(u64),
    Boolean(bool),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Fact {
    fn from(number: u64) -> Self {
        Self::Uint(number)
    }
}

impl From<bool> for Fact {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// What is there of an event's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    #[default]
    Open,
    Sealed,
    Erased,
    Withheld,
    Archived,
    Missing,
    /// Another body stands there, which does not fit the type.
    Misfit,
}

impl Shown {
    /// All ways to show less.
    pub(crate) const LESS: [Self; 6] = [
        Self::Sealed,
        Self::Erased,
        Self::Withheld,
        Self::Archived,
        Self::Missing,
        Self::Misfit,
    ];
}

/// An event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) event_type: String,
    pub(crate) facts: Vec<(String, Fact)>,
    pub(crate) source: Option<&'static str>,
    pub(crate) actor: Option<String>,
    pub(crate) correlation: Option<String>,
    pub(crate) digests: Vec<&'static str>,
    pub(crate) classification: Option<&'static str>,
    /// How many seconds its producer's clock is behind.
    pub(crate) behind: u64,
    /// How many seconds its producer's clock is ahead.
    pub(crate) ahead: u64,
    /// It has no time of its own.
    pub(crate) is_untimed: bool,
    /// The time of its own, if it is said so.
    pub(crate) own_time: Option<&'static str>,
    /// Days after noon.
    pub(crate) day: u64,
    /// It is no event: the ledger's own gate recorded this.
    pub(crate) gate: Option<serde_json::Value>,
    /// It is about a person, and so sealed under a key of theirs.
    pub(crate) about_somebody: bool,
    /// It is no event: the key of what is about somebody was erased.
    pub(crate) erases: bool,
    pub(crate) shown: Shown,
}

/// The key under which everything about somebody is sealed.
const DATA_KEY: DataKeyId = DataKeyId::from_bytes([9; 16]);

/// An event of this type with these facts.
pub(crate) fn told(event_type: &str, facts: &[(&str, Fact)]) -> Told {
    let facts = facts.iter();
    Told {
        event_type: event_type.to_owned(),
        facts: facts
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        ..Told::default()
    }
}

impl Told {
    /// The record of an erasure.
    pub(crate) fn erasure() -> Self {
        Self {
            erases: true,
            ..Self::default()
        }
    }

    pub(crate) fn on_day(mut self, day: u64) -> Self {
        self.day = day;
        self
    }

    pub(crate) fn untimed(mut self) -> Self {
        self.is_untimed = true;
        self
    }

    pub(crate) fn by(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }

    pub(crate) fn of(mut self, correlation: &str) -> Self {
        self.correlation = Some(correlation.to_owned());
        self
    }

    pub(crate) fn from(mut self, source: &'static str) -> Self {
        self.source = Some(source);
        self
    }

    pub(crate) fn with(mut self, digests: &[&'static str]) -> Self {
        self.digests = digests.to_vec();
        self
    }

    pub(crate) fn about_somebody(mut self) -> Self {
        self.about_somebody = true;
        self
    }

    pub(crate) fn and(mut self, name: &str, value: impl Into<Fact>) -> Self {
        self.facts.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn shown(&self, shown: Shown) -> Self {
        Self {
            shown,
            ..self.clone()
        }
    }

    /// Shows the record of this number that it is.
    fn shown_as(&self, sequence: u64, show: &mut dyn FnMut(&Record<'_>)) {
        let erasure = Erasure {
            origin: Origin::parse(ORIGIN).expect("an origin"),
            data_keys: vec![DATA_KEY],
            basis: "they asked".to_owned(),
        };
        let erasure = erasure.encode();
        let id = sequence.to_string();
        let time = (NOON + self.day * 86_400 + sequence) * SECOND;
        // One in a hundred has no time of its own, unless a deadline may hang on it.
        let may_lack = UNTIMED.contains(&self.event_type.as_str());
        let own = match sequence % 100 {
            _ if self.is_untimed => String::new(),
            _ if self.own_time.is_some() => self.own_time.unwrap_or_default().to_owned(),
            99 if may_lack => String::new(),
            _ => Instant(time + self.ahead * SECOND - self.behind * SECOND).to_string(),
        };
        let body = self.body(&id, &own);
        let misfit = Body {
            facts: vec![("producer_sequence", FactValue::Boolean(true))],
            ..Body::default()
        };
        let kind = match self.erases {
            _ if self.gate.is_some() => self.of_gate(),
            true => RecordKind::Erasure(SignedStatement {
                statement: &erasure,
                signatures: vec![&[0; 64][..]],
            }),
            false => RecordKind::Event(EventHeader {
                event_type: &self.event_type,
                classification: self.classification,
                body: Commitment::from_bytes([1; 32]),
                payload: None,
                sealed: self.about_somebody.then(|| SealedBy {
                    data_key: DATA_KEY,
                    key_commitment: KeyCommitment::from_bytes([3; 32]),
                }),
            }),
        };
        let header = Header {
            sequence,
            time,
            prior_key_event: 0,
            kind,
        };
        let view = match self.shown {
            Shown::Open => BodyView::Open(&body),
            Shown::Misfit => BodyView::Open(&misfit),
            Shown::Sealed => BodyView::Sealed,
            Shown::Erased => BodyView::Erased,
            Shown::Withheld => BodyView::Withheld,
            Shown::Archived => BodyView::Archived,
            Shown::Missing => BodyView::Missing,
        };
        show(&Record::new(&header, view));
    }

    fn body<'a>(&'a self, id: &'a str, time: &'a str) -> Body<'a> {
        let facts = self.facts.iter().map(|(name, value)| {
            let value = match value {
                Fact::Text(text) => FactValue::Text(text),
                Fact::Uint(number) => FactValue::Uint(*number),
                Fact::Boolean(truth) => FactValue::Boolean(*truth),
            };
            (name.as_str(), value)
        });
        let digest = |component: &&'static str| ComponentDigest {
            component,
            algorithm: "sha256",
            value: match *component {
                "final_output" => &[8; 32],
                _ => &[7; 32],
            },
        };
        Body {
            id,
            source: self.source.unwrap_or("urn:test"),
            actor: self.actor.as_deref(),
            correlation_id: self.correlation.as_deref(),
            data_subject: self.about_somebody.then_some("somebody"),
            time: (!time.is_empty()).then_some(time),
            facts: facts.collect(),
            digests: self.digests.iter().map(digest).collect(),
            ..Body::default()
        }
    }
}

/// All that clients recorded.
const ALL: Question = Question {
    asked: Asked::Whole,
    whose: Whose::Clients,
    view: View::Bodies,
    with_tables: false,
    as_of: None,
};

/// What a report is made of over these events, from the record of this number on.
pub(crate) fn subject_from(first: u64, ledger: &[Told]) -> Subject {
    subject_noted(first, ledger, None).0
}

/// The same over what is asked for.
pub(crate) fn subject_asked(ledger: &[Told], asked: Asked, whose: Whose) -> Subject {
    let question = Question {
        asked,
        whose,
        ..ALL
    };
    gathered(0, ledger, None, &question).0
}

/// The same, and how many records are noted at the end: all, or what is left of units of so many records, with room for
/// as many.
pub(crate) fn subject_noted(first: u64, ledger: &[Told], unit: Option<usize>) -> (Subject, usize) {
    gathered(first, ledger, unit, &ALL)
}

fn gathered(
    first: u64,
    ledger: &[Told],
    unit: Option<usize>,
    question: &Question,
) -> (Subject, usize) {
    let (mut whole, mut of_unit) = (Gathered::default(), Gathered::default());
    if let Some(unit) = unit {
        whole.mentions = Mentions::with_room(unit);
    }
    let end = first + ledger.len() as u64;
    for (sequence, told) in (first..).zip(ledger) {
        told.shown_as(sequence, &mut |record| {
            of_unit.see(record, question);
            told.governed_as(record, &mut |governed| {
                of_unit.see_governed(governed, question)
            });
        });
        let is_full = unit.is_some_and(|unit| of_unit.mentions.count() == unit);
        if is_full || sequence + 1 == end {
            if unit.is_some() {
                of_unit.keep_held();
            }
            whole.absorb(std::mem::take(&mut of_unit));
        }
    }
    let noted = whole.mentions.count();
    (subject_of(first, end, whole, question), noted)
}

fn subject_of(first: u64, end: u64, whole: Gathered, question: &Question) -> Subject {
    let mut projections = whole.projections;
    let last = whole.ends.map(|[_, last]| last.1);
    let is_by_event_time = matches!(question.asked, Asked::EventPeriod { .. });
    let until = question
        .asked
        .end_if_over(&[], last)
        .filter(|_| is_by_event_time);
    let mut beside_imports = whole.beside_imports;
    if let Some(end) = question.end_of_folds(until, last) {
        projections.reach(end);
        if let Some(beside) = &mut beside_imports {
            beside.reach(end);
        }
    }
    let told = projections.measures();
    let measures = match &beside_imports {
        Some(beside) => beside.measures(),
        None => told,
    };
    let named = measures.0.values();
    let named = named.flat_map(|measure| {
        measure
            .records
            .iter()
            .chain(measure.lacking.iter().flatten())
    });
    let notes = [&whole.mentions, &whole.gate_mentions];
    let named = Mentions::of_all(notes, &named.copied().collect());
    let (days_per_bar, bars) = whole.days.bars();
    let mut subject = subject();
    subject.checkpoint.size = end;
    let (from, to) = whole
        .ends
        .map_or((first, end), |[first, last]| (first.0, last.0 + 1));
    Subject {
        named,
        series: Series {
            days_per_bar,
            bars,
            ..Series::default()
        },
        until,
        asked: question.asked,
        whose: question.whose,
        by_event_time: is_by_event_time.then_some(whole.by_event_time),
        by_origin: whole.by_origin,
        from,
        to,
        records: whole.records,
        times: whole.ends.map(|[first, last]| (first.1, last.1)),
        bodies: whole.bodies,
        clocks: whole.clocks,
        projections: FoldName::ALL
            .iter()
            .map(|fold| projections.folded(*fold))
            .collect(),
        tables: Vec::new(),
        measures,
        ..subject
    }
}
