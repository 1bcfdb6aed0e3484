//! The daemon's own tokens: which there are, as the store's own ledger says and nothing else, and when each was used.

mod load;
mod own;
mod refusal;
mod room;
mod shown;
mod stored;
mod uses;

pub(crate) use load::load;
pub(crate) use own::{OwnToken, OwnTokens, Revoked};
pub(crate) use refusal::OwnRefusal;
pub(crate) use room::{NoRoom, Size};
pub(crate) use stored::{made, revoked};
