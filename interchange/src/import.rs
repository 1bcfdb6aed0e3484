//! Mappers from what other systems write to events: pure functions from JSON, without a clock or a socket.

pub mod aigc;
pub mod checked;
pub mod cloudevents;
pub mod cloudtrail;
pub mod codeatelier;
mod conventions;
pub mod documents;
mod facts;
mod json;
mod map_error;
mod names;
pub mod ndjson;
mod python;
mod rules;

use std::borrow::Cow;

use indelible_evidence::attribute_text::{NOT_A_MEDIA_TYPE, NOT_A_TIME, is_media_type, is_time};
use indelible_proto::v1::Event;

pub use self::json::typed_fact;
pub use self::map_error::MapError;
pub use self::rules::{Rules, WithoutDataSubject};
use self::{facts::text_fact, ndjson::Mapping};

/// The forms of input that can be imported.
#[derive(Debug, Clone)]
pub enum Format {
    /// AWS CloudTrail records, in the files that AWS stores and the forms in which its services hand them on.
    CloudTrail,
    /// CloudEvents 1.0 in the JSON format: one a line, one document, or a batch.
    CloudEvents,
    /// Any JSON objects, one a line, with the fields that the mapping names.
    Ndjson(Box<Mapping>),
}

impl Format {
    /// The records that one JSON document of the input holds, as slices of it where they stand in it as such.
    ///
    /// # Errors
    ///
    /// When the document is not JSON, or a batch is not an array.
    pub fn records<'a>(
        &self,
        document: &'a [u8],
    ) -> Result<Vec<cloudtrail::Delivered<'a>>, MapError> {
        let borrowed = |record: &'a [u8]| Ok(Cow::Borrowed(record));
        match self {
            Self::CloudTrail => cloudtrail::records(document),
            Self::CloudEvents => Ok(cloudevents::records(document)?
                .into_iter()
                .map(borrowed)
                .collect()),
            Self::Ndjson(_) => Ok(vec![borrowed(document)]),
        }
    }

    /// What the system is called whose records they are, where nobody says it better.
    #[must_use]
    pub fn system(&self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::CloudEvents => "cloudevents",
            Self::Ndjson(_) => "ndjson",
        }
    }

    /// One record as an event, held against the rules. A time that is not one of RFC 3339 is refused, or kept as the fact
    /// that the rules name.
    ///
    /// # Errors
    ///
    /// When the record lacks what an event needs, holds what none can, or breaks a rule.
    pub fn event(&self, record: &[u8], rules: &Rules) -> Result<Event, MapError> {
        let (mut event, time_field) = match self {
            Self::CloudTrail => (cloudtrail::event(record, rules)?, "eventTime"),
            Self::CloudEvents => (cloudevents::event_by(record, rules)?, "time"),
            Self::Ndjson(mapping) => (
                mapping.event(record, rules)?,
                mapping.time.as_deref().unwrap_or("time"),
            ),
        };
        if !event.time.is_empty() && !is_time(&event.time) {
            let Some(name) = &rules.foreign_time else {
                return Err(MapError::invalid(time_field, NOT_A_TIME));
            };
            let text = text_fact(std::mem::take(&mut event.time));
            if event.facts.insert(name.clone(), text).is_some() {
                let field = name.clone();
                return Err(MapError::Duplicate { field });
            }
        }
        if !event.datacontenttype.is_empty() && !is_media_type(&event.datacontenttype) {
            return Err(MapError::invalid("datacontenttype", NOT_A_MEDIA_TYPE));
        }
        rules.finish(&mut event)?;
        Ok(event)
    }
}

#[cfg(test)]
mod hostile;

#[cfg(test)]
mod tests {
    use indelible_proto::v1::fact_value::Value;

    use super::*;

    fn keeping(foreign_time: &str) -> Rules {
        Rules {
            foreign_time: Some(foreign_time.to_owned()),
            ..Rules::default()
        }
    }

    fn ndjson() -> Format {
        let field = |name: &str| ndjson::Origin::Field(name.to_owned());
        Format::Ndjson(Box::new(Mapping {
            id: Some("id".to_owned()),
            source: field("source"),
            event_type: field("type"),
            subject: None,
            time: Some("at".to_owned()),
            actor: None,
            correlation_id: None,
            causation_id: None,
            data_subject: None,
            classification: None,
            facts: Vec::new(),
        }))
    }

    #[test]
    fn a_time_that_is_none_is_refused_by_its_field_or_kept_under_another_name() {
        for (format, field) in [(Format::CloudEvents, "time"), (ndjson(), "at")] {
            for time in [
                "noon",
                "2026-11-28T10:00Z",
                "2026-11-28T10:00:00+0100",
                "2026-11-28T10:00:00+25:00",
            ] {
                let record = format!(r#"{{"id":"1","source":"/s","type":"t","{field}":"{time}"}}"#);
                let refusal = format
                    .event(record.as_bytes(), &Rules::default())
                    .expect_err("refused");
                assert!(
                    refusal
                        .to_string()
                        .starts_with(&format!("field {field}: is not an RFC 3339 time")),
                    "{refusal}"
                );
                let event = format
                    .event(record.as_bytes(), &keeping("said_time"))
                    .expect("an event");
                let kept = event
                    .facts
                    .get("said_time")
                    .and_then(|fact| fact.value.clone());
                assert_eq!(
                    (event.time.as_str(), kept),
                    ("", Some(Value::Text(time.to_owned())))
                );
            }
            let record = format!(
                r#"{{"id":"1","source":"/s","type":"t","{field}":"1969-07-20T20:17:40.5+01:00"}}"#
            );
            let event = format
                .event(record.as_bytes(), &keeping("said_time"))
                .expect("an event");
            assert_eq!(event.time, "1969-07-20T20:17:40.5+01:00");
            assert!(event.facts.is_empty());
        }
        let taken = br#"{"id":"1","source":"/s","type":"t","time":"noon","said":"x"}"#;
        let refusal = Format::CloudEvents
            .event(taken, &keeping("said"))
            .expect_err("refused");
        assert_eq!(
            refusal,
            MapError::Duplicate {
                field: "said".to_owned()
            }
        );
    }

    #[test]
    fn a_media_type_that_is_none_is_refused() {
        let record = br#"{"id":"1","source":"/s","type":"t","datacontenttype":"json"}"#;
        let refusal = Format::CloudEvents
            .event(record, &Rules::default())
            .expect_err("refused");
        assert_eq!(
            refusal.to_string(),
            "field datacontenttype: is not a media type, such as application/json"
        );
    }

    #[test]
    fn half_of_a_character_is_refused_wherever_it_would_be_read() {
        for members in [
            r#""note":"fine \ud83d""#,
            r#""facts":{"note":"\udc00 first"}"#,
            r#""facts":"{\"note\":\"\\ud83d\"}""#,
            r#""datacontenttype":"text/plain","data":"half \ud83d""#,
            r#""subject":"\ud83d""#,
            r#""digests":"\ud83d""#,
        ] {
            let record = format!(r#"{{"id":"1","source":"/s","type":"t",{members}}}"#);
            let refusal = Format::CloudEvents
                .event(record.as_bytes(), &Rules::default())
                .expect_err(members);
            assert!(
                matches!(refusal, MapError::LoneSurrogate { .. }),
                "{members}: {refusal}"
            );
        }
        for field in ["id", "source", "type", "at"] {
            let record = r#"{"id":"1","source":"/s","type":"t","at":"2026-11-28T10:00:00Z"}"#;
            let record = record.replace(
                &format!("\"{field}\":\""),
                &format!("\"{field}\":\"\\ud83d"),
            );
            let refusal = ndjson()
                .event(record.as_bytes(), &Rules::default())
                .expect_err(field);
            assert!(
                matches!(&refusal, MapError::LoneSurrogate { field: named, .. } if named == field),
                "{refusal}"
            );
        }
    }
}
