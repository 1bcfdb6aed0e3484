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
pub mod ndjson;
mod python;

use indelible_proto::v1::Event;

pub use self::map_error::MapError;
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
