//! A connection that the daemon refused: which limit it was stands in the last frame of it, deep in the error.

use std::{collections::BTreeMap, error::Error};

use indelible_proto::LIMIT_OF_CONNECTIONS;

use super::Refusal;

impl Refusal {
    /// The refusal of a connection, if that is what led to this error.
    pub(crate) fn of_connection(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(refused) = Self::in_words(&error.to_string()) {
                return Some(refused);
            }
            cause = error.source();
        }
        None
    }

    /// The refusal of a connection, if this text or what was read of a connection has one.
    pub(crate) fn in_words(text: &str) -> Option<Self> {
        let words = words(text)?;
        Some(Self {
            code: tonic::Code::ResourceExhausted,
            message: format!("the daemon refused the connection: {words}"),
            reason: Some(LIMIT_OF_CONNECTIONS.to_owned()),
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            retry_after: None,
            look: None,
            command: None,
            alert: None,
        })
    }

    /// Whether it is the refusal of a connection.
    pub(super) fn is_of_connection(&self) -> bool {
        self.reason.as_deref() == Some(LIMIT_OF_CONNECTIONS)
    }
}

/// What the daemon says behind the limit's name, which the transport quotes at the end.
fn words(text: &str) -> Option<&str> {
    let (_, said) = text.split_once(LIMIT_OF_CONNECTIONS)?;
    let said = said.strip_prefix(": ")?;
    Some(said.split(['"', '\\']).next().unwrap_or(said))
}
