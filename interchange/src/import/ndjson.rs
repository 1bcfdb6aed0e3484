//! Any JSON objects as events: the caller says which field is which attribute.

use indelible_proto::v1::{Event, event::Payload};

use crate::import::{
    json::Members,
    map_error::MapError,
    rules::{Named, Rules},
};

/// Where an attribute comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The same for all.
    Value(String),
    /// A field of the record: its name, or names joined by dots.
    Field(String),
}

/// One fact: its name, and the field that it is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactField {
    /// The fact's name.
    pub name: String,
    /// The field: its name, or names joined by dots.
    pub field: String,
}

/// Which field is which attribute. The record itself, byte for byte, is the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The field that identifies a record within its source; without one the rules say what does.
    pub id: Option<String>,
    /// The source.
    pub source: Origin,
    /// The type.
    pub event_type: Origin,
    /// The field of each optional attribute.
    pub subject: Option<String>,
    /// When it happened: RFC 3339 text, which every record must have.
    pub time: Option<String>,
    /// Who acted.
    pub actor: Option<String>,
    /// What ties records together.
    pub correlation_id: Option<String>,
    /// What caused this one.
    pub causation_id: Option<String>,
    /// The person whom the record is about.
    pub data_subject: Option<String>,
    /// The class, the same for all.
    pub classification: Option<String>,
    /// The facts.
    pub facts: Vec<FactField>,
}

impl Mapping {
    /// The fields that a record may lack: an attribute or a fact is taken from each where it is there.
    pub fn optional_fields(&self) -> impl Iterator<Item = &str> {
        let attributes = [
            &self.subject,
            &self.actor,
            &self.correlation_id,
            &self.causation_id,
            &self.data_subject,
        ];
        let attributes = attributes.into_iter().flatten().map(String::as_str);
        attributes.chain(self.facts.iter().map(|fact| fact.field.as_str()))
    }

    /// Whether a record has a value in a field.
    #[must_use]
    pub fn has(record: &[u8], field: &str) -> bool {
        Members::parse(record).is_ok_and(|members| matches!(members.at_path(field), Ok(Some(_))))
    }

    /// One record as an event.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object, or a field that must be there is not, or is an object or an array; when it breaks a
    /// rule.
    pub fn event(&self, record: &[u8], rules: &Rules) -> Result<Event, MapError> {
        let members = Members::parse(record)?;
        let required = |field: &str| {
            scalar(&members, field)?
                .filter(|text| !text.is_empty())
                .ok_or_else(|| MapError::missing(field))
        };
        let of = |origin: &Origin| match origin {
            Origin::Value(value) => Ok(value.clone()),
            Origin::Field(field) => required(field),
        };
        let optional = |field: &Option<String>| match field {
            None => Ok(String::new()),
            Some(field) => Ok(scalar(&members, field)?.unwrap_or_default()),
        };
        let id = match &self.id {
            None => None,
            Some(field) => scalar(&members, field)?.filter(|id| !id.is_empty()),
        };
        let id = match id {
            Some(id) => id,
            None => rules.id(self.id.as_deref().unwrap_or("id"), record)?,
        };
        let mut event = Event {
            id,
            source: of(&self.source)?,
            r#type: of(&self.event_type)?,
            subject: optional(&self.subject)?,
            // A record that is in without it can't be given its time any more.
            time: match &self.time {
                None => String::new(),
                Some(field) => required(field)?,
            },
            datacontenttype: "application/json".to_owned(),
            actor: optional(&self.actor)?,
            correlation_id: optional(&self.correlation_id)?,
            causation_id: optional(&self.causation_id)?,
            data_subject: self.data_subject(&members, rules)?,
            classification: self.classification.clone().unwrap_or_default(),
            payload: Some(Payload::Plaintext(record.to_vec().into())),
            ..Event::default()
        };
        for FactField { name, field } in &self.facts {
            rules.check_name(name, "take it for the data subject, not for a fact")?;
            if let Some(value) = members.at_path(field)? {
                let value = members.record().fact(field, value)?;
                rules.check_fact(field, &value, &event)?;
                event.facts.insert(name.clone(), value);
            }
        }
        Ok(event)
    }

    /// The person whom a record is about. A record that seems to name one, where no field is taken for it, is refused: it
    /// is the payload, too, which then nobody's key would seal.
    fn data_subject(&self, members: &Members<'_>, rules: &Rules) -> Result<String, MapError> {
        let Some(field) = &self.data_subject else {
            for name in members.names() {
                rules.check_name(name, "say that this field names the data subject")?;
            }
            return Ok(String::new());
        };
        let named = match members.at_path(field)? {
            None => Named::Nobody,
            Some(value) if value.get().starts_with('[') => Named::Many,
            Some(_) => Named::Text(scalar(members, field)?.unwrap_or_default()),
        };
        rules.data_subject(field, named)
    }
}

/// A field's text; of a number or a truth value, the text that was sent.
fn scalar(members: &Members<'_>, field: &str) -> Result<Option<String>, MapError> {
    let Some(value) = members.at_path(field)? else {
        return Ok(None);
    };
    if value.get().starts_with(['{', '[']) {
        return Err(MapError::wrong_type(
            field,
            "text, a number or a truth value",
        ));
    }
    let text = members.record().text(field, value)?;
    Ok(text.or_else(|| Some(value.get().to_owned())))
}

#[cfg(test)]
mod tests;
