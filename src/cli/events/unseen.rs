//! Fields that options name and that no record has.

use std::sync::{Arc, Mutex, PoisonError};

use indelible_interchange::import::{Format, ndjson::Mapping};

/// The fields that somebody named and that no record has had so far: they are misspelt, perhaps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unseen(Arc<Mutex<Vec<String>>>);

impl Unseen {
    /// Those that records of a format may lack.
    pub(crate) fn of(format: &Format) -> Self {
        let fields = match format {
            Format::Ndjson(mapping) => mapping.optional_fields().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Self(Arc::new(Mutex::new(fields)))
    }

    /// Takes note of a record; one of the first has most of them.
    pub(super) fn see(&self, record: &[u8]) {
        let mut fields = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fields.retain(|field| !Mapping::has(record, field));
    }

    /// Those that are left.
    pub(crate) fn left(&self) -> Vec<String> {
        let fields = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fields.clone()
    }
}
