//! What is held on a person, and how it is given out.

pub(crate) mod data_subject;
mod dossier;
pub(crate) mod holding;
mod ledgers;
mod page;
