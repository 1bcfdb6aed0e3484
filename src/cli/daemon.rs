//! The daemon itself, its ledgers and its health.

pub(crate) mod bench;
pub(crate) mod clock;
pub(crate) mod config;
mod credential;
pub(crate) mod doctor;
pub(crate) mod ledger;
mod ledger_end;
pub(crate) mod ledger_view;
pub(crate) mod scrub_view;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod system;
pub(crate) mod upgrade;
