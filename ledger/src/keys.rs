//! The keys that the store keeps, opened and wrapped.

pub(crate) mod epoch;
pub(crate) mod kek_records;
pub(crate) mod kek_usage;
pub(crate) mod key_changes;
pub(crate) mod keyring;
mod register_standing;
pub(crate) mod registrar;
pub(crate) mod signers;
pub(crate) mod stored_identity;
pub(crate) mod wrapping;
