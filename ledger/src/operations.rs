//! What is asked of a ledger or of the engine, one operation in each file.

pub(crate) mod accept_clock;
pub(crate) mod access;
pub(crate) mod append;
pub(crate) mod bind_keys;
pub(crate) mod count_keks;
pub(crate) mod create_ledger;
pub(crate) mod data_subject;
pub(crate) mod disclose;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod files_watch;
pub(crate) mod first_settings;
pub(crate) mod hold;
pub(crate) mod key_owner;
pub(crate) mod key_retry;
pub(crate) mod project;
pub(crate) mod rebuild_projections;
pub(crate) mod receipt;
pub(crate) mod record_key_event;
pub(crate) mod report;
pub(crate) mod revoke;
pub(crate) mod rewrap;
pub(crate) mod rotate;
pub(crate) mod seal;
pub(crate) mod selection;
pub(crate) mod subject_keys;
