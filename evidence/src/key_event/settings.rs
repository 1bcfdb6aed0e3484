//! Settings: what a ledger does with its records.

use super::fields::{expect_keys, read_optional_text, read_origin, read_sources, write_sources};
use super::retention::{RetentionRule, with_words};
use super::signed::signed_by_identity;
use super::word::{Word, read_word};
use crate::cbor::{CborError, Decoder, Encoder};
use crate::limits::{RETENTION_RULES_MAX, STATEMENT_TEXT_BYTES_MAX};
use crate::origin::Origin;
use crate::record_error::RecordError;

/// What the ledger does with records from one record on. It always says everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which records are encrypted.
    pub encryption: Encryption,
    /// Whether the daemon records each decryption in the ledger before it answers.
    pub access_trail: bool,
    /// Whether events that break the conventions of their type are refused.
    pub conventions: bool,
    /// Events of these sources bear a producer's signature: at most 64, strictly ascending by their bytes.
    pub signed_sources: Vec<String>,
    /// The rules of retention: at most 32, strictly ascending by the bytes of their names.
    pub retention: Vec<RetentionRule>,
}

/// Which records are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Every event and governance record.
    All,
    /// Those that name a data subject.
    Subjects,
}

impl Word for Encryption {
    const FIELD: &'static str = "encryption";
    const WORDS: &'static [(&'static str, Self)] =
        &[("all", Self::All), ("subjects", Self::Subjects)];
}

with_words!(Encryption);

/// A promise of the settings before that the new ones take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromiseBroken {
    /// Only those that name a data subject would be encrypted from here on.
    #[error("`encryption` goes from `all` to `subjects`")]
    Encryption,
    /// Decryptions would not be recorded from here on.
    #[error("`access_trail` goes from true to false")]
    AccessTrail,
}

impl Settings {
    /// Whether these settings may take the place of `previous`: a promise can't be taken back.
    pub fn check_follows(&self, previous: &Self) -> Result<(), PromiseBroken> {
        if previous.encryption == Encryption::All && self.encryption != Encryption::All {
            return Err(PromiseBroken::Encryption);
        }
        if previous.access_trail && !self.access_trail {
            return Err(PromiseBroken::AccessTrail);
        }
        Ok(())
    }

    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<&RetentionRule> {
        self.retention.iter().find(|rule| rule.name == name)
    }

    /// Whether events of that source bear a producer's signature.
    pub fn wants_signature(&self, source: &str) -> bool {
        self.signed_sources.iter().any(|signed| signed == source)
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        let optional = usize::from(!self.retention.is_empty());
        encoder.map(3 + optional + usize::from(!self.signed_sources.is_empty()));
        if !self.retention.is_empty() {
            encoder.text("retention");
            encoder.array(self.retention.len());
            self.retention.iter().for_each(|rule| rule.write(encoder));
        }
        encoder.text("encryption");
        encoder.text(self.encryption.word());
        encoder.text("conventions");
        encoder.boolean(self.conventions);
        encoder.text("access_trail");
        encoder.boolean(self.access_trail);
        if !self.signed_sources.is_empty() {
            encoder.text("signed_sources");
            write_sources(&self.signed_sources, encoder);
        }
    }

    pub(super) fn read(decoder: &mut Decoder<'_>) -> Result<Self, RecordError> {
        let offset = decoder.position();
        let entries = decoder.map()?;
        let mut keys = 3;
        let mut retention = Vec::new();
        if decoder.optional_key("retention") {
            keys += 1;
            retention = read_rules(decoder)?;
        }
        decoder.key("encryption")?;
        let encryption = read_word(decoder)?;
        decoder.key("conventions")?;
        let conventions = decoder.boolean()?;
        decoder.key("access_trail")?;
        let access_trail = decoder.boolean()?;
        let mut signed_sources = Vec::new();
        if decoder.optional_key("signed_sources") {
            keys += 1;
            signed_sources = read_sources(decoder, "signed_sources")?;
        }
        if entries != keys {
            return Err(CborError::WrongCount {
                offset,
                expected: keys,
                found: entries,
            }
            .into());
        }
        Ok(Self {
            encryption,
            access_trail,
            conventions,
            signed_sources,
            retention,
        })
    }
}

fn read_rules(decoder: &mut Decoder<'_>) -> Result<Vec<RetentionRule>, RecordError> {
    const FIELD: &str = "retention";
    let count = decoder.array()?;
    if count == 0 || count > RETENTION_RULES_MAX {
        return Err(RecordError::invalid(FIELD, format!("has {count} entries")));
    }
    let mut rules: Vec<RetentionRule> = Vec::with_capacity(count);
    for _ in 0..count {
        let rule = RetentionRule::read(decoder)?;
        if rules.last().is_some_and(|last| last.name >= rule.name) {
            return Err(RecordError::invalid(
                FIELD,
                "is not strictly ascending by name",
            ));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The statement of a record that puts other settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsChange {
    /// The ledger.
    pub origin: Origin,
    /// The new settings.
    pub settings: Settings,
    /// Why, in the operator's words; to be checked with [`super::check_statement_text`].
    pub reason: Option<String>,
}

impl SettingsChange {
    /// The statement's CBOR. What breaks a limit does not decode.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(2 + usize::from(self.reason.is_some()));
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(reason) = &self.reason {
            encoder.text("reason");
            encoder.text(reason);
        }
        encoder.text("settings");
        self.settings.write(&mut encoder);
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let reason = read_optional_text(&mut decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
        decoder.key("settings")?;
        let settings = Settings::read(&mut decoder)?;
        expect_keys(&decoder, entries, 2 + usize::from(reason.is_some()))?;
        Ok(Self {
            origin,
            settings,
            reason,
        })
    }
}

signed_by_identity!(SettingsChange, b"indelible/settings@v1\n");
