//! How far the scrub is, as it is shown.

use std::fmt;

use indelible_proto::v1::{LedgerScrub, ScrubStatus};
use serde::Serialize;

use crate::cli::ui::{size::bytes_for_people, table::printable, time};

/// With one ledger.
#[derive(Serialize)]
pub(crate) struct ScrubView<'a> {
    verified_size: u64,
    target_size: u64,
    pass_end_time: Option<String>,
    #[serde(skip)]
    pass_end_for_people: String,
    pass_seconds: u64,
    pass_size: u64,
    has_finding: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    unread_reason: &'a str,
}

impl<'a> ScrubView<'a> {
    pub(crate) fn new(scrub: &'a LedgerScrub) -> Self {
        let ended = scrub.pass_end_time.as_ref();
        Self {
            verified_size: scrub.verified_size,
            target_size: scrub.target_size,
            pass_end_time: ended.map(|ended| time::to_text(Some(ended))),
            pass_end_for_people: time::for_people(ended),
            pass_seconds: scrub.pass_seconds,
            pass_size: scrub.pass_size,
            has_finding: scrub.has_finding,
            unread_reason: &scrub.unread_reason,
        }
    }
}

impl fmt::Display for ScrubView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_finding {
            return write!(
                f,
                "has found damage at record {} or behind it",
                self.verified_size
            );
        }
        match &self.pass_end_time {
            Some(_) => write!(
                f,
                "verified {} records, the last time at {}, in {} s",
                self.pass_size, self.pass_end_for_people, self.pass_seconds
            )?,
            None => f.write_str("no pass has ended")?,
        }
        if self.target_size > 0 {
            write!(
                f,
                "; the next is at {} of {}",
                self.verified_size, self.target_size
            )?;
        }
        if !self.unread_reason.is_empty() {
            write!(f, "; not readable now: {}", printable(self.unread_reason))?;
        }
        Ok(())
    }
}

/// With all ledgers together.
#[derive(Serialize)]
pub(crate) struct ScrubTotals {
    bytes_per_second: u64,
    record_count: u64,
    verified_record_count: u64,
    never_ended_count: u64,
    oldest_pass_end_time: Option<String>,
    #[serde(skip)]
    oldest_for_people: String,
    finding_count: u64,
}

impl ScrubTotals {
    pub(crate) fn new(scrub: &ScrubStatus) -> Self {
        let oldest = scrub.oldest_pass_end_time.as_ref();
        Self {
            bytes_per_second: scrub.bytes_per_second,
            record_count: scrub.record_count,
            verified_record_count: scrub.verified_record_count,
            never_ended_count: scrub.never_ended_count,
            oldest_pass_end_time: oldest.map(|oldest| time::to_text(Some(oldest))),
            oldest_for_people: time::for_people(oldest),
            finding_count: scrub.finding_count,
        }
    }
}

impl fmt::Display for ScrubTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bytes_per_second == 0 {
            return f.write_str("off");
        }
        write!(
            f,
            "{} of {} records verified, at {} a second",
            self.verified_record_count,
            self.record_count,
            bytes_for_people(self.bytes_per_second)
        )?;
        if self.oldest_pass_end_time.is_some() {
            write!(f, "; the oldest pass ended at {}", self.oldest_for_people)?;
        }
        if self.never_ended_count > 0 {
            write!(f, "; ledgers without one: {}", self.never_ended_count)?;
        }
        if self.finding_count > 0 {
            write!(f, "; ledgers with damage: {}", self.finding_count)?;
        }
        Ok(())
    }
}
