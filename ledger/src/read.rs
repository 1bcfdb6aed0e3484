//! What is stored, read back and checked.

pub(crate) mod archived;
pub(crate) mod archived_file;
pub(crate) mod collector;
pub(crate) mod erasure_mark;
pub(crate) mod filter;
pub(crate) mod key_events;
pub(crate) mod named_keys;
pub(crate) mod newest_first;
pub(crate) mod nodes;
pub(crate) mod ordered;
mod postings;
pub(crate) mod proof;
pub(crate) mod query;
pub(crate) mod record;
pub(crate) mod record_fault;
