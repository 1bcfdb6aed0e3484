//! Rules of retention: which parts of which records are erased or archived, and when.

use super::fields::{read_optional_text, read_text};
use super::word::{Word, read_word};
use crate::cbor::{CborError, Decoder, Encoder};
use crate::commitment::PartKind;
use crate::limits::{ATTRIBUTE_BYTES_MAX, NAME_BYTES_MAX, STATEMENT_TEXT_BYTES_MAX};
use crate::record_error::RecordError;

const DAY_NANOSECONDS: u128 = 86_400_000_000_000;

/// A rule of retention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRule {
    /// Its name: 1 to 128 bytes without control characters.
    pub name: String,
    /// What becomes of the parts.
    pub action: RetentionAction,
    /// Which parts.
    pub parts: RetentionParts,
    /// How old a record must be, in days: at least 1.
    pub after_days: u64,
    /// From when on its age counts.
    pub clock: RetentionClock,
    /// The legal ground, in the operator's words; to be checked with [`super::check_statement_text`].
    pub basis: String,
    /// Only records of exactly this type.
    pub event_type: Option<String>,
    /// Only records of exactly this classification.
    pub classification: Option<String>,
}

/// What becomes of parts whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionAction {
    /// They are erased.
    Erase,
    /// They are moved to an archive.
    Archive,
}

/// Which parts of a record a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionParts {
    /// The body.
    Bodies,
    /// The payload.
    Payloads,
    /// Both.
    All,
}

/// From when on the age of a record counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionClock {
    /// From the time recorded.
    Recorded,
    /// From the client's own time.
    Event,
}

impl Word for RetentionAction {
    const FIELD: &'static str = "action";
    const WORDS: &'static [(&'static str, Self)] =
        &[("erase", Self::Erase), ("archive", Self::Archive)];
}

impl Word for RetentionParts {
    const FIELD: &'static str = "parts";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("bodies", Self::Bodies),
        ("payloads", Self::Payloads),
        ("all", Self::All),
    ];
}

impl Word for RetentionClock {
    const FIELD: &'static str = "clock";
    const WORDS: &'static [(&'static str, Self)] =
        &[("recorded", Self::Recorded), ("event", Self::Event)];
}

/// The words of a choice, for those who show it or read it elsewhere.
macro_rules! with_words {
    ($($choice:ident)+) => {$(
        impl $choice {
            /// The word for it in a statement.
            pub fn as_str(self) -> &'static str {
                $crate::key_event::word::Word::word(self)
            }

            /// What a word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                let words = <Self as $crate::key_event::word::Word>::WORDS;
                let found = words.iter().find(|(known, _)| *known == word);
                found.map(|(_, choice)| *choice)
            }
        }
    )+};
}
pub(super) use with_words;

with_words!(RetentionAction RetentionParts RetentionClock);

impl RetentionParts {
    /// Whether a part is one of them.
    pub fn contain(self, part: PartKind) -> bool {
        match self {
            Self::All => true,
            Self::Bodies => part == PartKind::Body,
            Self::Payloads => part == PartKind::Payload,
        }
    }
}

impl RetentionRule {
    /// Whether a record of that time is old enough at another: both in nanoseconds since 1970 UTC.
    pub fn is_due(&self, time: u64, now: u64) -> bool {
        u128::from(time) + u128::from(self.after_days) * DAY_NANOSECONDS <= u128::from(now)
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        let optional = usize::from(self.event_type.is_some());
        encoder.map(6 + optional + usize::from(self.classification.is_some()));
        encoder.text("name");
        encoder.text(&self.name);
        if let Some(event_type) = &self.event_type {
            encoder.text("type");
            encoder.text(event_type);
        }
        encoder.text("basis");
        encoder.text(&self.basis);
        encoder.text("clock");
        encoder.text(self.clock.word());
        encoder.text("parts");
        encoder.text(self.parts.word());
        encoder.text("action");
        encoder.text(self.action.word());
        encoder.text("after_days");
        encoder.uint(self.after_days);
        if let Some(classification) = &self.classification {
            encoder.text("classification");
            encoder.text(classification);
        }
    }

    pub(super) fn read(decoder: &mut Decoder<'_>) -> Result<Self, RecordError> {
        let offset = decoder.position();
        let entries = decoder.map()?;
        decoder.key("name")?;
        let name = read_text(decoder, "name", NAME_BYTES_MAX)?;
        let event_type = read_optional_text(decoder, "type", ATTRIBUTE_BYTES_MAX)?;
        decoder.key("basis")?;
        let basis = read_text(decoder, "basis", STATEMENT_TEXT_BYTES_MAX)?;
        decoder.key("clock")?;
        let clock = read_word(decoder)?;
        decoder.key("parts")?;
        let parts = read_word(decoder)?;
        decoder.key("action")?;
        let action = read_word(decoder)?;
        decoder.key("after_days")?;
        let after_days = decoder.uint()?;
        if after_days == 0 {
            return Err(RecordError::invalid(
                "after_days",
                "is 0, at least 1 is needed",
            ));
        }
        let classification = read_optional_text(decoder, "classification", ATTRIBUTE_BYTES_MAX)?;
        let optional = usize::from(event_type.is_some()) + usize::from(classification.is_some());
        if entries != 6 + optional {
            return Err(CborError::WrongCount {
                offset,
                expected: 6 + optional,
                found: entries,
            }
            .into());
        }
        Ok(Self {
            name,
            action,
            parts,
            after_days,
            clock,
            basis,
            event_type,
            classification,
        })
    }
}
