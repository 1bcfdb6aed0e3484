//! What is held on a person, and how it is given out.

mod archive;
pub(crate) mod backups;
pub(crate) mod caution;
pub(crate) mod certificate;
pub(crate) mod data_subject;
pub(crate) mod disposals;
mod dossier;
pub(crate) mod holding;
pub(crate) mod ledgers;
pub(crate) mod listing;
pub(crate) mod not_looked_at;
pub(crate) mod opened;
mod page;
mod part;
pub(crate) mod rights;
pub(crate) mod trail;
pub(crate) mod unasked;
