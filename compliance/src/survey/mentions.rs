//! What is said of records that a report may name. Which ones it names is known only when all are folded, and a bundle
//! that comes through a pipe is read once.
//!
//! A measure can name no record whose number its fold's state does not hold. So every record is noted, and what the
//! states can't name is dropped: after each unit, what the states of the unit don't hold, and whenever much is noted,
//! what the states of all don't hold any more. Memory follows the states, which have limits of their own, and not the log;
//! and long texts are cut, so that nobody makes notes long.

use std::collections::BTreeSet;
use std::io::{self, Write};

use indelible_evidence::body::{Body, FactValue};
use serde::Serialize;

use crate::{
    gate::{Entry, Governed},
    projections::record::{BodyView, Record},
    reports::data::{BodyState, NamedRecord},
    time::Instant,
};

/// How many records are noted before what can't be named is dropped.
const NOTED_MAX: usize = 1 << 16;
/// How many bytes of texts are noted before that.
const NOTED_BYTES_MAX: usize = 8 << 20;
/// How many bytes of one text are noted at most; what is longer is cut and ends in [`CUT`].
pub const TEXT_BYTES_MAX: usize = 256;
/// The end of a text that was cut.
pub const CUT: char = '…';
/// Facts that say who acted where an event names no actor.
const ACTORS: [&str; 4] = ["agent", "reviewer", "by", "principal"];
/// Facts that say what an event came to.
const OUTCOMES: [&str; 5] = ["outcome", "result", "status", "state", "intervention"];
/// How many texts are noted of a record.
const TEXTS: usize = 5;

/// Notes on records, ascending.
#[derive(Debug)]
pub struct Mentions {
    notes: Vec<Note>,
    /// The texts of all notes, one after the other.
    texts: String,
    /// How many notes there may be before some are dropped.
    room: usize,
    /// How many bytes of texts.
    text_room: usize,
}

/// What is noted of a record. The lengths are those of its texts: what it is, its own time, who acted, what ties it to
/// others, and what it came to; an empty text is none.
#[derive(Clone, Copy, Debug)]
struct Note {
    sequence: u64,
    time: u64,
    start: usize,
    lengths: [u32; TEXTS],
    body: Option<BodyState>,
}

impl Default for Mentions {
    fn default() -> Self {
        Self {
            notes: Vec::new(),
            texts: String::new(),
            room: NOTED_MAX,
            text_room: NOTED_BYTES_MAX,
        }
    }
}

impl Mentions {
    /// Drops what can't be named whenever there are so many notes.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        Self {
            room,
            ..Self::default()
        }
    }

    /// Takes in the next record.
    pub fn see(&mut self, record: &Record<'_>) {
        let body = record.event.as_ref().map(|event| state_of(&event.body));
        self.note((record.sequence(), record.time()), texts_of(record), body);
    }

    /// Takes in the next record of the daemon's own gate.
    pub fn see_governed(&mut self, record: &Governed<'_>) {
        let what = record.header.kind.event().map(|event| event.event_type);
        let (actor, outcome) = record.entry.as_ref().map_or(("", ""), Entry::in_short);
        let texts = [what.unwrap_or_default(), "", actor, "", outcome];
        self.note((record.sequence(), record.time()), texts, None);
    }

    fn note(&mut self, place: (u64, u64), texts: [&str; TEXTS], body: Option<BodyState>) {
        let (sequence, time) = place;
        let start = self.texts.len();
        let lengths = texts.map(|text| {
            let before = self.texts.len();
            let kept = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
            self.texts.push_str(kept);
            if kept.len() < text.len() {
                self.texts.push(CUT);
            }
            self.texts.len() - before
        });
        self.notes.push(Note {
            sequence,
            time,
            start,
            lengths: lengths.map(|length| u32::try_from(length).unwrap_or_default()),
            body,
        });
    }

    /// Takes in the notes on the records after these.
    pub fn absorb(&mut self, later: Self) {
        let shift = self.texts.len();
        self.texts.push_str(&later.texts);
        self.notes.extend(later.notes.into_iter().map(|note| Note {
            start: note.start + shift,
            ..note
        }));
    }

    /// Whether there is more than there is room for, so that what can't be named must be dropped.
    #[must_use]
    pub fn are_many(&self) -> bool {
        self.notes.len() >= self.room || self.texts.len() >= self.text_room
    }

    /// Makes room after that.
    pub fn make_room(&mut self) {
        self.room = self.room.max(2 * self.notes.len());
        self.text_room = self.text_room.max(2 * self.texts.len());
    }

    /// Drops what the states over these records don't hold, and so can't name.
    pub fn keep_held(&mut self, states: &impl Serialize) {
        let mut held = Numbers::default();
        // Numbers takes whatever it is given, so this can't fail.
        let _written = serde_json::to_writer(&mut held, states);
        held.end();
        let notes = std::mem::take(&mut self.notes);
        let texts = std::mem::take(&mut self.texts);
        for note in notes {
            if held.found.binary_search(&note.sequence).is_ok() {
                let end = note.start + note.bytes();
                let start = self.texts.len();
                self.texts
                    .push_str(texts.get(note.start..end).unwrap_or_default());
                self.notes.push(Note { start, ..note });
            }
        }
    }

    /// How many records are noted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.notes.len()
    }

    /// What is noted of these.
    #[must_use]
    pub fn of(&self, named: &BTreeSet<u64>) -> Vec<NamedRecord> {
        let place = |sequence: &u64| {
            self.notes
                .binary_search_by_key(sequence, |note| note.sequence)
        };
        named
            .iter()
            .filter_map(|sequence| self.notes.get(place(sequence).ok()?))
            .map(|note| self.named(note))
            .collect()
    }

    /// What is noted of these in any of several, ascending.
    #[must_use]
    pub fn of_all(notes: [&Self; 2], named: &BTreeSet<u64>) -> Vec<NamedRecord> {
        let mut all: Vec<_> = notes.iter().flat_map(|notes| notes.of(named)).collect();
        all.sort_by_key(|record| record.sequence);
        all
    }

    fn named(&self, note: &Note) -> NamedRecord {
        let mut at = note.start;
        let [what, event_time, actor, correlation_id, outcome] = note.lengths.map(|length| {
            let start = at;
            at += length as usize;
            let text = self.texts.get(start..at).unwrap_or_default();
            (!text.is_empty()).then(|| text.to_owned())
        });
        NamedRecord {
            sequence: note.sequence,
            recorded: Instant(note.time).to_string(),
            what: what.unwrap_or_default(),
            body: note.body,
            event_time,
            actor,
            correlation_id,
            outcome,
        }
    }
}

impl Note {
    fn bytes(&self) -> usize {
        self.lengths.iter().map(|length| *length as usize).sum()
    }
}

fn texts_of<'r>(record: &'r Record<'_>) -> [&'r str; TEXTS] {
    let Some(event) = &record.event else {
        return [record.header.kind_name(), "", "", "", ""];
    };
    let what = event.header.event_type;
    let Some(body) = event.body.open() else {
        return [what, "", "", "", ""];
    };
    [
        what,
        body.time.unwrap_or_default(),
        body.actor
            .or_else(|| fact(body, &ACTORS))
            .unwrap_or_default(),
        body.correlation_id.unwrap_or_default(),
        fact(body, &OUTCOMES).unwrap_or_default(),
    ]
}

/// The text of the first of these facts that is there.
fn fact<'b>(body: &'b Body<'_>, names: &[&str]) -> Option<&'b str> {
    names.iter().find_map(|name| {
        let (_, value) = body.facts.iter().find(|(fact, _)| fact == name)?;
        match value {
            FactValue::Text(text) if !text.is_empty() => Some(*text),
            _ => None,
        }
    })
}

fn state_of(body: &BodyView<'_>) -> BodyState {
    match body {
        BodyView::Open(_) => BodyState::Open,
        BodyView::Sealed => BodyState::Sealed,
        BodyView::Erased => BodyState::Erased,
        BodyView::Withheld => BodyState::Withheld,
        BodyView::Archived => BodyState::Archived,
        BodyView::Missing => BodyState::Missing,
        BodyView::Unreadable => BodyState::Unreadable,
    }
}

/// The whole numbers of a JSON text that is written to it, those that are all of a text among them, since a key of a
/// map is one.
#[derive(Debug, Default)]
struct Numbers {
    found: Vec<u64>,
    /// The number at hand.
    number: Option<u64>,
    in_text: bool,
    /// Whether all of the text at hand is digits so far.
    digits_only: bool,
}

impl Numbers {
    fn byte(&mut self, byte: u8) {
        match byte {
            b'"' => {
                if self.in_text && self.digits_only {
                    self.take();
                }
                self.number = None;
                self.in_text = !self.in_text;
                self.digits_only = self.in_text;
            }
            b'0'..=b'9' if !self.in_text || self.digits_only => {
                let number = self.number.unwrap_or_default();
                self.number = Some(
                    number
                        .saturating_mul(10)
                        .saturating_add(u64::from(byte - b'0')),
                );
            }
            _ if self.in_text => self.digits_only = false,
            _ => self.take(),
        }
    }

    fn take(&mut self) {
        self.found.extend(self.number.take());
    }

    fn end(&mut self) {
        self.take();
        self.found.sort_unstable();
        self.found.dedup();
    }
}

impl Write for Numbers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.byte(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
