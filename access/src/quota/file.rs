//! Quotas as the configuration file has them.
//!
//! ```toml
//! [[quotas]]
//! principals = ["token:4Kd02Lmx", "unix-group:staff"]
//! on = ["payments", "pay-*"]
//! events_per_day = 1_000_000
//! bytes_per_day = 1_000_000_000
//! ```

use std::num::NonZeroU64;

use serde::Deserialize;
use toml::Spanned;

use super::Quota;
use crate::{
    binding::file::{FileError, Lines},
    limits::QUOTAS_MAX,
    principal::Principal,
    reach::Reach,
};

/// One `[[quotas]]` of the configuration file, not checked yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaEntry {
    #[serde(default)]
    principals: Option<Spanned<Vec<Spanned<String>>>>,
    on: Spanned<Vec<Spanned<String>>>,
    events_per_day: Option<NonZeroU64>,
    bytes_per_day: Option<NonZeroU64>,
}

/// The quotas that entries mean. `text` is the whole file that they were read from, for the numbers of lines.
pub fn quotas(entries: &[QuotaEntry], text: &str) -> Result<Vec<Quota>, FileError> {
    let lines = Lines(text);
    if let Some(entry) = entries.get(QUOTAS_MAX) {
        let line = lines.of(&entry.on);
        return Err(FileError::Quotas { line });
    }
    entries.iter().map(|entry| entry.quota(lines)).collect()
}

impl QuotaEntry {
    fn quota(&self, lines: Lines<'_>) -> Result<Quota, FileError> {
        let principals = match &self.principals {
            Some(principals) => lines.list("principals", principals, Principal::parse)?,
            None => Vec::new(),
        };
        let on = lines.list("on", &self.on, Reach::parse)?;
        if self.events_per_day.is_none() && self.bytes_per_day.is_none() {
            let line = lines.of(&self.on);
            return Err(FileError::QuotaOfNothing { line });
        }
        Ok(Quota {
            principals,
            on,
            events: self.events_per_day,
            bytes: self.bytes_per_day,
        })
    }
}
