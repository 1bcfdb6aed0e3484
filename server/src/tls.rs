//! TLS: the daemon's certificate and key, and the authorities whose clients it knows. All of it is read from files, again
//! whenever they change, and taken as a whole or not at all.

mod error;
mod keeper;
mod names;
mod revoked;
mod setup;
mod validity;

pub use error::TlsError;
pub(crate) use keeper::{Keeper, Watched};
pub(crate) use names::CertificateNames;
pub(crate) use revoked::RevokedKeys;
pub(crate) use setup::Setup;
