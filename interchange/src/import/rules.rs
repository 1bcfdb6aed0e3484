//! What is asked of every record, whatever its form.

use indelible_compliance::conventions::IMPORTED;
use indelible_evidence::{
    data_subject::{NOT_FINDABLE, is_findable},
    limits::FACTS_MAX,
};
use indelible_proto::v1::{Event, FactValue, fact_value::Value};
use sha2::{Digest as _, Sha256};

use crate::{
    hex,
    import::{
        facts::text_fact,
        map_error::MapError,
        names::{is_data_subject, is_personal},
    },
};

/// What is asked of every record. By default nothing is forgiven, and nothing is marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// The fact that keeps a time that is not one of RFC 3339; without it such a record is refused.
    pub foreign_time: Option<String>,
    /// What becomes of a record that names no data subject.
    pub without_data_subject: WithoutDataSubject,
    /// A record without an id gets one from the digest of its bytes; otherwise it is refused.
    pub id_from_content: bool,
    /// The system whose records they are, which the fact `imported_from` then says. Without it they are taken for what
    /// their producer appends.
    pub imported_from: Option<String>,
}

/// What becomes of a record that names no data subject. Without one, what it says of a person is stored unencrypted and
/// can't be erased for that person alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WithoutDataSubject {
    /// It is refused if it has the place for one and nothing in it, or seems to hold one in another place.
    #[default]
    RefuseUnclear,
    /// It is kept.
    Keep,
    /// It is refused.
    Refuse,
}

/// What a record has where its data subject stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// It has no such place.
    Nowhere,
    /// It has the place, and nothing in it.
    Nobody,
    /// The text there.
    Text(String),
    /// A list.
    Many,
}

impl Rules {
    /// Rules for records that are imported from a system: the same, and each is marked.
    #[must_use]
    pub fn importing(system: impl Into<String>) -> Self {
        Self {
            imported_from: Some(system.into()),
            ..Self::default()
        }
    }

    /// Holds an event against them that was put together by hand.
    ///
    /// # Errors
    ///
    /// When it names nobody and seems to be about somebody, or must name somebody.
    pub fn check(&self, event: &Event) -> Result<(), MapError> {
        let mut names = event.facts.keys();
        names.try_for_each(|name| self.check_name(name, "the attribute data_subject is"))?;
        match event.data_subject.is_empty() {
            true => self.check_unsealed(event),
            false => Ok(()),
        }
    }

    /// The data subject that a record names in a field; empty if it is kept without one.
    pub(super) fn data_subject(&self, field: &str, named: Named) -> Result<String, MapError> {
        let is_asked = match named {
            Named::Text(text) if !text.trim().is_empty() => {
                return match is_findable(&text) {
                    true => Ok(text),
                    false => Err(MapError::invalid(field, format_args!("it {NOT_FINDABLE}"))),
                };
            }
            Named::Many => {
                return Err(MapError::invalid(
                    field,
                    "an event has one data subject, since it is encrypted under one person's key; make an event for each \
                     person, with one correlation id",
                ));
            }
            Named::Nobody | Named::Text(_) => true,
            Named::Nowhere => false,
        };
        match self.without_data_subject {
            WithoutDataSubject::Keep => Ok(String::new()),
            WithoutDataSubject::RefuseUnclear if !is_asked => Ok(String::new()),
            _ => Err(MapError::invalid(
                field,
                "it names no data subject, so what the record says of a person would be stored unencrypted; name the \
                 person, or take such records with --without-data-subject keep",
            )),
        }
    }

    /// Refuses a name under which a data subject would not be found.
    pub(super) fn check_name(&self, name: &str, place: &str) -> Result<(), MapError> {
        if !is_data_subject(name) || self.without_data_subject == WithoutDataSubject::Keep {
            return Ok(());
        }
        Err(MapError::invalid(
            name,
            format_args!(
                "it is not taken for the data subject, so it would be stored unencrypted; {place}"
            ),
        ))
    }

    /// The id of a record that has none.
    pub(super) fn id(&self, field: &str, record: &[u8]) -> Result<String, MapError> {
        match self.id_from_content {
            true => Ok(format!("sha256:{}", hex::encode(&Sha256::digest(record)))),
            false => Err(MapError::missing(field)),
        }
    }

    /// Holds a whole event against them, and marks it.
    pub(super) fn finish(&self, event: &mut Event) -> Result<(), MapError> {
        if event.data_subject.is_empty() {
            self.check_unsealed(event)?;
        }
        let Some(system) = &self.imported_from else {
            return Ok(());
        };
        match event.facts.get(IMPORTED).map(|fact| &fact.value) {
            // It came from elsewhere already when the other system got it.
            Some(Some(Value::Text(from))) if !from.is_empty() => return Ok(()),
            Some(_) => return Err(MapError::wrong_type(IMPORTED, "the name of a system")),
            None => {}
        }
        if event.facts.len() >= FACTS_MAX {
            return Err(MapError::invalid(
                "facts",
                format_args!(
                    "with {} facts there is no room for {IMPORTED}, which every import adds; an event has at most \
                     {FACTS_MAX}",
                    event.facts.len()
                ),
            ));
        }
        let system = text_fact(system.as_str());
        event.facts.insert(IMPORTED.to_owned(), system);
        Ok(())
    }

    /// An event that nobody's key seals holds no person's data by mistake, as far as names tell.
    fn check_unsealed(&self, event: &Event) -> Result<(), MapError> {
        if self.without_data_subject == WithoutDataSubject::Refuse {
            self.data_subject("data_subject", Named::Nowhere)?;
        }
        let mut facts = event.facts.iter();
        facts.try_for_each(|(name, fact)| self.check_fact(name, fact, event))
    }

    /// A fact of an event that nobody's key seals is not a person's, as far as its name tells.
    pub(super) fn check_fact(
        &self,
        name: &str,
        fact: &FactValue,
        event: &Event,
    ) -> Result<(), MapError> {
        let is_text = matches!(&fact.value, Some(Value::Text(text)) if !text.is_empty());
        let may_be =
            !event.data_subject.is_empty() || self.without_data_subject == WithoutDataSubject::Keep;
        if may_be || !is_text || !is_personal(name) {
            return Ok(());
        }
        Err(MapError::invalid(
            name,
            "it seems to be about a person, and the event has no data subject, so it would be stored unencrypted; name the \
             person as the data subject, or take such events with --without-data-subject keep",
        ))
    }
}

#[cfg(test)]
mod tests;
