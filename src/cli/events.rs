//! Commands that append, read and export events.

pub(crate) mod append;
pub(crate) mod decrypt;
pub(crate) mod envelope;
pub(crate) mod event_view;
pub(crate) mod export_events;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod reading;
pub(crate) mod record_rows;
pub(crate) mod record_view;
pub(crate) mod refused;
pub(crate) mod signing;
pub(crate) mod tail;
pub(crate) mod unseen;
pub(crate) mod upload;
