//! Keys in a PKCS#11 token: the thread that owns the session, the wrapping, the identities.

mod api;
mod attachment;
mod identity;
mod lookup;
mod options;
mod pin;
mod plan;
mod provider;
mod token_error;
mod worker;
mod wrapping;

pub use options::{MechanismChoice, Pkcs11Options, TOKEN_CALL_TIMEOUT_MS};
pub use pin::{PIN_BYTES_MAX, Pin};
pub use provider::Pkcs11Provider;
