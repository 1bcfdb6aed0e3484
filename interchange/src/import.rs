//! Mappers from what other systems write to events: pure functions from JSON, without a clock or a socket.

pub mod aigc;
pub mod checked;
pub mod cloudevents;
pub mod cloudtrail;
pub mod codeatelier;
mod conventions;
pub mod documents;
mod json;
pub mod ndjson;
mod python;

use std::fmt::{self, Write as _};

use indelible_proto::v1::{Event, FactValue, fact_value};

use self::ndjson::Mapping;

/// The forms of input that can be imported.
#[derive(Debug, Clone)]
pub enum Format {
    /// AWS CloudTrail records: one a line, or the `{"Records": […]}` files that AWS delivers.
    CloudTrail,
    /// CloudEvents 1.0 in the JSON format: one a line, one document, or a batch.
    CloudEvents,
    /// Any JSON objects, one a line, with the fields that the mapping names.
    Ndjson(Box<Mapping>),
}

impl Format {
    /// The records that one JSON document of the input holds, as slices of it.
    ///
    /// # Errors
    ///
    /// When the document is not JSON, or a batch is not an array.
    pub fn records<'a>(&self, document: &'a [u8]) -> Result<Vec<&'a [u8]>, MapError> {
        match self {
            Self::CloudTrail => cloudtrail::records(document),
            Self::CloudEvents => cloudevents::records(document),
            Self::Ndjson(_) => Ok(vec![document]),
        }
    }

    /// One record as an event.
    ///
    /// # Errors
    ///
    /// When the record lacks what an event needs, or holds what none can.
    pub fn event(&self, record: &[u8]) -> Result<Event, MapError> {
        match self {
            Self::CloudTrail => cloudtrail::event(record),
            Self::CloudEvents => cloudevents::event(record),
            Self::Ndjson(mapping) => mapping.event(record),
        }
    }
}

/// Why a record is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The text is not JSON.
    #[error("not JSON: {problem}")]
    NotJson {
        /// What the parser says.
        problem: String,
    },
    /// The JSON is not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A field is there twice, so that readers could differ on its value.
    #[error("field {field} is there twice")]
    Duplicate {
        /// Its name.
        field: String,
    },
    /// A required field is not there, or empty.
    #[error("field {field} is missing")]
    Missing {
        /// Its name.
        field: String,
    },
    /// A field is of another type than it must be.
    #[error("field {field} is not {expected}")]
    WrongType {
        /// Its name.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A field has a value that can't be used.
    #[error("field {field}: {problem}")]
    Invalid {
        /// Its name.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl MapError {
    fn missing(field: impl Into<String>) -> Self {
        Self::Missing {
            field: field.into(),
        }
    }

    fn wrong_type(field: impl Into<String>, expected: &'static str) -> Self {
        Self::WrongType {
            field: field.into(),
            expected,
        }
    }

    fn invalid(field: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Invalid {
            field: field.into(),
            problem: problem.to_string(),
        }
    }
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

fn text_fact(text: impl Into<String>) -> FactValue {
    FactValue {
        value: Some(fact_value::Value::Text(text.into())),
    }
}

fn boolean_fact(boolean: bool) -> FactValue {
    FactValue {
        value: Some(fact_value::Value::Boolean(boolean)),
    }
}

fn uint_fact(uint: u64) -> FactValue {
    FactValue {
        value: Some(fact_value::Value::Uint(uint)),
    }
}
