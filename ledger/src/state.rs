//! What the engine knows of its ledgers and keys, and what everything above speaks of: plain values, each with one owner.

pub(crate) mod append;
pub(crate) mod backlog;
pub(crate) mod bell;
pub(crate) mod custody;
pub(crate) mod descriptor;
pub(crate) mod disk_watch;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod event_identity;
pub(crate) mod key_error;
pub(crate) mod key_state;
pub(crate) mod key_state_error;
pub(crate) mod ledger_settings;
pub mod limits;
pub(crate) mod notice;
pub(crate) mod projection_progress;
pub(crate) mod proven_leaf;
pub(crate) mod proven_tiles;
pub(crate) mod quarantine;
pub(crate) mod registry;
pub(crate) mod shared;
pub(crate) mod signing_keys;
pub(crate) mod steps;
pub(crate) mod summary;
pub(crate) mod tree_edge;
pub(crate) mod zeroizing_buffer;
