//! Decisions under a policy of AEGIS' kind, from the request to the record and back.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod drifting;
mod ledger;
mod replayed;
mod statuses;
