//! The database's administrator, who can write every byte of a stopped daemon's store with right checksums and holds no
//! key: whatever of it is altered, exchanged, removed, doubled or put back, nothing false is served, sealed, held or
//! erased.

mod alien;
mod catalogue;
mod earlier_build;
mod history;
mod index;
mod key_space;
mod keys;
mod missing_key_events;
mod records;
mod rollbacks;
mod subjects;
pub(crate) mod support;
