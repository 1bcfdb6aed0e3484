//! PKCS#11 itself: modules, tokens, sessions and keys in the standard's own words.
//!
//! Only this folder knows `cryptoki`, and none of cryptoki's types leaves it. Nothing here decides anything: the files
//! beside it do.

mod module;
mod objects;
mod return_value;
mod session;

pub(crate) use module::{Module, Token};
pub(crate) use objects::{SecretFacts, SecretKind};
pub(crate) use session::{BlockWrap, GCM_IV_BYTES, KeyHandle, TokenSession};
