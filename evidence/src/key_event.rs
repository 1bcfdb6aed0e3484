//! The statements of key events: one file for each kind.

mod closed;
mod data_key;
mod disposal;
mod epoch;
mod erasure;
mod error;
mod fields;
mod genesis;
mod hold;
mod identity;
mod identity_keys;
mod kek;
mod producer;
mod retention;
mod revocation;
mod settings;
mod signed;
mod typed_key;
mod word;

pub use self::closed::Closed;
pub use self::data_key::DataKeyChange;
pub use self::disposal::{Archive, Disposal, Span};
pub use self::epoch::EpochCertificate;
pub use self::erasure::Erasure;
pub use self::error::KeyEventError;
pub use self::fields::{check_producer_name, check_statement_text, sort_sources};
pub use self::genesis::{Genesis, Predecessor};
pub use self::hold::{Hold, HoldAction};
pub use self::identity::IdentityChange;
pub use self::identity_keys::{IdentityKeys, LedgerIdentity};
pub use self::kek::KekChange;
pub use self::producer::{ProducerAction, ProducerChange};
pub use self::retention::{RetentionAction, RetentionClock, RetentionParts, RetentionRule};
pub use self::revocation::Revocation;
pub use self::settings::{Encryption, PromiseBroken, Settings, SettingsChange};
pub use self::typed_key::{TypedKey, UnknownKey};
pub use crate::ed25519::{KeyError, PublicKey};

#[cfg(test)]
mod tests;
