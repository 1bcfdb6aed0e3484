//! What is held on a person, and how it is given out.

mod archive;
pub(crate) mod backups;
pub(crate) mod certificate;
pub(crate) mod data_subject;
mod dossier;
pub(crate) mod holding;
pub(crate) mod ledgers;
pub(crate) mod listing;
pub(crate) mod not_looked_at;
mod page;
mod part;
pub(crate) mod trail;
